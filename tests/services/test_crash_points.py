"""Killed before every single statement: what was under way is whole or not begun, and nothing comes twice.

Each process here is a real one, and SIGKILL ends it: no rollback, no `finally`, no goodbye to the database.
"""

import datetime
import email
import time
from collections import Counter
from itertools import count

import pytest
from django.db.models import Count

from contacts.models import Office
from delegations.models import FollowUp
from relations.models import Partnership
from reminders import due, outbox
from reminders.models import Attempt, Clock, Mail, Reminder, Rule, Stage
from reminders.shipped import ship
from tests.dying import killed_before
from tests.factories import FollowUpFactory, PartnershipFactory, user_in
from tests.reminders.clock import started

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 12
# The longest of: a lease, and the minute until the next try.
PATIENCE = 300


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> datetime.date:
    """A day with a follow-up and an anniversary for each of twelve people, scanned until yesterday."""
    # On a weekend too, on which an anniversary in thirty days would wait for Monday.
    monkeypatch.setattr(Office, "next_working_day", lambda office, day: day)
    ship(Rule, Stage)
    Office.current()
    today = due.office_today()
    in_30_days = today + datetime.timedelta(days=30)
    for number in range(PEOPLE):
        person = user_in("officer", email=f"user{number}@example.org")
        FollowUpFactory(due_on=today.isoformat(), assignee=person)
        PartnershipFactory(founded=in_30_days.replace(year=1996).isoformat(), responsible=person)
    started((today - datetime.timedelta(days=1)).isoformat())
    # One row of each kind is new, so that the scan also catches up.
    FollowUp.objects.first().save()
    Partnership.objects.first().save()
    return today


def test_a_scan_killed_before_any_statement_loses_and_doubles_nothing(today):
    wanted = {each.key for each in due.since(Clock.current(), today=today)}
    assert len(wanted) == 2 * PEOPLE

    for statement in count(1):
        killed = killed_before(statement, due.scan)
        entered = set(Reminder.objects.values_list("key", flat=True))
        if Clock.current().scanned_until == today:
            assert entered == wanted, f"killed before statement {statement}"
        if not killed:
            break

    assert Clock.current().scanned_until == today
    assert sorted(Reminder.objects.values_list("key", flat=True)) == sorted(wanted)
    assert set(Reminder.objects.values_list("state", flat=True)) == {Reminder.State.DUE}
    print(f"killed before each of {statement - 1} statements of a scan")
    assert statement > 20


def test_a_sender_killed_before_any_statement_loses_nothing_and_doubles_only_what_is_unknown(
    today, settings, tmp_path
):
    """Tying, claiming, composing, delivering into a file, closing: each is cut short somewhere."""
    settings.EMAIL_BACKEND = "config.mailfiles.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.EMAIL_TIMEOUT = 1
    due.scan()

    def delivered():
        files = (tmp_path / "mail").glob("*.eml")
        return Counter(email.message_from_bytes(file.read_bytes())["Message-ID"] for file in files)

    for statement in count(1):
        killed = killed_before(statement, outbox.send)
        sent = Mail.objects.filter(state=Mail.State.SENT).values_list("message_id", flat=True)
        assert set(sent) - set(delivered()) == set(), f"killed before statement {statement}"
        assert not Mail.objects.filter(reminders=None).exists(), f"killed before statement {statement}"
        if not killed:
            break
    print(f"killed before each of {statement - 1} statements of a send")
    until = time.monotonic() + PATIENCE
    while Mail.objects.waiting().exists() and time.monotonic() < until:
        outbox.send()
        time.sleep(1)

    unknown = dict(
        Mail.objects.filter(attempts__outcome=Attempt.Outcome.UNKNOWN)
        .annotate(unknown=Count("attempts"))
        .values_list("message_id", "unknown")
    )
    copies = delivered()
    print(f"{copies.total() - len(copies)} extra copies, {sum(unknown.values())} attempts unknown")
    assert list(Mail.objects.values_list("state", flat=True)) == [Mail.State.SENT] * PEOPLE
    assert list(Reminder.objects.values_list("state", flat=True)) == [Reminder.State.MAILED] * 2 * PEOPLE
    assert set(copies) == set(Mail.objects.values_list("message_id", flat=True))
    assert {each: more for each, more in copies.items() if more > 1 + unknown.get(each, 0)} == {}
    # Some died after the mail was delivered and before they could say so.
    assert copies.total() > PEOPLE
