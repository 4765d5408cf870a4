"""Rights that hang on the row: accounts of superusers, what is one's own, and what nobody hands out."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from contacts.models import AccessToken, User
from desk.models import CalendarFeed
from tests.factories import UserFactory, token_for, user_in
from tests.pages import form_on
from tests.rights import table

pytestmark = pytest.mark.django_db

# An account, by whose page: who opens it, who changes it, who sets its password.
ACCOUNTS = {
    "colleague": ("ropheda", "a", "a"),
    "superuser": ("ropheda", "", ""),
}


def signed_in(role):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user_in(role))
    return client


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize(("letter", "role"), table.ROLES.items())
def test_an_account_is_kept_by_administrators_and_a_superuser_s_by_superusers_alone(letter, role, account):
    client, row = signed_in(role), UserFactory(is_superuser=account == "superuser")
    page = reverse("admin:contacts_user_change", args=[row.pk])
    password = reverse("admin:auth_user_password_change", args=[row.pk])
    answers = (client.get(page), client.post(page, {}), client.get(password))

    assert [answer.status_code != 403 for answer in answers] == [letter in who for who in ACCOUNTS[account]]


def test_an_administrator_makes_nobody_a_superuser_and_hands_out_no_single_right():
    client, row = signed_in("administrator"), UserFactory(first_name="Nora", last_name="Beispiel")
    page = reverse("admin:contacts_user_change", args=[row.pk])
    sent = form_on(client.get(page), "user") | {"is_superuser": "on", "user_permissions": ["1"]}

    assert client.post(page, sent).status_code == 302

    row.refresh_from_db()
    assert (row.is_superuser, row.user_permissions.count()) == (False, 0)


def test_accounts_in_the_api_are_names_of_those_who_work_here():
    gone = UserFactory(is_active=False)
    client = APIClient()
    client.force_authenticate(user_in("administrator"))
    rows = client.get("/api/v1/users/").json()["results"]

    assert all(set(row) == {"id", "name"} for row in rows)
    assert gone.pk not in {row["id"] for row in rows}
    assert client.get(f"/api/v1/users/{gone.pk}/").status_code == 404


@pytest.mark.parametrize("role", table.ROLES.values())
def test_account_tokens_and_calendar_are_one_s_own(role):
    """No address of these pages names a row; whoever is signed in is the only one that they are about."""
    other = user_in("head")
    token_for(other)
    CalendarFeed.objects.create(user=other, whose="mine").renew()
    before = (User.objects.values().get(pk=other.pk), CalendarFeed.objects.values().get())
    client = signed_in(role)

    client.post(
        reverse("desk:account"), {"user": other.pk, "pk": other.pk, "language": "en", "digest": "weekly"}
    )
    client.post(reverse("desk:access"), {"revoke": AccessToken.objects.get().pk})
    client.post(reverse("desk:subscription"), {"user": other.pk, "revoke": "1"})

    assert AccessToken.objects.get().user == other
    assert (User.objects.values().get(pk=other.pk), CalendarFeed.objects.values().get(user=other)) == before
