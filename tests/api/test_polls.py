"""A list that is asked for again is not made again while nothing was saved."""

import datetime

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import state
from tests import factories as make

PROJECTS = "/api/v1/projects/"
PEOPLE = "/api/v1/people/"


pytestmark = pytest.mark.usefixtures("remembering")


@pytest.fixture
def poll(client, db):
    def poll(address, tag, user=None, **headers):
        if user:
            client.force_login(user)
        return client.get(address, headers={"If-None-Match": tag, **headers})

    return poll


@pytest.fixture
def officer(client, db):
    user = make.user_in("officer")
    client.force_login(user)
    return user


def tag_of(client, address):
    return client.get(address)["ETag"]


def test_an_unchanged_list_is_answered_without_reading_it(client, officer, poll):
    make.CityFactory()
    tag = tag_of(client, "/api/v1/cities/")
    first = poll("/api/v1/cities/", tag)

    with CaptureQueriesContext(connection) as queries:
        second = poll("/api/v1/cities/", tag)

    assert (first.status_code, second.status_code) == (304, 304)
    assert (second["ETag"], second.content) == (tag, b"")
    assert not [query for query in queries if '"contacts_city"."id"' in query["sql"]]


def test_whatever_is_saved_is_seen_by_the_next_poll(client, officer, poll):
    project = make.ProjectFactory()
    city = make.CityFactory(name_de="Fern")
    project.cities.add(city)
    tag = tag_of(client, PROJECTS)
    assert poll(PROJECTS, tag).status_code == 304

    city.name_de = "Nah"
    city.save()
    answer = poll(PROJECTS, tag)

    assert answer.status_code == 200
    assert answer["ETag"] != tag
    assert answer.json()["results"][0]["cities"] == [{"id": city.pk, "name": "Nah"}]


def test_who_sees_other_fields_is_not_told_that_nothing_changed(client, poll):
    make.PersonFactory()
    head, reader = make.user_in("head"), make.user_in("reader")
    client.force_login(head)
    tag = tag_of(client, PEOPLE)
    assert poll(PEOPLE, tag).status_code == 304

    answer = poll(PEOPLE, tag, user=reader)

    assert answer.status_code == 200
    assert answer["ETag"] != tag


def test_each_language_has_its_own_tag(client, officer, poll):
    make.ThemeFactory(name_de="Umwelt", name_en="Environment")
    tag = tag_of(client, "/api/v1/themes/")
    assert poll("/api/v1/themes/", tag).status_code == 304

    assert poll("/api/v1/themes/", tag, **{"Accept-Language": "en"}).status_code == 200


def test_who_may_no_longer_see_the_list_is_refused(client, officer, poll):
    tag = tag_of(client, PROJECTS)
    assert poll(PROJECTS, tag).status_code == 304

    officer.groups.clear()

    assert poll(PROJECTS, tag).status_code == 403


def test_a_list_without_history_has_no_tag(client, officer):
    assert "ETag" not in client.get("/api/v1/places/")


@pytest.mark.parametrize("name", ["cities", "partnerships", "delegations", "follow-ups", "rules"])
def test_what_a_list_reads_is_part_of_its_state(client, name, db):
    """By the tables in the questions themselves."""
    client.force_login(make.user_in("administrator"))
    row = make.PartnershipFactory()
    make.DelegationFactory(partnership=row)
    make.FollowUpFactory(partnership=row)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/api/v1/{name}/")

    known = set(state.of_everything(datetime.date(2024, 1, 1)).newest)
    pairs = {
        field.remote_field.through._meta.db_table
        for model in apps.get_models()
        if model._meta.label in known
        for field in model._meta.many_to_many
    }
    tables = {model._meta.db_table for model in apps.get_models() if model._meta.label in known} | pairs
    others = {model._meta.db_table for model in apps.get_models()} - tables
    sign_in = {"django_session", "auth_permission", "django_content_type", "auth_group", "django_cache"}
    read = {table for table in others if any(f'"{table}"' in query["sql"] for query in queries)}
    assert read <= sign_in | {"auth_group_permissions", "contacts_user_user_permissions"}
