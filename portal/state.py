"""The state of all that a public answer could hang on."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.cache import caches

from contacts.models import City, Document, Organisation, Person, Post
from contacts.state import State, of
from delegations.models import Delegation, Participant, ProgrammeItem, Stop
from relations.models import Agreement, Partnership, PartnershipEvent, Project, Signature, Theme

REMEMBERED_SECONDS = 1
# All that public answers read, parts before their wholes.
READ: tuple[Any, ...] = (
    *(Signature, Agreement, PartnershipEvent, Stop, Participant, ProgrammeItem),
    *(Partnership, Project, Delegation, Post, Organisation, Person, Document, City, Theme),
)


def fingerprint(today: datetime.date) -> str:
    """Text that is the same only while every public answer is the same; `today` is the office's day.

    Ask for it before the data that it shall stand for: then data can only be newer than it says. While
    somebody saves, no two are alike. It also changes with what is private, so it must never be shown.
    """
    return read(today).fingerprint


def read(today: datetime.date) -> State:
    return of(READ, today)


def lately(today: datetime.date) -> State:
    """As it was a second ago at most, so that many who ask at once cost one question."""
    found: Any = caches["here"].get_or_set(f"state-{today}", lambda: read(today), REMEMBERED_SECONDS)
    return found
