"""A misspelled filter, order or page of any list is named, of the staff's API and of the public one."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests.factories import UserFactory
from tests.rights.routes import every_route, parameters_of, url_of

LISTS = sorted(
    url_of(route, {})
    for route in every_route()
    if route.pattern.startswith("api/") and route.name and not route.arguments
)
# Not asked for rows, but for a token, or for what the API is.
NO_LISTS = {"/api/v1/auth/login/", "/api/v1/auth/logout/", "/api/v1/docs/"}
ONLY_POSTED = {address for address in LISTS if address.endswith("/bulk/")}


def misspelled(name: str) -> str:
    return f"{name[:-1]}{name[-1]}{name[-1]}"


@pytest.fixture
def client(db):
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.force_authenticate(UserFactory(is_superuser=True))
    return client


@pytest.mark.parametrize("address", sorted(set(LISTS) - NO_LISTS - ONLY_POSTED))
def test_each_parameter_that_is_misspelled_is_named(client, address):
    wrong = {misspelled(name) for name in {*parameters_of(address), "colour"}}

    answer = client.get(address, dict.fromkeys(wrong, "1"))

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert {(error["field"], error["code"]) for error in answer.json()["errors"]} == {
        (name, "unknown_parameter") for name in wrong
    }


@pytest.mark.parametrize(
    "address",
    sorted(name for name in set(LISTS) - NO_LISTS - ONLY_POSTED if "ordering" in parameters_of(name)),
)
@pytest.mark.parametrize("ordering", ["nmae", "-idd", "name,", "pk__in"])
def test_an_order_that_is_misspelled_is_named(client, address, ordering):
    answer = client.get(address, {"ordering": ordering})

    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {"ordering"}


def test_there_are_lists_to_misspell():
    assert {"/api/v1/cities/", "/api/v1/costs/totals/", "/api/v1/search/", "/api/public/v1/visits/"} <= set(
        LISTS
    )
    assert len(parameters_of("/api/v1/partnerships/")) > 20
