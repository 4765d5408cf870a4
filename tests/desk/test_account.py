"""Everybody's own account: language, reminder mail, absence, stand-in, and nobody else's."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from config.roles import ROLES
from contacts.models import User
from reminders.addressees import readers
from reminders.in_words import why_nothing
from tests.factories import PersonFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db

URL = "/admin/your-account/"
MINE = {"language": "de", "digest": "daily", "away_from": "", "away_until": "", "stand_in": ""}


@pytest.fixture
def colleague():
    return UserFactory(first_name="Toni", last_name="Probe")


@pytest.mark.parametrize("role", sorted(ROLES))
def test_whoever_works_here_changes_their_own_and_nothing_else(client, role, colleague):
    user = user_in(role)
    client.force_login(user)
    sent = {
        "language": "en",
        "digest": "weekly",
        "away_from": "2026-12-01",
        "away_until": "2026-12-24",
        "stand_in": colleague.pk,
        "is_superuser": "on",
        "email": "else@example.org",
        "groups": [1],
    }

    assert client.post(URL, sent).status_code == 302

    user = User.objects.get(pk=user.pk)
    assert (user.language, user.digest, user.stand_in) == ("en", "weekly", colleague)
    assert (str(user.away_from), str(user.away_until)) == ("2026-12-01", "2026-12-24")
    assert (user.is_superuser, user.email) == (False, f"{user.username}@example.org")
    assert [group.name for group in user.groups.all()] == [role]


def test_nobody_changes_anybody_elses(client, colleague):
    client.force_login(user_in("reader"))

    client.post(URL, MINE | {"digest": "weekly", "id": colleague.pk, "username": colleague.username})

    assert User.objects.get(pk=colleague.pk).digest == "daily"


def test_it_asks_to_sign_in():
    assert Client().get(URL).url.startswith(reverse("admin:login"))


def test_it_stands_in_the_head_of_each_page(client):
    client.force_login(user_in("reader"))

    assert f'href="{URL}"' in client.get(reverse("desk:search")).content.decode()


def test_an_absence_that_ends_before_it_begins_is_refused_at_its_field(client):
    user = user_in("reader")
    client.force_login(user)

    page = client.post(
        URL,
        MINE | {"away_from": "2026-12-24", "away_until": "2026-12-01"},
        headers={"accept-language": "en"},
    )

    assert page.context["form"].errors == {
        "away_until": ["The absence ends before it begins, or has no first day. Correct one."]
    }
    assert User.objects.get(pk=user.pk).away_from is None


def test_nobody_stands_in_for_themselves_and_nobody_who_left_does(client):
    user, gone = user_in("reader"), UserFactory(is_active=False)
    client.force_login(user)

    offered = client.get(URL).context["form"].fields["stand_in"].queryset
    pages = [client.post(URL, MINE | {"stand_in": other.pk}) for other in (user, gone)]

    assert not {user, gone} & set(offered)
    assert [list(page.context["form"].errors) for page in pages] == [["stand_in"], ["stand_in"]]


def test_the_pages_speak_the_language_that_was_chosen(client):
    client.force_login(user_in("reader"))

    answer = client.post(URL, MINE | {"language": "en"})

    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert "My account" in client.get(URL).content.decode()


def test_what_was_changed_is_in_the_history_with_who_did_it(client):
    user = user_in("reader")
    client.force_login(user)

    client.post(URL, MINE | {"digest": "weekly"})

    latest = user.history.first()
    assert (latest.digest, latest.history_user) == ("weekly", user)


def hindrance(client):
    """What the page says of why no reminders come."""
    page = client.get(URL, headers={"accept-language": "en"}).content.decode()
    return re.search(r'id="no_reminders">.*?<p>(.*?)</p>', page, re.DOTALL)[1]


def test_whoever_gets_no_reminders_reads_why(client):
    """Every role of ours sees all that mails speak of; somebody may have a few rights one by one."""
    client.force_login(UserFactory())

    said = hindrance(client)

    assert "for they speak of what your roles do not show: " in said
    assert "follow-ups" in said
    assert "partnerships" in said
    assert "goes to others, as if you were away" in said


def test_whoever_has_no_address_reads_that(client):
    user = user_in("officer")
    User.objects.filter(pk=user.pk).update(email="")
    client.force_login(user)

    said = hindrance(client)

    assert "your account has no e-mail address" in said


def test_whoever_is_taken_for_somebody_who_died_reads_that(client):
    user = user_in("officer", person=PersonFactory(deceased_on="2024-05"))
    client.force_login(user)

    assert "who has died" in hindrance(client)


@pytest.mark.parametrize(
    ("role", "facts"),
    [
        *((role, {}) for role in (*sorted(ROLES), None)),
        *(("officer", facts) for facts in ({"email": ""}, {"is_superuser": True}, {"dead": True})),
    ],
)
def test_there_is_a_hindrance_where_no_mail_may_be_sent_and_nowhere_else(role, facts):
    user = user_in(role) if role else UserFactory()
    if facts.get("dead"):
        user.person = PersonFactory(deceased_on="2024-05")
    else:
        vars(user).update(facts)
    user.save()

    assert bool(why_nothing(user)) == (user.pk not in readers([user]))


def test_whoever_gets_reminders_reads_of_no_hindrance(client):
    client.force_login(user_in("officer"))

    assert 'id="no_reminders"' not in client.get(URL).content.decode()
