"""Whether reminders go out: for a monitor, without personal data."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reminders.due import office_today
from reminders.models import Clock
from reminders.outbox import waiting_since

SCAN_LATE_AFTER = datetime.timedelta(hours=26)
MAIL_LATE_AFTER = datetime.timedelta(minutes=15)


def state(*, today: datetime.date, now: datetime.datetime) -> dict[str, Any]:
    """How old the last scan and the oldest mail that may go out are, in seconds, and whether that is late.

    Before the first scan its age counts from the installation. While sending waits for a person nothing may
    go out, which is no good health either.
    """
    clock = Clock.current()
    scan_age = now - (clock.scanned_at or clock.created_at)
    since = None if clock.is_paused else waiting_since(today=today, now=now)
    mail_age = now - since if since else None
    scan_is_late = scan_age > SCAN_LATE_AFTER
    mail_is_late = mail_age is not None and mail_age > MAIL_LATE_AFTER
    return {
        "ok": not (scan_is_late or mail_is_late or clock.is_paused),
        "last_scan": {
            "at": clock.scanned_at,
            "age_seconds": _seconds(scan_age),
            "is_late": scan_is_late,
        },
        "oldest_mail": {
            "age_seconds": None if mail_age is None else _seconds(mail_age),
            "is_late": mail_is_late,
        },
        "sending_paused": clock.is_paused,
        "mail_server_down_since": clock.server_down_since,
    }


def _seconds(age: datetime.timedelta) -> int:
    return max(0, int(age.total_seconds()))


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    found = state(today=office_today(), now=timezone.now())
    return JsonResponse(found, status=200 if found["ok"] else 503)
