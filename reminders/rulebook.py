"""The rules that hold: those that are stored, or with one of them as somebody is about to store it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from copy import copy
from functools import cached_property

from reminders.addressees import named_by
from reminders.models import Rule, Stage, To


class Rulebook:
    """What scan and preview alike ask; it reads the rules when first asked, and once."""

    def __init__(self, edited: Rule | None = None, stages: Iterable[Stage] = ()) -> None:
        self.edited = edited and copy(edited)
        self.its_stages = [copy(stage) for stage in stages]
        if self.edited:
            # What is not stored yet is told apart by a number that no stored row has.
            self.edited.pk = self.edited.pk or -1
            for number, stage in enumerate(self.its_stages, start=1):
                stage.pk, stage.rule = stage.pk or -number, self.edited

    @cached_property
    def rules(self) -> list[Rule]:
        """Those in use."""
        stored = Rule.objects.active()
        if self.edited is None:
            return list(stored)
        return [*stored.exclude(pk=self.edited.pk), *([self.edited] if self.edited.is_active else [])]

    @cached_property
    def stages(self) -> list[Stage]:
        """Those in use, of the rules in use, the earliest of each rule first."""
        stored = Stage.objects.active().select_related("rule")
        if self.edited is None:
            return list(stored)
        mine = [stage for stage in self.its_stages if stage.is_active and self.edited.is_active]
        return [*stored.exclude(rule=self.edited.pk), *sorted(mine, key=lambda stage: -stage.days)]

    @cached_property
    def named(self) -> dict[int, list[int]]:
        """By stage those whom it names and who may get mail."""
        return named_by(self.stages)

    @classmethod
    def naming(cls, stages: Iterable[Stage]) -> Rulebook:
        """As stored, for whoever asks of these stages alone whom they name: a mail is about few of them."""
        book = cls()
        book.named = named_by(stages)
        return book

    def to(self, stage: Stage) -> list[To]:
        """Whom the stage speaks to, each once."""
        part = [] if stage.addressee == Stage.Addressee.NAMED else [To(stage.addressee)]
        named = [To(Stage.Addressee.NAMED, pk) for pk in self.named.get(stage.pk, ())]
        return [*part, *named] or [To(Stage.Addressee.NAMED)]

    def beside(self, to: To, stage: Stage) -> tuple[To, ...]:
        """With whom one of those named has it: while one of them is there, the head need not get it."""
        return tuple(self.to(stage)) if to.user else ()

    def milestones(self, subject: str) -> set[str]:
        """The years that a rule is in use for; it counts even if it says nothing."""
        return {rule.milestone for rule in self.rules if rule.subject == subject}

    def about(self, *subjects: str) -> Rulebook:
        """Only what speaks of these subjects: rules of others have no part in it."""
        book = copy(self)
        book.rules = [rule for rule in self.rules if rule.subject in subjects]
        book.stages = [stage for stage in self.stages if stage.rule.subject in subjects]
        return book

    def has_changed(self, since: datetime.datetime) -> bool:
        """Whether the next scan must look at every row once more."""
        if self.edited:
            return True
        return any(model.objects.filter(changed_at__gte=since).exists() for model in (Rule, Stage))
