"""When the day of reminders begins: at six where the office is, whatever the machine and the beat think."""

import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from config.celery import app
from contacts.models import Office
from reminders import due, tasks
from reminders.models import Clock, Reminder
from tests.factories import FollowUpFactory
from tests.reminders.clock import at, day, started

QUARTER = datetime.timedelta(minutes=15)
WORKING_DAY = [f"{hour:02}:00" for hour in range(6, 21)]


def be_in(zone):
    office = Office.current()
    office.timezone = zone
    office.save()


def scans_of(text, zone):
    """By the office's clock, when the beat finds something to do from midnight to midnight of that day."""
    local = ZoneInfo(zone)
    start, end = (
        datetime.datetime.combine(one, datetime.time(0), tzinfo=local).astimezone(datetime.UTC)
        for one in (day(text), day(text) + datetime.timedelta(days=1))
    )
    found, moment = [], start
    while moment < end:
        with time_machine.travel(moment, tick=False):
            before = Clock.current().scanned_at
            tasks.scan()
            if Clock.current().scanned_at != before:
                found.append(f"{moment.astimezone(local):%H:%M}")
        moment += QUARTER
    return found


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2025-03-30", "Europe/Berlin"),
        ("2025-10-26", "Europe/Berlin"),
        ("2026-11-01", "America/New_York"),
        ("2025-07-01", "Asia/Kathmandu"),
    ],
    ids=["spring", "autumn", "autumn over there", "quarters"],
)
def test_the_scans_of_a_day_are_at_each_full_hour_of_the_office_from_six(text, zone):
    be_in(zone)

    assert scans_of(text, zone) == WORKING_DAY


def test_the_zone_that_staff_choose_decides_not_the_one_of_the_environment(nora):
    assert settings.TIME_ZONE == "Europe/Berlin"
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    be_in("America/New_York")

    with at("2024-10-18", 6):  # midnight in New York
        tasks.scan()
    assert Reminder.objects.count() == 0

    with at("2024-10-18", 12):  # six in New York
        tasks.scan()
    assert [row.due_on for row in Reminder.objects.all()] == [day("2024-10-18")]


def test_a_zone_changed_during_the_day_sends_no_stage_twice_and_leaves_none_out(nora, mailoutbox):
    for text in ("2024-10-18", "2024-10-19"):
        FollowUpFactory(due_on=text, assignee=nora)
    started("2024-10-17")
    moment = datetime.datetime(2024, 10, 18, 0, 0, tzinfo=datetime.UTC)
    zones = {6: "Asia/Tokyo", 12: "America/New_York", 30: "Pacific/Auckland", 40: "Europe/Berlin"}

    for hour in range(60):
        with time_machine.travel(moment + datetime.timedelta(hours=hour), tick=False):
            if hour in zones:
                be_in(zones[hour])
            tasks.scan()
            tasks.send()

    on_the_day = Reminder.objects.filter(stage__days=0).order_by("due_on")
    assert [(row.due_on, row.state) for row in on_the_day] == [
        (day("2024-10-18"), "mailed"),
        (day("2024-10-19"), "mailed"),
    ]


def test_a_worker_that_was_down_at_six_scans_as_soon_as_it_is_back(office):
    started("2024-10-17")

    with at("2024-10-18", 6), time_machine.travel(timezone.now() + QUARTER, tick=False):
        tasks.scan()

    assert Clock.current().scanned_until == day("2024-10-18")


def test_at_night_nobody_scans(office):
    started("2024-10-17")

    for hour in (0, 3, 5, 21, 23):
        with at("2024-10-18", hour):
            tasks.scan()

    assert Clock.current().scanned_until == day("2024-10-17")


def test_by_hand_a_scan_runs_at_any_hour(office):
    started("2024-10-17")

    with at("2024-10-18", 3):
        due.scan()

    assert Clock.current().scanned_until == day("2024-10-18")


def test_the_beat_wakes_the_scan_at_each_quarter_of_an_hour_of_a_clock_without_summer_time():
    schedule = app.conf.beat_schedule["scan"]["schedule"]

    assert (schedule.minute, schedule.hour) == ({0, 15, 30, 45}, set(range(24)))
    assert settings.CELERY_TIMEZONE == "UTC"
