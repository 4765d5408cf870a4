"""What is due: the scan walks the days since the last one and enters each stage that has come, once."""

from __future__ import annotations

import datetime
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from contacts.models import CityDate, Office
from contacts.records import batches
from reminders.models import Clock, Mail, Reminder, Stage, To
from reminders.rulebook import Rulebook
from reminders.sources import days_of_change, sources
from reminders.sources.base import DAY, Happening, Source

logger = logging.getLogger(__name__)

# After a longer gap a person looks at what would go out before it does.
LONGEST_GAP = datetime.timedelta(days=35)
# A row may be saved by a transaction that ends after the scan has looked: rows changed shortly before a scan
# are looked at once more. What is planned already is not planned again.
OVERLAP = datetime.timedelta(hours=1)
# The first scan of the day is at six where the office is, and there is one every hour of its working day.
FIRST_HOUR, LAST_HOUR = 6, 20


def office_today(now: datetime.datetime | None = None) -> datetime.date:
    """Which day it is where the office is."""
    return Office.current().today(now=now)


@dataclass(frozen=True, slots=True)
class Due:
    """A stage that falls due for a happening."""

    stage: Stage
    field: str
    happening: Happening
    on: datetime.date
    to: To
    is_missed: bool = False

    @property
    def ladder(self) -> tuple[Any, ...]:
        """Of the stages with the same ladder only the latest goes out."""
        happening = self.happening
        return (self.stage.rule_id, happening.subject.pk, happening.occurrence, self.to)

    @property
    def key(self) -> str:
        stage, happening = self.stage, self.happening
        subject = f"{happening.subject._meta.model_name}:{happening.subject.pk}"
        to = f"{self.to.addressee}:{self.to.user}" if self.to.user else self.to.addressee
        key = f"{stage.rule_id}/{subject}/{happening.occurrence}/{stage.pk}/{to}"
        return f"{key}/{self.on}" if stage.repeat_days else key

    def reminder(self, *, now: datetime.datetime | None = None) -> Reminder:
        now = now or timezone.now()
        subject: dict[str, Any] = {self.field: self.happening.subject}
        if isinstance(self.happening.subject, CityDate):
            subject = {"city_id": self.happening.subject.city_id, "city_date": self.happening.subject}
        return Reminder(
            **subject,
            stage=self.stage,
            occurrence=self.happening.occurrence,
            occurs_on=self.happening.occurs_on,
            addressee=self.to.addressee,
            named_id=self.to.user,
            state=Reminder.State.MISSED if self.is_missed else Reminder.State.DUE,
            due_on=self.on,
            key=self.key,
            created_at=now,
            changed_at=now,
        )


# --- the scan ---


def scan(*, today: datetime.date | None = None, now: datetime.datetime | None = None) -> int:
    """Plan what fell due since the last scan; returns how many reminders are new.

    Whoever says which day it is knows better than any clock.
    """
    now, clock = now or timezone.now(), Clock.current()
    if today is None and clock.is_ahead(now) and not come_back(clock, now=now):
        return 0
    today = today or office_today(now)
    Clock.objects.filter(first_scan_on__isnull=True).update(first_scan_on=today)
    clock = Clock.current()
    found = since(clock, today=today, now=now)
    with transaction.atomic():
        added = plan(found, now=now)
        _move(clock, today=today, now=now)
    return added


def scan_every_hour(*, now: datetime.datetime | None = None) -> int | None:
    """Scan if this hour of the office's day has not seen a scan yet; returns how many reminders are new.

    The clock that wakes us knows no zone: the office's own decides, on the day too that it is changed.
    """
    return scan(now=now) if is_time(now or timezone.now()) else None


def is_time(now: datetime.datetime) -> bool:
    local = timezone.localtime(now, Office.current().zone)
    clock = Clock.current()
    if clock.scanned_at is None or clock.is_ahead(now):
        return FIRST_HOUR <= local.hour <= LAST_HOUR
    hour = local.replace(minute=0, second=0, microsecond=0)
    return FIRST_HOUR <= local.hour <= LAST_HOUR and clock.scanned_at < hour


def come_back(clock: Clock, *, now: datetime.datetime) -> bool:
    """The last scan lies in the future: undo what was decided there; false if that cannot be right.

    Either the clock was ahead then, or it is behind now. It was ahead if now is past the last scan before a
    gap, for then the gap is what it jumped over: the scan goes on from there. Else nothing is done, and the
    house is not well until the clock is right, or a person says so (`manage.py resume-sending`).
    """
    if clock.gap_at is None or clock.gap_at > now:
        logger.warning("It is %s here, but the last scan was at %s: nothing is done.", now, clock.scanned_at)
        return False
    go_back(clock, clock.gap_from, clock.gap_at, now=now)
    return True


@transaction.atomic
def go_back(
    clock: Clock, until: datetime.date | None, at: datetime.datetime | None, *, now: datetime.datetime
) -> None:
    """Scan on from then, and forget what was decided later than now; what was mailed stays mailed."""
    row = Clock.objects.filter(pk=Clock.THE_ONE, scanned_at=clock.scanned_at)
    if not row.update(scanned_until=until, scanned_at=at):
        return  # another scan has
    logger.warning("The clock was ahead until %s; scanning on from %s.", clock.scanned_at, until)
    ahead = now + Clock.SKEW
    mails = Mail.objects.filter(state=Mail.State.DUE, is_frozen=False, created_at__gt=ahead)
    Reminder.objects.filter(mail__in=mails).update(mail=None, changed_at=now)
    mails.update(state=Mail.State.CANCELLED, changed_at=now)
    unread = Reminder.objects.filter(mail__isnull=True)
    unread.filter(created_at__gt=ahead).delete()
    settled = unread.filter(state__in=[Reminder.State.MISSED, Reminder.State.CANCELLED])
    settled.filter(changed_at__gt=ahead).update(state=Reminder.State.DUE, changed_at=now)


def since(
    clock: Clock,
    *,
    today: datetime.date,
    now: datetime.datetime | None = None,
    book: Rulebook | None = None,
) -> list[Due]:
    """What fell due since the clock stopped, and what new and changed rows bring along."""
    book, now = book or Rulebook(), now or timezone.now()
    open_sources = sources(today, book)
    if clock.scanned_until is None or clock.scanned_at is None:
        return _settled(_caught_up(open_sources, book, None, today=today), open_sources)
    scanned_at = clock.scanned_at
    days = _days(clock.scanned_until + DAY, today)
    # What was entered since then has no past here, however old its date is. What a clock that was ahead has
    # stamped is as old as can be.
    walked = (
        due
        for due in _walked(open_sources, book, days)
        if not scanned_at <= due.happening.subject.created_at <= now
    )
    overlap = scanned_at - OVERLAP
    look_back = None if book.has_changed(overlap) else overlap
    return _settled([*walked, *_caught_up(open_sources, book, look_back, today=today)], open_sources)


def on_day(day: datetime.date) -> list[Due]:
    """What falls due on that day, as if the last scan had been the day before and no row were new."""
    return [due for found, _open_sources in on_days([day]) for due in found]


def on_days(
    days: list[datetime.date], book: Rulebook | None = None
) -> Iterator[tuple[list[Due], dict[str, Source]]]:
    """The same of each of these days, which follow one another, and the sources it was found in.

    One walk for as long as the facts stay as they are: two years cost about as much as a day.
    """
    book = book or Rulebook()
    for span in _unchanging(days):
        open_sources = sources(span[0], book)
        by_day: dict[datetime.date, list[Due]] = defaultdict(list)
        for due in _walked(open_sources, book, span):
            by_day[due.on].append(due)
        settled = [due for day in sorted(by_day) for due in _settled(by_day[day], open_sources)]
        yield settled, open_sources


def _unchanging(days: list[datetime.date]) -> Iterator[list[datetime.date]]:
    """The days in pieces in which nothing changes that has a date: no tie is suspended, none signed."""
    changes = sorted(days_of_change(days[0], days[-1])) if len(days) > 1 else []
    edges = [days[0], *changes, days[-1] + DAY]
    for start, end in pairwise(edges):
        yield [day for day in days if start <= day < end]


def plan(found: Iterable[Due], *, now: datetime.datetime | None = None) -> int:
    """Enter what is not entered yet; returns how many that were.

    In the order of the keys, so that two scans at once wait for each other instead of blocking each other.
    """
    now = now or timezone.now()
    wanted = {due.key: due for due in sorted(found, key=lambda due: due.key)}
    known: set[str] = set()
    for keys in batches(wanted):
        known.update(Reminder.objects.filter(key__in=keys).values_list("key", flat=True))
    new = [due.reminder(now=now) for key, due in wanted.items() if key not in known]
    Reminder.objects.bulk_create(new, ignore_conflicts=True, batch_size=200)
    # A tie suspended by mistake and resumed: what was settled, and never mailed, is due after all.
    again = [key for key in known if not wanted[key].is_missed]
    settled = Reminder.objects.filter(state=Reminder.State.CANCELLED, mail__isnull=True)
    for keys in batches(again):
        settled.filter(key__in=keys).update(state=Reminder.State.DUE, changed_at=now)
    return len(new)


def _walked(open_sources: dict[str, Source], book: Rulebook, days: list[datetime.date]) -> Iterator[Due]:
    """Each stage whose day is among these, which follow one another."""
    if not days:
        return
    by_subject: dict[str, list[Stage]] = defaultdict(list)
    for stage in book.stages:
        by_subject[stage.rule.subject].append(stage)
    for subject, stages in by_subject.items():
        source = open_sources[subject]
        for stage, happening, day in chain(_once(stages, source, days), _recalled(stages, source, days)):
            if source.matches(stage.rule, happening):
                for to in book.to(stage):
                    yield Due(stage, source.field, happening, day, to)


def _once(
    stages: list[Stage], source: Source, days: list[datetime.date]
) -> Iterator[tuple[Stage, Happening, datetime.date]]:
    once = [stage for stage in stages if not stage.repeat_days]
    for those, counted_from in _looked_up_together(once, days):
        for happening in source.on(counted_from, those):
            for stage in those:
                day = stage.due_on(happening.counts_from)
                if days[0] <= day <= days[-1]:
                    yield stage, happening, day


def _looked_up_together(
    stages: list[Stage], days: list[datetime.date]
) -> Iterator[tuple[list[Stage], list[datetime.date]]]:
    """The stages, and the days they count from: one look-up each, or one for those whose days overlap.

    A scan of one day looks up a few days of a year; a walk over two years would read everything for each
    stage.
    """
    together: list[Stage] = []
    for stage in sorted(stages, key=lambda stage: stage.days):
        if together and stage.days - together[-1].days >= len(days):
            yield together, _days(days[0] + DAY * together[0].days, days[-1] + DAY * together[-1].days)
            together = []
        together.append(stage)
    if together:
        yield together, _days(days[0] + DAY * together[0].days, days[-1] + DAY * together[-1].days)


def _days(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    return [first + DAY * count for count in range((last - first).days + 1)]


def _recalled(
    stages: list[Stage], source: Source, days: list[datetime.date]
) -> Iterator[tuple[Stage, Happening, datetime.date]]:
    for stage in stages:
        if not stage.repeat_days:
            continue
        for happening in source.up_to(days[-1] + DAY * stage.days):
            first = stage.due_on(happening.counts_from)
            for day in days:
                if day >= first and (day - first).days % stage.repeat_days == 0:
                    yield stage, happening, day


def _caught_up(
    open_sources: dict[str, Source],
    book: Rulebook,
    since: datetime.datetime | None,
    *,
    today: datetime.date,
) -> Iterator[Due]:
    """Of rows changed since then, or of all: the latest passed stage of what is still coming.

    Not if a later stage has spoken already, as where a corrected founding day lies a little later.
    """
    ladders: dict[str, list[Stage]] = defaultdict(list)
    for stage in book.stages:
        ladders[stage.rule.subject].append(stage)
    for subject, stages in ladders.items():
        source = open_sources[subject]
        until = today + DAY * max(0, *(stage.days for stage in stages))
        everything = source.rows().order_by().values_list("pk", flat=True)
        keys = everything.iterator(chunk_size=500) if since is None else source.changed(since)
        for batch in batches(keys):
            yield from _passed(source, stages, batch, today=today, until=until)


def _passed(
    source: Source,
    stages: list[Stage],
    keys: Collection[int],
    *,
    today: datetime.date,
    until: datetime.date,
) -> Iterator[Due]:
    spoken = _spoken(source, keys)
    for row in source.of(source.rows().filter(pk__in=keys)):
        for happening in source.coming(row, until):
            for due in _latest_passed(source, stages, happening, today=today):
                if due.stage.days <= spoken.get(due.ladder, due.stage.days):
                    yield due


def _spoken(source: Source, keys: Collection[int]) -> dict[tuple[Any, ...], int]:
    """By ladder the latest of its stages that is entered, in days before."""
    entered = Reminder.objects.filter(**{f"{source.field}__in": keys}, stage__rule__subject=source.subject)
    found: dict[tuple[Any, ...], int] = {}
    for rule, subject, occurrence, addressee, named, days in entered.values_list(
        "stage__rule", f"{source.field}_id", "occurrence", "addressee", "named", "stage__days"
    ):
        ladder = (rule, subject, occurrence, To(addressee, named))
        found[ladder] = min(days, found.get(ladder, days))
    return found


def _latest_passed(
    source: Source, stages: list[Stage], happening: Happening, *, today: datetime.date
) -> Iterator[Due]:
    latest: dict[To, Due] = {}
    for stage in stages:
        day = stage.due_on(happening.counts_from)
        if day > today or not source.matches(stage.rule, happening):
            continue
        for to in source.book.to(stage):
            if to not in latest or latest[to].on < day:
                latest[to] = Due(stage, source.field, happening, day, to)
    yield from latest.values()


def _settled(found: Iterable[Due], open_sources: dict[str, Source]) -> list[Due]:
    """Of several stages only the latest goes out, and none of what is over; the others count as missed."""
    every = {due.key: due for due in found}
    latest: dict[tuple[Any, ...], Due] = {}
    for due in every.values():
        if not open_sources[due.stage.rule.subject].is_over(due.stage, due.happening):
            best = latest.setdefault(due.ladder, due)
            latest[due.ladder] = max(best, due, key=lambda due: due.on)
    return [replace(due, is_missed=latest.get(due.ladder) is not due) for due in every.values()]


def _move(clock: Clock, *, today: datetime.date, now: datetime.datetime) -> None:
    row = Clock.objects.filter(pk=Clock.THE_ONE)
    row.update(scanned_at=now)
    row.filter(models.Q(scanned_until__isnull=True) | models.Q(scanned_until__lt=today)).update(
        scanned_until=today
    )
    if clock.scanned_until is None:
        return
    gap = today - clock.scanned_until
    # While a person is to look at a long gap it stays the one that a clock may come back into.
    if clock.gap_at is None or (gap > DAY and not clock.is_paused):
        row.update(gap_from=clock.scanned_until, gap_at=clock.scanned_at)
    if gap > LONGEST_GAP:
        logger.warning("No scan since %s: sending waits for `manage.py resume-sending`.", clock.scanned_until)
        Clock.pause(Clock.Why.LONG_GAP, now=now)
