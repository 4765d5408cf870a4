"""Mail server or database are away for a while."""

import itertools
import time

import pytest
from django.db import connection

from reminders import due, outbox
from reminders.models import Attempt, Clock, Mail, Reminder
from tests.factories import user_in
from tests.faults import sink as post
from tests.faults.figures import outcome, record_outcome
from tests.faults.later import Later
from tests.faults.patience import EMPTY_WITHIN, SOON, is_empty, is_idle, until
from tests.faults.people import owed
from tests.faults.sink import DROP, Sink
from tests.faults.workers import Installation

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 4
HURRY = 60
# Minutes after which a mail that waits is late.
LATE_AFTER = 15


@pytest.mark.long
def test_d4_mail_server_down_for_hours(size, seed, client, redis, tmp_path):
    """Six hours with its port closed; then for a while it breaks off whatever is begun."""
    mails, later = size.of(5_000, short=60), Later()
    closed, dropping = size.of(6 * 60, short=17), size.of(20, short=5)
    addresses = owed(mails)
    outbox.tie(today=due.office_today())
    client.force_login(user_in("head"))
    sink = Sink(clock=later.now)
    with post.running(sink):
        sink.close()
        office = Installation(tmp_path, sink.port, redis.url)
        with office.woken(every=0.3), office.worker(PROCESSES):
            until(lambda: Clock.current().server_down_since is not None)
            # Whoever had a mail in hand when it was called; from then on it is asked without one.
            until(lambda: not Mail.objects.filter(state=Mail.State.SENDING).exists())
            tried = len(office.calls())
            for minute in range(closed + dropping):
                if minute == LATE_AFTER:
                    monitor, page = client.get("/health/"), client.get("/", follow=True).content.decode()
                if minute == closed:
                    sink.at_connect = lambda: DROP
                    sink.reopen()
                asked = len(office.calls())
                later.move(minutes=1)
                until(lambda asked=asked: len(office.calls()) > asked, within=30)
                problem = f"not asked any more after {minute} minutes\n{office.last_words()}"
                assert len(office.calls()) > asked, problem
            until(lambda: len(sink.connections) >= dropping, within=5)
            probes = [later.at(moment) for moment in office.calls()[tried:]]
            seen = len(sink.connections)
            failed_tries = Attempt.objects.count()
            sink.at_connect = lambda: "220 sink"
            returned = later.now()
            later.move(minutes=1)
            for _minute in range(15):
                until(is_idle, within=EMPTY_WITHIN)
                if is_empty() or not is_idle():
                    break
                later.move(minutes=1)

    found = outcome(addresses, sink.arrived)
    seconds = later.now() - returned
    gaps = [after - before for before, after in itertools.pairwise(probes)]
    note = f"closed for {closed} min, {dropping} more it dropped all: {len(probes)} probes, "
    note += f"at least {min(gaps):.0f} s apart; staff told after {LATE_AFTER} min"
    case = f"D4 port closed for {closed} min"
    record_outcome(case, found, mails=mails, kills=0, seconds=seconds, seed=seed, note=note)
    assert failed_tries <= PROCESSES
    assert found.broken(at_most=0) == [], office.last_words()
    assert monitor.status_code == 503
    assert monitor.json()["oldest_mail"]["is_late"]
    assert 'role="alert"' in page
    assert "Eine Erinnerungsmail wartet seit" in page
    # A probe begins a little sooner or later after its turn has come.
    assert [gap for gap in gaps if gap < 50] == []
    # It is asked all the time, and the port that was open then heard as many calls as were written down.
    assert len(probes) == closed + dropping
    assert seen == dropping
    assert seconds <= 15 * 60


def test_database_restarted_in_mid_run(size, seed, redis, postgres, tmp_path):
    mails, restarts = size.of(1_000, short=80), size.of(5, short=1)
    addresses = owed(mails)
    outbox.tie(today=due.office_today())
    with post.running(Sink()) as sink:
        office = Installation(tmp_path, sink.port, redis.url, hurry=HURRY)
        with office.woken(), office.worker(PROCESSES):
            for restart in range(restarts):
                wanted = mails * (restart + 1) // (restarts + 1)
                assert sink.wait_for(wanted, within=SOON), office.last_words()
                postgres.crash()
                time.sleep(1)
                postgres.start()
            connection.close()
            seconds = until(is_empty, within=EMPTY_WITHIN)

    found = outcome(addresses, sink.arrived)
    case = "database restarted"
    record_outcome(case, found, mails=mails, kills=0, seconds=seconds, seed=seed, note=f"{restarts} restarts")
    assert found.broken(at_most=restarts * PROCESSES) == [], office.last_words()
    assert set(Reminder.objects.values_list("state", flat=True)) == {Reminder.State.MAILED}
    assert set(Mail.objects.values_list("state", flat=True)) == {Mail.State.SENT}
