from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from contacts.models import Tenure


class CountryFilter(admin.SimpleListFilter):
    """The countries that occur; a subclass says where the city stands (`path`)."""

    title = _("country")
    parameter_name = "country"
    path = "country"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by().values_list(self.path, flat=True).distinct()
        names = {code: countries.name(code) for code in rows if code}
        return sorted(names.items(), key=lambda country: country[1])

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class MineFilter(admin.SimpleListFilter):
    """My own rows; a subclass says what makes them mine (`path`)."""

    title = _("whose")
    parameter_name = "mine"
    path = "responsible"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Mine")), ("nobody", _("Nobody's"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return queryset.filter(**{self.path: request.user})
            case "nobody":
                return queryset.filter(**{f"{self.path}__isnull": True})
        return queryset


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
    """Terms of office that run today, as far as is known."""

    title = _("in office")
    parameter_name = "in_office"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Today")), ("no", _("No longer, or not yet"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        running = Tenure.objects.on(timezone.localdate()).values("pk")
        match self.value():
            case "yes":
                return queryset.filter(pk__in=running)
            case "no":
                return queryset.exclude(pk__in=running)
        return queryset


class VacantFilter(admin.SimpleListFilter):
    title = _("holder")
    parameter_name = "holder"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("none", _("Nobody known today"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.vacant(timezone.localdate()) if self.value() else queryset
