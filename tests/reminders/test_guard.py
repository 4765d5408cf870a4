"""A copy of the data, or a backup of them, sends nothing until somebody says so."""

import datetime
import io
import os
import threading
import time
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from reminders import due, guard, outbox
from reminders.models import Clock, Mail, Reminder
from tests.factories import FollowUpFactory, MailFactory
from tests.reminders.clock import at, day, started

Why = Clock.Why


@pytest.fixture(autouse=True)
def _our_office(office):
    return office


@pytest.fixture
def sent(sink, nora):
    """A house that has sent a mail over the wire, and has another one ready."""
    FollowUpFactory(title="Call back", due_on="2024-10-18", assignee=nora)
    FollowUpFactory(title="Write to Istanbul", due_on="2024-10-28", assignee=nora)
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        assert outbox.send() == 1
    with at("2024-10-21"):
        due.scan()
        outbox.tie(today=day("2024-10-21"))
        yield sink


def moved(settings, tmp_path, name="elsewhere"):
    """As on another machine: its own folder."""
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    settings.INSTANCE_FILE = str(folder / "instance")


def why():
    clock = Clock.current()
    return clock.paused_because if clock.is_paused else None


def resume(**options):
    said = io.StringIO()
    call_command("resume-sending", stdout=said, **options)
    return said.getvalue().splitlines()


# --- where it may ---


def test_the_first_start_makes_the_file_and_remembers_its_name(sent, settings):
    name, mark = Path(settings.INSTANCE_FILE).read_text().split()

    assert Clock.current().instance == name
    assert Clock.current().mark == int(mark) > 0


def test_where_it_is_at_home_it_goes_on(sent):
    assert outbox.send() == 1
    assert why() is None


def test_workers_on_several_machines_share_a_name_from_the_settings(sent, settings, tmp_path):
    Clock.objects.update(instance="", mark=0)
    Mail.objects.filter(state=Mail.State.SENT).update(state=Mail.State.CANCELLED)
    settings.INSTANCE_ID = "city of examples"
    for machine in ("one", "two", "one"):
        moved(settings, tmp_path, machine)
        assert guard.may_send(now=timezone.now()) is True
        with guard.Mark() as mark:
            mark.before_a_mail()

    assert Clock.current().instance == "city of examples"


def test_workers_that_start_at_once_agree_on_one_name(monkeypatch):
    names, barrier = set(), threading.Barrier(8)
    read = os.pread

    def read_and_dawdle(*file):
        found = read(*file)
        time.sleep(0.02)
        return found

    def start():
        barrier.wait()
        names.add(guard.kept().name)

    # Else each is done before the next one begins.
    monkeypatch.setattr(os, "pread", read_and_dawdle)
    threads = [threading.Thread(target=start) for _count in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(names) == 1


def test_the_mark_outside_never_falls():
    guard.kept(at_least=7)

    assert guard.kept(at_least=3).mark == guard.kept().mark == 7


# --- where it may not ---


def test_a_copy_on_another_machine_sends_nothing(sent, settings, tmp_path):
    moved(settings, tmp_path)

    assert outbox.send() == 0
    assert (why(), len(sent.accepted)) == (Why.OTHER_PLACE, 1)


def test_a_copy_from_before_names_sends_nothing(sent):
    Clock.objects.update(instance="", mark=0)

    assert outbox.send() == 0
    assert why() == Why.OTHER_PLACE


def test_a_copy_at_another_address_sends_nothing(sent, settings):
    settings.SITE_URL = "https://test.example.org"

    assert outbox.send() == 0
    assert why() == Why.OTHER_SITE


def test_a_backup_restored_on_the_same_machine_sends_nothing(sent):
    backup = Clock.current().mark
    assert outbox.send() == 1
    Clock.objects.update(mark=backup)
    Mail.objects.update(state=Mail.State.DUE)

    assert outbox.send() == 0
    assert (why(), len(sent.accepted)) == (Why.OLDER, 2)


def test_a_backup_taken_in_the_midst_of_sending_is_older_too(sent, monkeypatch):
    backups = []
    hand_over = outbox.hand_over

    def watched(claim, line, *, sender):
        backups.append(Clock.current().mark)
        return hand_over(claim, line, sender=sender)

    monkeypatch.setattr(outbox, "hand_over", watched)
    assert outbox.send() == 1
    Clock.objects.update(mark=backups[0])

    assert outbox.send() == 0
    assert why() == Why.OLDER


def test_a_backup_is_older_for_a_machine_that_only_looked_on_while_another_one_sent(sent, settings, tmp_path):
    backup = Clock.current().mark
    settings.INSTANCE_ID = Clock.current().instance
    assert outbox.send() == 1
    moved(settings, tmp_path)
    assert outbox.send() == 0
    assert why() is None

    Clock.objects.update(mark=backup)
    Mail.objects.update(state=Mail.State.DUE)

    assert outbox.send() == 0
    assert (why(), len(sent.accepted)) == (Why.OLDER, 2)


def test_a_file_that_cannot_be_raised_keeps_no_mail_back(sent, settings, tmp_path, monkeypatch):
    settings.INSTANCE_ID = Clock.current().instance
    moved(settings, tmp_path)
    guard.kept()

    def full(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "pwrite", full)

    assert outbox.send() == 1


def test_a_backup_after_which_nothing_was_sent_goes_on(sent):
    assert outbox.send() == 1
    mark = Clock.current().mark

    for _wake_up in range(3):
        outbox.send()

    assert (Clock.current().mark, why()) == (mark, None)


def test_while_it_waits_the_scan_goes_on(sent, settings, tmp_path, nora):
    moved(settings, tmp_path)
    outbox.send()
    FollowUpFactory(due_on="2024-10-22", assignee=nora)

    with at("2024-10-22"):
        assert due.scan() == 1
        assert outbox.send() == 0


def test_once_paused_it_waits_though_the_cause_is_gone(sent, settings, tmp_path):
    home = settings.INSTANCE_FILE
    moved(settings, tmp_path)
    outbox.send()
    settings.INSTANCE_FILE = home

    assert outbox.send() == 0


def test_where_the_file_cannot_be_kept_nothing_is_sent(sent, settings, tmp_path):
    (tmp_path / "a file").touch()
    settings.INSTANCE_FILE = str(tmp_path / "a file" / "instance")

    assert outbox.send() == 0
    assert why() == Why.NO_IDENTITY
    with pytest.raises(CommandError, match="cannot be kept"):
        resume(yes=True)


def test_a_file_that_can_be_kept_no_longer_in_the_midst_of_sending_keeps_no_mail_back(
    sent, settings, tmp_path
):
    mark = guard.Mark()
    settings.INSTANCE_FILE = str(tmp_path / "no such folder" / "instance")

    with mark:
        mark.before_a_mail()

    assert not os.path.exists(settings.INSTANCE_FILE)


def test_mails_that_go_into_files_may_do_so_anywhere_and_leave_no_trace(sent, settings, tmp_path):
    before = Clock.current()
    moved(settings, tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert outbox.send() == 1
    assert (Clock.current().instance, Clock.current().mark) == (before.instance, before.mark)
    assert not os.path.exists(settings.INSTANCE_FILE)


# --- somebody says so ---


def test_resuming_says_why_it_waits_and_what_would_go_out_and_asks(sent, settings, tmp_path, monkeypatch):
    moved(settings, tmp_path)
    outbox.send()
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))

    assert resume() == [
        "Sending waits since 2024-10-21 06:00: the data come from another installation.",
        "Mails that would go out: 1, with what was due since 2024-10-21.",
        "From then on this installation sends, as http://localhost:8000, and no copy of it.",
        "Let them out? Type yes: Nothing was changed; sending still waits.",
    ]
    assert (why(), outbox.send()) == (Why.OTHER_PLACE, 0)


def test_without_an_answer_nothing_is_resumed(sent, settings, tmp_path, monkeypatch):
    moved(settings, tmp_path)
    outbox.send()
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    assert resume()[-1].endswith("sending still waits.")


@pytest.mark.parametrize("answer", ["yes\n", "JA\n"])
def test_who_says_yes_lets_them_out(sent, settings, tmp_path, monkeypatch, answer):
    moved(settings, tmp_path)
    outbox.send()
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    resume()

    assert (why(), outbox.send(), len(sent.accepted)) == (None, 1, 2)


def test_it_counts_what_is_in_no_mail_yet(sent, settings, tmp_path, toni):
    FollowUpFactory(due_on="2024-10-21", assignee=toni)
    due.scan()
    moved(settings, tmp_path)
    outbox.send()

    assert resume(yes=True)[1] == "Mails that would go out: 2, with what was due since 2024-10-21."


def test_whoever_resumed_is_above_what_other_machines_have_seen(sent, settings, tmp_path):
    here, there = settings.INSTANCE_FILE, tmp_path / "there"
    settings.INSTANCE_ID = Clock.current().instance
    backup = Clock.current().mark
    guard.kept(at_least=backup + 20)
    settings.INSTANCE_FILE = str(there)
    guard.kept(at_least=backup + 30)
    settings.INSTANCE_FILE = here
    assert outbox.send() == 0

    resume(yes=True)

    settings.INSTANCE_FILE = str(there)
    assert (outbox.send(), why()) == (1, None)


def test_a_mail_put_off_to_a_later_day_stays_so_when_sending_goes_on(settings):
    now = timezone.now()
    later = now + datetime.timedelta(days=3)
    mail = MailFactory(not_before=later, next_try_at=later)
    Clock.current()
    Clock.pause(Why.LONG_GAP, now=now)

    resume(yes=True)

    mail.refresh_from_db()
    assert mail.not_before == later
    assert Reminder.objects.count() == 0


# --- links for a new password ---


def ask_for_a_link(client, nora):
    return client.post(reverse("admin_password_reset"), {"email": nora.email})


@pytest.fixture
def subjects(sent):
    cache.clear()  # how often a link was asked for
    return lambda: [message["Subject"] for message in sent.accepted[1:]]


def test_a_house_at_home_mails_links_for_a_new_password(client, subjects, nora):
    assert ask_for_a_link(client, nora).status_code == 302
    assert subjects() == ["Goldenbook: choose a new password"]


def test_a_copy_at_another_address_mails_no_links_and_says_so(client, subjects, nora, settings):
    settings.SITE_URL = "https://test.example.org"

    answers = [client.get(reverse("admin_password_reset")), ask_for_a_link(client, nora)]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert all("Das hier ist eine Kopie" in answer.content.decode() for answer in answers)
    assert subjects() == []


def test_a_copy_on_another_machine_mails_no_links_once_its_worker_has_looked(
    client, subjects, nora, settings, tmp_path
):
    moved(settings, tmp_path)
    assert outbox.send() == 0

    assert ask_for_a_link(client, nora).status_code == 503
    assert subjects() == []


@pytest.mark.parametrize("milder", [Why.LONG_GAP, Why.OLDER, Why.NO_IDENTITY])
def test_a_copy_is_known_as_one_though_it_waits_for_something_else(
    client, subjects, nora, settings, tmp_path, milder
):
    moved(settings, tmp_path)
    Clock.pause(milder, now=timezone.now())

    assert outbox.send() == 0

    assert why() == Why.OTHER_PLACE
    assert ask_for_a_link(client, nora).status_code == 503
    assert subjects() == []


def test_a_copy_stays_one_whatever_else_comes_up(settings, tmp_path, subjects):
    moved(settings, tmp_path)
    assert outbox.send() == 0

    Clock.pause(Why.LONG_GAP, now=timezone.now())

    assert why() == Why.OTHER_PLACE


def test_a_copy_that_somebody_confirmed_mails_links(client, subjects, nora, settings, monkeypatch):
    settings.SITE_URL = "https://test.example.org"
    assert outbox.send() == 0
    resume(yes=True)

    ask_for_a_link(client, nora)

    assert subjects() == ["Goldenbook: choose a new password"]


@pytest.mark.parametrize("reason", [Why.LONG_GAP, Why.OLDER, Why.NO_IDENTITY])
def test_what_is_no_copy_mails_links_while_reminders_wait(client, subjects, nora, reason):
    Clock.pause(reason, now=timezone.now())

    ask_for_a_link(client, nora)

    assert subjects() == ["Goldenbook: choose a new password"]


def test_where_mails_go_into_files_a_copy_may_write_them(client, sent, nora, settings):
    settings.SITE_URL = "https://test.example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert ask_for_a_link(client, nora).status_code == 302
