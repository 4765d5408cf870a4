import datetime

import pytest
import time_machine
from django.utils import timezone

from reminders import due, outbox
from reminders.models import Clock, Mail
from tests.factories import FollowUpFactory, PartnershipFactory
from tests.reminders.clock import at, moment, remind, started


def health(client):
    answer = client.get("/health/")
    return answer.status_code, answer.json()


def test_health_of_a_house_where_all_went_out(client, berlin_istanbul, office):
    started("2024-10-17")
    remind("2024-10-18")

    with at("2024-10-18", 7):
        status, found = health(client)

    assert (status, found["ok"]) == (200, True)
    assert 3500 < found["last_scan"]["age_seconds"] < 3700
    assert found["oldest_mail"] == {"age_seconds": None, "is_late": False}
    assert found["sending_paused"] is False


def test_it_names_nobody(client, nora, office):
    FollowUpFactory(title="Call back", due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        text = client.get("/health/").content.decode()

    assert sorted(health(client)[1]) == [
        "last_scan",
        "mail_server",
        "mails_refused",
        "ok",
        "oldest_mail",
        "sending_paused",
        "sending_paused_because",
        "worker",
    ]
    assert "Call back" not in text
    assert "nora" not in text


def test_nobody_keeps_it(client, db):
    assert "no-store" in client.get("/health/")["Cache-Control"]


@pytest.mark.parametrize(("clock", "status"), [("05:59", 200), ("06:14", 200), ("06:16", 503)])
def test_a_scan_is_late_15_minutes_after_the_first_of_the_day_should_have_come(client, office, clock, status):
    started("2024-10-17")
    Clock.objects.update(scanned_at=moment("2024-10-17 20:00"))

    with time_machine.travel(moment(f"2024-10-18 {clock}"), tick=False):
        assert health(client)[0] == status


def test_before_the_first_scan_its_age_counts_from_the_installation(client, office):
    clock = Clock.current()
    clock.created_at = moment("2024-10-18 05:00")
    clock.save()

    for time, status in (("05:59", 200), ("06:14", 200), ("06:16", 503)):
        Clock.woken(at=moment(f"2024-10-18 {time}"))
        with time_machine.travel(moment(f"2024-10-18 {time}"), tick=False):
            assert health(client)[0] == status


@pytest.mark.parametrize(("minute", "status"), [(14, 200), (16, 503)])
def test_a_mail_that_waits_for_the_server_is_late_after_15_minutes(
    client, nora, office, sink, minute, status
):
    sink.at_rcpt = ["451 later"]
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    remind("2024-10-18")
    now = timezone.now()
    Clock.objects.update(scanned_at=now)
    Mail.objects.update(not_before=now - datetime.timedelta(minutes=minute))

    found = health(client)

    assert (found[0], found[1]["oldest_mail"]["is_late"]) == (status, status == 503)


@pytest.mark.parametrize(("minute", "status"), [(14, 200), (16, 503)])
def test_a_server_that_is_away_is_told_though_no_mail_waits_for_it(client, office, minute, status):
    started("2024-10-17")
    remind("2024-10-18")
    with at("2024-10-18", 7):
        Clock.objects.update(server_down_since=timezone.now() - datetime.timedelta(minutes=minute))
        found = health(client)

    assert (found[0], found[1]["mail_server"]["is_late"]) == (status, status == 503)
    assert found[1]["oldest_mail"] == {"age_seconds": None, "is_late": False}


def test_a_server_that_is_back_is_found_though_no_mail_waits_for_it(client, office, sink):
    started("2024-10-17")
    with at("2024-10-18", 7):
        due.scan()
        now = timezone.now()
        Clock.objects.update(server_down_since=now - datetime.timedelta(hours=9), next_probe_at=now)
        outbox.send()
        found = health(client)

    assert (found[0], found[1]["mail_server"]["down_since"]) == (200, None)
    assert sink.recipients == []


def test_a_sender_that_has_stopped_is_seen_before_there_is_a_mail(client, nora, office):
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        assert health(client)[0] == 200
    with at("2024-10-18", 7):
        assert health(client)[0] == 503
        outbox.send()
        assert health(client)[0] == 200


def test_what_waits_for_tomorrows_mail_is_not_late(client, berlin_istanbul, nora, office):
    started("2024-10-17")
    remind("2024-10-18")
    with at("2024-10-18", 9):
        PartnershipFactory(founded="2014-11-17", responsible=nora)
    remind("2024-10-18", hour=10)

    with at("2024-10-18", 18):
        due.scan()
        assert health(client)[0] == 200


def test_what_nobody_is_there_to_get_is_late(client, office):
    PartnershipFactory(founded="2014-11-17")
    started("2024-10-17")
    remind("2024-10-18")

    with at("2024-10-18", 7):
        assert health(client)[0] == 503


def test_while_sending_waits_for_a_person_the_house_is_not_well(client, berlin_istanbul, office):
    started("2024-09-01")
    remind("2024-10-18")

    with at("2024-10-18", 7):
        status, found = health(client)

    assert (status, found["sending_paused"], found["oldest_mail"]["is_late"]) == (503, True, False)
