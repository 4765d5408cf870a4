"""How our values read and are written in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from django_countries.fields import CountryField
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.relations import MANY_RELATION_KWARGS

from contacts import dates
from contacts.fields import ChoiceListField, LanguageListField, LanguageTextField, SdgField, StringListField

PARTIAL_DATE_SCHEMA = {
    "type": "string",
    "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$",
    "examples": ["1989", "2004-07", "1989-11-17"],
}
FITTING = ("label", "help_text", "read_only", "required", "allow_null")
PARTIAL_DATE_FORM = _("Write a year, a month or a day as 2004, 2004-07 or 2004-07-22.")


def read_partial_date(value: Any) -> dates.PartialDate:
    """The API has one form of a date; what people type into forms (07.2004) is refused."""
    date = dates.PartialDate.parse(value) if isinstance(value, str) else None
    if date is None or str(date) != value:
        raise ModelValidationError(PARTIAL_DATE_FORM, code="invalid")
    return date


@extend_schema_field(PARTIAL_DATE_SCHEMA)
class PartialDateField(serializers.Field):
    """Known to the day, the month or the year."""

    def to_internal_value(self, data: Any) -> dates.PartialDate:
        try:
            return read_partial_date(data)
        except ModelValidationError as error:
            if error.code == "invalid_date":
                raise
            raise ModelValidationError(PARTIAL_DATE_FORM, code="invalid") from error

    def to_representation(self, value: dates.PartialDate) -> str:
        return str(value)


@extend_schema_field({"type": "string", "pattern": "^[A-Z]{2}$"})
class CountryCodeField(serializers.CharField):
    """ISO 3166 alpha-2."""

    default_error_messages = {"unknown": _("“{code}” is no country. Use the two letters of ISO 3166.")}

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if code and code not in countries:
            self.fail("unknown", code=code)
        return code


class RelationField(serializers.PrimaryKeyRelatedField):
    """Read as {"id", "name"}, written as the id; what was read is accepted as well."""

    default_error_messages = {
        "does_not_exist": _("There is none with the id {pk_value}."),
        "incorrect_type": _("Give an id, not {data_type}."),
    }

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> ManyRelationField:
        options = {name: kwargs[name] for name in MANY_RELATION_KWARGS if name in kwargs}
        return ManyRelationField(child_relation=cls(*args, **kwargs), **options)

    def use_pk_only_optimization(self) -> bool:
        return False

    def to_internal_value(self, data: Any) -> models.Model:
        if isinstance(data, Mapping):
            data = data.get("id")
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)

    def to_representation(self, value: Any) -> dict[str, Any]:
        return {"id": value.pk, "name": str(value)}


class ManyRelationField(serializers.ManyRelatedField):
    def get_attribute(self, instance: Any) -> Any:
        rows = fetched(instance, str(self.source))
        return super().get_attribute(instance) if rows is None else rows


def where_fetched(relation: str) -> str:
    """The attribute that a list keeps the rows of a relation in.

    A list of its own: as what is prefetched into the relation itself, the framework would make a query of
    each row of a page, only to throw it away.
    """
    return f"fetched_{relation}"


def fetched(row: models.Model, relation: str) -> list[Any] | None:
    return row.__dict__.get(where_fetched(relation))


class ExpandedField(serializers.Field):
    """A relation, to one or to many, as the full rows of what it leads to: as that viewset shows them."""

    def __init__(self, viewset: Any, *, many: bool, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)
        self.viewset, self.many = viewset, many
        # Not a part of the serializer that it stands in, for files and rights are asked by its own view.
        self.row = viewset.reader

    def to_representation(self, value: Any) -> Any:
        if self.many:
            return [self.row.to_representation(row) for row in value.all()]
        return self.row.to_representation(value)

    def add_computed(self, rows: list[Any]) -> None:
        """To what these rows lead to; the same row may stand behind several of them."""
        found: dict[int, Any] = {}
        for row in rows:
            value = getattr(row, str(self.source))
            reached = value.all() if self.many else [value]
            found.update((id(each), each) for each in reached if each is not None)
        self.viewset.compute(list(found.values()))


@extend_schema_field({"type": ["string", "null"], "format": "uri"})
class FileAddressField(serializers.Field):
    """Where an uploaded file is fetched, replaced and removed (see contacts/api/uploads.py)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "read_only": True})

    def to_representation(self, value: Any) -> str | None:
        if not value:
            return None
        return self.context["view"].reverse_action(value.field.name, args=[value.instance.pk])


def for_model_field(
    field: models.Field, options: dict[str, Any]
) -> tuple[type[serializers.Field], dict[str, Any]] | None:
    """How a model field of ours reads, with the options of the framework that fit; None for the others."""
    fitting = {name: options[name] for name in FITTING if name in options}
    match field:
        case dates.PartialDateField():
            return PartialDateField, fitting
        case CountryField():
            return CountryCodeField, fitting | {"allow_blank": field.blank}
        case models.FileField():
            return FileAddressField, fitting
        case StringListField() | LanguageListField():
            return serializers.ListField, fitting | {"child": serializers.CharField()}
        case SdgField():
            return serializers.ListField, fitting | {
                "child": serializers.IntegerField(min_value=1, max_value=17)
            }
        case ChoiceListField():
            choices = field.of.choices if field.of else []
            return serializers.ListField, fitting | {"child": serializers.ChoiceField(choices=choices)}
        case LanguageTextField():
            return serializers.DictField, fitting | {"child": serializers.CharField(allow_blank=True)}
    return None
