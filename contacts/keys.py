"""Keys that open something by themselves: known by their first letters, kept as a hash, and in no log."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets

# More than 256 bits, also without the few letters by which its owner knows a key again.
BYTES = 36
# Ours begin with gb_ or, of another kind, with gbcal_ and the like.
_KEY = re.compile(r"\b(gb[a-z]*_)[A-Za-z0-9_-]{8,}")
# Where programs of other makers put theirs into an address.
IN_ADDRESS = (
    "token",
    "access_token",
    "auth_token",
    "api_token",
    "api_key",
    "apikey",
    "bearer",
    "authorization",
)
_NAMED = re.compile(rf"([?&](?:{'|'.join(IN_ADDRESS).replace('_', '[-_]')})=)[^&\s\"'#]+", re.IGNORECASE)


class Secret(str):
    """A text that reports of a fault, which show the values of all variables, show as stars."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def new_key(prefix: str) -> Secret:
    """What nobody guesses, behind letters by which logs and scanners for secrets know it."""
    return Secret(prefix + secrets.token_urlsafe(BYTES))


def hash_of(key: str) -> str:
    """What is kept: of so many random bits a plain hash gives nothing away."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_key(text: str) -> bool:
    return _KEY.match(text) is not None


def masked(text: str) -> str:
    return _NAMED.sub(r"\1***", _KEY.sub(r"\1***", text))


class MaskedRecord(logging.LogRecord):
    """A line of any log in this process, those of the web server and of Django included, without keys."""

    def getMessage(self) -> str:
        return masked(super().getMessage())

    @property
    def exc_text(self) -> str | None:  # type: ignore[override]
        """What was raised may name the request, and with it the address."""
        return self._exc_text

    @exc_text.setter
    def exc_text(self, text: str | None) -> None:
        self._exc_text = masked(text) if text else text
