"""Who may do what through the API, role by role; written out by hand, not taken from the table of roles."""

import pytest
from rest_framework.test import APIClient

from config.api import RESOURCES
from tests.api.rows import TABLES, WRITABLE
from tests.factories import ParticipantFactory, PersonFactory, ProgrammeItemFactory

pytestmark = pytest.mark.django_db

OFFICERS_KEEP = {
    *("agreements", "cities", "city-dates", "decisions", "delegations", "documents", "follow-ups"),
    *("occasions", "organisations", "outcomes", "participants", "partnership-events", "partnerships"),
    *("people", "posts", "programme-items", "projects", "signatures", "statements", "stops", "tenures"),
    "themes",
}
PUBLISHED = {"documents", "partnerships", "agreements", "projects", "delegations", "programme-items"}
EVERYTHING = OFFICERS_KEEP | {"golden-book", "rules"}

# Role: resources it does not see; adds to; changes; deletes; publishes.
TABLE = {
    "reader": ({"mails"}, set(), set(), set(), set()),
    "officer": (set(), OFFICERS_KEEP, OFFICERS_KEEP, OFFICERS_KEEP, set()),
    "protocol": (set(), *[OFFICERS_KEEP | {"golden-book"}] * 3, set()),
    "head": (set(), EVERYTHING, EVERYTHING, EVERYTHING, PUBLISHED),
    "portal editor": ({"mails"}, {"themes"}, {"themes", "partnerships"}, set(), PUBLISHED),
    "privacy": (set(), set(), {"people", "participants"}, {"people", "participants"}, set()),
    "administrator": (set(), {"rules"}, {"rules"}, {"rules"}, set()),
}


def allowed(client, method, path, names):
    """Where the role gets past the question of rights; there is no row 0 and no field of that name."""
    codes = {name: getattr(client, method)(f"/api/v1/{name}/{path}", {"?": 1}).status_code for name in names}
    assert set(codes.values()) <= {400, 403, 404}
    return {name for name, code in codes.items() if code != 403}


@pytest.mark.parametrize("role", TABLE)
def test_what_a_role_sees_and_changes(client_of, role):
    hidden, adds, changes, deletes, publishes = TABLE[role]
    client = client_of(role)
    seen = {name for name in RESOURCES if client.get(f"/api/v1/{name}/").status_code == 200}

    assert seen == set(RESOURCES) - hidden
    assert allowed(client, "post", "", WRITABLE) == adds
    assert allowed(client, "put", "0/", WRITABLE) == changes
    assert allowed(client, "patch", "0/", WRITABLE) == changes
    assert allowed(client, "delete", "0/", WRITABLE) == deletes
    assert allowed(client, "post", "0/publish/", PUBLISHED) == publishes
    assert allowed(client, "post", "0/withdraw/", PUBLISHED) == publishes


@pytest.mark.parametrize(
    "verb",
    [
        *("partnerships/0/suspend", "partnerships/0/resume", "partnerships/0/end", "partnerships/0/merge"),
        *("partnerships/0/step-up", "delegations/0/complete", "delegations/0/postpone"),
        *("delegations/0/cancel", "programme-items/0/took-place", "programme-items/0/cancel"),
        *("follow-ups/0/complete", "follow-ups/0/postpone", "follow-ups/0/drop", "follow-ups/0/reopen"),
    ],
)
def test_a_verb_is_a_change(client_of, verb):
    codes = [client_of(role).post(f"/api/v1/{verb}/").status_code for role in ("reader", "officer")]

    assert codes == [403, 404]


@pytest.mark.parametrize("name", RESOURCES)
def test_nobody_reads_without_signing_in(name):
    answer = APIClient().get(f"/api/v1/{name}/")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")


def test_a_member_of_staff_without_a_role_sees_nothing(client_of):
    client = client_of("reader")
    client.handler._force_user.groups.clear()

    assert {client.get(f"/api/v1/{name}/").status_code for name in RESOURCES} == {403}


@pytest.mark.parametrize("name", sorted(set(TABLES) - set(WRITABLE)))
def test_what_is_only_read_takes_no_writing(admin, name):
    assert admin.post(f"/api/v1/{name}/", {}).status_code == 405


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("reader", set()),
        ("officer", {"diet", "access_needs", "talking_points"}),
        ("protocol", {"address", "protocol_notes", "diet", "access_needs", "talking_points"}),
        ("head", {"address", "protocol_notes", "diet", "access_needs", "talking_points"}),
        ("portal editor", set()),
        ("privacy", {"address", "protocol_notes", "diet", "access_needs", "talking_points"}),
        ("administrator", set()),
    ],
)
def test_restricted_fields_are_absent_for_those_without_the_right(client_of, role, sees):
    client = client_of(role)
    rows = {
        "people": PersonFactory(address="Here", protocol_notes="Tea"),
        "participants": ParticipantFactory(diet="Vegan", access_needs="Ramp"),
        "programme-items": ProgrammeItemFactory(talking_points="Port"),
    }
    restricted = {"address", "protocol_notes", "diet", "access_needs", "talking_points"}
    by_themselves = {
        field for name, row in rows.items() for field in client.get(f"/api/v1/{name}/{row.pk}/").json()
    }
    in_lists = {field for name in rows for field in client.get(f"/api/v1/{name}/").json()["results"][0]}

    assert by_themselves & restricted == sees
    assert in_lists & restricted == sees


def test_a_restricted_field_is_unknown_to_those_without_the_right(officer):
    person = PersonFactory(address="Here")
    answer = officer.patch(f"/api/v1/people/{person.pk}/", {"address": "There"})

    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("address", "unknown_field")
    ]


def test_a_change_by_those_without_the_right_leaves_a_restricted_field_alone(officer):
    person = PersonFactory(address="Here")
    row = officer.get(f"/api/v1/people/{person.pk}/").json()
    officer.put(f"/api/v1/people/{person.pk}/", row | {"honorific": "H.E."})
    person.refresh_from_db()

    assert (person.address, person.honorific) == ("Here", "H.E.")


def test_users_show_nothing_but_their_name(officer):
    rows = officer.get("/api/v1/users/").json()["results"]

    assert [set(row) for row in rows] == [{"id", "name"}] * len(rows)
