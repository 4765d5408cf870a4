"""My access: the page of one's own tokens, and the list of all for the administration."""

import datetime
import logging

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.roles import ROLES
from contacts.models import AccessToken, Office
from desk.models import CalendarFeed
from tests.api.test_tokens import stored, with_token
from tests.factories import UserFactory, token_for, user_in
from tests.pages import said_on

pytestmark = pytest.mark.django_db

PAGE = "/admin/your-access/"
ALL = "/admin/contacts/accesstoken/"


def signed_in(user):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user)
    return client


def wished(**fields):
    day = timezone.localdate() + datetime.timedelta(days=30)
    return {"name": "Website", "expires_on": f"{day}", "visits": "read", "_token": "1"} | fields


def make(client, **fields):
    answer = client.post(PAGE, wished(**fields))
    assert answer.context["form"].errors == {}
    return answer


def test_a_new_token_is_shown_once_and_works(client, officer):
    answer = make(client, ties="write")
    secret = answer.context["secret"]

    assert f'value="{secret}"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in client.get(PAGE).content.decode()
    token = AccessToken.objects.get()
    assert (token.user, token.name) == (officer, "Website")
    assert token.scopes == ["ties:read", "ties:write", "visits:read"]
    assert with_token(secret).get("/api/v1/delegations/").status_code == 200
    assert with_token(secret).get("/api/v1/cities/").status_code == 403


def test_the_page_passes_no_address_to_other_places(client):
    """Not `no-referrer`: browsers then send forms without an origin, and we refuse those."""
    assert make(client)["Referrer-Policy"] == "same-origin"


def test_the_list_says_what_each_token_is(client):
    with time_machine.travel("2026-11-20T11:00:00Z", tick=False):
        secret = make(client, expires_on="2027-02-28", ties="write").context["secret"]
        with_token(secret).get("/api/v1/delegations/")
        text = " ".join(client.get(PAGE).content.decode().split())

    assert f"Website <code>{secret[:8]}…</code>" in text
    assert "Ties and projects: read and write · Visits and follow-ups: read only" in text
    assert "Made 20 Nov 2026 · last used 20 Nov 2026, 12:00 · ends 28 Feb 2027, 23:59" in text
    assert "1 of 10" in text


def test_its_last_day_is_whole_where_the_office_is(client):
    Office.current()
    Office.objects.update(timezone="Asia/Seoul")
    with time_machine.travel("2026-11-20T11:00:00Z", tick=False):
        make(client, expires_on="2026-12-01")

    ends = AccessToken.objects.get().expires_at
    assert ends == datetime.datetime(2026, 12, 1, 14, 59, 59, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": " "}, "name", "required"),
        ({"expires_on": ""}, "expires_on", "required"),
        ({"expires_on": "2020-01-01"}, "expires_on", "past"),
        ({"expires_on": "2099-01-01"}, "expires_on", "too_late"),
        ({"visits": ""}, "__all__", "nothing"),
        ({"visits": "delete"}, "visits", "invalid_choice"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field_and_nothing_is_made(client, change, field, code):
    answer = client.post(PAGE, wished(**change))

    assert [error.code for error in answer.context["form"].errors.as_data()[field]] == [code]
    assert answer.context["secret"] == ""
    assert not AccessToken.objects.exists()


def test_a_year_is_the_longest(client):
    make(client, expires_on=f"{timezone.localdate() + datetime.timedelta(days=365)}")

    assert AccessToken.objects.count() == 1


def test_an_eleventh_token_is_refused_on_the_page(client, officer):
    for _ in range(10):
        token_for(officer)

    answer = client.post(PAGE, wished())

    assert answer.context["form"].errors == {
        "__all__": ["You hold 10 tokens already. Revoke one of them, then make another."]
    }


def test_a_form_sent_twice_makes_one_token_and_shows_it_once(client):
    secret = make(client).context["secret"]

    again = client.post(PAGE, wished())

    assert (again.status_code, again["Location"]) == (302, PAGE)
    assert said_on(again) == ["This token was made already, and was shown that once."]
    assert secret not in client.get(PAGE).content.decode()
    assert AccessToken.objects.count() == 1


def test_a_second_token_may_have_the_same_name(client):
    make(client)
    make(client, _token="2")

    assert AccessToken.objects.count() == 2


def test_revoked_it_opens_nothing_in_the_next_request(client):
    program = with_token(make(client).context["secret"])
    assert program.get("/api/v1/delegations/").status_code == 200

    answer = client.post(PAGE, {"revoke": AccessToken.objects.get().pk})

    assert said_on(answer) == ["“Website” opens nothing any more."]
    assert program.get("/api/v1/delegations/").status_code == 401


@pytest.mark.parametrize("pk", ["0", "x", ""])
def test_what_is_not_there_cannot_be_revoked(client, pk):
    assert said_on(client.post(PAGE, {"revoke": pk})) == ["This token is not there any more."]


def test_nobody_sees_or_revokes_those_of_others_here(client):
    token_for(UserFactory())
    token = AccessToken.objects.get()

    assert token.beginning not in client.get(PAGE).content.decode()
    client.post(PAGE, {"revoke": token.pk})
    assert AccessToken.objects.get() == token


@pytest.mark.parametrize("role", ROLES)
def test_every_member_of_staff_has_the_page_and_the_administration_the_list(role):
    client = signed_in(user_in(role))
    codes = [client.get(address).status_code for address in (PAGE, ALL)]

    assert codes == [200, 200 if role == "administrator" else 403]


def test_whoever_is_not_signed_in_is_sent_to_do_so(db):
    answer = Client().post(PAGE, wished())

    assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={PAGE}")


def test_the_administration_sees_all_without_their_secrets_and_revokes(officer):
    program = with_token(secret := token_for(officer))
    client = signed_in(user_in("administrator"))
    token = AccessToken.objects.get()

    pages = [
        client.get(address).content.decode()
        for address in (ALL, f"{ALL}{token.pk}/change/", f"{ALL}{token.pk}/delete/", f"{ALL}?format=csv")
    ]
    assert token.beginning in pages[0]
    assert all(secret not in page and token.digest not in page for page in pages)

    client.post(reverse("admin:contacts_accesstoken_delete", args=[token.pk]), {"post": "yes"})
    assert program.get("/api/v1/cities/").status_code == 401


def test_the_administration_sees_those_alone_that_open_something(officer):
    token_for(officer)
    officer.is_active = False
    officer.save()

    page = signed_in(user_in("administrator")).get(ALL).content.decode()

    assert AccessToken.objects.get().beginning not in page


def test_neither_session_nor_message_nor_log_nor_database_keeps_it(client, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "django")
    secret = make(client).context["secret"]
    client.post(PAGE, wished())
    client.get(PAGE)

    assert all(secret[8:] not in str(session.get_decoded()) for session in Session.objects.all())
    assert [text for text in stored() if secret[8:] in text] == []
    assert secret[8:] not in caplog.text


def test_a_new_password_ends_the_address_of_the_calendar_too(officer):
    feed = CalendarFeed.objects.create(user=officer)
    address = reverse("calendar-feed", args=[feed.renew()])
    assert Client().get(address).status_code == 200

    officer.set_password("seven green apples on the old bridge")
    officer.save()

    assert Client().get(address).status_code == 404
    feed = CalendarFeed.objects.get()
    assert not feed.is_open
    assert Client().get(reverse("calendar-feed", args=[feed.renew()])).status_code == 200
    assert CalendarFeed.objects.get().is_open
