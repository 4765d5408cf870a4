import datetime
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contacts.dates import PartialDate, Precision
from relations.anniversaries import (
    Milestone,
    Occurrence,
    milestone,
    month_days_on,
    next_anniversary,
    occurrences,
)


def partial_dates(first: int = 1, last: int = 9999) -> st.SearchStrategy[PartialDate]:
    days = st.dates(datetime.date(first, 1, 1), datetime.date(last, 12, 31))
    return st.builds(
        lambda day, known: PartialDate(*(day.year, day.month, day.day)[:known]),
        days,
        st.sampled_from([1, 2, 3]),
    )


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


BERLIN_ISTANBUL = PartialDate(1989, 11, 17)
CHONGQING = PartialDate(2004, 7)
ESKISEHIR = PartialDate(2012)


# --- milestones ---


def test_milestones_of_the_first_hundred_years():
    found = {kind: [years for years in range(101) if milestone(years) == kind] for kind in Milestone}
    jubilees = [25, 50, 75, 100]
    rounds = [years for years in range(10, 100, 5) if years not in jubilees]
    others = [years for years in range(101) if years not in jubilees + rounds]
    assert found == {Milestone.NONE: others, Milestone.ROUND: rounds, Milestone.JUBILEE: jubilees}


@pytest.mark.parametrize(
    ("years", "kind"),
    [(-25, "none"), (0, "none"), (1, "none"), (5, "none"), (10, "round"), (35, "round"), (125, "jubilee"),
     (130, "round"), (1000, "jubilee")],
)  # fmt: skip
def test_milestone(years, kind):
    assert milestone(years) == kind


# --- the next one ---


@pytest.mark.parametrize(
    ("founded", "today", "years", "when"),
    [
        (BERLIN_ISTANBUL, "2024-10-18", 35, "2024-11-17"),
        (BERLIN_ISTANBUL, "2024-11-17", 35, "2024-11-17"),
        (BERLIN_ISTANBUL, "2024-11-18", 36, "2025-11-17"),
        (BERLIN_ISTANBUL, "1989-11-17", 1, "1990-11-17"),
        (BERLIN_ISTANBUL, "1950-01-01", 1, "1990-11-17"),
        (CHONGQING, "2024-06-30", 20, "2024-07"),
        (CHONGQING, "2024-07-01", 20, "2024-07"),
        (CHONGQING, "2024-07-31", 20, "2024-07"),
        (CHONGQING, "2024-08-01", 21, "2025-07"),
        (ESKISEHIR, "2024-01-01", 12, "2024"),
        (ESKISEHIR, "2024-12-31", 12, "2024"),
        (ESKISEHIR, "2012-06-01", 1, "2013"),
        (PartialDate(2004, 2, 29), "2024-02-28", 20, "2024-02-29"),
        (PartialDate(2004, 2, 29), "2025-02-28", 21, "2025-02-28"),
        (PartialDate(2004, 2, 29), "2025-03-01", 22, "2026-02-28"),
        (PartialDate(2004, 2), "2025-02-28", 21, "2025-02"),
        (PartialDate(836), "2026-05-05", 1190, "2026"),
    ],
)
def test_next_anniversary(founded, today, years, when):
    coming = next_anniversary(founded, day(today))
    assert (coming.years, str(coming.when)) == (years, when)


@pytest.mark.parametrize(("founded", "years"), [(1, 9998), (9998, 1), (9999, None)])
def test_no_anniversary_comes_after_the_calendar_ends(founded, years):
    coming = next_anniversary(PartialDate(founded), datetime.date.max)
    assert coming == (Occurrence(PartialDate(founded), years) if years else None)


@given(partial_dates(), st.dates())
def test_next_anniversary_is_the_first_whose_last_day_is_not_over(founded, today):
    years = range(max(today.year - founded.year - 1, 1), max(today.year - founded.year, 0) + 3)
    ahead = [
        Occurrence(founded, count)
        for count in years
        if founded.year + count <= datetime.MAXYEAR and Occurrence(founded, count).when.last_day >= today
    ]
    assert next_anniversary(founded, today) == (ahead[0] if ahead else None)


# --- what an occurrence knows ---


def test_an_occurrence_on_a_day():
    coming = next_anniversary(BERLIN_ISTANBUL, day("2024-10-18"))
    assert (coming.founded, coming.on, coming.precision, coming.milestone) == (
        BERLIN_ISTANBUL,
        day("2024-11-17"),
        Precision.DAY,
        Milestone.ROUND,
    )


def test_an_occurrence_of_a_month_is_on_its_first_day():
    coming = next_anniversary(CHONGQING, day("2024-07-15"))
    assert (coming.on, coming.precision, coming.when) == (
        day("2024-07-01"),
        Precision.MONTH,
        PartialDate(2024, 7),
    )


def test_an_occurrence_of_a_year_is_on_its_first_day():
    coming = next_anniversary(ESKISEHIR, day("2037-05-05"))
    assert (coming.on, coming.precision, coming.milestone) == (
        day("2037-01-01"),
        Precision.YEAR,
        Milestone.JUBILEE,
    )


# --- those of a span ---


def test_occurrences_of_some_years():
    found = occurrences(BERLIN_ISTANBUL, day("2026-01-01"), day("2028-12-31"))
    assert [(each.years, each.on) for each in found] == [
        (37, day("2026-11-17")),
        (38, day("2027-11-17")),
        (39, day("2028-11-17")),
    ]


def test_occurrences_include_both_ends():
    found = occurrences(BERLIN_ISTANBUL, day("2024-11-17"), day("2025-11-17"))
    assert [each.years for each in found] == [35, 36]


def test_the_founding_is_no_anniversary():
    found = occurrences(BERLIN_ISTANBUL, day("1980-01-01"), day("1991-12-31"))
    assert [each.years for each in found] == [1, 2]


@pytest.mark.parametrize(
    ("founded", "start", "end", "years"),
    [
        (CHONGQING, "2024-07-31", "2025-07-01", [20, 21]),
        (CHONGQING, "2024-08-01", "2025-06-30", []),
        (ESKISEHIR, "2024-12-31", "2025-01-01", [12, 13]),
        (BERLIN_ISTANBUL, "2025-01-01", "2024-01-01", []),
    ],
)
def test_occurrences_of_a_month_or_year_that_is_touched(founded, start, end, years):
    assert [each.years for each in occurrences(founded, day(start), day(end))] == years


def test_29_february_comes_once_in_every_year():
    found = occurrences(PartialDate(1896, 2, 29), day("1900-01-01"), day("2100-12-31"))
    assert Counter(each.on.year for each in found) == Counter(range(1900, 2101))
    leap_days = [each.on.year for each in found if each.on.day == 29]
    assert leap_days == [year for year in range(1904, 2100, 4)]
    assert {(each.on.month, each.on.day) for each in found} == {(2, 28), (2, 29)}


@given(partial_dates(1000, 9000), st.dates(datetime.date(1000, 1, 1)), st.integers(0, 3000))
def test_occurrences_come_one_a_year_and_grow_by_one(founded, start, days):
    assume(start <= datetime.date.max - datetime.timedelta(days))
    end = start + datetime.timedelta(days)
    found = occurrences(founded, start, end)
    assert [each.years for each in found] == [each.when.year - founded.year for each in found]
    assert [each.years for each in found] == list(range(found[0].years, found[-1].years + 1) if found else [])


# --- the look-up by month and day ---


@pytest.mark.parametrize(
    ("on", "month_days"),
    [
        ("2024-11-17", ["11-17"]),
        ("2024-07-01", ["07-01", "07"]),
        ("2024-01-01", ["01-01", "01", ""]),
        ("2024-02-28", ["02-28"]),
        ("2024-02-29", ["02-29"]),
        ("2025-02-28", ["02-28", "02-29"]),
        ("2025-02-01", ["02-01", "02"]),
    ],
)
def test_month_days_on(on, month_days):
    assert month_days_on(day(on)) == month_days


@given(partial_dates(last=2000), st.dates(datetime.date(2001, 1, 1)))
def test_a_look_up_by_month_day_finds_what_begins_on_the_day(founded, today):
    begins = [each for each in occurrences(founded, today, today) if each.on == today]
    assert (str(founded)[5:] in month_days_on(today)) == bool(begins)
