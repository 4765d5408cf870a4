from __future__ import annotations

import datetime
from typing import Any

from babel.dates import format_date, format_skeleton
from django.contrib import admin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin.filters import CountryFilter, MayorFilter, MonthFilter, country_of, occurring
from contacts.admin.gazetteer import PickingAdmin
from contacts.admin.organisations import holders_named
from contacts.admin.pages import RecordAdmin
from contacts.admin.rows import TableInline
from contacts.admin.values import badge, grouped, with_small
from contacts.dates import reader_locale
from contacts.models import City, CityDate, Organisation, Post, Tenure


class CityDateInline(TableInline):
    model = CityDate
    fields = ["kind", "on", "label"]


@admin.register(City)
class CityAdmin(PickingAdmin):
    list_display = ["title", "kind", "country", "mayor", "inhabitants", "ours"]
    list_filter = ["is_home", MayorFilter, CountryFilter, occurring("kind", _("kind"))]
    inlines = [CityDateInline]
    fieldsets = [
        (
            None,
            {
                "description": _("One of the three names is enough."),
                "fields": [("name_de", "name_en"), "name_local", "other_names"],
            },
        ),
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
        (_("Documents and notes"), {"classes": ["collapse"], "fields": ["documents", "notes"]}),
    ]

    def for_list(self, queryset: Any) -> Any:
        running = Tenure.objects.on(timezone.localdate()).order_by("is_acting", "pk")
        holders = models.Prefetch("tenures", running.select_related("person"), to_attr="running")
        heads = Post.objects.filter(is_head_of_city=True).prefetch_related(holders)
        bodies = Organisation.objects.filter(pk__in=heads.order_by().values("organisation"))
        leading = bodies.prefetch_related(models.Prefetch("posts", heads, to_attr="heads"))
        return (
            super()
            .for_list(queryset)
            .prefetch_related(models.Prefetch("organisations", leading, to_attr="leading"))
        )

    @admin.display(description=_("city"), ordering="sort")
    def title(self, city: City) -> str:
        return with_small(city, city.name_local if city.name_local != str(city) else "")

    @admin.display(description=_("mayor today"))
    def mayor(self, city: Any) -> str | None:
        tenures = [tenure for body in city.leading for post in body.heads for tenure in post.running]
        if tenures:
            return holders_named(tenures)
        return (
            None if city.kind in (City.Kind.COUNTY, City.Kind.REGION) else badge("open", gettext("not known"))
        )

    @admin.display(description=_("population"), ordering="population")
    def inhabitants(self, city: City) -> str | None:
        if city.population is None:
            return None
        number = grouped(city.population)
        return f"{number} ({city.population_year})" if city.population_year else number

    @admin.display(description=_("one of our own"), ordering="is_home")
    def ours(self, city: City) -> str | None:
        return gettext("yes") if city.is_home else None


@admin.register(CityDate)
class CityDateAdmin(RecordAdmin):
    list_display = ["day", "city", "kind", "label"]
    list_filter = [MonthFilter, occurring("kind", _("kind")), country_of("city")]
    fields = ["city", "kind", "on", "label"]

    @admin.display(description=_("day"), ordering="month_day")
    def day(self, day: CityDate) -> str:
        """29 October, or with the year where it is one date."""
        if len(day.on) == 10:
            return format_date(datetime.date.fromisoformat(day.on), "long", locale=reader_locale())
        in_a_leap_year = datetime.date.fromisoformat(f"2000-{day.on}")
        return format_skeleton("MMMMd", in_a_leap_year, locale=reader_locale())
