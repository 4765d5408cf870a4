import pytest
from django.core.management import CommandError, call_command

from config.celery import app
from reminders import tasks
from reminders.models import Clock, Mail, Reminder
from tests.factories import FollowUpFactory
from tests.reminders.clock import at, day, started


def said(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out.splitlines()


def test_a_dry_run_says_what_would_go_to_whom_and_why(
    berlin_istanbul, treptow_tepebasi, office, capsys, english
):
    started("2030-01-01")

    lines = said(capsys, "remind", "--on", "2024-10-18", "--dry-run")

    assert lines == [
        "Nora Beispiel <nora@example.org>",
        "  Berlin–Istanbul: 35 years, 2024-11-17; due 2024-10-18, because of "
        "“Round anniversaries, 30 days before”, to responsible",
        "  Treptow-Köpenick–Tepebaşı: 7 years, 2024-11-17; due 2024-10-18, because of "
        "“Anniversaries of every year, 30 days before”, to responsible",
        "Reminders on 2024-10-18: 2. Nothing was written or sent.",
    ]


def test_a_dry_run_moves_nothing(berlin_istanbul, office, capsys):
    started("2024-01-01")

    said(capsys, "remind", "--on", "2024-10-18", "--dry-run")

    assert Reminder.objects.count() == Mail.objects.count() == 0
    assert Clock.current().scanned_until == day("2024-01-01")


def test_a_dry_run_counts_nothing_as_new(berlin_istanbul, office, capsys, english):
    assert said(capsys, "remind", "--on", "2024-10-19", "--dry-run") == [
        "Reminders on 2024-10-19: 0. Nothing was written or sent."
    ]


def test_a_dry_run_of_today_shows_what_the_next_scan_would_find(berlin_istanbul, office, capsys, english):
    started("2024-10-10")

    with at("2024-10-21"):
        lines = said(capsys, "remind", "--dry-run")

    assert lines[1:] == [
        "  Berlin–Istanbul: 35 years, 2024-11-17; due 2024-10-18, because of "
        "“Round anniversaries, 30 days before”, to responsible",
        "Reminders on 2024-10-21: 1. Nothing was written or sent.",
    ]


def test_remind_is_one_scan_and_one_send(berlin_istanbul, office, capsys, mailoutbox):
    started("2024-10-17")

    with at("2024-10-18"):
        assert said(capsys, "remind") == ["New reminders: 1. Mails sent: 1."]

    assert len(mailoutbox) == 1
    assert Clock.current().scanned_until == day("2024-10-18")


def test_remind_as_on_a_day_leaves_the_watermark(berlin_istanbul, office, capsys, mailoutbox):
    started("2026-11-22")

    assert said(capsys, "remind", "--on", "2024-10-18") == ["New reminders: 1. Mails sent: 1."]
    assert said(capsys, "remind", "--on", "2024-10-18") == ["New reminders: 0. Mails sent: 0."]

    assert Clock.current().scanned_until == day("2026-11-22")


def test_a_day_that_is_none_is_refused(db):
    with pytest.raises(CommandError, match="write it like 2024-10-18"):
        call_command("remind", "--on", "18.10.2024")


def test_resuming_what_does_not_wait_says_so(db, capsys):
    assert said(capsys, "resume-sending") == ["Sending was not waiting."]


def test_the_clock_wakes_tasks_that_are_there():
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks


def test_the_tasks_scan_and_send(nora, office, mailoutbox):
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")

    with at("2024-10-18"):
        tasks.scan()
        tasks.send()

    assert len(mailoutbox) == 1
