"""`?fields=` and `?expand=`."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.api import RESOURCES
from contacts.api.views import StaffViewSet
from tests.api.rows import TABLES, fields_of, make, make_full, model_of
from tests.factories import (
    CityFactory,
    DelegationFactory,
    DocumentFactory,
    FollowUpFactory,
    MailFactory,
    OccasionFactory,
    ParticipantFactory,
    PartnershipFactory,
    PersonFactory,
    ReminderFactory,
)

pytestmark = pytest.mark.django_db

EXPANDING = [name for name, viewset in TABLES.items() if viewset.expandable]
ADDRESSES = {viewset.queryset.model: name for name, viewset in TABLES.items()}


def rows(client, name, **query):
    answer = client.get(f"/api/v1/{name}/", query)
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def refusal(answer):
    return answer.status_code, [(error["field"], error["detail"]) for error in answer.json()["errors"]]


# --- fields ---


@pytest.mark.parametrize("name", TABLES)
def test_only_the_fields_asked_for_are_there_in_lists_and_in_a_row(admin, name):
    pk = make(name).pk
    names = list(fields_of(name))
    for chosen in (names[::2], names[1::2], names[:1]):
        full, asked = admin.get(f"/api/v1/{name}/{pk}/").json(), ",".join(chosen)
        expected = {field: full[field] for field in chosen}

        assert admin.get(f"/api/v1/{name}/{pk}/", {"fields": asked}).json() == expected
        assert expected in rows(admin, name, fields=asked)


@pytest.mark.parametrize("name", TABLES)
def test_what_is_left_out_costs_no_query(admin, name):
    make_full(name, 2)
    rows(admin, name, fields="id")
    with CaptureQueriesContext(connection) as queries:
        rows(admin, name, fields="id")
    asked = [query for query in queries if "contacts_office" not in query["sql"]]  # which zone it is

    assert len(asked) == 1


def test_what_is_computed_is_computed_where_asked_for(admin):
    PartnershipFactory()
    [row] = rows(admin, "partnerships", fields="id,is_quiet,status")

    assert (row["is_quiet"], row["status"]) == (True, "unknown")
    assert rows(admin, "occasions", fields="plan") == []
    OccasionFactory()
    assert rows(admin, "occasions", fields="plan") == [{"plan": None}]


@pytest.mark.parametrize("name", TABLES)
def test_what_a_viewset_computes_it_names(name):
    viewset = TABLES[name]
    is_computing = viewset.add_computed is not StaffViewSet.add_computed

    assert is_computing == bool(viewset.computed)
    assert set(viewset.computed) <= set(fields_of(name))


def test_unknown_fields_are_named(officer):
    answers = [officer.get(f"/api/v1/cities/{address}?fields=id,colour") for address in ("", "4711/")]

    assert [refusal(answer) for answer in answers] == [
        (400, [("fields", "There is no field “colour”.")])
    ] * len(answers)


@pytest.mark.parametrize("text", [",", "id,", "id,,name", " id", "id;name", "ID"])
def test_fields_are_written_as_they_are_called(officer, text):
    assert officer.get("/api/v1/cities/", {"fields": text}).status_code == 400


def test_a_restricted_field_is_as_unknown_as_one_that_is_not_there(client_of):
    PersonFactory(address="Hauptstraße 1")
    protocol, officer = (client_of(role) for role in ("protocol", "officer"))

    assert rows(protocol, "people", fields="address") == [{"address": "Hauptstraße 1"}]
    assert refusal(officer.get("/api/v1/people/?fields=address")) == (
        400,
        [("fields", "There is no field “address”.")],
    )


def test_fields_are_for_reading_only(officer):
    city = CityFactory()
    codes = [
        officer.post("/api/v1/cities/?fields=id", {"name_de": "X", "country": "DE"}).status_code,
        officer.patch(f"/api/v1/cities/{city.pk}/?fields=id", {"region": "X"}).status_code,
        officer.get("/api/v1/cities/deleted/?fields=id").status_code,
    ]

    assert codes == [400, 400, 400]


def test_a_row_that_is_shown_in_part_tells_its_version(officer):
    answer = officer.get(f"/api/v1/cities/{CityFactory().pk}/?fields=name")

    assert (set(answer.json()), answer["ETag"]) == ({"name"}, '"1"')


# --- relations as full rows ---


@pytest.mark.parametrize("name", EXPANDING)
def test_what_can_be_expanded_leads_to_a_resource(name):
    fields, model = fields_of(name), model_of(name)
    models = {model._meta.get_field(fields[each].source).related_model for each in TABLES[name].expandable}

    assert models <= set(ADDRESSES)


@pytest.mark.parametrize("name", EXPANDING)
def test_a_full_row_is_the_one_of_its_own_address(admin, name):
    make_full(name, 1)
    fields, model = fields_of(name), model_of(name)
    [plain, *_others] = rows(admin, name)
    [full, *_others] = rows(admin, name, expand=",".join(TABLES[name].expandable))

    for each in TABLES[name].expandable:
        resource = ADDRESSES[model._meta.get_field(fields[each].source).related_model]
        short, long = plain[each], full[each]
        many = isinstance(short, list)
        assert (
            long == [admin.get(f"/api/v1/{resource}/{row['id']}/").json() for row in short]
            if many
            else long == (short and admin.get(f"/api/v1/{resource}/{short['id']}/").json())
        )
    unexpanded = set(plain) - set(TABLES[name].expandable)
    assert {field: full[field] for field in unexpanded} == {field: plain[field] for field in unexpanded}
    assert (
        admin.get(f"/api/v1/{name}/{plain['id']}/", {"expand": ",".join(TABLES[name].expandable)}).json()
        == full
    )


@pytest.mark.parametrize("name", EXPANDING)
def test_full_rows_cost_as_many_queries_with_twenty_rows_as_with_one(admin, name):
    make_full(name, 1)
    asked = {"expand": ",".join(TABLES[name].expandable)}
    rows(admin, name, **asked)
    with CaptureQueriesContext(connection) as one:
        rows(admin, name, **asked)
    make_full(name, 10)
    make_full(name, 9)
    with CaptureQueriesContext(connection) as twenty:
        assert len(rows(admin, name, **asked)) >= 20

    assert len(twenty) == len(one)


def test_what_is_unknown_stays_so(officer):
    FollowUpFactory()

    assert rows(officer, "follow-ups", expand="city", fields="city") == [{"city": None}]


def test_the_address_of_a_file_is_its_own(officer, tmp_path, settings):
    visit, document = DelegationFactory(), DocumentFactory()
    visit.documents.add(document)
    type(document).objects.update(file="papers/x.pdf")
    [row] = rows(officer, "delegations", expand="documents")

    assert row["documents"][0]["file"] == f"http://testserver/api/v1/documents/{document.pk}/file/"


@pytest.mark.parametrize("text", ["notes", "city", "country", "parent.parent", "parent,", "responsible"])
def test_what_is_not_listed_is_not_expanded(officer, text):
    code, [(field, detail)] = refusal(officer.get("/api/v1/cities/", {"expand": text}))

    assert (code, field) == (400, "expand")
    assert detail.endswith("Choose among: parent, documents.")


def test_where_nothing_can_be_expanded_the_parameter_is_unknown(officer):
    answer = officer.get("/api/v1/users/?expand=person")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_parameter")


def test_what_is_left_out_cannot_be_expanded(officer):
    assert refusal(officer.get("/api/v1/cities/?fields=id&expand=parent")) == (
        400,
        [("expand", "“parent” is not among the fields asked for.")],
    )


def test_a_full_row_needs_the_right_to_see_it(client_of):
    ReminderFactory(mail=MailFactory())
    reader, officer = (client_of(role) for role in ("reader", "officer"))
    answer = reader.get("/api/v1/reminders/?expand=partnership,mail")

    assert refusal(answer)[0] == 403
    assert "“mail”" in answer.json()["detail"]
    assert rows(officer, "reminders", expand="partnership,mail")[0]["mail"]["attempts"] == []


@pytest.mark.parametrize(("role", "sees"), [("officer", False), ("protocol", True)])
def test_a_full_row_has_no_more_fields_than_at_its_own_address(client_of, role, sees):
    ParticipantFactory(person__address="Hauptstraße 1")
    [row] = rows(client_of(role), "participants", expand="person")

    assert ("address" in row["person"]) == sees


def test_every_resource_stands_in_the_list_of_what_shows_a_model():
    assert {partial.func for partial in StaffViewSet.shown_by.values()} == {
        viewset for viewset in RESOURCES.values() if issubclass(viewset, StaffViewSet)
    }
