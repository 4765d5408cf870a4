"""Query parameters: fields by name, dates from and until, and a search; all written out by each viewset."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from contacts.api.fields import PARTIAL_DATE_SCHEMA, read_partial_date
from contacts.dates import PartialDateField


class PartialDateFormField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        return read_partial_date(value) if value else None


@extend_schema_field(PARTIAL_DATE_SCHEMA)
class PartialDateFilter(django_filters.Filter):
    field_class = PartialDateFormField


@extend_schema_field(OpenApiTypes.BOOL)
class YesNoFilter(django_filters.TypedChoiceFilter):
    """`true` or `false`; anything else is refused, where the framework's own would let all rows through."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("true", _("yes")), ("false", _("no"))]
        super().__init__(choices=choices, coerce=lambda text: text == "true", **kwargs)


def _one_of_many(field: Any) -> dict[str, Any]:
    return {"queryset": field.related_model._default_manager.all()}


class StaffFilterSet(django_filters.FilterSet):
    """A date can be asked for as such, with `_from` and with `_until`; a partial one by what it may mean."""

    RANGES: ClassVar = (
        (PartialDateField, PartialDateFilter, ("within", "on_or_after", "on_or_before")),
        (models.DateField, django_filters.DateFilter, ("exact", "gte", "lte")),
    )

    class Meta:
        filter_overrides: ClassVar = {
            models.BooleanField: {"filter_class": YesNoFilter},
            models.ManyToManyField: {
                "filter_class": django_filters.ModelChoiceFilter,
                "extra": _one_of_many,
            },
            PartialDateField: {"filter_class": PartialDateFilter},
        }

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        found = super().get_filters()
        if not cls._meta.model:
            return found
        for name in cls._meta.fields:
            field = cls._meta.model._meta.get_field(name)
            for kind, filter_class, lookups in cls.RANGES:
                if isinstance(field, kind):
                    for suffix, lookup in zip(("", "_from", "_until"), lookups, strict=True):
                        found[name + suffix] = filter_class(field_name=name, lookup_expr=lookup)
        return found


class FieldFilters(DjangoFilterBackend):
    filterset_base = StaffFilterSet

    def names(self, view: Any) -> set[str]:
        filterset = self.get_filterset_class(view, view.queryset)
        return set(filterset.base_filters) if filterset else set()


class Search(BaseFilterBackend):
    """`?search=`, in what the model names as its search_paths."""

    def names(self, view: Any) -> set[str]:
        return {"search"}

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> models.QuerySet:
        text = request.query_params.get("search", "")
        return queryset.search(text) if text else queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [{"name": "search", "in": "query", "required": False, "schema": {"type": "string"}}]
