"""Which days are worked. Real holidays: what the law of a country and a state says."""

import pytest

from contacts.models import Office
from contacts.working_days import is_working_day, next_working_day
from tests.reminders.clock import day


@pytest.mark.parametrize(
    ("text", "country", "state", "is_one"),
    [
        ("2024-06-21", "DE", "NW", True),  # a Friday
        ("2024-06-22", "DE", "NW", False),  # a Saturday
        ("2024-11-01", "DE", "NW", False),  # All Saints
        ("2024-11-01", "DE", "BE", True),  # no holiday in Berlin
        ("2024-10-03", "DE", "", False),  # of the whole country
        ("2024-11-01", "DE", "", True),  # of some states only
        ("2024-10-29", "TR", "", False),
        ("2024-09-29", "CN", "", True),  # a Sunday that is worked instead
        ("2024-06-21", "AE", "", True),  # a Friday where the weekend moved
    ],
)
def test_a_working_day_is_one_by_country_and_state(text, country, state, is_one):
    assert is_working_day(day(text), country=country, state=state) is is_one


def test_a_state_that_nobody_knows_leaves_the_holidays_of_the_country():
    assert is_working_day(day("2024-10-03"), country="DE", state="XX") is False
    assert is_working_day(day("2024-10-04"), country="DE", state="XX") is True


def test_a_country_that_nobody_knows_works_from_monday_to_friday():
    found = [is_working_day(day(f"2024-06-{number}"), country="ZZ") for number in range(17, 24)]

    assert found == [True] * 5 + [False] * 2


@pytest.mark.parametrize("text", ["0836-01-04", "9999-12-30"])
def test_a_day_of_a_year_that_nobody_knows_is_a_working_day(text):
    assert is_working_day(day(text), country="DE", state="BE") is True


@pytest.mark.parametrize(
    ("text", "following"),
    [("2024-12-20", "2024-12-20"), ("2024-12-21", "2024-12-23"), ("2024-12-25", "2024-12-27")],
)
def test_the_next_working_day_is_that_day_or_a_later_one(text, following):
    assert next_working_day(day(text), country="DE", state="BE") == day(following)


def test_the_office_knows_its_own_working_days():
    assert Office(country="DE", state="NW").next_working_day(day("2024-11-01")) == day("2024-11-04")
    assert Office(country="DE", state="BE").next_working_day(day("2024-11-01")) == day("2024-11-01")
