"""What was agreed to do together."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts import money
from contacts.dates import PartialDateField, in_order
from contacts.fields import SdgField
from contacts.models import City, Organisation, Person, Statement
from contacts.names import FoldedField, SortField
from contacts.records import KeepingManyToManyField, PublishableQuerySet, PublishableRecord, Record
from relations.models.partnerships import Partnership
from relations.models.themes import Theme


class ProjectQuerySet(PublishableQuerySet["Project"]):
    def of_home(self, city: City) -> Self:
        """Projects that one of our cities, or a tie of it, takes part in, those of its districts included."""
        cities = City.objects.within(city).order_by().values("pk")
        ties = Partnership.objects.of_home(city).order_by().values("pk")
        taking_part = Project.cities.through.objects.filter(city__in=cities).values("project")
        within_ties = Project.partnerships.through.objects.filter(partnership__in=ties).values("project")
        return self.filter(models.Q(pk__in=taking_part) | models.Q(pk__in=within_ties))

    def get_by_natural_key(self, title: str) -> Project:
        return self.get(title=title)


class Project(PublishableRecord):
    class Kind(models.TextChoices):
        EXCHANGE = "exchange", _("exchange")
        TRAINING = "training", _("training")
        EXHIBITION = "exhibition", _("exhibition")
        CONFERENCE = "conference", _("conference")
        INFRASTRUCTURE = "infrastructure", _("infrastructure")
        CULTURE = "culture", _("culture")
        ECONOMY = "economy", _("economy")
        OTHER = "other", _("other")

    class State(models.TextChoices):
        IDEA = "idea", _("idea")
        AGREED = "agreed", _("agreed")
        RUNNING = "running", _("running")
        COMPLETED = "completed", _("completed")
        STOPPED = "stopped", _("stopped")

    search_paths: ClassVar[tuple[str, ...]] = ("search", "cities__search")
    _history_m2m_fields = ("cities", "partnerships", "people", "themes", "statements")

    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.IDEA)
    summary = models.TextField(_("summary"), blank=True)
    cities = KeepingManyToManyField(City, verbose_name=_("cities"), blank=True, related_name="projects")
    partnerships = KeepingManyToManyField(
        Partnership, verbose_name=_("partnerships"), blank=True, related_name="projects"
    )
    partners = models.ManyToManyField(
        Organisation, verbose_name=_("partners"), through="ProjectPartner", related_name="projects"
    )
    people = KeepingManyToManyField(Person, verbose_name=_("people"), blank=True, related_name="projects")
    starts_on = PartialDateField(_("starts"))
    ends_on = PartialDateField(_("ends"))
    themes = KeepingManyToManyField(Theme, verbose_name=_("themes"), blank=True, related_name="projects")
    sdgs = SdgField(_("sustainable development goals"), blank=True)
    statements = KeepingManyToManyField(
        Statement, verbose_name=_("statements"), blank=True, related_name="projects"
    )
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("responsible"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="projects",
    )
    result = models.TextField(_("result"), blank=True)
    search = FoldedField("title", "summary")
    sort = SortField("title")

    objects: ClassVar = ProjectQuerySet.as_manager()

    class Meta(PublishableRecord.Meta):
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ("sort", "pk")
        constraints: ClassVar = [in_order("starts_on", "ends_on")]

    def __str__(self) -> str:
        return self.title

    def natural_key(self) -> tuple[str]:
        return (self.title,)


class ProjectPartner(Record):
    part_of: ClassVar[tuple[str, ...]] = ("project",)
    label_relations: ClassVar[tuple[str, ...]] = ("project", "organisation__city")
    search_paths: ClassVar[tuple[str, ...]] = ("project__search", "organisation__search")

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="project_partners"
    )
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.PROTECT, related_name="project_roles"
    )
    role = models.CharField(_("role"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("project partner")
        verbose_name_plural = _("project partners")
        ordering = ("project", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "organisation", "role"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This organisation is a partner of the project already."),
                violation_error_code="organisation:unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.organisation}"


class ProjectPlace(Record):
    """Where a thing that travels is shown: one row a venue."""

    part_of: ClassVar[tuple[str, ...]] = ("project",)
    label_relations: ClassVar[tuple[str, ...]] = ("project", "city")
    search_paths: ClassVar[tuple[str, ...]] = ("project__search", "city__search")

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="places"
    )
    city = models.ForeignKey(
        City,
        verbose_name=_("city"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="project_places",
    )
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    since = PartialDateField(_("from"))
    until = PartialDateField(_("until"))

    class Meta:
        verbose_name = _("place of a project")
        verbose_name_plural = _("places of projects")
        ordering = ("project", models.F("since").asc(nulls_first=True), "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_somewhere",
                condition=models.Q(city__isnull=False) | ~models.Q(venue=""),
                violation_error_message=_("Say where: a city, a venue, or both."),
                violation_error_code="city:required",
            ),
            in_order("since", "until"),
        ]

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.venue, self.city.short_name if self.city else "") if part)
        return f"{self.project}: {place}"


class Funding(Record):
    part_of: ClassVar[tuple[str, ...]] = ("project",)
    label_relations: ClassVar[tuple[str, ...]] = ("project",)
    search_paths: ClassVar[tuple[str, ...]] = ("project__search",)

    project = models.ForeignKey(
        Project, verbose_name=_("project"), on_delete=models.CASCADE, related_name="funding"
    )
    programme = models.CharField(
        _("programme"), max_length=200, help_text=_("Who gives the money, in which programme.")
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = money.currency_field()
    reference = models.CharField(_("reference"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("funding")
        verbose_name_plural = _("funding")
        ordering = ("project", "pk")

    def __str__(self) -> str:
        return f"{self.project}: {self.programme}"
