"""A request that is sent again with its key is done once."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from celery.schedules import crontab
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from config.api import router
from config.celery import app
from contacts.api.idempotency import StillRunning
from contacts.models import City, KeptAnswer, Person
from contacts.tasks import forget_answers
from relations.models import Partnership
from tests.api.conftest import client_for
from tests.api.rows import WRITABLE
from tests.dying import killed_before
from tests.factories import CityFactory, KeptAnswerFactory, PartnershipFactory, UserFactory, user_in

KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'
FACTS = {"name_de": "Bursa", "country": "TR"}


def post(client, address, body, key=KEY, **headers):
    return client.post(f"/api/v1/{address}", body, headers={"Idempotency-Key": key, **headers})


def errors_of(answer):
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


# --- sent again ---


@pytest.mark.django_db
def test_what_is_sent_again_is_made_once_and_answered_alike(officer):
    first, second = (post(officer, "cities/", FACTS) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    told = ("Content-Type", "Content-Language", "Location", "ETag")
    assert [second[name] for name in told] == [first[name] for name in told]
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert City.objects.count() == 1


@pytest.mark.django_db
def test_the_answer_stays_what_it_was_although_the_row_has_changed(officer):
    first = post(officer, "cities/", FACTS)
    officer.patch(f"/api/v1/cities/{first.json()['id']}/", {"region": "Marmara"})

    assert post(officer, "cities/", FACTS).content == first.content


@pytest.mark.django_db
def test_the_answer_stays_in_the_language_of_the_first(officer):
    first = post(officer, "cities/", FACTS, **{"Accept-Language": "de"})
    second = post(officer, "cities/", FACTS, **{"Accept-Language": "en"})

    assert (second.content, second["Content-Language"]) == (first.content, "de")


@pytest.mark.django_db
def test_a_key_means_the_same_with_and_without_its_quotation_marks_and_the_body_in_any_order(officer):
    post(officer, "cities/", FACTS, key='"abc"')
    again = post(officer, "cities/", dict(reversed(FACTS.items())), key="abc")

    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.django_db
def test_without_a_key_what_is_sent_twice_is_two_things(officer):
    answers = [officer.post("/api/v1/cities/", FACTS) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert (City.objects.count(), KeptAnswer.objects.count()) == (2, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "body"),
    [("cities/", FACTS | {"region": "X"}), ("organisations/", FACTS)],
)
def test_a_key_serves_one_request_only(officer, address, body):
    post(officer, "cities/", FACTS)
    answer = post(officer, address, body)

    assert (answer.status_code, errors_of(answer)) == (422, [("Idempotency-Key", "key_reused")])
    assert City.objects.count() == 1


@pytest.mark.django_db
def test_a_key_belongs_to_one_user(client_of):
    answers = [post(client_of("officer"), "cities/", FACTS) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert City.objects.count() == 2


@pytest.mark.django_db
def test_a_refusal_does_not_use_up_the_key(officer):
    refused = post(officer, "cities/", FACTS | {"country": "XX"})
    corrected = post(officer, "cities/", FACTS)

    assert (refused.status_code, corrected.status_code) == (400, 201)
    assert "Idempotent-Replayed" not in corrected


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", '""', "a" * 256, "ä", '"a', 'a"', "a b"])
def test_what_is_no_key_is_refused_by_name(officer, key):
    answer = post(officer, "cities/", FACTS, key=key)

    assert (answer.status_code, errors_of(answer)) == (400, [("Idempotency-Key", "invalid")])
    assert not City.objects.exists()


# --- verbs ---


@pytest.mark.django_db
def test_a_verb_that_creates_creates_once(officer):
    tie = PartnershipFactory(kind="contact")
    answers = [post(officer, f"partnerships/{tie.pk}/step-up/", {"kind": "partnership"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert Partnership.objects.count() == 2


@pytest.mark.django_db
def test_a_verb_that_was_done_is_not_refused_the_second_time(officer):
    tie = PartnershipFactory()
    version = {"If-Match": '"1"'}
    answers = [post(officer, f"partnerships/{tie.pk}/suspend/", {}, **version) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert tie.events.count() == 1


def test_every_post_of_every_resource_takes_a_key():
    posts = {
        (prefix, mapping["post"]): getattr(viewset, mapping["post"])
        for prefix, viewset, _name in router.registry
        for route in router.get_routes(viewset)
        if "post" in (mapping := router.get_method_map(viewset, route.mapping))
    }

    assert {prefix for prefix, _action in posts} == set(WRITABLE)
    assert [where for where, method in posts.items() if not getattr(method, "takes_a_key", False)] == []


# --- rights ---


@pytest.mark.django_db
def test_who_may_not_add_any_more_is_not_told_again(client_of):
    client = client_of("officer")
    post(client, "cities/", FACTS)
    user = client.handler._force_user
    user.groups.clear()
    client = client_for(type(user).objects.get(pk=user.pk))

    assert post(client, "cities/", FACTS).status_code == 403


@pytest.mark.django_db
def test_who_may_not_see_a_field_any_more_is_not_told_it_again(client_of):
    client = client_of("protocol")
    body = {"family_name": "Beispiel", "address": "Hauptstraße 1"}
    assert post(client, "people/", body).json()["address"] == "Hauptstraße 1"
    user = client.handler._force_user
    user.groups.set(user_in("officer").groups.all())
    client = client_for(type(user).objects.get(pk=user.pk))

    answer = post(client, "people/", body)

    assert answer.status_code == 422
    assert "Hauptstraße" not in answer.content.decode()
    assert Person.objects.count() == 1


# --- what is kept, and until when ---


@pytest.mark.django_db
def test_neither_key_nor_user_can_be_read_from_what_is_kept(officer):
    post(officer, "cities/", FACTS)
    kept = KeptAnswer.objects.get()

    assert [len(kept.key), len(kept.request)] == [64, 64]
    assert kept.headers.keys() == {"ETag", "Location", "Content-Language"}


@pytest.mark.django_db
def test_a_key_is_new_again_after_a_day(officer):
    post(officer, "cities/", FACTS)
    KeptAnswer.objects.update(kept_at=timezone.now() - datetime.timedelta(hours=23))
    answer = post(officer, "cities/", FACTS)

    assert (answer.status_code, "Idempotent-Replayed" in answer) == (201, False)
    assert (City.objects.count(), KeptAnswer.objects.count()) == (2, 1)


@pytest.mark.django_db
def test_answers_of_yesterday_are_forgotten():
    old, young = KeptAnswerFactory(), KeptAnswerFactory()
    KeptAnswer.objects.filter(pk=old.pk).update(kept_at=timezone.now() - datetime.timedelta(hours=23))
    forget_answers()

    assert list(KeptAnswer.objects.all()) == [young]


@pytest.mark.django_db
def test_what_a_deleted_person_was_answered_with_is_gone_within_a_day(client_of):
    """It does not go with the person: at each sweep goes what the next one would find older than a day."""
    facts = {"family_name": "Beispiel", "email": "nora@example.org"}
    person = post(client_of("officer"), "people/", facts).json()
    client_of("privacy").delete(f"/api/v1/people/{person['id']}/")
    assert "nora@example.org" in KeptAnswer.objects.get().body

    due = app.conf.beat_schedule["forget_answers"]
    assert (due["task"], due["schedule"]) == (forget_answers.name, crontab(minute=20))
    between = datetime.timedelta(hours=1)
    KeptAnswer.objects.update(kept_at=timezone.now() - datetime.timedelta(days=1) + between)
    forget_answers()

    assert not KeptAnswer.objects.exists()


# --- at the same moment ---


def program(user):
    """A program of its own; rights are looked up once, as it is not them that this is about."""
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.force_authenticate(user)
    return client


@pytest.mark.django_db(transaction=True)
def test_the_same_key_a_thousand_times_in_parallel_makes_one():
    user = UserFactory(is_superuser=True)

    def send(_number):
        try:
            body = {"format": "json", "headers": {"Idempotency-Key": KEY}}
            answer = program(user).post("/api/v1/cities/", FACTS, **body)
            return answer.status_code, answer.content, answer.get("Retry-After")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(1000)))

    city = City.objects.get()
    made = {content for code, content, _wait in answers if code == 201}
    assert {code for code, _content, _wait in answers} <= {201, 409}
    assert {wait for code, _content, wait in answers if code == 409} <= {str(StillRunning.wait)}
    assert len(made) == 1
    assert f'"id":{city.pk},' in made.pop().decode()
    assert City.history.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_server_killed_before_any_statement_leaves_city_and_key_or_neither():
    user = UserFactory(is_superuser=True)

    def send():
        assert post(client_for(user), "cities/", FACTS).status_code == 201

    for statement in count(1):
        killed = killed_before(statement, send)
        found = City.objects.count(), KeptAnswer.objects.count()
        assert found in ((0, 0), (1, 1)), f"killed before statement {statement}"
        if not killed:
            break

    assert found == (1, 1)
    assert statement > 5
    assert post(client_for(user), "cities/", FACTS)["Idempotent-Replayed"] == "true"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets in one writer at a time")
def test_while_the_first_is_under_way_the_second_is_told_to_wait(monkeypatch):
    user = UserFactory(is_superuser=True)
    begun, told = threading.Event(), threading.Event()
    clean = City.clean

    def slow(self):
        begun.set()
        assert told.wait(60)
        clean(self)

    monkeypatch.setattr(City, "clean", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: (post(client_for(user), "cities/", FACTS), connection.close()))
        assert begun.wait(60)
        second = post(client_for(user), "cities/", FACTS)
        told.set()
        assert first.result()[0].status_code == 201

    assert (second.status_code, second["Retry-After"]) == (409, "1")
    assert errors_of(second) == [("Idempotency-Key", "still_running")]


@pytest.mark.django_db
def test_the_same_city_by_another_key_is_another_city(officer):
    CityFactory()
    answers = [post(officer, "cities/", FACTS, key=key) for key in ("a", "b")]

    assert len({answer.json()["id"] for answer in answers}) == 2
