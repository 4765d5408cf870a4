"""Ties that nothing was heard of."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db import models
from django.utils import timezone

from contacts.dates import PartialDate
from contacts.models import Office
from contacts.records import batches
from relations.models import Interaction, Partnership
from reminders.contact import Span, first_contact_on, last_contacts, ties_met, years_before
from reminders.models import Clock, Rule, Stage
from reminders.sources.base import DAY, Happening, OfTies, Recurring


class QuietTies(Recurring, OfTies):
    """Twelve months without contact, and each year again.

    A tie with no contact on record counts from the first scan, one entered later from the day it was entered.
    """

    subject = Rule.Subject.QUIET_TIE
    field = "partnership"
    related = ("home", "partner")
    stays_open = True

    @cached_property
    def first_scan_on(self) -> datetime.date:
        return Clock.objects.values_list("first_scan_on", flat=True).first() or self.today

    @cached_property
    def zone(self) -> ZoneInfo:
        return Office.current().zone

    def rows(self) -> models.QuerySet[Partnership]:
        return Partnership.objects.prefetch_related("further_cities")

    def spoken_of(self, rows: Iterable[Partnership]) -> list[Partnership]:
        rows = list(rows)
        reminded = self.reminded(row.pk for row in rows)
        ties = [row for row in rows if row.pk in reminded]
        contacts = last_contacts(ties, today=self.today)
        for tie in ties:
            contact = contacts.get(tie.pk)
            tie.last_heard_of = contact.on.last_day if contact else self.known_since(tie)  # type: ignore[attr-defined]
        return ties

    def known_since(self, tie: Partnership) -> datetime.date:
        entered = timezone.localdate(tie.created_at, timezone=self.zone)
        return entered if self.first_scan_on < entered <= self.today else self.first_scan_on

    def perhaps(self, days: list[datetime.date]) -> Iterable[models.QuerySet[Partnership]]:
        spans = years_before(days, min(first_contact_on() or self.first_scan_on, self.first_scan_on))
        if any(first <= self.first_scan_on <= last for first, last in spans):
            yield self.in_no_note()
        found = ties_met(spans) | self.entered_in(spans)
        for keys in batches(found):
            yield self.rows().filter(pk__in=keys)

    def in_no_note(self) -> models.QuerySet[Partnership]:
        """Nobody counts the ties with no contact on record; but none of them is missing here."""
        notes = Interaction.objects.up_to(self.today).filter(partnership=models.OuterRef("pk"))
        return self.rows().filter(~models.Exists(notes))

    def entered_in(self, spans: list[Span]) -> set[int]:
        """Ties entered on one of these days, after the first scan; some may be of the day before or after."""
        found: set[int] = set()
        for first, last in spans:
            if last > self.first_scan_on:
                # Whatever the zone, a day lies within the three around it.
                midnight = datetime.time(tzinfo=datetime.UTC)
                around = (max(first, self.first_scan_on) - DAY, last + 2 * DAY)
                moments = (datetime.datetime.combine(day, midnight) for day in around)
                entered = self.in_no_note().order_by().filter(created_at__range=tuple(moments))
                found.update(entered.values_list("pk", flat=True))
        return found

    def last_day(self, stage: Stage, happening: Happening) -> None:
        """Nothing happens on the day that a tie counts as quiet."""

    def at(self, row: Any, day: datetime.date) -> Iterable[Happening]:
        since = row.last_heard_of
        years = max(relativedelta(day, since).years, 1)
        while (quiet := since + relativedelta(years=years)) < day:
            years += 1
        yield Happening(row, quiet.isoformat(), PartialDate.of(quiet), quiet, years)

    def responsible(self, row: Partnership) -> int | None:
        return row.responsible_id
