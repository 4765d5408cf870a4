"""Hours that nobody waits for: all instants of the sender's tables move back, which is the clock moving on.

The processes go by the real clock, and so does the database; to them everything they wrote was simply longer
ago. Leases stay as they are, for no try under way takes hours.
"""

from __future__ import annotations

import datetime
import time

from django.db import models

from reminders.models import Attempt, Clock, Mail, Reminder


class Later:
    """A clock that can be moved on; a mail server may go by it too."""

    def __init__(self) -> None:
        self.moved = datetime.timedelta()
        self._moves: list[tuple[float, float]] = []

    def now(self) -> float:
        return time.time() + self.moved.total_seconds()

    def at(self, moment: float) -> float:
        """What it showed at that real moment."""
        return moment + sum(seconds for moved_at, seconds in self._moves if moved_at <= moment)

    def move(self, **by: float) -> None:
        wait = datetime.timedelta(**by)
        # First: whoever finds that its turn has come is seen at the later hour.
        self.moved += wait
        self._moves.append((time.time(), wait.total_seconds()))
        for model in (Mail, Attempt, Clock, Reminder):
            instants = [
                field.name
                for field in model._meta.fields
                if isinstance(field, models.DateTimeField) and field.name != "lease_until"
            ]
            model._base_manager.update(**{name: models.F(name) - wait for name in instants})
