"""Ties between cities: what they are, and their life told by events."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self, TypeAlias

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDate, PartialDateField, month_day
from contacts.models import City, Document, Post, Statement
from contacts.models.cities import validate_wikidata_id
from contacts.records import (
    KeepingManyToManyField,
    PublishableQuerySet,
    PublishableRecord,
    Record,
    RecordQuerySet,
    batches,
)
from relations.models.agreements import CouncilDecision
from relations.models.themes import Theme


class Status(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    ACTIVE = "active", _("active")
    DORMANT = "dormant", _("dormant")
    SUSPENDED = "suspended", _("suspended")
    ENDED = "ended", _("ended")
    UNKNOWN = "unknown", _("not known")


class PartnershipQuerySet(PublishableQuerySet["Partnership"]):
    def with_status(self, today: datetime.date) -> Self:
        """Annotate `status_then`: the status on that day, as the latest status-bearing event says."""
        # mypy loses the annotations that a method returning Self makes; so in the other two places.
        latest = PartnershipEvent.objects.bearing(today).filter(partnership=models.OuterRef("pk"))
        borne = latest.values("status_borne")  # type: ignore[misc]
        return self.annotate(
            status_then=Coalesce(
                models.Subquery(borne[:1], output_field=models.CharField()),
                models.Value(Status.UNKNOWN.value),
            )
        )

    def in_status(self, *statuses: Status, today: datetime.date) -> Self:
        return self.with_status(today).filter(status_then__in=statuses)

    def reminded(self, today: datetime.date) -> Self:
        """Ties that reminders speak of: active, dormant or unknown, and not stepped up."""
        return self.current(today).exclude(status_then=Status.PROPOSED)

    def with_reminded(self, today: datetime.date) -> Self:
        """Annotate `is_reminded`: whether reminders speak of the tie on that day."""
        reminded = Partnership.objects.reminded(today).filter(pk=models.OuterRef("pk"))
        return self.annotate(is_reminded=models.Exists(reminded))

    def current(self, today: datetime.date) -> Self:
        """Ties that are on the books: neither suspended nor ended nor replaced by a closer tie."""
        return (
            self.with_status(today)
            .not_stepped_up(today)
            .exclude(status_then__in=[Status.SUSPENDED, Status.ENDED])
        )

    def not_stepped_up(self, today: datetime.date) -> Self:
        """Without ties that a closer one followed, unless that one is only proposed."""
        ties = Partnership.objects.with_status(today)
        successors = ties.exclude(status_then=Status.PROPOSED)  # type: ignore[misc]
        return self.exclude(models.Exists(successors.filter(predecessor=models.OuterRef("pk"))))

    def with_stepped_up(self, today: datetime.date) -> Self:
        """Annotate `is_stepped_up`: whether a closer tie followed this one."""
        goes_on = Partnership.objects.not_stepped_up(today).filter(pk=models.OuterRef("pk"))
        return self.annotate(is_stepped_up=~models.Exists(goes_on))

    def of_city(self, city: City) -> Self:
        """Ties that the city is in, on whichever side."""
        return self._of_cities(City.objects.filter(pk=city.pk))

    def of_home(self, city: City) -> Self:
        """Ties of one of our cities, those of its districts included."""
        return self._of_cities(City.objects.within(city))

    def with_country(self, country: str) -> Self:
        """Ties that reach into the country: to a city of it that is none of our own."""
        ties = self.model._base_manager.order_by()
        of_home = ties.filter(home__country=country, home__is_home=False).values("pk")
        of_partner = ties.filter(partner__country=country, partner__is_home=False).values("pk")
        # No "or" of both sides: no index could begin with one.
        return self.filter(pk__in=of_home.union(of_partner, all=True))

    def _of_cities(self, cities: models.QuerySet[City]) -> Self:
        pks = cities.order_by().values("pk")
        here = models.Q(home__in=pks) | models.Q(partner__in=pks)
        further = Partnership.further_cities.through.objects.filter(city__in=pks).values("partnership")
        return self.filter(here | models.Q(pk__in=further))

    def by_city(self, cities: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Each of these cities with the key of each of its ties, on whichever side it is."""
        for batch in batches(cities):
            for side in ("home", "partner", "further_cities"):
                yield from self.order_by().filter(**{f"{side}__in": batch}).values_list(side, "pk")

    def between(self, city: City, other: City) -> Self:
        """Ties of the pair; it has no direction."""
        return self.filter(models.Q(home=city, partner=other) | models.Q(home=other, partner=city))

    def get_by_natural_key(self, city: str, other: str, kind: str = "partnership") -> Partnership:
        pair = City.objects.get_by_natural_key(city), City.objects.get_by_natural_key(other)
        return self.between(*pair).get(kind=kind)


class Partnership(PublishableRecord):
    """A tie of two cities, further ones may belong to it. The pair has no direction."""

    class Kind(models.TextChoices):
        # The first four are the vocabulary of the German section of CEMR (RGRE).
        PARTNERSHIP = "partnership", _("partnership")
        FRIENDSHIP = "friendship", _("friendship")
        CONTACT = "contact", _("contact")
        PROJECT = "project", _("project partnership")
        CLIMATE = "climate", _("climate partnership")

    Status: TypeAlias = Status

    label_relations: ClassVar[tuple[str, ...]] = ("home", "partner")
    search_paths: ClassVar[tuple[str, ...]] = ("home__search", "partner__search", "further_cities__search")
    _history_m2m_fields = ("further_cities", "themes", "counterpart_posts", "statements")

    home = models.ForeignKey(
        City, verbose_name=_("our city"), on_delete=models.PROTECT, related_name="partnerships_as_home"
    )
    partner = models.ForeignKey(
        City, verbose_name=_("partner city"), on_delete=models.PROTECT, related_name="partnerships_as_partner"
    )
    further_cities = KeepingManyToManyField(
        City, verbose_name=_("further cities"), blank=True, related_name="partnerships_as_further"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.PARTNERSHIP)
    partner_term = models.CharField(
        _("their word for it"),
        max_length=200,
        blank=True,
        help_text=_("What the partner city calls this tie."),
    )
    motto = models.CharField(_("motto"), max_length=200, blank=True)
    founded = PartialDateField(_("founded"), help_text=_("Anniversaries are counted from this date."))
    founded_month_day = month_day("founded")
    founded_note = models.TextField(
        _("about the date"), blank=True, help_text=_("Why this date, and what others say.")
    )
    predecessor = models.ForeignKey(
        "self",
        verbose_name=_("grew out of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="successors",
        help_text=_("The looser tie that this one stepped up. It is kept as history."),
    )
    decision = models.ForeignKey(
        CouncilDecision,
        verbose_name=_("council decision"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="partnerships",
    )
    themes = KeepingManyToManyField(Theme, verbose_name=_("themes"), blank=True, related_name="partnerships")
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("responsible"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="partnerships",
        help_text=_("Gets the reminders of this tie."),
    )
    counterpart_posts = KeepingManyToManyField(
        Post, verbose_name=_("counterparts"), blank=True, related_name="partnerships"
    )
    statements = KeepingManyToManyField(
        Statement, verbose_name=_("statements"), blank=True, related_name="partnerships"
    )
    ended_on = PartialDateField(_("ended"), editable=False)
    story = models.TextField(_("story"), blank=True)
    rgre_code = models.CharField(
        _("RGRE code"), max_length=20, blank=True, help_text=_("Its number in the data base of the RGRE.")
    )
    wikidata_id = models.CharField(
        _("Wikidata id"), max_length=20, blank=True, validators=[validate_wikidata_id]
    )

    objects: ClassVar = PartnershipQuerySet.as_manager()

    class Meta(PublishableRecord.Meta):
        verbose_name = _("partnership")
        verbose_name_plural = _("partnerships")
        ordering = ("home__sort", "partner__sort", "pk")
        indexes: ClassVar = [
            models.Index(fields=["founded_month_day"]),
            models.Index(fields=["founded"]),
            models.Index(fields=["created_at"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_cities",
                condition=~models.Q(home=models.F("partner")),
                violation_error_message=_("A tie joins two different cities. Choose another one."),
                violation_error_code="partner:same_city",
            ),
            models.UniqueConstraint(
                Least("home", "partner"),
                Greatest("home", "partner"),
                "kind",
                condition=models.Q(ended_on__isnull=True),
                name="%(app_label)s_%(class)s_open_once",
                violation_error_message=_(
                    "These two cities have an open tie of this kind already, in either order."
                ),
                violation_error_code="partner:unique",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_out_of_itself",
                condition=models.Q(predecessor__isnull=True) | ~models.Q(predecessor=models.F("pk")),
                violation_error_message=_("A tie cannot grow out of itself. Choose the earlier one."),
                violation_error_code="predecessor:self",
            ),
        ]

    def __str__(self) -> str:
        special = self.kind != self.Kind.PARTNERSHIP
        return f"{self.pair} ({self.get_kind_display()})" if special else self.pair

    @property
    def pair(self) -> str:
        """The two cities: "Linz–Eskişehir"."""
        return f"{self.home.short_name}–{self.partner.short_name}"

    def natural_key(self) -> tuple[str, ...]:
        return (*self.home.natural_key()[:1], *self.partner.natural_key()[:1], self.kind)

    @property
    def status(self) -> Status:
        """The status today; lists annotate it (`with_status`) so that it costs no query a row."""
        then = getattr(self, "status_then", None)
        return Status(then) if then else self.status_on(timezone.localdate())

    def status_on(self, day: datetime.date) -> Status:
        borne = self.events.bearing(day).values_list("status_borne", flat=True)  # type: ignore[misc]
        latest = borne.first()
        return Status(latest) if latest else Status.UNKNOWN

    def city_ids(self) -> set[int]:
        """The cities of the tie, on whichever side; lists prefetch `further_cities`."""
        return {self.home_id, self.partner_id, *(city.pk for city in self.further_cities.all())}

    def clean(self) -> None:
        super().clean()
        earlier = self.predecessor
        if earlier and self.home_id and self.partner_id:
            if {earlier.home_id, earlier.partner_id} != {self.home_id, self.partner_id}:
                raise ValidationError(
                    {
                        "predecessor": ValidationError(
                            _("That tie joins other cities. Choose one of this pair."), code="pair"
                        )
                    }
                )
            self._refuse_circle("predecessor", _("The ties would grow out of each other."))

    def clean_many(self, chosen: Mapping[str, Iterable[Any]]) -> None:
        super().clean_many(chosen)
        if {self.home_id, self.partner_id} & {city.pk for city in chosen.get("further_cities", ())}:
            message = _("The two cities of the tie are no further ones. Choose others.")
            raise ValidationError({"further_cities": ValidationError(message, code="pair")})

    def suspend(self, **facts: Any) -> PartnershipEvent:
        """Rest the tie. Facts: on, level, reason, decided_by, decision, review_on, source."""
        return self._happened(PartnershipEvent.Kind.SUSPENDED, facts)

    def resume(self, **facts: Any) -> PartnershipEvent:
        return self._happened(PartnershipEvent.Kind.RESUMED, facts)

    def end(self, **facts: Any) -> PartnershipEvent:
        """End the tie for good; `on` must be known at least to the year."""
        return self._happened(PartnershipEvent.Kind.ENDED, facts)

    def merge(self, into: Partnership, **facts: Any) -> PartnershipEvent:
        """This tie goes on in another one, as after a reform of districts."""
        return self._happened(PartnershipEvent.Kind.MERGED, facts | {"merged_into": into})

    @transaction.atomic
    def step_up(self, *, kind: Kind, founded: PartialDate | None = None, **facts: Any) -> Partnership:
        """Make a closer tie out of this one. Both are kept; anniversaries count for the closer one."""
        closer = Partnership(
            home=self.home,
            partner=self.partner,
            kind=kind,
            founded=founded,
            predecessor=self,
            responsible=self.responsible,
        )
        closer.full_clean()
        closer.save()
        closer.further_cities.set(self.further_cities.all())
        closer.themes.set(self.themes.all())
        closer.counterpart_posts.set(self.counterpart_posts.all())
        self._happened(PartnershipEvent.Kind.STEPPED_UP, {"on": founded} | facts)
        closer._happened(PartnershipEvent.Kind.SIGNED, {"on": founded} | facts)
        return closer

    def has_open_twin(self, *, but: Partnership | None = None) -> bool:
        """Whether the two cities have another open tie of this kind, but for one that is about to end."""
        twins = Partnership.objects.between(self.home, self.partner).exclude(pk=self.pk)
        if but is not None:
            twins = twins.exclude(pk=but.pk)
        return twins.filter(kind=self.kind, ended_on__isnull=True).exists()

    def follow_events(self) -> None:
        """Keep `ended_on` equal to the date of the end; a tie whose end is deleted opens again."""
        closing = self.events.filter(kind__in=PartnershipEvent.CLOSING).order_by("on").first()
        before, now = self.ended_on, closing.on if closing else None
        if now == before:
            return
        if now is None and self.has_open_twin():
            raise _reopened(self)
        self.ended_on = now
        self.save(update_fields=["ended_on"])

    def _happened(self, kind: PartnershipEvent.Kind, facts: dict[str, Any]) -> PartnershipEvent:
        event = PartnershipEvent(partnership=self, kind=kind, **facts)
        event.full_clean()
        event.save()
        return event


def _reopened(tie: Partnership) -> ValidationError:
    message = _("%(tie)s would be open again, beside another open tie of this kind. End that one first.")
    return ValidationError(message, code="reopened", params={"tie": tie})


class PartnershipEventQuerySet(RecordQuerySet["PartnershipEvent"]):
    def bearing(self, today: datetime.date) -> Self:
        """Events that decide the status on that day, the latest first, with the `status_borne` by each.

        An event known to the month or year counts from its first day, one without a date before all others,
        an end after all others. A council decision bears no more once something may have followed it: where
        it was on 14 July and the signing "in 2004", the tie is signed.
        """
        counts = models.Q(kind__in=PartnershipEvent.BEARS) & (
            models.Q(on__isnull=True) | models.Q(on__on_or_before=today)
        )
        decision = models.Q(kind=PartnershipEvent.Kind.COUNCIL_DECISION)
        followed = PartnershipEvent.objects.filter(
            counts,
            ~decision,
            models.Q(on__isnull=True)
            | models.Q(on__on_or_after=models.OuterRef("on"))
            | models.Q(models.lookups.IsNull(models.OuterRef("on"), True)),
            partnership=models.OuterRef("partnership"),
        )
        borne = models.Case(
            *(
                models.When(kind=kind, then=models.Value(status.value))
                for kind, status in PartnershipEvent.BEARS.items()
            ),
            output_field=models.CharField(),
        )
        return (
            self.filter(counts)
            .exclude(decision, models.Exists(followed))
            .annotate(status_borne=borne, is_end=models.Q(kind__in=PartnershipEvent.CLOSING))
            .order_by("-is_end", models.F("on").desc(nulls_last=True), "-pk")
        )

    @transaction.atomic
    def delete(self) -> tuple[int, dict[str, int]]:
        """As one deletes them singly: a tie whose end is among them opens again."""
        ties = list(Partnership.objects.filter(events__in=self.filter(kind__in=PartnershipEvent.CLOSING)))
        deleted = super().delete()
        for tie in ties:
            tie.follow_events()
        return deleted

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class PartnershipEvent(Record):
    """Something in the life of a tie."""

    class Kind(models.TextChoices):
        FIRST_CONTACT = "first_contact", _("first contact")
        COUNCIL_DECISION = "council_decision", _("council decision")
        SIGNED = "signed", _("signed")
        RENEWED = "renewed", _("renewed")
        STEPPED_UP = "stepped_up", _("stepped up")
        DORMANT = "dormant", _("dormant")
        SUSPENDED = "suspended", _("suspended")
        RESUMED = "resumed", _("resumed")
        ENDED = "ended", _("ended")
        MERGED = "merged", _("merged into another tie")
        OTHER = "other", _("other")

    class Level(models.TextChoices):
        WHOLE = "whole", _("wholly")
        OFFICIAL = "official", _("between the administrations only")

    BEARS: ClassVar[dict[str, Status]] = {
        Kind.COUNCIL_DECISION: Status.PROPOSED,
        Kind.SIGNED: Status.ACTIVE,
        Kind.RENEWED: Status.ACTIVE,
        Kind.RESUMED: Status.ACTIVE,
        Kind.DORMANT: Status.DORMANT,
        Kind.SUSPENDED: Status.SUSPENDED,
        Kind.ENDED: Status.ENDED,
        Kind.MERGED: Status.ENDED,
    }
    CLOSING: ClassVar[tuple[str, ...]] = (Kind.ENDED, Kind.MERGED)

    part_of: ClassVar[tuple[str, ...]] = ("partnership",)
    label_relations: ClassVar[tuple[str, ...]] = ("partnership__home", "partnership__partner")
    search_paths: ClassVar[tuple[str, ...]] = ("partnership__home__search", "partnership__partner__search")

    partnership = models.ForeignKey(
        Partnership, verbose_name=_("partnership"), on_delete=models.CASCADE, related_name="events"
    )
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind)
    on = PartialDateField(_("when"))
    level = models.CharField(
        _("level"), max_length=10, choices=Level, blank=True, help_text=_("How far a suspension goes.")
    )
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.CharField(_("decided by"), max_length=200, blank=True)
    decision = models.ForeignKey(
        CouncilDecision,
        verbose_name=_("council decision"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events",
    )
    review_on = models.DateField(_("look at it again"), null=True, blank=True)
    merged_into = models.ForeignKey(
        Partnership,
        verbose_name=_("goes on in"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mergers",
        help_text=_("The tie that this one was merged into."),
    )
    source = models.ForeignKey(
        Document,
        verbose_name=_("source"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="partnership_events",
    )

    objects: ClassVar = PartnershipEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of a partnership")
        verbose_name_plural = _("events of partnerships")
        ordering = (models.F("on").asc(nulls_first=True), "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_end_dated",
                condition=~models.Q(kind__in=["ended", "merged"]) | models.Q(on__isnull=False),
                violation_error_message=_("Say when the tie ended, at least the year."),
                violation_error_code="on:required",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_merger_has_target",
                condition=models.Q(kind="merged", merged_into__isnull=False)
                | (~models.Q(kind="merged") & models.Q(merged_into__isnull=True)),
                violation_error_message=_("A merger, and only a merger, names the tie that it goes on in."),
                violation_error_code="merged_into:merger",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_into_itself",
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("partnership")),
                violation_error_message=_("A tie cannot be merged into itself. Choose another one."),
                violation_error_code="merged_into:self",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partnership}: {self.label_within}"

    @property
    def label_within(self) -> str:
        """On the page of its tie, where the tie goes without saying."""
        what = self.get_kind_display()
        return f"{what} ({self.on.display_short()})" if self.on else what

    def clean(self) -> None:
        super().clean()
        if self.kind in self.BEARS and self.on and self.partnership_id:
            closing = self.partnership.events.filter(kind__in=self.CLOSING).exclude(pk=self.pk)
            if any(end.on and self.on.certainly_after(end.on) for end in closing):
                raise ValidationError(
                    {
                        "on": ValidationError(
                            _("The tie had ended by then. Enter what followed as a new tie."), code="ended"
                        )
                    }
                )

        ended = PartnershipEvent.objects.filter(pk=self.pk, kind__in=self.CLOSING).first()
        if ended and (self.kind not in self.CLOSING or self.partnership_id != ended.partnership_id):
            others = ended.partnership.events.filter(kind__in=self.CLOSING).exclude(pk=self.pk)
            about_to_end = self.partnership if self.kind in self.CLOSING else None
            if not others.exists() and ended.partnership.has_open_twin(but=about_to_end):
                raise _reopened(ended.partnership)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        moved_from = Partnership.objects.filter(events=self.pk).exclude(pk=self.partnership_id).first()
        super().save(*args, **kwargs)
        self.partnership.follow_events()
        if moved_from:
            moved_from.follow_events()

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        deleted = super().delete(*args, **kwargs)
        self.partnership.follow_events()
        return deleted
