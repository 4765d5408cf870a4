"""Where reminders come from: rows with a date that stages count from, as they are on one day."""

from __future__ import annotations

import datetime
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db import models
from django.utils import timezone

from contacts.dates import PartialDate
from contacts.models import CityDate, Office
from delegations.models import Delegation, FollowUp
from relations.anniversaries import Occurrence, month_days_on, occurrences
from relations.models import Agreement, Partnership, PartnershipEvent
from reminders.contact import cities_of, day_of, last_visits
from reminders.models import Clock, Rule, Stage

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
    """The rows of one subject as they are on a day, and what happens to them when."""

    subject: ClassVar[Rule.Subject]
    field: ClassVar[str]
    # What labels and addressees need.
    related: ClassVar[tuple[str, ...]] = ()
    # Whether a stage before the day is still of use after it: what is open stays open.
    stays_open: ClassVar[bool] = False

    def __init__(self, today: datetime.date) -> None:
        self.today = today

    @abstractmethod
    def rows(self) -> models.QuerySet[Any]:
        """Those that reminders speak of today."""

    @abstractmethod
    def coming(self, row: Any, until: datetime.date) -> Iterable[Happening]:
        """What is not over yet and is counted from a day until then."""

    @abstractmethod
    def on(self, days: list[datetime.date]) -> Iterator[Happening]:
        """What is counted from one of these days, which follow one another."""

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

    def changed(self, since: datetime.datetime) -> models.QuerySet[Any]:
        return self.rows().filter(changed_at__gte=since)

    def in_full(self, keys: Iterable[int]) -> dict[int, Any]:
        """Those of these rows that reminders still speak of, with what labels and addressees need."""
        return self.rows().select_related(*self.related).in_bulk(set(keys))


def changed_ties(since: datetime.datetime) -> models.QuerySet[Any]:
    """Ties whose life was told differently: events entered, corrected or deleted."""
    told = PartnershipEvent.history.filter(history_date__gte=since)
    return told.values("partnership_id")


def founded(tie: Partnership) -> PartialDate:
    assert tie.founded is not None  # the rows are those whose founding is known
    return tie.founded


class Anniversaries(Source):
    subject = Rule.Subject.ANNIVERSARY
    field = "partnership"

    related = ("home", "partner")

    @cached_property
    def winners(self) -> set[str]:
        return set(Rule.objects.active().filter(subject=self.subject).values_list("milestone", flat=True))

    def rows(self) -> models.QuerySet[Partnership]:
        return Partnership.objects.reminded(self.today).filter(founded__isnull=False)

    @cached_property
    def reminded(self) -> set[int]:
        """Read once: to ask for the status of a tie costs more than to look up its day."""
        return set(self.rows().values_list("pk", flat=True))

    def changed(self, since: datetime.datetime) -> models.QuerySet[Partnership]:
        return self.rows().filter(models.Q(changed_at__gte=since) | models.Q(pk__in=changed_ties(since)))

    def matches(self, rule: Rule, happening: Happening) -> bool:
        rarest = (name for name in Rule.milestones_of(happening.years) if name in self.winners)
        return rule.milestone == next(rarest, None)

    def coming(self, row: Partnership, until: datetime.date) -> Iterable[Happening]:
        return [self._happening(row, each) for each in occurrences(founded(row), self.today, until)]

    def on(self, days: list[datetime.date]) -> Iterator[Happening]:
        for tie in Partnership.objects.filter(founded_month_day__in=month_days(days)):
            if tie.pk not in self.reminded:
                continue
            for each in occurrences(founded(tie), days[0], days[-1]):
                # Of a month or year that goes on in these days, not begins in them, the stages have passed.
                if each.on >= days[0]:
                    yield self._happening(tie, each)

    def again(self, row: Partnership, occurrence: str) -> Happening | None:
        each = Occurrence(founded(row), int(occurrence) - founded(row).year)
        return self._happening(row, each) if each.years >= 1 else None

    def responsible(self, row: Partnership) -> int | None:
        return row.responsible_id

    def _happening(self, tie: Partnership, each: Occurrence) -> Happening:
        # The year alone names the occurrence, so that a corrected founding day adds nothing.
        return Happening(tie, str(each.on.year), each.when, each.on, each.years)


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


class FollowUps(OneDate):
    subject = Rule.Subject.FOLLOW_UP
    field = "follow_up"
    stays_open = True

    related = (
        "delegation__partnership__home",
        "delegation__partnership__partner",
        "programme_item__delegation__partnership",
        "outcome__delegation__partnership",
        "project",
        "agreement__partnership",
        "partnership__home",
        "partnership__partner",
        "occasion__partnership__home",
        "occasion__partnership__partner",
        "city__parent",
        "organisation__city",
    )

    def rows(self) -> models.QuerySet[FollowUp]:
        return FollowUp.objects.open()

    def date(self, row: FollowUp) -> PartialDate | None:
        return row.due_on

    def count_from(self, date: PartialDate) -> datetime.date:
        return date.last_day

    def on(self, days: list[datetime.date]) -> Iterator[Happening]:
        for row in self.rows().filter(due_on__in=[date for day in days for date in ending_on(day)]):
            yield from self.at(row, days[0])

    def up_to(self, day: datetime.date) -> Iterator[Happening]:
        for row in self.rows().due_by(day):  # type: ignore[attr-defined]
            yield from self.at(row, day)

    def responsible(self, row: FollowUp) -> int | None:
        if row.assignee_id:
            return row.assignee_id
        item, outcome = row.programme_item, row.outcome
        visit = row.delegation or (item and item.delegation) or (outcome and outcome.delegation)
        behind: list[Any] = [visit, row.project, row.partnership, visit and visit.partnership]
        behind += [each and each.partnership for each in (row.agreement, row.occasion)]
        return next((each.responsible_id for each in behind if each and each.responsible_id), None)


class Departures(OneDate):
    subject = Rule.Subject.DELEGATION
    field = "delegation"
    related = ("partnership__home", "partnership__partner")

    def rows(self) -> models.QuerySet[Delegation]:
        state = Delegation.State
        return Delegation.objects.filter(state__in=[state.IDEA, state.PLANNED, state.CONFIRMED])

    def date(self, row: Delegation) -> PartialDate | None:
        return row.starts_on

    def on(self, days: list[datetime.date]) -> Iterator[Happening]:
        for row in self.rows().filter(starts_on__in=[date for day in days for date in beginning_on(day)]):
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

    def on(self, days: list[datetime.date]) -> Iterator[Happening]:
        last = [date for day in days for date in ending_on(day)]
        returned = models.Q(ends_on__in=last) | models.Q(ends_on__isnull=True, starts_on__in=last)
        for row in self.rows().filter(returned):
            yield from self.at(row, days[0])

    def up_to(self, day: datetime.date) -> Iterator[Happening]:
        for row in self.rows().filter(starts_on__on_or_before=day):
            for each in self.at(row, day):
                if each.counts_from <= day:
                    yield each


class Recurring(Dated):
    """Few rows whose dates are computed: all are read once a scan."""

    @cached_property
    def everything(self) -> list[Any]:
        return list(self.rows())

    def on(self, days: list[datetime.date]) -> Iterator[Happening]:
        for row in self.everything:
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


class Agreements(Recurring):
    subject = Rule.Subject.AGREEMENT_EXPIRY
    field = "agreement"
    related = ("partnership__home", "partnership__partner")

    def rows(self) -> models.QuerySet[Agreement]:
        reminded = Partnership.objects.reminded(self.today).values("pk")
        mine = models.Q(partnership__isnull=True) | models.Q(partnership__in=reminded)
        return Agreement.objects.in_force().filter(mine)

    def changed(self, since: datetime.datetime) -> models.QuerySet[Agreement]:
        new = models.Q(changed_at__gte=since) | models.Q(partnership__in=changed_ties(since))
        return self.rows().filter(new)

    def at(self, row: Agreement, day: datetime.date) -> Iterable[Happening]:
        deadline = row.deadline(day)
        if deadline:
            yield Happening(row, deadline.isoformat(), PartialDate.of(deadline), deadline)

    def responsible(self, row: Agreement) -> int | None:
        return row.partnership.responsible_id if row.partnership else None


class QuietTies(Recurring):
    """Twelve months without contact, and each year again.

    A tie with no contact on record counts from the first scan, one entered later from the day it was entered.
    """

    subject = Rule.Subject.QUIET_TIE
    field = "partnership"
    related = ("home", "partner")
    stays_open = True

    def rows(self) -> models.QuerySet[Partnership]:
        return Partnership.objects.reminded(self.today).prefetch_related("further_cities")

    @cached_property
    def first_scan_on(self) -> datetime.date:
        return Clock.current().first_scan_on or self.today

    @cached_property
    def zone(self) -> ZoneInfo:
        return Office.current().zone

    @cached_property
    def visits(self) -> dict[int, Delegation]:
        return last_visits(self.everything, today=self.today)

    def last_contact(self, tie: Partnership) -> datetime.date:
        visit = self.visits.get(tie.pk)
        if visit and (day := day_of(visit)):
            return min(day.last_day, self.today)
        entered = timezone.localdate(tie.created_at, timezone=self.zone)
        return entered if self.first_scan_on < entered <= self.today else self.first_scan_on

    def at(self, row: Partnership, day: datetime.date) -> Iterable[Happening]:
        since = self.last_contact(row)
        years = max(relativedelta(day, since).years, 1)
        while (quiet := since + relativedelta(years=years)) < day:
            years += 1
        yield Happening(row, quiet.isoformat(), PartialDate.of(quiet), quiet, years)

    def changed(self, since: datetime.datetime) -> models.QuerySet[Partnership]:
        return self.rows().filter(changed_at__gte=since)

    def responsible(self, row: Partnership) -> int | None:
        return row.responsible_id


class CityDates(Recurring):
    """Days of cities with which we have a tie; our own know theirs."""

    subject = Rule.Subject.CITY_DATE
    field = "city_date"
    related = ("city__parent",)

    @cached_property
    def ties(self) -> dict[int, Partnership]:
        """By city its first tie, those with someone responsible before others."""
        ties = Partnership.objects.reminded(self.today).prefetch_related("further_cities")
        first: dict[int, Partnership] = {}
        for tie in sorted(ties, key=lambda tie: (tie.responsible_id is None, tie.pk)):
            for city in cities_of(tie):
                first.setdefault(city, tie)
        return first

    def rows(self) -> models.QuerySet[CityDate]:
        return CityDate.objects.filter(city__in=self.ties, city__is_home=False)

    def on(self, days: list[datetime.date]) -> Iterator[Happening]:
        for row in self.rows().filter(month_day__in=month_days(days)):
            yield from self._between(row, days[0], days[-1])

    def at(self, row: CityDate, day: datetime.date) -> Iterable[Happening]:
        if len(row.on) == len("2026-10-29"):
            date = datetime.date.fromisoformat(row.on)
        else:
            date = self._next(row.on, day)
        yield Happening(row, date.isoformat(), PartialDate.of(date), date)

    def _next(self, month_day: str, day: datetime.date) -> datetime.date:
        # Year 4 was a leap year; 29 February is kept on the 28th in common ones.
        long_ago = PartialDate.parse(f"0004-{month_day}")
        return occurrences(long_ago, day, day + relativedelta(years=1))[0].on

    def responsible(self, row: CityDate) -> int | None:
        return self.ties[row.city_id].responsible_id


SOURCES: tuple[type[Source], ...] = (
    Anniversaries,
    Agreements,
    FollowUps,
    Departures,
    Reports,
    QuietTies,
    CityDates,
)


def sources(today: datetime.date) -> dict[str, Source]:
    return {source.subject: source(today) for source in SOURCES}
