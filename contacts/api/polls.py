"""Polls: what is asked again and has not changed is not made again.

Whoever has an answer asks for it with its tag. A tag is made of the bytes, so to compare it takes the whole
answer; but while nothing is saved the answer is the same, and so its tag is remembered for some seconds.
Each process remembers for itself, in its memory: a table that all of them share would let anybody who asks
for ever new addresses push out of it what else is counted there, such as wrong passwords.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response

from contacts.state import State

# What was withdrawn may live on in caches for as long again; a minute in all.
REMEMBERED_SECONDS = 30


class Poll:
    """One request that may bring the tag of an answer along. To be made before the answer is.

    `now` gives the state of what the answer is made of; `also` is what else it hangs on: who asks, in which
    language.
    """

    def __init__(self, request: Any, now: Callable[..., State], *, also: tuple[str, ...] = ()) -> None:
        self.request = request
        self._key = ""
        # Whether something has been left alone since a date is not known from a tag.
        if "If-None-Match" not in request.headers or "If-Unmodified-Since" in request.headers:
            return
        state = now(timezone.localdate())
        if state.is_settled:
            accepted = request.headers.get("Accept", "")
            asked = [state.fingerprint, request.build_absolute_uri(), accepted, *also]
            self._key = hashlib.sha256("\n".join(asked).encode()).hexdigest()

    def unchanged(self) -> HttpResponse | None:
        """That the client has it already, where this is known."""
        tag = caches["here"].get(self._key) if self._key else None
        if tag is None:
            return None
        answer = get_conditional_response(self.request, etag=tag)
        if answer is not None:
            answer["ETag"] = tag
        return answer

    def remember(self, answer: HttpResponse) -> None:
        """The tag of the answer that was made for this request."""
        if self._key:
            caches["here"].set(self._key, answer["ETag"], REMEMBERED_SECONDS)


def tag_of(answer: HttpResponse) -> str:
    return f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
