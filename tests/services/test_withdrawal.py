"""What was withdrawn is gone from every process of the web, whatever each of them remembers."""

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from urllib.parse import quote

import pytest
from django.db import connection

from portal.looking import look
from portal.urls import FILES
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


def ask(port, address, **headers):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request("GET", address, headers=headers)
        answer = line.getresponse()
        return answer.status, answer.headers.get("ETag"), answer.read().decode()
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


@pytest.fixture
def ports(tmp_path, transactional_db):
    with ExitStack() as stack:
        found = [stack.enter_context(serving(tmp_path / f"web-{number}")) for number in range(PROCESSES)]
        for port in found:
            wait_for(port)
        yield found


@pytest.fixture
def world(transactional_db):
    found = worlds.build()
    worlds.name_things(found)
    found.tie.motto = MOTTO
    found.tie.save()
    return found


MOTTO, PROJECT, VISIT = "Gemeinsam wachsen", "Grüne Dächer", "Bürgermeister am Bosporus"


def shown_at(world):
    """Where each is told of, with words by which one sees it."""
    tie, project, visit = world.tie.pk, world.project.pk, world.visit.pk
    year = world.tie.founded.year + 30
    found = {
        **dict.fromkeys(("partnerships/", f"partnerships/{tie}/", f"partnerships/{tie}.jsonld"), MOTTO),
        **dict.fromkeys(("partnerships/?search=istanbul", "partnerships.geojson", "partnerships.csv"), MOTTO),
        **{f"anniversaries/?year={year}": f'"{tie}-30"', f"anniversaries/{tie}-30/": f'"{tie}-30"'},
        f"anniversaries.ics?year={year}": f"public-anniversary-{tie}-",
        **dict.fromkeys(("projects/", f"projects/{project}/", "projects/?search=dächer"), PROJECT),
        **dict.fromkeys(("visits/", f"visits/{visit}/", "visits/?country=TR", "visits.ics"), VISIT),
        "news.rss": VISIT,
    }
    return {
        **{API + quote(at, safe="/?="): words for at, words in found.items()},
        "/embed/": "17. November 1989",
    }


def is_still_told(port, address, words, tag):
    """By a 200 that shows it or by a 304 that says that all is as it was."""
    code, _tag, body = ask(port, address, **{"If-None-Match": tag})
    whole = ask(port, address)
    return code == 304 or words in body or words in whole[2]


def test_no_process_goes_on_telling_of_what_was_withdrawn(world, ports):
    look(now=world.tie.changed_at)
    shown = shown_at(world)
    tags = {}
    for port in ports:
        for address, words in shown.items():
            code, tags[address], body = ask(port, address)
            assert (code, words in body) == (200, True), address
            # Twice, so that the process remembers it.
            for _time in range(2):
                assert ask(port, address, **{"If-None-Match": tags[address]})[0] == 304, address
    assert {name for name in FILES if not any(name in address for address in shown)} == set()

    world.tie.withdraw()
    world.visit.withdraw()
    world.project.withdraw()
    connection.close()
    until, left = time.monotonic() + MINUTE, [(port, address) for port in ports for address in shown]
    while left and time.monotonic() < until:
        left = [(port, at) for port, at in left if is_still_told(port, at, shown[at], tags[at])]

    assert left == []
    codes = {ask(port, f"{API}partnerships/{world.tie.pk}/")[0] for port in ports}
    assert codes == {404}
