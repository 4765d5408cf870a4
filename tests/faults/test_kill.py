"""Workers killed while they send: nothing is lost, and each second copy is on record as possible."""

import os
import signal
from datetime import timedelta

import pytest

from reminders import due, outbox
from reminders.models import Attempt, Reminder
from tests.faults import sink as post
from tests.faults.figures import outcome, record_outcome
from tests.faults.patience import EMPTY_WITHIN, SOON, is_empty, until
from tests.faults.people import owed
from tests.faults.sink import OK, Sink, mailbox, refuse_a_fifth
from tests.faults.table import record
from tests.faults.workers import Installation

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 4
# Divides the waits between two tries: 1 second, 5, 15, a minute, 4 minutes.
HURRY = 60


def killed_again_and_again(office, sink, dice, *, kills, deliveries):
    """Kill the whole group after each random number of deliveries, restart at once; seconds until empty."""
    with office.woken(), office.workers(PROCESSES) as next_worker:
        for _kill in range(kills):
            wanted = len(sink.copies) + dice.randint(*deliveries)
            with next_worker():
                assert sink.wait_for(wanted, within=SOON), office.last_words()
        with next_worker():
            return until(is_empty, within=EMPTY_WITHIN)


def test_d1_d3_workers_killed_while_they_send(size, seed, dice, redis, tmp_path):
    mails, kills = size.of(10_000, short=120), size.of(100, short=4)
    deliveries = (20, 150) if mails == 10_000 else (10, 30)
    addresses = owed(mails)
    outbox.tie(today=due.office_today())
    with post.running(Sink(answer_after=size.of(0.004, short=0.05))) as sink:
        refuse_a_fifth(sink, dice)
        office = Installation(tmp_path, sink.port, redis.url, hurry=HURRY)
        seconds = killed_again_and_again(office, sink, dice, kills=kills, deliveries=deliveries)

    found = outcome(addresses, sink.arrived)
    inboxes = mailbox(sink.copies)
    record_outcome("D1 killed while sending", found, mails=mails, kills=kills, seconds=seconds, seed=seed)
    record("D3 mailbox drops repeats", mails=inboxes.total(), kills=kills, seed=seed)
    # In one: what doubles a mail there breaks another promise too, and would not be seen behind it.
    doubled = [f"{count} mails lie with {address}" for address, count in inboxes.items() if count > 1]
    assert found.broken(at_most=kills * PROCESSES) + doubled == [], office.last_words()
    assert set(inboxes) == set(addresses)
    assert set(Reminder.objects.values_list("state", flat=True)) == {Reminder.State.MAILED}
    # Else no kill came while a mail was on its way, and nothing was shown.
    assert found.unknown >= 1


@pytest.mark.long
def test_a_worker_that_slept_past_its_lease(seed, redis, tmp_path):
    """Stopped while it sends, as a machine put to sleep; when it wakes its mail is somebody else's."""
    addresses = owed(1)
    # In time, and long enough for the sleeper to wake in the middle of it.
    sink = Sink(answer_after=4)
    answers = iter(["451 not now"])
    sink.at_data = lambda recipient: next(answers, OK)
    with post.running(sink):
        office = Installation(tmp_path, sink.port, redis.url, hurry=HURRY, email_timeout=6)
        with office.woken(), office.worker(1) as sleeper:
            until(lambda: len(sink.arrived) == 1)
            os.killpg(sleeper.pid, signal.SIGSTOP)
            with office.worker(1):
                until(lambda: len(sink.arrived) == 2)
                os.killpg(sleeper.pid, signal.SIGCONT)
                seconds = until(is_empty)
                until(lambda: len(sink.arrived) > 2, within=5)

    found = outcome(addresses, sink.arrived)
    record_outcome("slept past its lease", found, mails=1, kills=0, seconds=seconds, seed=seed)
    first, second, *more = Attempt.objects.order_by("pk")
    # Nobody takes over a mail while its first sender may still be at it.
    deadline = timedelta(seconds=3 * office.email_timeout)
    assert second.started_at - first.started_at > deadline
    assert found.broken(at_most=0) == [], office.last_words()
    assert (first.outcome, second.outcome, more) == (Attempt.Outcome.UNKNOWN, Attempt.Outcome.ACCEPTED, [])
