"""The rights that a role has in the database, equal to the table; what it does not name nobody has."""

import pytest
from django.contrib.auth.models import Group, Permission

from config import roles
from tests.rights import table
from tests.rights.routes import rights_of

KINDS = {"sees": "view", "adds": "add", "changes": "change", "deletes": "delete"}


def signed(letter: str) -> set[str]:
    found = {right for right, who in table.RIGHTS.items() if letter in who}
    for model in table.MODELS:
        app, name = model.split(".")
        may = rights_of(model)
        found |= {f"{app}.{action}_{name}" for kind, action in KINDS.items() if letter in may[kind]}
        if letter in may["history"]:
            found.add(f"{app}.view_historical{name}")
    return found


def held(role: str) -> set[str]:
    pairs = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in pairs}


@pytest.mark.django_db
@pytest.mark.parametrize(("letter", "role"), table.ROLES.items())
def test_a_role_has_the_rights_of_the_table_and_no_other(letter, role):
    roles.sync()

    assert held(role) == signed(letter)


@pytest.mark.django_db
def test_every_right_of_the_table_is_one_of_the_program():
    known = {
        f"{app}.{codename}"
        for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }

    assert set().union(*(signed(letter) for letter in table.ROLES)) - known == set()


def test_the_table_has_a_line_for_each_role():
    assert set(table.ROLES.values()) == set(roles.ROLES)


@pytest.mark.django_db
def test_a_right_too_many_is_seen(monkeypatch):
    monkeypatch.setitem(roles.ROLES, "reader", roles.ROLES["reader"] | {"contacts.delete_city"})
    roles.sync()

    assert held("reader") - signed("r") == {"contacts.delete_city"}
