"""Files are made one at a time, for all who ask; nobody waits for long, and nothing old is given away."""

import fcntl
import threading

import pytest
from django.core.cache import caches
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal import making
from portal.feeds import PartnershipTable
from portal.files import File
from portal.looking import look
from portal.urls import FILES
from tests.portal.conftest import API, memory
from tests.portal.test_caching import publish

TABLE = "partnerships.csv"


@pytest.fixture(autouse=True)
def _remembering():
    """Of files alone: within a second nothing of what is saved would be seen."""
    with memory("files"):
        yield


@pytest.fixture
def made(monkeypatch):
    """How often the table was written."""
    found, written = [], PartnershipTable.written
    monkeypatch.setattr(PartnershipTable, "written", lambda *args: found.append(1) or written(*args))
    return found


@pytest.fixture
def another_makes_one(settings):
    """Another process, as far as a lock can tell."""
    with settings.FILES_LOCK.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_told_to_come_again(answer):
    return (answer.status_code, answer["Content-Type"], answer["Retry-After"], answer["Cache-Control"]) == (
        *(503, "application/problem+json", str(making.COME_AGAIN), "no-store"),
    )


# --- made once ---


@pytest.mark.parametrize("name", FILES)
def test_who_asks_for_the_same_gets_the_same_without_its_being_made_again(get, world, name):
    first = get(name)
    with CaptureQueriesContext(connection) as queries:
        second = get(name)

    assert (second.status_code, second.content) == (200, first.content)
    assert {**second.headers} == {**first.headers}
    assert not [one for one in queries if "relations_" in one["sql"] and "historical" not in one["sql"]]


def test_another_question_is_another_file(get, world, made):
    texts = [get(TABLE + query).content for query in ("", "?lang=en", "?country=TR", "?country=FR", "")]

    assert len(made) == 4
    assert texts[0] == texts[-1] != texts[1]
    assert get(f"{TABLE}?colour=red").status_code == get(f"{TABLE}?colour=red").status_code == 400


def test_what_is_withdrawn_or_published_is_seen_at_once(get, world, made):
    before = get(TABLE).content
    world.tie.withdraw()
    without = get(TABLE).content
    publish(world.tie)
    world.tie.save()

    assert f"/partnerships/{world.tie.pk}/".encode() not in without
    assert get(TABLE).content == before
    assert len(made) == 3


def test_it_has_a_tag_and_whoever_knows_it_gets_nothing(get, world, made):
    tag = get(TABLE)["ETag"]
    again = get(TABLE, **{"If-None-Match": tag})

    assert (again.status_code, again.content, len(made)) == (304, b"", 1)


def test_what_a_look_has_found_is_in_the_file_though_the_state_is_remembered(get, world):
    with memory("here"):
        look(now=timezone.now())
        before = get(TABLE)
        world.partner.name_de = "Byzanz"
        world.partner.save()
        look(now=timezone.now())
        after = get(TABLE)

    assert ("Byzanz" in before.content.decode(), "Byzanz" in after.content.decode()) == (False, True)
    assert after["Last-Modified"] != before["Last-Modified"]


def test_ways_to_write_one_language_are_one_file(get, world, made):
    texts = {
        get(TABLE + query).content for query in ("", "?lang=de", "?lang=DE", "?lang=de-AT", "?lang=de-1x1")
    }

    assert (len(texts), len(made)) == (1, 1)


def test_what_is_large_is_not_kept(get, world, made, monkeypatch):
    monkeypatch.setattr(making, "LARGEST_KEPT", len(get(TABLE).content) - 1)
    caches["files"].clear()
    for _time in range(2):
        get(TABLE)

    assert len(made) == 3


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_kept_for_those_who_read(client, get, world, name):
    kept = get(name)
    answers = [getattr(client, verb)(API + name) for verb in ("post", "put", "patch", "delete")]
    head = client.head(API + name)

    assert [answer.status_code for answer in answers] == [405] * 4
    assert [answer["Allow"] for answer in answers] == ["GET, HEAD"] * 4
    assert (head.status_code, head["ETag"]) == (200, kept["ETag"])


# --- one at a time ---


@pytest.mark.usefixtures("another_makes_one")
@pytest.mark.parametrize("name", FILES)
def test_what_makes_no_sense_is_told_so_whoever_makes_one(client, get, world, monkeypatch, name):
    monkeypatch.setattr(making, "PATIENCE", 0)
    answers = [get(f"{name}?colour=red"), get(f"{name}?lang=x"), client.post(API + name)]

    assert [answer.status_code for answer in answers] == [400, 400, 405]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no such limit")
def test_no_question_of_whoever_makes_one_goes_on_for_ever(get, world, monkeypatch):
    def limit():
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return cursor.fetchone()[0]

    limits, written = [], PartnershipTable.written
    monkeypatch.setattr(PartnershipTable, "written", lambda *args: limits.append(limit()) or written(*args))

    assert get(TABLE).status_code == 200
    assert limits == [making.LONGEST_QUESTION]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no such limit")
def test_whose_question_takes_too_long_is_told_to_come_again(get, world, monkeypatch, caplog):
    def take_long(*_args):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    with monkeypatch.context() as patch:
        patch.setattr(making, "LONGEST_QUESTION", "10ms")
        patch.setattr(PartnershipTable, "written", take_long)
        answers = [get(TABLE) for _time in range(making.AT_ONCE + 1)]

    assert [is_told_to_come_again(answer) for answer in answers] == [True] * (making.AT_ONCE + 1)
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert "/api/public/v1/partnerships.csv" in caplog.messages[0]
    assert get(TABLE).status_code == 200


def test_what_else_the_database_cannot_do_is_an_error_of_ours(client, get, world, monkeypatch):
    def fail(*_args):
        raise OperationalError("the server closed the connection unexpectedly")

    client.raise_request_exception = False
    monkeypatch.setattr(PartnershipTable, "written", fail)

    assert get(TABLE).status_code == 500


def test_nobody_waits_for_a_second():
    assert making.PATIENCE < 1


@pytest.mark.usefixtures("another_makes_one")
@pytest.mark.parametrize("name", FILES)
def test_while_another_process_makes_one_nobody_waits_for_long(get, world, monkeypatch, caplog, name):
    monkeypatch.setattr(making, "PATIENCE", 0)

    answer = get(name)

    assert is_told_to_come_again(answer)
    assert "Retry-After" in answer["Access-Control-Expose-Headers"]
    assert caplog.records == []


@pytest.mark.usefixtures("another_makes_one")
def test_what_is_made_already_is_given_and_all_else_goes_on_meanwhile(get, world, monkeypatch):
    monkeypatch.setattr(making, "_has_locked", lambda file: True)
    table = get(TABLE).content
    monkeypatch.undo()
    monkeypatch.setattr(making, "PATIENCE", 0)

    assert get(TABLE).content == table
    assert is_told_to_come_again(get(f"{TABLE}?lang=en"))
    assert [get(address).status_code for address in ("partnerships/", "catalog.jsonld", "schema/")] == [
        200
    ] * 3


def test_it_waits_a_while_for_its_turn(get, world, settings, monkeypatch):
    monkeypatch.setattr(making, "PATIENCE", 60)
    file = settings.FILES_LOCK.open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    monkeypatch.setattr(making.time, "sleep", lambda _seconds: file.close())

    assert get(TABLE).status_code == 200
    assert file.closed


def test_only_a_few_of_a_process_wait(get, world):
    for _seat in range(making.AT_ONCE):
        making._seats.acquire()
    try:
        assert is_told_to_come_again(get(TABLE))
    finally:
        for _seat in range(making.AT_ONCE):
            making._seats.release()
    assert get(TABLE).status_code == 200


def test_a_maker_that_fails_leaves_its_place(client, get, world, monkeypatch):
    def fail(*_args):
        raise MemoryError

    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(File, "facts", fail)
        codes = [get(TABLE).status_code for _time in range(making.AT_ONCE + 1)]

    assert codes == [500] * (making.AT_ONCE + 1)
    assert get(TABLE).status_code == 200


def test_two_threads_never_make_one_at_once(settings):
    inside, most = [], []

    def hold():
        for _time in range(20):
            with making._alone() as may_make:
                assert may_make
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=hold) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(most), max(most)) == (80, 1)
