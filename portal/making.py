"""Files of all rows take a while to make: one at a time is made, and it is for all who ask for it.

As long as nothing is saved a process makes the same file once and gives it to everybody, for some seconds. Of
different files a machine makes one after the other, whatever process is asked, and only a few wait their
turn: all others are told to come again, so that those who only look at a page find somebody free.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import caches
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.utils import timezone

from contacts.api import problems
from contacts.api.polls import REMEMBERED_SECONDS
from portal import state

logger = logging.getLogger(__name__)

# Seconds that somebody waits for the file of another one to be made.
PATIENCE = 0.5
PAUSE = 0.02
# So many of a process make a file or wait to; others who ask meanwhile come again after some seconds.
AT_ONCE = 2
COME_AGAIN = 3
# Whoever makes one gives up on a question to the database that takes longer: others wait behind.
LONGEST_QUESTION = "30s"
# So PostgreSQL says that it stopped one: query_canceled.
STOPPED = "57014"
# Bytes; a process keeps ten files at most, and none that is larger.
LARGEST_KEPT = 5_000_000

_seats = threading.BoundedSemaphore(AT_ONCE)


def for_all(question: str, make: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer that somebody else has just been given to the same question, or one that is made now.

    Whoever calls this has looked at the request: what is kept is given to any that comes with this question.
    """
    # Before the rows are read: then they can only be newer than it says.
    now = state.lately(timezone.localdate())
    asked = hashlib.sha256(f"{now.fingerprint}\n{question}".encode()).hexdigest()
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
            with _no_question_without_end():
                answer = make()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != STOPPED:
            raise
        logger.warning("A public file was given up, its question took too long: %s", question)
        return come_again()
    finally:
        _seats.release()
    if now.is_settled and len(answer.content) <= LARGEST_KEPT:
        caches["files"].set(asked, (answer.content, answer["Content-Type"]), REMEMBERED_SECONDS)
    return answer


def _kept(asked: str) -> HttpResponse | None:
    content, kind = caches["files"].get(asked) or (None, None)
    return None if kind is None else HttpResponse(content, content_type=kind)


@contextmanager
def _no_question_without_end() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST_QUESTION}'")
        yield


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
    answer = problems.outside(503)
    answer["Retry-After"] = str(COME_AGAIN)
    # Django would write each of them down as an error of ours.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
