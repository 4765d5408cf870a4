"""How often somebody may try a password, counted in the cache that all processes share.

Each try takes one of a few places and gives it back when the password was right; a wrong one keeps its place
for a while. So whoever types it well is never held up, and nobody gets more tries by asking several processes
at once: a place is taken by `cache.add`, which only one of two can do.
"""

from __future__ import annotations

import hashlib
import math
import time
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from rest_framework.throttling import BaseThrottle


@dataclass(frozen=True)
class Limit:
    """At most so many wrong tries within so many seconds."""

    name: str
    places: int
    seconds: int

    def take(self, who: str) -> str:
        """One of the places; TooManyTries where all are taken."""
        digest = hashlib.sha256(who.encode()).hexdigest()
        keys = [f"tries:{self.name}:{digest}:{place}" for place in range(self.places)]
        taken: dict[str, float] = cache.get_many(keys)
        for key in keys:
            if key not in taken and cache.add(key, time.time(), self.seconds):
                return key
        first = min(cache.get_many(keys).values(), default=time.time())
        raise TooManyTries(max(1, math.ceil(first + self.seconds - time.time())))


# An office may have one address for all of its people, and a person one account.
ADDRESS = Limit("address", places=20, seconds=60)
ACCOUNT = Limit("account", places=10, seconds=300)


class TooManyTries(Exception):
    def __init__(self, wait: int) -> None:
        super().__init__(f"Too many tries; wait {wait} seconds.")
        self.wait = wait


class Tries:
    """One try, counted before the password is looked at; for an account that does not exist as well."""

    def __init__(self, request: Any, account: str) -> None:
        # Of X-Forwarded-For only what our own proxies wrote is believed (NUM_PROXIES).
        address = BaseThrottle().get_ident(request)
        self.places = [ADDRESS.take(str(address))]
        self.places.append(ACCOUNT.take(unicodedata.normalize("NFKC", account).casefold()))

    def succeeded(self) -> None:
        cache.delete_many(self.places)
