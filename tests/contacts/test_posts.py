import datetime
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from contacts.models import Person, Post, Tenure
from contacts.models.posts import check_post_of_day
from tests.factories import CityFactory, OrganisationFactory, PersonFactory, PostFactory, TenureFactory

DAY = datetime.date(2024, 10, 13)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


# --- the post ---


def test_a_post_has_a_title_unless_it_heads_a_city():
    hall = OrganisationFactory()

    PostFactory.build(title_de="", organisation=hall, is_head_of_city=True).full_clean()

    untitled = PostFactory.build(title_de="", organisation=hall)
    assert refusal_of(untitled) == {
        "title_de": ["Give the post a title. Only the head of a city may be without one."]
    }


def test_a_head_of_a_city_without_a_printed_title_is_called_that():
    hall = OrganisationFactory(title="Stadt Gaziantep")

    assert str(PostFactory(title_de="", organisation=hall, is_head_of_city=True)) == (
        "Head of the city, Stadt Gaziantep"
    )


@pytest.mark.parametrize(("language", "title"), [("de", "Oberbürgermeister"), ("en", "Lord Mayor")])
def test_a_title_is_said_in_the_language_of_the_reader(language, title):
    post = PostFactory(title_de="Oberbürgermeister", title_en="Lord Mayor")

    with translation.override(language):
        assert post.title == title


def test_one_organisation_has_one_post_of_a_title():
    post = PostFactory(title_de="Oberbürgermeister")

    assert refusal_of(PostFactory.build(title_de="Oberbürgermeister", organisation=post.organisation)) == {
        "title_de": ["This organisation has a post with this title already."]
    }


@pytest.mark.parametrize(
    "titles",
    [{"title_de": "Amt"}, {"title_de": "", "title_en": "Mayor"}, {"title_de": "", "title_local": "Başkan"}],
)
def test_a_post_is_found_by_its_first_title(titles):
    post = PostFactory(**titles)

    assert Post.objects.get_by_natural_key(*post.natural_key()) == post


def test_heads_of_a_city():
    city = CityFactory()
    head = PostFactory(organisation=OrganisationFactory(city=city), is_head_of_city=True)
    PostFactory(organisation=head.organisation)
    PostFactory(is_head_of_city=True)

    assert list(Post.objects.heads_of(city)) == [head]


def test_vacant_is_a_post_that_nobody_holds_that_day():
    held, led, vacant = PostFactory(), PostFactory(), PostFactory()
    TenureFactory(post=held, since="2020")
    TenureFactory(post=led, since="2024-10-01", is_acting=True)
    TenureFactory(post=vacant, since="2014", until="2024-10-12")

    assert list(Post.objects.vacant(DAY)) == [vacant]


def test_the_elected_holder_goes_before_the_acting_one():
    post = PostFactory()
    acting = TenureFactory(post=post, since="2024-10-01", is_acting=True)
    assert post.holder_on(DAY) == acting

    elected = TenureFactory(post=post, since="2020-11-01")
    assert post.holder_on(DAY) == elected


# --- who holds it on a day ---


@pytest.mark.parametrize(
    ("since", "until", "held"),
    [
        (None, None, True),
        ("2020-11-01", None, True),
        ("2024-10-13", "2024-10-13", True),
        ("2024-10-14", None, False),
        (None, "2024-10-12", False),
        ("2024-10", None, True),
        ("2024", "2024", True),
        ("2024-11", None, False),
        ("2019", "2023", False),
        ("2025", None, False),
    ],
)
def test_held_on_a_day_as_far_as_the_dates_are_known(since, until, held):
    tenure = TenureFactory(since=since, until=until)

    assert Tenure.objects.on(DAY).filter(pk=tenure.pk).exists() is held


def test_of_several_posts_the_head_of_the_city_comes_first_then_the_higher_rank():
    person = PersonFactory()
    chair = TenureFactory(person=person, post__rank=1).post
    member = TenureFactory(person=person, post__rank=5).post
    assert person.post_on(DAY) == chair

    mayor = TenureFactory(person=person, post__is_head_of_city=True, post__rank=9).post
    assert person.post_on(DAY) == mayor
    assert member != mayor


def test_nobody_holds_a_post_on_a_day_outside_all_terms():
    person = PersonFactory()
    TenureFactory(person=person, since="2014", until="2019")

    assert person.post_on(DAY) is None


# --- one holder at a time ---


@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        (("2014-09-02", "2020-10-31"), ("2020-11-01", None), True),
        (("2014-09-02", "2020-11-01"), ("2020-11-01", None), False),
        (("2014", None), ("2020", None), False),
        (("2014", "2020"), ("2020", None), True),
        (("2014", "2020-05"), ("2020-05", None), True),
        (("2014", "2020-05"), ("2020-05-31", None), True),
        (("2014", "2020-05-31"), ("2020-05", None), True),
        (("2014", "2020-06"), ("2020-05-20", None), False),
        (("2014", "2024"), ("2019", "2019"), False),
        (("2014", "2024"), ("2019-05", "2019-05"), False),
        (("2019", "2019"), ("2019", "2019"), True),
        ((None, "2014"), ("2015", None), True),
        (("2014", "2020-05"), ("2020-05-01", None), True),
        ((None, "2020-05"), ("2014", "2020-05-01"), True),
        ((None, "2016"), ("2015", None), False),
        ((None, "2016-03"), ("2015", None), False),
        ((None, None), ("2015", None), False),
        ((None, None), (None, None), False),
        ((None, None), ("2014", "2020"), True),
        (("2020", None), ("2014", "2019"), True),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_a_post_has_one_holder_on_any_day(first, second, fits, turned):
    if turned:
        first, second = second, first
    post = PostFactory()
    TenureFactory(
        post=post, person__given_names="Ada", person__family_name="Erste", since=first[0], until=first[1]
    )
    tenure = Tenure(post=post, person=PersonFactory(), since=second[0], until=second[1])

    if fits:
        tenure.full_clean()
        tenure.save()
    else:
        assert refusal_of(tenure) == {
            "post": ["Ada Erste holds this post then. End that term first, or mark one as acting."]
        }
        with pytest.raises(ValidationError):
            tenure.save()


def test_an_acting_holder_stands_beside_the_holder():
    tenure = TenureFactory(since="2019")

    TenureFactory(post=tenure.post, since="2025-03-26", is_acting=True).full_clean()

    assert Tenure.objects.on(datetime.date(2026, 1, 1)).count() == 2


def test_an_acting_holder_who_becomes_the_holder_is_checked():
    tenure = TenureFactory(since="2019")
    acting = TenureFactory(post=tenure.post, since="2025", is_acting=True)
    acting.is_acting = False

    with pytest.raises(ValidationError):
        acting.save(update_fields=["is_acting"])


def test_a_term_moved_to_another_post_is_checked_there():
    held = TenureFactory(since="2019")
    moved = TenureFactory(since="2020")
    moved.post = held.post

    assert list(refusal_of(moved)) == ["post"]


def test_a_term_may_be_saved_again():
    tenure = TenureFactory(since="2019")
    tenure.until = "2024"

    tenure.full_clean()
    tenure.save()

    assert str(Tenure.objects.get().until) == "2024"


@pytest.mark.django_db(transaction=True)
def test_two_successors_entered_at_once_give_one_holder():
    post = PostFactory()
    people = [PersonFactory(), PersonFactory()]
    both_checked = threading.Barrier(2, timeout=30)
    refused = []

    def enter(person):
        try:
            tenure = Tenure(post=post, person=person, since="2025-11-01")
            tenure.full_clean()
            both_checked.wait()
            tenure.save()
        except ValidationError as refusal:
            refused.extend(error.code for error in refusal.error_dict["post"])
        finally:
            connection.close()

    clerks = [threading.Thread(target=enter, args=[person]) for person in people]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()

    assert (Tenure.objects.count(), refused) == (1, ["held"])


@pytest.mark.django_db(transaction=True)
def test_a_second_term_waits_until_the_first_is_committed():
    post = PostFactory()
    successor = Tenure(post=post, person=PersonFactory(), since="2025-11-01")
    began, refused = threading.Event(), []

    def enter():
        try:
            began.set()
            successor.save()
        except ValidationError:
            refused.append(successor)
        finally:
            connection.close()

    clerk = threading.Thread(target=enter)
    with transaction.atomic():
        TenureFactory(post=post, since="2025-11-01")
        clerk.start()
        began.wait(timeout=30)
        clerk.join(timeout=0.3)
        assert clerk.is_alive()
    clerk.join()

    assert (Tenure.objects.count(), refused) == (1, [successor])


# --- the post of a day ---


def test_a_post_that_was_certainly_not_held_that_day_is_refused():
    tenure = TenureFactory(since="2014", until="2019", person__given_names="Ada", person__family_name="Erste")

    with pytest.raises(ValidationError) as refusal:
        check_post_of_day(tenure.person, tenure.post, DAY)

    assert refusal.value.message_dict == {
        "post": ["Ada Erste did not hold this post on that day. Choose the post of the day."]
    }


@pytest.mark.parametrize(
    ("since", "until"), [("2014", "2024"), ("2024-10", None), (None, None), ("2014", None), (None, "2024-10")]
)
def test_a_post_that_may_have_been_held_is_taken(since, until):
    tenure = TenureFactory(since=since, until=until)

    check_post_of_day(tenure.person, tenure.post, DAY)


def test_a_post_of_which_no_term_is_on_record_is_taken():
    check_post_of_day(PersonFactory(), PostFactory(), DAY)
    check_post_of_day(None, PostFactory(), DAY)
    check_post_of_day(PersonFactory(), None, DAY)
    check_post_of_day(PersonFactory(), PostFactory(), None)


# --- what is kept ---


def test_a_person_with_a_term_and_a_post_with_one_are_kept():
    tenure = TenureFactory()

    for rows in (Person.objects.filter(pk=tenure.person.pk), Post.objects.filter(pk=tenure.post.pk)):
        with pytest.raises(IntegrityError):
            rows.delete()
