"""Many rows by one request."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import City, Organisation, Tenure
from relations.models import Interaction, Partnership
from tests.api.rows import WRITABLE, fields_of, make
from tests.factories import CityFactory, HomeCityFactory, PersonFactory, PostFactory

pytestmark = pytest.mark.django_db


def city(number, **facts):
    return {"name_de": f"Ort {number}", "country": "TR", **facts}


def bulk(client, name, rows, **headers):
    return client.post(f"/api/v1/{name}/bulk/", {"rows": rows}, headers=headers)


def errors_of(answer):
    assert answer.status_code == 400, answer.json()
    return [(error.get("row"), error["field"], error["code"]) for error in answer.json()["errors"]]


def test_rows_are_created_and_named_in_their_order(officer):
    answer = bulk(officer, "cities", [city(number) for number in (3, 1, 2)])

    assert answer.status_code == 201
    assert [row["name"] for row in answer.json()["rows"]] == ["Ort 3", "Ort 1", "Ort 2"]
    assert [City.objects.get(pk=row["id"]).name_de for row in answer.json()["rows"]] == [
        *("Ort 3", "Ort 1", "Ort 2")
    ]


@pytest.mark.parametrize("name", WRITABLE)
def test_every_resource_takes_what_it_takes_singly(admin, name):
    pk = make(name).pk
    shown = admin.get(f"/api/v1/{name}/{pk}/").json()
    row = {field: shown[field] for field, kind in fields_of(name).items() if not kind.read_only}
    admin.delete(f"/api/v1/{name}/{pk}/")

    answer = bulk(admin, name, [row])

    assert answer.status_code == 201, answer.json()
    [created] = answer.json()["rows"]
    again = admin.get(f"/api/v1/{name}/{created['id']}/").json()
    assert again["name"] == created["name"]
    assert {field: again[field] for field in row if field != "id"} == row


def test_one_row_that_is_refused_keeps_out_all(officer):
    rows = [city(1), city(2, country="XX"), city(3), city(4, colour="red", population=-1)]
    answer = bulk(officer, "cities", rows)

    assert errors_of(answer) == [
        (1, "country", "unknown"),
        (3, "colour", "unknown_field"),
    ]
    assert answer.json()["detail"].startswith("Nothing was saved.")
    assert (City.objects.count(), City.history.count()) == (0, 0)


def test_a_row_that_is_no_object_is_refused_by_its_number(officer):
    assert errors_of(bulk(officer, "cities", [city(1), 5, None, []])) == [
        (1, "__all__", "invalid"),
        (2, "__all__", "null"),
        (3, "__all__", "invalid"),
    ]


def test_a_row_is_compared_with_those_before_it(officer):
    home, partner = HomeCityFactory(), CityFactory()
    rows = [{"home": home.pk, "partner": partner.pk}, {"home": partner.pk, "partner": home.pk}]

    assert errors_of(bulk(officer, "partnerships", rows)) == [(1, "partner", "unique")]
    assert not Partnership.objects.exists()


def test_a_rule_of_many_rows_holds_within_the_request(officer):
    post = PostFactory()
    rows = [
        {"person": PersonFactory().pk, "post": post.pk, "since": "2014", "until": "2020-08"},
        {"person": PersonFactory().pk, "post": post.pk, "since": "2019"},
    ]

    assert errors_of(bulk(officer, "tenures", rows)) == [(1, "post", "held")]
    assert not Tenure.objects.exists()


def test_a_row_that_was_refused_stands_in_nobodys_way(officer):
    rows = [city(1, wikidata_id="Q1", country="XX"), city(2, wikidata_id="Q1"), city(3, wikidata_id="Q1")]

    assert errors_of(bulk(officer, "cities", rows)) == [
        (0, "country", "unknown"),
        (2, "wikidata_id", "unique"),
    ]


def test_a_broken_part_of_a_row_is_named_with_its_row(officer):
    partner = officer.post("/api/v1/organisations/", {"title": "Labor"}).json()["id"]
    rows = [
        {"title": "A"},
        {"title": "B", "partners": [{"organisation": partner}, {"organisation": partner}]},
    ]

    assert errors_of(bulk(officer, "projects", rows)) == [(1, "partners.1.organisation", "unique")]


def test_what_creation_does_beyond_the_row_is_done_for_each(officer):
    rows = [{"on": "2024-06-22", "kind": "call", "summary": text} for text in "AB"]
    bulk(officer, "interactions", rows)

    me = officer.handler._force_user
    assert [note.by for note in Interaction.objects.all()] == [me, me]
    assert Interaction.history.filter(history_user=me, history_type="+").count() == 2


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("rows", "required")),
        ({"rows": []}, ("rows", "empty")),
        ({"rows": {}}, ("rows", "not_a_list")),
        ({"rows": [{}] * 501}, ("rows", "max_length")),
        ({"rows": [{}], "mode": "fast"}, ("mode", "unknown_field")),
        ([], ("__all__", "invalid")),
    ],
)
def test_no_more_than_five_hundred_rows_and_nothing_else_are_taken(officer, body, error):
    answer = officer.post("/api/v1/cities/bulk/", body)

    assert errors_of(answer) == [(None, *error)]


def test_five_hundred_rows_come_at_once(officer):
    answer = bulk(officer, "organisations", [{"title": f"Verein {number}"} for number in range(500)])

    assert (answer.status_code, len(answer.json()["rows"])) == (201, 500)
    assert (Organisation.objects.count(), Organisation.history.count()) == (500, 500)


@pytest.mark.parametrize(("name", "most"), [("cities", 25), ("partnerships", 20)])
def test_each_row_costs_as_many_queries_as_the_one_before(officer, name, most):
    def rows(number):
        if name == "cities":
            return [city(one) for one in range(number)]
        return [{"home": HomeCityFactory().pk, "partner": CityFactory().pk} for _ in range(number)]

    def cost(number):
        sent = rows(number)
        with CaptureQueriesContext(connection) as queries:
            assert bulk(officer, name, sent).status_code == 201
        return len(queries)

    cost(1)
    one, eleven, twenty_one = cost(1), cost(11), cost(21)
    assert twenty_one - eleven == eleven - one
    assert (eleven - one) / 10 <= most


@pytest.mark.parametrize(("role", "code"), [("reader", 403), ("portal editor", 403), ("officer", 201)])
def test_who_may_add_one_may_add_many(client_of, role, code):
    assert bulk(client_of(role), "cities", [city(1)]).status_code == code


def test_a_key_makes_all_of_them_once(officer):
    answers = [bulk(officer, "cities", [city(1), city(2)], **{"Idempotency-Key": "a"}) for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert City.objects.count() == 2


def test_a_key_is_free_again_where_rows_were_refused(officer):
    rows = [city(1, country="XX")]
    codes = [
        bulk(officer, "cities", sent, **{"Idempotency-Key": "a"}).status_code for sent in (rows, [city(1)])
    ]

    assert codes == [400, 201]
