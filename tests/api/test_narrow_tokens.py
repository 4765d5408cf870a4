"""What a token of few scopes is told by way of the rows that it may read: of others the names alone."""

import csv
import datetime
import io

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from rest_framework import serializers

from contacts.api.fields import RelationField
from contacts.api.serializers import RowsSerializer
from contacts.api.sheets import SHEETS
from contacts.models import City, KeptAnswer, User
from delegations import jubilee
from delegations.models import JubileeStep
from delegations.shipped import ship
from tests.api.rows import TABLES, WRITABLE, fields_of, make, make_full, model_of
from tests.api.test_scopes import GROUPS, client_with, group_of, lacked
from tests.factories import (
    CityDateFactory,
    CityFactory,
    FollowUpFactory,
    OccasionFactory,
    PartnershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TIES, CITIES = "/api/v1/partnerships/", "/api/v1/cities/"
# Fields that are made of the rows of another group, which has to be read as well.
MADE_OF_OTHERS = {
    "partnerships": {"last_contact_on": "visits", "is_quiet": "visits"},
    "occasions": {"plan": "visits"},
}
RESOURCE_OF = {viewset.queryset.model: name for name, viewset in TABLES.items()}
EXPANSIONS = [
    (name, relation, RESOURCE_OF[model_of(name)._meta.get_field(relation).related_model])
    for name, viewset in TABLES.items()
    for relation in viewset.expandable
]


def reading(*names, user=None):
    return client_with(*{f"{group_of(name)}:read" for name in names}, user=user)


def a_full_row(name):
    """The address of a row that has something in each of its relations."""
    make_full(name, 1)
    return f"/api/v1/{name}/{model_of(name).objects.order_by('pk').last().pk}/"


# --- relations: names, and no more ---


def entries_within(value):
    """Whatever stands in a row and has an id and a name."""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(inner, dict) and {"id", "name"} <= inner.keys():
            yield inner
        yield from entries_within(inner)


@pytest.mark.parametrize("name", TABLES)
def test_of_other_rows_a_row_tells_their_names_alone(name):
    address = a_full_row(name)

    found = list(entries_within(reading(name).get(address).json()))

    assert bool(found) is bool(named_by(model_of(name), fields_of(name)))
    assert [entry for entry in found if entry.keys() != {"id", "name"}] == []


@pytest.mark.parametrize("name", TABLES)
def test_what_is_made_of_another_group_takes_its_scope(name):
    address, own = a_full_row(name), f"{group_of(name)}:read"
    others = MADE_OF_OTHERS.get(name, {})

    assert set(client_with(own).get(address).json()) == set(fields_of(name)) - set(others)
    for field, group in others.items():
        assert field in client_with(own, f"{group}:read").get(address).json()
        answers = [
            client_with(own, *more).get(address, {"fields": field}) for more in ([], [f"{group}:read"])
        ]
        assert [answer.status_code for answer in answers] == [400, 200]


@pytest.mark.parametrize("name", TABLES)
def test_a_row_is_read_from_its_group_and_from_what_it_names(name):
    """By the tables in the questions themselves: nothing else of another group can be told."""
    address, client, model = a_full_row(name), reading(name), model_of(name)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/api/v1/{name}/")
        client.get(address)
        client.get(f"/api/v1/{name}/deleted/")

    ours = {model_of(each) for each in TABLES if each in GROUPS[group_of(name)]} | {User}  # who asks
    named = named_by(model, fields_of(name)) | along(model, model.label_relations)
    others = {model_of(each) for each in TABLES} - ours - named
    asked = "".join(query["sql"] for query in queries)
    assert [model for model in others if f'"{model._meta.db_table}"' in asked] == []


def named_by(model, fields):
    """The models of the relations that rows show, and of what the labels of these need."""
    found = set()
    for field in fields.values():
        if isinstance(field, RowsSerializer):
            found |= named_by(field.child.Meta.model, field.child.fields)
        elif isinstance(field, RelationField | serializers.ManyRelatedField):
            found |= along(model, [field.source])
            named = model._meta.get_field(field.source).related_model
            found |= along(named, getattr(named, "label_relations", ()))
    return found


def along(model, paths):
    found = set()
    for path in paths:
        reached = model
        for step in path.split("__"):
            reached = reached._meta.get_field(step).related_model
            found.add(reached)
    return found


# --- expansions, fields, tables ---


@pytest.mark.parametrize(("name", "relation", "other"), EXPANSIONS)
def test_a_relation_is_expanded_with_the_scope_of_its_rows_alone(name, relation, other):
    row = a_full_row(name)
    for address in (f"/api/v1/{name}/", row):
        query = {"expand": relation, "fields": f"id,{relation}"}
        narrow, wider = reading(name).get(address, query), reading(name, other).get(address, query)

        assert wider.status_code == 200
        if group_of(other) == group_of(name):
            assert narrow.status_code == 200
        else:
            assert lacked(narrow) == [f"{group_of(other)}:read"]


def test_what_stands_behind_an_expansion_has_the_fields_that_its_own_list_shows():
    occasion = OccasionFactory()
    for scopes in (["ties:read"], ["ties:read", "visits:read"]):
        client = client_with(*scopes)
        (own,) = client.get(TIES).json()["results"]
        (row,) = client.get("/api/v1/occasions/?expand=partnership").json()["results"]

        assert row["partnership"] == own
        assert own["id"] == occasion.partnership_id
        assert ("last_contact_on" in own) is ("visits:read" in scopes)


def columns_of(answer, kind):
    assert answer.status_code == 200
    content = answer.getvalue()
    if kind == "xlsx":
        return [cell.value for cell in next(load_workbook(io.BytesIO(content)).active.rows)]
    return next(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_has_the_columns_that_the_token_may_read(kind):
    PartnershipFactory()

    def ask(*scopes, **query):
        return client_with(*scopes).get(TIES, {"format": kind, **query})

    narrow, wider = (columns_of(ask("ties:read", *more), kind) for more in ([], ["visits:read"]))
    assert [title for title in wider if title not in narrow] == ["last_contact_on", "is_quiet"]
    assert [title for title in narrow if title.startswith("partner.")] == ["partner.id", "partner.name"]
    assert lacked(ask("ties:read", expand="partner")) == ["cities:read"]
    assert "partner.country" in columns_of(ask("ties:read", "cities:read", expand="partner"), kind)


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_file_asked_for_by_its_header_takes_the_same_scopes(sheet):
    client, accept = client_with("ties:read"), sheet.media_type

    assert "last_contact_on" not in columns_of(client.get(TIES, headers={"Accept": accept}), sheet.format)
    assert lacked(client.get(f"{TIES}?expand=home", headers={"Accept": accept})) == ["cities:read"]
    assert lacked(client.get(CITIES, headers={"Accept": accept})) == ["cities:read"]


def test_the_years_ahead_tell_of_no_day_of_a_city_without_its_scope():
    tie = PartnershipFactory(founded="2000-05-19")
    CityDateFactory(city=tie.partner, on="05-19", label="Secret day")

    texts = [
        client_with(*scopes).get("/api/v1/forecast/?from=2030&to=2040").content.decode()
        for scopes in (["ties:read"], ["ties:read", "cities:read"])
    ]

    assert ["Secret day" in text for text in texts] == [False, True]


# --- what has changed, what is gone ---


@pytest.mark.parametrize("name", WRITABLE)
def test_changes_and_deletions_are_told_to_the_scope_of_their_rows(name):
    make(name)
    other = client_with(*(f"{group}:write" for group in GROUPS if group != group_of(name)))
    scope = f"{group_of(name)}:read"
    for address in (f"/api/v1/{name}/", f"/api/v1/{name}/deleted/"):
        query = {"changed_since": "2024-01-01T00:00:00Z"}

        assert client_with(scope).get(address, query).status_code == 200
        assert lacked(other.get(address, query)) == [scope]


# --- what moves with a row ---


@time_machine.travel(datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC), tick=False)
@pytest.mark.parametrize(
    "change", [{"celebrated_from": "2031-05-01"}, {"state": "skipped", "reason": "Frost"}]
)
def test_the_steps_of_a_plan_change_by_the_scope_of_these_alone(change):
    ship(JubileeStep)
    occasion = jubilee.plan(PartnershipFactory(founded="1990-11-17"), years=40, today=datetime.date.today())
    address = f"/api/v1/occasions/{occasion.pk}/"
    before = list(occasion.follow_ups.values("pk", "due_on", "state"))
    assert before

    assert lacked(client_with("ties:write").patch(address, change)) == ["visits:write"]
    assert list(occasion.follow_ups.values("pk", "due_on", "state")) == before
    assert client_with("ties:write").patch(address, {"motto": "Bridges"}).status_code == 200
    assert client_with("ties:write", "visits:write").patch(address, change).status_code == 200
    assert list(occasion.follow_ups.values("pk", "due_on", "state")) != before


# --- many at once, and again ---


@pytest.mark.parametrize("name", WRITABLE)
def test_many_rows_at_once_take_the_scope_to_write(name):
    other = client_with(*(f"{group}:write" for group in GROUPS if group != group_of(name)))
    scope, address = f"{group_of(name)}:write", f"/api/v1/{name}/bulk/"

    assert lacked(reading(name).post(address, {"rows": [{}]})) == [scope]
    assert lacked(other.post(address, {"rows": [{}]})) == [scope]
    assert client_with(scope).post(address, {"rows": [{"?": 1}]}).status_code == 400


def test_rows_of_another_group_are_named_by_their_id_without_its_scope():
    home, partner = CityFactory(is_home=True), CityFactory()
    rows = [{"home": home.pk, "partner": partner.pk, "kind": "partnership"}]

    answer = client_with("ties:write").post(f"{TIES}bulk/", {"rows": rows})

    assert answer.status_code == 201
    assert answer.json()["rows"][0].keys() == {"id", "name"}


def test_a_kept_answer_is_not_given_to_a_token_without_the_scope():
    user, facts = UserFactory(is_superuser=True), {"name_de": "Bursa", "country": "TR"}
    key = {"Idempotency-Key": "the-key"}
    first = client_with("cities:write", user=user).post(CITIES, facts, headers=key)
    assert first.status_code == 201

    for scopes in (["cities:read"], ["people:write", "ties:write"]):
        assert lacked(client_with(*scopes, user=user).post(CITIES, facts, headers=key)) == ["cities:write"]
    again = client_with("cities:write", "people:read", user=user).post(CITIES, facts, headers=key)

    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    assert City.objects.count() == 1


def test_a_kept_answer_of_many_rows_is_not_given_to_a_token_without_the_scope():
    user, key = UserFactory(is_superuser=True), {"Idempotency-Key": "the-key"}
    rows = {"rows": [{"name_de": "Bursa", "country": "TR"}]}
    client_with("cities:write", user=user).post(f"{CITIES}bulk/", rows, headers=key)

    answer = client_with("cities:read", user=user).post(f"{CITIES}bulk/", rows, headers=key)

    assert lacked(answer) == ["cities:write"]
    assert KeptAnswer.objects.count() == 1


def test_a_kept_answer_is_not_given_to_a_token_that_sees_fewer_of_its_fields():
    user, key = UserFactory(is_superuser=True), {"Idempotency-Key": "the-key"}
    facts = {"home": CityFactory(is_home=True).pk, "partner": CityFactory().pk, "kind": "partnership"}
    first = client_with("ties:write", "visits:read", user=user).post(TIES, facts, headers=key)
    assert "last_contact_on" in first.json()

    answer = client_with("ties:write", user=user).post(TIES, facts, headers=key)

    assert [error["code"] for error in answer.json()["errors"]] == ["key_reused"]
    assert answer.status_code == 422


def test_the_kept_answer_of_a_verb_takes_all_the_scopes_that_the_verb_takes():
    ship(JubileeStep)
    tie, user = PartnershipFactory(founded="1989-11-17"), UserFactory(is_superuser=True)
    address, key = f"{TIES}{tie.pk}/plan-jubilee/", {"Idempotency-Key": "the-key"}
    first = client_with("ties:write", "visits:write", user=user).post(address, {}, headers=key)
    assert first.status_code == 201

    for scopes in (["ties:write"], ["ties:write", "visits:read"]):
        assert lacked(client_with(*scopes, user=user).post(address, {}, headers=key)) == ["visits:write"]


# --- unchanged ---


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("sent", ["its tag", "*"])
def test_that_nothing_changed_is_told_to_whom_the_list_is_open_alone(sent):
    """`*` matches whatever is remembered, so whoever knows no tag could ask for one by it."""
    PartnershipFactory()
    user, address = UserFactory(is_superuser=True), f"{TIES}?expand=home"
    wide = client_with("ties:read", "cities:read", user=user)
    tag = wide.get(address)["ETag"]
    headers = {"If-None-Match": tag if sent == "its tag" else sent}
    assert [wide.get(address, headers=headers).status_code for _ in range(2)] == [304, 304]

    assert lacked(client_with("ties:read", user=user).get(address, headers=headers)) == ["cities:read"]
    assert lacked(client_with("cities:read", user=user).get(address, headers=headers)) == ["ties:read"]


@pytest.mark.usefixtures("remembering")
def test_who_sees_fewer_fields_has_another_tag():
    occasion = OccasionFactory()
    FollowUpFactory(occasion=occasion)
    user = UserFactory(is_superuser=True)
    wide, narrow = (client_with("ties:read", *more, user=user) for more in (["visits:read"], []))
    for address in (TIES, "/api/v1/occasions/"):
        tag = wide.get(address)["ETag"]
        assert wide.get(address, headers={"If-None-Match": tag}).status_code == 304

        answer = narrow.get(address, headers={"If-None-Match": tag})

        assert answer.status_code == 200
        assert answer["ETag"] != tag
        assert narrow.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_a_refusal_names_the_scope_of_what_was_refused_and_no_other():
    """Fields that are left out for want of a scope are no reason of it."""
    PartnershipFactory()

    assert lacked(client_with("ties:read").get(f"{TIES}?expand=home")) == ["cities:read"]
