from typing import Any

from django.core.management.base import BaseCommand

from reminders import outbox
from reminders.models import Reminder


class Command(BaseCommand):
    help = (
        "Let reminders out again that wait for a person: after more than 35 days without a scan, or "
        "because this is a copy of a database that stood elsewhere."
    )

    def handle(self, **options: Any) -> None:
        if not outbox.resume():
            self.stdout.write("Sending was not waiting.")
            return
        waiting = Reminder.objects.waiting().count()
        self.stdout.write(f"Sending goes on. Reminders waiting for their mail: {waiting}.")
