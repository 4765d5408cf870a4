import datetime

import pytest
from django.utils import translation

from contacts.dates import PartialDate
from delegations.offsets import Celebration, Offset


def counted(offset, begin, end=None):
    begin = PartialDate.parse(begin)
    return str(Offset.parse(offset).counted(Celebration(begin, PartialDate.parse(end) if end else begin)))


@pytest.mark.parametrize("text", ["-P24M", "-P4W", "-P1W", "P2W", "P6W", "P10D", "P0D"])
def test_a_distance_is_read_as_it_is_kept(text):
    assert str(Offset.parse(text)) == text


@pytest.mark.parametrize("text", ["", "P", "24M", "P1Y", "P2W3D", "--P2W"])
def test_what_is_no_distance_is_refused(text):
    with pytest.raises(ValueError, match="no distance"):
        Offset.parse(text)


@pytest.mark.parametrize(
    ("offset", "day"),
    [
        ("-P24M", "2027-11-17"),
        ("-P12M", "2028-11-17"),
        ("-P9M", "2029-02-17"),
        ("-P4W", "2029-10-20"),
        ("-P1W", "2029-11-10"),
        ("-P0D", "2029-11-17"),
        ("P2W", "2029-12-01"),
        ("P6W", "2029-12-29"),
    ],
)
def test_days_are_counted_from_the_celebration(offset, day):
    assert counted(offset, "2029-11-17") == day


@pytest.mark.parametrize(
    ("offset", "begin", "day"),
    [
        ("-P12M", "2028-02-29", "2027-02-28"),
        ("-P24M", "2028-02-29", "2026-02-28"),
        ("-P48M", "2028-02-29", "2024-02-29"),
        ("-P1M", "2029-03-31", "2029-02-28"),
        ("-P9M", "2029-11-30", "2029-02-28"),
    ],
)
def test_a_month_too_short_for_the_day_gives_its_last_one(offset, begin, day):
    assert counted(offset, begin) == day


@pytest.mark.parametrize(
    ("offset", "begin", "month"),
    [
        ("-P24M", "2029-05", "2027-05"),
        ("-P4W", "2029-05", "2029-04"),
        ("-P1W", "2029-05", "2029-04"),
        ("P2W", "2029-05", "2029-06"),
        ("P6W", "2029-05", "2029-07"),
        ("-P24M", "2029", "2027-01"),
        ("-P1W", "2029", "2028-12"),
        ("P2W", "2029", "2030-01"),
    ],
)
def test_of_a_month_or_a_year_no_day_is_made_up(offset, begin, month):
    """Back from the first day, so that it is ready in time; on from the last, so that it was over by then."""
    assert counted(offset, begin) == month


@pytest.mark.parametrize(
    ("offset", "day"), [("-P4W", "2029-05-14"), ("P2W", "2029-12-15"), ("P0D", "2029-12-01")]
)
def test_what_follows_counts_from_the_end_of_a_long_celebration(offset, day):
    assert counted(offset, "2029-06-11", "2029-12-01") == day


def test_the_two_ends_of_a_celebration_may_be_known_differently():
    assert counted("-P1W", "2029-06-11", "2029-12") == "2029-06-04"
    assert counted("P2W", "2029-06-11", "2029-12") == "2030-01"


@pytest.mark.parametrize(("offset", "day"), [("-P120M", "0001-01-01"), ("P120M", "9999-12-31")])
def test_the_calendar_has_two_ends(offset, day):
    begin = "0003-05-01" if offset.startswith("-") else "9998-05-01"

    assert counted(offset, begin) == day


@pytest.mark.parametrize(
    ("text", "german", "english"),
    [
        ("-P24M", "24 Monate vorher", "24 months before"),
        ("-P1W", "1 Woche vorher", "1 week before"),
        ("-P3D", "3 Tage vorher", "3 days before"),
        ("P1M", "1 Monat danach", "1 month after"),
        ("P6W", "6 Wochen danach", "6 weeks after"),
        ("P1D", "1 Tag danach", "1 day after"),
        ("P0D", "am Tag selbst", "on the day"),
    ],
)
def test_a_distance_is_said_as_a_clerk_says_it(text, german, english):
    with translation.override("de"):
        assert Offset.parse(text).display() == german
    with translation.override("en"):
        assert Offset.parse(text).display() == english


def test_a_day_is_a_date():
    celebration = Celebration(PartialDate(2029, 11, 17), PartialDate(2029, 11, 17))

    assert Offset.parse("-P24M").counted(celebration).first_day == datetime.date(2027, 11, 17)
