import datetime

import pytest
from django.utils import timezone

from contacts.models import City
from desk.anniversaries import anniversaries, ties_of
from tests.factories import (
    CityFactory,
    HomeCityFactory,
    OccasionFactory,
    PartnershipEventFactory,
    PartnershipFactory,
)

pytestmark = pytest.mark.django_db

YEARS = "from=2026-01-01&to=2028-12-31"


def tie(home, partner, founded, *events, kind="partnership"):
    made = PartnershipFactory(
        home=HomeCityFactory(name_de=home), partner=CityFactory(name_de=partner), founded=founded, kind=kind
    )
    for event, on in events:
        PartnershipEventFactory(partnership=made, kind=event, on=on)
    return made


@pytest.fixture
def berlin():
    return tie("Berlin", "Istanbul", "1989-11-17", ("signed", "1989-11-17"))


def entries(client, query=YEARS):
    answer = client.get(f"/api/v1/anniversaries/?{query}")
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def days(client, query=YEARS):
    return [(entry["partnership"]["name"], entry["years"], entry["on"]) for entry in entries(client, query)]


def errors_of(client, query):
    answer = client.get(f"/api/v1/anniversaries/?{query}")
    assert answer.status_code == 400
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_the_anniversaries_of_a_range_are_told_in_order(officer, berlin):
    tie("Osnabrück", "Çanakkale", "2004-05")
    tie("Mannheim", "Beyoğlu", "2011")

    assert days(officer) == [
        ("Mannheim–Beyoğlu", 15, "2026-01-01"),
        ("Osnabrück–Çanakkale", 22, "2026-05-01"),
        ("Berlin–Istanbul", 37, "2026-11-17"),
        ("Mannheim–Beyoğlu", 16, "2027-01-01"),
        ("Osnabrück–Çanakkale", 23, "2027-05-01"),
        ("Berlin–Istanbul", 38, "2027-11-17"),
        ("Mannheim–Beyoğlu", 17, "2028-01-01"),
        ("Osnabrück–Çanakkale", 24, "2028-05-01"),
        ("Berlin–Istanbul", 39, "2028-11-17"),
    ]


def test_an_anniversary_says_how_exactly_it_is_known(officer):
    osnabrueck = tie("Osnabrück", "Çanakkale", "2004-05")

    assert entries(officer, "from=2026-05-10&to=2026-05-20") == [
        {
            "partnership": {"id": osnabrueck.pk, "name": "Osnabrück–Çanakkale"},
            "founded": "2004-05",
            "precision": "month",
            "years": 22,
            "on": "2026-05-01",
            "milestone": "none",
            "occasion": None,
            "plan_jubilee": None,
        }
    ]


def test_a_celebration_on_record_is_named(officer, berlin):
    occasion = OccasionFactory(partnership=berlin, years=37, label="37 Jahre")
    found = [entry["occasion"] for entry in entries(officer)]

    assert found == [{"id": occasion.pk, "name": "37 Jahre"}, None, None]


def test_a_tie_that_has_ended_rests_or_is_only_proposed_has_no_anniversary(officer):
    tie("A", "B", "1989-11-17", ("signed", "1989"), ("suspended", "2022"))
    tie("C", "D", "1989-11-17", ("signed", "1989"), ("ended", "2022"))
    tie("E", "F", "1989-11-17", ("council_decision", "1989"))
    tie("G", "H", None, ("signed", "1989"))

    assert days(officer) == []


def test_a_dormant_tie_has_anniversaries(officer):
    tie("A", "B", "1989-11-17", ("signed", "1989"), ("dormant", "2015"))

    assert [on for _name, _years, on in days(officer)] == ["2026-11-17", "2027-11-17", "2028-11-17"]


def test_a_tie_that_was_stepped_up_is_silent(officer):
    earlier = tie("Düsseldorf", "Chongqing", "2000-01-01", ("signed", "2000"), kind="friendship")
    earlier.step_up(kind="partnership", founded="2004-07-22")

    assert [on for _name, _years, on in days(officer)] == ["2026-07-22", "2027-07-22", "2028-07-22"]


def test_anniversaries_are_found_by_milestone_tie_and_kind(officer, berlin):
    other = tie("Linz", "Eskişehir", "2001-05-05", kind="friendship")

    assert [entry["years"] for entry in entries(officer, f"{YEARS}&milestone=jubilee")] == [25]
    assert [entry["years"] for entry in entries(officer, f"{YEARS}&partnership={berlin.pk}")] == [37, 38, 39]
    assert {entry["partnership"]["id"] for entry in entries(officer, f"{YEARS}&kind=friendship")} == {
        other.pk
    }


def test_anniversaries_are_found_by_home_city_and_country(officer, berlin):
    linz = tie("Linz", "Eskişehir", "2001-05-05")
    City.objects.filter(pk=linz.partner_id).update(country="TR")

    for query, found in (
        (f"home={linz.home_id}", linz),
        ("country=TR", linz),
        (f"home={berlin.home_id}", berlin),
    ):
        named = {entry["partnership"]["id"] for entry in entries(officer, f"{YEARS}&{query}")}
        assert named == {found.pk}


def test_without_a_range_the_coming_year_is_told(officer, berlin):
    today = timezone.localdate()
    expected = anniversaries(ties_of(today=today), start=today, end=today.replace(year=today.year + 1))

    assert [entry["years"] for entry in entries(officer, "")] == [each.years for each in expected]


def test_29_february_is_kept_on_the_28th(officer):
    tie("A", "B", "2004-02-29")

    assert [on for _name, _years, on in days(officer)] == ["2026-02-28", "2027-02-28", "2028-02-29"]


def test_time_ends_with_the_calendar(officer, berlin):
    assert [years for _name, years, _on in days(officer, "from=9999-01-01")] == [8010]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("from=2026-02-30", ("from", "invalid")),
        ("from=2026", ("from", "invalid")),
        ("from=2027-01-01&to=2026-01-01", ("to", "order")),
        ("from=1900-01-01&to=2000-01-01", ("to", "too_long")),
        ("milestone=big", ("milestone", "invalid_choice")),
        ("partnership=4711", ("partnership", "does_not_exist")),
        ("kind=love", ("kind", "invalid_choice")),
        ("home=4711", ("home", "does_not_exist")),
        ("country=XX", ("country", "unknown")),
        ("until=2027-01-01", ("until", "unknown_parameter")),
        ("from=2026-01-01&from=2027-01-01", ("from", "repeated")),
    ],
)
def test_a_question_that_cannot_be_understood_is_refused(officer, query, error):
    assert errors_of(officer, query) == [error]


def test_the_list_is_flat_in_queries(officer, berlin, django_assert_num_queries):
    days(officer)
    for number in range(20):
        tie(f"H{number}", f"P{number}", "2001-05-05")

    with django_assert_num_queries(3):
        assert len(days(officer)) == 63


def test_status_is_asked_for_the_day_given(berlin):
    berlin.suspend(on="2022-03")
    ranges = {"start": datetime.date(2026, 1, 1), "end": datetime.date(2026, 12, 31)}
    ties = [ties_of(today=datetime.date(year, 6, 1)) for year in (2021, 2023)]
    found = [len(anniversaries(each, **ranges)) for each in ties]

    assert found == [1, 0]
