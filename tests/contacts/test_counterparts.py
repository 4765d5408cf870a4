"""Whom one can write to when people leave, die, or want no letters. All of them are invented."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from contacts.counterparts import counterparts, heads_of
from contacts.models import Person
from tests.factories import CityFactory, OrganisationFactory, PersonFactory, PostFactory, TenureFactory
from tests.reminders.clock import day

TODAY = day("2024-10-18")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def post(db):
    return PostFactory(title_en="Head of protocol", organisation=OrganisationFactory(title="City of Muster"))


@pytest.fixture
def ayse(db):
    return PersonFactory(given_names="Ayşe", family_name="Örnek")


@pytest.fixture
def mehmet(db):
    return PersonFactory(given_names="Mehmet", family_name="Deneme")


def whom(person):
    found = counterparts([person], today=TODAY)[person.pk]
    return found.person, found.explained() or found.label


def test_somebody_in_office_is_written_to(ayse, post):
    TenureFactory(person=ayse, post=post, since="2020")

    assert whom(ayse) == (ayse, "Ayşe Örnek, Head of protocol, City of Muster")


def test_somebody_of_whom_no_post_is_known_is_written_to(ayse):
    assert whom(ayse) == (ayse, "Ayşe Örnek")


def test_who_holds_the_post_now_is_named_instead_of_somebody_who_left(ayse, mehmet, post):
    TenureFactory(person=ayse, post=post, until="2024-06")
    TenureFactory(person=mehmet, post=post, since="2024-07")

    assert whom(ayse) == (
        mehmet,
        "Ayşe Örnek no longer holds this post: Head of protocol, City of Muster. "
        "Now it is held by Mehmet Deneme: Head of protocol, City of Muster.",
    )


def test_who_leads_it_for_the_time_being_is_named_as_such(ayse, mehmet, post):
    TenureFactory(person=ayse, post=post, until="2024-06")
    TenureFactory(person=mehmet, post=post, since="2024-07", is_acting=True)

    assert whom(ayse)[1].endswith(
        "For the time being it is held by Mehmet Deneme: Head of protocol, City of Muster."
    )


def test_on_the_last_day_in_office_somebody_is_still_written_to(ayse, mehmet, post):
    TenureFactory(person=ayse, post=post, until="2024-10-18")
    TenureFactory(person=mehmet, post=post, since="2024-10-19")

    assert whom(ayse)[0] == ayse
    assert counterparts([ayse], today=day("2024-10-19"))[ayse.pk].person == mehmet


def test_a_post_without_a_holder_is_said_to_be_vacant(ayse, post):
    TenureFactory(person=ayse, post=post, until="2024-06")

    assert whom(ayse) == (
        None,
        "Ayşe Örnek no longer holds this post: Head of protocol, City of Muster. "
        "As far as is known, this post is vacant: Head of protocol, City of Muster.",
    )


def test_nobody_writes_to_the_dead_even_where_their_term_was_never_ended(ayse, post):
    TenureFactory(person=ayse, post=post, since="2020")
    ayse.deceased_on = "2024-09"
    ayse.save()

    assert whom(ayse) == (
        None,
        "Ayşe Örnek has died. As far as is known, this post is vacant: Head of protocol, City of Muster.",
    )


def test_the_successor_of_the_dead_is_named(ayse, mehmet, post):
    TenureFactory(person=ayse, post=post, until="2024-09", end_reason="deceased")
    TenureFactory(person=mehmet, post=post, since="2024-10-01")
    ayse.deceased_on = "2024-09"
    ayse.save()

    assert whom(ayse) == (
        mehmet,
        "Ayşe Örnek has died. Now it is held by Mehmet Deneme: Head of protocol, City of Muster.",
    )


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        (Person.DoNotContact.NEVER, "Ayşe Örnek is not to be contacted."),
        (Person.DoNotContact.NO_MAILINGS, "Ayşe Örnek wants no mailings."),
        (Person.DoNotContact.PROTOCOL_FIRST, "Ask protocol before anyone writes to Ayşe Örnek."),
    ],
)
def test_who_is_not_to_be_contacted_is_not(ayse, post, wish, sentence):
    TenureFactory(person=ayse, post=post, since="2020")
    ayse.do_not_contact, ayse.do_not_contact_reason = wish, "A test."
    ayse.save()

    assert whom(ayse) == (None, sentence)


def test_a_successor_who_is_not_to_be_contacted_is_not_either(ayse, mehmet, post):
    TenureFactory(person=ayse, post=post, until="2024-06")
    TenureFactory(person=mehmet, post=post, since="2024-07")
    mehmet.do_not_contact, mehmet.do_not_contact_reason = Person.DoNotContact.NEVER, "A test."
    mehmet.save()

    assert whom(ayse) == (
        None,
        "Ayşe Örnek no longer holds this post: Head of protocol, City of Muster. "
        "Mehmet Deneme is not to be contacted.",
    )


def test_who_moved_on_to_another_post_is_written_to_there(ayse, post):
    TenureFactory(person=ayse, post=post, until="2024-06")
    other = PostFactory(title_en="Mayor", organisation=OrganisationFactory(title="City of Probe"))
    TenureFactory(person=ayse, post=other, since="2024-07")

    assert whom(ayse) == (ayse, "Ayşe Örnek, Mayor, City of Probe")


def test_many_cost_no_more_queries_than_one(post):
    def queries(number):
        people = [PersonFactory() for _count in range(number)]
        for person in people:
            TenureFactory(person=person, post=PostFactory(), until="2024-06")
        with CaptureQueriesContext(connection) as captured:
            found = counterparts(people, today=TODAY)
            assert [each.explained() != "" for each in found.values()] == [True] * number
        return len(captured)

    assert queries(1) == queries(20) == 2


# --- who leads a city ---


def test_the_head_of_a_city_is_who_holds_that_post_today(ayse, mehmet):
    city = CityFactory()
    mayor = PostFactory(title_en="Mayor", is_head_of_city=True, organisation=OrganisationFactory(city=city))
    TenureFactory(person=ayse, post=mayor, until="2024-06")
    TenureFactory(person=mehmet, post=mayor, since="2024-07")

    assert heads_of([city], today=TODAY)[city.pk].person == mehmet
    assert heads_of([city], today=day("2024-05-01"))[city.pk].person == ayse


def test_a_city_whose_head_nobody_entered_is_left_out():
    city = CityFactory()

    assert heads_of([city], today=TODAY) == {}
