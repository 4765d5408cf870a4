"""How the mails of a rule would read, with the next thing that it speaks of."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace

from django.conf import settings

from contacts.models import Office, User
from reminders import digest
from reminders.addressees import Addressee
from reminders.digest import Content
from reminders.entries import Told
from reminders.models import Reminder, Stage
from reminders.outlook import Coming, Foreseen, Preview, foresee, told
from reminders.rulebook import Rulebook

MORNING = datetime.time(7)
# Where nothing comes within the preview, as between two jubilees.
FURTHER = 120


@dataclass(frozen=True, slots=True)
class Specimen:
    """One stage of the rule, and the mail that it would make alone."""

    stage: Stage
    foreseen: Foreseen
    recipient: User

    def in_language(self, language: str) -> Content:
        """The mail of that morning, as digest.py writes it."""
        recipient = copy(self.recipient)
        recipient.language = language
        on = self.foreseen.on
        addressee = self.foreseen.addressee or Addressee(recipient)
        now = datetime.datetime.combine(on, MORNING, tzinfo=Office.current().zone)
        return digest.compose([Told(self.foreseen.standing, addressee)], recipient, today=on, now=now)

    def in_all_languages(self) -> dict[str, Content]:
        return {language: self.in_language(language) for language, _name in settings.LANGUAGES}


def specimens(preview: Preview, *, reader: User) -> Iterator[Specimen]:
    """One of each stage in use, the earliest first; none where nothing comes within ten years.

    The reader gets what there is nobody for.
    """
    stages = [stage for stage in preview.stages if stage.is_active]
    coming = preview.coming or _further(preview)
    if not coming or not preview.rule.is_active:
        return
    next_of = {each.stage.pk: each for each in reversed(coming)}
    wanted = [coming[0], *next_of.values()]
    first, *others = told(wanted, today=preview.today)
    foreseen = dict(zip(next_of, others, strict=True))
    for stage in sorted(stages, key=lambda stage: -stage.days):
        found = foreseen.get(stage.pk) or _moved(first, stage)
        yield Specimen(stage, found, found.addressee.user if found.addressee else reader)


def _further(preview: Preview) -> list[Coming]:
    book = Rulebook(preview.rule, preview.stages).about(preview.rule.subject)
    found = foresee(book, today=preview.today, months=FURTHER)
    return [each for each in found if each.stage.rule_id == preview.rule.pk]


def _moved(foreseen: Foreseen, stage: Stage) -> Foreseen:
    """The same thing, of which another stage speaks on another day."""
    standing = foreseen.standing
    reminder: Reminder = copy(standing.reminder)
    reminder.stage, reminder.addressee = stage, stage.addressee
    on = stage.due_on(standing.happening.counts_from)
    return replace(foreseen, on=on, standing=replace(standing, reminder=reminder))
