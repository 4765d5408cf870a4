"""Access tokens: bought by a password or made on a page, and what ends them."""

import base64
import datetime
import logging
import re
import sys

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.signals import got_request_exception
from django.db import connection
from django.utils import timezone
from django.views.debug import ExceptionReporter
from rest_framework.test import APIClient

from contacts.api.cities import CityViewSet
from contacts.models import AccessToken
from contacts.scopes import every_scope
from contacts.tasks import sweep
from tests.factories import PASSWORD, UserFactory, token_for, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_tries_so_far(db):
    cache.clear()


def sign_in(username, password=PASSWORD):
    word = base64.b64encode(f"{username}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {word}", "Accept-Language": "en"}
    return APIClient().post("/api/v1/auth/login/", headers=headers)


def with_token(token, word="Token"):
    return APIClient(HTTP_AUTHORIZATION=f"{word} {token}", HTTP_ACCEPT_LANGUAGE="en")


# --- bought by a password ---


def test_a_password_buys_a_token_that_opens_the_api():
    answer = sign_in(user_in("reader").username)

    assert set(answer.json()) == {"token", "expiry"}
    assert with_token(answer.json()["token"]).get("/api/v1/cities/").status_code == 200


def test_a_token_by_password_is_for_all_that_its_owner_may_and_for_thirty_days():
    with time_machine.travel("2026-03-02T08:00:00Z", tick=False):
        expiry = sign_in(user_in("reader").username).json()["expiry"]

    assert AccessToken.objects.get().allows_everything
    assert datetime.datetime.fromisoformat(expiry) == datetime.datetime(2026, 4, 1, 8, tzinfo=datetime.UTC)


def test_a_token_ends_with_signing_out():
    client = with_token(sign_in(user_in("reader").username).json()["token"])
    codes = [client.post("/api/v1/auth/logout/").status_code, client.get("/api/v1/cities/").status_code]

    assert codes == [204, 401]


def test_a_token_buys_no_further_token():
    client = with_token(sign_in(UserFactory().username).json()["token"])

    assert client.post("/api/v1/auth/login/").status_code == 401


def test_a_password_opens_nothing_but_the_sign_in():
    word = base64.b64encode(f"{user_in('reader').username}:{PASSWORD}".encode()).decode()
    answer = APIClient().get("/api/v1/cities/", headers={"Authorization": f"Basic {word}"})

    assert answer.status_code == 401


def test_a_wrong_password_is_refused_as_a_problem():
    answer = sign_in(UserFactory().username, "wrong")

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert not AccessToken.objects.exists()


def test_an_eleventh_token_is_refused_as_a_problem():
    user = user_in("reader")
    for _ in range(10):
        token_for(user)

    answer = sign_in(user.username)

    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert answer.json()["detail"] == ("You hold 10 tokens already. Revoke one of them, then make another.")


def test_tokens_that_have_ended_are_not_counted():
    user = user_in("reader")
    for _ in range(10):
        token_for(user)
    AccessToken.objects.filter(pk=AccessToken.objects.first().pk).update(**ENDED)

    assert sign_in(user.username).status_code == 200


@pytest.mark.parametrize("name", ["login", "logout"])
def test_what_is_no_part_of_signing_in_and_out_is_refused(name):
    user = user_in("reader")
    word = base64.b64encode(f"{user.username}:{PASSWORD}".encode()).decode()
    proof = {"login": f"Basic {word}", "logout": f"Token {token_for(user)}"}[name]
    client = APIClient(HTTP_AUTHORIZATION=proof, HTTP_ACCEPT_LANGUAGE="en")
    address = f"/api/v1/auth/{name}/"

    answers = [client.post(f"{address}?colour=red"), client.post(address, {"colour": "red"}, format="json")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert [(error["field"], error["code"]) for answer in answers for error in answer.json()["errors"]] == [
        ("colour", "unknown_parameter"),
        ("colour", "unknown_field"),
    ]
    assert AccessToken.objects.count() == 1


# --- what ends one ---

ENDED = {
    "made_at": datetime.datetime(2023, 12, 1, tzinfo=datetime.UTC),
    "expires_at": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
}


def expire(token):
    AccessToken.objects.update(**ENDED)


def revoke(token):
    token.delete()


def close_the_account(token):
    token.user.is_active = False
    token.user.save()


def choose_a_new_password(token):
    token.user.set_password("seven green apples on the old bridge")
    token.user.save()


@pytest.mark.parametrize("ending", [expire, revoke, close_the_account, choose_a_new_password])
def test_a_token_is_refused_from_the_next_request_on(ending):
    client = with_token(token_for(user_in("reader")))
    assert client.get("/api/v1/cities/").status_code == 200

    ending(AccessToken.objects.get())

    answer = client.get("/api/v1/cities/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer.json()["detail"] == (
        "This token opens nothing: it is misspelled, has ended, or was revoked."
    )


def test_a_token_made_after_the_new_password_opens():
    user = user_in("reader")
    user.set_password("seven green apples on the old bridge")
    user.save()

    assert with_token(token_for(user)).get("/api/v1/cities/").status_code == 200


def test_a_role_that_is_lost_is_lost_in_the_next_request():
    user = user_in("reader")
    client = with_token(token_for(user))
    user.groups.clear()

    assert client.get("/api/v1/cities/").status_code == 403


def test_what_opens_nothing_any_more_is_deleted_in_the_night():
    user, gone = user_in("reader"), user_in("reader")
    token_for(user), token_for(gone)
    close_the_account(AccessToken.objects.get(user=gone))

    sweep()

    assert [token.user for token in AccessToken.objects.all()] == [user]


# --- how it is shown, and where not ---


def test_both_words_of_the_header_are_understood():
    token = token_for(user_in("reader"))

    assert {with_token(token, word).get("/api/v1/cities/").status_code for word in ("Token", "Bearer")} == {
        200
    }


@pytest.mark.parametrize("token", ["", "gb_", "gb_nonsense", "two words", "ü"])
def test_what_is_no_token_is_refused(token):
    token_for(user_in("reader"))
    client = APIClient(HTTP_AUTHORIZATION=f"Token {token}".encode().decode("latin-1"))

    assert client.get("/api/v1/cities/").status_code == 401


@pytest.mark.parametrize(
    "name",
    ["token", "access_token", "auth_token", "api_token", "api_key", "apikey", "Api-Key", "bearer", "search"],
)
@pytest.mark.parametrize("header", [True, False])
def test_a_token_in_the_address_is_refused_and_the_way_is_told(name, header):
    token = token_for(user_in("reader"))
    client = with_token(token) if header else APIClient(HTTP_ACCEPT_LANGUAGE="en")

    answer = client.get(f"/api/v1/cities/?{name}={token}")

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {
            "field": name,
            "code": "token_in_address",
            "detail": "A token stands in no address. "
            "Send it as the header Authorization: Token …; revoke this one.",
        }
    ]


def test_a_token_is_long_random_and_begins_so_that_scanners_know_it():
    tokens = {token_for(UserFactory()) for _ in range(20)}

    assert len(tokens) == 20
    # 48 letters of 6 bits; the five of them that are shown leave 258.
    assert all(re.fullmatch(r"gb_[A-Za-z0-9_-]{48}", token) for token in tokens)
    assert {token.beginning for token in AccessToken.objects.all()} == {token[:8] for token in tokens}


def test_last_use_is_noted_every_ten_minutes_at_most():
    client = with_token(token_for(user_in("reader")))
    noted = []
    with time_machine.travel("2026-11-27T08:00:00Z", tick=False) as clock:
        AccessToken.objects.update(made_at=timezone.now(), expires_at=timezone.now() + datetime.timedelta(1))
        for minutes in (0, 9, 1, 5):
            clock.shift(datetime.timedelta(minutes=minutes))
            client.get("/api/v1/cities/")
            noted.append(f"{AccessToken.objects.get().used_at:%H:%M}")

    assert noted == ["08:00", "08:00", "08:10", "08:10"]


def test_a_request_with_a_token_costs_one_query_more_than_one_without(client_of, django_assert_num_queries):
    user = user_in("reader")
    client = with_token(token_for(user))
    client.get("/api/v1/cities/")
    inside = client_of("reader")
    with connection.execute_wrapper(counted := Counted()):
        inside.get("/api/v1/cities/")

    with django_assert_num_queries(counted.number + 1):
        client.get("/api/v1/cities/")


class Counted:
    number = 0

    def __call__(self, execute, *args):
        self.number += 1
        return execute(*args)


# --- what is kept ---


def stored():
    """All that stands in the database, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield from (str(value) for row in cursor.fetchall() for value in row)


def test_neither_database_nor_any_log_knows_the_token(caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "django")
    connection.force_debug_cursor = True
    user = user_in("officer")

    token = sign_in(user.username).json()["token"]
    client = with_token(token)
    client.get("/api/v1/cities/")
    client.post("/api/v1/cities/", {"name_de": "Linz"}, format="json")
    client.get(f"/api/v1/cities/?token={token}", headers={"Referer": f"https://example.org/?x={token}"})
    client.get(f"/api/v1/{token}/")
    client.get(f"/{token}/?access_token={token}")
    connection.force_debug_cursor = False

    said = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert "Bad Request: /api/v1/cities/" in said
    assert "accesstoken" in said  # the queries are among what was logged
    assert [text for text in stored() if token[8:] in text] == []
    assert token[8:] not in said
    assert AccessToken.objects.get().digest in stored()


@pytest.mark.parametrize("where", ["view", "use"])
def test_a_report_of_a_fault_does_not_tell_the_token(monkeypatch, where):
    token = token_for(user_in("reader"))
    reports = []

    def report(sender, request, **kwargs):
        reporter = ExceptionReporter(request, *sys.exc_info())
        reports.extend([reporter.get_traceback_text(), reporter.get_traceback_html()])

    def fail(*args, **kwargs):
        raise RuntimeError("a fault")

    if where == "view":
        monkeypatch.setattr(CityViewSet, "list", fail)
    else:
        monkeypatch.setattr(AccessToken, "note_use", fail)
    got_request_exception.connect(report)
    client = with_token(token)
    client.raise_request_exception = False
    answer = client.get("/api/v1/cities/")
    got_request_exception.disconnect(report)

    assert answer.status_code == 500
    assert len(reports) == 2
    assert "a fault" in reports[0]
    assert token[8:] not in "".join([*reports, answer.content.decode()])


def test_answers_of_the_api_send_no_referrer_elsewhere():
    answer = with_token(token_for(user_in("reader"))).get("/api/v1/cities/")

    assert answer["Referrer-Policy"] == "same-origin"


# --- what the model refuses ---


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "blank"),
        ({"scopes": []}, "blank"),
        ({"scopes": ["cities:delete"]}, "unknown"),
        ({"expires_at": datetime.timedelta(days=367)}, "too_late"),
        ({"expires_at": datetime.timedelta(days=-1)}, "expires_at:order"),
    ],
)
def test_a_token_needs_name_scopes_and_an_end_within_a_year(change, code):
    facts = {"name": "Website", "scopes": every_scope(), "expires_at": datetime.timedelta(days=365)} | change
    facts["expires_at"] += timezone.now()

    with pytest.raises(ValidationError) as refusal:
        AccessToken.objects.make(UserFactory(), **facts)

    assert [error.code for errors in refusal.value.error_dict.values() for error in errors] == [code]
