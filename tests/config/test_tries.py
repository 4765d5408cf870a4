"""Wrong passwords are counted by account and address, in whatever process and at whichever door."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from config import safety
from config.tries import ACCOUNT, ADDRESS, Limit
from contacts.models import AccessToken
from tests.factories import PASSWORD, UserFactory

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _no_tries_so_far(request):
    if "django_db" in request.keywords:
        request.getfixturevalue("db")
        cache.clear()


def at_api(username, password="wrong", **meta):
    word = base64.b64encode(f"{username}:{password}".encode()).decode()
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    return client.post("/api/v1/auth/login/", headers={"Authorization": f"Basic {word}"}, **meta)


def at_page(username, password="wrong", **meta):
    facts = {"username": username, "password": password}
    return Client(HTTP_ACCEPT_LANGUAGE="en").post(reverse("admin:login"), facts, **meta)


def codes(answers):
    return [answer.status_code for answer in answers]


@pytest.mark.django_db
def test_an_account_is_tried_ten_times_from_wherever():
    answers = [at_api("nora", REMOTE_ADDR=f"192.0.2.{n}") for n in range(12)]

    assert codes(answers) == [401] * ACCOUNT.places + [429] * 2
    assert 0 < int(answers[-1]["Retry-After"]) <= ACCOUNT.seconds
    assert answers[-1].json()["title"] == "Too many requests"


@pytest.mark.django_db
def test_an_address_tries_twenty_accounts():
    answers = [at_api(f"user{n}") for n in range(21)]

    assert codes(answers) == [401] * ADDRESS.places + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= ADDRESS.seconds


@pytest.mark.django_db
def test_the_page_and_the_api_count_together():
    doors = [at_page, at_api] * 5
    tried = codes(door("nora", REMOTE_ADDR=f"192.0.2.{n}") for n, door in enumerate(doors))
    page, answer = at_page("nora", REMOTE_ADDR="192.0.2.99"), at_api("nora", REMOTE_ADDR="192.0.2.99")

    assert tried == [200, 401] * 5
    assert codes([page, answer]) == [429, 429]
    assert "Too many wrong tries. Wait 5 minutes, then try again." in page.content.decode()
    assert 0 < int(page["Retry-After"]) <= ACCOUNT.seconds


@pytest.mark.django_db
def test_the_right_password_is_refused_as_well_while_there_are_too_many_tries():
    user = UserFactory()
    for n in range(ACCOUNT.places):
        at_api(user.username, REMOTE_ADDR=f"192.0.2.{n}")

    refused = [door(user.username, PASSWORD, REMOTE_ADDR="192.0.2.99") for door in (at_api, at_page)]

    assert codes(refused) == [429, 429]


@pytest.mark.django_db
@pytest.mark.parametrize(("door", "status"), [(at_api, 200), (at_page, 302)])
def test_whoever_knows_the_password_is_never_held_up(door, status):
    user = UserFactory()
    answers = []
    for _ in range(25):
        answers.append(door(user.username, PASSWORD))
        AccessToken.objects.all().delete()  # there are ten at most

    assert codes(answers) == [status] * 25


@pytest.mark.django_db
@pytest.mark.parametrize("spelling", ["NORA", "ｎｏｒａ", "nora"])
def test_an_account_is_the_same_however_it_is_spelled(spelling):
    for n in range(ACCOUNT.places):
        at_api("nora", REMOTE_ADDR=f"192.0.2.{n}")

    word = base64.b64encode(f"{spelling}:x".encode()).decode()
    headers = {"Authorization": f"Basic {word}"}
    assert (
        APIClient().post("/api/v1/auth/login/", headers=headers, REMOTE_ADDR="192.0.2.99").status_code == 429
    )


@pytest.mark.django_db
def test_without_a_proxy_of_ours_the_header_is_the_visitors_own_word():
    answers = [at_api(f"user{n}", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}") for n in range(21)]

    assert codes(answers)[-1] == 429


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "header", "status"),
    [
        (1, "203.0.113.{n}, 198.51.100.1", 429),  # the visitor writes, our proxy adds the address it sees
        (1, "198.51.100.{n}", 401),
        (2, "203.0.113.{n}, 198.51.100.1, 10.0.0.1", 429),
        (2, "198.51.100.{n}, 10.0.0.1", 401),
    ],
)
def test_behind_proxies_the_address_is_the_one_that_ours_wrote(monkeypatch, proxies, header, status):
    monkeypatch.setattr(api_settings, "NUM_PROXIES", proxies)
    answers = [at_api(f"user{n}", HTTP_X_FORWARDED_FOR=header.format(n=n)) for n in range(21)]

    assert codes(answers)[-1] == status


TAKE = """
import django
django.setup()
from config.tries import Limit, TooManyTries
got = 0
for _ in range(20):
    try:
        Limit("test", places=20, seconds=600).take("nora")
        got += 1
    except TooManyTries:
        pass
print(got)
"""


def url_of_the_test_database():
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**settings)


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_give_away_no_more_places_than_there_are():
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url_of_the_test_database(),
        "CACHE_URL": "",
        "DEBUG": "1",
    }
    command = [sys.executable, "-c", TAKE]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    taken = [int(process.communicate(timeout=120)[0]) for process in processes]

    assert sum(taken) == 20


@pytest.mark.django_db
def test_a_place_is_free_again_after_its_time():
    limit = Limit("test", places=1, seconds=600)
    key = limit.take("nora")
    cache.delete(key)

    assert limit.take("nora") == key


def test_a_cache_of_each_process_for_itself_is_refused():
    with pytest.raises(ImproperlyConfigured) as refusal:
        safety.cache("locmem://")

    assert "only redis:// is known" in str(refusal.value)
    assert safety.cache("redis://127.0.0.1:6379/1")["LOCATION"] == "redis://127.0.0.1:6379/1"
