"""Nobody scans, sends, or is let in: the monitor and the staff see it within a quarter of an hour."""

import datetime
import io

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config import roles
from contacts.models import User
from reminders import due, health, tasks
from reminders.models import Clock, Reminder
from tests.factories import FollowUpFactory, user_in
from tests.reminders.clock import day, moment, started, wake_up


@pytest.fixture(autouse=True)
def _our_office(office):
    return office


@pytest.fixture
def page(client):
    """What a head of office sees on a list, and what a reader does."""
    roles.sync()

    def page(name):
        user, _created = User.objects.get_or_create(
            username=name, defaults={"is_staff": True, "language": "en", "email": f"{name}@example.org"}
        )
        user.groups.set([Group.objects.get(name=name)])
        client.force_login(user)
        client.cookies["django_language"] = "en"
        answer = client.get(reverse("admin:contacts_city_changelist"))
        assert answer.status_code == 200
        return answer.content.decode()

    return page


def seen(client, page, now, role="head"):
    """What the monitor and the staff see at that moment."""
    with time_machine.travel(now, tick=False):
        shown = page(role)
        return client.get("/health/").status_code, 'role="alert"' in shown, shown


def minutes_after(now, minutes):
    return now + datetime.timedelta(minutes=minutes)


def test_when_beat_dies_after_the_scan_all_see_it_within_15_minutes(client, page, nora):
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    dies = moment("2024-10-18 06:00")
    due.scan(now=dies)

    assert seen(client, page, minutes_after(dies, 14))[:2] == (200, False)
    status, banner, shown = seen(client, page, minutes_after(dies, 16))

    assert (status, banner) == (503, True)
    assert "A reminder mail has been waiting for 16 minutes. Is the worker running?" in shown


def test_when_beat_died_in_the_night_all_see_it_15_minutes_after_the_scan_that_did_not_come(client, page):
    started("2024-10-17")
    Clock.objects.update(scanned_at=moment("2024-10-17 20:00"))
    morning = moment("2024-10-18 06:00")

    assert seen(client, page, minutes_after(morning, 14))[:2] == (200, False)
    status, banner, shown = seen(client, page, minutes_after(morning, 16))

    assert (status, banner) == (503, True)
    assert "Nobody has looked for what is due for 10 hours. Is the worker running?" in shown


def test_when_all_dies_in_the_middle_of_a_day_all_see_it_within_15_minutes(client, page, nora):
    """Though nothing waits that anybody knows of: what is entered then is found by no scan."""
    started("2024-10-17")
    morning, dies = moment("2024-10-18 06:00"), moment("2024-10-18 09:00")
    wake_up(morning)
    with time_machine.travel(dies, tick=False):
        tasks.send()
    due.scan_every_hour(now=dies)
    FollowUpFactory(due_on="2024-10-18", assignee=nora)

    assert seen(client, page, minutes_after(dies, 14))[:2] == (200, False)
    status, banner, shown = seen(client, page, minutes_after(dies, 16))

    assert (status, banner) == (503, True)
    assert "For 16 minutes nobody has come to send reminders. Are the worker and beat running?" in shown
    with time_machine.travel(minutes_after(dies, 20), tick=False):
        tasks.send()
    assert seen(client, page, minutes_after(dies, 21))[:2] == (200, False)


def test_to_remind_by_hand_once_does_not_bring_the_worker_back(client, page):
    """Nor the banner away: what is entered from now on is found by nobody."""
    started("2024-10-17")
    with time_machine.travel(moment("2024-10-18 09:00"), tick=False):
        tasks.send()
    with time_machine.travel(moment("2024-10-18 11:00"), tick=False):
        call_command("remind", stdout=io.StringIO())

    assert seen(client, page, moment("2024-10-18 11:01"))[:2] == (503, True)


def test_a_new_house_whose_worker_was_never_started_says_so_within_15_minutes(client, page):
    new = moment("2024-10-18 09:30")
    Clock.objects.create(pk=Clock.THE_ONE, created_at=new)

    assert seen(client, page, minutes_after(new, 14))[:2] == (200, False)
    status, banner, shown = seen(client, page, minutes_after(new, 16))

    assert (status, banner) == (503, True)
    assert "For 16 minutes nobody has come to send reminders. Are the worker and beat running?" in shown


def test_a_scan_that_fails_in_the_middle_of_a_day_is_seen_while_the_sender_goes_on(client, page):
    """The first scan of the day came; the promise of this morning for today is found by none that fails."""
    started("2024-10-17")
    wake_up(moment("2024-10-18 06:00"))
    with time_machine.travel(moment("2024-10-18 07:14"), tick=False):
        tasks.send()

    assert seen(client, page, moment("2024-10-18 07:14"))[:2] == (200, False)
    status, banner, shown = seen(client, page, moment("2024-10-18 07:16"))

    assert (status, banner) == (503, True)
    assert "Nobody has looked for what is due for 76 minutes." in shown


def test_the_night_is_not_waited_for(client, page):
    started("2024-10-17")
    wake_up(moment("2024-10-17 20:00"))
    for time in ("2024-10-17 23:59", "2024-10-18 00:01", "2024-10-18 06:14"):
        now = moment(time)
        Clock.woken(at=now)
        assert seen(client, page, now)[:2] == (200, False)
    assert seen(client, page, moment("2024-10-18 06:16"))[:2] == (503, True)


def test_where_cron_reminds_one_scan_a_day_is_waited_for_and_no_worker(client, page, settings):
    settings.REMIND_BY_CRON = True
    started("2024-10-17")
    with time_machine.travel(moment("2024-10-18 06:00"), tick=False):
        call_command("remind", stdout=io.StringIO())

    assert seen(client, page, moment("2024-10-18 20:00"))[:2] == (200, False)
    assert seen(client, page, moment("2024-10-19 06:14"))[:2] == (200, False)
    assert seen(client, page, moment("2024-10-19 06:16"))[:2] == (503, True)


def test_with_a_nonsense_password_all_see_it_within_15_minutes(client, page, nora, sink, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "goldenbook", "nonsense"
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    first = moment("2024-10-18 06:00")
    for minute in range(15):
        wake_up(minutes_after(first, minute))

    assert seen(client, page, minutes_after(first, 14))[:2] == (200, False)
    status, banner, shown = seen(client, page, minutes_after(first, 16))

    assert (status, banner) == (503, True)
    assert "The mail server does not serve us. See what it answers." in shown
    assert reverse("admin:reminders_mail_changelist") + "?state__in=due,sending" in shown


def test_a_mail_refused_for_good_is_seen_at_once_until_it_is_settled(client, page, nora, sink):
    sink.at_rcpt = ["550 no such user"]
    promise = FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    now = moment("2024-10-18 06:00")
    wake_up(now)

    status, banner, shown = seen(client, page, minutes_after(now, 1))
    assert (status, banner) == (503, True)
    assert "1 reminder mail was refused and reached nobody. See why, mend it" in shown

    promise.complete(on=day("2024-10-18"))
    assert seen(client, page, minutes_after(now, 2))[:2] == (200, False)


def test_who_cannot_act_is_told_whom_to_tell(client, page):
    started("2024-10-18")
    now = moment("2024-10-18 07:00")
    Clock.pause(Clock.Why.OLDER, now=now)

    _status, _banner, shown = seen(client, page, now, "reader")
    assert (
        "these data are older than what was sent, as after a restored backup. Tell the administration"
        in shown
    )
    assert "resume-sending" not in shown

    _status, _banner, shown = seen(client, page, now, "administrator")
    assert "manage.py resume-sending" in shown


def test_while_all_is_well_no_page_says_anything(client, page, nora, mailoutbox):
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    now = moment("2024-10-18 06:00")
    wake_up(now)

    assert seen(client, page, minutes_after(now, 40))[:2] == (200, False)


def test_rows_that_wait_make_the_question_no_dearer(nora):
    def queries():
        with CaptureQueriesContext(connection) as found:
            health.state(today=day("2024-10-18"), now=moment("2024-10-18 06:05"))
        return len(found)

    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    due.scan(now=moment("2024-10-18 06:00"))
    one = queries()
    for _count in range(20):
        FollowUpFactory(due_on="2024-10-18", assignee=user_in("officer"))
    started("2024-10-17")
    due.scan(now=moment("2024-10-18 06:01"))

    assert Reminder.objects.count() == 21
    assert queries() == one


def test_each_process_remembers_what_it_found_for_some_seconds(client, settings):
    settings.CACHES = {
        **settings.CACHES,
        "here": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test"},
    }
    started("2024-10-18")
    now = moment("2024-10-18 06:00")
    with time_machine.travel(now, tick=False) as clock:
        assert client.get("/health/").status_code == 200
        Clock.pause(Clock.Why.OLDER, now=now)
        assert client.get("/health/").status_code == 200
        clock.shift(health.KEPT_FOR + 1)
        assert client.get("/health/").status_code == 503
