"""What is due: the scan walks the days since the last one and enters each stage that has come, once."""

from __future__ import annotations

import datetime
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from contacts.models import CityDate, Office
from reminders.models import Clock, Reminder, Rule, Stage
from reminders.sources import DAY, Happening, Source, sources

logger = logging.getLogger(__name__)

# After a longer gap a person looks at what would go out before it does.
LONGEST_GAP = datetime.timedelta(days=35)
URGENT_DAYS = 7
# A row may be saved by a transaction that ends after the scan has looked: rows changed shortly before a scan
# are looked at once more. What is planned already is not planned again.
OVERLAP = datetime.timedelta(hours=1)


def office_today() -> datetime.date:
    """Which day it is where the office is."""
    return timezone.localdate(timezone=Office.current().zone)


@dataclass(frozen=True, slots=True)
class Due:
    """A stage that falls due for a happening."""

    stage: Stage
    field: str
    happening: Happening
    on: datetime.date
    is_missed: bool = False

    @property
    def ladder(self) -> tuple[Any, ...]:
        """Of the stages with the same ladder only the latest goes out."""
        happening = self.happening
        return (self.stage.rule_id, happening.subject.pk, happening.occurrence, self.stage.addressee)

    @property
    def key(self) -> str:
        stage, happening = self.stage, self.happening
        subject = f"{happening.subject._meta.model_name}:{happening.subject.pk}"
        key = f"{stage.rule_id}/{subject}/{happening.occurrence}/{stage.pk}/{stage.addressee}"
        return f"{key}/{self.on}" if stage.repeat_days else key

    def reminder(self) -> Reminder:
        subject: dict[str, Any] = {self.field: self.happening.subject}
        if isinstance(self.happening.subject, CityDate):
            subject = {"city_id": self.happening.subject.city_id, "city_date": self.happening.subject}
        return Reminder(
            **subject,
            stage=self.stage,
            occurrence=self.happening.occurrence,
            occurs_on=self.happening.occurs_on,
            addressee=self.stage.addressee,
            state=Reminder.State.MISSED if self.is_missed else Reminder.State.DUE,
            due_on=self.on,
            key=self.key,
        )


# --- the scan ---


def scan(*, today: datetime.date | None = None) -> int:
    """Plan what fell due since the last scan; returns how many reminders are new."""
    today = today or office_today()
    started = timezone.now()
    Clock.current()
    Clock.objects.filter(first_scan_on__isnull=True).update(first_scan_on=today)
    clock = Clock.current()
    found = since(clock, today=today)
    with transaction.atomic():
        added = plan(found)
        _move(clock, today=today, started=started)
    return added


def since(clock: Clock, *, today: datetime.date) -> list[Due]:
    """What fell due since the clock stopped, and what new and changed rows bring along."""
    open_sources = sources(today)
    if clock.scanned_until is None or clock.scanned_at is None:
        return _settled(_caught_up(open_sources, None, today=today), open_sources)
    scanned_at = clock.scanned_at
    gap = (today - clock.scanned_until).days
    days = [clock.scanned_until + DAY * count for count in range(1, gap + 1)]
    # What was entered since then has no past here, however old its date is.
    walked = (due for due in _walked(open_sources, days) if due.happening.subject.created_at < scanned_at)
    look_back: datetime.datetime | None = scanned_at - OVERLAP
    if _rules_changed(scanned_at - OVERLAP):
        look_back = None
    return _settled([*walked, *_caught_up(open_sources, look_back, today=today)], open_sources)


def on_day(day: datetime.date) -> list[Due]:
    """What falls due on that day, as if the last scan had been the day before and no row were new."""
    open_sources = sources(day)
    return _settled(_walked(open_sources, [day]), open_sources)


def plan(found: Iterable[Due]) -> int:
    """Enter what is not entered yet; returns how many that were.

    In the order of the keys, so that two scans at once wait for each other instead of blocking each other.
    """
    wanted = {due.key: due for due in sorted(found, key=lambda due: due.key)}
    known: set[str] = set()
    for keys in batches(wanted):
        known.update(Reminder.objects.filter(key__in=keys).values_list("key", flat=True))
    new = [due.reminder() for key, due in wanted.items() if key not in known]
    Reminder.objects.bulk_create(new, ignore_conflicts=True, batch_size=200)
    # A tie suspended by mistake and resumed: what was settled, and never mailed, is due after all.
    again = [key for key in known if not wanted[key].is_missed]
    settled = Reminder.objects.filter(state=Reminder.State.CANCELLED, mail__isnull=True)
    for keys in batches(again):
        settled.filter(key__in=keys).update(state=Reminder.State.DUE, changed_at=timezone.now())
    return len(new)


def batches(keys: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """A database takes only so many values in one question."""
    rest = iter(keys)
    while batch := tuple(islice(rest, 500)):
        yield batch


def _walked(open_sources: dict[str, Source], days: list[datetime.date]) -> Iterator[Due]:
    """Each stage whose day is among these, which follow one another."""
    if not days:
        return
    for stage in Stage.objects.active().select_related("rule"):
        source = open_sources[stage.rule.subject]
        for happening, day in (
            _recalled(stage, source, days) if stage.repeat_days else _once(stage, source, days)
        ):
            if source.matches(stage.rule, happening):
                yield Due(stage, source.field, happening, day)


def _once(
    stage: Stage, source: Source, days: list[datetime.date]
) -> Iterator[tuple[Happening, datetime.date]]:
    for happening in source.on([day + DAY * stage.days for day in days]):
        yield happening, stage.due_on(happening.counts_from)


def _recalled(
    stage: Stage, source: Source, days: list[datetime.date]
) -> Iterator[tuple[Happening, datetime.date]]:
    for happening in source.up_to(days[-1] + DAY * stage.days):
        first = stage.due_on(happening.counts_from)
        for day in days:
            if day >= first and (day - first).days % (stage.repeat_days or 1) == 0:
                yield happening, day


def _caught_up(
    open_sources: dict[str, Source], since: datetime.datetime | None, *, today: datetime.date
) -> Iterator[Due]:
    """Of rows changed since then, or of all: the latest passed stage of what is still coming.

    Not if a later stage has spoken already, as where a corrected founding day lies a little later.
    """
    ladders: dict[str, list[Stage]] = defaultdict(list)
    for stage in Stage.objects.active().select_related("rule"):
        ladders[stage.rule.subject].append(stage)
    for subject, stages in ladders.items():
        source = open_sources[subject]
        until = today + DAY * max(0, *(stage.days for stage in stages))
        rows = source.rows() if since is None else source.changed(since)
        spoken = _spoken(source, rows)
        for happening in (each for row in rows for each in source.coming(row, until)):
            for due in _latest_passed(source, stages, happening, today=today):
                if due.stage.days <= spoken.get(due.ladder, due.stage.days):
                    yield due


def _spoken(source: Source, rows: models.QuerySet[Any]) -> dict[tuple[Any, ...], int]:
    """By ladder the latest of its stages that is entered, in days before."""
    of_rows = {f"{source.field}__in": rows.order_by().values("pk")}
    entered = Reminder.objects.filter(**of_rows, stage__rule__subject=source.subject)
    found: dict[tuple[Any, ...], int] = {}
    for rule, subject, occurrence, addressee, days in entered.values_list(
        "stage__rule", f"{source.field}_id", "occurrence", "addressee", "stage__days"
    ):
        ladder = (rule, subject, occurrence, addressee)
        found[ladder] = min(days, found.get(ladder, days))
    return found


def _latest_passed(
    source: Source, stages: list[Stage], happening: Happening, *, today: datetime.date
) -> Iterator[Due]:
    latest: dict[str, Due] = {}
    for stage in stages:
        day = stage.due_on(happening.counts_from)
        if day > today or not source.matches(stage.rule, happening):
            continue
        if stage.addressee not in latest or latest[stage.addressee].on < day:
            latest[stage.addressee] = Due(stage, source.field, happening, day)
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


def _rules_changed(since: datetime.datetime) -> bool:
    return any(model.objects.filter(changed_at__gte=since).exists() for model in (Rule, Stage))


def _move(clock: Clock, *, today: datetime.date, started: datetime.datetime) -> None:
    row = Clock.objects.filter(pk=Clock.THE_ONE)
    row.update(scanned_at=started)
    row.filter(models.Q(scanned_until__isnull=True) | models.Q(scanned_until__lt=today)).update(
        scanned_until=today
    )
    if clock.scanned_until and today - clock.scanned_until > LONGEST_GAP:
        row.update(is_paused=True)
        logger.warning("No scan since %s: sending waits for `manage.py resume-sending`.", clock.scanned_until)


# --- still true? ---


@dataclass(frozen=True, slots=True)
class Standing:
    """A reminder whose reason still holds, with the facts as they are now."""

    reminder: Reminder
    happening: Happening
    row: Any
    responsible: int | None

    def is_urgent(self, *, today: datetime.date) -> bool:
        """Late, today, or within a week: it does not wait for the next mail. A quiet tie always can."""
        quiet = self.reminder.stage.rule.subject == Rule.Subject.QUIET_TIE
        return not quiet and (self.happening.counts_from - today).days <= URGENT_DAYS


@dataclass(slots=True)
class Verdict:
    standing: list[Standing]
    settled: list[int]
    """Reminders whose reason is gone."""
    missed: list[int]
    """Reminders that a later stage has overtaken, or whose day is over."""


def judge(reminders: Iterable[Reminder], *, today: datetime.date) -> Verdict:
    """Look at the facts again, in a number of queries that does not grow with the reminders."""
    verdict = Verdict([], [], [])
    by_subject: dict[str, list[Reminder]] = defaultdict(list)
    for reminder in reminders:
        by_subject[reminder.stage.rule.subject].append(reminder)
    latest: dict[tuple[Any, ...], Standing] = {}
    open_sources = sources(today)
    for subject, mine in by_subject.items():
        source = open_sources[subject]
        rows = source.in_full(getattr(reminder, f"{source.field}_id") for reminder in mine)
        for reminder in mine:
            row = rows.get(getattr(reminder, f"{source.field}_id"))
            happening = source.again(row, reminder.occurrence) if row and _in_use(reminder.stage) else None
            if happening is None:
                verdict.settled.append(reminder.pk)
            elif source.is_over(reminder.stage, happening):
                verdict.missed.append(reminder.pk)
            else:
                standing = Standing(reminder, happening, row, source.responsible(row))
                ladder = (subject, happening.subject.pk, happening.occurrence, reminder.addressee)
                earlier = latest.get(ladder)
                if earlier and earlier.reminder.due_on > reminder.due_on:
                    earlier, standing = standing, earlier
                if earlier:
                    verdict.missed.append(earlier.reminder.pk)
                latest[ladder] = standing
    verdict.standing = list(latest.values())
    return verdict


def _in_use(stage: Stage) -> bool:
    return stage.is_active and stage.rule.is_active
