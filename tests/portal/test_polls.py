"""A public answer that is asked for again is not made again while nothing was saved."""

import time

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import http_date, parse_http_date

from portal.looking import look

LISTS = ["cities/", "partnerships/", "projects/", "visits/", "anniversaries/", "themes/"]


pytestmark = pytest.mark.usefixtures("remembering")


@pytest.fixture
def poll(get):
    def poll(address, tag, *, seconds_later=0, **headers):
        with time_machine.travel(time.time() + seconds_later):
            return get(address, **{"If-None-Match": tag, **headers})

    return poll


@pytest.mark.parametrize("address", LISTS)
def test_an_unchanged_answer_costs_one_short_question(get, poll, world, address):
    tag = get(address)["ETag"]
    first = poll(address, tag)

    with CaptureQueriesContext(connection) as queries:
        second = poll(address, tag, seconds_later=2)

    assert (first.status_code, second.status_code) == (304, 304)
    assert (second["ETag"], second["Cache-Control"]) == (tag, "public, max-age=30")
    assert [query["sql"].partition("(")[0] for query in queries] == ["SELECT "]


@pytest.mark.parametrize("address", LISTS)
def test_by_its_date_too_an_unchanged_answer_costs_one_short_question(get, world, address):
    look(now=timezone.now())
    date = get(address)["Last-Modified"]
    first = get(address, **{"If-Modified-Since": date})
    older = get(address, **{"If-Modified-Since": http_date(parse_http_date(date) - 1)})

    with time_machine.travel(time.time() + 2), CaptureQueriesContext(connection) as queries:
        second = get(address, **{"If-Modified-Since": date})

    assert [answer.status_code for answer in (first, second, older)] == [304, 304, 200]
    assert dict(second.headers) == dict(first.headers)
    assert [query["sql"].partition("(")[0] for query in queries] == ["SELECT "]


def test_what_was_left_alone_since_a_date_is_not_once_it_is_withdrawn(get, world):
    look(now=timezone.now())
    address = f"partnerships/{world.tie.pk}/"
    date = {"If-Modified-Since": get(address)["Last-Modified"]}
    before = [get(address, **date).status_code for _time in range(2)]
    world.tie.withdraw()

    with time_machine.travel(time.time() + 2):
        after = get(address, **date).status_code

    assert (before, after) == ([304, 304], 404)


def test_many_who_ask_at_once_cost_one_question(get, poll, world):
    tag = get("projects/")["ETag"]
    assert poll("projects/", tag).status_code == 304

    with CaptureQueriesContext(connection) as queries:
        answers = [poll("projects/", tag) for _number in range(3)]

    assert [answer.status_code for answer in answers] == [304, 304, 304]
    assert len(queries) == 0


def test_what_a_portal_polls_besides_leaves_an_answer_remembered(get, poll, world):
    """A page for each of many cities, in some languages, all asked for within half a minute."""
    tag = get("projects/")["ETag"]
    assert poll("projects/", tag).status_code == 304
    for number in range(2000):
        caches["here"].set(f"another-address-{number}", tag)

    with CaptureQueriesContext(connection) as queries:
        assert poll("projects/", tag, seconds_later=2).status_code == 304
    assert [query["sql"].partition("(")[0] for query in queries] == ["SELECT "]


def test_what_is_withdrawn_is_in_no_poll(get, poll, world):
    lists = ["partnerships/", f"partnerships/{world.tie.pk}/"]
    tags = [get(address)["ETag"] for address in lists]
    for address, tag in zip(lists, tags, strict=True):
        assert poll(address, tag).status_code == 304

    world.tie.withdraw()
    answers = [poll(address, tag, seconds_later=2) for address, tag in zip(lists, tags, strict=True)]

    assert [answer.status_code for answer in answers] == [200, 404]


def test_a_change_of_a_row_that_another_one_names_is_seen(get, poll, world):
    tag = get("projects/")["ETag"]
    assert poll("projects/", tag).status_code == 304

    world.partner.name_de = "Konstantinopel"
    world.partner.save()

    assert poll("projects/", tag, seconds_later=2).status_code == 200


def test_a_change_that_nobody_sees_leaves_the_tag_as_it_is(get, poll, world):
    """It is made once more, and found to be the same."""
    tag = get("projects/")["ETag"]
    assert poll("projects/", tag).status_code == 304

    world.project.result = "intern"
    world.project.save()

    assert poll("projects/", tag, seconds_later=2).status_code == 304


def test_another_address_or_tag_is_not_what_was_remembered(get, poll, world):
    tag = get("projects/")["ETag"]
    assert poll("projects/", tag).status_code == 304

    assert poll("projects/?lang=en", tag).status_code == 200
    assert poll("projects/", '"another"').status_code == 200
    assert poll("projects/", tag, Accept="text/html").status_code == 406
