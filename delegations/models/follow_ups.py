from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import ClassVar, Self

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.counterparts import Counterpart, counterparts
from contacts.dates import PartialDate, PartialDateField
from contacts.models import City, Office, Organisation, Person, User
from contacts.names import FoldedField
from contacts.records import Record, RecordQuerySet
from delegations.models.delegations import Delegation
from delegations.models.jubilee_steps import JubileeStep
from delegations.models.programme import Outcome, ProgrammeItem
from delegations.offsets import Offset
from relations.models import Agreement, Interaction, Occasion, Partnership, Project


class FollowUpQuerySet(RecordQuerySet["FollowUp"]):
    def open(self) -> Self:
        return self.filter(state=FollowUp.State.OPEN)

    def overdue(self, today: datetime.date) -> Self:
        """Open, and the last day of the time they were due in has passed."""
        return self.open().filter(due_on__isnull=False).exclude(due_on__on_or_after=today)

    def due_by(self, day: datetime.date) -> Self:
        """Open, and due on that day or before: a month is due on its last day."""
        return self.overdue(day + datetime.timedelta(days=1))

    def of_plan(self, occasions: Iterable[Occasion]) -> Self:
        """The steps of the plans of these anniversaries, in their order."""
        return self.filter(occasion__in=occasions, step__isnull=False).order_by("occasion", "pk")

    def with_responsible(self) -> Self:
        """Annotate `answering`: who answers for each promise, None where nobody does.

        That is whoever is in charge of it; else of the visit, the project or the tie behind it, the nearest
        first; else whoever took the call, for they know best what was promised in it.
        """
        visits = ("delegation", "programme_item__delegation", "outcome__delegation")
        ties = ("agreement__partnership", "occasion__partnership", "interaction__partnership")
        behind = (*visits, "project", "partnership", *(f"{visit}__partnership" for visit in visits), *ties)
        responsible = (f"{each}__responsible" for each in (*behind, "interaction__project"))
        return self.annotate(
            answering=models.functions.Coalesce("assignee", *responsible, "interaction__by"),
        )

    def of_home(self, city: City) -> Self:
        """Promises within whatever is of one of our cities; its districts too."""
        cities = City.objects.within(city).order_by().values("pk")
        ties, visits, projects, agreements, contacts = (
            model.objects.of_home(city).order_by().values("pk")
            for model in (Partnership, Delegation, Project, Agreement, Interaction)
        )
        return self.filter(
            models.Q(city__in=cities)
            | models.Q(partnership__in=ties)
            | models.Q(occasion__partnership__in=ties)
            | models.Q(project__in=projects)
            | models.Q(agreement__in=agreements)
            | models.Q(interaction__in=contacts)
            | models.Q(delegation__in=visits)
            | models.Q(programme_item__delegation__in=visits)
            | models.Q(outcome__delegation__in=visits)
        )

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

    part_of: ClassVar[tuple[str, ...]] = ("delegation",)
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
    dropped_because = models.CharField(
        _("reason"),
        max_length=300,
        blank=True,
        help_text=_("Why it will not be kept."),
    )
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
    interaction = models.ForeignKey(
        Interaction,
        verbose_name=_("contact note"),
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
    # What a plan gave it (delegations/jubilee.py); the step may have been changed since, the plan has not.
    step = models.ForeignKey(
        JubileeStep,
        verbose_name=_("step of the jubilee plan"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    offset = models.CharField(
        _("distance from the celebration"),
        max_length=10,
        blank=True,
        editable=False,
        help_text=_("As a duration of ISO 8601: -P24M is 24 months before, P2W two weeks after."),
    )
    planned_on = PartialDateField(
        _("due by the plan"),
        editable=False,
        help_text=_("Moves with the celebration, and the due date with it, unless somebody set another one."),
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
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_reason_of_dropped",
                condition=models.Q(state="dropped") | models.Q(dropped_because=""),
                violation_error_message=_("Only what will not be kept has a reason for it. Take it away."),
                violation_error_code="dropped_because:state",
            ),
            models.UniqueConstraint(
                fields=["occasion", "step"],
                name="%(app_label)s_%(class)s_once_a_plan",
                violation_error_message=_("The plan of this anniversary has this step already."),
                violation_error_code="occasion:planned",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_step_of_a_plan",
                condition=models.Q(step__isnull=True, offset="", planned_on__isnull=True)
                | (models.Q(step__isnull=False, occasion__isnull=False) & ~models.Q(offset="")),
                violation_error_message=_("A step of a jubilee plan belongs to its anniversary."),
                violation_error_code="occasion:step",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def natural_key(self) -> tuple[str]:
        return (self.title,)

    @property
    def visit(self) -> Delegation | None:
        """The visit on which it was promised."""
        if self.delegation:
            return self.delegation
        part = self.programme_item or self.outcome
        return part.delegation if part else None

    @property
    def tie(self) -> Partnership | None:
        """The tie that it is about, its own or that of where it was promised."""
        behind = (self, self.visit, self.agreement, self.occasion, self.interaction)
        return next((each.partnership for each in behind if each and each.partnership), None)

    @property
    def is_theirs(self) -> bool:
        """Open, and the other side owes it, alone or with us."""
        return self.state == self.State.OPEN and self.owed_by != self.OwedBy.US

    def clean(self) -> None:
        super().clean()
        for name in ("programme_item", "outcome"):
            origin = getattr(self, name)
            if origin and self.delegation_id not in (None, origin.delegation_id):
                message = _("That belongs to another visit. Choose one of this visit.")
                raise ValidationError({name: ValidationError(message, code="foreign")})
        self._refuse_another_contact()

    def _refuse_another_contact(self) -> None:
        """A promise made in a call about one tie or project belongs to no other."""
        for name in ("partnership_id", "project_id"):
            mine, theirs = getattr(self, name), getattr(self.interaction, name, None)
            if mine and theirs and mine != theirs:
                message = _("That contact was about another tie or project. Choose one that fits.")
                raise ValidationError({"interaction": ValidationError(message, code="foreign")})

    def is_overdue(self, today: datetime.date) -> bool:
        return self.state == self.State.OPEN and self.due_on is not None and self.due_on.last_day < today

    def whom_to_write(self, *, today: datetime.date) -> Counterpart | None:
        """The counterpart as things stand today: perhaps somebody else holds that post by now."""
        if self.counterpart is None:
            return None
        return counterparts([self.counterpart], today=today)[self.counterpart.pk]

    @transaction.atomic
    def note_reminder(self, *, by: User) -> Interaction:
        """A member of staff has reminded the other side, from their own mailbox: a contact note says so."""
        today = Office.current().today()
        note = Interaction(
            on=today,
            kind=Interaction.Kind.MAIL,
            summary=gettext("Reminded in a friendly way of: %(title)s") % {"title": self.title},
            by=by,
            partnership=self.tie,
            project=self.project,
            city=self.city,
        )
        note.full_clean()
        note.save()
        whom = self.whom_to_write(today=today)
        if whom and whom.person:
            note.people.add(whom.person)
        if self.organisation:
            note.organisations.add(self.organisation)
        return note

    def complete(self, *, on: datetime.date) -> None:
        self._become(self.State.DONE, done_on=on)

    def drop(self, *, reason: str = "") -> None:
        """It will not be kept; that it was promised stays on record."""
        self._become(self.State.DROPPED, because=reason)

    def reopen(self) -> None:
        self._become(self.State.OPEN)

    def _become(self, state: State, *, done_on: datetime.date | None = None, because: str = "") -> None:
        self.state, self.done_on, self.dropped_because = state, done_on, because
        self.save(update_fields=["state", "done_on", "dropped_because"])

    def due_after(self, span: datetime.timedelta | relativedelta, *, today: datetime.date) -> PartialDate:
        """That much later than it is due; what is late, or has no date, counts from today."""
        due = max(self.due_on.last_day, today) if self.due_on else today
        return PartialDate.of(due + span)

    def postpone(self, *, to: PartialDate) -> None:
        self.due_on = to
        self.save(update_fields=["due_on"])

    # --- as a step of a plan ---

    @property
    def distance(self) -> Offset:
        """How far from the celebration, for a step of a plan."""
        return Offset.parse(self.offset)

    @property
    def follows_the_plan(self) -> bool:
        """Open, and still where the plan put it: a person who chose a day of its own took it out.

        The two dates are compared, so that it does not matter who set the other day, on which page.
        """
        return bool(self.step_id) and self.state == self.State.OPEN and self.due_on == self.planned_on

    def replan(self, day: PartialDate | None) -> None:
        """The plan puts it there."""
        self.due_on = self.planned_on = day
        self.save(update_fields=["due_on", "planned_on"])
