"""Is it still true? Each reminder is looked at again before it is told, and passed on if nobody is left."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from reminders.addressees import Staff
from reminders.due import Due
from reminders.models import Reminder, Rule, Stage, To
from reminders.rulebook import Rulebook
from reminders.sources import sources
from reminders.sources.base import Happening, Source


@dataclass(frozen=True, slots=True)
class Standing:
    """A reminder whose reason still holds, with the facts as they are now."""

    reminder: Reminder
    happening: Happening
    row: Any
    responsible: int | None
    last_day: datetime.date | None
    """Until when it must be told, whether people work then or not."""
    to: To
    """Whom it is meant for as the rule is now."""
    beside: tuple[To, ...] = ()
    """With whom one of those named has it: while one of them is there, the head need not get it."""

    def not_before(self, *, today: datetime.date, working_day: datetime.date) -> datetime.date:
        """From when it may be told: the next working day from today on, but in time for the occasion."""
        in_time = self.last_day is not None and today <= self.last_day < working_day
        return self.last_day if in_time and self.last_day else working_day

    def is_urgent(self, *, today: datetime.date) -> bool:
        """Due today or overdue: it does not wait for the next mail. A quiet tie always can."""
        quiet = self.reminder.stage.rule.subject == Rule.Subject.QUIET_TIE
        return not quiet and self.happening.occurs_on.last_day <= today


def standings(found: list[Due], open_sources: dict[str, Source]) -> list[Standing]:
    """What was found, as reminders that nobody has entered, each with the facts that a mail needs."""
    subjects: dict[str, set[int]] = defaultdict(set)
    for due in found:
        subjects[due.stage.rule.subject].add(due.happening.subject.pk)
    rows = {subject: open_sources[subject].in_full(keys) for subject, keys in subjects.items()}
    standing = []
    for due in found:
        subject = due.stage.rule.subject
        row = rows[subject][due.happening.subject.pk]
        source = open_sources[subject]
        last_day = source.last_day(due.stage, due.happening)
        beside = source.book.beside(due.to, due.stage)
        standing.append(
            Standing(due.reminder(), due.happening, row, source.responsible(row), last_day, due.to, beside)
        )
    return standing


@dataclass(slots=True)
class Verdict:
    standing: list[Standing]
    settled: list[int]
    """Reminders whose reason is gone."""
    missed: list[int]
    """Reminders that a later stage has overtaken, or whose day is over."""


def judge(reminders: Iterable[Reminder], *, today: datetime.date, book: Rulebook | None = None) -> Verdict:
    """Look at the facts again, in a number of queries that does not grow with the reminders."""
    verdict = Verdict([], [], [])
    by_subject: dict[str, list[Reminder]] = defaultdict(list)
    for reminder in reminders:
        by_subject[reminder.stage.rule.subject].append(reminder)
    latest: dict[tuple[Any, ...], Standing] = {}
    astray: list[Standing] = []
    stages = {each.stage_id: each.stage for mine in by_subject.values() for each in mine}
    book = book or Rulebook.naming(stages.values())
    open_sources = sources(today, book)
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
                last_day = source.last_day(reminder.stage, happening)
                beside = book.beside(reminder.to, reminder.stage)
                standing = Standing(
                    *(reminder, happening, row, source.responsible(row), last_day, reminder.to, beside)
                )
                if not _is_meant(reminder, book):
                    astray.append(standing)
                    continue
                ladder = (subject, happening.subject.pk, happening.occurrence, reminder.to)
                earlier = latest.get(ladder)
                if earlier and earlier.reminder.due_on > reminder.due_on:
                    earlier, standing = standing, earlier
                if earlier:
                    verdict.missed.append(earlier.reminder.pk)
                latest[ladder] = standing
    verdict.standing = list(latest.values())
    _leave_to_later(verdict, today=today)
    if astray:
        _pass_on(verdict, astray, book, today=today)
    return verdict


def _leave_to_later(verdict: Verdict, *, today: datetime.date) -> None:
    """A mail that waited, for its server or for a person, does not tell what a later stage tells since."""
    latest: dict[tuple[Any, ...], datetime.date] = {}
    for other in Reminder.objects.kin_of([each.reminder for each in verdict.standing]):
        # What a clock that ran ahead has told is no later stage yet.
        if other.due_on <= today:
            told_to = (*other.ladder, other.to)
            latest[told_to] = max(other.due_on, latest.get(told_to, other.due_on))
    still: list[Standing] = []
    for each in verdict.standing:
        reminder = each.reminder
        if latest.get((*reminder.ladder, reminder.to), reminder.due_on) > reminder.due_on:
            verdict.missed.append(reminder.pk)
        else:
            still.append(each)
    verdict.standing = still


def _is_meant(reminder: Reminder, book: Rulebook) -> bool:
    """Whether the stage still speaks to them. What nobody of those named was there for stays the head's."""
    if reminder.named_id is None:
        return reminder.addressee == reminder.stage.addressee
    return reminder.to in book.to(reminder.stage)


def _pass_on(verdict: Verdict, astray: list[Standing], book: Rulebook, *, today: datetime.date) -> None:
    """What was meant for somebody whom the stage speaks to no more: no change of a rule loses it.

    It is settled once others have been told, and waits while they are to be: they may be gone before they
    are, and two senders at once must not each rely on what the other settles. Where a later stage speaks to
    one of them it is overtaken. Else it is told to the first of those whom the stage speaks to now who is
    there, or to the head.
    """
    to_be_told = {each.reminder.matter for each in verdict.standing}
    mine = {each.reminder.pk for each in astray}
    others: dict[tuple[Any, ...], list[Reminder]] = defaultdict(list)
    stages_of: dict[tuple[Any, ...], list[Reminder]] = defaultdict(list)
    for other in Reminder.objects.kin_of([each.reminder for each in astray]):
        if other.pk not in mine:
            others[other.matter].append(other)
            stages_of[other.ladder].append(other)
    lost: list[tuple[Standing, list[To]]] = []
    for each in sorted(astray, key=lambda each: (each.reminder.due_on, -each.reminder.pk), reverse=True):
        matter = each.reminder.matter
        if any(other.state == Reminder.State.MAILED for other in others[matter]):
            verdict.settled.append(each.reminder.pk)
        elif _is_overtaken(each.reminder, stages_of[each.reminder.ladder], lost, book):
            verdict.missed.append(each.reminder.pk)
        elif matter not in to_be_told and not any(
            _goes_first(other, each.reminder, book) for other in others[matter]
        ):
            to_be_told.add(matter)
            lost.append((each, book.to(each.reminder.stage)))
    people = {pk for each, those in lost for pk in (each.responsible, *(to.user for to in those)) if pk}
    staff = Staff.around(people, today=today)
    for each, those in lost:
        there = (to for to in those if staff.reaches(to, each.responsible))
        verdict.standing.append(replace(each, to=next(there, those[0]), beside=()))


def _is_overtaken(
    reminder: Reminder, others: list[Reminder], lost: list[tuple[Standing, list[To]]], book: Rulebook
) -> bool:
    """Whether one of those whom it could be passed on to hears in a later stage, passed on or not."""
    those = book.to(reminder.stage)
    later = any(other.due_on > reminder.due_on and other.to in those for other in others)
    return later or any(
        each.reminder.ladder == reminder.ladder
        and each.reminder.due_on > reminder.due_on
        and not set(to).isdisjoint(those)
        for each, to in lost
    )


def _goes_first(other: Reminder, reminder: Reminder, book: Rulebook) -> bool:
    """Whether others are to hear of it by the other one; of two that have gone astray the first is told."""
    return _is_meant(other, book) or other.pk < reminder.pk


def _in_use(stage: Stage) -> bool:
    return stage.is_active and stage.rule.is_active
