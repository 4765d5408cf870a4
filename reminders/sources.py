"""Where reminders come from: rows with a date that stages count from, as they are on one day."""

from __future__ import annotations

import calendar
import datetime
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.db import models
from django.db.models import prefetch_related_objects
from django.utils import timezone

from contacts.dates import PartialDate
from contacts.models import CityDate, Office
from contacts.records import batches
from delegations.models import Delegation, FollowUp
from relations.anniversaries import Milestone as Years
from relations.anniversaries import Occurrence, milestone, month_days_on, occurrences
from relations.models import Agreement, Interaction, Partnership, PartnershipEvent
from reminders.contact import Span, day_of, first_contact_on, last_contacts, ties_met, years_before
from reminders.models import Clock, Rule, Stage
from reminders.renewals import Renewals
from reminders.rulebook import Rulebook

DAY = datetime.timedelta(days=1)
# For more days than these one reads the ties of all years and leaves out those that are not asked for.
SEARCHED_BY_YEAR = 40


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


class CityDates(Recurring, OfTies):
    """Days of cities with which we have a tie; our own know theirs."""

    subject = Rule.Subject.CITY_DATE
    field = "city_date"
    related = ("city__parent",)

    def rows(self) -> models.QuerySet[CityDate]:
        return CityDate.objects.filter(city__is_home=False)

    def spoken_of(self, rows: Iterable[CityDate]) -> list[CityDate]:
        rows = list(rows)
        whose = self.whose({row.city_id for row in rows})
        found = [row for row in rows if row.city_id in whose]
        for row in found:
            row.whose = whose[row.city_id]  # type: ignore[attr-defined]
        return found

    def whose(self, cities: set[int]) -> dict[int, int | None]:
        """By city who answers for it: for its first tie, those with someone responsible before others."""
        ties: dict[int, set[int]] = defaultdict(set)
        for city, tie in Partnership.objects.by_city(cities):
            ties[city].add(tie)
        reminded = self.reminded({tie for of_city in ties.values() for tie in of_city})
        responsible: dict[int, int | None] = {}
        for keys in batches(reminded):
            found = Partnership.objects.order_by().filter(pk__in=keys)
            responsible.update(found.values_list("pk", "responsible"))
        return {
            city: responsible[min(mine, key=lambda tie: (responsible[tie] is None, tie))]
            for city, of_city in ties.items()
            if (mine := of_city & reminded)
        }

    def of_changed_ties(self, ties: set[int]) -> Iterable[int]:
        for batch in batches(ties):
            changed = Partnership.objects.filter(pk__in=batch).prefetch_related("further_cities")
            cities = {city for tie in changed for city in tie.city_ids()}
            yield from self.rows().order_by().filter(city__in=cities).values_list("pk", flat=True)

    def perhaps(self, days: list[datetime.date]) -> Iterable[models.QuerySet[CityDate]]:
        begins_then = self.rows().filter(month_day__in=month_days(days))
        yield begins_then.filter(on=models.F("month_day"))
        for once in batches(map(str, days)):
            yield begins_then.filter(on__in=once)

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

    def responsible(self, row: Any) -> int | None:
        return row.whose


def partner_cities_day(year: int) -> datetime.date:
    """The last Sunday in April."""
    last = datetime.date(year, 4, 30)
    return last - DAY * ((last.weekday() + 1) % 7)


class PartnerCitiesDay(Recurring):
    """The day of partner cities. It is of no single tie, so the office is told once, if it has ties at all.

    It is worked out and no row of anybody's: an office has nothing to keep up to date, and drops it, like any
    other, by its rule.
    """

    subject = Rule.Subject.PARTNER_CITIES_DAY
    field = "office"

    def rows(self) -> models.QuerySet[Office]:
        return Office.objects.all()

    def spoken_of(self, rows: Iterable[Office]) -> list[Office]:
        return list(rows) if Partnership.objects.reminded(self.today).order_by().exists() else []

    def perhaps(self, days: list[datetime.date]) -> Iterable[models.QuerySet[Office]]:
        if any(days[0] <= partner_cities_day(year) <= days[-1] for year in {day.year for day in days}):
            yield self.rows()

    def at(self, row: Office, day: datetime.date) -> Iterable[Happening]:
        date = partner_cities_day(day.year)
        if date < day:
            date = partner_cities_day(day.year + 1)
        yield Happening(row, str(date.year), PartialDate.of(date), date)

    def responsible(self, row: Office) -> None:
        """Nobody in particular, so the head of office gets it."""


SOURCES: tuple[type[Source], ...] = (
    Anniversaries,
    Agreements,
    FollowUps,
    Departures,
    Reports,
    QuietTies,
    CityDates,
    PartnerCitiesDay,
)


def sources(today: datetime.date, book: Rulebook | None = None) -> dict[str, Source]:
    book = book or Rulebook()
    return {source.subject: source(today, book) for source in SOURCES}


def days_of_change(start: datetime.date, end: datetime.date) -> set[datetime.date]:
    """The days after the first, until the last, from which something counts that is dated ahead.

    From such a day on the rows are others, or were last heard of on another day.
    """
    events = PartnershipEvent.objects.filter(on__on_or_after=start).values_list("on", flat=True)
    visits = Delegation.objects.took_place().filter(starts_on__on_or_after=start)
    begun = [date.first_day for date in (*events, *visits.values_list("starts_on", flat=True)) if date]
    told = Interaction.objects.filter(on__gt=start).values_list("on", flat=True)
    return {day for day in (*begun, *told) if start < day <= end}
