"""A form for something new that is sent twice makes one thing."""

import datetime
import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from contacts.models import City, SentForm, User
from delegations.models import Delegation
from tests.factories import CityFactory, UserFactory
from tests.pages import form_on, new_row, said_on, url_of

NEW_CITY = "/admin/contacts/city/add/"
FACTS = {"name_de": "Bursa", "country": "TR"}


@pytest.fixture
def clerk(db):
    return signed_in(UserFactory(is_superuser=True))


def signed_in(user):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user)
    return client


def new_form(client, **facts):
    return form_on(client.get(NEW_CITY), "city") | FACTS | facts


def test_a_form_sent_twice_makes_one_thing_and_leads_there(clerk):
    form = new_form(clerk)
    clerk.post(NEW_CITY, form)

    answer = clerk.post(NEW_CITY, form)

    city = City.objects.get()
    assert (answer.status_code, answer.url) == (302, url_of(city))
    assert said_on(answer)[-1] == "“Bursa” was saved already; it is here only once."


def test_rows_of_a_form_sent_twice_are_there_once(clerk):
    address = reverse("admin:delegations_delegation_add")
    row = new_row("stops", 0, city=CityFactory().pk)
    form = form_on(clerk.get(address), "delegation") | {"title": "Besuch", **row}

    clerk.post(address, form)
    clerk.post(address, form)

    assert Delegation.objects.get().stops.count() == 1


def test_a_member_of_staff_is_added_once(clerk):
    address = reverse("admin:contacts_user_add")
    word = "eine-lange-Losung"
    form = form_on(clerk.get(address), "user") | {"username": "nora", "password1": word, "password2": word}

    answers = [clerk.post(address, form) for _ in range(2)]

    nora = User.objects.get(username="nora")
    assert [answer.url for answer in answers] == [url_of(nora)] * 2


def test_going_back_to_enter_something_else_makes_another_thing(clerk):
    form = new_form(clerk)
    clerk.post(NEW_CITY, form)
    clerk.post(NEW_CITY, form | {"name_de": "Izmir"})

    assert City.objects.count() == 2


def test_the_same_entered_in_two_forms_is_two_things(clerk):
    for _ in range(2):
        clerk.post(NEW_CITY, new_form(clerk))

    assert City.objects.count() == 2


def test_a_form_that_was_refused_can_be_sent_again(clerk):
    form = new_form(clerk, wikidata_id="nonsense")
    refused = clerk.post(NEW_CITY, form)
    assert (refused.status_code, SentForm.objects.count()) == (200, 0)

    corrected = form_on(refused, "city") | {"wikidata_id": "Q1"}
    assert clerk.post(NEW_CITY, corrected).status_code == 302
    assert City.objects.count() == 1


def test_a_form_sent_again_after_its_city_was_deleted_says_so(clerk):
    form = new_form(clerk)
    clerk.post(NEW_CITY, form)
    City.objects.get().delete()

    answer = clerk.post(NEW_CITY, form)

    assert City.objects.count() == 0
    assert said_on(answer)[-1] == "This was saved already, and has been deleted since."


def test_a_popup_sent_twice_picks_the_same_row(clerk):
    address = NEW_CITY + "?_popup=1"
    form = form_on(clerk.get(address), "city") | FACTS

    pages = [clerk.post(address, form) for _ in range(2)]

    assert [page.status_code for page in pages] == [200, 200]
    assert pages[0].context_data == pages[1].context_data
    assert City.objects.count() == 1


def test_what_another_has_sent_is_not_given_away(clerk):
    form = new_form(clerk)
    clerk.post(NEW_CITY, form)

    other = signed_in(UserFactory(is_superuser=True))
    other.post(NEW_CITY, form)

    assert City.objects.count() == 2


def test_forms_of_last_week_are_forgotten(clerk):
    clerk.post(NEW_CITY, new_form(clerk))
    SentForm.objects.update(sent_at=datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC))

    clerk.post(NEW_CITY, new_form(clerk))

    assert SentForm.objects.count() == 1


# --- at the same moment ---


def at_once(number, act):
    """Let so many threads act at the same moment, each by its number; returns what each got."""
    ready, found = threading.Barrier(number, timeout=60), [None] * number

    def run(index):
        try:
            ready.wait()
            found[index] = act(index)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[index]) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_by_ten_clicks_at_once_makes_one_thing():
    user = UserFactory(is_superuser=True)
    clients = [signed_in(user) for _ in range(10)]
    form = new_form(clients[0])

    answers = at_once(10, lambda index: clients[index].post(NEW_CITY, form))

    city = City.objects.get()
    assert {answer.status_code for answer in answers} == {302}
    assert [answer.url for answer in answers].count(url_of(city)) == 9


@pytest.mark.django_db(transaction=True)
def test_twenty_programs_that_enter_the_same_city_make_one():
    clients = [APIClient(HTTP_ACCEPT_LANGUAGE="en") for _ in range(20)]
    for program in clients:
        program.force_authenticate(UserFactory(is_superuser=True))
    body = FACTS | {"wikidata_id": "Q40738"}

    answers = at_once(20, lambda index: clients[index].post("/api/v1/cities/", body, format="json"))

    codes = [answer.status_code for answer in answers]
    refusals = {error["detail"] for answer in answers for error in answer.json().get("errors", [])}
    assert codes.count(201) == 1
    assert set(codes) <= {201, 400, 409}
    assert refusals <= {"Another city has this Wikidata id already."}
    assert City.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_clerks_who_enter_the_same_city_make_one():
    clients = [signed_in(UserFactory(is_superuser=True)) for _ in range(8)]
    forms = [new_form(client, wikidata_id="Q40738") for client in clients]

    answers = at_once(8, lambda index: clients[index].post(NEW_CITY, forms[index]))

    refused = [answer for answer in answers if answer.status_code == 200]
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [302]
    assert City.objects.count() == 1
    assert all("Another city has this Wikidata id already." in page.content.decode() for page in refused)
