"""Visits that are about to begin, and those that nobody has reported on."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator

from django.db import models

from contacts.dates import PartialDate
from delegations.models import Delegation
from reminders.contact import day_of
from reminders.models import Rule, Stage
from reminders.sources.base import Happening, OneDate, beginning_on, ending_on


class Departures(OneDate):
    subject = Rule.Subject.DELEGATION
    field = "delegation"
    related = ("partnership__home", "partnership__partner")

    def rows(self) -> models.QuerySet[Delegation]:
        state = Delegation.State
        return Delegation.objects.filter(state__in=[state.IDEA, state.PLANNED, state.CONFIRMED])

    def date(self, row: Delegation) -> PartialDate | None:
        return row.starts_on

    def on(self, days: list[datetime.date], stages: Collection[Stage]) -> Iterator[Happening]:
        for row in self.of(
            self.rows().filter(starts_on__in=[date for day in days for date in beginning_on(day)])
        ):
            yield from self.at(row, days[0])

    def responsible(self, row: Delegation) -> int | None:
        return row.responsible_id or (row.partnership.responsible_id if row.partnership else None)


class Reports(Departures):
    subject = Rule.Subject.REPORT
    stays_open = True

    def rows(self) -> models.QuerySet[Delegation]:
        return Delegation.objects.without_report()

    def date(self, row: Delegation) -> PartialDate | None:
        return day_of(row)

    def count_from(self, date: PartialDate) -> datetime.date:
        return date.last_day

    def on(self, days: list[datetime.date], stages: Collection[Stage]) -> Iterator[Happening]:
        last = [date for day in days for date in ending_on(day)]
        returned = models.Q(ends_on__in=last) | models.Q(ends_on__isnull=True, starts_on__in=last)
        for row in self.of(self.rows().filter(returned)):
            yield from self.at(row, days[0])

    def up_to(self, day: datetime.date) -> Iterator[Happening]:
        for row in self.of(self.rows().filter(starts_on__on_or_before=day)):
            for each in self.at(row, day):
                if each.counts_from <= day:
                    yield each
