"""The state of all that is stored, in one short question.

Each save, deletion and change of a relation leaves a version in the history, so the newest version of each
model tells whether anything was saved since. It tells so of private fields too: never show any of it.

Whoever erases what a version says must leave the version itself: without the newest one the state would be
that of before, and what was deleted would pass for what is still there.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection


@dataclass(frozen=True, slots=True)
class State:
    newest: dict[str, int]
    """The newest version of each model, by its label."""
    today: datetime.date
    under_way: str = ""
    """Where somebody is in the midst of saving: a text that is never the same again."""

    @property
    def is_settled(self) -> bool:
        """Whether whatever is saved from now on has a newer version than all those here."""
        return not self.under_way

    @property
    def fingerprint(self) -> str:
        facts = [self.newest, self.today.isoformat(), self.under_way]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def of_everything(today: datetime.date) -> State:
    """Of all models that have a history."""
    kept = [model for model in apps.get_models() if hasattr(model._meta, "simple_history_manager_attribute")]
    return of(kept, today)


def of(models: Collection[Any], today: datetime.date) -> State:
    with connection.cursor() as cursor:
        cursor.execute(_question(models))
        *newest, under_way = cursor.fetchone()
    labels = (model._meta.label for model in models)
    return State({label: found or 0 for label, found in zip(labels, newest, strict=True)}, today, under_way)


def _question(models: Collection[Any]) -> str:
    tables = [model.history.model._meta.db_table for model in models]
    newest = ", ".join(f'(SELECT MAX(history_id) FROM "{table}")' for table in tables)
    if connection.vendor != "postgresql":
        # One writer at a time: a version that comes later has the higher number.
        return f"SELECT {newest}, ''"
    # A version may be numbered before, and committed after, another one. Who writes one holds this lock on
    # its table until the transaction ends; it is taken before the number, and let go after the commit.
    names = ", ".join(f"'\"{table}\"'::regclass" for table in tables)
    return (
        f"SELECT {newest}, CASE WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'relation' "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
        f"AND relation IN ({names}) AND mode = 'RowExclusiveLock' "
        "AND pid IS DISTINCT FROM pg_backend_pid()) THEN clock_timestamp()::text ELSE '' END"
    )
