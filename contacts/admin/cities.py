from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from contacts.admin.filters import CountryFilter
from contacts.admin.pages import RecordAdmin, RowAdmin
from contacts.admin.rows import TableInline
from contacts.models import City, CityDate, Place


class CityDateInline(TableInline):
    model = CityDate
    fields = ["kind", "on", "label"]


@admin.register(City)
class CityAdmin(RecordAdmin):
    list_display = ["__str__", "name_local", "kind", "country", "population", "is_home"]
    list_filter = ["is_home", "kind", CountryFilter]
    inlines = [CityDateInline]
    fieldsets = [
        (None, {"fields": [("name_de", "name_en"), "name_local", "other_names"]}),
        (_("Where it is"), {"fields": [("country", "region"), ("kind", "parent"), "timezone", "is_home"]}),
        (
            _("Position and figures"),
            {
                "classes": ["collapse"],
                "fields": [
                    ("latitude", "longitude"),
                    ("population", "population_year"),
                    "website",
                    ("wikidata_id", "geonames_id"),
                ],
            },
        ),
        (_("Documents and notes"), {"fields": ["documents", "notes"]}),
    ]


@admin.register(CityDate)
class CityDateAdmin(RecordAdmin):
    list_display = ["on", "city", "kind", "label"]
    list_filter = ["kind"]
    fields = ["city", "kind", "on", "label"]


@admin.register(Place)
class PlaceAdmin(RowAdmin):
    """The gazetteer is read, never written by hand."""

    list_display = ["name", "country", "population", "timezone"]
    fields = ["name", "names", "country", ("latitude", "longitude"), "population", "timezone", "geonames_id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
