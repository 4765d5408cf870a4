"""The real cases in the database, for as long as a test module needs them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import transaction


@contextmanager
def loaded() -> Iterator[None]:
    """All the cases, loaded through the command and taken back in the end."""
    with transaction.atomic():
        call_command("load_cases", stdout=io.StringIO())
        yield
        transaction.set_rollback(True)
