"""Agreements that end or renew themselves."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import cached_property

from django.db import models

from contacts.dates import PartialDate
from contacts.records import batches
from relations.models import Agreement
from reminders.models import Rule
from reminders.renewals import Renewals
from reminders.sources.base import Happening, OfTies, Recurring


class Agreements(Recurring, OfTies):
    subject = Rule.Subject.AGREEMENT_EXPIRY
    field = "agreement"
    related = ("partnership__home", "partnership__partner")

    @cached_property
    def renewals(self) -> Renewals:
        return Renewals()

    def rows(self) -> models.QuerySet[Agreement]:
        return Agreement.objects.in_force()

    def spoken_of(self, rows: Iterable[Agreement]) -> list[Agreement]:
        rows = list(rows)
        reminded = self.reminded(row.partnership_id for row in rows)
        return [row for row in rows if row.partnership_id is None or row.partnership_id in reminded]

    def of_changed_ties(self, ties: set[int]) -> Iterable[int]:
        for batch in batches(ties):
            yield from self.rows().filter(partnership__in=batch).values_list("pk", flat=True)

    def perhaps(self, days: list[datetime.date]) -> Iterable[models.QuerySet[Agreement]]:
        """What ends on one of these days or a notice after them, or renews itself then."""
        for to_act_by in self.renewals.ending(days):
            yield self.rows().filter(to_act_by, renews_by_months__isnull=True)
        for to_act_by in self.renewals.renewing(days):
            yield self.rows().filter(to_act_by)

    def at(self, row: Agreement, day: datetime.date) -> Iterable[Happening]:
        deadline = row.deadline(day)
        if deadline:
            yield Happening(row, deadline.isoformat(), PartialDate.of(deadline), deadline)

    def responsible(self, row: Agreement) -> int | None:
        return row.partnership.responsible_id if row.partnership else None
