"""Middleware: pages of any city may read what is public, and caches may keep it for everybody alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date

from contacts.api import problems
from contacts.api.polls import REMEMBERED_SECONDS
from portal import looking, making, state
from portal.models import Look

PUBLIC = "/api/public/"
# The page for a frame shows the same rows.
SHUT_TOGETHER = (PUBLIC, "/embed/")
METHODS = "GET, HEAD, OPTIONS"
MIRRORED = {f"{PUBLIC}v1/{name}/" for name in looking.RESOURCES}
# So often a mirror is answered anew before it is told to come again.
TURNS = 3
# What else an answer can be asked for on condition of.
OTHERS = {"If-None-Match", "If-Match", "If-Unmodified-Since"}
READABLE = "ETag, Last-Modified, Link, Retry-After"


class PublicDoor:
    """Stands before sessions and languages, which no public answer hangs on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.PORTAL and request.path_info.startswith(SHUT_TOGETHER):
            return shut()
        if not request.path_info.startswith(PUBLIC):
            return self.get_response(request)
        if request.method == "OPTIONS":
            answer = HttpResponse(status=204, headers={"Allow": METHODS})
            answer["Access-Control-Allow-Methods"] = METHODS
            answer["Access-Control-Allow-Headers"] = "If-None-Match, If-Modified-Since"
            answer["Access-Control-Max-Age"] = "86400"
        else:
            answer = self.told(request)
        # Set by the middleware of languages; the answer is the same in all of them.
        del answer["Vary"]
        # Without cookies: what a signed-in member of staff may see is never part of it.
        answer["Access-Control-Allow-Origin"] = "*"
        answer["Access-Control-Expose-Headers"] = READABLE
        answer["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer

    def told(self, request: HttpRequest) -> HttpResponse:
        by_date = ByDate(request)
        if unchanged := by_date.unchanged():
            return unchanged
        # Before the answer is made: none that a later look has found may pass for older.
        last = Look.last() if "If-Modified-Since" in request.headers else None
        # What a mirror is told has been looked at.
        is_mirror = request.path_info in MIRRORED and "changed_since" in request.GET
        answer = self.told_as_seen(request) if is_mirror else self.get_response(request)
        if "Last-Modified" not in answer:
            return answer
        if last is not None:
            return by_date.remembered(unless_old(request, answer, last))
        return answer if is_mirror else dated(answer)

    def told_as_seen(self, request: HttpRequest) -> HttpResponse:
        """For a mirror: as a look has kept it, and asked again where somebody saves meanwhile."""
        for _turn in range(TURNS):
            looked_at = looking.catch_up()
            answer = self.get_response(request)
            if answer.status_code >= 400:
                return answer
            if looked_at is None:
                break
            # No two are alike while somebody is in the midst of saving.
            if state.read(looked_at.today).fingerprint == looked_at.fingerprint:
                return answer
        return making.come_again()


class ByDate:
    """One request that may bring a date along. While nothing is saved, it is known without making the answer
    that it was left alone since, as it is of one with a tag (contacts/api/polls.py).
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self._key = ""
        # A tag goes before a date.
        if "If-Modified-Since" not in request.headers or not OTHERS.isdisjoint(request.headers):
            return
        present = state.lately(timezone.localdate())
        if present.is_settled:
            heads = (request.headers.get(name, "") for name in ("Host", "Accept"))
            asked = [present.fingerprint, request.method or "", request.get_full_path(), *heads]
            self._key = "by-date-" + hashlib.sha256("\n".join(asked).encode()).hexdigest()

    def unchanged(self) -> HttpResponse | None:
        heads = caches["here"].get(self._key) if self._key else None
        if heads is None:
            return None
        date = parse_http_date(heads["Last-Modified"])
        if get_conditional_response(self.request, last_modified=date) is None:
            return None
        return HttpResponseNotModified(headers=heads)

    def remembered(self, answer: HttpResponse) -> HttpResponse:
        if self._key and answer.status_code == 304:
            caches["here"].set(self._key, dict(answer.headers), REMEMBERED_SECONDS)
        return answer


def dated(answer: HttpResponse) -> HttpResponse:
    """With its date only while all that is public is as the last look saw it: what is taken back before the
    next one would else go on for whoever asks by that date."""
    if not looking.is_up_to_date(looking.lately()):
        del answer["Last-Modified"]
    return answer


def unless_old(request: HttpRequest, answer: HttpResponse, last: Look) -> HttpResponse:
    """The answer, or that nothing has changed since the date that the client sends.

    A date may be taken at its word while all that is public is as that look saw it. That nothing at all
    was saved since would be quicker to tell, but it would tell everybody of what is private.
    """
    if not looking.is_up_to_date(last):
        del answer["Last-Modified"]
        return answer
    if Look.last().number != last.number:
        return answer
    date = parse_http_date(answer["Last-Modified"])
    known: Any = get_conditional_response(request, etag=answer["ETag"], last_modified=date, response=answer)
    return known


def shut() -> HttpResponse:
    """As if there were no such address, in the language of whoever says nothing else."""
    with translation.override(settings.LANGUAGE_CODE):
        answer = problems.outside(404)
    answer["Cache-Control"] = "no-store"
    return answer
