"""What holds for every resource."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.api.filters import Search
from contacts.names import ComputedField
from tests.api.rows import TABLES, WRITABLE, fields_of, make, make_full, model_of

pytestmark = pytest.mark.django_db

CHANGES_BY_ITSELF = ("changed_at", "version")


def rows_without(body, *names):
    return {name: value for name, value in body.items() if name not in names}


def test_every_resource_of_the_house_is_there():
    assert sorted(TABLES) == [
        *("agreements", "cities", "city-dates", "costs", "decisions", "delegations", "documents"),
        *("follow-ups", "gifts", "golden-book", "interactions", "jubilee-steps", "mails", "occasions"),
        *("organisations", "outcomes", "participants"),
        *("partnership-events", "partnerships", "people", "places", "posts", "programme-items", "projects"),
        *("reminders", "rules", "signatures", "statements", "stops", "tenures", "themes", "users"),
    ]


@pytest.mark.parametrize("name", TABLES)
def test_a_list_costs_as_many_queries_with_fifty_rows_as_with_one(admin, name):
    make_full(name, 1)
    admin.get(f"/api/v1/{name}/")
    with CaptureQueriesContext(connection) as one:
        first = admin.get(f"/api/v1/{name}/").json()
    make_full(name, 49)
    with CaptureQueriesContext(connection) as fifty:
        second = admin.get(f"/api/v1/{name}/").json()

    assert len(first["results"]) < len(second["results"]) == 50
    assert len(fifty) == len(one)


@pytest.mark.parametrize("name", TABLES)
def test_a_row_is_shown_in_its_list_and_by_itself_alike(admin, name):
    make_full(name, 1)
    listed = admin.get(f"/api/v1/{name}/").json()["results"][0]

    assert admin.get(f"/api/v1/{name}/{listed['id']}/").json() == listed


@pytest.mark.parametrize("name", TABLES)
def test_a_relation_is_its_id_and_its_label(admin, name):
    make_full(name, 1)
    row = admin.get(f"/api/v1/{name}/").json()["results"][0]
    relations = [value for value in row.values() if isinstance(value, dict) and "id" in value]
    relations += [
        one
        for field, value in row.items()
        if isinstance(value, list) and field not in ("partners", "places", "funding", "signers", "stages")
        for one in value
        if isinstance(one, dict) and "id" in one
    ]

    assert [set(relation) for relation in relations] == [{"id", "name"}] * len(relations)


@pytest.mark.parametrize("name", WRITABLE)
def test_what_was_read_can_be_written_back(admin, name):
    make(name)
    row = admin.get(f"/api/v1/{name}/").json()["results"][0]
    answer = admin.put(f"/api/v1/{name}/{row['id']}/", row)

    assert answer.status_code == 200, answer.json()
    assert rows_without(answer.json(), *CHANGES_BY_ITSELF) == rows_without(row, *CHANGES_BY_ITSELF)
    assert answer.json()["version"] == row["version"] + 1


@pytest.mark.parametrize("name", WRITABLE)
def test_a_row_is_deleted_and_created_again_as_it_was(admin, name):
    pk = make(name).pk
    read_only = [field for field, kind in fields_of(name).items() if kind.read_only]
    row = rows_without(admin.get(f"/api/v1/{name}/{pk}/").json(), *read_only)
    deleted = admin.delete(f"/api/v1/{name}/{pk}/")
    created = admin.post(f"/api/v1/{name}/", row)

    assert deleted.status_code == 204
    assert created.status_code == 201, created.json()
    assert rows_without(created.json(), *read_only) == row
    assert admin.get(created["Location"]).json() == created.json()


@pytest.mark.parametrize("name", WRITABLE)
def test_unknown_fields_are_refused(admin, name):
    answer = admin.post(f"/api/v1/{name}/", {"colour": "red"})

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"field": "colour", "code": "unknown_field", "detail": "There is no such field."}
    ]


@pytest.mark.parametrize("name", TABLES)
def test_unknown_parameters_are_refused(admin, name):
    answers = [admin.get(f"/api/v1/{name}/?kindd=x"), admin.get(f"/api/v1/{name}/{make(name).pk}/?kind=x")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert [answer.json()["errors"][0]["field"] for answer in answers] == ["kindd", "kind"]


@pytest.mark.parametrize("name", TABLES)
def test_every_order_on_offer_works_in_both_directions(admin, name):
    make(name)
    names = TABLES[name]().ordering_names()
    answers = [admin.get(f"/api/v1/{name}/?ordering={sign}{term}") for term in names for sign in ("", "-")]

    assert [answer.status_code for answer in answers] == [200] * 2 * len(names)


@pytest.mark.parametrize("name", TABLES)
def test_unknown_orders_are_refused(admin, name):
    assert admin.get(f"/api/v1/{name}/?ordering=password").status_code == 400


@pytest.mark.parametrize(
    "name", [name for name, viewset in TABLES.items() if Search in viewset.filter_backends]
)
def test_every_search_works(admin, name):
    make(name)

    assert admin.get(f"/api/v1/{name}/?search=nothing-has-this").json()["results"] == []


@pytest.mark.parametrize("name", TABLES)
def test_restricted_fields_cannot_be_found_out_by_asking(name):
    """A filter, an order or a search over a hidden field would give it away letter by letter."""
    viewset, model = TABLES[name](), model_of(name)
    restricted = getattr(model, "restricted", {})
    asked = {*viewset.ordering_names(), *viewset.ordering}
    filterset = viewset.filter_backends[0]().get_filterset_class(viewset, viewset.queryset)
    asked |= {one.field_name for one in filterset.base_filters.values()} if filterset else set()
    asked |= {
        source
        for field in model._meta.fields
        if isinstance(field, ComputedField)
        for source in field.attributes()
    }

    assert asked & set(restricted) == set()
    assert not any(term.rpartition("__")[2] in ("address", "protocol_notes", "diet") for term in asked)
