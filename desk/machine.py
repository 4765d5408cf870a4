"""How the sending of reminders is doing, for people; a monitor asks reminders/health.py."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.db import models

from contacts.models import Office
from desk.alarms import Alarm, alarms
from reminders import health
from reminders.models import Mail, Reminder


@dataclass(slots=True)
class Machine:
    """How reminders are doing."""

    is_well: bool
    scanned_at: datetime.datetime | None
    due_today: int
    sent_today: int
    last_sent_at: datetime.datetime | None
    waiting: int
    next_try_at: datetime.datetime | None
    failed: int
    is_paused: bool = False
    alarms: list[Alarm] = field(default_factory=list)


def how_it_runs(*, today: datetime.date, now: datetime.datetime) -> Machine:
    """The last scan, what went out today, what waits and what failed; alarms where it is late."""
    found = health.state(today=today, now=now)
    zone = Office.current().zone
    midnight = datetime.datetime.combine(today, datetime.time(), tzinfo=zone)
    state = Mail.State
    mails = Mail.objects.aggregate(
        sent=models.Count("pk", filter=models.Q(state=state.SENT, sent_at__gte=midnight)),
        last=models.Max("sent_at", filter=models.Q(state=state.SENT, sent_at__gte=midnight)),
        waiting=models.Count("pk", filter=models.Q(state__in=[state.DUE, state.SENDING])),
        next=models.Min("next_try_at", filter=models.Q(state=state.DUE)),
        failed=models.Count("pk", filter=models.Q(state=state.FAILED)),
    )
    return Machine(
        is_well=found["ok"] and not mails["failed"],
        scanned_at=found["last_scan"]["at"],
        due_today=Reminder.objects.filter(due_on=today).exclude(state=Reminder.State.MISSED).count(),
        sent_today=mails["sent"],
        last_sent_at=mails["last"],
        waiting=mails["waiting"],
        next_try_at=mails["next"],
        failed=mails["failed"],
        is_paused=found["sending_paused"],
        alarms=alarms(found),
    )
