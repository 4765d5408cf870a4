"""Every address × method × role against the table, and no address without a line in it."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.template.response import SimpleTemplateResponse
from django.test import Client

from tests.factories import UserFactory, user_in
from tests.rights import table
from tests.rights.routes import ALL, Methods, Route, a_row_of_each, every_route, expected, url_of

ROUTES = list(every_route())
SUPERUSER = "superuser"


def outcome(answer) -> str:
    """What came of a question of rights; that there is no row 0 is said to those who may see it."""
    if answer.status_code in (401, 403):
        return "closed"
    if answer.status_code == 302 and answer["Location"].startswith("/admin/login/"):
        return "closed"
    return "no method" if answer.status_code == 405 else "open"


def ask(session: str, method: str, url: str, *, sent: str = '{"?": 1}'):
    """One request of somebody, that leaves nothing behind."""
    client = Client(raise_request_exception=False)
    if session:
        client.cookies["sessionid"] = session
    body = {} if method == "GET" else {"data": sent, "content_type": "application/json"}
    if not url.startswith("/api/"):
        body = {}
    with transaction.atomic():
        answer = getattr(client, method.lower())(url, **body)
        transaction.set_rollback(True)
    # What a list as a file is read from; answer.close() would close the database, too.
    for close in answer._resource_closers:
        close()
    return answer


def differences(routes: list[Route], letter: str, session: str, rows) -> list[str]:
    """Where the program and the table say different things of somebody, a line each."""
    found = []
    for route in routes:
        may: Methods = expected(route) or {}
        for method, who in may.items():
            answer = ask(session, method, url_of(route, rows))
            due = "open" if letter in who else "closed"
            if outcome(answer) != due:
                found.append(f"{method} {route.name or route.pattern}: {answer.status_code}, not {due}")
    return found


@pytest.fixture(autouse=True)
def _pages_are_not_drawn(monkeypatch):
    """Whether one may is decided before; to draw seven hundred pages for each role takes minutes."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


@pytest.fixture
def rows(db):
    return a_row_of_each()


def session_of(user) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def test_every_address_has_a_line_in_the_table():
    missing = sorted(route.name or route.pattern for route in ROUTES if expected(route) is None)

    assert missing == []


def test_every_line_of_the_table_has_an_address():
    names = {route.name for route in ROUTES}
    resources = {name.removesuffix("-list") for name in names if name.endswith("-list") and ":" not in name}

    assert set(table.ADDRESSES) - names == set()
    assert {name for name in table.RESOURCES if f"{name}-list" not in names} == set()
    assert {name for name in resources if f"{name}-list" not in table.ADDRESSES} - set(table.RESOURCES) == {
        name for name in resources if name.startswith(table.PUBLIC)
    }


@pytest.mark.parametrize(("letter", "role"), table.ROLES.items(), ids=lambda value: value)
def test_a_role_reaches_what_the_table_says(rows, letter, role):
    found = differences(ROUTES, letter, session_of(user_in(role)), rows)

    assert not found, "\n" + "\n".join(found)


def test_whoever_is_not_signed_in_reaches_what_the_table_says(rows):
    found = differences(ROUTES, "+", "", rows)

    assert not found, "\n" + "\n".join(found)


def test_a_member_of_staff_without_a_role_reaches_what_is_of_no_model(rows):
    """And whoever is no member of staff reaches no more than a visitor, of the pages."""
    session = session_of(UserFactory())
    reached = {
        route.name
        for route in ROUTES
        if (expected(route) or {}).get("GET") and outcome(ask(session, "GET", url_of(route, rows))) == "open"
    }
    of_models = {name for name in reached if expected_of_models(name)}

    assert of_models == set()


def expected_of_models(name: str) -> bool:
    parts = name.removeprefix("admin:").split("_")
    is_page = name.startswith("admin:") and ".".join(parts[:2]) in table.MODELS and parts[-1] != "do"
    return is_page or any(name == f"{resource}-list" for resource in table.RESOURCES)


def test_methods_are_those_of_the_table(rows):
    """Asked by somebody whom nothing is closed to."""
    session, found = session_of(UserFactory(is_superuser=True)), []
    for route in ROUTES:
        may = expected(route) or {}
        for method in route.methods:
            if method not in may and outcome(ask(session, method, url_of(route, rows), sent="{}")) == "open":
                found.append(f"{method} {route.name or route.pattern}")

    assert not found, "\n" + "\n".join(found)


# --- the tests would see it ---


def test_an_address_that_is_new_is_missed():
    route = Route("desk:secrets", "admin/secrets/", ())

    assert expected(route) is None


def test_a_right_too_many_and_a_right_too_few_are_seen(rows, monkeypatch):
    routes = [route for route in ROUTES if route.name in ("admin:contacts_city_add", "costs-list")]
    session = session_of(user_in("reader"))
    monkeypatch.setitem(table.MODELS, "contacts.city", "ropheda roph oph oph ophd")
    monkeypatch.setitem(table.MODELS, "delegations.cost", "rophd oph oph oph ophd")

    assert differences(routes, "r", session, rows) == [
        "GET admin:contacts_city_add: 403, not open",
        "POST admin:contacts_city_add: 403, not open",
        "GET costs-list: 403, not open",
    ]


def test_every_method_is_asked_of_the_api():
    assert {route.methods for route in ROUTES if route.pattern.startswith("api/")} == {ALL}
