"""The office's own data, asked for on the first start: the form, and the cities that it names."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from contacts.admin import RecordForm
from contacts.models import City, Office, Place
from contacts.names import fold


class OfficeForm(RecordForm):
    """The one row of the office, and its own cities by name. Saving it confirms the office."""

    cities = forms.CharField(
        label=_("Our own cities"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "For which cities or districts do you work? One a line, as in Düsseldorf. Those on record or in "
            "the gazetteer are found by name; others are added with the name alone."
        ),
    )

    class Meta:
        model = Office
        fields = ("title", "from_address", "timezone", "country", "state")
        help_texts = {
            "title": _("As it signs its mails, for example: Büro für Internationale Beziehungen."),
            "country": _("Where the office is. Your own cities are looked for there first."),
            "state": _("Two letters, as in NW or BE; for public holidays. Empty outside of Germany."),
        }
        widgets = {"timezone": forms.TextInput(attrs={"list": "timezones", "autocomplete": "off"})}

    def __init__(self, *args: Any, keeps_cities: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        if not keeps_cities:
            del self.fields["cities"]

    @property
    def timezones(self) -> list[str]:
        """What is offered while one types: the zones that are called after a place."""
        return sorted(name for name in zoneinfo.available_timezones() if "/" in name and name[:4] != "Etc/")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        country = str(cleaned.get("country", ""))
        names = [line.strip() for line in str(cleaned.get("cities", "")).splitlines()]
        found: list[City] = []
        for name in dict.fromkeys(filter(None, names)):
            try:
                city = city_called(name, country=country)
                city.is_home = True
                city.full_clean()
            except ValidationError as error:
                self.add_error("cities", [f"{name}: {sentence}" for sentence in error.messages])
            else:
                # Two names of one city are one line.
                if not any(_same(city, other) for other in found):
                    found.append(city)
        return cleaned | {"cities": found}

    @transaction.atomic
    def save(self, commit: bool = True) -> Office:
        self.instance.confirm()
        for city in self.cleaned_data["cities"]:
            city.save()
        return self.instance

    def told(self, city: City) -> str:
        """What was made of a name, so that a wrong guess is seen at once."""
        if city.version > 1:
            return gettext("%(city)s was on record and is one of our own now.") % {"city": city}
        if city.geonames_id is None:
            return gettext("%(city)s was added with its name alone. Complete it under Cities.") % {
                "city": city
            }
        text = gettext("%(city)s was taken from the gazetteer: %(country)s, %(population)s inhabitants.")
        return text % {
            "city": city,
            "country": countries.name(str(city.country)),
            "population": number_format(city.population or 0, force_grouping=True),
        }


def city_called(name: str, *, country: str) -> City:
    """The city of that name: the one on record, else a new one, filled in from the gazetteer if it is there.

    Cities of the country come first. ValidationError where several on record have the name.
    """
    known = [city for city in City.objects.search(name) if _is_called(name, city)]
    known = [city for city in known if city.country == country] or known
    if len(known) > 1:
        message = gettext("Several cities on record have this name. Mark the right one on its own page.")
        raise ValidationError(message, code="several")
    if known:
        return known[0]
    place = Place.objects.filter(country=country).best_first(name).filter(called=1).first()
    if place is None:
        return City(country=country, **{_name_field(): name})
    present = City.objects.filter(geonames_id=place.geonames_id).first()
    return present or _city_of(place, called=name)


def _is_called(name: str, city: City) -> bool:
    wanted = set(filter(None, fold(name)))
    names = (city.name_de, city.name_en, city.name_local, *city.other_names)
    return any(wanted & set(fold(each)) for each in names if each)


def _city_of(place: Place, *, called: str) -> City:
    """People type the name of their own city in the language that they read."""
    facts, name = place.facts(), place.spelled(called)
    facts[_name_field()] = name
    facts["other_names"] = [other for other in facts["other_names"] if fold(other) != fold(name)]
    return City(**facts)


def _name_field() -> str:
    return "name_en" if (get_language() or "de").startswith("en") else "name_de"


def _same(city: City, other: City) -> bool:
    if city.pk or other.pk:
        return city.pk == other.pk
    return city.geonames_id is not None and city.geonames_id == other.geonames_id
