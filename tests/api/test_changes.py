"""A program that keeps a copy: what has changed since a moment, and what has gone."""

import datetime

import pytest
from django.utils import timezone

from contacts.models import City
from tests.api.rows import TABLES, WRITABLE, make, model_of
from tests.factories import (
    AgreementFactory,
    CityFactory,
    CostFactory,
    DocumentFactory,
    ProjectPartnerFactory,
    StopFactory,
)

pytestmark = pytest.mark.django_db

START = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


def changed(row, at):
    type(row)._base_manager.filter(pk=row.pk).update(changed_at=at)


def ids(answer):
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def since(client, name, moment, **further):
    return client.get(f"/api/v1/{name}/", {"changed_since": moment.isoformat(), **further})


@pytest.mark.parametrize("name", [name for name in TABLES if name not in ("users", "places")])
def test_every_list_tells_what_has_changed_since_a_moment(admin, name):
    early, late = make(name), make(name)
    changed(early, START - MINUTE)
    changed(late, START)

    assert ids(since(admin, name, START)) == [
        row.pk for row in type(late)._base_manager.filter(changed_at__gte=START).order_by("changed_at", "pk")
    ]
    assert early.pk not in ids(since(admin, name, START))
    assert late.pk in ids(since(admin, name, START))


@pytest.mark.parametrize("name", ["users", "places"])
def test_what_does_not_know_when_it_changed_is_not_asked(admin, name):
    assert since(admin, name, START).status_code == 400


def test_the_earliest_change_comes_first_page_by_page(officer):
    cities = [CityFactory() for _ in range(5)]
    for number, city in enumerate(cities):
        changed(city, START + MINUTE * (5 - number))
    address, found = f"/api/v1/cities/?page_size=2&changed_since={START:%Y-%m-%dT%H:%M:%SZ}", []
    while address:
        answer = officer.get(address)
        found += ids(answer)
        address = answer.json()["next"]

    assert found == [city.pk for city in reversed(cities)]


def test_a_row_that_changes_while_one_reads_comes_once_more(officer):
    first, second, third = (CityFactory() for _ in range(3))
    for number, city in enumerate((first, second, third)):
        changed(city, START + MINUTE * number)
    page = since(officer, "cities", START, page_size=2)
    first.save()

    assert ids(page) == [first.pk, second.pk]
    assert ids(officer.get(page.json()["next"])) == [third.pk, first.pk]


def test_another_order_and_further_filters_are_obeyed(officer):
    CityFactory(name_de="A"), CityFactory(name_de="B"), CityFactory(name_de="C", country="TR")
    rows = since(officer, "cities", START, ordering="-name", country="DE").json()["results"]

    assert [row["name"] for row in rows] == ["B", "A"]


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-01T12:00:00Z", "2026-11-01t12:00:00.5z", "2026-11-01 13:00:00+01:00"),
        "2026-11-01T06:30:00.123456-05:30",
    ],
)
def test_a_moment_names_its_zone(officer, text):
    city = CityFactory()
    changed(city, START + MINUTE)

    assert ids(officer.get("/api/v1/cities/", {"changed_since": text})) == [city.pk]


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-01", "2026-11-01T12:00:00", "2026-11-01T12:00Z", "yesterday", "1", "2026-W01-1T00:00:00Z"),
        *("2026-02-30T12:00:00Z", "2026-11-01T25:00:00Z", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31T23:59:59-12:00", "２０２６-11-01T12:00:00Z", "2026-11-01T12:00:00Z\x00"),
    ],
)
@pytest.mark.parametrize("name", ["cities", "cities/deleted"])
def test_what_is_no_moment_is_refused(officer, name, text):
    answer = officer.get(f"/api/v1/{name}/", {"changed_since": text})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "changed_since")


def test_a_plus_that_was_not_written_as_such_is_explained(officer):
    answer = officer.get("/api/v1/cities/?changed_since=2026-11-01T13:00:00+01:00")

    assert "%2B" in answer.json()["errors"][0]["detail"]


# --- what counts as a change ---


def of_old(row):
    changed(row, START - MINUTE)
    return row


def test_a_part_that_changes_is_a_change_of_its_whole(officer):
    stop, row = StopFactory(), ProjectPartnerFactory()
    of_old(stop.delegation), of_old(row.project)
    officer.patch(f"/api/v1/stops/{stop.pk}/", {"note": "Früh"})
    row.delete()

    assert ids(since(officer, "delegations", START)) == [stop.delegation_id]
    assert ids(since(officer, "projects", START)) == [row.project_id]


def test_a_relation_of_many_that_changes_is_a_change(officer):
    agreement, document = of_old(AgreementFactory()), DocumentFactory()
    assert ids(since(officer, "agreements", START)) == []
    document.agreements.add(agreement)

    assert ids(since(officer, "agreements", START)) == [agreement.pk]


# --- what has gone ---


@pytest.mark.parametrize("name", WRITABLE)
def test_every_resource_tells_what_was_deleted(admin, name):
    row, start = make(name), timezone.now()
    pk = row.pk
    assert ids(admin.get(f"/api/v1/{name}/deleted/")) == []
    assert admin.delete(f"/api/v1/{name}/{pk}/").status_code == 204
    [tombstone] = admin.get(
        f"/api/v1/{name}/deleted/", {"changed_since": start.isoformat(), "count": "true"}
    ).json()["results"]

    assert set(tombstone) == {"id", "deleted_at"}
    assert tombstone["id"] == pk
    assert start <= datetime.datetime.fromisoformat(tombstone["deleted_at"]) <= timezone.now()
    assert not model_of(name)._base_manager.filter(pk=pk).exists()


def test_what_was_deleted_comes_in_order_page_by_page_and_from_a_moment_on(officer):
    cities = [CityFactory() for _ in range(4)]
    keys = [city.pk for city in cities]
    for number, city in enumerate(cities):
        city.delete()
        City.history.filter(id=keys[number], history_type="-").update(history_date=START + MINUTE * number)
    later = {"changed_since": (START + MINUTE).isoformat(), "page_size": 2}
    page = officer.get("/api/v1/cities/deleted/", later)

    assert ids(page) == keys[1:3]
    assert ids(officer.get(page.json()["next"])) == keys[3:]


def test_what_is_there_again_counts_as_there(officer):
    city = CityFactory()
    pk = city.pk
    city.delete()
    City.history.filter(id=pk).earliest().instance.save()

    assert ids(officer.get("/api/v1/cities/deleted/")) == []


def test_who_may_not_see_a_resource_is_not_told_what_went_from_it(client_of):
    CostFactory().delete()
    reader, officer = client_of("reader"), client_of("officer")

    assert reader.get("/api/v1/costs/deleted/").status_code == 403
    assert len(ids(officer.get("/api/v1/costs/deleted/"))) == 1


def test_other_parameters_are_refused(officer):
    assert officer.get("/api/v1/cities/deleted/?ordering=id").status_code == 400
    assert officer.get("/api/v1/cities/deleted/?country=DE").status_code == 400
