"""Any cache may keep an answer, and none keeps what is no longer public."""

import datetime

import pytest
import time_machine

from contacts.models import Office
from portal.looking import look
from portal.views import KEPT_SECONDS
from tests.portal.test_noninterference import NOW
from tests.portal.test_probing import address_of, data_routes
from tests.portal.world import publish

# They also tell what no look compares, or what hangs on no row.
UNDATED = {
    *(f"/api/public/v1/{name}" for name in ("anniversaries.ics", "visits.ics", "news.rss", "catalog.jsonld")),
    *("/api/public/v1/schema/", "/embed/"),
}
# It changes with the house alone.
FIXED = {"/api/public/v1/schema/"}


def change_all(world):
    """Something that each address shows."""
    world.partner.name_de, world.theme.name_de, world.visit.title = "Byzanz", "Stadtgrün", "Brunnen"
    office = Office.current()
    office.title = "Büro für Städtepartnerschaften"
    for row in (world.partner, world.theme, world.visit, office):
        row.save()


def test_each_address_knows_its_tag_and_its_date_until_something_changes(client, world, remembering):
    def again(sent):
        return {at: client.get(at, headers=headers) for at, headers in sent.items()}

    with time_machine.travel(NOW, tick=False) as clock:
        look(now=NOW)
        first = again(dict.fromkeys(address_of(route, world) for route in data_routes()))
        tags = {at: {"If-None-Match": answer["ETag"]} for at, answer in first.items()}
        dates = {
            at: {"If-Modified-Since": answer["Last-Modified"]}
            for at, answer in first.items()
            if "Last-Modified" in answer
        }
        # The second time it is told from memory.
        by_tag, by_memory, by_date = again(tags), again(tags), again(dates)
        change_all(world)
        clock.shift(datetime.timedelta(minutes=1))
        changed = again(tags), again(dates)
        look(now=NOW + datetime.timedelta(minutes=1))
        looked_at = again(tags), again(dates)

    assert dates.keys() == first.keys() - UNDATED
    for answers in (by_tag, by_memory, by_date):
        assert {(answer.status_code, answer.content) for answer in answers.values()} == {(304, b"")}
        assert [at for at in answers if heads(answers[at]) != heads(first[at])] == []
    assert [at for at in dates if by_date[at]["Last-Modified"] != first[at]["Last-Modified"]] == []
    for answers in (*changed, *looked_at):
        assert {at for at, answer in answers.items() if answer.status_code != 200} == answers.keys() & FIXED


def heads(answer):
    return [answer.get(name) for name in ("ETag", "Cache-Control", "Access-Control-Allow-Origin")]


def test_no_answer_is_kept_for_longer_than_a_withdrawal_may_take():
    assert KEPT_SECONDS < 60


def test_what_was_withdrawn_is_gone_at_once_wherever_it_was_named(get, world):
    addresses = [
        *("cities/", "partnerships/", "projects/", "visits/", "anniversaries/?year=2024"),
        *(f"visits/{world.visit.pk}/", f"projects/{world.project.pk}/"),
    ]
    tags = {address: get(address)["ETag"] for address in addresses}
    world.tie.withdraw()
    again = {address: get(address, **{"If-None-Match": tag}) for address, tag in tags.items()}

    assert {address: answer.status_code for address, answer in again.items()} == dict.fromkeys(addresses, 200)
    assert again[f"visits/{world.visit.pk}/"].json()["partnership"] is None
    assert again[f"projects/{world.project.pk}/"].json()["partnerships"] == []
    assert get(f"partnerships/{world.tie.pk}/").status_code == 404
    assert get(f"anniversaries/{world.tie.pk}-35/").status_code == 404


def test_a_city_goes_with_the_last_row_that_names_it(get, world):
    further = world.tie.further_cities.get()
    seen = get(f"cities/{further.pk}/").status_code
    world.tie.withdraw()

    assert (seen, get(f"cities/{further.pk}/").status_code) == (200, 404)


def test_a_private_change_changes_no_answer(get, world):
    before = get("partnerships/")
    world.tie.founded_note = "Anders als im Archiv."
    world.tie.save()
    world.home.notes = "Vertraulich."
    world.home.save()
    after = get("partnerships/", **{"If-None-Match": before["ETag"]})

    assert after.status_code == 304
    names = set(after.headers) - {"Content-Length"}
    assert {name: after[name] for name in names} == {name: before[name] for name in names}


def test_what_is_published_again_is_there_again(get, world):
    before = get(f"partnerships/{world.tie.pk}/")
    world.tie.withdraw()
    publish(world.tie)

    assert get(f"partnerships/{world.tie.pk}/").content == before.content


@pytest.mark.parametrize(
    "address", ["partnerships/", "partnerships/?x=1", "partnerships/999999/", "nothing/"]
)
def test_any_page_may_read_any_answer_and_no_cookie_comes_with_it(get, world, address):
    answer = get(address, Origin="https://stadt.example")

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    assert (answer.cookies, "Vary" in answer) == ({}, False)


def test_a_browser_that_asks_first_may_get_and_nothing_else(client, db):
    answer = client.options("/api/public/v1/partnerships/", headers={"Origin": "https://stadt.example"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_other_pages_of_the_house_are_not_to_be_read_from_elsewhere(client, db):
    answers = [client.get("/api/v1/cities/"), client.get("/health/"), client.get("/admin/login/")]

    assert ["Access-Control-Allow-Origin" in answer for answer in answers] == [False] * 3


def test_the_bytes_do_not_hang_on_what_a_client_accepts(get, world):
    plain = get("partnerships/", Accept="application/json")
    indented = get("partnerships/", Accept="application/json; indent=4")

    assert indented.content == plain.content


def test_the_head_of_an_answer_is_that_of_the_answer(client, get, world):
    head = client.head("/api/public/v1/partnerships/")

    assert (head.status_code, head["ETag"]) == (200, get("partnerships/")["ETag"])
