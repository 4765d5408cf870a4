"""Another zone than that of the environment, chosen by the office: each page and answer keeps to it."""

import datetime

import pytest
import time_machine
from rest_framework.test import APIClient

from contacts.models import Office
from tests.factories import CityFactory, FollowUpFactory, UserFactory

pytestmark = pytest.mark.django_db

# In Berlin still the 9th, in Tokyo half past seven on the 10th.
EVENING = datetime.datetime(2026, 3, 9, 22, 30, tzinfo=datetime.UTC)


@pytest.fixture
def admin():
    return UserFactory(is_superuser=True)


@pytest.fixture(autouse=True)
def _in_tokyo():
    office = Office.current()
    office.timezone = "Asia/Tokyo"
    office.save()
    with time_machine.travel(EVENING, tick=False):
        yield


def test_a_list_and_an_answer_know_what_is_overdue_where_the_office_is(client, admin):
    FollowUpFactory(title="Fotos schicken", due_on="2026-03-09", assignee=admin)
    client.force_login(admin)
    api = APIClient()
    api.force_authenticate(admin)

    answer = api.get("/api/v1/follow-ups/?is_overdue=true").json()["results"]
    listed = client.get("/admin/delegations/followup/?due=overdue").context["cl"].result_list

    assert [row["name"] for row in answer] == ["Fotos schicken"]
    assert [row.title for row in listed] == ["Fotos schicken"]


def test_instants_are_told_by_the_clock_of_the_office(admin):
    api = APIClient()
    api.force_authenticate(admin)
    city = CityFactory()

    assert api.get(f"/api/v1/cities/{city.pk}/").json()["created_at"] == "2026-03-10T07:30:00+09:00"


def test_the_next_request_asks_the_office_anew(admin):
    api = APIClient()
    api.force_authenticate(admin)
    city = CityFactory()
    Office.objects.update(timezone="UTC")

    assert api.get(f"/api/v1/cities/{city.pk}/").json()["created_at"] == "2026-03-09T22:30:00Z"
