"""What the bench of the APIs compares shows the same rows, and asks the database for no more than it must."""

import json

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg.types.json import JsonbLoader
from rest_framework.test import APIRequestFactory, force_authenticate

from tests import factories as make
from tests.bench.api import bare, plain

PUBLISHED = "2001-02-03T04:05:06Z"
FIELDS = {"id", "name", "kind", "state", "summary", "starts_on", "ends_on", "sdgs", "themes", "cities"}


def project(number):
    officer = make.UserFactory(first_name="Nora", last_name=f"Beispiel {number}")
    facts = {"published_at": PUBLISHED, "published_by": officer, "responsible": officer}
    row = make.ProjectFactory(
        title=f"Projekt {number}",
        summary="Grüne Dächer",
        starts_on="2020",
        ends_on="2022-05",
        sdgs=[11],
        **facts,
    )
    region = make.CityFactory(name_de="Gegend", kind="region")
    city, other = make.CityFactory(parent=region), make.CityFactory(name_de="", name_local="Uzak")
    tie = make.PartnershipFactory(home=make.HomeCityFactory(), partner=city, **facts)
    row.cities.add(city, other)
    row.partnerships.add(tie)
    row.themes.add(make.ThemeFactory(), make.ThemeFactory())
    row.people.add(make.PersonFactory())
    row.statements.add(make.StatementFactory())
    make.ProjectPartnerFactory(project=row, organisation=make.OrganisationFactory(city=city))
    make.ProjectPlaceFactory(project=row, city=city)
    make.FundingFactory(project=row)
    return row


@pytest.fixture
def projects(db):
    return [project(number) for number in range(3)]


def plain_list(user):
    request = APIRequestFactory().get("/projects/")
    force_authenticate(request, user)
    answer = plain.ProjectViewSet.as_view({"get": "list"})(request)
    return json.loads(answer.render().content)["results"]


def in_one_order(rows):
    """The plain yardstick leaves the order of what hangs on a row to the database."""
    return [
        {
            name: sorted(value, key=lambda each: each["id"])
            if isinstance(value, list) and value and isinstance(value[0], dict)
            else value
            for name, value in row.items()
        }
        for row in rows
    ]


def test_plain_shows_what_the_staff_sees(client, projects):
    user = make.user_in("head")
    client.force_login(user)

    ours = client.get("/api/v1/projects/").json()["results"]

    assert len(ours) == 3
    assert in_one_order(plain_list(user)) == in_one_order(ours)


def test_plain_asks_no_more_for_many_rows_than_for_one(projects):
    user = make.user_in("head")
    with CaptureQueriesContext(connection) as three:
        plain_list(user)
    for row in projects[1:]:
        row.delete()
    with CaptureQueriesContext(connection) as one:
        plain_list(user)

    # The count, the rows, and one for each relation with many rows on its other side.
    assert len(one) == len(three) == 2 + 8


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="The bare yardstick speaks to PostgreSQL alone."
)
def test_bare_shows_what_the_public_sees(client, projects):
    ours = client.get("/api/public/v1/projects/").json()["results"]
    # In the transaction of the test, where the rows are.
    cursor = connection.connection.cursor(row_factory=psycopg.rows.dict_row)
    # What Django leaves to its fields, other connections read by themselves.
    cursor.adapters.register_loader("jsonb", JsonbLoader)

    answered = json.loads(bare.page(cursor))["results"]

    assert len(ours) == 3
    assert ours[0].keys() > FIELDS
    assert answered == ours
