"""A visit, and who carries it together with us."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.dates import PartialDate, PartialDateField, in_order
from contacts.fields import ChoiceListField
from contacts.models import City, Document, Organisation, Statement
from contacts.models.posts import becomes_known, fill_posts_of_day
from contacts.names import FoldedField
from contacts.records import KeepingManyToManyField, PublishableQuerySet, PublishableRecord, Record
from delegations.models.days import check_around, days_between
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
    STAFF = "staff", pgettext_lazy("those who go along for their work", "staff")


class DelegationQuerySet(PublishableQuerySet["Delegation"]):
    def took_place(self) -> Self:
        return self.filter(state__in=[Delegation.State.COMPLETED, Delegation.State.UNDER_WAY])

    def coming(self, today: datetime.date) -> Self:
        """Not yet begun and not called off, with a date that is still ahead."""
        return self.filter(
            state__in=[Delegation.State.IDEA, Delegation.State.PLANNED, Delegation.State.CONFIRMED],
            starts_on__on_or_after=today,
        )

    def of_home(self, city: City) -> Self:
        """Visits that set out from our city, stop there or belong to a tie of it; its districts too."""
        cities = City.objects.within(city).order_by().values("pk")
        ties = Partnership.objects.of_home(city).order_by().values("pk")
        stopped = Delegation.objects.filter(stops__city__in=cities).order_by().values("pk")
        ours = models.Q(home__in=cities) | models.Q(partnership__in=ties)
        return self.filter(ours | models.Q(pk__in=stopped))

    def under_way(self, today: datetime.date) -> Self:
        """Begun for certain and not yet over, as far as the dates tell; what was called off is not.

        Where no last day is known, only what somebody says is under way goes on after the first day; where
        no day is known at all, so it does until somebody says something else.
        """
        state = Delegation.State
        tomorrow = today + datetime.timedelta(days=1)
        is_said = models.Q(state=state.UNDER_WAY)
        begun = models.Q(starts_on__isnull=False) & ~models.Q(starts_on__on_or_after=tomorrow)
        undated = models.Q(starts_on__isnull=True) & is_said
        open_end = models.Q(ends_on__isnull=True) & (models.Q(starts_on__on_or_after=today) | is_said)
        going_on = models.Q(ends_on__on_or_after=today) | open_end
        return self.filter(
            begun | undated, going_on, state__in=[state.PLANNED, state.CONFIRMED, state.UNDER_WAY]
        )

    def over(self, today: datetime.date) -> Self:
        """Past their last day, or past their first one where no last day is known."""
        ended = models.Q(ends_on__isnull=False) & ~models.Q(ends_on__on_or_after=today)
        begun = models.Q(ends_on__isnull=True, starts_on__isnull=False)
        return self.filter(ended | (begun & ~models.Q(starts_on__on_or_after=today)))

    def to_finish(self, today: datetime.date) -> Self:
        """Over, and nobody has said that they took place, what came of them, or reported."""
        state = Delegation.State
        happened = self.over(today).exclude(state__in=[state.IDEA, state.POSTPONED, state.CANCELLED])
        loose_end = models.Q(report="") | models.Q(outcomes=None) | ~models.Q(state=state.COMPLETED)
        return happened.filter(pk__in=Delegation.objects.filter(loose_end).values("pk")).exclude(
            pk__in=Delegation.objects.under_way(today).values("pk")
        )

    def of_staff(self, people: Collection[int]) -> Self:
        """Visits that one of these people answers for, or whose tie they do where nobody else does."""
        return self.filter(
            models.Q(responsible__in=people)
            | models.Q(responsible__isnull=True, partnership__responsible__in=people)
        )

    def of_nobody(self) -> Self:
        return self.filter(responsible__isnull=True, partnership__responsible__isnull=True)

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

    search_paths: ClassVar[tuple[str, ...]] = (
        *("search", "stops__city__search", "participants__person__search"),
    )
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
            days = days_between(self.starts_on, starts_on)
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

    part_of: ClassVar[tuple[str, ...]] = ("delegation",)
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
