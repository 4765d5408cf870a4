"""Whether this installation may send: not while a person is to look first, and never from a copy of the data.

A database cannot tell that it was copied or set back: all it knows went along. So a small file outside of it
(INSTANCE_FILE) holds two things. A *name*, made by chance on the first start, which the clock's row keeps
too: a copy that stands elsewhere finds another name there, or makes one, and sends nothing. And a *mark*, a
number that rises in the row and then in the file before a stretch of mails goes out, every few seconds while
it goes on, and when it ends: a backup restored on the same machine stands lower than the file says, so it is
older than what was sent, and sends nothing either.

Why a number, and neither a moment nor the last attempt: clocks are set back, and attempts may be cleared
away. It rises in the row first. A crash between the two leaves the file too low by one, which the next
stretch mends; the other order would take a crash for a restored backup. And the file is read before the row,
or what another sender raises meanwhile would look like a row set back. Files of several machines need not
agree, each holds what its own machine saw: what it sent, and at each look how far all of them have come, so
that whichever of them wakes first knows an older backup. Whoever resumes rises by a LEAP, above what any can
have seen.

What this cannot see: a clone of a whole machine, the file included, at the same address. The file belongs
into no backup (docs/operations.md).
"""

from __future__ import annotations

import datetime
import fcntl
import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

from reminders.due import come_back, go_back
from reminders.models import Clock, Mail

logger = logging.getLogger(__name__)

SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Seconds of sending that a backup taken in their midst might hold as not yet sent.
RISES_EVERY = 5
LEAP = 1_000_000


# --- what is kept outside the database ---


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file says: who we are, and how far we have come with sending."""

    name: str
    mark: int


def kept(*, at_least: int = 0) -> Kept:
    """Read the file, made on the first start; its mark never falls. The name may come from the settings."""
    with _locked(Path(settings.INSTANCE_FILE)) as file:
        words = os.pread(file, 200, 0).split()
        name = words[0].decode() if words else uuid.uuid4().hex
        before = int(words[1]) if len(words) > 1 else -1
        mark = max(before, at_least)
        if mark != before:
            # Of one length for one name, so that a crash in the middle leaves no shorter one.
            os.pwrite(file, f"{name} {mark:020}\n".encode(), 0)
            os.fsync(file)
    return Kept(settings.INSTANCE_ID or name, mark)


def _keep(mark: int) -> None:
    """Raise the file. A disk that is full keeps nobody's mail back."""
    try:
        kept(at_least=mark)
    except (OSError, ValueError) as problem:
        logger.error("%s cannot be kept: %s", settings.INSTANCE_FILE, problem)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


# --- may we? ---


def may_send(*, now: datetime.datetime) -> bool:
    """Mails that only go into files may do so anywhere. A copy is known as one whatever else it waits for."""
    clock = Clock.current()
    waits = is_waiting(clock, now=now)
    if settings.EMAIL_BACKEND != SMTP:
        return not waits
    try:
        here = kept()
        clock = Clock.current()
        why = _why_not(clock, here)
    except (OSError, ValueError) as problem:
        logger.error("%s cannot be kept: %s", settings.INSTANCE_FILE, problem)
        why = Clock.Why.NO_IDENTITY
    if waits and (why not in Clock.FROM_ELSEWHERE or clock.paused_because in Clock.FROM_ELSEWHERE):
        return False
    if why is not None:
        logger.warning("Sending waits for `manage.py resume-sending`: %s.", why.name)
        Clock.pause(why, now=now)
        return False
    # Another machine may have sent.
    _keep(clock.mark)
    if not (clock.instance and clock.site):
        Clock.objects.filter(pk=Clock.THE_ONE).update(instance=here.name, site=settings.SITE_URL)
    return True


def _why_not(clock: Clock, here: Kept) -> Clock.Why | None:
    if clock.site and clock.site != settings.SITE_URL:
        return Clock.Why.OTHER_SITE
    # Mails that went out, and no name: from a time before names, or a copy from there.
    has_sent = clock.instance or Mail.objects.filter(state=Mail.State.SENT).exists()
    if clock.instance != here.name and has_sent:
        return Clock.Why.OTHER_PLACE
    if here.mark > clock.mark:
        return Clock.Why.OLDER
    return None


def resume(*, now: datetime.datetime) -> bool:
    """Let mails out again, from where we stand now; false if nothing was waiting for it."""
    clock = Clock.current()
    if not is_waiting(clock, now=now):
        return False
    if clock.is_ahead(now) and not come_back(clock, now=now):
        # Whoever resumes says that the clock is right now: as on a first start, nothing past is mailed.
        go_back(clock, None, None, now=now)
    here = kept()
    mark = max(clock.mark, here.mark) + LEAP
    Clock.objects.filter(pk=Clock.THE_ONE).update(
        is_paused=False,
        paused_because="",
        paused_at=None,
        site=settings.SITE_URL,
        instance=here.name,
        mark=mark,
    )
    kept(at_least=mark)
    # They are late only from now on.
    waiting = Mail.objects.filter(state=Mail.State.DUE, not_before__lt=now)
    waiting.update(not_before=now, changed_at=now)
    return True


def is_unconfirmed_copy() -> bool:
    """Whether the data are known to come from elsewhere, and nobody has said yet that mails may go out here.

    By the row alone: whoever serves pages need not share the worker's file, and would take itself for a copy.
    So a copy at the same address is known as one from the first time that its worker has looked.
    """
    clock = Clock.current()
    if settings.EMAIL_BACKEND != SMTP:
        return False
    comes_from_elsewhere = clock.paused_because in Clock.FROM_ELSEWHERE
    return bool(clock.site and clock.site != settings.SITE_URL) or (clock.is_paused and comes_from_elsewhere)


def is_waiting(clock: Clock, *, now: datetime.datetime) -> bool:
    """For a person: because they are to look first, or because no clock can be trusted."""
    return clock.is_paused or clock.is_ahead(now)


class Mark:
    """Rises before the first mail of a stretch, while it lasts, and when it ends."""

    def __init__(self) -> None:
        self._rises_at: float | None = None

    def __enter__(self) -> Mark:
        return self

    def __exit__(self, *problem: Any) -> None:
        # Where a problem broke it off, the next stretch rises.
        if self._rises_at is not None and problem[0] is None:
            self._rise()

    def before_a_mail(self) -> None:
        if self._rises_at is None or time.monotonic() >= self._rises_at:
            self._rise()
            self._rises_at = time.monotonic() + RISES_EVERY

    def _rise(self) -> None:
        if settings.EMAIL_BACKEND != SMTP:
            return
        row = Clock.objects.filter(pk=Clock.THE_ONE)
        row.update(mark=models.F("mark") + 1)
        _keep(row.values_list("mark", flat=True).get())
