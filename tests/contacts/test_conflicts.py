"""Two people change the same page: nothing is silently overwritten, and nothing typed is lost."""

import random

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from contacts.records import Record
from delegations.models import Delegation
from tests import factories
from tests.factories import (
    CityFactory,
    DelegationFactory,
    PartnershipFactory,
    StopFactory,
    ThemeFactory,
    UserFactory,
)
from tests.pages import errors_on, form_on, new_row, said_on, url_of

pytestmark = pytest.mark.django_db

FACTORIES = {
    factory._meta.model: factory
    for name, factory in vars(factories).items()
    if name.endswith("Factory") and hasattr(factory, "_meta") and name != "HomeCityFactory"
}
# The one office has a page of its own; a rule is saved with its stages, and only after its preview.
ELSEWHERE = {"contacts.Office", "reminders.Rule", "reminders.Stage"}
EDITED = [
    model
    for model, page in admin.site._registry.items()
    if issubclass(model, Record) and model._meta.label not in ELSEWHERE
]


def signed_in(**names):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(UserFactory(is_superuser=True, **names))
    return client


@pytest.fixture
def first(db):
    return signed_in(first_name="Ada", last_name="Erste")


@pytest.fixture
def second(db):
    return signed_in(first_name="Bea", last_name="Zweite")


def opened(client, record):
    return form_on(client.get(url_of(record)), record._meta.model_name)


def sent(client, record, form, **changes):
    return client.post(url_of(record), form | {name.replace("__", "-"): to for name, to in changes.items()})


def differences(page):
    return {each.name: each for each in page.context["comparison"].differences}


def choose(client, record, page, **choices):
    form = form_on(page, "conflict")
    return client.post(
        url_of(record), form | {f"_choice:{name.replace('__', '-')}": to for name, to in choices.items()}
    )


def all_of(client, record, page, whose):
    return client.post(url_of(record), form_on(page, "conflict") | {"_all": whose})


# --- what is asked ---


def test_the_second_saver_sees_both_versions_and_nothing_is_saved(first, second):
    city = CityFactory(region="Marmara", website="https://example.org/")
    form = opened(second, city)
    sent(first, city, opened(first, city), region="Thrakien")

    page = sent(second, city, form, region="Ägäis", website="https://example.com/")

    assert page.status_code == 409
    assert {
        name: (each.theirs, each.mine, each.by_them, each.by_me) for name, each in differences(page).items()
    } == {
        "region": ("Thrakien", "Ägäis", True, True),
        "website": ("https://example.org/", "https://example.com/", False, True),
    }
    assert "Ada Erste saved this page" in page.content.decode()
    city.refresh_from_db()
    assert (city.region, city.website) == ("Thrakien", "https://example.org/")


@pytest.mark.parametrize(("whose", "region"), [("mine", "Ägäis"), ("theirs", "Thrakien")])
def test_the_second_saver_chooses_field_by_field(first, second, whose, region):
    city = CityFactory(region="Marmara")
    form = opened(second, city)
    sent(first, city, opened(first, city), region="Thrakien", notes="Neu")
    page = sent(second, city, form, region="Ägäis", website="https://example.com/")

    answer = choose(second, city, page, region=whose)

    assert answer.status_code == 302
    city.refresh_from_db()
    assert (city.region, city.website, city.notes) == (region, "https://example.com/", "Neu")


def test_what_only_the_other_changed_is_theirs_unless_chosen_otherwise(first, second):
    city = CityFactory(region="Marmara")
    form = opened(second, city)
    sent(first, city, opened(first, city), region="Thrakien")

    page = sent(second, city, form, notes="Neu")

    assert {name: each.choice for name, each in differences(page).items()} == {
        "region": "theirs",
        "notes": "mine",
    }


def test_mine_can_be_kept_as_a_whole(first, second):
    city = CityFactory(region="Marmara")
    form = opened(second, city)
    sent(first, city, opened(first, city), region="Thrakien", notes="Neu")
    page = sent(second, city, form, website="https://example.com/")

    all_of(second, city, page, "mine")

    city.refresh_from_db()
    assert (city.region, city.website, city.notes) == ("Marmara", "https://example.com/", "")


def test_theirs_can_be_taken_as_a_whole(first, second):
    city = CityFactory(region="Marmara")
    form = opened(second, city)
    sent(first, city, opened(first, city), region="Thrakien")
    page = sent(second, city, form, website="https://example.com/")

    answer = all_of(second, city, page, "theirs")

    city.refresh_from_db()
    assert (city.region, city.website, city.version) == ("Thrakien", "", 2)
    assert "Nothing of yours was saved" in said_on(answer)[0]


def test_a_third_saver_meanwhile_is_asked_about_as_well(first, second):
    city = CityFactory(region="Marmara")
    form = opened(second, city)
    sent(first, city, opened(first, city), region="Thrakien")
    page = sent(second, city, form, region="Ägäis", notes="Neu")
    sent(first, city, opened(first, city), notes="Anders")

    page = choose(second, city, page, region="theirs")

    assert page.status_code == 409
    assert {name: each.theirs for name, each in differences(page).items()} == {"notes": "Anders"}
    choose(second, city, page, notes="mine")
    city.refresh_from_db()
    assert (city.region, city.notes) == ("Thrakien", "Neu")


def test_who_has_typed_nothing_is_shown_what_stands_there_now(first, second):
    city = CityFactory()
    form = opened(second, city)
    sent(first, city, opened(first, city), region="Thrakien")

    page = sent(second, city, form)

    assert (page.status_code, page.url) == (302, url_of(city))
    assert "Somebody else changed this" in said_on(page)[0]
    city.refresh_from_db()
    assert (city.region, city.version) == ("Thrakien", 2)


def test_a_form_without_its_version_overwrites_nothing(first):
    city = CityFactory(region="Marmara")
    form = {name: value for name, value in opened(first, city).items() if name != "_version"}

    page = sent(first, city, form, region="Thrakien")

    assert page.status_code == 409
    city.refresh_from_db()
    assert city.region == "Marmara"


def test_a_choice_that_breaks_a_rule_comes_back_as_a_form_with_what_was_chosen(first, second):
    city = CityFactory(region="Marmara")
    form = opened(second, city)
    sent(first, city, opened(first, city), region="Thrakien")
    page = sent(second, city, form, region="Ägäis", wikidata_id="nonsense")

    page = choose(second, city, page, region="theirs")

    assert list(errors_on(page)) == ["wikidata_id"]
    form = form_on(page, "city")
    assert (form["region"], form["wikidata_id"]) == (["Thrakien"], ["nonsense"])
    assert sent(second, city, form, wikidata_id="Q1").status_code == 302
    city.refresh_from_db()
    assert (city.region, city.wikidata_id) == ("Thrakien", "Q1")


def test_a_form_with_an_error_keeps_the_version_that_it_was_filled_from(first, second):
    city = CityFactory()
    page = sent(second, city, opened(second, city), wikidata_id="nonsense", region="Ägäis")
    form = form_on(page, "city")
    sent(first, city, opened(first, city), region="Thrakien")

    assert sent(second, city, form, wikidata_id="Q1").status_code == 409


# --- many-to-many ---


def test_a_many_to_many_relation_is_one_of_the_fields(first, second):
    tie, trade, sport = PartnershipFactory(), ThemeFactory(name_en="Trade"), ThemeFactory(name_en="Sport")
    form = opened(second, tie)
    sent(first, tie, opened(first, tie), themes=[trade.pk])

    page = sent(second, tie, form, themes=[sport.pk], motto="Zusammen")

    assert (differences(page)["themes"].theirs, differences(page)["themes"].mine) == ("Trade", "Sport")
    choose(second, tie, page, themes="theirs")
    tie.refresh_from_db()
    assert ([*tie.themes.all()], tie.motto) == ([trade], "Zusammen")


# --- rows within the page ---


@pytest.fixture
def visit():
    visit = DelegationFactory()
    StopFactory(delegation=visit, note="Anfang")
    StopFactory(delegation=visit, note="Ende")
    return visit


def test_a_row_changed_on_both_sides_is_asked_about_field_by_field(first, second, visit):
    form = opened(second, visit)
    sent(first, visit, opened(first, visit), stops__0__note="Früh", stops__1__note="Spät")

    page = sent(second, visit, form, stops__0__note="Morgens")

    assert {name: (each.by_them, each.by_me) for name, each in differences(page).items()} == {
        "stops-0-note": (True, True),
        "stops-1-note": (True, False),
    }
    choose(second, visit, page, stops__0__note="mine")
    assert [stop.note for stop in visit.stops.all()] == ["Morgens", "Spät"]


def test_a_row_that_the_other_added_stays_and_is_named(first, second, visit):
    form = opened(second, visit)
    city = CityFactory(name_de="Bursa")
    sent(first, visit, opened(first, visit), **new_row("stops", 2, city=city.pk))

    page = sent(second, visit, form, title="Anders")

    title = Delegation.objects.get().title
    assert page.context["comparison"].notes == [
        f"Stop: 3. Bursa, {title} was added in the meantime and stays."
    ]
    choose(second, visit, page)
    assert visit.stops.count() == 3


def test_rows_added_on_both_sides_are_all_kept(first, second, visit):
    form = opened(second, visit)
    theirs, mine = CityFactory(), CityFactory()
    sent(first, visit, opened(first, visit), **new_row("stops", 2, city=theirs.pk))

    page = sent(second, visit, form, **new_row("stops", 2, city=mine.pk))

    assert page.status_code == 409
    choose(second, visit, page)
    assert {stop.city for stop in visit.stops.all()} >= {theirs, mine}
    assert visit.stops.count() == 4


@pytest.mark.parametrize(("whose", "notes"), [("mine", ["Ende", "Morgens"]), ("theirs", ["Ende"])])
def test_a_row_that_the_other_removed_can_be_entered_again(first, second, visit, whose, notes):
    form = opened(second, visit)
    sent(first, visit, opened(first, visit), stops__0__DELETE="on")

    page = sent(second, visit, form, stops__0__note="Morgens")

    assert {name: each.theirs for name, each in differences(page).items()} == {"stops-1": "removed"}
    answer = choose(second, visit, page, stops__1=whose)
    assert answer.status_code == 302
    assert sorted(stop.note for stop in visit.stops.all()) == notes


def test_a_row_that_the_other_removed_and_nobody_edited_is_only_named(first, second, visit):
    form = opened(second, visit)
    sent(first, visit, opened(first, visit), stops__0__DELETE="on")

    page = sent(second, visit, form, stops__1__note="Schluss")

    assert list(differences(page)) == ["stops-0-note"]
    assert len(page.context["comparison"].notes) == 1
    choose(second, visit, page)
    assert [stop.note for stop in visit.stops.all()] == ["Schluss"]


@pytest.mark.parametrize(("whose", "notes"), [("mine", ["Ende"]), ("theirs", ["Früh", "Ende"])])
def test_a_row_that_was_changed_is_not_removed_without_asking(first, second, visit, whose, notes):
    form = opened(second, visit)
    sent(first, visit, opened(first, visit), stops__0__note="Früh")

    page = sent(second, visit, form, stops__0__DELETE="on")

    assert differences(page)["stops-0-DELETE"].by_them
    choose(second, visit, page, stops__0__DELETE=whose)
    assert [stop.note for stop in visit.stops.all()] == notes


def test_both_remove_the_same_row(first, second, visit):
    form = opened(second, visit)
    sent(first, visit, opened(first, visit), stops__0__DELETE="on")

    page = sent(second, visit, form, stops__0__DELETE="on")

    assert page.status_code == 302
    assert visit.stops.count() == 1


# --- admin and API ---


def test_a_change_by_the_api_is_asked_about_in_the_admin(second):
    city = CityFactory(region="Marmara")
    form = opened(second, city)
    program = APIClient()
    program.force_authenticate(UserFactory(is_superuser=True))
    program.patch(f"/api/v1/cities/{city.pk}/", {"region": "Thrakien"}, format="json")

    assert sent(second, city, form, region="Ägäis").status_code == 409


def test_a_change_in_the_admin_outdates_what_a_program_has_loaded(first, visit):
    program = APIClient()
    program.force_authenticate(UserFactory(is_superuser=True))
    etag = program.get(f"/api/v1/delegations/{visit.pk}/")["ETag"]
    sent(first, visit, opened(first, visit), stops__0__note="Früh")

    answer = program.patch(
        f"/api/v1/delegations/{visit.pk}/", {"title": "X"}, format="json", headers={"If-Match": etag}
    )

    assert answer.status_code == 412


# --- what holds for every page ---


@pytest.mark.parametrize("model", EDITED, ids=lambda model: model._meta.label)
def test_a_form_saved_without_a_change_makes_no_new_version(first, model):
    record = FACTORIES[model]()
    version = type(record).objects.get(pk=record.pk).version

    page = sent(first, record, opened(first, record))

    assert page.status_code == 302, errors_on(page)
    record.refresh_from_db()
    assert record.version == version


@pytest.mark.parametrize("model", EDITED, ids=lambda model: model._meta.label)
def test_a_page_that_nobody_typed_into_shows_no_difference_after_another_saved(first, model):
    """Each value has the same mark whether it was loaded or sent back, so that nothing looks edited."""
    record = FACTORIES[model]()
    form = opened(first, record)
    type(record).objects.get(pk=record.pk).save()

    page = sent(first, record, form)

    assert page.status_code == 302


def test_those_who_may_only_read_are_asked_nothing(second):
    city = CityFactory()
    second.force_login(factories.user_in("reader"))

    assert "_version" not in second.get(url_of(city)).content.decode()
    assert second.post(url_of(city), {"region": "X"}).status_code == 403


def test_a_page_that_is_gone_says_so(second):
    city = CityFactory()
    form = opened(second, city)
    address = url_of(city)
    city.delete()

    assert second.post(address, form, follow=True).redirect_chain[0][0] == reverse("admin:index")


# --- C1 ---


def edits(seed):
    """Two overlapping edits of a visit: fields, relations and rows, in the admin or through the API."""
    dice = random.Random(seed)
    fields = ["title", "purpose", "dates_note", "stops-0-note", "stops-1-note", "themes", "stop added"]
    return [dict.fromkeys(dice.sample(fields, dice.randint(1, 4))) for _ in range(2)]


@pytest.mark.parametrize("seed", range(50))
def test_of_fifty_pairs_of_overlapping_edits_none_is_silently_overwritten(first, second, visit, seed):
    by_api = seed % 2
    theirs, mine = edits(seed)
    themes = {"first": ThemeFactory().pk, "second": ThemeFactory().pk}
    form = opened(second, visit)
    if by_api:
        _write_by_api(visit, theirs, themes["first"])
    else:
        page = sent(first, visit, opened(first, visit), **_values(theirs, "first", themes["first"]))
        assert page.status_code == 302
    stored = _facts(visit)

    page = sent(second, visit, form, **_values(mine, "second", themes["second"]))

    assert page.status_code == 409
    assert _facts(visit) == stored
    assert {name for name in mine if name != "stop added"} <= set(differences(page))
    asked = differences(page)
    for name in set(theirs) & set(mine) - {"stop added"}:
        assert (asked[name].by_them, asked[name].by_me) == (True, True)
    answer = choose(second, visit, page)
    assert answer.status_code == 302
    after = _facts(visit)
    for name in {*theirs, *mine} - {"stop added"}:
        whose = "second" if name in mine else "first"
        assert after[name] == ({themes[whose]} if name == "themes" else whose)
    added = ("stop added" in theirs) + ("stop added" in mine)
    assert after["stops"] == 2 + added


def _values(names, text, theme):
    values = dict.fromkeys(names, text)
    if "themes" in values:
        values["themes"] = [theme]
    if values.pop("stop added", None):
        values |= new_row("stops", 2, city=CityFactory().pk)
    return values


def _write_by_api(visit, names, theme):
    program = APIClient()
    program.force_authenticate(UserFactory(is_superuser=True))
    stops = list(visit.stops.all())
    codes = []
    for name in names:
        if name == "stop added":
            body = {"delegation": visit.pk, "city": CityFactory().pk}
            codes.append(program.post("/api/v1/stops/", body, format="json").status_code)
        elif name.startswith("stops-"):
            stop = stops[int(name.split("-")[1])]
            address = f"/api/v1/stops/{stop.pk}/"
            codes.append(program.patch(address, {"note": "first"}, format="json").status_code)
        else:
            body = {name: [theme] if name == "themes" else "first"}
            address = f"/api/v1/delegations/{visit.pk}/"
            codes.append(program.patch(address, body, format="json").status_code)
    assert set(codes) <= {200, 201}


def _facts(visit):
    visit = Delegation.objects.get(pk=visit.pk)
    stops = list(visit.stops.all())
    return {
        "title": visit.title,
        "purpose": visit.purpose,
        "dates_note": visit.dates_note,
        "themes": {theme.pk for theme in visit.themes.all()},
        "stops-0-note": stops[0].note,
        "stops-1-note": stops[1].note,
        "stops": len(stops),
    }
