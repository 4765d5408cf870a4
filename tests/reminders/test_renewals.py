"""Agreements that renew themselves are found by the end of their first term."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relations.models import Agreement
from reminders.sources.agreements import Agreements
from tests.factories import AgreementFactory
from tests.reminders.clock import day

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def read(days):
    return [row for rows in Agreements(days[0]).perhaps(days) for row in rows]


@given(
    valid_until=st.dates(datetime.date(1990, 1, 1), datetime.date(2024, 12, 31)),
    notice=st.none() | st.integers(0, 400),
    months=st.integers(1, 60),
    today=st.dates(datetime.date(2025, 1, 1), datetime.date(2032, 12, 31)),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_none_is_missed_on_the_day_to_act_by(valid_until, notice, months, today):
    Agreement.objects.all().delete()
    row = AgreementFactory(
        state="signed", valid_until=valid_until, notice_days=notice, renews_by_months=months
    )
    by = row.deadline(today)

    assert read([by]) == [row]
    assert row in read([by + DAY * number for number in range(-30, 30)])


@pytest.mark.parametrize(
    ("valid_until", "months", "end"),
    [
        ("2024-01-31", 1, "2026-02-28"),
        ("2024-01-28", 1, "2026-02-28"),
        ("2024-02-29", 12, "2027-02-28"),
        ("2023-02-28", 12, "2024-02-28"),
        ("2020-12-31", 6, "2026-06-30"),
        ("2026-06-30", 6, "2026-06-30"),
    ],
)
def test_a_term_that_ends_with_a_month_too(valid_until, months, end):
    row = AgreementFactory(state="signed", valid_until=valid_until, renews_by_months=months)

    assert read([day(end)]) == [row]


@pytest.mark.parametrize("months", [None, 12, 60])
@pytest.mark.parametrize(("days", "others"), [(1, 0), (40, 1), (41, 1), (300, 10)])
def test_only_those_of_these_days_are_read(days, others, months):
    """Whatever else is in force, and whatever others have agreed."""
    year = 2020 if months else 2025
    for month in range(1, 13):
        terms = {"notice_days": 90, "renews_by_months": months}
        AgreementFactory(state="signed", valid_until=f"{year + (month < 12)}-{month:02}-17", **terms)
    AgreementFactory(state="signed", valid_until=f"{year}-12-31", **terms)
    # Its end is among the days, the last day to give notice is not.
    AgreementFactory(state="signed", valid_until="2025-11-01", notice_days=365)
    first = day("2025-10-02")

    assert len(read([first + DAY * number for number in range(days)])) == 1 + others


def test_as_many_questions_however_many_renew_themselves(django_assert_num_queries):
    def ask():
        for rows in Agreements(day("2025-10-02")).perhaps([day("2025-10-02")]):
            list(rows)

    terms = {"state": "signed", "notice_days": 90, "renews_by_months": 12}
    for number in range(12):
        AgreementFactory(valid_until=f"{2012 + number}-05-05", **terms)
        # A first end, a term and a notice, each with the next; those that end, those that renew themselves.
        with django_assert_num_queries(7):
            ask()
