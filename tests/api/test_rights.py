"""What the question of rights looks like in the API; who may do what: tests/rights/."""

import pytest
from rest_framework.test import APIClient

from config.api import RESOURCES
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", RESOURCES)
def test_nobody_reads_without_signing_in(name):
    answer = APIClient().get(f"/api/v1/{name}/")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")


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
