"""How long mails are kept, and what stays of them."""

import pytest
from django.utils import timezone

from reminders import due, guard, outbox, retention, tasks
from reminders.models import Attempt, Mail, Reminder
from tests.factories import FollowUpFactory, user_in
from tests.reminders.clock import at, day, remind, started


@pytest.fixture(autouse=True)
def _our_office(office, settings):
    settings.MAIL_KEEP_DAYS = 100
    return office


@pytest.fixture
def mail(nora):
    FollowUpFactory(title="Call back", due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    remind("2024-10-18")
    return Mail.objects.get()


def forget(text):
    return retention.forget_old_mails(today=day(text))


def test_a_mail_is_kept_for_as_long_as_the_operator_sets(mail):
    assert forget("2025-01-26") == 0
    assert Mail.objects.get() == mail

    assert forget("2025-01-27") == 1
    assert (Mail.objects.count(), Attempt.objects.count()) == (0, 0)


def test_what_stays_names_the_stage_and_its_day_and_nobody(mail):
    forget("2025-01-27")

    reminder = Reminder.objects.get()
    assert (reminder.state, reminder.mail, reminder.mailed_on) == ("mailed", None, day("2024-10-18"))
    reminder.full_clean()


def test_with_nought_mails_are_kept_for_ever(mail, settings):
    settings.MAIL_KEEP_DAYS = 0

    assert forget("2999-01-01") == 0
    assert Mail.objects.count() == 1


def test_a_stage_whose_mail_is_gone_is_never_sent_again(mail, mailoutbox):
    forget("2025-01-27")
    before = len(mailoutbox)

    with at("2024-10-18", 9):
        # As if the clock had been put back: the same day is scanned and sent once more.
        due.plan(due.on_day(day("2024-10-18")))
        guard.resume(now=timezone.now())
        assert outbox.send() == 0

    assert len(mailoutbox) == before
    assert Reminder.objects.get().state == "mailed"


def test_a_failed_mail_goes_too_and_its_reminder_is_missed_not_sent(mail, mailoutbox):
    Mail.objects.update(state=Mail.State.FAILED)
    Reminder.objects.update(state=Reminder.State.DUE)

    forget("2025-01-27")

    assert [(row.state, row.mail, row.mailed_on) for row in Reminder.objects.all()] == [
        ("missed", None, None)
    ]
    with at("2024-10-18", 9):
        assert outbox.send() == 0


@pytest.mark.parametrize("state", [Mail.State.DUE, Mail.State.SENDING])
def test_what_is_still_under_way_stays_however_old_it_is(mail, state):
    claim = {"token": "0" * 32, "lease_until": timezone.now()} if state == Mail.State.SENDING else {}
    Mail.objects.update(state=state, **claim)

    assert forget("2999-01-01") == 0
    assert Mail.objects.count() == 1


def test_many_go_in_small_batches(office, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        FollowUpFactory(due_on="2024-10-18", assignee=user_in("officer", email=f"u{number}@example.org"))
    started("2024-10-17")
    remind("2024-10-18")

    assert forget("2025-01-27") == 5
    assert Reminder.objects.filter(state="mailed", mail=None, mailed_on="2024-10-18").count() == 5


def test_a_failed_mail_that_is_gone_cannot_be_tried_again(mail):
    Mail.objects.update(state=Mail.State.FAILED)
    forget("2025-01-27")

    assert mail.try_again() is False


def test_the_task_of_the_night_forgets(mail):
    with at("2025-01-27", 4):
        tasks.forget()

    assert Mail.objects.count() == 0
