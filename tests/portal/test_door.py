"""Whether the door to the public is open at all."""

import pytest

from portal import tasks, webhooks
from portal.models import Seen
from portal.urls import FILES, RESOURCES


@pytest.mark.parametrize(
    "name", [*(f"{name}/" for name in RESOURCES), *FILES, "catalog.jsonld", "schema/", ""]
)
def test_behind_a_shut_door_there_is_nothing(get, world, settings, name):
    settings.PORTAL = False
    answer = get(name)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert (answer["Cache-Control"], answer.json()["title"]) == ("no-store", "Nicht gefunden")


@pytest.mark.parametrize("name", ["", "v1.js", "v1/world.svg"])
def test_a_shut_door_has_no_page_for_a_frame(client, world, settings, name):
    assert client.get(f"/embed/{name}").status_code == 200
    settings.PORTAL = False

    assert client.get(f"/embed/{name}").status_code == 404


def test_behind_a_shut_door_nobody_looks_and_nobody_is_told(world, settings, monkeypatch):
    settings.PORTAL = False
    monkeypatch.setattr(webhooks, "send", lambda: pytest.fail("somebody was told"))

    tasks.look()
    tasks.tell()

    assert Seen.objects.count() == 0


def test_a_shut_door_opens_for_no_browser_that_asks_first(client, db, settings):
    settings.PORTAL = False

    assert client.options("/api/public/v1/partnerships/").status_code == 404


def test_a_shut_door_shuts_nothing_else(client, db, settings):
    settings.PORTAL = False

    assert client.get("/api/v1/cities/").status_code == 401
