"""Follow-ups: promises of ours and of the other side."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import prefetch_related_objects

from contacts.dates import PartialDate
from delegations.models import FollowUp
from reminders.models import Rule, Stage
from reminders.sources.base import Happening, OneDate, ending_on


class FollowUps(OneDate):
    subject = Rule.Subject.FOLLOW_UP
    field = "follow_up"
    stays_open = True

    related = (
        "delegation__partnership__home",
        "delegation__partnership__partner",
        "programme_item__delegation__partnership",
        "outcome__delegation__partnership",
        "interaction__partnership",
        "interaction__project",
        "project",
        "agreement__partnership",
        "partnership__home",
        "partnership__partner",
        "occasion__partnership__home",
        "occasion__partnership__partner",
        "city__parent",
        "organisation__city",
        "counterpart",
    )

    def rows(self) -> models.QuerySet[FollowUp]:
        return FollowUp.objects.open()

    def in_full(self, keys: Iterable[int]) -> dict[int, Any]:
        """Read relation by relation: a promise has one or two of them, and a join of all costs far more."""
        rows: Any = self.rows()
        found = rows.with_responsible().order_by().in_bulk(set(keys))
        links = {path: f"{path.partition('__')[0]}_id" for path in self.related}
        kept = [path for path, link in links.items() if any(getattr(row, link) for row in found.values())]
        prefetch_related_objects(list(found.values()), *kept)
        return found

    def date(self, row: FollowUp) -> PartialDate | None:
        return row.due_on

    def count_from(self, date: PartialDate) -> datetime.date:
        return date.last_day

    def on(self, days: list[datetime.date], stages: Collection[Stage]) -> Iterator[Happening]:
        for row in self.of(self.rows().filter(due_on__in=[date for day in days for date in ending_on(day)])):
            yield from self.at(row, days[0])

    def up_to(self, day: datetime.date) -> Iterator[Happening]:
        for row in self.of(self.rows().due_by(day)):  # type: ignore[attr-defined]
            yield from self.at(row, day)

    def responsible(self, row: Any) -> int | None:
        return row.answering
