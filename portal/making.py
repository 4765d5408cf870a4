"""Files of all rows take a while to make: one at a time is made, and it is for all who ask for it.

As long as nothing is saved a process makes the same file once and gives it to everybody, for some seconds. Of
different files a machine makes one after the other, whatever process is asked, and only a few wait their
turn: all others are told to come again, so that those who only look at a page find somebody free.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from contacts.api import problems
from contacts.api.polls import REMEMBERED_SECONDS
from portal import state

# Seconds that somebody waits for the file of another one to be made.
PATIENCE = 2.0
PAUSE = 0.02
# So many of a process make a file or wait to; others who ask meanwhile come again after some seconds.
AT_ONCE = 2
COME_AGAIN = 3

_seats = threading.BoundedSemaphore(AT_ONCE)


def for_all(request: HttpRequest, make: Callable[[], Any]) -> Any:
    """The answer that somebody else has just been given to the same question, or one that is made now."""
    # Before the rows are read: then they can only be newer than it says.
    now = state.lately(timezone.localdate())
    asked = hashlib.sha256(f"{now.fingerprint}\n{request.build_absolute_uri()}".encode()).hexdigest()
    if now.is_settled and (known := _kept(asked)):
        return known
    if not _seats.acquire(blocking=False):
        return come_again()
    try:
        with _alone() as may_make:
            if not may_make:
                return come_again()
            # Who was before us may have asked for the same.
            if now.is_settled and (known := _kept(asked)):
                return known
            answer = make()
    finally:
        _seats.release()
    if now.is_settled and answer.status_code == 200:
        caches["files"].set(asked, (answer.content, dict(answer.headers)), REMEMBERED_SECONDS)
    return answer


def _kept(asked: str) -> HttpResponse | None:
    content, headers = caches["files"].get(asked) or (None, None)
    return None if headers is None else HttpResponse(content, headers=headers)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else on this machine makes one until we are done. Who dies holds no lock."""
    file = os.open(settings.FILES_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield _has_locked(file)
    finally:
        os.close(file)


def _has_locked(file: int) -> bool:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(PAUSE)


def come_again() -> HttpResponse:
    """In the language of whoever says nothing else, as all that is said before a question is looked at."""
    with translation.override(settings.LANGUAGE_CODE):
        answer = problems.outside(503)
        answer["Content-Language"] = settings.LANGUAGE_CODE
    answer["Retry-After"] = str(COME_AGAIN)
    # Django would write each of them down as an error of ours.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
