from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from contacts.models import Office
from reminders import due, guard
from reminders.models import Clock, Mail, Reminder
from reminders.planning import addressed
from reminders.verdicts import judge


class Command(BaseCommand):
    help = (
        "Let reminders out again that wait for a person: after more than 35 days without a scan, or because "
        "this is a copy of the data, or a backup of them. Says first what would go out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, yes: bool = False, **options: Any) -> None:
        now = timezone.now()
        clock = Clock.current()
        if not guard.is_waiting(clock, now=now):
            self.stdout.write("Sending was not waiting.")
            return
        self.stdout.write(f"{self._why(clock)}\n{self._what()}")
        self.stdout.write(f"From then on this installation sends, as {settings.SITE_URL}, and no copy of it.")
        if not yes and not self._agreed():
            self.stdout.write("Nothing was changed; sending still waits.")
            return
        try:
            guard.resume(now=now)
        except OSError as problem:
            raise CommandError(f"{settings.INSTANCE_FILE} cannot be kept: {problem.strerror}.") from problem
        self.stdout.write(f"Sending goes on. Reminders waiting for their mail: {_waiting().count()}.")

    def _why(self, clock: Clock) -> str:
        zone = Office.current().zone
        if not clock.is_paused:
            scanned_at = timezone.localtime(clock.scanned_at, zone)
            return f"The last scan is on record for {scanned_at:%Y-%m-%d %H:%M}, which is still to come."
        since = (
            f" since {timezone.localtime(clock.paused_at, zone):%Y-%m-%d %H:%M}" if clock.paused_at else ""
        )
        if not clock.paused_because:
            return f"Sending waits{since}."
        with translation.override(None):  # what commands say is English
            return f"Sending waits{since}: {clock.get_paused_because_display()}."

    def _what(self) -> str:
        today = due.office_today()
        reminders = _waiting().select_related("stage__rule")
        told = addressed(judge(reminders, today=today).standing, today=today).by_recipient
        mails = Mail.objects.waiting()
        days = [mail.day for mail in mails.only("day")]
        days += [each.standing.reminder.due_on for about in told.values() for each in about]
        if not days:
            return "Nothing would go out now."
        return f"Mails that would go out: {mails.count() + len(told)}, with what was due since {min(days)}."

    def _agreed(self) -> bool:
        self.stdout.write("Let them out? Type yes: ", ending="")
        self.stdout.flush()
        try:
            return input().strip().lower() in ("yes", "y", "ja", "j")
        except EOFError:
            return False


def _waiting() -> Any:
    return Reminder.objects.waiting()
