from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from contacts.fields import StringListField
from contacts.models.cities import City
from contacts.names import FoldedField, SortField
from contacts.records import KeepingManyToManyField, Record, RecordQuerySet


class OrganisationQuerySet(RecordQuerySet["Organisation"]):
    def get_by_natural_key(
        self, title: str, city: str | None = None, parent: str | None = None
    ) -> Organisation:
        """By its name, its city (any key that a city takes) and its parent, where two share a name."""
        organisations = self.filter(title=title)
        if city:
            organisations = organisations.filter(city=City.objects.get_by_natural_key(city))
        if parent:
            organisations = organisations.filter(parent__title=parent)
        if len(organisations) > 1:
            organisations = organisations.filter(
                **{f"{of}__isnull": True for of, key in (("city", city), ("parent", parent)) if not key}
            )
        return organisations.get()


class Organisation(Record):
    class Kind(models.TextChoices):
        ADMINISTRATION = "administration", _("administration")
        COUNCIL = "council", _("council")
        GOVERNMENT = "government", _("government")
        MISSION = "mission", _("embassy or consulate")
        CHAMBER = "chamber", _("chamber")
        COMPANY = "company", _("company")
        UNIVERSITY = "university", _("university")
        SCHOOL = "school", _("school")
        RESEARCH = "research", _("research institute")
        CULTURE = "culture", _("cultural institution")
        SPORT = "sport", _("sports body")
        ASSOCIATION = "association", _("association")
        FRIENDS = "friends", _("twinning association")
        MEDIA = "media", _("media")
        FOUNDATION = "foundation", _("foundation")
        NETWORK = "network", _("network of cities")
        OTHER = "other", _("other")

    label_relations: ClassVar[tuple[str, ...]] = ("city",)
    search_paths: ClassVar[tuple[str, ...]] = ("search", "city__search")
    _history_m2m_fields = ("documents",)

    title = models.CharField(_("name"), max_length=300)
    title_local = models.CharField(
        _("own name"), max_length=300, blank=True, help_text=_("In its own script.")
    )
    other_names = StringListField(_("other names"), blank=True, help_text=_("Short forms and former names."))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("unit of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="units",
        help_text=_("The body that this department or section belongs to."),
    )
    city = models.ForeignKey(
        City,
        verbose_name=_("city"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="organisations",
    )
    is_investor_at_home = models.BooleanField(
        _("settled in our city"),
        default=False,
        help_text=_("A company from abroad that has a seat in our city."),
    )
    address = models.TextField(_("address"), blank=True)
    website = models.URLField(_("website"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    documents = KeepingManyToManyField(
        "contacts.Document", verbose_name=_("documents"), blank=True, related_name="organisations"
    )
    notes = models.TextField(_("notes"), blank=True)
    search = FoldedField("title", "title_local", "other_names")
    sort = SortField("title")

    objects: ClassVar = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("sort", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_unit_of_itself",
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("pk")),
                violation_error_message=_("An organisation cannot be a unit of itself. Choose another one."),
                violation_error_code="parent:self",
            ),
            models.UniqueConstraint(
                "title",
                Coalesce("city", 0, output_field=models.BigIntegerField()),
                Coalesce("parent", 0, output_field=models.BigIntegerField()),
                name="%(app_label)s_%(class)s_title",
                violation_error_message=_("This organisation is on record already, with this name and city."),
                violation_error_code="title:unique",
            ),
        ]

    def __str__(self) -> str:
        city = self.city.short_name if self.city else ""
        return self.title if not city or city in self.title else f"{self.title}, {city}"

    def natural_key(self) -> tuple[str, ...]:
        city = self.city.natural_key()[0] if self.city else ""
        parent = self.parent.title if self.parent else ""
        return (self.title, city, parent) if parent else (self.title, city) if city else (self.title,)

    def clean(self) -> None:
        super().clean()
        self._refuse_circle("parent", _("The organisations would be units of each other."))
