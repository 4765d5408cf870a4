"""Anniversaries of ties."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from django.db import models

from contacts.dates import PartialDate
from relations.anniversaries import Milestone as Years
from relations.anniversaries import Occurrence, milestone, month_days_on, occurrences
from relations.models import Partnership
from reminders.models import Rule, Stage
from reminders.sources.base import Happening, OfTies, month_days

# For more days than these one reads the ties of all years and leaves out those that are not asked for.
SEARCHED_BY_YEAR = 40


def founded_round_years_before(day: datetime.date, earliest_year: int) -> Iterator[PartialDate]:
    """All foundings that have a round anniversary or a jubilee beginning on that day."""
    for year in range(earliest_year, day.year):
        if milestone(day.year - year) == Years.NONE:
            continue
        for month_day in month_days_on(day):
            if month_day != "02-29" or calendar.isleap(year):
                yield PartialDate.parse(f"{year:04}-{month_day}".rstrip("-"))


def founded(tie: Partnership) -> PartialDate:
    assert tie.founded is not None  # the rows are those whose founding is known
    return tie.founded


class Anniversaries(OfTies):
    subject = Rule.Subject.ANNIVERSARY
    field = "partnership"

    related = ("home", "partner")

    @cached_property
    def winners(self) -> set[str]:
        return self.book.milestones(self.subject)

    def rows(self) -> models.QuerySet[Partnership]:
        return Partnership.objects.filter(founded__isnull=False)

    def spoken_of(self, rows: Iterable[Partnership]) -> list[Partnership]:
        rows = list(rows)
        reminded = self.reminded(row.pk for row in rows)
        return [row for row in rows if row.pk in reminded]

    def matches(self, rule: Rule, happening: Happening) -> bool:
        rarest = (name for name in Rule.milestones_of(happening.years) if name in self.winners)
        return rule.milestone == next(rarest, None)

    def coming(self, row: Partnership, until: datetime.date) -> Iterable[Happening]:
        return [self._happening(row, each) for each in occurrences(founded(row), self.today, until)]

    def on(self, days: list[datetime.date], stages: Collection[Stage]) -> Iterator[Happening]:
        for tie in self.of(self.perhaps(days, stages)):
            for each in occurrences(founded(tie), days[0], days[-1]):
                # Of a month or year that goes on in these days, not begins in them, the stages have passed.
                if each.on >= days[0]:
                    yield self._happening(tie, each)

    def perhaps(self, days: list[datetime.date], stages: Collection[Stage]) -> models.QuerySet[Partnership]:
        """Ties whose anniversary begins on one of these days, in a year that these stages speak of."""
        begins_then = self.rows().filter(founded_month_day__in=month_days(days))
        if len(days) > SEARCHED_BY_YEAR or any(
            stage.rule.milestone == Rule.Milestone.EVERY for stage in stages
        ):
            return begins_then
        return self.rows().filter(
            founded__in=[date for day in days for date in founded_round_years_before(day, self.earliest_year)]
        )

    @cached_property
    def earliest_year(self) -> int:
        earliest = Partnership.objects.aggregate(founded=models.Min("founded"))["founded"]
        return earliest.year if earliest else self.today.year

    def again(self, row: Partnership, occurrence: str) -> Happening | None:
        each = Occurrence(founded(row), int(occurrence) - founded(row).year)
        return self._happening(row, each) if each.years >= 1 else None

    def responsible(self, row: Partnership) -> int | None:
        return row.responsible_id

    def _happening(self, tie: Partnership, each: Occurrence) -> Happening:
        # The year alone names the occurrence, so that a corrected founding day adds nothing.
        return Happening(tie, str(each.on.year), each.when, each.on, each.years)
