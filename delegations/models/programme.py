"""What happens on a visit, and what came of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import Exact
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDate, PartialDateField
from contacts.models import Organisation
from contacts.names import FoldedField
from contacts.records import (
    KeepingManyToManyField,
    PublishableQuerySet,
    PublishableRecord,
    Record,
    RecordQuerySet,
    there_is,
)
from delegations.models.days import check_within, moved, next_order
from delegations.models.delegations import Delegation
from delegations.models.participants import Participant
from delegations.models.stops import Stop
from relations.models import Agreement, CouncilDecision, Project


class ProgrammeItemQuerySet(PublishableQuerySet["ProgrammeItem"]):
    def with_first_meeting(self) -> Self:
        """Annotate `first_meeting`: whether a host and a guest meet here for the first time on our record.

        NULL where nobody is named on one of the sides, where the day is not known, or where the two may have
        met before on a day that is not known well enough. On one visit the order of the programme decides.
        """
        hosts, guests = ProgrammeItem.hosts.through, ProgrammeItem.attendees.through
        day = Coalesce("on", "stop__arrives_on", "delegation__starts_on", output_field=PartialDateField())

        def named(through: type[models.Model], levels: int) -> models.QuerySet:
            item = models.OuterRef("pk")
            for _level in range(levels):
                item = models.OuterRef(item)
            people = through._default_manager.filter(programmeitem=item, participant__person__isnull=False)
            return people.values("participant__person")

        def between(ours: type[models.Model], theirs: type[models.Model]) -> models.Q:
            # Found first, by their people: within an "or" of both ways round no index would be used.
            people = {"hosts__person__in": named(ours, 2), "attendees__person__in": named(theirs, 2)}
            return models.Q(pk__among=ProgrammeItem._base_manager.filter(**people).values("pk"))

        met = (
            ProgrammeItem.objects.exclude(state=ProgrammeItem.State.CANCELLED)
            .exclude(pk=models.OuterRef("pk"))
            .annotate(day=day)
            .filter(between(hosts, guests) | between(guests, hosts))
        )
        this = {name: models.OuterRef(name) for name in ("day", "delegation", "order", "pk")}
        not_later = models.Q(day__on_or_before=this["day"])
        not_earlier = models.Q(day__on_or_after=this["day"])
        here = models.Q(delegation=this["delegation"])
        sooner = models.Q(order__lt=this["order"]) | models.Q(order=this["order"], pk__lt=this["pk"])
        before = met.filter(not_later & (~not_earlier | (here & sooner)))
        perhaps = met.filter(models.Q(day__isnull=True) | (not_later & not_earlier & ~here))
        known = models.Q(there_is(named(hosts, 0)), there_is(named(guests, 0)), day__isnull=False)
        return self.annotate(day=day).annotate(
            first_meeting=models.Case(
                models.When(~known, then=None),
                models.When(models.Exists(before), then=False),
                models.When(models.Exists(perhaps), then=None),
                default=True,
                output_field=models.BooleanField(null=True),
            )
        )

    def get_by_natural_key(self, delegation: str, title: str) -> ProgrammeItem:
        return self.get(delegation__title=delegation, title=title)


class ProgrammeItem(PublishableRecord):
    class Kind(models.TextChoices):
        TALK = "talk", _("talk")
        COMPANY_VISIT = "company_visit", _("visit to a company")
        INSTITUTION_VISIT = "institution_visit", _("visit to an institution")
        SITE_VISIT = "site_visit", _("site visit")
        RECEPTION = "reception", _("reception")
        SEMINAR = "seminar", _("seminar")
        CONFERENCE = "conference", _("conference")
        EXHIBITION = "exhibition", _("exhibition")
        SIGNING = "signing", _("signing")
        GOLDEN_BOOK = "golden_book", _("entry in the Golden Book")
        CULTURE = "culture", _("culture")
        SPORT = "sport", _("sport")
        PRESS = "press", _("press")
        OWN_EVENT = "own_event", _("event of our own")
        FREE = "free", _("free time")
        TRANSFER = "transfer", _("transfer")

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        TOOK_PLACE = "took_place", _("took place")
        CANCELLED = "cancelled", _("cancelled")
        UNKNOWN = "unknown", _("not known")

    part_of: ClassVar[tuple[str, ...]] = ("delegation",)
    label_relations: ClassVar[tuple[str, ...]] = ("delegation",)
    restricted: ClassVar[dict[str, str]] = {
        "talking_points": "delegations.view_talking_points",
    }
    _history_m2m_fields = ("organisations", "hosts", "attendees")

    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="programme"
    )
    stop = models.ForeignKey(
        Stop,
        verbose_name=_("stop"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="programme",
    )
    order = models.PositiveSmallIntegerField(_("order"), blank=True, help_text=_("Empty: the last."))
    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.PLANNED)
    on = PartialDateField(_("day"))
    starts_at = models.TimeField(
        _("begins"), null=True, blank=True, help_text=_("Local time of the stop's city.")
    )
    ends_at = models.TimeField(_("until"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=300, blank=True)
    organisations = KeepingManyToManyField(
        Organisation,
        verbose_name=_("organisations visited"),
        blank=True,
        related_name="programme_items",
        help_text=_("Visited or met; may be completed later."),
    )
    organiser = models.ForeignKey(
        Organisation,
        verbose_name=_("organiser"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="programme_items_organised",
    )
    hosts = models.ManyToManyField(
        Participant,
        verbose_name=_("received by"),
        blank=True,
        related_name="items_hosted",
        help_text=_("Participants on the host's side."),
    )
    attendees = models.ManyToManyField(
        Participant, verbose_name=_("attended by"), blank=True, related_name="items_attended"
    )
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="programme_items",
    )
    agreement = models.ForeignKey(
        Agreement,
        verbose_name=_("agreement"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="programme_items",
    )
    is_highlight = models.BooleanField(_("highlight"), default=False)
    topic = models.CharField(_("topic"), max_length=300, blank=True)
    talking_points = models.TextField(_("talking points"), blank=True)
    note = models.TextField(_("note"), blank=True)
    search = FoldedField("title", "topic")

    objects: ClassVar = ProgrammeItemQuerySet.as_manager()

    class Meta(PublishableRecord.Meta):
        verbose_name = _("programme item")
        verbose_name_plural = _("programme")
        ordering = ("delegation", "order", "pk")
        permissions: ClassVar = [("view_talking_points", _("Can see talking points"))]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_time_needs_day",
                condition=models.Q(starts_at__isnull=True)
                | models.Q(models.Q(on__isnull=False), Exact(Length("on"), 10)),
                violation_error_message=_("A time needs a day. Say on which day the item begins."),
                violation_error_code="on:required",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_end_needs_start",
                condition=models.Q(ends_at__isnull=True) | models.Q(starts_at__isnull=False),
                violation_error_message=_("An end needs a beginning. Say when the item begins."),
                violation_error_code="starts_at:required",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def short_label(self) -> str:
        return self.title

    @property
    def is_first_meeting(self) -> bool | None:
        """Lists annotate it (`with_first_meeting`) so that it costs no query a row."""
        if not hasattr(self, "first_meeting"):
            annotated = ProgrammeItem.objects.with_first_meeting().filter(pk=self.pk)
            # mypy loses the annotation of a method that returns Self.
            return annotated.values_list("first_meeting", flat=True).first()  # type: ignore[misc]
        return self.first_meeting

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone of the stop's city; times of day are local to it and survive the change of clocks."""
        name = self.stop.city.timezone if self.stop else ""
        return ZoneInfo(name) if name else None

    def clean(self) -> None:
        super().clean()
        if not self.delegation_id:
            return
        if self.stop and self.stop.delegation_id != self.delegation_id:
            raise ValidationError(
                {
                    "stop": ValidationError(
                        _("That stop is of another visit. Choose one of this visit."), code="foreign"
                    )
                }
            )
        self.check_within(self.delegation.starts_on, self.delegation.ends_on)
        if self.stop:
            self.check_within(self.stop.arrives_on, self.stop.departs_on)

    def clean_many(self, chosen: Mapping[str, Iterable[Any]]) -> None:
        super().clean_many(chosen)
        for name in ("hosts", "attendees"):
            if any(guest.delegation_id != self.delegation_id for guest in chosen.get(name, ())):
                message = _("Somebody here takes part in another visit. Choose participants of this one.")
                raise ValidationError({name: ValidationError(message, code="foreign")})

    def check_within(self, begin: PartialDate | None, end: PartialDate | None) -> None:
        check_within(
            self.on,
            None,
            begin,
            end,
            fields=("on", "on"),
            message=_(
                "This lies outside the dates of the visit or of its stop. Correct the item or the stop."
            ),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.order is None:
            self.order = next_order(self.delegation.programme.all())
        super().save(*args, **kwargs)

    def move(self, days: datetime.timedelta | None) -> None:
        """By so many days; without a day there is no time of day either."""
        self.on = moved(self.on, days)
        if self.on is None:
            self.starts_at = self.ends_at = None
        self.save(update_fields=["on", "starts_at", "ends_at"])

    def mark_took_place(self) -> None:
        self.state = self.State.TOOK_PLACE
        self.save(update_fields=["state"])

    def cancel(self) -> None:
        self.state = self.State.CANCELLED
        self.save(update_fields=["state"])


class OutcomeQuerySet(RecordQuerySet["Outcome"]):
    def get_by_natural_key(self, delegation: str, text: str) -> Outcome:
        return self.get(delegation__title=delegation, text=text)


class Outcome(Record):
    """What was agreed or found."""

    part_of: ClassVar[tuple[str, ...]] = ("delegation",)
    search_paths: ClassVar[tuple[str, ...]] = ("search", "delegation__search")

    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="outcomes"
    )
    programme_item = models.ForeignKey(
        ProgrammeItem,
        verbose_name=_("programme item"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="outcomes",
    )
    text = models.TextField(_("what was agreed or found"))
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="outcomes",
    )
    agreement = models.ForeignKey(
        Agreement,
        verbose_name=_("agreement"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="outcomes",
    )
    decision = models.ForeignKey(
        CouncilDecision,
        verbose_name=_("council decision"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="outcomes",
    )
    search = FoldedField("text")

    objects: ClassVar = OutcomeQuerySet.as_manager()

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        ordering = ("delegation", "pk")

    def __str__(self) -> str:
        return Truncator(self.text).chars(80)

    def clean(self) -> None:
        super().clean()
        if self.programme_item and self.programme_item.delegation_id != self.delegation_id:
            raise ValidationError(
                {"programme_item": ValidationError(_("That item is of another visit."), code="foreign")}
            )
