"""Whether reminders go out: for a monitor, without personal data."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from contacts.models import Office
from reminders.due import FIRST_HOUR, LAST_HOUR, office_today
from reminders.models import Clock, Mail, Reminder
from reminders.planning import waiting_since
from reminders.sources.base import DAY
from reminders.verdicts import judge

# After this long what should have happened is late: a mail that may go out, the scan of each hour, and the
# worker, which beat wakes each minute.
LATE_AFTER = datetime.timedelta(minutes=15)
# Seconds for which each process keeps what it found: every page of the staff asks.
KEPT_FOR = 15


def state(*, today: datetime.date, now: datetime.datetime) -> dict[str, Any]:
    """How old the last scan, the worker's last sign of life and the oldest mail that may go out are, and how
    long the mail server has been away, in seconds, and whether that is late.

    Before the first scan its age counts from the installation, and so does the worker's before its first
    sign. While sending waits for a person nothing may go out, which is no good health either; nor is a
    mail that was refused for good while what it says still holds: it ends when the mail is tried again,
    or when what it is about is settled or over.
    """
    clock = Clock.current()
    since = None if clock.is_paused else waiting_since(today=today, now=now)
    mail_age = now - since if since else None
    mail_is_late = mail_age is not None and mail_age > LATE_AFTER
    scan_is_late = _is_scan_late(clock, now=now)
    worker_age = None if settings.REMIND_BY_CRON else now - (clock.woken_at or clock.created_at)
    away_for = now - clock.server_down_since if clock.server_down_since else None
    server_is_away = away_for is not None and away_for > LATE_AFTER
    worker_is_late = worker_age is not None and worker_age > LATE_AFTER
    refused = _refused(today)
    return {
        "ok": not (
            scan_is_late or worker_is_late or mail_is_late or server_is_away or refused or clock.is_paused
        ),
        "last_scan": {
            "at": clock.scanned_at,
            "age_seconds": _seconds(now - (clock.scanned_at or clock.created_at)),
            "is_late": scan_is_late,
            "is_in_future": clock.is_ahead(now),
        },
        "worker": {
            "age_seconds": None if worker_age is None else _seconds(worker_age),
            "is_late": worker_is_late,
        },
        "oldest_mail": {
            "age_seconds": None if mail_age is None else _seconds(mail_age),
            "is_late": mail_is_late,
        },
        "mails_refused": refused,
        "sending_paused": clock.is_paused,
        "sending_paused_because": clock.paused_because if clock.is_paused else "",
        "mail_server": {
            "down_since": clock.server_down_since,
            "age_seconds": None if away_for is None else _seconds(away_for),
            "is_late": server_is_away,
        },
    }


def _is_scan_late(clock: Clock, *, now: datetime.datetime) -> bool:
    """The scan of an hour of the office's day has not come; or no clock is right.

    The first of a day finds all that is due, the later ones what was entered since. Where cron scans it may
    do so once a day.
    """
    last_hour = FIRST_HOUR if settings.REMIND_BY_CRON else LAST_HOUR
    waited_for = timezone.localtime(now - LATE_AFTER, Office.current().zone)
    hour = waited_for.replace(hour=min(waited_for.hour, last_hour), minute=0, second=0, microsecond=0)
    if waited_for.hour < FIRST_HOUR:
        hour = hour.replace(hour=last_hour) - DAY
    return clock.is_ahead(now) or (clock.scanned_at or clock.created_at) < hour


def _refused(today: datetime.date) -> int:
    """How many mails were given up that still have something to say."""
    about = Reminder.objects.filter(mail__state=Mail.State.FAILED, state=Reminder.State.DUE)
    standing = judge(about.select_related("stage__rule"), today=today).standing
    return len({each.reminder.mail_id for each in standing})


def _seconds(age: datetime.timedelta) -> int:
    return max(0, int(age.total_seconds()))


def lately() -> dict[str, Any]:
    """The state now, or what it was some seconds ago."""
    here = caches["here"]
    found: dict[str, Any] | None = here.get("reminders.health")
    if found is None:
        found = state(today=office_today(), now=timezone.now())
        here.set("reminders.health", found, KEPT_FOR)
    return found


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    found = lately()
    return JsonResponse(found, status=200 if found["ok"] else 503)
