"""What the rules would send in the time to come: the scan's own walk, of which nothing is kept."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Q

from reminders import due
from reminders.addressees import Addressee, Staff
from reminders.due import Due
from reminders.models import Clock, Mail, Reminder, Rule, Stage, To
from reminders.rulebook import Rulebook
from reminders.sources.base import DAY, Happening, Source
from reminders.verdicts import Standing, judge, standings

MONTHS = 24


@dataclass(frozen=True, slots=True)
class Coming:
    """A reminder that would be sent, found in a scan to come."""

    on: datetime.date
    stage: Stage
    happening: Happening
    found: Due | None
    open_sources: dict[str, Source]
    standing: Standing | None = None
    """What is sent by the next scan has been looked at in full already."""

    @property
    def key(self) -> tuple[str, int, str, To, datetime.date]:
        """What who gets it would notice: not which rule or stage it came of."""
        subject = self.happening.subject
        label = subject._meta.label
        return (label, subject.pk, self.happening.occurrence, self.to, self.on)

    @property
    def to(self) -> To:
        found: Due | Standing | None = self.found or self.standing
        assert found is not None  # it comes of one of them
        return found.to


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A reminder that would be sent, with the facts as they are now, and to whom if it were today."""

    on: datetime.date
    standing: Standing
    addressee: Addressee | None

    @property
    def stage(self) -> Stage:
        return self.standing.reminder.stage


def until(today: datetime.date, *, months: int = MONTHS) -> datetime.date:
    return today + relativedelta(months=months)


def foresee(book: Rulebook, *, today: datetime.date, months: int = MONTHS) -> list[Coming]:
    """All that is sent from now until then if the book holds and the data stay as they are, in order.

    Today that is what the next scan finds, with what is planned and not out yet.
    """
    last = until(today, months=months)
    days = [today + DAY * count for count in range(1, (last - today).days)]
    found = [*_now(book, today=today), *_later(book, days)]
    return sorted(found, key=lambda each: (each.on, -each.stage.days))


def _now(book: Rulebook, *, today: datetime.date) -> Iterator[Coming]:
    stages = {stage.pk: stage for stage in book.stages}
    reminders = []
    for reminder in _waiting().filter(stage__in=[pk for pk in stages if pk > 0]):
        reminder.stage = stages[reminder.stage_id]
        reminders.append(reminder)
    found = due.since(Clock.objects.first() or Clock(), today=today, book=book)
    reminders += [each.reminder() for each in _new(found)]
    for standing in judge(reminders, today=today, book=book).standing:
        yield Coming(today, standing.reminder.stage, standing.happening, None, {}, standing)


def _waiting() -> Any:
    """Planned, and still as changeable as the rule it came of."""
    is_open = Q(mail__isnull=True) | Q(mail__state=Mail.State.DUE, mail__is_frozen=False)
    return Reminder.objects.filter(is_open, state=Reminder.State.DUE)


def _later(book: Rulebook, days: list[datetime.date]) -> Iterator[Coming]:
    for found, open_sources in due.on_days(days, book):
        for each in _new(found):
            yield Coming(each.on, each.stage, each.happening, each, open_sources)


def _new(found: Iterable[Due]) -> list[Due]:
    """Without what is overtaken, and without what is entered already: that is not planned again."""
    found = [each for each in found if not each.is_missed]
    if not found:
        return []
    entered = Reminder.objects.filter(
        stage__rule__subject__in={each.stage.rule.subject for each in found},
        occurrence__gte=min(each.happening.occurrence for each in found),
    ).exclude(state=Reminder.State.CANCELLED, mail__isnull=True)
    keys = set(entered.values_list("key", flat=True))
    return [each for each in found if each.key not in keys] if keys else found


def told(coming: Sequence[Coming], *, today: datetime.date) -> list[Foreseen]:
    """Each of them in full, in a number of queries that does not grow with them."""
    walks: dict[int, list[Coming]] = defaultdict(list)
    for each in coming:
        if each.found:
            walks[id(each.open_sources)].append(each)
    standing = {id(each): each.standing for each in coming if each.standing}
    for walk in walks.values():
        full = standings([each.found for each in walk if each.found], walk[0].open_sources)
        standing |= zip(map(id, walk), full, strict=True)
    staff = Staff.of(today)
    addressees: dict[tuple[To, int | None, tuple[To, ...]], Addressee | None] = {}
    foreseen = []
    for each in coming:
        mine = standing[id(each)]
        role = (mine.to, mine.responsible, mine.beside)
        if role not in addressees:
            addressees[role] = staff.addressee(mine.to, mine.responsible, beside=mine.beside)
        foreseen.append(Foreseen(each.on, mine, addressees[role]))
    return foreseen


# --- a rule that is about to be changed ---


@dataclass(frozen=True, slots=True)
class Preview:
    """What one rule would send, and what would be different in all."""

    rule: Rule
    stages: list[Stage]
    today: datetime.date
    until: datetime.date
    coming: list[Coming]
    added: list[Coming]
    gone: list[Coming]
    before: int
    """How many the rule would send as it is stored."""


def preview(rule: Rule, stages: Iterable[Stage], *, today: datetime.date) -> Preview:
    """With the rule as it is given, stored or not. A change of it may bring another rule to speak, too."""
    subjects = {rule.subject, *Rule.objects.filter(pk=rule.pk).values_list("subject", flat=True)}
    book = Rulebook(rule, stages)
    edited = book.edited
    assert edited is not None
    then = foresee(book.about(*subjects), today=today)
    now = foresee(Rulebook().about(*subjects), today=today)
    before, after = {each.key for each in now}, {each.key for each in then}
    return Preview(
        rule=edited,
        stages=book.its_stages,
        today=today,
        until=until(today),
        coming=[each for each in then if each.stage.rule_id == edited.pk],
        added=[each for each in then if each.key not in before],
        gone=[each for each in now if each.key not in after],
        before=sum(each.stage.rule_id == edited.pk for each in now),
    )


def count(*, today: datetime.date, months: int) -> Counter[int]:
    """By rule how many it sends in so many months, as it is stored."""
    return Counter(each.stage.rule_id for each in foresee(Rulebook(), today=today, months=months))


def stored(rule: Rule, *, today: datetime.date) -> list[Foreseen]:
    """What a rule would send as it is stored, in the time to come."""
    found = foresee(Rulebook().about(rule.subject), today=today)
    return told([each for each in found if each.stage.rule_id == rule.pk], today=today)
