"""The watchdog outside: told while all is well, and no hindrance however it answers."""

import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reminders import tasks, watchdog
from reminders.models import Clock, Mail
from tests.factories import FollowUpFactory
from tests.reminders.clock import at, day, started

SECRET = "/0ddba11-5ecre7"


@pytest.fixture
def dog(settings):
    """A watchdog of our own, with what it heard; it answers as a test tells it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.heard.append(self.path)
            if server.answer == "drip":
                while not server.over.wait(0.2):
                    self.wfile.write(b"H")
                return
            self.send_response(server.answer)
            self.send_header("Location", f"http://127.0.0.1:{server.server_port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.heard, server.answer, server.over = [], 200, threading.Event()
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.PING_URL = f"http://127.0.0.1:{server.server_port}{SECRET}"
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()
    assert watchdog._asking.acquire(timeout=10)
    watchdog._asking.release()


def test_it_is_told_after_a_scan_and_after_each_run_of_the_sender(dog, office):
    started("2024-10-17")

    with at("2024-10-18"):
        tasks.scan()
        tasks.send()
        tasks.send()

    assert dog.heard == [SECRET] * 3


def test_a_wake_up_that_found_nothing_to_scan_tells_nothing(dog, office):
    started("2024-10-18")

    # Its scan of that hour has been.
    with at("2024-10-18"):
        tasks.scan()

    assert dog.heard == []


def test_it_hears_nothing_of_a_sender_that_runs_while_the_scan_has_stopped(dog, office):
    started("2024-10-15")

    with at("2024-10-18", 7):
        tasks.send()

    assert dog.heard == []


def test_it_hears_nothing_while_sending_waits(dog, office):
    started("2024-10-18")
    with at("2024-10-18"):
        Clock.objects.update(is_paused=True)
        tasks.send()

    assert dog.heard == []


def test_without_an_address_nobody_is_asked(office, settings, caplog):
    settings.PING_URL = ""
    started("2024-10-18")

    with caplog.at_level(logging.DEBUG), at("2024-10-18"):
        tasks.send()

    assert "watchdog" not in caplog.text


@pytest.mark.parametrize("answer", [500, 404, 302, "drip", "closed"])
def test_whatever_it_answers_mails_go_out_and_no_log_knows_its_address(
    dog, office, nora, mailoutbox, monkeypatch, settings, caplog, answer
):
    monkeypatch.setattr(watchdog, "STEP", 0.5)
    monkeypatch.setattr(watchdog, "WHOLE", 1)
    if answer == "closed":
        settings.PING_URL = f"http://127.0.0.1:1{SECRET}"
    dog.answer = answer
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")

    with caplog.at_level(logging.DEBUG), at("2024-10-18"):
        tasks.scan()
        tasks.send()

    assert len(mailoutbox) == 1
    assert Mail.objects.get().day == day("2024-10-18")
    assert "/elsewhere" not in dog.heard
    assert SECRET not in caplog.text
    assert ("127.0.0.1" in caplog.text) == (answer != "drip")


def test_one_that_never_lets_go_is_not_asked_again_meanwhile(dog, monkeypatch):
    monkeypatch.setattr(watchdog, "WHOLE", 0.5)
    dog.answer = "drip"
    before = threading.active_count()

    for _run in range(3):
        watchdog.ping(f"http://127.0.0.1:{dog.server_port}{SECRET}")

    assert dog.heard == [SECRET]
    # The one that asks, and the one of the server that answers it.
    assert threading.active_count() <= before + 2
    dog.over.set()
    time.sleep(0)
