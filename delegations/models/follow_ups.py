from __future__ import annotations

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDate, PartialDateField
from contacts.models import City, Organisation, Person
from contacts.names import FoldedField
from contacts.records import Record, RecordQuerySet
from delegations.models.delegations import Delegation
from delegations.models.programme import Outcome, ProgrammeItem
from relations.models import Agreement, Occasion, Partnership, Project


class FollowUpQuerySet(RecordQuerySet["FollowUp"]):
    def open(self) -> Self:
        return self.filter(state=FollowUp.State.OPEN)

    def overdue(self, today: datetime.date) -> Self:
        """Open, and the last day of the time they were due in has passed."""
        return self.open().filter(due_on__isnull=False).exclude(due_on__on_or_after=today)

    def due_by(self, day: datetime.date) -> Self:
        """Open, and due on that day or before: a month is due on its last day."""
        return self.overdue(day + datetime.timedelta(days=1))

    def get_by_natural_key(self, title: str) -> FollowUp:
        return self.get(title=title)


class FollowUp(Record):
    """A promise: by whom, due when, and where it was made."""

    class OwedBy(models.TextChoices):
        US = "us", _("us")
        THEM = "them", _("them")
        BOTH = "both", _("both")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    class Priority(models.IntegerChoices):
        LOW = 1, _("low")
        NORMAL = 2, _("normal")
        HIGH = 3, _("high")

    title = models.CharField(_("what"), max_length=300)
    text = models.TextField(_("details"), blank=True)
    owed_by = models.CharField(_("owed by"), max_length=10, choices=OwedBy, default=OwedBy.US)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("in charge"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
        help_text=_("Gets the reminders. Empty: whoever is responsible for the visit, project or tie."),
    )
    counterpart = models.ForeignKey(
        Person,
        verbose_name=_("counterpart"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    due_on = PartialDateField(_("due"), help_text=_("A month is due on its last day."))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    delegation = models.ForeignKey(
        Delegation,
        verbose_name=_("delegation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    programme_item = models.ForeignKey(
        ProgrammeItem,
        verbose_name=_("programme item"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    outcome = models.ForeignKey(
        Outcome,
        verbose_name=_("outcome"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    agreement = models.ForeignKey(
        Agreement,
        verbose_name=_("agreement"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    partnership = models.ForeignKey(
        Partnership,
        verbose_name=_("partnership"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    city = models.ForeignKey(
        City,
        verbose_name=_("city"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    occasion = models.ForeignKey(
        Occasion,
        verbose_name=_("celebrated anniversary"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    search = FoldedField("title", "text")

    objects: ClassVar = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = (models.F("due_on").asc(nulls_last=True), "-priority", "pk")
        indexes: ClassVar = [models.Index(fields=["state", "due_on"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_done_has_day",
                condition=models.Q(state="done", done_on__isnull=False)
                | (~models.Q(state="done") & models.Q(done_on__isnull=True)),
                violation_error_message=_("A done follow-up has the day it was done, an open one has none."),
                violation_error_code="done_on:state",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def natural_key(self) -> tuple[str]:
        return (self.title,)

    def clean(self) -> None:
        super().clean()
        for name in ("programme_item", "outcome"):
            origin = getattr(self, name)
            if origin and self.delegation_id not in (None, origin.delegation_id):
                message = _("That belongs to another visit. Choose one of this visit.")
                raise ValidationError({name: ValidationError(message, code="foreign")})

    def is_overdue(self, today: datetime.date) -> bool:
        return self.state == self.State.OPEN and self.due_on is not None and self.due_on.last_day < today

    def complete(self, *, on: datetime.date) -> None:
        self.state, self.done_on = self.State.DONE, on
        self.save(update_fields=["state", "done_on"])

    def drop(self) -> None:
        """It will not be kept; that it was promised stays on record."""
        self.state, self.done_on = self.State.DROPPED, None
        self.save(update_fields=["state", "done_on"])

    def reopen(self) -> None:
        self.state, self.done_on = self.State.OPEN, None
        self.save(update_fields=["state", "done_on"])

    def postpone(self, *, to: PartialDate) -> None:
        self.due_on = to
        self.save(update_fields=["due_on"])
