"""What beat wakes us for. The truth is in the database: lost, late or doubled, a wake-up cannot matter."""

from celery import shared_task
from django.utils import timezone

from reminders import due, outbox, retention, watchdog
from reminders.models import Clock


@shared_task
def scan() -> None:
    if due.scan_every_hour() is not None:
        watchdog.ran_well()


@shared_task
def send() -> None:
    Clock.woken(at=timezone.now())
    outbox.send()
    watchdog.ran_well()


@shared_task
def forget() -> None:
    retention.forget_old_mails(today=due.office_today())
