"""The gazetteer, and the form of a city that is filled in from it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Media
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin.pages import RecordAdmin, RowAdmin
from contacts.admin.values import field_of, grouped
from contacts.models import City, Place
from contacts.names import fold

OFFERED = 10
LISTED = 50
# The fields of a city that may take a name from the gazetteer, which knows no languages.
NAMES = ("name_de", "name_en", "name_local")


@admin.register(Place)
class PlaceAdmin(RowAdmin):
    """The gazetteer is read, never written by hand."""

    list_display = ["name", "country", "inhabitants", "timezone"]
    fields = ["name", "names", "country", ("latitude", "longitude"), "population", "timezone", "geonames_id"]
    show_full_result_count = False

    @admin.display(description=_("population"), ordering="population")
    def inhabitants(self, place: Place) -> str | None:
        return grouped(place.population) if place.population else None

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet, bool]:
        return (queryset.best_first(search_term) if search_term else queryset), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PickingAdmin(RecordAdmin):
    """A form of a city that a place of the gazetteer fills in.

    With JavaScript a combobox above the form does it in place; without, the same field leads to a page of
    places, and each of these to a new form that is filled in already.
    """

    change_form_template = "contacts/city_form.html"

    @property
    def media(self) -> Media:
        script: Any = Script("contacts/gazetteer.js", type="module")
        return super().media + Media(css={"all": ["contacts/gazetteer.css"]}, js=[script])

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("gazetteer/", view(self.gazetteer_view), name="contacts_city_gazetteer"),
            path("gazetteer/places/", view(self.places_view), name="contacts_city_places"),
            *super().get_urls(),
        ]

    def may_pick(self, request: HttpRequest) -> bool:
        may_write = self.has_add_permission(request) or self.has_change_permission(request)
        return may_write and request.user.has_perm("contacts.view_place")

    def gazetteer_view(self, request: HttpRequest) -> HttpResponse:
        """The places that the typed name may mean, to choose from."""
        if not self.may_pick(request):
            raise PermissionDenied
        text = request.GET.get("q", "").strip()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Find in the gazetteer"),
            "opts": self.opts,
            "text": text,
            "found": found_places(text, limit=LISTED),
            "names": [(name, capfirst(field_of(City, name).verbose_name)) for name in NAMES],
            "is_empty": not Place.objects.exists(),
        }
        return TemplateResponse(request, "contacts/gazetteer.html", context)

    def places_view(self, request: HttpRequest) -> HttpResponse:
        """The same as JSON, for the combobox: what each place would fill in, and the city it already is."""
        if not self.may_pick(request):
            raise PermissionDenied
        text = request.GET.get("q", "").strip()
        places = [
            {
                "label": each["label"],
                "hint": each["hint"],
                "names": each["names"],
                "fields": as_typed(each["place"].facts()),
                "city": _as_link(each["city"]),
                "perhaps": _as_link(each["perhaps"]),
            }
            for each in found_places(text, limit=OFFERED)
        ]
        return JsonResponse({"places": places})

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        city = context["original"]
        context["gazetteer"] = self.may_pick(request) and (
            city is None or self.has_change_permission(request, city)
        )
        return super().render_change_form(request, context, *args, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """`?place=` fills in what the gazetteer knows, `&as=name_de` says which name `&called=` is."""
        initial = super().get_changeform_initial_data(request)
        wanted = request.GET.get("place", "")
        place = Place.objects.filter(geonames_id=wanted).first() if wanted.isdecimal() else None
        if place is None:
            return initial
        facts = place.facts()
        if request.GET.get("as") in NAMES:
            facts[request.GET["as"]] = place.spelled(request.GET.get("called", ""))
        if request.method == "GET":
            text = gettext("Filled in from the gazetteer: %(place)s. Check it, change what you know better.")
            self.message_user(request, text % {"place": place.label}, messages.INFO)
        return {**initial, **facts}


def found_places(text: str, *, limit: int) -> list[dict[str, Any]]:
    """The best of the places that the text may mean, each with the city on record that it already is."""
    if not text:
        return []
    places = list(Place.objects.best_first(text)[:limit])
    rows = City.objects.labelled()
    by_id = {
        city.geonames_id: city
        for city in rows.filter(geonames_id__in=[place.geonames_id for place in places])
    }
    unknown = list(rows.filter(geonames_id=None, country__in={str(place.country) for place in places}))
    return [
        {
            "place": place,
            "label": place.label,
            "hint": _hint(place),
            # What the place may be called: as it was asked for, and as the source lists it.
            "names": list(dict.fromkeys([place.spelled(text), place.name])),
            "city": by_id.get(place.geonames_id),
            "perhaps": next((city for city in unknown if _may_be(city, place)), None),
        }
        for place in places
    ]


def _may_be(city: City, place: Place) -> bool:
    """Whether a city without an id of the gazetteer has the country and a main name of the place."""
    names = {fold(name) for name in (place.name, *place.names)}
    mine = {fold(name) for name in (city.name_de, city.name_en, city.name_local) if name}
    return city.country == place.country and bool(mine & names)


def _as_link(city: City | None) -> dict[str, str] | None:
    return {"name": str(city), "url": city.get_absolute_url()} if city else None


def as_typed(facts: dict[str, Any]) -> dict[str, str]:
    """The facts as they would stand in the fields of the form."""
    return {
        name: "\n".join(value) if isinstance(value, list) else "" if value is None else str(value)
        for name, value in facts.items()
    }


def _hint(place: Place) -> str:
    if not place.population:
        return ""
    return gettext("%(number)s inhabitants") % {"number": grouped(place.population)}
