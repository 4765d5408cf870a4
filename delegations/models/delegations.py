"""A visit, its stops, and who takes part."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDate, PartialDateField, in_order
from contacts.fields import ChoiceListField
from contacts.models import City, Document, Organisation, Person, Post, Statement
from contacts.models.posts import (
    becomes_known,
    check_post_of_day,
    fill_post_of_day,
    fill_posts_of_day,
)
from contacts.names import FoldedField
from contacts.records import (
    KeepingManyToManyField,
    PublishableQuerySet,
    PublishableRecord,
    Record,
    RecordQuerySet,
)
from relations.models import CouncilDecision, Occasion, Partnership, Theme


class Bench(models.TextChoices):
    POLITICS = "politics", _("politics")
    ADMINISTRATION = "administration", _("administration")
    BUSINESS = "business", _("business")
    SCIENCE = "science", _("science")
    CULTURE = "culture", _("culture")
    SPORT = "sport", _("sport")
    CIVIL_SOCIETY = "civil_society", _("civil society")
    PRESS = "press", _("press")
    STAFF = "staff", _("staff")


def check_within(
    inner_from: PartialDate | None,
    inner_until: PartialDate | None,
    outer_from: PartialDate | None,
    outer_until: PartialDate | None,
    *,
    fields: tuple[str, str],
    message: Any,
) -> None:
    """Refuse what certainly lies outside; a day not known exactly is given the benefit of the doubt."""
    errors = {}
    for field, day in zip(fields, (inner_from, inner_until), strict=True):
        if day is None:
            continue
        too_early = outer_from is not None and day.certainly_before(outer_from)
        too_late = outer_until is not None and day.certainly_after(outer_until)
        if too_early or too_late:
            errors[field] = ValidationError(message, code="outside")
    if errors:
        raise ValidationError(errors)


def check_around(
    parts: Iterable[Any],
    begin: PartialDate | None,
    end: PartialDate | None,
    *,
    fields: tuple[str, str],
) -> None:
    """Refuse dates that leave a part outside, at the one of the two fields that does so."""
    for part in parts:
        for field, span in zip(fields, ((begin, None), (None, end)), strict=True):
            try:
                part.check_within(*span)
            except ValidationError:
                message = _("“%(part)s” would lie outside. Move it first.")
                error = ValidationError(message, code="outside", params={"part": part.short_label})
                raise ValidationError({field: error}) from None


def _days_between(old: PartialDate | None, new: PartialDate | None) -> datetime.timedelta | None:
    if old is None or new is None or old.day is None or new.day is None:
        return None
    return new.first_day - old.first_day


def moved(date: PartialDate | None, days: datetime.timedelta | None) -> PartialDate | None:
    if date is None or date.day is None or days is None:
        return None
    return PartialDate.of(date.first_day + days)


def next_order(rows: models.QuerySet[Any]) -> int:
    """The place after the last one, for a row that was given none."""
    return (rows.aggregate(last=models.Max("order"))["last"] or 0) + 1


class DelegationQuerySet(PublishableQuerySet["Delegation"]):
    def took_place(self) -> Self:
        return self.filter(state__in=[Delegation.State.COMPLETED, Delegation.State.UNDER_WAY])

    def coming(self, today: datetime.date) -> Self:
        """Not yet begun and not called off, with a date that is still ahead."""
        return self.filter(
            state__in=[Delegation.State.IDEA, Delegation.State.PLANNED, Delegation.State.CONFIRMED],
            starts_on__on_or_after=today,
        )

    def without_report(self) -> Self:
        """Back home, or past their last day, and nobody has reported yet."""
        return self.filter(report="").exclude(
            state__in=[Delegation.State.IDEA, Delegation.State.POSTPONED, Delegation.State.CANCELLED]
        )

    def get_by_natural_key(self, title: str) -> Delegation:
        return self.get(title=title)


class Delegation(PublishableRecord):
    class Direction(models.TextChoices):
        OUTBOUND = "outbound", _("outbound")
        INBOUND = "inbound", _("inbound")
        THIRD_PLACE = "third_place", _("at a third place")
        ONLINE = "online", _("online")

    class Kind(models.TextChoices):
        OFFICIAL = "official", _("official visit")
        WORKING = "working", _("working visit")
        CITIZENS = "citizens", _("citizens' visit")
        BUSINESS = "business", _("business visit")
        CULTURE = "culture", _("culture")
        CONFERENCE = "conference", _("conference")

    class State(models.TextChoices):
        IDEA = "idea", _("idea")
        PLANNED = "planned", _("planned")
        CONFIRMED = "confirmed", _("confirmed")
        UNDER_WAY = "under_way", _("under way")
        COMPLETED = "completed", _("completed")
        POSTPONED = "postponed", _("postponed")
        CANCELLED = "cancelled", _("cancelled")

    search_paths: ClassVar[tuple[str, ...]] = ("search", "stops__city__search")
    _history_m2m_fields = ("themes", "documents", "statements")
    checks_parts = True
    """A form that shows the stops and the programme too says no: they are checked against the new dates."""

    title = models.CharField(_("title"), max_length=300)
    direction = models.CharField(
        _("direction"),
        max_length=20,
        choices=Direction,
        blank=True,
        help_text=_("Empty where nobody knows who visited whom."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OFFICIAL)
    sent_by = models.ForeignKey(
        Organisation,
        verbose_name=_("sent by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="delegations_sent",
        help_text=_("Not every delegation is the city's own: a society or a borough may send one."),
    )
    home = models.ForeignKey(
        City,
        verbose_name=_("our city"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="delegations",
    )
    host = models.ForeignKey(
        Organisation,
        verbose_name=_("host"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="delegations_hosted",
    )
    partnership = models.ForeignKey(
        Partnership,
        verbose_name=_("partnership"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="delegations",
        help_text=_("Empty where the visit belongs to no tie."),
    )
    occasion = models.ForeignKey(
        Occasion,
        verbose_name=_("celebrated anniversary"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="delegations",
    )
    purpose = models.TextField(_("purpose"), blank=True)
    starts_on = PartialDateField(_("starts"))
    ends_on = PartialDateField(_("ends"))
    dates_note = models.CharField(
        _("about the dates"), max_length=300, blank=True, help_text=_("For example: about five days.")
    )
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.PLANNED)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        help_text=_("The larger visit that this one belongs to."),
    )
    themes = KeepingManyToManyField(Theme, verbose_name=_("themes"), blank=True, related_name="delegations")
    decision = models.ForeignKey(
        CouncilDecision,
        verbose_name=_("council decision"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="delegations",
    )
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("responsible"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="delegations",
    )
    size = models.PositiveIntegerField(_("head count"), null=True, blank=True, help_text=_("As announced."))
    benches = ChoiceListField(
        _("made up of"),
        of=Bench,
        blank=True,
        help_text=_("Who is represented, also where no names are known."),
    )
    partners = models.ManyToManyField(
        Organisation,
        verbose_name=_("partners"),
        through="DelegationPartner",
        related_name="delegations_partnered",
    )
    documents = KeepingManyToManyField(
        Document, verbose_name=_("documents"), blank=True, related_name="delegations"
    )
    statements = KeepingManyToManyField(
        Statement, verbose_name=_("statements"), blank=True, related_name="delegations"
    )
    summary = models.TextField(_("summary"), blank=True)
    report = models.TextField(
        _("report"), blank=True, help_text=_("What came of it; asked for after the return.")
    )
    search = FoldedField("title", "purpose")

    objects: ClassVar = DelegationQuerySet.as_manager()

    class Meta(PublishableRecord.Meta):
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = (models.F("starts_on").desc(nulls_last=True), "title", "pk")
        indexes: ClassVar = [models.Index(fields=["starts_on"]), models.Index(fields=["ends_on"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_part_of_itself",
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("pk")),
                violation_error_message=_("A visit cannot be part of itself. Choose another one."),
                violation_error_code="parent:self",
            ),
            in_order("starts_on", "ends_on"),
        ]

    def __str__(self) -> str:
        return self.title

    def natural_key(self) -> tuple[str]:
        return (self.title,)

    def clean(self) -> None:
        super().clean()
        self._refuse_circle("parent", _("The visits would be parts of each other."))
        if self.pk and self.checks_parts:
            parts = [*self.stops.select_related("city"), *self.programme.all()]
            check_around(parts, self.starts_on, self.ends_on, fields=("starts_on", "ends_on"))

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        days_become_known = becomes_known(self, "starts_on")
        super().save(*args, **kwargs)
        if days_become_known:
            fill_posts_of_day(self.participants.all())

    def complete(self) -> None:
        self._become(self.State.COMPLETED)

    def postpone(self, *, starts_on: PartialDate | None = None, ends_on: PartialDate | None = None) -> None:
        """Put off; without new dates nobody knows until when. It stays in the history of the tie.

        Stops and programme move along by as many days; where that is not known they lose their dates.
        """
        with transaction.atomic():
            days = _days_between(self.starts_on, starts_on)
            for part in (*self.stops.all(), *self.programme.all()):
                part.move(days)
            self.starts_on, self.ends_on = starts_on, ends_on
            self._become(self.State.PLANNED if starts_on else self.State.POSTPONED, "starts_on", "ends_on")

    def cancel(self) -> None:
        self._become(self.State.CANCELLED)

    def _become(self, state: State, *also: str) -> None:
        self.state = state
        self.full_clean()
        self.save(update_fields=["state", *also])


class DelegationPartner(Record):
    """Who carries a visit or a conference together with us."""

    label_relations: ClassVar[tuple[str, ...]] = ("delegation", "organisation__city")
    search_paths: ClassVar[tuple[str, ...]] = ("delegation__search", "organisation__search")

    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="delegation_partners"
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        related_name="delegation_roles",
    )
    role = models.CharField(_("role"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("partner of a delegation")
        verbose_name_plural = _("partners of delegations")
        ordering = ("delegation", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["delegation", "organisation", "role"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This organisation is a partner of the visit already."),
                violation_error_code="organisation:unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegation}: {self.organisation}"


class StopQuerySet(RecordQuerySet["Stop"]):
    def get_by_natural_key(self, delegation: str, order: int) -> Stop:
        return self.get(delegation__title=delegation, order=order)


class Stop(Record):
    """One city of a visit, in order; its times are local to that city."""

    label_relations: ClassVar[tuple[str, ...]] = ("delegation", "city")
    search_paths: ClassVar[tuple[str, ...]] = ("delegation__search", "city__search")
    checks_parts = True

    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="stops"
    )
    order = models.PositiveSmallIntegerField(_("order"), blank=True, help_text=_("Empty: the last."))
    city = models.ForeignKey(City, verbose_name=_("city"), on_delete=models.PROTECT, related_name="stops")
    arrives_on = PartialDateField(_("arrives"))
    departs_on = PartialDateField(_("departs"))
    note = models.TextField(_("note"), blank=True)

    objects: ClassVar = StopQuerySet.as_manager()

    class Meta:
        verbose_name = _("stop")
        verbose_name_plural = _("stops")
        # Not unique, or nobody could swap two stops in a form.
        ordering = ("delegation", "order", "pk")
        constraints: ClassVar = [in_order("arrives_on", "departs_on")]

    def __str__(self) -> str:
        # The city first: pickers are narrow.
        return f"{self.order}. {self.city.short_name}, {self.delegation}"

    @property
    def short_label(self) -> str:
        return self.city.short_name

    def clean(self) -> None:
        super().clean()
        if not self.delegation_id:
            return
        self.check_within(self.delegation.starts_on, self.delegation.ends_on)
        if self.pk and self.programme.exclude(delegation=self.delegation_id).exists():
            raise ValidationError(
                {"delegation": ValidationError(_("This stop has a programme at its visit."), code="foreign")}
            )
        if self.pk and self.checks_parts:
            fields = ("arrives_on", "departs_on")
            check_around(self.programme.all(), self.arrives_on, self.departs_on, fields=fields)

    def check_within(self, begin: PartialDate | None, end: PartialDate | None) -> None:
        check_within(
            self.arrives_on,
            self.departs_on,
            begin,
            end,
            fields=("arrives_on", "departs_on"),
            message=_("This lies outside the dates of the visit. Correct the stop or the visit."),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.order is None:
            self.order = next_order(self.delegation.stops.all())
        super().save(*args, **kwargs)

    def move(self, days: datetime.timedelta | None) -> None:
        """By so many days; None where nobody knows how many."""
        self.arrives_on, self.departs_on = moved(self.arrives_on, days), moved(self.departs_on, days)
        self.save(update_fields=["arrives_on", "departs_on"])


class ParticipantQuerySet(RecordQuerySet["Participant"]):
    def get_by_natural_key(self, delegation: str, name: str) -> Participant:
        """By the name of the person, or of the group or organisation where no person is known."""
        unnamed = self.filter(person__isnull=True).filter(
            models.Q(group=name) | models.Q(group="", organisation__title=name)
        )
        return (self.filter(person__in=Person.objects.called(name)) | unnamed).get(
            delegation__title=delegation
        )


class Participant(Record):
    """Who takes part, on either side. The post is the one held at the visit, whatever follows later."""

    class Side(models.TextChoices):
        DELEGATION = "delegation", _("delegation")
        HOST = "host", _("host")

    class Role(models.TextChoices):
        HEAD = "head", _("head")
        MEMBER = "member", _("member")
        COUNTERPART = "counterpart", _("counterpart")
        HOST = "host", _("host")
        GUEST = "guest", _("guest")
        SPEAKER = "speaker", _("speaker")
        MODERATOR = "moderator", _("moderator")
        INTERPRETER = "interpreter", _("interpreter")
        PRESS = "press", _("press")
        COMPANION = "companion", _("companion")
        STAFF = "staff", _("staff")

    class Reply(models.TextChoices):
        INVITED = "invited", _("invited")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        OPEN = "open", _("open")

    label_relations: ClassVar[tuple[str, ...]] = ("person", "post__organisation", "organisation__city")
    search_paths: ClassVar[tuple[str, ...]] = ("person__search", "organisation__search", "delegation__search")
    restricted: ClassVar[dict[str, str]] = {
        "diet": "delegations.view_needs",
        "access_needs": "delegations.view_needs",
    }

    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="participants"
    )
    person = models.ForeignKey(
        Person,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="participations",
    )
    group = models.CharField(
        _("group"),
        max_length=200,
        blank=True,
        help_text=_("Where no names are known: experts, six delegations …"),
    )
    post = models.ForeignKey(
        Post,
        verbose_name=_("post held that day"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="participations",
        help_text=_("Filled from the terms of office where they are known."),
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="participations",
    )
    side = models.CharField(_("side"), max_length=20, choices=Side, default=Side.DELEGATION)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.MEMBER)
    bench = models.CharField(_("bench"), max_length=20, choices=Bench, blank=True)
    order = models.PositiveSmallIntegerField(_("precedence"), null=True, blank=True)
    reply = models.CharField(_("reply"), max_length=20, choices=Reply, blank=True)
    attended = models.BooleanField(_("was there"), null=True, blank=True)
    stop = models.ForeignKey(
        Stop,
        verbose_name=_("only at"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="participants",
        help_text=_("Empty: on the whole visit."),
    )
    diet = models.CharField(_("diet"), max_length=200, blank=True)
    access_needs = models.CharField(_("access needs"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects: ClassVar = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ("delegation", models.F("order").asc(nulls_last=True), "pk")
        permissions: ClassVar = [("view_needs", _("Can see diets and access needs"))]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_someone",
                condition=models.Q(person__isnull=False)
                | models.Q(organisation__isnull=False)
                | ~models.Q(group=""),
                violation_error_message=_("Say who takes part: a person, an organisation, or a group."),
                violation_error_code="person:required",
            ),
            models.UniqueConstraint(
                fields=["delegation", "person", "role"],
                condition=models.Q(stop__isnull=True),
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This person takes part in this role already."),
                violation_error_code="person:unique",
            ),
            models.UniqueConstraint(
                fields=["delegation", "person", "role", "stop"],
                name="%(app_label)s_%(class)s_once_a_stop",
                violation_error_message=_("This person takes part in this role at this stop already."),
                violation_error_code="person:unique",
            ),
        ]

    def __str__(self) -> str:
        who = self.person or self.organisation or self.group
        return f"{who}, {self.post.title}" if self.post else str(who)

    @property
    def day(self) -> datetime.date | None:
        """A day of the taking part, as far as one is known to the day."""
        starts = (self.stop.arrives_on if self.stop else None) or self.delegation.starts_on
        return starts.first_day if starts and starts.day else None

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
        check_post_of_day(self.person, self.post, self.day)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            fill_post_of_day(self)
        super().save(*args, **kwargs)
