from typing import Any

from django.core.management.base import BaseCommand

from reminders import outbox
from reminders.models import Reminder


class Command(BaseCommand):
    help = "Let reminders out again that wait since the scan had stood still for more than 35 days."

    def handle(self, **options: Any) -> None:
        if not outbox.resume():
            self.stdout.write("Sending was not waiting.")
            return
        waiting = Reminder.objects.waiting().count()
        self.stdout.write(f"Sending goes on; {waiting} reminders are waiting for their mail.")
