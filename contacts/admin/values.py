"""How values are read."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
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
    validate_language,
)
from contacts.models.office import role_title
from contacts.uploads import Upload, UploadField

EMPTY = "–"
READABLE = (
    *(PartialDateField, TidyJSONField, PhoneNumberField, UploadField),
    *(models.BooleanField, models.DateField),
)


def names_a_language(field: Any) -> bool:
    return validate_language in getattr(field, "validators", ())


def needs_words(field: Any) -> bool:
    """Whether Django would show the stored form instead."""
    return isinstance(field, READABLE) or names_a_language(field)


def readable(field: models.Field, value: Any) -> Any:
    """A value as people read it: no ISO date where only the year is known, no brackets and braces."""
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, PartialDate):
        return value.display_short()
    if isinstance(value, datetime.datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, datetime.date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, Upload):
        return format_html('<a href="{}">{}</a>', value.url, value.original_name)
    if isinstance(value, PhoneNumber):
        return value.as_international
    if isinstance(field, LanguageTextField):
        return "; ".join(f"{language_names().get(code, code)}: {text}" for code, text in value.items())
    if isinstance(field, LanguageListField):
        return ", ".join(language_names().get(code, code) for code in value)
    if isinstance(field, ChoiceListField) and field.of:
        return ", ".join(str(field.of(one).label) for one in value)
    if isinstance(value, list):
        return ", ".join(role_title(one) if isinstance(one, Group) else str(one) for one in value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if field.choices:
        return dict(field.flatchoices).get(value, value)
    if names_a_language(field):
        return language_names().get(value, value)
    return value


@cache
def column_of(field: models.Field) -> Callable[[models.Model], Any]:
    def column(record: models.Model) -> Any:
        return readable(field, getattr(record, field.attname))

    column.__name__ = field.name
    return admin.display(column, description=field.verbose_name, ordering=field.name)


SHAPES = ("ok", "plan", "warn", "late", "asleep", "over", "open", "gold")
SPRITE = "goldenbook/icons.svg"


def badge(shape: str, label: Any) -> str:
    """A state as shape and word; the shapes (SHAPES) stand in components.css. Colour is the third signal."""
    return format_html('<span class="badge {}">{}</span>', shape, label)


def icon(name: str) -> str:
    """A drawing beside a word that says the same; readers do not hear it. The names stand in icons.svg."""
    use = '<svg class="icon" aria-hidden="true"><use href="{}#i-{}"></use></svg>'
    return format_html(use, static(SPRITE), name)


def mark(name: str, label: Any = "") -> str:
    """The kind of a tie or the direction of a visit as a shape, the same in lists, on the map and in legends.

    Without a label the word stands next to it. Names: partnership friendship project contact ended gold
    visit-in visit-out joint.
    """
    shape = '<svg class="mark" viewBox="0 0 14 14" aria-hidden="true"><use href="{}#m-{}"></use></svg>'
    words = format_html('<span class="visually-hidden">{}</span>', label) if label else ""
    return format_html(shape + "{}", static(SPRITE), name, words)


def with_mark(name: str, title: Any, small: Any = "") -> str:
    """The first column of a list: a mark, what the row is called, and its kind in small letters."""
    return format_html(
        '<span class="with-mark">{}<span><span class="title">{}</span>{}</span></span>',
        mark(name),
        title,
        format_html("<small>{}</small>", small) if small else "",
    )


def with_small(title: Any, small: Any) -> str:
    """What a cell says, and below it in small letters what goes with it, if there is anything."""
    return format_html("{}<small>{}</small>", title, small) if small else str(title)


def grouped(number: int) -> str:
    """1.234.567 in German."""
    return number_format(number, use_l10n=True, force_grouping=True)


def verbose_name(model: type[models.Model]) -> str:
    """What one row of a model is called."""
    return str(model._meta.verbose_name)


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
