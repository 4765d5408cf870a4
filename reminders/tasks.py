"""What beat wakes us for. The truth is in the database: lost, late or doubled, a wake-up cannot matter."""

from celery import shared_task

from reminders import due, outbox


@shared_task
def scan() -> None:
    due.scan()


@shared_task
def send() -> None:
    outbox.send()
