"""Passwords: chosen anew by mail, changed, and what that ends."""

import re
import smtplib

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from contacts.accounts import ForgottenPasswordView
from contacts.models import User
from tests.factories import PASSWORD, UserFactory, token_for

NEW = "seven green apples on the old bridge"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_asked_yet():
    cache.clear()


@pytest.fixture
def nora():
    return UserFactory(username="nora", email="nora@example.org", first_name="Nora", last_name="Beispiel")


def ask(client, email: str, **extra):
    return client.post(reverse("admin_password_reset"), {"email": email}, **extra)


def link_in(message) -> str:
    """The path of the link in a mail."""
    return re.search(r"http://localhost:8000(/admin/forgotten-password/\S+)", message.body).group(1)


def choose(client, path: str, password: str = NEW):
    page = client.get(path, follow=True)
    form = page.redirect_chain[-1][0] if page.redirect_chain else path
    return client.post(form, {"new_password1": password, "new_password2": password})


# --- asking for a link ---


def test_the_sign_in_page_leads_to_it(client):
    page = client.get(reverse("admin:login")).content.decode()

    assert f'href="{reverse("admin_password_reset")}"' in page
    assert client.get(reverse("admin_password_reset")).status_code == 200


@pytest.mark.parametrize(
    ("language", "subject", "greeting"),
    [("en", "Goldenbook: choose a new password", "Good day, Nora Beispiel,"), ("de", None, None)],
)
def test_the_mail_speaks_the_language_of_its_reader(client, nora, language, subject, greeting):
    nora.language = language
    nora.save()

    ask(client, nora.email, HTTP_ACCEPT_LANGUAGE="en" if language == "de" else "de")

    [message] = mail.outbox
    assert message.to == ["nora@example.org"]
    assert "nora" in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    if language == "en":
        assert message.subject == subject
        assert message.body.splitlines()[0] == greeting


def test_the_link_lets_choose_a_new_password_once(client, nora):
    ask(client, nora.email)
    path = link_in(mail.outbox[0])

    done = choose(client, path)
    nora.refresh_from_db()

    assert done.url == reverse("password_reset_complete")
    assert client.get(done.url).status_code == 200
    assert nora.check_password(NEW)
    assert client.get(reverse("admin:index")).status_code == 302
    choose(Client(), path, "another one of twelve letters")
    nora.refresh_from_db()
    assert nora.check_password(NEW)


def test_a_second_link_makes_nothing_of_the_first_one_but_a_used_one_ends_both(client, nora):
    ask(client, nora.email)
    ask(client, nora.email)
    first, second = (link_in(message) for message in mail.outbox)
    choose(client, first)

    choose(Client(), second, "another one of twelve letters")

    nora.refresh_from_db()
    assert nora.check_password(NEW)


@pytest.mark.parametrize("password", ["short", "password1234", "nora@example.org"])
def test_a_weak_password_is_refused(client, nora, password):
    ask(client, nora.email)

    page = choose(client, link_in(mail.outbox[0]), password)

    assert page.status_code == 200
    assert page.context["form"].errors
    nora.refresh_from_db()
    assert nora.check_password(PASSWORD)


def test_a_password_of_128_characters_is_taken_whole(client, nora):
    long = "aB3-" * 32
    ask(client, nora.email)

    choose(client, link_in(mail.outbox[0]), long)

    nora.refresh_from_db()
    assert nora.check_password(long)
    assert not nora.check_password(long[:-1])


# --- nobody learns who is there ---


@pytest.mark.parametrize("changes", [{"is_active": False}, {"is_staff": False}, {"password": "!"}])
def test_those_who_may_not_choose_get_no_mail(client, nora, changes):
    User.objects.filter(pk=nora.pk).update(**changes)

    ask(client, nora.email)

    assert mail.outbox == []


@pytest.mark.parametrize("email", ["nora@example.org", "NORA@example.org", "nobody@example.org"])
def test_the_answer_is_the_same_for_every_address(client, nora, email):
    answer = ask(client, email)
    page = client.get(answer.url)

    assert (answer.status_code, answer.url) == (302, reverse("password_reset_done"))
    assert page.status_code == 200
    assert "example.org" not in page.content.decode()


def test_the_answer_is_out_before_anybody_looks_for_the_account(rf, nora):
    request = rf.post("/", {"email": nora.email})
    request._dont_enforce_csrf_checks = True

    with CaptureQueriesContext(connection) as asked:
        answer = ForgottenPasswordView.as_view()(request)
    assert [query for query in asked if "contacts_user" in query["sql"]] == []
    assert mail.outbox == []

    answer.close()

    assert len(mail.outbox) == 1


def test_an_account_closed_in_the_meantime_has_no_use_for_its_link(client, nora):
    ask(client, nora.email)
    nora.is_active = False
    nora.save()

    choose(client, link_in(mail.outbox[0]))

    nora.refresh_from_db()
    assert nora.check_password(PASSWORD)


class Down(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise smtplib.SMTPServerDisconnected("nobody there")


def test_a_mail_server_that_is_down_is_told_in_the_log_alone(client, nora, settings, caplog):
    settings.EMAIL_BACKEND = "tests.contacts.test_accounts.Down"

    known, unknown = ask(client, nora.email), ask(client, "nobody@example.org")

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    [record] = [record for record in caplog.records if record.name == "contacts.accounts"]
    assert record.getMessage() == f"The link for a new password did not go out to user {nora.pk}."
    assert nora.email not in record.getMessage()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:443", "localhost:8000@evil.example"])
def test_a_forged_host_is_not_in_the_mail(client, nora, settings, host):
    settings.ALLOWED_HOSTS = ["*"]

    ask(client, nora.email, HTTP_HOST=host, HTTP_X_FORWARDED_HOST=host)

    for message in mail.outbox:
        assert "evil" not in message.body
        assert link_in(message)


def test_an_address_that_only_looks_alike_gets_nothing(client, nora):
    ask(client, "nora@example.\u1d0frg")

    assert mail.outbox == []


# --- not too often ---


def test_an_account_gets_three_mails_an_hour_and_nobody_sees_that(client, nora):
    answers = [ask(client, nora.email, REMOTE_ADDR=f"198.51.100.{number}") for number in range(5)]

    assert len(mail.outbox) == 3
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, answers[0].url)}


def test_a_network_asks_twenty_times_an_hour(client):
    answers = [ask(client, f"somebody{number}@example.org") for number in range(21)]

    assert [answer.status_code for answer in answers] == [302] * 20 + [429]
    assert ask(client, "somebody@example.org", REMOTE_ADDR="198.51.100.7").status_code == 302


def test_a_header_of_the_visitor_makes_no_other_network(client):
    answers = [ask(client, "a@example.org", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}") for n in range(21)]

    assert answers[-1].status_code == 429


# --- what a new password ends ---


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def holds(token: str) -> bool:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client.get("/api/v1/users/").status_code != 401


def by_mail(user):
    client = Client()
    ask(client, user.email)
    choose(client, link_in(mail.outbox[0]))


def by_themselves(user):
    signed_in(user).post(
        reverse("admin:password_change"),
        {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW},
    )


def by_an_administrator(user):
    signed_in(UserFactory(is_superuser=True)).post(
        reverse("admin:auth_user_password_change", args=[user.pk]),
        {"password1": NEW, "password2": NEW, "usable_password": "true"},
    )


def by_the_shell(user):
    user.set_password(NEW)
    user.save()


@pytest.mark.parametrize("change", [by_mail, by_themselves, by_an_administrator, by_the_shell])
def test_a_new_password_ends_sessions_and_tokens(nora, change):
    session, token = signed_in(nora), token_for(nora)
    others_token = token_for(UserFactory())
    assert (session.get(reverse("admin:index")).status_code, holds(token)) == (200, True)

    change(nora)

    nora.refresh_from_db()
    assert nora.check_password(NEW)
    assert session.get(reverse("admin:index")).status_code == 302
    assert not holds(token)
    assert holds(others_token)


def test_who_changes_the_own_password_stays_signed_in_there(nora):
    client = signed_in(nora)

    client.post(
        reverse("admin:password_change"),
        {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW},
    )

    assert client.get(reverse("admin:index")).status_code == 200


def test_signing_in_ends_no_token_even_when_the_hash_is_renewed(nora, settings):
    token = token_for(nora)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]

    assert Client().login(username="nora", password=PASSWORD)

    nora.refresh_from_db()
    assert nora.password.startswith("pbkdf2")
    assert holds(token)
