"""When to remind: rows that staff edit."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from contacts.fields import LanguageTextField
from contacts.records import Record, RecordQuerySet
from relations.anniversaries import Milestone as Years
from relations.anniversaries import milestone


class RuleQuerySet(RecordQuerySet["Rule"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

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
        CITY_DATE = "city_date", _("days of partner cities")

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
        if self.title:
            return self.title
        about = self.get_subject_display()
        return f"{about}: {self.get_milestone_display()}" if self.milestone else str(about)

    def natural_key(self) -> tuple[str, str]:
        return (self.subject, self.milestone)

    @classmethod
    def milestones_of(cls, years: int) -> tuple[str, ...]:
        """The kinds of rule that match so many years, the rarest first."""
        return cls.RAREST_FIRST[milestone(years)]


class StageQuerySet(RecordQuerySet["Stage"]):
    def active(self) -> Self:
        return self.filter(is_active=True, rule__is_active=True)


class Stage(Record):
    """A rule speaks up once or several times before or after the day."""

    class Addressee(models.TextChoices):
        RESPONSIBLE = "responsible", _("whoever is responsible")
        HEAD = "head", _("head of office")

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
    subject = LanguageTextField(
        _("own heading"),
        blank=True,
        help_text=_("Instead of ours. {name}, {date}, {days} and {years} are filled in."),
    )
    text = LanguageTextField(
        _("own text"),
        blank=True,
        help_text=_("Stands below. {name}, {date}, {days} and {years} are filled in."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    objects: ClassVar = StageQuerySet.as_manager()

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

    def display_days(self) -> str:
        """When it speaks up, as a clerk says it: "30 days before", "on the day", "7 days after"."""
        if self.days == 0:
            return gettext("on the day")
        if self.days > 0:
            return ngettext("%(count)d day before", "%(count)d days before", self.days) % {"count": self.days}
        return ngettext("%(count)d day after", "%(count)d days after", -self.days) % {"count": -self.days}

    def clean(self) -> None:
        super().clean()
        if self.repeat_days and self.rule_id and self.rule.subject not in Rule.RECALLED:
            message = _("Only follow-ups and missing reports are asked for again until they are done.")
            raise ValidationError({"repeat_days": ValidationError(message, code="subject")})

    def due_on(self, day: datetime.date) -> datetime.date:
        """When it speaks up, for the first time, of what happens on that day."""
        return day - datetime.timedelta(days=self.days)
