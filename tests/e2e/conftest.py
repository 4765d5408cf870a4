"""The whole program in a real browser, with the cases and the staff of the demo, served by a thread.

The data is loaded once a process, into a database of its own: what these tests write no other test meets.
"""

import os

import pytest
from django.db import connection
from django.test.utils import override_settings
from playwright.sync_api import expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.e2e.browser import ARGUMENTS, Site
from tests.e2e.rows import fill
from tests.programs import program


@pytest.fixture(scope="package")
def _chromium():
    return program("chromium", needed_for="the pages are looked at in it")


@pytest.fixture(autouse=True)
def _uploads_of_this_test():
    """The files belong to the data here, and stay as long as that."""


@pytest.fixture(scope="package")
def _data(_chromium, django_test_environment, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        creation, outside = connection.creation, connection.settings_dict["NAME"]
        test_name = connection.settings_dict["TEST"]["NAME"]
        connection.settings_dict["TEST"]["NAME"] = own_name(test_name)
        close()
        creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        fill()
        yield
        close()
        end_sessions()
        creation.destroy_test_db(outside, verbosity=0)
        connection.settings_dict["TEST"]["NAME"] = test_name


def own_name(test_name: str | None) -> str:
    if connection.vendor == "sqlite":
        return f"{test_name}-e2e"
    return f"test_e2e_{os.getpid()}"


def close() -> None:
    """Connections to one database must not be lent out for another."""
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()


def end_sessions() -> None:
    """A thread of the server may still hold a connection that it was lent."""
    if connection.vendor == "postgresql":
        name = connection.settings_dict["NAME"]
        with connection.creation._nodb_cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )


@pytest.fixture(scope="package")
def _browser(_chromium):
    # Playwright keeps an event loop in this thread; Django would take our own queries for a mistake.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # As long as a visitor waits for everything else.
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium, args=ARGUMENTS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def site(_data, _browser):
    with override_settings(ROOT_URLCONF="tests.e2e.urls", DEBUG=False):
        server = LiveServer("localhost")
        yield Site(server.url, _browser)
        server.stop()
