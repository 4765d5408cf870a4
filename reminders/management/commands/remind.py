from __future__ import annotations

import datetime
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.models import Office
from reminders import due, outbox, planning, watchdog
from reminders.models import Clock, Reminder
from reminders.verdicts import Standing, judge


class Command(BaseCommand):
    help = "Scan for what is due and send the mails, once. The same as the clock does on its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--on",
            metavar="DATE",
            help="as on that day, as if the last scan had been the day before and no row were new or "
            "changed; the scan's own watermark stays where it is",
        )
        parser.add_argument("--dry-run", action="store_true", help="only print what would go to whom and why")

    def handle(self, *, on: str | None = None, dry_run: bool = False, **options: Any) -> None:
        day = self._day(on) if on else None
        if dry_run:
            self._print(day)
            return
        new = due.plan(due.on_day(day)) if day else due.scan()
        sent = outbox.send(today=day)
        self.stdout.write(f"New reminders: {new}. Mails sent: {sent}.")
        if day is None:
            watchdog.ran_well()
        if Clock.current().is_paused:
            self.stdout.write("Sending waits: see what would go out, then `manage.py resume-sending`.")

    def _day(self, text: str) -> datetime.date:
        try:
            return datetime.date.fromisoformat(text)
        except ValueError as error:
            raise CommandError(f"“{text}” is no date; write it like 2024-10-18.") from error

    def _print(self, day: datetime.date | None) -> None:
        today = day or due.office_today()
        found = due.on_day(today) if day else due.since(Clock.current(), today=today)
        reminders = [each.reminder() for each in found if not each.is_missed]
        known = dict(Reminder.objects.filter(key__in=[r.key for r in reminders]).values_list("key", "state"))
        found_for = planning.addressed(judge(reminders, today=today).standing, today=today)
        for recipient, each in found_for.by_recipient.items():
            self.stdout.write(f"{recipient} <{recipient.email}>")
            for one in each:
                self._print_one(one.standing, known, today=today)
        if found_for.nobody:
            self.stdout.write("Nobody is there to get")
            for standing in found_for.nobody:
                self._print_one(standing, known, today=today)
        self.stdout.write(f"Reminders on {today}: {len(reminders)}. Nothing was written or sent.")

    def _print_one(self, standing: Standing, known: dict[str, str], *, today: datetime.date) -> None:
        reminder, happening = standing.reminder, standing.happening
        years = f"{happening.years} years, " if happening.years else ""
        state = f" [{known[reminder.key]} already]" if reminder.key in known else ""
        why = (
            f"due {reminder.due_on}, because of “{reminder.stage}”, to {reminder.named or reminder.addressee}"
        )
        day = standing.not_before(today=today, working_day=Office.current().next_working_day(today))
        waits = f", mailed from {day}" if day > today else ""
        self.stdout.write(f"  {happening.subject}: {years}{happening.occurs_on}; {why}{waits}{state}")
