"""What a person may: of the roles and of their own, asked once."""

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.backends import Backend
from contacts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def permission(codename):
    return Permission.objects.get(codename=codename, content_type__app_label="contacts")


@pytest.fixture
def nora():
    user = UserFactory()
    readers, writers = (Group.objects.create(name=name) for name in ("readers", "writers"))
    readers.permissions.add(permission("view_city"), permission("view_person"))
    writers.permissions.add(permission("change_city"), permission("view_city"))
    user.groups.add(readers, writers)
    user.user_permissions.add(permission("view_city"), permission("add_person"))
    return user


def test_roles_and_persons_own_rights_are_one_question(nora):
    with CaptureQueriesContext(connection) as asked:
        held = nora.get_all_permissions()
        assert nora.has_perm("contacts.view_person")
        assert not nora.has_perm("contacts.delete_city")

    assert held == {f"contacts.{name}" for name in ("view_city", "view_person", "change_city", "add_person")}
    assert len(asked) == 1


@pytest.mark.parametrize("state", [{}, {"is_superuser": True}, {"is_active": False}])
def test_it_says_what_django_says(nora, state):
    User.objects.filter(pk=nora.pk).update(**state)
    ours, djangos = (User.objects.get(pk=nora.pk) for _turn in range(2))

    assert Backend().get_all_permissions(ours) == ModelBackend().get_all_permissions(djangos)
