"""What an access token allows: of what its owner may, only its scopes. Written out by hand."""

import datetime

import pytest
from django.apps import apps
from django.conf import settings
from rest_framework.test import APIClient

from config.api import RESOURCES
from contacts.models import City
from contacts.scopes import every_scope, scope_of
from delegations.models import Delegation, JubileeStep
from delegations.shipped import ship
from relations.models import Partnership
from tests.api.rows import TABLES, WRITABLE, make
from tests.factories import (
    CityFactory,
    CostFactory,
    DelegationFactory,
    OccasionFactory,
    PartnershipFactory,
    PersonFactory,
    UserFactory,
    token_for,
    user_in,
)

pytestmark = pytest.mark.django_db

# Each resource once. The search is of no group: it shows rows of those that the token may read.
GROUPS = {
    "cities": {"cities", "city-dates", "places"},
    "people": {"people", "posts", "organisations", "tenures", "users"},
    "documents": {"documents", "statements"},
    "ties": {
        *("themes", "partnerships", "partnership-events", "agreements", "signatures", "decisions"),
        *("projects", "occasions", "interactions", "anniversaries", "forecast"),
    },
    "visits": {
        *("delegations", "stops", "participants", "programme-items", "outcomes", "follow-ups"),
        "jubilee-steps",
    },
    "gifts": {"gifts", "golden-book", "costs"},
    "reminders": {"rules", "reminders", "mails"},
}
OF_NO_GROUP = {"search"}
VERBS = [
    (name, extra.url_path)
    for name, viewset in TABLES.items()
    for extra in viewset.get_extra_actions()
    if extra.detail and "post" in extra.mapping
]


def client_with(*scopes, user=None):
    user = user or UserFactory(is_superuser=True)
    client = APIClient(HTTP_AUTHORIZATION=f"Token {token_for(user, list(scopes))}", HTTP_ACCEPT_LANGUAGE="en")
    client.default_format = "json"
    return client


def group_of(name):
    return next(group for group, names in GROUPS.items() if name in names)


def lacked(answer):
    assert answer.status_code == 403
    return [error["detail"] for error in answer.json()["errors"] if error["code"] == "scope"]


def test_every_resource_belongs_to_exactly_one_group():
    found = sorted(name for names in GROUPS.values() for name in names)

    assert found == sorted(set(RESOURCES) - OF_NO_GROUP)
    assert set(settings.API_SCOPES) == set(GROUPS)


def test_every_group_has_the_models_of_its_resources_and_no_others():
    of_resources = {
        group: {RESOURCES[name].queryset.model._meta.label_lower for name in names}
        for group, names in GROUPS.items()
    }

    assert {group: set(models) for group, (_label, models) in settings.API_SCOPES.items()} == of_resources


@pytest.mark.parametrize("group", GROUPS)
def test_a_scope_to_read_opens_the_lists_of_its_group_alone(group):
    client = client_with(f"{group}:read")
    answers = {name: client.get(f"/api/v1/{name}/") for name in set(RESOURCES) - OF_NO_GROUP}

    assert {name for name, answer in answers.items() if answer.status_code == 200} == GROUPS[group]
    assert {name: lacked(answer) for name, answer in answers.items() if name not in GROUPS[group]} == {
        name: [f"{group_of(name)}:read"] for name in answers if name not in GROUPS[group]
    }


def test_a_token_of_all_scopes_to_read_never_writes():
    client = client_with(*(f"{group}:read" for group in GROUPS))
    rows = {name: make(name) for name in WRITABLE}
    before = {name: type(row)._base_manager.values().get(pk=row.pk) for name, row in rows.items()}

    for name, row in rows.items():
        scope, here = [f"{group_of(name)}:write"], f"/api/v1/{name}/{row.pk}/"
        assert client.get(here).status_code == 200
        assert lacked(client.post(f"/api/v1/{name}/", {})) == scope
        for method in ("put", "patch", "delete"):
            assert lacked(getattr(client, method)(here, {})) == scope, (name, method)
    for name, verb in VERBS:
        assert lacked(client.post(f"/api/v1/{name}/0/{verb}/", {})) == [f"{group_of(name)}:write"], verb

    assert {name: type(row)._base_manager.values().get(pk=row.pk) for name, row in rows.items()} == before


@pytest.mark.parametrize("group", GROUPS)
def test_a_scope_to_write_reads_as_well_and_writes_in_its_group_alone(group):
    client = client_with(f"{group}:write")
    codes = {
        name: (
            client.get(f"/api/v1/{name}/").status_code,
            client.post(f"/api/v1/{name}/", {"?": 1}).status_code,
            client.delete(f"/api/v1/{name}/0/").status_code,
        )
        for name in WRITABLE
    }

    assert codes == {name: (200, 400, 404) if name in GROUPS[group] else (403, 403, 403) for name in WRITABLE}


@pytest.mark.parametrize(("name", "verb"), VERBS)
def test_a_verb_asks_for_the_scope_to_write(name, verb):
    answer = client_with(f"{group_of(name)}:write", "visits:write").post(f"/api/v1/{name}/0/{verb}/", {})

    assert answer.status_code == 404


def test_a_verb_that_reaches_into_another_group_needs_its_scope_too():
    ship(JubileeStep)
    tie = PartnershipFactory(founded="1989-11-17")
    address = f"/api/v1/partnerships/{tie.pk}/plan-jubilee/"
    occasion = OccasionFactory(partnership=tie)

    assert lacked(client_with("ties:write").post(address, {})) == ["visits:write"]
    assert lacked(client_with("ties:write").post(f"/api/v1/occasions/{occasion.pk}/skip/", {})) == [
        "visits:write"
    ]
    assert client_with("ties:write", "visits:write").post(address, {}).status_code in (200, 201)


def test_a_list_as_a_file_asks_for_the_scope_of_its_rows_and_no_other():
    CityFactory()
    answer = client_with("cities:read").get("/api/v1/cities/?format=csv")

    assert (answer.status_code, b"Stadt" in answer.getvalue()) == (200, True)
    assert lacked(client_with("cities:read").get("/api/v1/people/?format=csv")) == ["people:read"]


def test_a_sum_asks_for_the_scope_of_its_rows():
    CostFactory()

    assert client_with("gifts:read").get("/api/v1/costs/totals/").status_code == 200
    assert lacked(client_with("visits:read").get("/api/v1/costs/totals/")) == ["gifts:read"]


def test_files_ask_for_the_scope_of_their_row():
    codes = [
        client_with(scope).put("/api/v1/documents/0/file/", {}, format="multipart").status_code
        for scope in ("documents:read", "documents:write")
    ]

    assert codes == [403, 404]


def test_a_search_shows_only_what_the_token_may_read():
    CityFactory(name_de="Findberg", is_home=True)
    PersonFactory(family_name="Findberg")
    DelegationFactory(title="Findberg")

    def types(*scopes):
        answer = client_with(*scopes).get("/api/v1/search/?q=findberg")
        return {group["type"] for group in answer.json()["groups"]}

    assert types("cities:read") == {"cities"}
    assert types("people:read", "visits:write") == {"people", "delegations"}
    assert lacked(client_with("reminders:read").get("/api/v1/search/?q=findberg")) != []


def test_the_years_ahead_tell_of_no_visits_without_their_scope():
    """They look across rooms, as far as the rights of the reader go."""
    year = datetime.date.today().year + 1
    tie = PartnershipFactory(founded=f"{year - 50}-05-10")
    visit = DelegationFactory(
        title="Other journey", direction="outbound", starts_on=f"{year}-05-08", ends_on=f"{year}-05-12"
    )
    assert Partnership.objects.get() == tie
    assert Delegation.objects.get() == visit

    texts = [
        client_with(*scopes).get(f"/api/v1/forecast/?from={year}&to={year}").content.decode()
        for scopes in (["ties:read"], ["ties:read", "visits:read"])
    ]

    assert ["Other journey" in text for text in texts] == [False, True]


def test_no_token_allows_more_than_its_owner_may():
    city = CityFactory()
    client = client_with(*every_scope(), user=user_in("reader"))

    answer = client.patch(f"/api/v1/cities/{city.pk}/", {"notes": "More"})

    assert lacked(answer) == []
    assert answer.json()["detail"] == "You do not have permission to perform this action."
    assert City.objects.get(pk=city.pk).notes == ""


@pytest.mark.parametrize(("role", "sees"), [("officer", False), ("protocol", True)])
def test_a_restricted_field_stays_with_those_who_have_the_right(role, sees):
    person = PersonFactory(address="Here")
    row = client_with("people:read", user=user_in(role)).get(f"/api/v1/people/{person.pk}/").json()

    assert ("address" in row) is sees


def test_a_right_that_no_group_holds_is_open_to_no_token():
    user = UserFactory(is_superuser=True)
    token_for(user)
    user.token = user.tokens.get()
    kept = {
        f"{model._meta.app_label}.{action}_{model._meta.model_name}"
        for model in apps.get_models()
        for action in model._meta.default_permissions
    }
    closed = {right for right in kept if scope_of(right) is None}

    assert {"contacts.change_office", "contacts.delete_accesstoken", "auth.add_group"} <= closed
    assert {right for right in closed if user.has_perm(right)} == set()
    assert "contacts.view_historicalperson" in closed


def test_the_description_names_the_scope_of_each_operation(client):
    paths = client.get("/api/v1/schema/?", headers={"Accept": "application/vnd.oai.openapi+json"}).json()[
        "paths"
    ]

    def scopes(method, path):
        return [auth["token"] for auth in paths[f"/api/v1/{path}"][method]["security"] if "token" in auth]

    assert scopes("get", "cities/") == [["cities:read"]]
    assert scopes("post", "people/") == [["people:write"]]
    assert scopes("post", "partnerships/{id}/publish/") == [["ties:write"]]
    assert scopes("get", "forecast/") == [["ties:read"]]
    assert scopes("put", "documents/{id}/file/") == [["documents:write"]]
    assert scopes("get", "search/") == [[]]
    assert scopes("post", "auth/logout/") == [[]]
