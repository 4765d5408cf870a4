"""Working days by country and federal state. A day that nobody knows as a holiday is one."""

from __future__ import annotations

import datetime
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import holidays

SATURDAY = 5
DAY = datetime.timedelta(days=1)


@cache
def _calendar(country: str, state: str) -> holidays.HolidayBase | None:
    """The calendar of the state, else of the country; None where there is none at all."""
    # Five megabytes, which only the processes hold that count working days.
    import holidays

    for subdivision in (state, ""):
        try:
            return holidays.country_holidays(country, subdiv=subdivision or None)
        except NotImplementedError:
            continue
    return None


def states(country: str) -> list[str]:
    """The codes of its states that have public holidays of their own."""
    calendar = _calendar(country, "")
    return [] if calendar is None else sorted(calendar.subdivisions)


def is_working_day(day: datetime.date, *, country: str, state: str = "") -> bool:
    """By the country's own weekend and holidays, days worked instead included; else Monday to Friday."""
    calendar = _calendar(country, state)
    return day.weekday() < SATURDAY if calendar is None else calendar.is_working_day(day)


def next_working_day(day: datetime.date, *, country: str, state: str = "") -> datetime.date:
    """That day, or the first working day after it."""
    while not is_working_day(day, country=country, state=state):
        day += DAY
    return day
