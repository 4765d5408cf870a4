"""Who gets a mail now, and what it tells them: one a person and day, what presses makes a further one."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils import timezone

from contacts.models import Office, User
from reminders.addressees import Staff
from reminders.entries import Told
from reminders.models import Clock, Mail, Reminder
from reminders.verdicts import Standing, Verdict, judge

# By then the scan of the morning has run, or will not.
MORNING = datetime.time(7)
# The number of a day's own mail; what presses is numbered from two.
REGULAR = 1


@dataclass(frozen=True, slots=True)
class Planned:
    """A mail that may be made now."""

    recipient: User
    told: list[Told]
    is_urgent: bool
    number: int


@dataclass(frozen=True, slots=True)
class Plan:
    mails: list[Planned]
    nobody: list[Standing]
    """Due, but there is nobody to tell."""
    verdict: Verdict


@dataclass(slots=True)
class Addressed:
    """Who gets what today."""

    by_recipient: dict[User, list[Told]]
    nobody: list[Standing]
    """What there is nobody for."""
    repeated: list[int]
    """Reminders of what an earlier mail told the same person, who had it coming in two ways."""


def addressed(standings: Collection[Standing], *, today: datetime.date) -> Addressed:
    people = {each.responsible for each in standings}
    people |= {to.user for each in standings for to in (each.to, *each.beside)}
    staff = Staff.around(filter(None, people), today=today)
    pairs = [(each, staff.addressee(each.to, each.responsible, beside=each.beside)) for each in standings]
    tied = _tied_before(standings, {addressee.user for _standing, addressee in pairs if addressee})
    found = Addressed(defaultdict(list), [], [])
    for standing, addressee in pairs:
        if addressee is None:
            found.nobody.append(standing)
            continue
        reminder = standing.reminder
        mails = tied.get((*reminder.matter, addressee.user.pk), ())
        before = [is_out for mail, is_out in mails if _goes_before(reminder, mail, is_out=is_out)]
        if any(before):
            found.repeated.append(reminder.pk)
        elif not before:
            found.by_recipient[addressee.user].append(Told(standing, addressee))
        # Else it waits: the mail that is to tell it may fail yet, or turn out to be for somebody else.
    return found


def _tied_before(
    standings: Collection[Standing], users: set[User]
) -> dict[tuple[Any, ...], list[tuple[int, bool]]]:
    """By matter and recipient the mails to these users that hold what is said here, and if they are out.

    Somebody is responsible and named, or had it already when the stage was changed.
    """
    to_them = Reminder.objects.filter(mail__recipient__in=users).annotate(
        recipient=models.F("mail__recipient")
    )
    found: dict[tuple[Any, ...], list[tuple[int, bool]]] = defaultdict(list)
    for other in to_them.kin_of([each.reminder for each in standings]):
        is_out = other.state == Reminder.State.MAILED
        found[*other.matter, other.recipient].append((other.mail_id, is_out))
    return found


def _goes_before(reminder: Reminder, mail: int, *, is_out: bool) -> bool:
    """Of two mails of the same, the first one tells it; within one mail, digest.py tells it once."""
    mine = reminder.mail_id
    return mine is None or mail < mine or (is_out and mail != mine)


def plan(reminders: Iterable[Reminder], *, today: datetime.date, now: datetime.datetime) -> Plan:
    """Which mails these reminders make today: one a person and day, what presses makes a further one.

    A reminder joins the first mail of its recipient from its own `not_before` on. So a mail that cannot wait
    for the next working day holds only what cannot; the rest stays untied until then, and is not late.
    """
    office = Office.current()
    working_day = office.next_working_day(today)
    verdict = judge(reminders, today=today)
    ripe = [
        each for each in verdict.standing if each.not_before(today=today, working_day=working_day) <= today
    ]
    found = addressed(ripe, today=today)
    verdict.settled += found.repeated
    taken: dict[int, set[int]] = defaultdict(set)
    for recipient_id, number in Mail.objects.filter(day=today).values_list("recipient", "number"):
        taken[recipient_id].add(number)
    is_morning_over = _is_morning_over(today, timezone.localtime(now, office.zone))
    digest_day = office.next_working_day(today - datetime.timedelta(days=today.weekday()))
    mails = []
    for recipient, told in found.by_recipient.items():
        entered = {each: timezone.localdate(each.standing.reminder.created_at, office.zone) for each in told}
        fresh = told if is_morning_over else [each for each in told if entered[each] == today]
        urgent = [each for each in fresh if each.standing.is_urgent(today=today)]
        numbers = taken[recipient.pk]
        is_their_day = _is_their_day(recipient, entered.values(), today=today, digest_day=digest_day)
        if is_morning_over and REGULAR not in numbers and is_their_day:
            mails.append(Planned(recipient, told, bool(urgent), REGULAR))
        elif urgent:
            mails.append(Planned(recipient, urgent, True, max(numbers, default=REGULAR) + 1))
    return Plan(mails, found.nobody, verdict)


def _is_morning_over(today: datetime.date, local: datetime.datetime) -> bool:
    """What yesterday left waits for this morning's scan: one mail holds both, and none comes at night."""
    scanned_until = Clock.current().scanned_until
    if scanned_until and scanned_until >= today:
        return True
    return local.date() > today or local.time() >= MORNING


def _is_their_day(
    recipient: User, entered: Iterable[datetime.date], *, today: datetime.date, digest_day: datetime.date
) -> bool:
    """Every day, or on the first working day from Monday on; later only where that mail could not be made."""
    if recipient.digest == User.Digest.DAILY or today == digest_day:
        return True
    return today > digest_day and any(day < digest_day for day in entered)


def waiting_since(*, today: datetime.date, now: datetime.datetime) -> datetime.datetime | None:
    """Since when the oldest of what may go out has been waiting."""
    waiting = Mail.objects.waiting().aggregate(oldest=models.Min("not_before"))["oldest"]
    moments = [waiting] if waiting else []
    planned = plan(untied(today), today=today, now=now)
    local = timezone.localtime(now, Office.current().zone)
    this_morning = datetime.datetime.combine(local.date(), MORNING, tzinfo=local.tzinfo)
    for mail in planned.mails:
        for each in mail.told:
            entered = timezone.localtime(each.standing.reminder.created_at, local.tzinfo)
            moments.append(entered if entered.date() == local.date() else min(this_morning, now))
    moments += [standing.reminder.created_at for standing in planned.nobody]
    return min(moments, default=None)


def untied(today: datetime.date) -> models.QuerySet[Reminder]:
    waiting = Reminder.objects.waiting().filter(due_on__lte=today)
    return waiting.select_related("stage__rule")
