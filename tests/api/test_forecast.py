import pytest
from django.utils import timezone

from tests.api.test_anniversaries import tie
from tests.factories import DelegationFactory, OccasionFactory

pytestmark = pytest.mark.django_db


def answer(client, query="from=2029&to=2030"):
    found = client.get(f"/api/v1/forecast/?{query}")
    assert found.status_code == 200, found.json()
    return found.json()


@pytest.fixture
def berlin():
    return tie("Berlin", "Istanbul", "1989-11-17")


def test_the_years_ahead_are_told_in_full(officer, berlin):
    chongqing = tie("Düsseldorf", "Chongqing", "2004-07-22")
    ended = tie("Mannheim", "Kilis", "2016", ("signed", "2016"), ("ended", "2021"))
    occasion = OccasionFactory(partnership=berlin, years=40, label="40 Jahre")
    visit = DelegationFactory(title="To Linz", starts_on="2029-11-17")
    of_berlin = {
        "partnership": {"id": berlin.pk, "name": "Berlin–Istanbul"},
        "founded": "1989-11-17",
        "precision": "day",
        "years": 40,
        "on": "2029-11-17",
        "milestone": "round",
        "occasion": {"id": occasion.pk, "name": "40 Jahre"},
        "plan_jubilee": f"http://testserver/api/v1/partnerships/{berlin.pk}/plan-jubilee/",
    }
    of_chongqing = {
        "partnership": {"id": chongqing.pk, "name": "Düsseldorf–Chongqing"},
        "founded": "2004-07-22",
        "precision": "day",
        "years": 25,
        "on": "2029-07-22",
        "milestone": "jubilee",
        "occasion": None,
        "plan_jubilee": f"http://testserver/api/v1/partnerships/{chongqing.pk}/plan-jubilee/",
    }

    assert answer(officer) == {
        "headline": "2 round anniversaries from 2029 to 2030, 1 of them a jubilee. "
        "The fullest year is 2029: 25 years Düsseldorf–Chongqing and 40 years Berlin–Istanbul.",
        "years": [
            {"year": 2029, "round": 2, "is_full": False},
            {"year": 2030, "round": 0, "is_full": False},
        ],
        "anniversaries": [of_chongqing, of_berlin],
        "clashes": [
            {
                "kind": "visit",
                "start": "2029-11-17",
                "title": "Saturday, 17 November 2029",
                "text": "40 years Berlin–Istanbul falls on the visit “To Linz” (from 17 Nov 2029).",
                "anniversaries": [of_berlin],
                "visit": {"id": visit.pk, "name": "To Linz"},
                "city_date": None,
            }
        ],
        "calm": [{"start": "2029-11-18", "end": "2030-12-31"}],
        "left_out": [{"partnership": {"id": ended.pk, "name": "Mannheim–Kilis"}, "reason": "ended 2021"}],
    }


def test_without_a_word_this_year_and_ten_more_and_only_round_ones(officer, berlin):
    years = [each["year"] for each in answer(officer, "")["years"]]

    assert years == list(range(timezone.localdate().year, timezone.localdate().year + 11))
    assert {each["milestone"] for each in answer(officer, "")["anniversaries"]} == {"round"}


@pytest.mark.parametrize(("at_least", "years"), [("none", [24, 25, 26]), ("round", [25]), ("jubilee", [25])])
def test_what_is_less_than_round_or_a_jubilee_can_be_left_out(officer, at_least, years):
    tie("Linz", "Eskişehir", "2004-05")

    found = answer(officer, f"from=2028&to=2030&at_least={at_least}")["anniversaries"]

    assert [each["years"] for each in found] == years


def test_a_home_city_narrows_it(officer, berlin):
    tie("Linz", "Eskişehir", "2004-05")

    found = answer(officer, f"from=2029&to=2029&home={berlin.home_id}")["anniversaries"]

    assert [each["partnership"]["id"] for each in found] == [berlin.pk]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("from=2030&to=2020", ("to", "order")),
        ("from=2030&to=2080", ("to", "too_long")),
        ("from=999", ("from", "min_value")),
        ("to=9901", ("to", "max_value")),
        ("from=soon", ("from", "invalid")),
        ("at_least=big", ("at_least", "invalid_choice")),
        ("home=4711", ("home", "does_not_exist")),
        ("country=XX", ("country", "unknown")),
        ("milestone=round", ("milestone", "unknown_parameter")),
        ("from=2026&from=2027", ("from", "repeated")),
    ],
)
def test_a_question_that_cannot_be_understood_is_refused(officer, query, error):
    found = officer.get(f"/api/v1/forecast/?{query}")

    assert found.status_code == 400
    assert [(each["field"], each["code"]) for each in found.json()["errors"]] == [error]


def test_a_home_city_is_one_of_ours(officer, berlin):
    assert officer.get(f"/api/v1/forecast/?home={berlin.partner_id}").status_code == 400


@pytest.mark.parametrize("query", ["from=1000", "to=9900", "from=9900&to=9900"])
def test_the_ends_of_the_calendar_are_no_end_of_the_answer(officer, berlin, query):
    tie("A", "B", "0900-01-01")
    asked = query if "&" in query or "to" not in query else f"from=9890&{query}"

    assert officer.get(f"/api/v1/forecast/?{asked}").status_code == 200
