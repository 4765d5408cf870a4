"""A source of reminders, and the kinds there are: of ties, with one date, recurring."""

from __future__ import annotations

import datetime
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models

from contacts.dates import PartialDate
from contacts.records import batches
from relations.anniversaries import month_days_on
from relations.models import Partnership, PartnershipEvent
from reminders.models import Rule, Stage
from reminders.rulebook import Rulebook

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something with a date, of which stages speak before or after."""

    subject: Any
    occurrence: str
    occurs_on: PartialDate
    counts_from: datetime.date
    years: int = 0


def beginning_on(day: datetime.date) -> list[str]:
    """The partial dates, as stored, whose first day it is."""
    found = [f"{day:%Y-%m-%d}"]
    if day.day == 1:
        found.append(f"{day:%Y-%m}")
    if (day.month, day.day) == (1, 1):
        found.append(f"{day:%Y}")
    return found


def ending_on(day: datetime.date) -> list[str]:
    """The partial dates, as stored, whose last day it is."""
    next_day = day + DAY
    found = [f"{day:%Y-%m-%d}"]
    if next_day.day == 1:
        found.append(f"{day:%Y-%m}")
    if (next_day.month, next_day.day) == (1, 1):
        found.append(f"{day:%Y}")
    return found


def month_days(days: Iterable[datetime.date]) -> set[str]:
    """What the month-day columns hold of dates whose anniversary begins on one of these days."""
    return {month_day for day in days for month_day in month_days_on(day)}


class Source(ABC):
    """The rows of one subject as they are on a day, and what happens to them when.

    What may speak on a day is looked up by an index; only of what was found one asks whether it still speaks.
    So a scan costs what is due, not what is stored.
    """

    subject: ClassVar[Rule.Subject]
    field: ClassVar[str]
    # What labels and addressees need.
    related: ClassVar[tuple[str, ...]] = ()
    # Whether a stage before the day is still of use after it: what is open stays open.
    stays_open: ClassVar[bool] = False

    def __init__(self, today: datetime.date, book: Rulebook | None = None) -> None:
        self.today = today
        self.book = book or Rulebook()

    @abstractmethod
    def rows(self) -> models.QuerySet[Any]:
        """Those that reminders may speak of."""

    def spoken_of(self, rows: Iterable[Any]) -> list[Any]:
        """Those of a few rows that reminders speak of today, each with what will be asked of it."""
        return list(rows)

    def of(self, found: models.QuerySet[Any]) -> Iterator[Any]:
        """The same of many rows, few of them in memory at a time."""
        for batch in batches(found.order_by().iterator(chunk_size=500)):
            yield from self.spoken_of(batch)

    @abstractmethod
    def coming(self, row: Any, until: datetime.date) -> Iterable[Happening]:
        """What is not over yet and is counted from a day until then."""

    @abstractmethod
    def on(self, days: list[datetime.date], stages: Collection[Stage]) -> Iterator[Happening]:
        """What is counted from one of these days, which follow one another: all that stages may speak of."""

    @abstractmethod
    def again(self, row: Any, occurrence: str) -> Happening | None:
        """The same happening as the facts are now, if there still is one."""

    @abstractmethod
    def responsible(self, row: Any) -> int | None:
        """Whose it is."""

    def up_to(self, day: datetime.date) -> Iterator[Happening]:
        """All that is counted from that day or an earlier one: for what is asked for again and again."""
        raise NotImplementedError(f"{self.subject} is not asked for again")

    def matches(self, rule: Rule, happening: Happening) -> bool:
        return True

    def is_over(self, stage: Stage, happening: Happening) -> bool:
        """Too late to be of use; what speaks after the day never is."""
        return not self.stays_open and stage.days >= 0 and happening.occurs_on.last_day < self.today

    def last_day(self, stage: Stage, happening: Happening) -> datetime.date | None:
        """Until when the stage must be told, day off or not: later it would be too late.

        That is the day itself, the last one where only a month or a year is known: on that day one still
        congratulates, gives notice, departs, keeps a promise. What speaks after the day has missed it anyway.
        """
        return happening.occurs_on.last_day if stage.days >= 0 else None

    def changed(self, since: datetime.datetime) -> Iterable[int]:
        """Keys of rows that may speak otherwise than they did then."""
        return self.rows().order_by().filter(changed_at__gte=since).values_list("pk", flat=True)

    def in_full(self, keys: Iterable[int]) -> dict[int, Any]:
        """Those of these rows that reminders still speak of, with what labels and addressees need."""
        rows = self.rows().order_by().select_related(*self.related)
        return {
            row.pk: row for batch in batches(set(keys)) for row in self.spoken_of(rows.filter(pk__in=batch))
        }


class OfTies(Source):
    """Its rows are spoken of for as long as their tie is."""

    def __init__(self, today: datetime.date, book: Rulebook | None = None) -> None:
        super().__init__(today, book)
        self._known: dict[int, bool] = {}

    def reminded(self, ties: Iterable[int | None]) -> set[int]:
        """Those of these ties that reminders speak of; no tie is asked for twice."""
        wanted = {tie for tie in ties if tie is not None}
        for unknown in batches(wanted - self._known.keys()):
            spoken = Partnership.objects.reminded(self.today).filter(pk__in=unknown).order_by()
            self._known |= dict.fromkeys(unknown, False) | dict.fromkeys(
                spoken.values_list("pk", flat=True), True
            )
        return {tie for tie in wanted if self._known[tie]}

    def changed(self, since: datetime.datetime) -> set[int]:
        return {*super().changed(since), *self.of_changed_ties(changed_ties(since))}

    def of_changed_ties(self, ties: set[int]) -> Iterable[int]:
        return ties


def changed_ties(since: datetime.datetime) -> set[int]:
    """Ties whose life was told differently: events entered, corrected or deleted."""
    told = PartnershipEvent.history.filter(history_date__gte=since)
    return set(told.order_by().values_list("partnership_id", flat=True))


class Dated(Source):
    """Its occurrence is its date."""

    def again(self, row: Any, occurrence: str) -> Happening | None:
        day = PartialDate.parse(occurrence)
        found = (each for each in self.at(row, day.first_day) if each.occurrence == occurrence)
        return next(found, None)

    @abstractmethod
    def at(self, row: Any, day: datetime.date) -> Iterable[Happening]:
        """What of the row happens then, or next."""


class OneDate(Dated):
    """A row with one date, or none."""

    @abstractmethod
    def date(self, row: Any) -> PartialDate | None: ...

    def count_from(self, date: PartialDate) -> datetime.date:
        return date.first_day

    def happening(self, row: Any) -> Happening | None:
        date = self.date(row)
        return Happening(row, str(date), date, self.count_from(date)) if date else None

    def at(self, row: Any, day: datetime.date) -> Iterable[Happening]:
        return [each] if (each := self.happening(row)) else []

    def coming(self, row: Any, until: datetime.date) -> Iterable[Happening]:
        each = self.happening(row)
        if each and each.occurs_on.last_day >= self.today and each.counts_from <= until:
            return [each]
        return []


class Recurring(Dated):
    """Rows whose dates are computed."""

    @abstractmethod
    def perhaps(self, days: list[datetime.date]) -> Iterable[models.QuerySet[Any]]:
        """Rows of which some may be counted from one of these days; none that is, is missing."""

    def on(self, days: list[datetime.date], stages: Collection[Stage]) -> Iterator[Happening]:
        for found in self.perhaps(days):
            for row in self.of(found):
                yield from self._between(row, days[0], days[-1])

    def coming(self, row: Any, until: datetime.date) -> Iterable[Happening]:
        return self._between(row, self.today, until)

    def _between(self, row: Any, start: datetime.date, end: datetime.date) -> Iterator[Happening]:
        day = start
        while day <= end:
            each = next(iter(self.at(row, day)), None)
            if each is None or not day <= each.counts_from <= end:
                return
            yield each
            day = each.counts_from + DAY
