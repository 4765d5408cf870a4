"""Heavy requests end at a cap, with an answer that says so."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.rows import TABLES
from tests.factories import CityFactory, PartnershipFactory

pytestmark = pytest.mark.django_db


def errors_of(answer):
    assert answer.status_code == 400, answer.content[:500]
    assert len(answer.content) < 20_000
    return {error["field"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("size", [10**9, "000000001000000", "0000000019" + "9" * 20])
def test_a_page_has_an_end(admin, name, size):
    assert errors_of(admin.get(f"/api/v1/{name}/?page_size={size}")) == {"page_size"}


def test_a_hundred_filters_are_refused_by_name(officer):
    query = "&".join(f"filter{number}=1" for number in range(100))

    assert len(errors_of(officer.get(f"/api/v1/cities/?{query}"))) == 100


def test_a_hundred_values_of_one_filter_are_refused(officer):
    query = "&".join("country=DE" for _ in range(100))

    assert errors_of(officer.get(f"/api/v1/cities/?{query}")) == {"country"}


@pytest.mark.parametrize("text", ["a" * 10_000, "ab " * 3_333, "ab " * 11, "a" * 201])
@pytest.mark.parametrize("name", ["cities", "partnerships", "people"])
def test_a_search_has_an_end(officer, name, text):
    assert errors_of(officer.get(f"/api/v1/{name}/", {"search": text})) == {"search"}


def test_a_search_over_everything_has_an_end(officer):
    assert errors_of(officer.get("/api/v1/search/", {"q": "a" * 10_000})) == {"q"}


def test_a_search_of_ten_words_is_answered(officer):
    PartnershipFactory()

    assert officer.get("/api/v1/partnerships/", {"search": "ab " * 10}).json()["results"] == []


@pytest.mark.parametrize(
    ("name", "term", "code"), [("ordering", "name", 400), ("fields", "id", 200), ("expand", "parent", 200)]
)
def test_what_is_named_again_and_again_costs_no_more(officer, name, term, code):
    CityFactory()
    costs = []
    for number in (1, 2, 5_000):
        with CaptureQueriesContext(connection) as queries:
            answer = officer.get("/api/v1/cities/", {name: ",".join([term] * number)})
        assert answer.status_code == (200 if number == 1 else code)
        costs.append(len(queries))

    assert costs[2] <= costs[1] <= costs[0]


@pytest.mark.parametrize("name", ["ordering", "fields", "expand"])
def test_five_thousand_unknown_names_are_refused(officer, name):
    text = ",".join(f"x{number}" for number in range(5_000))

    assert errors_of(officer.get("/api/v1/cities/", {name: text})) == {name}


def test_a_deep_page_costs_what_the_first_costs(officer):
    CityFactory.create_batch(60)
    address, costs = "/api/v1/cities/?page_size=5", []
    while address:
        with CaptureQueriesContext(connection) as queries:
            address = officer.get(address).json()["next"]
        costs.append(len(queries))
        assert not any("OFFSET" in query["sql"] for query in queries)

    assert len(costs) == 12
    assert set(costs[1:]) == {costs[-1]}


@pytest.mark.parametrize("opening", ["[", '{"name_de":'])
def test_a_body_nested_without_end_is_refused(officer, opening):
    body = opening * 100_000
    answer = officer.generic("POST", "/api/v1/cities/", body, content_type="application/json")

    assert answer.status_code == 400


def test_a_body_nested_deep_and_whole_is_refused(officer):
    body = '{"name_de": "X", "country": "DE", "other_names": ' + "[" * 900 + "]" * 900 + "}"
    for headers in ({}, {"HTTP_IDEMPOTENCY_KEY": "a"}):
        answer = officer.generic("POST", "/api/v1/cities/", body, content_type="application/json", **headers)
        assert answer.status_code == 400


def test_a_number_of_ten_thousand_digits_is_refused(officer):
    body = '{"name_de": "X", "country": "DE", "population": ' + "9" * 10_000 + "}"
    answer = officer.generic("POST", "/api/v1/cities/", body, content_type="application/json")

    assert answer.status_code == 400


def test_a_body_larger_than_the_server_reads_is_refused(officer):
    rows = [{"name_de": "X" * 6_000, "country": "DE"}] * 500
    answer = officer.post("/api/v1/cities/bulk/", {"rows": rows})

    assert len(json.dumps(rows)) > 2_621_440
    assert answer.status_code == 413
