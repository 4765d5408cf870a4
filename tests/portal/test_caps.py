"""Heavy requests at the public door end at a cap, with an answer that says so."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.urls import FILES, RESOURCES
from tests import factories as make
from tests.portal.test_lists import NOT_OURS
from tests.portal.test_probing import data_routes
from tests.portal.world import publish

LISTS = [f"{name}/" for name in RESOURCES]


def errors_of(answer):
    assert answer.status_code == 400, answer.content[:500]
    assert len(answer.content) < 20_000
    return {error["field"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "size", [501, 10**9, 10**400, -1, "000000001000000", "0000000019" + "9" * 20, "+5", "٥", "5%0A"]
)
def test_a_page_has_an_end(get, db, name, size):
    assert errors_of(get(f"{name}?page_size={size}")) == {"page_size"}


@pytest.mark.parametrize("name", [*LISTS, *FILES])
@pytest.mark.parametrize("text", ["a" * 10_000, "ab+" * 3_333, "ab+" * 11, "a" * 201])
def test_a_search_has_an_end(get, db, name, text):
    assert errors_of(get(f"{name}?search={text}")) == {"search"}


@pytest.mark.parametrize("name", [*LISTS, *FILES, "catalog.jsonld", "schema/"])
def test_a_hundred_filters_are_refused_by_name(get, db, name):
    asked = [f"filter{number}" for number in range(100)]

    assert errors_of(get(f"{name}?{'&'.join(f'{one}=1' for one in asked)}")) == {*asked}


@pytest.mark.parametrize("name", [*LISTS, *FILES])
def test_a_hundred_values_of_one_filter_are_refused(get, db, name):
    assert errors_of(get(f"{name}?{'&'.join(['lang=de'] * 100)}")) == {"lang"}


def test_the_page_for_a_frame_has_an_end(client, db):
    answers = [
        client.get(f"/embed/?{query}")
        for query in ("limit=1000000000", "page_size=5", "cursor=" + "x" * 10_000)
    ]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert "embed/" in data_routes()


def test_the_deepest_page_costs_what_the_first_one_does(client, get, db):
    home = make.HomeCityFactory()
    for _number in range(40):
        publish(make.PartnershipFactory(home=home))
    counts, address = [], "/api/public/v1/partnerships/?page_size=5"
    get("partnerships/")  # makes the office
    while address:
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address).json()
        counts.append(len([one for one in queries if NOT_OURS not in one["sql"]]))
        assert not [one for one in queries if "OFFSET" in one["sql"]]
        address = page["next"]

    assert len(counts) == 8
    assert len({*counts}) == 1
