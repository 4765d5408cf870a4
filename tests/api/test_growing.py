"""How much a page reads does not depend on how many rows there are: the database counts, no clock runs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils.http import urlencode
from rest_framework.test import APIClient

from contacts.api.pages import Cursor, Key
from contacts.models import City
from portal import looking
from portal.urls import RESOURCES as PUBLIC
from relations.models import Partnership
from tests.api.many import FEW, RARE, Many, deleted, listed, slug
from tests.api.rows import TABLES
from tests.factories import UserFactory

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="Only PostgreSQL tells how much it has read."
)

ROWS = 5_000
MOST = 4_000
"""Rows that a page of 50 may look at, with all that is shown of each; a table read whole is more."""
SAMPLE = 0.1
"""Of the orders that can be asked for so many each time, by chance: to ask for all takes minutes."""
DEEP = 60
"""So many rows come after the cursor of a page deep within."""
# Ties by their home, which many share, are sorted anew. Without a search no place is called so.
SORTED = {("partnerships", "home__name"), ("places", "called")}
# What portals ask for: what is rare, and what is not. A search is left to the bench.
ASKED = {
    "cities": [{"country": RARE}, {"kind": "city"}],
    "themes": [],
    "partnerships": [
        *({"country": RARE}, {"kind": "partnership"}, {"status": "active"}, {"theme": slug(7)}),
        {"year": "1950"},
    ],
    "projects": [{"country": RARE}, {"kind": "exchange"}, {"theme": slug(7)}],
    "visits": [{"country": RARE}, {"kind": "working"}, {"theme": slug(7)}],
    "anniversaries": [{"country": RARE}, {"theme": slug(7)}],
}


@pytest.fixture(scope="module", autouse=True)
def _no_trace(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Rows rolled back still lie in the tables, and their number is believed: later tests would be slow."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


class Reading:
    """Counts the rows that the statements look at, those that they leave out included."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            # By a cursor of its own, for that of a long list takes nothing but the statement itself.
            with connection.create_cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
                [[[plan]]] = cursor.fetchall()
            self.rows += looked_at(plan["Plan"])
        return execute(sql, params, many, context)


def looked_at(node: dict[str, Any]) -> int:
    parts = sum(looked_at(part) for part in node.get("Plans", ()))
    if "Relation Name" not in node:
        return parts
    left_out = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return parts + (node["Actual Rows"] + left_out) * node["Actual Loops"]


def deep_within(model: Any, terms: list[str]) -> Iterator[Cursor]:
    """Where the first column is not known everywhere, the last rows that have it, and those without it."""
    keys = [Key.of(term, model=model) for term in terms]
    rows = model._default_manager.order_by(*(key.order(backward=True) for key in keys))
    is_unknown = f"{keys[0].path}__isnull"
    parts = [rows.filter(**{is_unknown: it_is}) for it_is in (False, True)]
    if keys[0].is_always_known:
        parts = [rows]
    for part in parts:
        yield from (Cursor(terms, False, [key.value(row) for key in keys]) for row in part[DEEP : DEEP + 1])


def pages(address: str, model: Any, order: tuple[str, ...], **asked: str) -> Iterator[str]:
    """The first page, some deep within, and one on the way back."""
    yield f"{address}?{urlencode(asked)}"
    for cursor in deep_within(model, [*order, "pk"]):
        yield f"{address}?{urlencode({**asked, 'cursor': str(cursor)})}"
    yield f"{address}?{urlencode({**asked, 'cursor': str(Cursor(cursor.order, True, cursor.values))})}"


def staff_s(dice: random.Random) -> Iterator[str]:
    for name, viewset in TABLES.items():
        model, address = viewset.queryset.model, f"/api/v1/{name}/"
        if model in FEW:
            continue
        yield from pages(address, model, viewset.ordering)
        for term in viewset().ordering_names():
            if (name, term) not in SORTED and dice.random() < SAMPLE:
                # The joins of a full row are those of the pages above.
                yield from pages(address, model, (term,), ordering=term, fields="id")
                yield from pages(address, model, (f"-{term}",), ordering=f"-{term}", fields="id")


def public() -> Iterator[str]:
    for name, viewset in PUBLIC.items():
        address = f"/api/public/v1/{name}/"
        if name == "anniversaries":
            yield address
        else:
            yield from pages(address, viewset.queryset.model, viewset.ordering)
        yield from (f"{address}?{urlencode(asked)}" for asked in ASKED[name])


def test_a_page_reads_no_more_where_there_are_more_rows(db, monkeypatch):
    seed = random.randrange(10**6)
    print("seed", seed)
    # As long as nobody has looked, each public answer asks whether all this is new, and it is.
    monkeypatch.setattr(looking, "is_up_to_date", lambda last: True)
    Many(listed()).grow(range(ROWS))
    for model in (City, Partnership):
        deleted(model, ROWS)
    client = APIClient()
    client.force_authenticate(UserFactory(is_superuser=True))
    asked = [
        *staff_s(random.Random(seed)),
        "/api/v1/cities/deleted/",
        "/api/v1/partnerships/deleted/",
        *public(),
    ]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # As on a disk that finds any row as quickly as the next one.
        cursor.execute("SET LOCAL random_page_cost = 1.1")

    read = {}
    for address in asked:
        reading = Reading()
        with connection.execute_wrapper(reading):
            answer = client.get(address)
        assert answer.status_code == 200, (address, answer.content)
        read[address] = reading.rows

    assert {address: rows for address, rows in read.items() if rows > MOST} == {}
