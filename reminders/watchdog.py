"""A watchdog outside the house (PING_URL): told after each good run, it speaks up when it hears nothing.

It is told only while all is well, so that one address is enough: a scan that has stopped keeps a sender that
still runs from telling it that all is. Asking it hurts nobody: it is left alone after some seconds, however
it answers or drips, and is not asked again before it has let go. Its address is a secret, in no log.
"""

from __future__ import annotations

import logging
import threading
import urllib.request
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from reminders import health
from reminders.due import office_today

logger = logging.getLogger(__name__)

# Seconds for one step, and for all of them together.
STEP, WHOLE = 3.0, 5.0
# One at a time in each process.
_asking = threading.Lock()


def ran_well() -> None:
    """After a run of the scan or the sender that ended without a problem."""
    if settings.PING_URL and health.state(today=office_today(), now=timezone.now())["ok"]:
        ping(settings.PING_URL)


def ping(url: str) -> None:
    if not _asking.acquire(blocking=False):
        return
    # Not even the end of the process waits for it.
    asker = threading.Thread(target=_ask, args=[url], daemon=True)
    asker.start()
    asker.join(timeout=WHOLE)


def _ask(url: str) -> None:
    host = urlsplit(url).hostname
    try:
        with _opener.open(url, timeout=STEP) as answer:
            logger.debug("The watchdog at %s said %s.", host, answer.status)
    except HTTPError as answer:
        logger.warning("The watchdog at %s said %s.", host, answer.code)
    except Exception as problem:
        # Its words may hold the address.
        logger.warning("The watchdog at %s was not reached: %s.", host, type(problem).__name__)
    finally:
        _asking.release()


class _StayThere(urllib.request.HTTPRedirectHandler):
    """Where it might send us, nobody has agreed to."""

    def redirect_request(self, *request: Any) -> None:
        return None


_opener = urllib.request.build_opener(_StayThere)
