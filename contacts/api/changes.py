"""What has changed since a moment, and what has gone: a program can keep a copy up to date by it."""

from __future__ import annotations

import datetime
import re
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from contacts.api.pages import CursorPages

PARAMETER = "changed_since"
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
MOMENT_FORM = _("Write a moment with its zone, as 2026-11-27T08:15:00Z; in an address + is %(plus)s.")


def read_moment(text: str) -> datetime.datetime:
    """A date and time after RFC 3339, which always names its zone."""
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError
        return datetime.datetime.fromisoformat(text.upper()).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise ModelValidationError(MOMENT_FORM, code="invalid", params={"plus": "%2B"}) from None


class MomentFormField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        return read_moment(value) if value else None


@extend_schema_field(OpenApiTypes.DATETIME)
class ChangedSinceFilter(django_filters.Filter):
    field_class = MomentFormField

    def __init__(self, **kwargs: Any) -> None:
        label = _(
            "Rows that came or changed at this moment or later, the earliest first unless another order is "
            "asked for."
        )
        super().__init__(**{"field_name": "changed_at", "lookup_expr": "gte", "label": label, **kwargs})


class DeletedSerializer(serializers.Serializer):
    """That a row was deleted, and when; nothing of what it said."""

    id = serializers.IntegerField()
    deleted_at = serializers.DateTimeField(source="history_date")


class DeletedSince(BaseFilterBackend):
    """The same parameter for what has been deleted."""

    def names(self, view: Any) -> set[str]:
        return {PARAMETER}

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> models.QuerySet:
        text = request.query_params.get(PARAMETER, "")
        if not text:
            return queryset
        try:
            return queryset.filter(history_date__gte=read_moment(text))
        except ModelValidationError as error:
            errors = serializers.as_serializer_error(ModelValidationError({PARAMETER: error}))
            raise serializers.ValidationError(errors) from error

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        schema = {"type": "string", "format": "date-time"}
        text = "What was deleted at this moment or later."
        return [{"name": PARAMETER, "in": "query", "required": False, "schema": schema, "description": text}]


class DeletedPages(CursorPages):
    """What was deleted first comes first."""

    parameters = ("cursor", "page_size", "count")

    def _ordering(self) -> list[str]:
        return ["history_date"]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        found = super().get_schema_operation_parameters(view)
        return [parameter for parameter in found if parameter["name"] in self.parameters]


def deleted_rows(model: Any) -> models.QuerySet:
    """What the history knows to be deleted and is not there again."""
    present = model._base_manager.filter(pk=models.OuterRef("id"))
    return model.history.filter(~models.Exists(present), history_type="-")
