"""Nobody outside can tell that something private was saved: not by a body, a status, a tag or a date."""

import datetime
import threading

import pytest
import time_machine
from django.db import connection, transaction
from django.utils.http import http_date

from contacts.models import City
from portal.looking import look
from portal.urls import FILES, RESOURCES
from tests import factories as make
from tests.portal import changing
from tests.portal import world as worlds
from tests.portal.conftest import API
from tests.portal.fields import COLUMNS, DECIDING
from tests.portal.planting import every_model
from tests.portal.test_state import on_postgresql

NOON = datetime.datetime(2026, 11, 20, 11, tzinfo=datetime.UTC)
TOMORROW = http_date(NOON.timestamp() + 86_400)
LONG_AGO = http_date(0)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def addresses(world):
    pks = {
        **{"cities": world.partner.pk, "partnerships": world.tie.pk, "projects": world.project.pk},
        **{"visits": world.visit.pk, "themes": world.theme.pk, "anniversaries": f"{world.tie.pk}-35"},
    }
    assert pks.keys() == RESOURCES.keys()
    return [
        *(f"{API}{name}/" for name in pks),
        *(f"{API}{name}/?changed_since=1970-01-01T00:00:00Z" for name in pks),
        *(f"{API}{name}/{pk}{end}" for name, pk in pks.items() for end in ("/", ".jsonld")),
        *(f"{API}{name}" for name in (*FILES, "catalog.jsonld", "schema/", "nothing/")),
        "/embed/",
    ]


def conditions(answer):
    """What somebody could send along who has this answer."""
    tag, date = answer.get("ETag"), answer.get("Last-Modified")
    return [
        # First of all, before another question has made the process remember the tag.
        *([{"If-None-Match": tag}, {"If-Match": tag}] if tag else []),
        *([{"If-Match": '"x"', "If-None-Match": tag}] if tag else []),
        *({}, {"If-Modified-Since": TOMORROW}, {"If-Modified-Since": LONG_AGO}),
        *({"If-Unmodified-Since": date or TOMORROW}, {"If-None-Match": '"another"'}, {"If-None-Match": "*"}),
        *([{"If-None-Match": tag, "If-Unmodified-Since": date}] if date else []),
        *([{"If-Modified-Since": date}, {"If-Modified-Since": date, "If-None-Match": tag}] if date else []),
    ]


@pytest.fixture
def seen(client, world, clock):
    """Whole answers, of all that an outsider may send."""
    first = {address: client.get(address) for address in addresses(world)}

    def seen():
        found = {}
        for address, before in first.items():
            for headers in conditions(before):
                answer = client.get(address, headers=headers)
                found[address, str(headers)] = answer.status_code, dict(answer.headers), answer.content
        return found

    return seen


@pytest.fixture
def looked_at(world, clock):
    worlds.hide_around(world)
    look(now=NOON)


def save_what_is_private(world, hidden=()):
    """Each private column of each row that has any, and new rows beside; returns how many columns."""
    saved = 0
    for model in every_model():
        for row in model._base_manager.all():
            shown = COLUMNS.get(row._meta.label, set()) | DECIDING.get(row._meta.label, set())
            saved += len(changing.change(row, but={*shown, *NOT_PRIVATE.get(row._meta.label, ())}))
    for new in (make.CityFactory, make.PersonFactory, make.ProjectFactory, make.DelegationFactory):
        new()
    return saved


# Yes or no, and it decides what is shown.
NOT_PRIVATE = {
    "contacts.City": {"is_home"},
    "contacts.Person": {"family_name_first"},
    "contacts.Post": {"is_head_of_city"},
    "delegations.Participant": {"attended"},
}


def test_a_private_save_shows_in_no_answer(seen, looked_at, world, memory_or_none, clock):
    before = seen()
    saved = save_what_is_private(world)
    clock.shift(2)  # seconds for which a process remembers how things are
    after = seen()
    look(now=NOON + datetime.timedelta(minutes=1))

    assert saved > 50
    assert after == before == seen()
    assert {200, 304, 404, 412} <= {status for status, _headers, _body in before.values()}


def test_a_date_is_taken_at_its_word_although_something_private_was_saved(get, looked_at, world):
    date = get("partnerships/")["Last-Modified"]
    save_what_is_private(world)
    answers = [get(address, **{"If-Modified-Since": date}) for address in ("partnerships/", "cities/")]

    assert [answer.status_code for answer in answers] == [304, 304]


@pytest.mark.parametrize("address", ["partnerships/", "visits/", "projects/", "cities/", "partnerships.csv"])
def test_a_date_hides_nothing_that_was_withdrawn_among_private_saves(get, looked_at, world, address):
    date = {"If-Modified-Since": TOMORROW}
    save_what_is_private(world)
    before = get(address, **date)
    world.tie.withdraw()
    after = get(address, **date)

    assert (before.status_code, after.status_code) == (304, 200)


def test_a_new_day_is_looked_at_before_a_date_is_taken_at_its_word(get, looked_at, clock):
    """On it a tie may have another status though nothing was saved."""
    date = {"If-Modified-Since": http_date(NOON.timestamp() + 10 * 86_400)}
    before = get("partnerships/", **date)
    clock.shift(datetime.timedelta(days=1))
    next_day = get("partnerships/", **date)
    look(now=NOON + datetime.timedelta(days=1))

    assert [before.status_code, next_day.status_code] == [304, 200]
    assert get("partnerships/", **date).status_code == 304


@pytest.mark.parametrize("name", ["news.rss", "anniversaries.ics", "visits.ics"])
def test_what_tells_when_a_row_was_published_goes_by_its_tag_alone(get, looked_at, world, name):
    """Published anew between two looks it is the same row, but not the same news."""
    first = get(name)
    for row in (world.tie, world.visit):
        row.withdraw()
        row.publish(by=make.UserFactory())
    look(now=NOON + datetime.timedelta(minutes=1))
    again = get(name, **{"If-None-Match": first["ETag"], "If-Modified-Since": TOMORROW})

    assert "Last-Modified" not in first
    assert again.status_code == 200


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_nobody_sees_that_somebody_is_in_the_midst_of_saving(client, clock):
    world = worlds.build()
    look(now=NOON)
    saved, go_on = threading.Event(), threading.Event()

    def save_slowly():
        try:
            with transaction.atomic():
                City.objects.get(pk=world.home.pk).save()
                saved.set()
                go_on.wait(60)
        finally:
            connection.close()

    def answers():
        date = {"If-Modified-Since": TOMORROW}
        found = [client.get(f"{API}{address}", headers=date) for address in ("partnerships/", "cities/")]
        return [(answer.status_code, dict(answer.headers)) for answer in found]

    before = answers()
    slow = threading.Thread(target=save_slowly)
    slow.start()
    assert saved.wait(60)
    meanwhile = answers()
    go_on.set()
    slow.join()

    assert [status for status, _headers in before] == [304, 304]
    assert before == meanwhile == answers()
