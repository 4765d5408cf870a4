"""Keys in addresses reach no log: neither Django's, nor that of the development server, nor gunicorn's."""

import logging
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings
from django.core.servers.basehttp import WSGIRequestHandler
from django.urls import reverse

from config.demo import free_port
from contacts.keys import masked, new_key


@pytest.fixture
def key():
    return new_key("gbcal_")


def test_a_key_is_masked_wherever_it_stands(key):
    assert masked(f"GET /calendar/{key}.ics HTTP/1.1") == "GET /calendar/gbcal_***.ics HTTP/1.1"
    assert masked("GET /calendar/ HTTP/1.1") == "GET /calendar/ HTTP/1.1"
    assert masked(f"Authorization: Token {new_key('gb_')}") == "Authorization: Token gb_***"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('"GET /api/v1/cities/?token=f00b4r&q=1 HTTP/1.1"', '"GET /api/v1/cities/?token=***&q=1 HTTP/1.1"'),
        ("GET /?q=1&Access-Token=f00b4r", "GET /?q=1&Access-Token=***"),
        ("GET /?api_key=f00b4r#top", "GET /?api_key=***#top"),
        ("GET /?q=token", "GET /?q=token"),
        ("the_rgb_colours_of_gb_cities", "the_rgb_colours_of_gb_cities"),
    ],
)
def test_what_an_address_calls_a_token_is_masked_whoever_made_it(line, kept):
    assert masked(line) == kept


def test_a_key_is_masked_in_what_was_raised_as_well(key, caplog):
    try:
        raise ValueError(f"There is no {key}.")
    except ValueError:
        logging.getLogger("goldenbook").exception("It failed.")

    assert "ValueError: There is no gbcal_***." in caplog.text
    assert key not in caplog.text


def test_a_key_shows_as_stars_in_a_report_and_as_itself_on_a_page(key):
    assert (repr(key), str(key), f"{key}") == ("'***'", str.__str__(key), "gbcal_" + key[6:])


@pytest.mark.django_db
def test_a_wrong_address_is_logged_without_its_key(client, key, caplog):
    client.get(reverse("calendar-feed", args=[key]))

    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("django.request", "Not Found: /calendar/gbcal_***.ics")
    ]


def test_the_development_server_logs_no_key(key, caplog):
    caplog.set_level(logging.INFO, "django.server")
    logging.getLogger("django.server").addHandler(caplog.handler)
    handler = WSGIRequestHandler.__new__(WSGIRequestHandler)
    handler.request, handler.client_address = None, ("127.0.0.1", 1)

    handler.log_message('"%s" %s %s', f"GET /calendar/{key}.ics HTTP/1.1", "200", "1")
    logging.getLogger("django.server").removeHandler(caplog.handler)

    said = [record.getMessage() for record in caplog.records]
    assert said == ['"GET /calendar/gbcal_***.ics HTTP/1.1" 200 1']


def test_gunicorn_logs_no_key(key, tmp_path):
    """The web server as an office runs it, with its access log switched on."""
    port, log = free_port(), tmp_path / "web.log"
    command = (*("-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"), "--access-logfile", "-")
    environment = os.environ | {"DEBUG": "1", "VAR_DIR": str(tmp_path), "ENV_FILE": "", "DATABASE_URL": ""}
    with log.open("wb") as output:
        web = subprocess.Popen(
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        # The database of this folder is empty, so the answer is an error: one more line in the log.
        status = fetched(f"http://127.0.0.1:{port}/calendar/{key}.ics?again={key}")
    finally:
        web.terminate()
        web.wait(timeout=30)

    said = log.read_text()
    assert status == 500
    assert key not in said
    assert "GET /calendar/gbcal_***.ics?again=gbcal_*** HTTP/1.1" in said
    assert "Internal Server Error: /calendar/gbcal_***.ics" in said


def fetched(url):
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=30)
        except urllib.error.HTTPError as answer:
            return answer.code
        except OSError:
            time.sleep(0.2)
    return None
