"""What was withdrawn, deleted or erased is gone from every process of the web, whatever each remembers."""

import datetime
import http.client
import itertools
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import NamedTuple
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone

from portal import looking
from portal.looking import look
from portal.models import Look
from portal.urls import FILES
from relations.models import Signature
from tests.portal import world as worlds
from tests.portal.conftest import API
from tests.services.test_kill import database_url

# How long it may live on; a cache in front may keep an answer for half of it (portal/views.py).
MINUTE = 60
PROCESSES = 2
STARTS_WITHIN = 120


@contextmanager
def serving(folder):
    """A process of the web as an office has it; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = os.environ | {
        **{"DJANGO_SETTINGS_MODULE": "config.settings", "ENV_FILE": "", "DEBUG": "1"},
        **{"VAR_DIR": str(folder), "DATABASE_URL": database_url(), "CELERY_BROKER_URL": ""},
    }
    command = ["gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4"]
    process = subprocess.Popen([sys.executable, "-m", *command, "--log-level", "error"], env=environment)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


class Answer(NamedTuple):
    code: int
    body: str
    tag: str | None
    date: str | None


def ask(port, address, **headers):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request("GET", address, headers=headers)
        answer = line.getresponse()
        heads = answer.headers
        return Answer(answer.status, answer.read().decode(), heads.get("ETag"), heads.get("Last-Modified"))
    finally:
        line.close()


def wait_for(port):
    until = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            return ask(port, "/health/")
        except OSError:
            assert time.monotonic() < until, "the web does not start"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def ports(tmp_path_factory, django_db_setup, django_db_blocker):
    """Of processes that serve all tests of this file: each finds another world in the same database."""
    with django_db_blocker.unblock(), ExitStack() as stack:
        folders = [tmp_path_factory.mktemp("web") for _number in range(PROCESSES)]
        found = [stack.enter_context(serving(folder)) for folder in folders]
        for port in found:
            wait_for(port)
        yield found


@pytest.fixture
def world(transactional_db):
    found = worlds.build()
    worlds.name_things(found)
    found.tie.motto, found.mayor.family_name = MOTTO, MAYOR
    found.tie.save()
    found.mayor.save()
    return found


MOTTO, PROJECT, VISIT = "Gemeinsam wachsen", "Grüne Dächer", "Bürgermeister am Bosporus"
MAYOR = "Übermut"
NUMBERS = itertools.count(1000, 1000)
BEGINNING = "?changed_since=1970-01-01T00:00:00Z"


def public(told):
    return {API + quote(at, safe="/?=:"): words for at, words in told.items()}


def pages(world):
    """Where each is told of, with words by which one sees it."""
    tie, project, visit = world.tie.pk, world.project.pk, world.visit.pk
    year = world.tie.founded.year + 30
    found = {
        **dict.fromkeys(("partnerships/", f"partnerships/{tie}/", f"partnerships/{tie}.jsonld"), MOTTO),
        **dict.fromkeys(("partnerships/?search=istanbul", f"partnerships/{BEGINNING}"), MOTTO),
        **dict.fromkeys(("partnerships.geojson", "partnerships.csv"), MOTTO),
        **{f"anniversaries/?year={year}": f'"{tie}-30"', f"anniversaries/{tie}-30/": f'"{tie}-30"'},
        f"anniversaries.ics?year={year}": f"public-anniversary-{tie}-",
        **dict.fromkeys(("projects/", f"projects/{project}/", "projects/?search=dächer"), PROJECT),
        f"projects/{BEGINNING}": PROJECT,
        **dict.fromkeys(("visits/", f"visits/{visit}/", "visits/?country=TR", "visits.ics"), VISIT),
        f"visits/{BEGINNING}": VISIT,
        "news.rss": VISIT,
    }
    return {**public(found), "/embed/": "17. November 1989"}


def pages_of_the_mayor(world):
    """Where a person is named who held an office."""
    tie, visit = world.tie.pk, world.visit.pk
    return public(
        {
            f"{name}{end}": MAYOR
            for name, key in (("partnerships/", tie), ("visits/", visit))
            for end in (f"{key}/", f"{key}.jsonld", BEGINNING)
        }
    )


# --- ways to go ---


def withdraw(world):
    for row in (world.tie, world.visit, world.project):
        row.withdraw()


def delete(world):
    for row in (world.project, world.visit, world.tie):
        delete_with_parts(row)


def delete_with_parts(row):
    """After whatever keeps it from going."""
    try:
        row.delete()
    except (ProtectedError, RestrictedError) as refusal:
        _message, others = refusal.args
        for other in others:
            delete_with_parts(other)
        delete_with_parts(row)


def rename(world):
    """All that the words are of has changed, but for dates and keys."""
    world.tie.motto, world.project.title, world.visit.title = "Anders", "Anders", "Anders"
    for row in (world.tie, world.project, world.visit):
        row.save()


def blank(world):
    """The person stays, the name goes."""
    world.mayor.family_name = "N. N."
    world.mayor.save()


def erase(world):
    """Nothing is left of the person, and the history says no more than that there was somebody."""
    key, history = world.mayor.pk, type(world.mayor).history
    world.visit.participants.filter(person=world.mayor).delete()
    Signature.objects.filter(person=world.mayor).delete()
    world.mayor.delete()
    history.filter(id=key).update(given_names="", family_name="")


def all_that_has(words, told):
    return {address: found for address, found in told.items() if found in words}


WAYS = {
    "withdrawn": (withdraw, pages),
    "deleted": (delete, pages),
    "changed": (rename, lambda world: all_that_has((MOTTO, PROJECT, VISIT), pages(world))),
    "name erased": (blank, pages_of_the_mayor),
    "person erased": (erase, pages_of_the_mayor),
}


# --- asking ---


class Known(NamedTuple):
    """An answer that somebody has, of one process, and what they ask again with."""

    port: int
    address: str
    words: str
    tag: str
    date: str | None

    @property
    def mirrors(self):
        return BEGINNING in self.address

    def conditions(self):
        return [{"If-None-Match": self.tag}, *([{"If-Modified-Since": self.date}] if self.date else [])]

    def is_still_told(self):
        """By a 200 that shows it or by a 304 that says that all is as it was."""
        answers = [ask(self.port, self.address, **headers) for headers in (*self.conditions(), {})]
        return any(answer.code == 304 or self.words in answer.body for answer in answers)

    def is_still_known(self):
        return any(ask(self.port, self.address, **headers).code == 304 for headers in self.conditions())


def get_known(port, address, words):
    """Asked for anew and again, so that the process remembers it."""
    answer = ask(port, address)
    assert (answer.code, words in answer.body) == (200, True), address
    known = Known(port, address, words, answer.tag, answer.date)
    for headers in known.conditions():
        assert ask(port, address, **headers).code == 304, (address, headers)
    return known


@pytest.mark.parametrize("way", WAYS)
def test_no_process_goes_on_telling_of_what_is_gone(world, ports, way):
    go, shown_of = WAYS[way]
    # The processes may remember what they found beside a look at the world before: none has its number.
    Look.current()
    Look.objects.update(number=next(NUMBERS))
    look(now=timezone.now() - datetime.timedelta(minutes=2))
    # Each process compares, and remembers that nothing public has changed.
    world.home.save()
    shown = shown_of(world)
    known = [get_known(port, address, words) for port in ports for address, words in shown.items()]

    go(world)
    connection.close()
    # Who mirrors makes the house look; so they come last, and for the others nobody has looked.
    for some in ([each for each in known if not each.mirrors], [each for each in known if each.mirrors]):
        until, left = time.monotonic() + MINUTE, some
        while left and time.monotonic() < until:
            left = [each for each in left if each.is_still_told()]
        assert left == []
    # Nor once a look has found it.
    look(now=timezone.now())
    assert [each for each in known if each.is_still_known()] == []


def test_each_file_and_kind_of_page_is_asked_for(world):
    shown = {**pages(world), **pages_of_the_mayor(world)}

    assert {name for name in (*FILES, *looking.RESOURCES) if not any(name in at for at in shown)} == {
        *("cities", "themes"),
    }
