"""What time it is: the office's, on every page and in every answer, whatever the zone of the machine."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from contacts.models import Office

REMEMBERED_SECONDS = 10


class OfficeTime:
    """Middleware: `timezone.localdate()` is the office's today, and instants are shown by its clock."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(_zone()):
            return self.get_response(request)


def _zone() -> zoneinfo.ZoneInfo:
    """Offices hardly ever move: each process asks for it now and then, not for each answer."""
    name = caches["here"].get_or_set("zone", lambda: Office.current().timezone, REMEMBERED_SECONDS)
    return zoneinfo.ZoneInfo(str(name))
