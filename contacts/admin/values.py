"""How values are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from phonenumber_field.modelfields import PhoneNumberField
from phonenumber_field.phonenumber import PhoneNumber

from contacts.dates import PartialDate, PartialDateField
from contacts.fields import (
    ChoiceListField,
    LanguageListField,
    LanguageTextField,
    TidyJSONField,
    language_names,
)

EMPTY = "–"
# Where Django shows the stored form instead.
READABLE = (PartialDateField, TidyJSONField, PhoneNumberField)


def readable(field: models.Field, value: Any) -> Any:
    """A value as people read it: no ISO date where only the year is known, no brackets and braces."""
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, PartialDate):
        return value.display_short()
    if isinstance(value, PhoneNumber):
        return value.as_international
    if isinstance(field, LanguageTextField):
        return "; ".join(f"{language_names().get(code, code)}: {text}" for code, text in value.items())
    if isinstance(field, LanguageListField):
        return ", ".join(language_names().get(code, code) for code in value)
    if isinstance(field, ChoiceListField) and field.of:
        return ", ".join(str(field.of(one).label) for one in value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if field.choices:
        return dict(field.flatchoices).get(value, value)
    return value


@cache
def column_of(field: models.Field) -> Callable[[models.Model], Any]:
    def column(record: models.Model) -> Any:
        return readable(field, getattr(record, field.attname))

    column.__name__ = field.name
    return admin.display(column, description=field.verbose_name, ordering=field.name)


def badge(shape: str, label: Any) -> str:
    """A state as shape and word; the shapes (ok plan warn late asleep over open) stand in the style sheet."""
    return format_html('<span class="badge {}">{}</span>', shape, label)


def link(record: Any, label: Any = None) -> str:
    return format_html('<a href="{}">{}</a>', record.get_absolute_url(), label or record)


def list_link(model: type[models.Model], label: Any, **filters: Any) -> str:
    """A link to the list of a model, narrowed by filters."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=filters)
    return format_html('<a href="{}">{}</a>', url, label)


def label_paths(model: type[models.Model], names: Iterable[Any]) -> list[str]:
    """The relations to fetch so that these columns, where they are relations, show their labels."""
    paths = list(getattr(model, "label_relations", ()))
    for name in names:
        field = field_of(model, name)
        if isinstance(field, models.ForeignKey):
            further = getattr(field.related_model, "label_relations", ())
            paths += [name, *(f"{name}__{path}" for path in further)]
    return paths


def field_of(model: type[models.Model], name: Any) -> Any:
    try:
        return model._meta.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        return None
