"""A part that comes, changes or goes makes a new version of the whole; asked of the registry."""

import datetime

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models

from contacts.models import User
from contacts.records import Record, hold
from tests import factories
from tests.factories import (
    CityFactory,
    DelegationFactory,
    ParticipantFactory,
    PartnershipFactory,
    ProgrammeItemFactory,
    SignatureFactory,
    StopFactory,
    TenureFactory,
    ThemeFactory,
)

LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
FACTORIES = {
    factory._meta.model: factory
    for name, factory in vars(factories).items()
    if name.endswith("Factory") and hasattr(factory, "_meta") and name != "HomeCityFactory"
}
RECORDS = [
    model
    for model in apps.get_models()
    if issubclass(model, Record) and not model.__name__.startswith("Historical")
]
PARTS = [(model, name) for model in RECORDS for name in model.part_of]
MANY = [
    (model, field.name)
    for model in [*RECORDS, User]
    for field in model._meta.many_to_many
    if field.remote_field.through._meta.auto_created and field.name != "user_permissions"
]

pytestmark = pytest.mark.django_db


def by_label(value):
    return getattr(getattr(value, "_meta", None), "label", str(value))


def part_and_whole(model, name):
    """A part with its whole, and a whole of the same kind that it may move to."""
    wholes = FACTORIES[model._meta.get_field(name).related_model]
    whole, other = wholes(), wholes()
    return FACTORIES[model](**{name: whole}), whole, other


def age(row):
    """As if it had been saved last in another time."""
    type(row)._base_manager.filter(pk=row.pk).update(changed_at=LONG_AGO)
    row.refresh_from_db()
    return row.version


def is_new(row, version):
    row.refresh_from_db()
    return row.version > version and row.changed_at > LONG_AGO


@pytest.mark.parametrize(("model", "name"), PARTS, ids=by_label)
def test_a_part_that_comes_changes_moves_or_goes_makes_a_new_version_of_the_whole(model, name):
    part, whole, other = part_and_whole(model, name)
    assert whole.version < type(whole).objects.get(pk=whole.pk).version

    version = age(whole)
    part.save()
    assert is_new(whole, version)

    before, there = age(whole), age(other)
    setattr(part, name, other)
    part.save()
    assert is_new(whole, before)
    assert is_new(other, there)

    before, there = age(whole), age(other)
    part.delete()
    assert is_new(other, there)
    assert not is_new(whole, before)


@pytest.mark.parametrize(("model", "name"), PARTS, ids=by_label)
def test_parts_deleted_in_bulk_make_a_new_version_of_the_whole(model, name):
    part, whole, _other = part_and_whole(model, name)
    version = age(whole)

    model.objects.filter(pk=part.pk).delete()

    assert is_new(whole, version)


@pytest.mark.parametrize(("model", "name"), MANY, ids=by_label)
def test_a_many_to_many_relation_that_changes_makes_a_new_version(model, name):
    row, related = FACTORIES[model](), related_to(model, name)
    field = model._meta.get_field(name)
    if model._meta.label == "delegations.ProgrammeItem":
        row.delegation = getattr(related, "delegation", row.delegation)
    changes = [
        lambda: getattr(row, name).add(related),
        lambda: getattr(row, name).remove(related),
        lambda: getattr(row, name).set([related]),
        lambda: getattr(row, name).clear(),
    ]
    if not field.remote_field.hidden:
        other_side = getattr(related, field.remote_field.get_accessor_name())
        changes += [
            lambda: other_side.add(row),
            lambda: other_side.remove(row),
            lambda: other_side.set([row]),
            lambda: other_side.clear(),
        ]
    for change in changes:
        version = age(row)
        change()
        assert is_new(row, version)


@pytest.mark.parametrize(("model", "name"), MANY, ids=by_label)
def test_a_many_to_many_relation_that_stays_makes_no_new_version(model, name):
    row, related = FACTORIES[model](), related_to(model, name)
    getattr(row, name).add(related)
    version = age(row)

    getattr(row, name).set([related])
    getattr(row, name).add(related)

    assert not is_new(row, version)


def related_to(model, name):
    return FACTORIES[model._meta.get_field(name).related_model]()


def test_what_stands_on_the_form_of_a_whole_is_part_of_it():
    rows = [
        (inline.model, inline.fk_name or model._meta.model_name, model)
        for model, page in admin.site._registry.items()
        for inline in page.inlines
        if issubclass(inline.model, Record)
    ]
    named = {
        (part, name, whole)
        for part, name, whole in rows
        if any(part._meta.get_field(link).related_model is whole for link in part.part_of)
    }

    assert set(rows) - named == set()


def test_a_whole_read_before_its_part_was_saved_counts_on_from_the_database():
    visit = DelegationFactory()
    StopFactory(delegation=visit)
    visit.title = "Anders"
    visit.save()

    assert (visit.version, type(visit).objects.get().version) == (3, 3)


def test_a_participant_who_goes_makes_a_new_version_of_the_items_that_named_them():
    guest = ParticipantFactory()
    item = ProgrammeItemFactory(delegation=guest.delegation)
    item.hosts.add(guest)
    version = age(item)

    guest.delete()

    assert is_new(item, version)


def test_a_version_is_counted_in_the_history_of_a_many_to_many_relation_too():
    tie = PartnershipFactory()
    tie.themes.add(ThemeFactory())

    assert [row.version for row in tie.history.all()] == [2, 1]


def test_a_row_that_is_gone_is_not_saved_back_to_life():
    city, copy = CityFactory(), None
    copy = type(city).objects.get()
    city.delete()

    with pytest.raises(ValidationError) as refusal:
        copy.save()

    assert refusal.value.code == "deleted"
    assert not type(city).objects.exists()


@pytest.mark.parametrize("factory", [CityFactory, SignatureFactory, TenureFactory, factories.UserFactory])
def test_a_row_is_held_in_the_version_that_is_there(factory):
    row = factory()
    held = [hold(type(row), row.pk, version=version) for version in (None, 1, 2)]
    row.refresh_from_db()

    assert held == [True, True, False]
    assert row.version == 1
    assert not hold(type(row), row.pk + 1)


def test_only_models_with_a_version_are_wholes():
    wholes = {model._meta.get_field(name).related_model for model, name in PARTS}

    assert all(isinstance(whole._meta.get_field("version"), models.PositiveIntegerField) for whole in wholes)
