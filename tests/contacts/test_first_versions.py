"""Rows that came by a migration show from the first change on what stood there before."""

from importlib import import_module

import pytest
from django.apps import apps

from delegations.models import JubileeStep
from delegations.shipped import ship as ship_steps
from reminders.models import Rule, Stage
from reminders.shipped import ship

pytestmark = pytest.mark.django_db

MODELS = (Rule, Stage, JubileeStep)
CLOCKWORK = ("version", "changed_at")


@pytest.fixture(autouse=True)
def _shipped():
    ship(Rule, Stage)
    ship_steps(JubileeStep)


def migrate():
    import_module("reminders.migrations.0008_first_versions").keep_those_of_rules(apps, None)
    import_module("delegations.migrations.0006_first_versions").keep_those_of_steps(apps, None)


def as_by_migrations():
    for model in MODELS:
        model.history.all().delete()


@pytest.mark.parametrize("model", MODELS)
def test_every_row_without_a_history_gets_the_version_it_began_with(model):
    as_by_migrations()

    migrate()

    versions = model.history.order_by("id")
    assert [version.instance for version in versions] == list(model.objects.order_by("pk"))
    assert [
        (each.history_type, each.history_date, each.history_user, each.history_change_reason)
        for each in versions
    ] == [("+", row.created_at, None, "came with the house") for row in model.objects.order_by("pk")]


@pytest.mark.parametrize("model", MODELS)
def test_it_holds_what_the_row_holds(model):
    as_by_migrations()

    migrate()

    fields = [field.attname for field in model._meta.concrete_fields if field.name not in CLOCKWORK]
    assert list(model.history.order_by("id").values(*fields)) == list(
        model.objects.order_by("pk").values(*fields)
    )


def test_a_version_raised_by_a_part_is_not_the_first():
    as_by_migrations()
    rule = Rule.objects.get(subject="quiet_tie")
    rule.stages.get().save()

    migrate()

    rule.refresh_from_db()
    assert rule.version > 1
    first = rule.history.get()
    assert (first.version, first.changed_at) == (1, rule.created_at)


def test_a_row_with_a_history_keeps_it_as_it_is():
    as_by_migrations()
    step = JubileeStep.objects.get(key="travel")
    step.save()

    migrate()
    migrate()

    assert [version.history_type for version in step.history.all()] == ["~"]
    assert JubileeStep.history.count() == JubileeStep.objects.count()


def test_the_first_change_says_what_stood_there_before():
    as_by_migrations()
    migrate()
    step = JubileeStep.objects.get(key="travel")
    step.count = 4
    step.save()

    after, before = step.history.all()
    changes = after.diff_against(before).changes

    assert [(change.field, change.old, change.new) for change in changes if change.field == "count"] == [
        ("count", 3, 4)
    ]
