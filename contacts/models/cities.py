"""Cities, districts, counties and regions, and their days."""

from __future__ import annotations

import datetime
import re
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Right
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from contacts.fields import StringListField
from contacts.models.office import validate_timezone
from contacts.names import FoldedField, SortField
from contacts.records import KeepingManyToManyField, Record, RecordQuerySet

validate_wikidata_id = RegexValidator(
    r"^Q[1-9][0-9]*\Z", _("A Wikidata id is a Q with digits, for example Q406."), code="wikidata_id"
)


class CityQuerySet(RecordQuerySet["City"]):
    def home(self) -> Self:
        """Our own: the cities and districts for which this office works."""
        return self.filter(is_home=True)

    def within(self, city: City) -> Self:
        """The city itself and its districts."""
        return self.filter(models.Q(pk=city.pk) | models.Q(parent=city.pk))

    def get_by_natural_key(self, key: str, country: str | None = None) -> City:
        """By Wikidata id ("Q406"), else by any of its main names, with the country where two share one."""
        if re.fullmatch(r"Q[1-9]\d*", key):
            return self.get(wikidata_id=key)
        cities = self.filter(models.Q(name_de=key) | models.Q(name_en=key) | models.Q(name_local=key))
        return cities.get(country=country) if country else cities.get()


class City(Record):
    class Kind(models.TextChoices):
        CITY = "city", _("city")
        DISTRICT = "district", _("district")
        COUNTY = "county", _("county")
        REGION = "region", _("region")

    label_relations: ClassVar[tuple[str, ...]] = ("parent",)
    _history_m2m_fields = ("documents",)

    name_de = models.CharField(_("German name"), max_length=200, blank=True)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    name_local = models.CharField(
        _("own name"),
        max_length=200,
        blank=True,
        help_text=_("As the city writes itself, in its own script."),
    )
    other_names = StringListField(
        _("other names"),
        blank=True,
        help_text=_("Former names, other languages and spellings; all are found."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CITY)
    country = CountryField(_("country"))
    region = models.CharField(
        _("region"), max_length=200, blank=True, help_text=_("State, province or region.")
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        help_text=_("The city that a district belongs to."),
    )
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    population_year = models.PositiveSmallIntegerField(_("year of the population"), null=True, blank=True)
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_timezone],
        help_text=_("For example Europe/Istanbul. Times of a visit are local to the city."),
    )
    website = models.URLField(_("website"), blank=True)
    wikidata_id = models.CharField(
        _("Wikidata id"),
        max_length=20,
        blank=True,
        validators=[validate_wikidata_id],
        help_text=_("Like Q406."),
    )
    geonames_id = models.PositiveIntegerField(_("GeoNames id"), null=True, blank=True)
    is_home = models.BooleanField(
        _("one of our own"), default=False, help_text=_("This office works for it, or for ties it has.")
    )
    documents = KeepingManyToManyField(
        "contacts.Document", verbose_name=_("documents"), blank=True, related_name="cities"
    )
    notes = models.TextField(_("notes"), blank=True)
    search = FoldedField("name_de", "name_en", "name_local", "other_names")
    sort = SortField(("name_de", "name_en", "name_local"))

    objects: ClassVar = CityQuerySet.as_manager()

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ("sort", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_named",
                condition=~models.Q(name_de="", name_en="", name_local=""),
                violation_error_message=_("Give the city a name: German, English or its own."),
                violation_error_code="name_de:required",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_part_of_itself",
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("pk")),
                violation_error_message=_("A city cannot be part of itself. Choose another one."),
                violation_error_code="parent:self",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_district_has_parent",
                condition=~models.Q(kind="district") | models.Q(parent__isnull=False),
                violation_error_message=_("A district is part of a city. Say which one."),
                violation_error_code="parent:required",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_whole_position",
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(latitude__isnull=False, longitude__isnull=False),
                violation_error_message=_("A position has a latitude and a longitude. Give both or none."),
                violation_error_code="longitude:half",
            ),
            models.UniqueConstraint(
                "wikidata_id",
                name="%(app_label)s_%(class)s_wikidata_id",
                condition=~models.Q(wikidata_id=""),
                violation_error_message=_("Another city has this Wikidata id already."),
                violation_error_code="wikidata_id:unique",
            ),
            models.UniqueConstraint(
                "geonames_id",
                name="%(app_label)s_%(class)s_geonames_id",
                condition=models.Q(geonames_id__isnull=False),
                violation_error_message=_("Another city has this GeoNames id already."),
                violation_error_code="geonames_id:unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.short_name} ({self.parent.short_name})" if self.parent else self.short_name

    def natural_key(self) -> tuple[str, ...]:
        return (self.wikidata_id,) if self.wikidata_id else (self.short_name, str(self.country))

    @property
    def short_name(self) -> str:
        """Its name in the reader's language, without the city it is part of."""
        first, second = self.name_de, self.name_en
        if (get_language() or "de").startswith("en"):
            first, second = second, first
        return first or second or self.name_local

    def clean(self) -> None:
        super().clean()
        self._refuse_circle("parent", _("The cities would be parts of each other."))


validate_month_day = RegexValidator(
    r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}\Z",
    _("Write a day of every year as 10-29, or one date as 2026-10-29."),
    code="month_day",
)


class CityDate(Record):
    """A day that matters in a city: every year ("10-29") or once ("2026-09-20")."""

    class Kind(models.TextChoices):
        NATIONAL_DAY = "national_day", _("national day")
        CITY_DAY = "city_day", _("city day")
        ELECTION = "election", _("election")
        OTHER = "other", _("other")

    part_of: ClassVar[tuple[str, ...]] = ("city",)
    label_relations: ClassVar[tuple[str, ...]] = ("city__parent",)
    search_paths: ClassVar[tuple[str, ...]] = ("city__search",)

    city = models.ForeignKey(City, verbose_name=_("city"), on_delete=models.CASCADE, related_name="dates")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    on = models.CharField(
        _("day"),
        max_length=10,
        validators=[validate_month_day],
        help_text=_("10-29 for every year, 2026-10-29 for one."),
    )
    month_day = models.GeneratedField(
        expression=Right("on", 5), output_field=models.CharField(max_length=5), db_persist=True
    )
    label = models.CharField(_("what day it is"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("day of a city")
        verbose_name_plural = _("days of cities")
        ordering = ("city", "on")
        indexes: ClassVar = [models.Index(fields=["month_day"])]

    def __str__(self) -> str:
        return f"{self.city}: {self.label or self.get_kind_display()}"

    def clean(self) -> None:
        super().clean()
        if not re.match(validate_month_day.regex, self.on):
            return
        # 2000 is a leap year: 29 February is a day of every year, kept on the 28th in common ones.
        text = self.on if len(self.on) == 10 else f"2000-{self.on}"
        try:
            datetime.date.fromisoformat(text)
        except ValueError:
            raise ValidationError(
                {"on": ValidationError(_("There is no such day in the calendar."), code="month_day")}
            ) from None
