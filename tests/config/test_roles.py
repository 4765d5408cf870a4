import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command

from config import roles
from contacts.models import Office
from contacts.records import PublishableRecord
from tests.factories import user_in

pytestmark = pytest.mark.django_db

ROOMS = ("contacts", "relations", "delegations", "reminders")
MODELS = [
    model
    for room in ROOMS
    for model in apps.get_app_config(room).get_models()
    if not model.__name__.startswith("Historical")
]


def rights_of(role):
    return Group.objects.get(name=role).permissions


def test_syncing_makes_each_role_a_group_with_its_rights():
    roles.sync()

    assert {group.name: group.permissions.count() for group in Group.objects.all()} == {
        role: len(rights) for role, rights in roles.ROLES.items()
    }


def test_syncing_again_changes_nothing():
    roles.sync()

    assert roles.sync() == []


def test_syncing_takes_away_what_was_given_by_hand():
    roles.sync()
    user = user_in("reader")
    rights_of("reader").add(rights_of("head").get(codename="delete_city"))
    roles.sync()

    assert not user.has_perm("contacts.delete_city")


def test_syncing_leaves_members_and_other_groups_alone():
    user = user_in("officer")
    Group.objects.create(name="choir")
    roles.sync()

    assert [group.name for group in user.groups.all()] == ["officer"]
    assert Group.objects.filter(name="choir").exists()


def test_the_office_is_led_by_the_group_of_the_head_unless_staff_chose_another():
    roles.sync()
    assert Office.current().head_group.name == "head"

    Office.objects.update(head_group=Group.objects.create(name="deputies"))
    roles.sync()
    assert Office.current().head_group.name == "deputies"


def test_the_command_says_what_changed(capsys):
    call_command("sync_roles")

    assert capsys.readouterr().out.splitlines()[-1] == "office: led by the group head"


def test_a_right_that_no_model_has_is_named(monkeypatch):
    monkeypatch.setitem(roles.ROLES, "reader", frozenset({"contacts.view_village"}))

    with pytest.raises(LookupError, match=r"contacts\.view_village"):
        roles.sync()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_is_seen_by_someone(model):
    """A new model has no rights until somebody decides who may see it."""
    if model._meta.label in ("contacts.SentForm", "contacts.KeptAnswer"):
        return  # by them what comes twice is known; they say nothing to people
    right = f"{model._meta.app_label}.view_{model._meta.model_name}"

    assert any(right in rights for rights in roles.ROLES.values())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_restricted_field_has_a_right_and_not_every_reader_has_it(model):
    for right in getattr(model, "restricted", {}).values():
        assert right not in roles.ROLES["reader"]
        assert right in roles.ROLES["protocol"]


def test_publishing_is_a_right_of_every_model_that_can_be_published():
    publishable = {model._meta.label_lower for model in MODELS if issubclass(model, PublishableRecord)}

    assert set(roles.PUBLISHABLE) == publishable


def test_history_with_restricted_fields_is_shown_to_data_protection_alone():
    restricted = {
        f"{model._meta.app_label}.view_historical{model._meta.model_name}"
        for model in MODELS
        if getattr(model, "restricted", {})
    }
    seen = {role for role, rights in roles.ROLES.items() if rights & restricted}

    assert seen == {"privacy"}
    assert restricted <= roles.ROLES["privacy"]
