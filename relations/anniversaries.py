"""Anniversaries: pure dates, no database.

Years count from one; the founding itself is no anniversary. 29 February is kept on the 28th in common years.
Where only the month or the year is known, the whole month or year is the anniversary: it is still coming
until its last day is over.
"""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDate, Precision


class Milestone(TextChoices):
    NONE = "none", _("no round year")
    ROUND = "round", _("round year")
    JUBILEE = "jubilee", _("jubilee")


@dataclass(frozen=True, slots=True)
class Occurrence:
    founded: PartialDate
    years: int

    @property
    def when(self) -> PartialDate:
        """The anniversary as exactly as the founding is known: a day, a month or a year."""
        year, day = self.founded.year + self.years, self.founded.day
        if (self.founded.month, day) == (2, 29) and not calendar.isleap(year):
            day = 28
        return PartialDate(year, self.founded.month, day)

    @property
    def on(self) -> datetime.date:
        """The day, or the first day of the month or year."""
        return self.when.first_day

    @property
    def precision(self) -> Precision:
        return self.founded.precision

    @property
    def milestone(self) -> Milestone:
        return milestone(self.years)


def milestone(years: int) -> Milestone:
    if years < 1:
        return Milestone.NONE
    if years % 25 == 0:
        return Milestone.JUBILEE
    return Milestone.ROUND if years >= 10 and years % 5 == 0 else Milestone.NONE


def occurrences(founded: PartialDate, start: datetime.date, end: datetime.date) -> list[Occurrence]:
    """The anniversaries from start to end, both included. Of a month or year any part of it is enough."""
    years = range(max(start.year - founded.year, 1), end.year - founded.year + 1)
    found = (Occurrence(founded, count) for count in years)
    return [each for each in found if each.when.last_day >= start and each.on <= end]


def next_anniversary(founded: PartialDate, today: datetime.date) -> Occurrence | None:
    """The coming anniversary, today's and this month's or year's included. After 9999 there is none."""
    soon = datetime.date(min(max(today.year, founded.year) + 1, datetime.MAXYEAR), 12, 31)
    return next(iter(occurrences(founded, today, soon)), None)


def next_round(founded: PartialDate, today: datetime.date) -> Occurrence | None:
    """The coming anniversary that is round or a jubilee, at most ten years ahead."""
    soon = datetime.date(min(max(today.year, founded.year) + 11, datetime.MAXYEAR), 12, 31)
    coming = occurrences(founded, today, soon)
    return next((each for each in coming if each.milestone != Milestone.NONE), None)


def month_days_on(day: datetime.date) -> list[str]:
    """What the month-day column holds (see `month_day`) of a date whose anniversary begins on that day."""
    found = [f"{day:%m-%d}"]
    if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year):
        found.append("02-29")
    if day.day == 1:
        found.append(f"{day:%m}")
    if (day.month, day.day) == (1, 1):
        found.append("")
    return found
