"""Waiting for what must come, and for how long at most."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from django.utils import timezone

from reminders.models import Mail, Reminder

IS_SHORT = bool(os.environ.get("FAULTS_SHORT"))
# From the last fault until every mail is out.
EMPTY_WITHIN = 240 if IS_SHORT else 600
# For a single thing that must happen; generous, for the machine may be busy.
SOON = 240 if IS_SHORT else 300


def until(happened: Callable[[], bool], *, within: float = SOON) -> float:
    """Seconds it took; all of them if it did not happen, and what follows will tell."""
    started = time.monotonic()
    while not happened() and time.monotonic() < started + within:
        time.sleep(0.1)
    return time.monotonic() - started


def is_empty() -> bool:
    """Everybody has got what was due, or it is on record that they cannot be reached."""
    return not (Reminder.objects.waiting().exists() or Mail.objects.waiting().exists())


def is_idle() -> bool:
    """No try is under way, and none may be made now."""
    return not (
        Mail.objects.filter(state=Mail.State.SENDING).exists() or Mail.objects.ready(timezone.now()).exists()
    )
