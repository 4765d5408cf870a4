import datetime
import threading

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import translation

from contacts.models import Office, User
from tests.factories import PASSWORD, UserFactory, user_in

DAY = datetime.date(2026, 3, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


def test_the_office_is_filled_from_the_settings_once(settings):
    settings.OFFICE = {**settings.OFFICE, "title": "Büro Linz", "timezone": "Europe/Vienna"}

    assert str(Office.current()) == "Büro Linz"
    assert str(Office.current().zone) == "Europe/Vienna"

    settings.OFFICE = {**settings.OFFICE, "title": "Büro Wels"}
    assert str(Office.current()) == "Büro Linz"


@pytest.mark.django_db(transaction=True)
def test_who_asks_at_once_for_the_first_time_gets_the_same_office():
    offices = []

    def ask(together):
        try:
            together.wait()
            offices.append(Office.current().pk)
        finally:
            connection.close()

    # They do not meet each time; in twenty rounds they do.
    for _round in range(20):
        Office.objects.all().delete()
        together = threading.Barrier(4, timeout=30)
        clerks = [threading.Thread(target=ask, args=[together]) for _number in range(4)]
        for clerk in clerks:
            clerk.start()
        for clerk in clerks:
            clerk.join()

    assert offices == [Office.THE_ONE] * 80


def test_there_is_one_office():
    first = Office.current()
    second = Office(title="Zweites", timezone="Europe/Berlin", country="DE", from_address="a@example.org")

    assert refusal_of(second) == {"__all__": ["There is only one office. Change the one that is there."]}
    with pytest.raises((IntegrityError, ValidationError)):
        second.save()
    assert Office.objects.get() == first


@pytest.mark.parametrize(
    ("country", "state", "kept"),
    [
        ("DE", "NW", "NW"),
        ("DE", "nw", "NW"),
        ("DE", "augsburg", "Augsburg"),
        ("AT", "4", "4"),
        ("TR", "", ""),
    ],
)
def test_the_state_is_one_of_the_country_however_it_is_typed(country, state, kept):
    office = Office.current()
    office.country, office.state = country, state
    office.full_clean()

    assert office.state == kept


@pytest.mark.parametrize(
    ("country", "state", "sentence"),
    [
        ("DE", "NRW", "“NRW” is no state of this country. Its states are: Augsburg, BB, BE, BW, BY, HB,"),
        ("AT", "NW", "“NW” is no state of this country. Its states are: 1, 2, 3, 4, 5, 6, 7, 8, 9."),
        ("TR", "34", "No holidays are known by the states of this country. Leave it empty."),
    ],
)
def test_a_state_whose_holidays_nobody_knows_is_refused(country, state, sentence):
    office = Office.current()
    office.country, office.state = country, state

    assert refusal_of(office)["state"][0].startswith(sentence)


def test_the_office_has_a_time_zone_of_the_world():
    office = Office.current()
    office.timezone = "Mitteleuropa"

    assert refusal_of(office) == {
        "timezone": ["“Mitteleuropa” is no time zone. Write it like Europe/Berlin."]
    }


def test_heads_are_the_active_members_of_the_group_the_longest_there_first():
    office = Office.current()
    office.head_group = Group.objects.create(name="Leitung")
    first, second, gone = UserFactory(), UserFactory(), UserFactory(is_active=False)
    UserFactory()
    office.head_group.user_set.set([second, first, gone])

    assert list(User.objects.heads(office)) == [first, second]


def test_without_a_group_nobody_is_head():
    UserFactory()

    assert list(User.objects.heads(Office(head_group=None))) == []


@pytest.mark.parametrize(
    ("away_from", "away_until", "away"),
    [
        (None, None, False),
        ("2026-03-01", None, True),
        ("2026-02-01", "2026-03-01", True),
        ("2026-02-01", "2026-02-28", False),
        ("2026-03-02", None, False),
    ],
)
def test_away_from_the_first_to_the_last_day(away_from, away_until, away):
    user = UserFactory(away_from=away_from, away_until=away_until)
    user.refresh_from_db()

    assert user.is_away(DAY) is away


@pytest.mark.parametrize(("away_from", "away_until"), [(None, "2026-03-01"), ("2026-03-02", "2026-03-01")])
def test_an_absence_has_a_first_day_before_its_last(away_from, away_until):
    user = UserFactory()
    user.away_from, user.away_until = away_from, away_until

    assert refusal_of(user) == {
        "away_until": ["The absence ends before it begins, or has no first day. Correct one."]
    }
    with pytest.raises(IntegrityError):
        user.save()


def test_nobody_stands_in_for_themselves():
    user = UserFactory()
    user.stand_in = user

    assert refusal_of(user) == {"stand_in": ["Nobody can stand in for themselves. Choose someone else."]}


def test_a_login_leaves_no_trace_in_the_history_and_no_secret_ever_does():
    user = UserFactory()
    before = (user.version, user.history.count())

    Client().login(username=user.username, password=PASSWORD)

    user.refresh_from_db()
    assert user.last_login is not None
    assert (user.version, user.history.count()) == before
    assert {"password", "last_login"} & {field.name for field in User.history.model._meta.fields} == set()


def test_history_tells_in_which_groups_someone_was():
    user = UserFactory()
    group = Group.objects.create(name="Leitung")

    user.groups.add(group)

    assert [entry.group for entry in user.history.first().groups.all()] == [group]


def test_a_changed_user_has_a_new_version():
    user = UserFactory()
    user.language = "en"
    user.save()
    user.digest = "weekly"
    user.save(update_fields=["digest"])

    user.refresh_from_db()
    assert user.version == 3


def test_names_of_users():
    assert str(UserFactory(first_name="Nora", last_name="Beispiel")) == "Nora Beispiel"
    assert str(UserFactory(username="officer")) == "officer"


@pytest.mark.parametrize(("role", "may"), [("officer", True), ("reader", False)])
def test_a_user_in_a_role_has_its_rights(role, may):
    assert user_in(role).has_perm("relations.change_partnership") is may
