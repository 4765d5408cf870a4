import base64

import pytest
from django.utils import timezone

from tests.factories import (
    AgreementFactory,
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    InteractionFactory,
    ParticipantFactory,
    PartnershipEventFactory,
    PartnershipFactory,
    PersonFactory,
    ProgrammeItemFactory,
    StopFactory,
    TenureFactory,
)

pytestmark = pytest.mark.django_db


def names(answer):
    assert answer.status_code == 200, answer.json()
    return [row["name"] for row in answer.json()["results"]]


def walk(client, address, link):
    """The names on each page, following one link from page to page."""
    pages = []
    while address:
        page = client.get(address).json()
        pages.append([row["name"] for row in page["results"]])
        address = page[link]
    return pages


# --- pages ---


def test_a_page_has_fifty_rows_unless_asked_otherwise(officer):
    CityFactory.create_batch(51)
    rows = [len(officer.get(f"/api/v1/cities/{query}").json()["results"]) for query in ("", "?page_size=7")]

    assert rows == [50, 7]


@pytest.mark.parametrize("size", ["0", "501", "-1", "many", "1000000000"])
def test_no_page_is_larger_than_five_hundred(officer, size):
    answer = officer.get(f"/api/v1/cities/?page_size={size}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["page_size"]


def test_rows_are_counted_only_when_asked_for(officer):
    CityFactory.create_batch(3)

    assert "count" not in officer.get("/api/v1/cities/").json()
    assert officer.get("/api/v1/cities/?count=true&page_size=1").json()["count"] == 3


@pytest.mark.parametrize("ordering", ["population", "-population"])
def test_pages_hold_every_row_once_and_what_is_unknown_last(officer, ordering):
    for number, population in enumerate([5, None, 3, 5, None]):
        CityFactory(name_de=f"{number}", population=population)
    pages = walk(officer, f"/api/v1/cities/?page_size=2&ordering={ordering}", "next")
    expected = {"population": ["2", "0", "3", "1", "4"], "-population": ["0", "3", "2", "1", "4"]}

    assert [name for page in pages for name in page] == expected[ordering]


@pytest.mark.parametrize("ordering", ["population", "-population", "name"])
def test_pages_lead_back_as_they_came(officer, ordering):
    for number, population in enumerate([5, None, 3, 5, None]):
        CityFactory(name_de=f"{number}", population=population)
    start = f"/api/v1/cities/?page_size=2&ordering={ordering}"
    there = walk(officer, start, "next")
    last = start
    while following := officer.get(last).json()["next"]:
        last = following

    assert walk(officer, last, "previous") == there[::-1]


def test_a_page_goes_on_after_its_row_although_an_earlier_one_came(officer):
    for name in "BCD":
        CityFactory(name_de=name)
    first = officer.get("/api/v1/cities/?page_size=2").json()
    CityFactory(name_de="A")

    assert names(officer.get(first["next"])) == ["D"]


def test_pages_keep_partial_dates_in_order(officer):
    for founded in ("2004-07-22", "2004", None, "2004-07"):
        PartnershipFactory(founded=founded, partner__name_de=founded or "-")
    pages = walk(officer, "/api/v1/partnerships/?page_size=1&ordering=founded", "next")

    assert [page[0].partition("–")[2] for page in pages] == ["2004", "2004-07", "2004-07-22", "-"]


@pytest.mark.parametrize("cursor", ["x", "%00", "W10", "bnVsbA", "ü", "W1siLXBrIl0sZmFsc2UsWzFdXQ"])
def test_a_cursor_that_is_not_ours_is_refused(officer, cursor):
    answer = officer.get(f"/api/v1/cities/?cursor={cursor}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["cursor"]


@pytest.mark.parametrize("place", ["\\u0000", "\\ud800"])
def test_a_cursor_that_no_database_can_read_is_refused(officer, place):
    text = f'[["name", "pk"], false, ["{place}", 1]]'
    answer = officer.get("/api/v1/cities/", {"cursor": base64.urlsafe_b64encode(text.encode()).decode()})

    assert answer.status_code == 400


def test_a_cursor_serves_only_the_order_it_was_made_for(officer):
    CityFactory.create_batch(2)
    following = officer.get("/api/v1/cities/?page_size=1").json()["next"]

    assert officer.get(f"{following}&ordering=-name").status_code == 400


# --- filters ---


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("founded=2004", ["2004", "2004-07", "2004-07-22"]),
        ("founded=2004-07", ["2004-07", "2004-07-22"]),
        ("founded_from=2004-07-23", ["2004", "2004-07", "2005"]),
        ("founded_until=2003", ["1989-11-17"]),
        ("founded_from=1989-11-17&founded_until=1989-11-17", ["1989-11-17"]),
    ],
)
def test_partial_dates_are_asked_for_by_what_they_may_mean(officer, query, expected):
    for founded in ("1989-11-17", "2004", "2004-07", "2004-07-22", "2005", None):
        PartnershipFactory(founded=founded)
    rows = officer.get(f"/api/v1/partnerships/?ordering=founded&{query}").json()["results"]

    assert [row["founded"] for row in rows] == expected


def test_days_are_asked_for_from_and_until(officer):
    for day in ("2024-01-01", "2024-06-01", "2025-01-01"):
        AgreementFactory(title=day, valid_until=day)
    query = "valid_until_from=2024-06-01&valid_until_until=2024-12-31"

    assert names(officer.get(f"/api/v1/agreements/?{query}")) == ["2024-06-01"]


@pytest.mark.parametrize(
    "query",
    [
        "kind=hamlet",
        "is_home=maybe",
        "parent=4711",
        "parent=x",
        "geonames_id=x",
        "is_home=true&is_home=false",
    ],
)
def test_a_filter_that_cannot_be_understood_is_refused(officer, query):
    answer = officer.get(f"/api/v1/cities/?{query}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [query.partition("=")[0]]


@pytest.mark.parametrize("date", ["07.2004", "2023-02-29", "soon"])
def test_a_date_that_cannot_be_understood_is_refused(officer, date):
    answer = officer.get(f"/api/v1/partnerships/?founded_from={date}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["founded_from"]


def test_what_is_true_is_asked_for_as_such(officer):
    HomeCityFactory(name_de="Berlin")
    CityFactory(name_de="Istanbul")

    assert names(officer.get("/api/v1/cities/?is_home=true")) == ["Berlin"]
    assert names(officer.get("/api/v1/cities/?is_home=false")) == ["Istanbul"]


def test_a_tie_is_found_by_each_of_its_cities(officer):
    tie, other = PartnershipFactory(), CityFactory()
    tie.further_cities.add(further := CityFactory())
    found = [
        len(officer.get(f"/api/v1/partnerships/?city={city.pk}").json()["results"])
        for city in (tie.home, tie.partner, further, other)
    ]

    assert found == [1, 1, 1, 0]


def test_ties_are_found_by_the_status_of_today(officer):
    signed = PartnershipFactory()
    PartnershipEventFactory(partnership=signed, kind="signed", on="1989")
    PartnershipFactory()
    rows = officer.get("/api/v1/partnerships/?status=active").json()["results"]

    assert [(row["id"], row["status"]) for row in rows] == [(signed.pk, "active")]


def test_tenures_are_found_by_a_day(officer):
    TenureFactory(since="2014", until="2020-08", person__family_name="Geisel")
    TenureFactory(since="2020-11-01", person__family_name="Keller")
    rows = officer.get("/api/v1/tenures/?on=2024-10-13").json()["results"]

    assert [row["person"]["name"] for row in rows] == ["Nora Keller"]


def test_overdue_promises_are_found(officer):
    FollowUpFactory(title="late", due_on="2020")
    FollowUpFactory(title="undated")

    assert names(officer.get("/api/v1/follow-ups/?is_overdue=true")) == ["late"]
    assert names(officer.get("/api/v1/follow-ups/?is_overdue=false")) == ["undated"]


@pytest.mark.parametrize("text", ["imamoglu", "İmamoğlu", "Imamoğlu ekrem", "IMAMOGLU"])
def test_people_are_found_however_they_are_spelled(officer, text):
    PersonFactory(given_names="Ekrem", family_name="İmamoğlu")
    PersonFactory(given_names="Fatma", family_name="Şahin")

    assert names(officer.get("/api/v1/people/", {"search": text})) == ["Ekrem İmamoğlu"]


@pytest.mark.parametrize("text", ["---", " ", ".", "%", "\u200b", "\x00"])
def test_a_search_without_a_word_is_refused_and_does_not_show_everything(officer, text):
    answer = officer.get("/api/v1/cities/", {"search": text})

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["search"]


# --- what is computed ---


def test_a_first_meeting_is_told(officer):
    visit = DelegationFactory(starts_on="2024-10-13")
    item = ProgrammeItemFactory(delegation=visit)
    item.hosts.add(ParticipantFactory(delegation=visit, side="host"))
    item.attendees.add(ParticipantFactory(delegation=visit))

    assert officer.get(f"/api/v1/programme-items/{item.pk}/").json()["is_first_meeting"] is True


def test_the_last_contact_of_a_tie_is_its_latest_visit(officer):
    tie, never = PartnershipFactory(), PartnershipFactory()
    visit = DelegationFactory(home=tie.home, state="completed", starts_on="2019-05", ends_on="2019-06")
    StopFactory(delegation=visit, city=tie.partner)
    rows = {row["id"]: row for row in officer.get("/api/v1/partnerships/").json()["results"]}

    assert (rows[tie.pk]["last_contact_on"], rows[tie.pk]["is_quiet"]) == ("2019-06", True)
    assert (rows[never.pk]["last_contact_on"], rows[never.pk]["is_quiet"]) == (None, True)


def test_the_last_contact_of_a_tie_may_be_a_call(officer):
    tie, other = PartnershipFactory(), PartnershipFactory()
    DelegationFactory(partnership=tie, state="completed", starts_on="2024-05")
    InteractionFactory(partnership=tie, on="2024-06-03")
    InteractionFactory(city=other.partner, on=timezone.localdate())
    rows = {row["id"]: row for row in officer.get("/api/v1/partnerships/").json()["results"]}

    assert (rows[tie.pk]["last_contact_on"], rows[tie.pk]["is_quiet"]) == ("2024-06-03", True)
    assert (rows[other.pk]["last_contact_on"], rows[other.pk]["is_quiet"]) == (
        timezone.localdate().isoformat(),
        False,
    )


def test_labels_and_sentences_are_in_the_language_asked_for(officer):
    city = CityFactory(name_de="Mailand", name_en="Milan")
    addresses = (f"/api/v1/cities/{city.pk}/", "/api/v1/cities/4711/")
    english, refused = (officer.get(address, headers={"Accept-Language": "en"}) for address in addresses)
    german = officer.get(addresses[0], headers={"Accept-Language": "de"})

    assert (english.json()["name"], german.json()["name"]) == ("Milan", "Mailand")
    assert refused["Content-Language"] == "en"
