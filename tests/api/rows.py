"""Rows of every resource, asked of the router, so that a new resource is tested without a new line."""

from typing import Any

from django.db import models
from django.test import override_settings
from factory import SelfAttribute, SubFactory
from rest_framework import serializers

from config.api import RESOURCES
from contacts.api.fields import RelationField
from contacts.api.serializers import RowsSerializer
from tests import factories

FACTORIES = {
    factory._meta.model: factory
    for name, factory in vars(factories).items()
    if name.endswith("Factory") and hasattr(factory, "_meta") and name != "HomeCityFactory"
}
# A merger is another kind of event, a reminder has one subject only, and a step comes with a plan.
LEFT_EMPTY = {
    "partnership-events": {"merged_into"},
    "reminders": {"agreement", "follow_up", "delegation", "city", "city_date", "office", "mail"},
    "follow-ups": {"step"},
}

# An earlier tie joins the same two cities, here from the other side, so that each tie has one of its own.
FITTING = {
    "partnerships": {
        "predecessor": SubFactory(
            factories.PartnershipFactory,
            home=SelfAttribute("..partner"),
            partner=SelfAttribute("..home"),
            kind="friendship",
        )
    }
}

TABLES = {name: viewset for name, viewset in RESOURCES.items() if hasattr(viewset, "serializer_class")}
WRITABLE = {name: viewset for name, viewset in TABLES.items() if hasattr(viewset, "create")}


def model_of(name: str) -> type[models.Model]:
    return TABLES[name].queryset.model


def fields_of(name: str) -> dict[str, serializers.Field]:
    """All fields, also the restricted ones."""
    view = TABLES[name](swagger_fake_view=True)
    return TABLES[name].serializer_class(context={"view": view}).fields


def make(name: str) -> models.Model:
    return FACTORIES[model_of(name)]()


@override_settings(SIMPLE_HISTORY_ENABLED=False)
def make_full(name: str, number: int) -> None:
    """So many rows, each with something in every relation that the resource shows.

    Without a history, which no resource shows and which costs more than all the rest of them.
    """
    model, fields = model_of(name), fields_of(name)
    left_empty, fitting = LEFT_EMPTY.get(name, set()), FITTING.get(name, {})
    single, many = {}, many_of(model, fields)
    for field in fields.values():
        if isinstance(field, RelationField) and field.source not in left_empty:
            related = model._meta.get_field(field.source)
            if related.null:
                single[field.source] = fitting.get(field.source) or FACTORIES[related.related_model]()
    for _ in range(number):
        row = FACTORIES[model](**single)
        name_all(row, many)
        for field in fields.values():
            if isinstance(field, RowsSerializer):
                part, link = field.child.Meta.model, model._meta.get_field(field.source).field.name
                of_part = many_of(part, field.child.fields)
                name_all(FACTORIES[part](**{link: row}), of_part)
                name_all(FACTORIES[part](**{link: row}), of_part)


def many_of(model: Any, fields: dict[str, serializers.Field]) -> dict[str, list[models.Model]]:
    """Two rows for each relation to many that these fields show."""
    return {
        field.source: [FACTORIES[model._meta.get_field(field.source).related_model]() for _ in range(2)]
        for field in fields.values()
        if isinstance(field, serializers.ManyRelatedField)
    }


def name_all(row: models.Model, many: dict[str, list[models.Model]]) -> None:
    for source, related in many.items():
        getattr(row, source).set(related)
