"""The one base of all serializers: the model's own rules hold, and what is not known is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from operator import attrgetter
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext
from rest_framework import serializers

from contacts.api import fields

RECORD = ("id", "name", "created_at", "changed_at", "version")
PUBLISHED = ("published_at", "published_by", "withdrawn_at")


class StraightSerializer(serializers.Serializer):
    """Asks each field straight for what it shows, which saves a list half of its time here."""

    @cached_property
    def _steps(self) -> list[tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]:
        shown = self._readable_fields
        return [(str(field.field_name), _reading(field), field.to_representation) for field in shown]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = {}
        for name, read, show in self._steps:
            value = read(instance)
            shown[name] = None if value is None else show(value)
        return shown


def _reading(field: serializers.Field) -> Callable[[Any], Any]:
    """As `get_attribute`, which looks up anew for each row what it could mean."""
    if field.source == "*":
        return lambda row: row
    if field.source == "__str__":
        return str
    asks_itself = type(field).get_attribute not in (
        serializers.Field.get_attribute,
        serializers.RelatedField.get_attribute,
    )
    if asks_itself or field.default is not serializers.empty:
        return field.get_attribute
    return attrgetter(str(field.source))


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know and changes to those that are only read."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refusals = ((name, self._refusal(name, data[name])) for name in data)
            if errors := {name: [refusal] for name, refusal in refusals if refusal}:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)

    def _refusal(self, name: str, value: Any) -> serializers.ErrorDetail | None:
        field = self.fields.get(name)
        if field is None:
            return serializers.ErrorDetail(gettext("There is no such field."), code="unknown_field")
        # What was read may be sent back as it was; label and clockwork of the row change by themselves.
        if not field.read_only or name in RECORD or value == self._present.get(name):
            return None
        return serializers.ErrorDetail(gettext("This field is only read."), code="read_only")

    @property
    def _present(self) -> Mapping[str, Any]:
        return {} if self.instance is None else self.data_of(self.instance)

    def data_of(self, instance: Any) -> Mapping[str, Any]:
        return self.to_representation(instance)


def restricted_of(serializer: Any) -> dict[str, str]:
    """The fields that take a right of their own, each with it.

    The model names its own, Meta.restricted of the serializer those that are made of other models' rows.
    """
    return {**getattr(serializer.Meta.model, "restricted", {}), **getattr(serializer.Meta, "restricted", {})}


class CleanModelSerializer(StraightSerializer, StrictSerializer, serializers.ModelSerializer):
    """Validates by the model's own `full_clean()`, over all fields, also those not sent.

    Relations are read as id and name. A field that takes a right is absent for those without it.
    """

    serializer_related_field = fields.RelationField

    name = serializers.CharField(source="__str__", read_only=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        found = super().get_fields()
        for name, right in restricted_of(self).items():
            if name in found and not self._may(right):
                del found[name]
        return found

    def _may(self, right: str) -> bool:
        view = self.context.get("view")
        if getattr(view, "swagger_fake_view", False):
            return True
        request = self.context.get("request")
        return request is not None and request.user.sees(right)

    def build_field(self, field_name: str, *args: Any) -> Any:
        """What becomes of a field of the model, found out once: that takes longer than to make it."""
        key = type(self), field_name
        if key not in _BUILT:
            _BUILT[key] = super().build_field(field_name, *args)
        field_class, kwargs = _BUILT[key]
        return field_class, {name: _of_its_own(value) for name, value in kwargs.items()}

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        # Validators are the model's: said once, checked once.
        kwargs.pop("validators", None)
        return fields.for_model_field(model_field, kwargs) or (field_class, kwargs)

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        field_class, kwargs = super().build_relational_field(field_name, relation_info)
        kwargs.pop("validators", None)
        return field_class, kwargs

    def get_validators(self) -> list[Any]:
        return []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        record: Any = self.Meta.model() if self.instance is None else copy(self.instance)  # type: ignore[misc]
        many = {field.source for field in self._many_fields()}
        _fill(record, {name: value for name, value in attrs.items() if name not in many})
        record.full_clean()
        record.clean_many({name: rows for name, rows in attrs.items() if name in many})
        self.record = record
        return attrs

    def create(self, validated_data: dict[str, Any]) -> models.Model:
        return self._keep(validated_data)

    def update(self, instance: models.Model, validated_data: dict[str, Any]) -> models.Model:
        return self._keep(validated_data)

    def _keep(self, attrs: dict[str, Any]) -> models.Model:
        """Save the validated row, then what hangs on it; the caller holds the transaction."""
        self.record.save()
        for field in self._many_fields():
            if field.source not in attrs:
                continue
            if isinstance(field, RowsSerializer):
                field.keep(self.record, attrs[field.source])
            else:
                getattr(self.record, field.source).set(attrs[field.source])
        return self.record

    def _many_fields(self) -> list[serializers.Field]:
        kinds = (serializers.ManyRelatedField, serializers.ListSerializer)
        return [field for field in self._writable_fields if isinstance(field, kinds)]


_BUILT: dict[tuple[type, str], tuple[Any, dict[str, Any]]] = {}


def _of_its_own(value: Any) -> Any:
    """A field within a field knows of what it is a part."""
    return deepcopy(value) if isinstance(value, serializers.Field) else value


def _fill(record: models.Model, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(record, name, value)


def _values(record: models.Model) -> list[Any]:
    return [getattr(record, field.attname) for field in record._meta.concrete_fields if not field.generated]


class RowsSerializer(serializers.ListSerializer):
    """The rows that hang on a record, read and written as one list with it.

    A row with the id of one that is there changes it; rows that are not in the list any more are deleted.
    """

    child: Any

    def get_attribute(self, instance: Any) -> Any:
        rows = fields.fetched(instance, str(self.source))
        return super().get_attribute(instance) if rows is None else rows

    def keep(self, parent: models.Model, rows: list[dict[str, Any]]) -> None:
        model, link = self.child.Meta.model, self.child.Meta.link
        present = {row.pk: row for row in model._default_manager.filter(**{link: parent})}
        kept = {row["id"] for row in rows if "id" in row}
        for pk in present.keys() - kept:
            present[pk].delete()
        named = [field.source for field in self.child._many_fields()]
        for index, values in enumerate(rows):
            values = dict(values)
            many = {name: values.pop(name) for name in named if name in values}
            try:
                row: Any = self._row(present, values.pop("id", None), model(**{link: parent}))
                before = _values(row)
                _fill(row, values)
                row.full_clean()
                row.clean_many(many)
            except ModelValidationError as error:
                errors = serializers.as_serializer_error(error)
                raise serializers.ValidationError({str(self.field_name): {str(index): errors}}) from error
            # A row sent back as it was read makes no version, of itself or of its whole.
            if row._state.adding or _values(row) != before:
                row.save()
            for name, others in many.items():
                getattr(row, name).set(others)

    def _row(self, present: dict[int, models.Model], pk: int | None, new: models.Model) -> models.Model:
        if pk is None:
            return new
        if pk not in present:
            message = gettext("There is no such row here. Leave the id out to add one.")
            raise ModelValidationError({"id": ModelValidationError(message, code="does_not_exist")})
        return present.pop(pk)


class RowSerializer(CleanModelSerializer):
    """One such row. It is validated when its parent is saved, within the same transaction.

    Meta.link names the foreign key to the parent.
    """

    id = serializers.IntegerField(required=False)

    class Meta:
        list_serializer_class: ClassVar = RowsSerializer

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return attrs


def with_relations(queryset: models.QuerySet, serializer: Any) -> models.QuerySet:
    """With all that the serializer reads, so that a list costs the same queries with 1 and 500 rows."""
    key = queryset.model, _shape(serializer)
    joins, prefetched = _READ.get(key) or _READ.setdefault(key, _read_by(queryset.model, serializer))
    full = [
        models.Prefetch(str(field.source), field.viewset.get_queryset())
        for field in serializer.fields.values()
        if isinstance(field, fields.ExpandedField)
    ]
    # What is joined counts as fetched, and the full row would not be.
    expanded = {prefetch.prefetch_to for prefetch in full}
    joins = [join for join in joins if join.partition("__")[0] not in expanded]
    return _select(queryset, joins).prefetch_related(*prefetched, *full)


# What is read for serializers of one shape is always the same, and takes a while to put together.
_READ: dict[Any, tuple[list[str], list[models.Prefetch]]] = {}


def _shape(serializer: Any) -> tuple[Any, ...]:
    """What it is and which fields it shows: some not to everybody, and not all are always asked for."""
    shown = serializer.fields.items()
    rows = (_shape(field.child) for _name, field in shown if isinstance(field, RowsSerializer))
    return type(serializer), *((name, type(field)) for name, field in shown), *rows


def _read_by(model: Any, serializer: Any) -> tuple[list[str], list[models.Prefetch]]:
    joins: list[str] = list(model.label_relations) if "name" in serializer.fields else []
    prefetched: list[models.Prefetch] = []
    for field in serializer.fields.values():
        path = field.source
        match field:
            case fields.RelationField():
                label = _related_model(model, path).label_relations
                joins += [path, *(f"{path}__{further}" for further in label)]
            case serializers.ManyRelatedField():
                rows = _related_model(model, path)._default_manager.all()
                rows = _select(rows, getattr(rows.model, "label_relations", ()))
                is_asked_by_others = path in getattr(serializer.Meta, "asked_by_others", ())
                prefetched.append(models.Prefetch(path, rows) if is_asked_by_others else _fetch(path, rows))
            case RowsSerializer():
                rows = field.child.Meta.model._default_manager.all()
                prefetched.append(_fetch(path, with_relations(rows, field.child)))
    return joins, prefetched


def _fetch(path: str, rows: models.QuerySet) -> models.Prefetch:
    return models.Prefetch(path, rows, fields.where_fetched(path))


def _select(queryset: models.QuerySet, paths: Any) -> models.QuerySet:
    # Without a path Django would join every relation there is.
    return queryset.select_related(*paths) if paths else queryset


def _related_model(model: type[models.Model], source: str) -> Any:
    return model._meta.get_field(source).related_model
