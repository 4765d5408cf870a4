"""When to remind: rows that staff edit."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from contacts.fields import LanguageTextField
from contacts.models import User
from contacts.records import KeepingManyToManyField, Record, RecordQuerySet
from relations.anniversaries import Milestone as Years
from relations.anniversaries import milestone
from reminders import placeholders
from reminders.shipped import SHIPPED


class RuleQuerySet(RecordQuerySet["Rule"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def with_sent(self, since: datetime.datetime) -> Self:
        """Annotate `sent`: how many reminders of it have gone out since then."""
        went_out = models.Q(stages__reminders__state="mailed", stages__reminders__mail__sent_at__gte=since)
        return self.annotate(sent=models.Count("stages__reminders", filter=went_out))

    def get_by_natural_key(self, subject: str, milestone: str = "") -> Rule:
        return self.get(subject=subject, milestone=milestone)


class Rule(Record):
    search_paths: ClassVar[tuple[str, ...]] = ()

    class Subject(models.TextChoices):
        ANNIVERSARY = "anniversary", _("anniversaries")
        AGREEMENT_EXPIRY = "agreement_expiry", _("ends of agreements")
        FOLLOW_UP = "follow_up", _("follow-ups")
        DELEGATION = "delegation", _("departures")
        REPORT = "report", _("missing reports")
        QUIET_TIE = "quiet_tie", _("quiet ties")
        CITY_DATE = "city_date", _("greetings on days of partner cities")
        PARTNER_CITIES_DAY = "partner_cities_day", _("day of partner cities")

    class Milestone(models.TextChoices):
        EVERY = "every", _("every year")
        ROUND = "round", _("round years")
        JUBILEE = "jubilee", _("jubilees")

    # Of the rules for anniversaries that match, the first one here wins.
    RAREST_FIRST: ClassVar[dict[Years, tuple[str, ...]]] = {
        Years.JUBILEE: (Milestone.JUBILEE, Milestone.ROUND, Milestone.EVERY),
        Years.ROUND: (Milestone.ROUND, Milestone.EVERY),
        Years.NONE: (Milestone.EVERY,),
    }
    ANNIVERSARIES: ClassVar[dict[str, Any]] = {
        Milestone.EVERY: _("Anniversaries of every year"),
        Milestone.ROUND: _("Round anniversaries"),
        Milestone.JUBILEE: _("Jubilees"),
    }
    # What stays open until somebody does it, so that asking again makes sense.
    RECALLED: ClassVar[tuple[str, ...]] = (Subject.FOLLOW_UP, Subject.REPORT)

    subject = models.CharField(_("about"), max_length=20, choices=Subject)
    milestone = models.CharField(
        _("years"),
        max_length=10,
        choices=Milestone,
        blank=True,
        help_text=_("For anniversaries only. Of the rules that match, the rarest counts."),
    )
    title = models.CharField(
        _("title"), max_length=200, blank=True, help_text=_("Empty: named after what it is about.")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    objects: ClassVar = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ("subject", "milestone", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "milestone"],
                condition=models.Q(is_active=True),
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("There is a rule for this already. Change its stages."),
                violation_error_code="subject:unique",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_milestone_of_anniversaries",
                condition=models.Q(subject="anniversary") & ~models.Q(milestone="")
                | ~models.Q(subject="anniversary") & models.Q(milestone=""),
                violation_error_message=_("Anniversaries, and only they, count years: say which ones."),
                violation_error_code="milestone:anniversaries",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.name

    @property
    def name(self) -> str:
        """What it speaks of: "Round anniversaries"."""
        return str(self.ANNIVERSARIES.get(self.milestone) or capfirst(self.get_subject_display()))

    def natural_key(self) -> tuple[str, str]:
        return (self.subject, self.milestone)

    def clean(self) -> None:
        """Its stages were checked for what it speaks of: how often they repeat, what they may name."""
        super().clean()
        if self.pk and self.stages.exclude(rule__subject=self.subject).exists():
            message = _("Its stages speak of what it was made for. Make another rule for this.")
            raise ValidationError({"subject": ValidationError(message, code="has_stages")})

    @classmethod
    def milestones_of(cls, years: int) -> tuple[str, ...]:
        """The kinds of rule that match so many years, the rarest first."""
        return cls.RAREST_FIRST[milestone(years)]

    # --- as it came with the house ---

    @property
    def is_shipped(self) -> bool:
        return self.natural_key() in SHIPPED

    def as_shipped(self) -> tuple[Rule, list[Stage]]:
        """Itself and all its stages as they came with the house, not saved; what is beside them is off."""
        rule = copy(self)
        rule.title, rule.is_active = "", True
        present = {(stage.days, stage.addressee): stage for stage in self.stages.all()}
        stages = []
        for days, repeat_days, addressee in SHIPPED[self.natural_key()]:
            stage = present.pop((days, addressee), None) or Stage(rule=rule, days=days, addressee=addressee)
            stage.repeat_days, stage.subject, stage.text, stage.is_active = repeat_days, {}, {}, True
            stage.chosen = Named()
            stages.append(stage)
        for stage in present.values():
            stage.is_active = False
        return rule, [*stages, *present.values()]

    @transaction.atomic
    def reset(self) -> None:
        """Make it again what it was when the house was new. A stage of the office's own goes, or is off."""
        rule, stages = self.as_shipped()
        stored = {stage.pk: stage for stage in self.stages.all()}
        rule.full_clean()
        rule.save()
        for stage in stages:
            if not stage.is_active:
                stored[stage.pk].delete()
                continue
            before = stored.get(stage.pk)
            if before is None or any(getattr(stage, name) != getattr(before, name) for name in Stage.EDITED):
                stage.full_clean()
                stage.save()
            for names in (stage.users, stage.roles):
                names.set(())


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a stage names: people one by one, and everybody in some roles."""

    users: tuple[User, ...] = ()
    roles: tuple[Group, ...] = ()


class To(NamedTuple):
    """Whom a reminder is meant for: whoever has that part today, or one of those who are named.

    Named, and nobody: all whom the stage names have left, so that it is for the head to get.
    """

    addressee: str
    user: int | None = None


class StageQuerySet(RecordQuerySet["Stage"]):
    def active(self) -> Self:
        return self.filter(is_active=True, rule__is_active=True)


class Stage(Record):
    """A rule speaks up once or several times before or after the day."""

    class Addressee(models.TextChoices):
        RESPONSIBLE = "responsible", _("whoever is responsible")
        HEAD = "head", _("head of office")
        NAMED = "named", _("only those named here")

    EDITED: ClassVar[tuple[str, ...]] = ("days", "repeat_days", "addressee", "subject", "text", "is_active")

    part_of: ClassVar[tuple[str, ...]] = ("rule",)
    label_relations: ClassVar[tuple[str, ...]] = ("rule",)
    search_paths: ClassVar[tuple[str, ...]] = ()

    rule = models.ForeignKey(Rule, verbose_name=_("rule"), on_delete=models.CASCADE, related_name="stages")
    days = models.SmallIntegerField(
        _("days before"), help_text=_("30 for thirty days before, 0 for the day itself, -7 for a week after.")
    )
    repeat_days = models.PositiveSmallIntegerField(
        _("again every … days"),
        null=True,
        blank=True,
        help_text=_("Until it is done. For follow-ups and missing reports only."),
    )
    addressee = models.CharField(_("to"), max_length=20, choices=Addressee, default=Addressee.RESPONSIBLE)
    roles = KeepingManyToManyField(
        Group,
        verbose_name=_("and everybody in these roles"),
        blank=True,
        related_name="+",
        help_text=_("Whoever has the role on the day of the reminder."),
    )
    users = KeepingManyToManyField(
        User,
        verbose_name=_("and these colleagues"),
        blank=True,
        related_name="+",
        help_text=_("Whoever is named twice, or responsible too, still gets the reminder once."),
    )
    subject = LanguageTextField(
        _("own heading"),
        blank=True,
        help_text=_("Instead of ours. {name}, {date} and other placeholders are filled in."),
    )
    text = LanguageTextField(
        _("own text"),
        blank=True,
        help_text=_("Stands below. {name}, {date} and other placeholders are filled in."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    objects: ClassVar = StageQuerySet.as_manager()
    _history_m2m_fields = ("roles", "users")

    chosen: Named | None = None
    """Whom it names on a form that is only looked at; else what is stored holds."""

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ("rule", "-days", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "days", "addressee"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This rule has a stage on that day for them already."),
                violation_error_code="days:unique",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_repeats",
                condition=models.Q(repeat_days__isnull=True) | models.Q(repeat_days__gte=1, days__lte=0),
                violation_error_message=_("Only what is late is asked for again, and at most once a day."),
                violation_error_code="repeat_days:late",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_within_ten_years",
                condition=models.Q(days__range=(-3660, 3660)),
                violation_error_message=_("Stay within ten years."),
                violation_error_code="days:range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}, {self.display_days()}"

    @property
    def label_within(self) -> str:
        """On the page of its rule, where the rule goes without saying."""
        return self.display_days()

    def display_days(self) -> str:
        """When it speaks up, as a clerk says it: "30 days before", "on the day", "7 days after"."""
        if self.days == 0:
            return gettext("on the day")
        if self.days > 0:
            return ngettext("%(count)d day before", "%(count)d days before", self.days) % {"count": self.days}
        return ngettext("%(count)d day after", "%(count)d days after", -self.days) % {"count": -self.days}

    def clean(self) -> None:
        super().clean()
        subject = self.rule.subject if self.rule_id or self._has_new_rule() else None
        errors: dict[str, ValidationError] = {}
        if self.repeat_days and subject and subject not in Rule.RECALLED:
            message = _("Only follow-ups and missing reports are asked for again until they are done.")
            errors["repeat_days"] = ValidationError(message, code="subject")
        for field in ("subject", "text"):
            texts = getattr(self, field)
            try:
                # What is no text per language has been refused already.
                placeholders.check(texts if isinstance(texts, dict) else {}, subject)
            except ValidationError as error:
                errors[field] = error
        if errors:
            raise ValidationError(errors)

    def clean_many(self, chosen: Mapping[str, Iterable[Any]]) -> None:
        stored = self.named
        named = [*chosen.get("roles", stored.roles), *chosen.get("users", stored.users)]
        if self.addressee == self.Addressee.NAMED and not named:
            message = _("Name a role or a colleague, or choose who else is to get it.")
            raise ValidationError({"addressee": ValidationError(message, code="nobody")})

    @property
    def named(self) -> Named:
        if self.chosen is not None or self.pk is None:
            return self.chosen or Named()
        return Named(tuple(self.users.all()), tuple(self.roles.all()))

    def _has_new_rule(self) -> bool:
        """Whether it hangs on a rule that is being entered with it."""
        return "rule" in self._state.fields_cache

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """A stage that has spoken stays, switched off: reminders and the mails they went into name it."""
        if not self.has_spoken():
            return super().delete(*args, **kwargs)
        if self.is_active:
            self.is_active = False
            self.save(update_fields=["is_active"])
        return 0, {}

    def has_spoken(self) -> bool:
        return self.pk is not None and self.reminders.exists()

    def due_on(self, day: datetime.date) -> datetime.date:
        """When it speaks up, for the first time, of what happens on that day."""
        return day - datetime.timedelta(days=self.days)
