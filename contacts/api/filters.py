"""Query parameters: fields by name, dates from and until, and a search; all written out by each viewset."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from contacts.api.changes import PARAMETER, ChangedSinceFilter
from contacts.api.fields import PARTIAL_DATE_SCHEMA, read_partial_date
from contacts.dates import PartialDateField
from contacts.names import fold

# Each word is looked for in every path that the model names.
LONGEST, MOST_WORDS = 200, 10


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
    """A date can be asked for as such, with `_from` and with `_until`; a partial one by what it may mean.

    Of rows that know when they changed, all can be asked for that have changed since a moment.
    """

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
        if any(field.name == "changed_at" for field in cls._meta.model._meta.fields):
            found[PARAMETER] = ChangedSinceFilter()
        for name in cls._meta.fields:
            field = cls._meta.model._meta.get_field(name)
            for kind, filter_class, lookups in cls.RANGES:
                if isinstance(field, kind):
                    for suffix, lookup in zip(("", "_from", "_until"), lookups, strict=True):
                        found[name + suffix] = filter_class(field_name=name, lookup_expr=lookup)
        return found


class FieldFilters(DjangoFilterBackend):
    filterset_base = StaffFilterSet
    _made: ClassVar[dict[tuple[Any, ...], Any]] = {}

    def get_filterset_class(self, view: Any, queryset: Any = None) -> Any:
        """One for each kind of view: to make it takes as long as to show five rows."""
        kind = type(view), *view.filterset_fields
        if kind not in self._made:
            self._made[kind] = super().get_filterset_class(view, view.queryset)
        return self._made[kind]

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> models.QuerySet:
        # Where nothing is asked for no form is made, which takes as long as to show ten rows.
        if self.names(view).isdisjoint(request.query_params):
            return queryset
        return super().filter_queryset(request, queryset, view)

    def names(self, view: Any) -> set[str]:
        filterset = self.get_filterset_class(view, view.queryset)
        return set(filterset.base_filters) if filterset else set()


class Search(BaseFilterBackend):
    """`?search=`, in what the model names as its search_paths."""

    def names(self, view: Any) -> set[str]:
        return {"search"}

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> models.QuerySet:
        text = request.query_params.get("search", "")
        if not text:
            return queryset
        if not fold(text)[0]:
            # There is no word in it, and a search without words would show everything.
            raise _refusal(gettext("There is neither a letter nor a digit in it."))
        if len(text) > LONGEST or len(text.split()) > MOST_WORDS:
            message = gettext("Give at most %(words)s words of %(letters)s letters in all.")
            raise _refusal(message % {"words": MOST_WORDS, "letters": LONGEST})
        return queryset.search(text)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        schema = {"type": "string", "maxLength": LONGEST}
        return [{"name": "search", "in": "query", "required": False, "schema": schema}]


def _refusal(message: str) -> serializers.ValidationError:
    return serializers.ValidationError({"search": [serializers.ErrorDetail(message, code="invalid")]})
