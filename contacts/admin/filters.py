from __future__ import annotations

import datetime
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from contacts.fields import language_names
from contacts.models import Tenure
from contacts.names import sort_key


class CountryFilter(admin.SimpleListFilter):
    """The countries that occur; a subclass says where the city stands (`path`)."""

    title = _("country")
    parameter_name = "country"
    path = "country"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by().values_list(self.path, flat=True).distinct()
        names = {code: countries.name(code) for code in rows if code}
        return sorted(names.items(), key=lambda country: sort_key(country[1]))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class RelatedFilter(admin.RelatedOnlyFieldListFilter):
    """Those that occur in a relation, counted by one grouping.

    Django adds a column to one row for each: slow with hundreds, and PostgreSQL has no more than 1,664.
    """

    def has_output(self) -> bool:
        # Else a choice that is there alone, or no more, would be passed over, and all rows shown for it.
        return super().has_output() or bool(self.used_parameters)

    def get_facet_queryset(self, changelist: Any) -> dict[str, int]:
        shown = changelist.get_queryset(self.request, exclude_parameters=self.expected_parameters())
        rows = changelist.model._base_manager.filter(pk__in=shown.order_by().values("pk"))
        counted = rows.order_by().values_list(self.field_path).annotate(models.Count("pk"))
        found = {f"{key}__c": 0 for key, _name in self.lookup_choices} | {"__c": 0}
        return found | {"__c" if key is None else f"{key}__c": count for key, count in counted}


class MineFilter(admin.SimpleListFilter):
    """My own rows; a subclass says what makes them mine."""

    title = _("whose")
    parameter_name = "mine"
    path = "responsible"
    nobodys: Any = _("Nobody's")

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Mine")), ("nobody", self.nobodys)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return self.of(queryset, request.user)
            case "nobody":
                return self.of(queryset, None)
        return queryset

    def of(self, queryset: Any, user: Any) -> Any:
        """The rows of this user; of nobody where there is none."""
        return queryset.filter(**{self.path: user} if user else {f"{self.path}__isnull": True})


class PublishedFilter(admin.SimpleListFilter):
    title = _("public")
    parameter_name = "published"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Published")), ("no", _("Not published"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        published = {"published_at__isnull": False, "withdrawn_at__isnull": True}
        match self.value():
            case "yes":
                return queryset.filter(**published)
            case "no":
                return queryset.exclude(**published)
        return queryset


class InOfficeFilter(admin.SimpleListFilter):
    """Terms of office by whether they run today, as far as is known."""

    title = _("in office")
    parameter_name = "in_office"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Today")), ("former", _("No longer")), ("coming", _("Not yet"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        running = Tenure.objects.on(today).values("pk")
        match self.value():
            case "yes":
                return queryset.filter(pk__in=running)
            case "former":
                return queryset.exclude(pk__in=running).filter(until__on_or_before=today)
            case "coming":
                return queryset.exclude(pk__in=running).exclude(until__on_or_before=today)
        return queryset


class VacantFilter(admin.SimpleListFilter):
    title = _("holder")
    parameter_name = "holder"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("none", _("Nobody known today")), ("known", _("Known"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        match self.value():
            case "none":
                return queryset.vacant(today)
            case "known":
                return queryset.filter(pk__in=Tenure.objects.on(today).values("post"))
        return queryset


class OccurringFilter(admin.SimpleListFilter):
    """A field of which only those values are offered that some row has; the path may lead over relations."""

    path = ""

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        rows = model_admin.get_queryset(request).order_by().values_list(self.path, flat=True).distinct()
        field = _field_at(model_admin.model, self.path)
        found = set(rows)
        if field.choices:
            return [(value, label) for value, label in field.flatchoices if value in found]
        labels = {value: self.label_of(value) for value in found if value}
        return sorted(labels.items(), key=lambda choice: sort_key(str(choice[1])))

    def label_of(self, value: Any) -> Any:
        return value

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class LanguageFilter(OccurringFilter):
    title = _("language")
    parameter_name = path = "language"

    def label_of(self, value: Any) -> Any:
        return language_names().get(value, value)


def occurring(path: str, title: Any) -> type[OccurringFilter]:
    """The filter of a field with choices that leaves out what no row has."""
    return type("OccurringFilter", (OccurringFilter,), {"path": path, "parameter_name": path, "title": title})


def country_of(path: str) -> type[CountryFilter]:
    """The countries of the cities to which a path of relations leads."""
    return type("CountryFilter", (CountryFilter,), {"path": f"{path}__country"})


class OurOwnFilter(admin.SimpleListFilter):
    """What belongs to our own cities, and what to others; a subclass says where the city stands (`path`)."""

    title = _("our own or others'")
    parameter_name = "ours"
    path = "city"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Of our own cities")), ("no", _("Of other cities"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(**{f"{self.path}__is_home": self.value() == "yes"})


class MayorFilter(admin.SimpleListFilter):
    """Cities of whose mayor today nothing is known: there somebody must ask."""

    title = _("mayor today")
    parameter_name = "mayor"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("none", _("Nobody known today")), ("known", _("Known"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        led = Tenure.objects.on(timezone.localdate()).of_heads().values("post__organisation__city")
        match self.value():
            case "none":
                return queryset.exclude(pk__in=led)
            case "known":
                return queryset.filter(pk__in=led)
        return queryset


class HolderFilter(admin.SimpleListFilter):
    """People who hold a post today, who held one, and who never did, as far as is known."""

    title = _("post")
    parameter_name = "post"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("head", _("Leads a city today")),
            ("today", _("Holds a post today")),
            ("former", _("Held one formerly")),
            ("none", _("None on record")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        running = Tenure.objects.on(timezone.localdate())
        match self.value():
            case "head":
                return queryset.filter(pk__in=running.of_heads().values("person"))
            case "today":
                return queryset.filter(pk__in=running.values("person"))
            case "former":
                held = queryset.filter(pk__in=Tenure.objects.values("person"))
                return held.exclude(pk__in=running.values("person"))
            case "none":
                return queryset.exclude(pk__in=Tenure.objects.values("person"))
        return queryset


class CountryOfPostFilter(CountryFilter):
    """The countries of the cities where people hold or held a post."""

    path = "tenures__post__organisation__city__country"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        # A plain join would give somebody with two posts there twice.
        there = Tenure.objects.filter(post__organisation__city__country=self.value())
        return queryset.filter(pk__in=there.values("person"))


class DataProtectionFilter(admin.SimpleListFilter):
    """What the law asks to be done for people: to tell them, and to let go of what is kept no longer."""

    title = _("data protection")
    parameter_name = "protection"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("not_informed", _("Not informed yet")), ("over", _("Kept too long"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "not_informed":
                return queryset.filter(informed_on__isnull=True)
            case "over":
                return queryset.filter(retain_until__lt=timezone.localdate())
        return queryset


class MonthFilter(admin.SimpleListFilter):
    """Days that come every year or once, by how near they are."""

    title = _("when")
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("this", _("This month")), ("next", _("Next month"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("this", "next"):
            return queryset
        today = timezone.localdate()
        month = today.replace(day=1)
        if self.value() == "next":
            month = (month + datetime.timedelta(days=31)).replace(day=1)
        every_year = models.Q(on__startswith=f"{month:%m}-")
        return queryset.filter(every_year | models.Q(on__startswith=f"{month:%Y-%m}-"))


class WhereFilter(admin.SimpleListFilter):
    """Papers by where they can be read."""

    title = _("where it is")
    parameter_name = "where"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("file", _("Here, as a file")), ("web", _("On the web")), ("none", _("Nowhere on record"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "file":
                return queryset.exclude(file="")
            case "web":
                return queryset.exclude(url="")
            case "none":
                return queryset.filter(file="", url="")
        return queryset


class AwayFilter(admin.SimpleListFilter):
    title = _("away")
    parameter_name = "away"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("today", _("Today"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.away(timezone.localdate()) if self.value() == "today" else queryset


def _field_at(model: Any, path: str) -> Any:
    *relations, last = path.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model
    return model._meta.get_field(last)
