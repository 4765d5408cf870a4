"""What the pages of those who keep the portals say while one of them does not answer."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.models import Endpoint

RIGHT = "portal.change_endpoint"
# A portal may be down for a night.
FAILING_AFTER = datetime.timedelta(hours=12)
# Seconds for which each process keeps what it found.
KEPT_FOR = 15


class Alarm(NamedTuple):
    text: str
    to_do: str
    url: str


def alarms_for(user: Any) -> list[Alarm]:
    """None while all are told; what is found is some seconds old at most."""
    if not (user.is_active and user.has_perm(RIGHT)):
        return []
    here = caches["here"]
    found = here.get("portal.alarms")
    if found is None:
        found = _found(timezone.now())
        here.set("portal.alarms", found, KEPT_FOR)
    return [_alarm(name, is_off) for name, is_off in found]


def _found(now: datetime.datetime) -> list[tuple[str, bool]]:
    failing = Endpoint.objects.failing(longer_than=FAILING_AFTER, now=now)
    off = Endpoint.objects.filter(off_at__isnull=False).exclude(off_because=Endpoint.Why.BY_HAND)
    return [(each.name, each.off_at is not None) for each in (failing | off).order_by("name", "pk")]


def _alarm(name: str, is_off: bool) -> Alarm:
    text, to_do = (
        (
            _("%(portal)s is told of no changes any more: it had not answered well for days, or is gone."),
            _("Mend or delete it under the portals to be told."),
        )
        if is_off
        else (_("%(portal)s has not answered well for hours."), _("See what it answers."))
    )
    return Alarm(text % {"portal": name}, to_do, reverse("admin:portal_endpoint_changelist"))
