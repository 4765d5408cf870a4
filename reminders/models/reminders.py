"""What is due, once for each rule, subject, occurrence, stage and role."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDateField
from contacts.models import City, CityDate, Office, User
from contacts.records import RecordQuerySet, batches
from delegations.models import Delegation, FollowUp
from relations.models import Agreement, Partnership
from reminders.models.mails import Mail
from reminders.models.rules import Stage, To


def keep_what_was_mailed(collector: Any, field: Any, reminders: Any, using: str) -> None:
    """What a mail speaks of stays; a reminder that nobody has read goes with its subject."""
    mailed = [reminder for reminder in reminders if reminder.mail_id]
    if mailed:
        message = f"Cannot delete what was mailed: {field.name} of {len(mailed)} reminders."
        raise models.ProtectedError(message, set(mailed))
    models.CASCADE(collector, field, reminders, using)


class ReminderQuerySet(RecordQuerySet[Any]):
    def waiting(self) -> Self:
        """Due, and in no mail yet."""
        return self.filter(state=Reminder.State.DUE, mail__isnull=True)

    def kin_of(self, reminders: Collection[Reminder]) -> Iterator[Any]:
        """What was told or still may be of the same thing as one of these, in any stage; these among them."""
        # A preview has stages that nobody has saved.
        stages = {each.stage_id: each.stage for each in reminders}
        found = self.filter(state__in=[Reminder.State.DUE, Reminder.State.MAILED])
        found = found.exclude(state=Reminder.State.DUE, mail__state=Mail.State.FAILED)
        for some in batches(reminders):
            about = models.Q(pk__in=())
            for name in SUBJECT_FIELDS:
                about |= models.Q(
                    **{f"{name}__in": {pk for each in some if (pk := getattr(each, f"{name}_id"))}}
                )
            rows = found.filter(
                about,
                stage__rule__in={each.stage.rule_id for each in some},
                occurrence__in={each.occurrence for each in some},
            )
            for each in rows.select_related("stage__rule"):
                each.stage = stages.get(each.stage_id, each.stage)
                yield each


def only(name: str) -> models.Q:
    return models.Q(**{f"{field}__isnull": field != name for field in SUBJECT_FIELDS})


SUBJECT_FIELDS = ("partnership", "agreement", "follow_up", "delegation", "city", "office")


class Reminder(models.Model):
    """A stage that has come for one subject. Who gets it is decided when its mail is composed."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        MAILED = "mailed", _("mailed")
        CANCELLED = "cancelled", _("settled before it was mailed")
        MISSED = "missed", _("missed")

    label_relations: ClassVar[tuple[str, ...]] = (
        "stage__rule",
        "partnership__home",
        "partnership__partner",
        "agreement",
        "follow_up",
        "delegation",
        "city__parent",
        "office",
    )
    search_paths: ClassVar[tuple[str, ...]] = (
        "partnership__home__search",
        "partnership__partner__search",
        "agreement__search",
        "follow_up__search",
        "delegation__search",
        "city__search",
    )

    stage = models.ForeignKey(
        Stage, verbose_name=_("stage"), on_delete=models.PROTECT, related_name="reminders"
    )
    partnership = models.ForeignKey(
        Partnership,
        verbose_name=_("partnership"),
        null=True,
        blank=True,
        on_delete=keep_what_was_mailed,
        related_name="reminders",
    )
    agreement = models.ForeignKey(
        Agreement,
        verbose_name=_("agreement"),
        null=True,
        blank=True,
        on_delete=keep_what_was_mailed,
        related_name="reminders",
    )
    follow_up = models.ForeignKey(
        FollowUp,
        verbose_name=_("follow-up"),
        null=True,
        blank=True,
        on_delete=keep_what_was_mailed,
        related_name="reminders",
    )
    delegation = models.ForeignKey(
        Delegation,
        verbose_name=_("delegation"),
        null=True,
        blank=True,
        on_delete=keep_what_was_mailed,
        related_name="reminders",
    )
    city = models.ForeignKey(
        City,
        verbose_name=_("city"),
        null=True,
        blank=True,
        on_delete=keep_what_was_mailed,
        related_name="reminders",
    )
    city_date = models.ForeignKey(
        CityDate,
        verbose_name=_("day of the city"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reminders",
        help_text=_("Which one of the city's days."),
    )
    office = models.ForeignKey(
        Office,
        verbose_name=_("office"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reminders",
        help_text=_("Where it concerns the office as a whole and none of its ties."),
    )
    occurrence = models.CharField(
        _("occurrence"), max_length=10, help_text=_("The year of an anniversary, else the date.")
    )
    occurs_on = PartialDateField(_("happens"))
    addressee = models.CharField(_("to"), max_length=20, choices=Stage.Addressee)
    named = models.ForeignKey(
        User,
        verbose_name=_("named"),
        null=True,
        blank=True,
        on_delete=keep_what_was_mailed,
        related_name="+",
        help_text=_("Who gets it because the stage names them or a role of theirs."),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DUE)
    due_on = models.DateField(_("due"))
    key = models.CharField(_("key"), max_length=200, unique=True)
    mail = models.ForeignKey(
        Mail,
        verbose_name=_("mail"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reminders",
    )
    mailed_on = models.DateField(
        _("mailed on"),
        null=True,
        blank=True,
        help_text=_("Of a mail that is no longer kept."),
    )
    done_link_used_at = models.DateTimeField(
        _("marked done from its mail"),
        null=True,
        blank=True,
        help_text=_("The link in a mail that marks a follow-up done works once."),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    objects: ClassVar = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ("-due_on", "-pk")
        indexes: ClassVar = [
            # The sender asks every minute for what is in no mail yet: few rows among many.
            models.Index(
                name="%(app_label)s_%(class)s_waiting",
                fields=["due_on"],
                condition=models.Q(state="due", mail__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_one_subject",
                condition=only("partnership")
                | only("agreement")
                | only("follow_up")
                | only("delegation")
                | only("city")
                | only("office"),
                violation_error_message=_("A reminder is about one thing."),
                violation_error_code="one_subject",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_mailed_by_mail",
                condition=~models.Q(state="mailed")
                | models.Q(mail__isnull=False)
                | models.Q(mailed_on__isnull=False),
                violation_error_message=_(
                    "What was mailed names its mail, or the day of one kept no longer."
                ),
                violation_error_code="mail:required",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_named_by_stage",
                condition=models.Q(addressee="named") | models.Q(named__isnull=True),
                violation_error_message=_("Only what goes to those named names somebody."),
                violation_error_code="named:addressee",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.occurrence}): {self.stage.display_days()}"

    def get_absolute_url(self) -> str:
        return reverse("admin:reminders_reminder_change", args=[self.pk])

    @property
    def to(self) -> To:
        return To(self.addressee, self.named_id)

    @property
    def matter(self) -> tuple[Any, ...]:
        """What is said in it, whoever it is said to. Its day counts as in the key: if it is repeated."""
        day = self.due_on if self.stage.repeat_days else None
        return (self.stage_id, *self.ladder, day)

    @property
    def ladder(self) -> tuple[Any, ...]:
        """What all stages share that count down to the same: somebody gets only the latest of these."""
        subjects = (getattr(self, f"{name}_id") for name in (*SUBJECT_FIELDS, "city_date"))
        return (self.stage.rule_id, *subjects, self.occurrence)

    @property
    def subject(self) -> Any:
        """What it is about."""
        return next(row for name in SUBJECT_FIELDS if (row := getattr(self, name)) is not None)
