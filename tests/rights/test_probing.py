"""What a role may not read it cannot find out either, by searching, filtering, ordering or expanding.

Every private field is given one value, then another. Whatever a role asks, it has to be answered byte for
byte alike: an answer that differs is an oracle, even where it does not show the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from contacts.api.people import PersonViewSet
from contacts.models import Person
from tests.api.rows import TABLES, make_full
from tests.factories import user_in
from tests.rights import table
from tests.rights.test_fields import OF_RESOURCE, expanding

pytestmark = pytest.mark.django_db

ASKED, OTHER = "zebrafinch", "quokka"
# Texts of a page that are new each time it is made.
NEW_EACH_TIME = re.compile(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"')
Private = dict[str, list[str]]


def private_to(letter: str) -> Private:
    """By model, the fields that the role does not see."""
    return {
        model: [field for field, who in table.RESTRICTED[model].items() if letter not in who]
        for model in OF_RESOURCE.values()
    }


KEPT_OUT = [(letter, role) for letter, role in table.ROLES.items() if any(private_to(letter).values())]


def fill(private: Private, word: str) -> None:
    """Another text in each row, one of them the word itself; for the other word in the other order."""
    for label, fields in private.items():
        rows = list(apps.get_model(label)._base_manager.order_by("pk" if word == ASKED else "-pk"))
        for number, row in enumerate(rows):
            for field in fields:
                setattr(row, field, f"{word} {number:03}" if number else word)
        if fields:
            apps.get_model(label)._base_manager.bulk_update(rows, fields)


# --- what is asked ---


def probes(private: Private) -> list[str]:
    return list(dict.fromkeys(_probes(private)))


def _probes(private: Private) -> Iterator[str]:
    yield from (f"/api/v1/search/?q={ASKED}", f"/admin/search/?q={ASKED}")
    for name in TABLES:
        yield from (f"/api/v1/{name}/{query}" for query in ("", f"?search={ASKED}", "?format=csv"))
    for resource, label in OF_RESOURCE.items():
        yield from (f"/api/v1/{resource}/?{name}={ASKED}" for name in TABLES[resource]().filter_names())
        for field in private[label]:
            yield from (f"/api/v1/{resource}/?{query}" for query in about(field))
            yield from (f"/api/v1/{resource}/?{query}&format=csv" for query in about(field))
            for name, relation in expanding(label):
                yield f"/api/v1/{name}/?{relation}__{field}={ASKED}"
                yield f"/api/v1/{name}/?ordering={relation}__{field}"
                yield f"/api/v1/{name}/?expand={relation}&search={ASKED}"
                yield f"/api/v1/{name}/?expand={relation}&format=csv"
            yield from pages(apps.get_model(label), field)


def about(field: str) -> list[str]:
    filters = [f"{field}{lookup}={ASKED}" for lookup in ("", "__icontains", "__startswith", "_from")]
    orders = [f"ordering={field}", f"ordering=-{field}"]
    return [*filters, f"{field}__isnull=True", *orders, f"fields=id,{field}"]


def pages(model: Any, field: str) -> Iterator[str]:
    """The lists of the administration: of the model, and of all that lead to it."""
    own = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    yield from (f"{own}?o={column}" for column in range(1, 9))
    yield f"{own}?q={ASKED}"
    yield from (f"{own}?{query}" for query in about(field))
    for other in admin.site._registry:
        options = other._meta
        for relation in options.get_fields():
            if relation.related_model is model:
                page = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
                yield f"{page}?{relation.name}__{field}__icontains={ASKED}"
    yield reverse("admin:autocomplete") + (
        f"?app_label=delegations&model_name=participant&field_name=person&term={ASKED}"
    )


def answers(client: Client, addresses: list[str]) -> dict[str, tuple[int, str]]:
    found = {}
    for address in addresses:
        answer = client.get(address)
        text = b"".join(answer).decode("utf-8", errors="replace")
        found[address] = answer.status_code, NEW_EACH_TIME.sub(r"\1", text)
    return found


def oracles(client: Client, private: Private, addresses: list[str]) -> list[str]:
    """Those of the addresses that answer otherwise when nothing but the private fields has changed."""
    fill(private, ASKED)
    before = answers(client, addresses)
    fill(private, OTHER)
    after = answers(client, addresses)
    return [address for address in addresses if before[address] != after[address]]


# --- what comes of it ---


@pytest.fixture
def rows() -> None:
    """Of every resource a row with something in each relation, one or more persons behind most of them."""
    for name in TABLES:
        make_full(name, 1)


def client_of(role: str) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user_in(role))
    return client


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(("letter", "role"), KEPT_OUT)
def test_what_a_role_may_not_read_it_cannot_find_out(letter, role):
    private = private_to(letter)

    assert oracles(client_of(role), private, probes(private)) == []


def test_every_private_field_is_kept_from_somebody():
    kept: dict[str, set[str]] = {model: set() for model in OF_RESOURCE.values()}
    for letter, _role in KEPT_OUT:
        for model, fields in private_to(letter).items():
            kept[model] |= set(fields)

    assert kept == {model: set(table.RESTRICTED[model]) for model in OF_RESOURCE.values()}


@pytest.mark.usefixtures("rows")
def test_those_who_may_read_a_field_are_answered_otherwise():
    """That the questions above lead to the rows, and would tell of them."""
    private = {model: list(table.RESTRICTED[model]) for model in OF_RESOURCE.values()}
    due = []
    for resource, label in OF_RESOURCE.items():
        due += [f"/api/v1/{resource}/", f"/api/v1/{resource}/?format=csv"]
        due += [f"/api/v1/{name}/?expand={relation}&format=csv" for name, relation in expanding(label)]
        due += [f"/api/v1/{resource}/?fields=id,{field}" for field in private[label]]
        due += [f"/admin/{label.replace('.', '/')}/?{field}__icontains={ASKED}" for field in private[label]]

    assert set(due) <= set(probes(private))
    assert oracles(client_of("head"), private, due) == due


@pytest.mark.usefixtures("rows")
def test_a_private_field_that_is_searched_or_sorted_by_would_be_found(monkeypatch):
    for owner, name in [
        (PersonViewSet, "filterset_fields"),
        (PersonViewSet, "ordering_fields"),
        (Person, "search_paths"),
    ]:
        monkeypatch.setattr(owner, name, (*getattr(owner, name), "address"))

    assert {
        f"/api/v1/people/?address={ASKED}",
        "/api/v1/people/?ordering=-address",
        f"/api/v1/people/?search={ASKED}",
        f"/admin/contacts/person/?q={ASKED}",
    } <= set(oracles(client_of("officer"), private_to("o"), probes(private_to("o"))))
