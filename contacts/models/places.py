"""The gazetteer: places of the world, from which the facts of a city are taken."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from babel import Locale
from babel.core import get_global
from django.db import models
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from django_countries.fields import CountryField

from contacts.fields import StringListField
from contacts.names import FoldedField, fold
from contacts.records import RecordQuerySet


class PlaceQuerySet(RecordQuerySet[Any]):
    def with_called(self, text: str) -> Self:
        """`called` is 1 where this is one whole name of the place, however it is spelled, and 0 elsewhere."""
        whole = models.Q()
        for form in set(filter(None, fold(text))):
            whole |= models.Q(lines__contains=f"\n{form}\n")
        # The folded names stand one a line.
        end = models.Value("\n")
        rows = self.alias(lines=Concat(end, "search", end, output_field=models.TextField()))
        called: Any = models.Case(models.When(whole, then=1), default=0) if whole else models.Value(0)
        return rows.annotate(called=models.ExpressionWrapper(called, models.IntegerField()))

    def best_first(self, text: str) -> Self:
        """Places that the text may mean: those called exactly so, then the others, the largest first."""
        found = self.search(text).with_called(text)
        return found.order_by("-called", "-population", "name", "pk")

    def keep(self, places: list[Place]) -> tuple[int, int]:
        """Add these places, or bring up to date those that have the same GeoNames id already.

        Returns how many were added and how many changed. Meant for some hundred places at a time.
        """
        names = Place.fact_names()
        list_of_names: Any = Place._meta.get_field("names")
        search: Any = Place._meta.get_field("search")
        for place in places:
            # As they come back from the database, so that what is alike counts as alike.
            place.names = list_of_names.to_python(place.names)
            search.pre_save(place, True)
        present = {
            place.geonames_id: place
            for place in self.filter(geonames_id__in=[place.geonames_id for place in places])
        }
        added = [place for place in places if place.geonames_id not in present]
        changed = [
            place
            for place in places
            if place.geonames_id in present
            and any(getattr(place, name) != getattr(present[place.geonames_id], name) for name in names)
        ]
        self.bulk_create(
            [*added, *changed], update_conflicts=True, unique_fields=["geonames_id"], update_fields=names
        )
        return len(added), len(changed)


class Place(models.Model):
    """A row of the gazetteer. Read only, not a record of ours.

    The source does not say in which language a name is.
    """

    name = models.CharField(_("name"), max_length=200)
    names = StringListField(_("names"), blank=True)
    country = CountryField(_("country"))
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5)
    population = models.PositiveIntegerField(_("population"), default=0)
    timezone = models.CharField(_("time zone"), max_length=64)
    geonames_id = models.PositiveIntegerField(_("GeoNames id"), unique=True)
    search = FoldedField("name", "names")

    label_relations: ClassVar[tuple[str, ...]] = ()
    search_paths: ClassVar[tuple[str, ...]] = ("search",)

    objects: ClassVar = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("gazetteer")
        ordering = ("-population", "name")

    def __str__(self) -> str:
        return f"{self.name} ({self.country})"

    @classmethod
    def fact_names(cls) -> list[str]:
        return [field.name for field in cls._meta.fields if field.name not in ("id", "geonames_id")]

    @property
    def label(self) -> str:
        """Its name with its country in the reader's language, as one reads it in a list."""
        return f"{self.name}, {countries.name(str(self.country))}"

    def spelled(self, text: str) -> str:
        """That name of the place which is the text or begins with it, as it is properly spelled.

        Where none does, its first name.
        """
        wanted = set(filter(None, fold(text)))
        names = (self.name, *self.names)
        same = [name for name in names if wanted & set(fold(name))]
        if self.name in same:
            return self.name
        if same:
            return max(same, key=lambda name: (name.casefold() == text.casefold(), _accents(name)))
        begun = [name for name in names if any(fold(name)[0].startswith(form) for form in wanted)]
        return self.name if self.name in begun else min(begun, key=len, default=self.name)

    def name_in(self, language: str) -> str:
        """What the place is surely called in a language ("de", "en"); empty where nobody says so.

        Known is what CLDR calls the cities that time zones are named after: Europe/Vienna is Wien.
        """
        zone = get_global("zone_aliases").get(self.timezone, self.timezone)
        # Elsewhere in the zone of Vienna, a village is no Wien.
        if fold(self.name)[0] not in {fold(_city_of(each))[0] for each in (zone, self.timezone)}:
            return ""
        name = Locale.parse(language).time_zones.get(zone, {}).get("city", "")
        return name if name in (self.name, *self.names) else ""

    def other_names(self) -> list[str]:
        """Its names as people write them: each once, without airport codes and bare sound transcripts."""
        found = {fold(self.name)[1]: self.name}
        for name in self.names:
            is_code = len(name) <= 3 and name.isascii() and name.isupper()
            is_transcript = name.isascii() and name[:1].islower()
            bare = fold(name)[1]
            if not (is_code or is_transcript or bare == fold(self.name)[1]):
                found[bare] = max(found.get(bare, name), name, key=_accents)
        return list(found.values())

    def facts(self) -> dict[str, Any]:
        """The fields of a city as far as the gazetteer knows them.

        A name is called German or English only where that is sure; all others are other names, until
        somebody who knows says which is which. The year of the population is not known.
        """
        german, english = self.name_in("de"), self.name_in("en")
        taken = {fold(name) for name in (german, english)}
        return {
            "name_de": german,
            "name_en": english,
            "other_names": [name for name in self.other_names() if fold(name) not in taken],
            "country": str(self.country),
            "latitude": self.latitude,
            "longitude": self.longitude,
            "population": self.population or None,
            "timezone": self.timezone,
            "geonames_id": self.geonames_id,
        }


def _accents(name: str) -> int:
    return sum(not letter.isascii() for letter in name)


def _city_of(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")
