"""Mail server, broker or database are away for a while; wake-ups come twice, late or not at all."""

import datetime
import itertools
import time
from contextlib import closing

import kombu
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from contacts.models import User
from desk import machine
from reminders import due, outbox
from reminders.models import Attempt, Clock, Mail, Reminder
from tests.factories import give_role, user_in
from tests.faults import sink as post
from tests.faults import web
from tests.faults.figures import outcome, record_outcome
from tests.faults.later import Later
from tests.faults.patience import EMPTY_WITHIN, SOON, is_empty, is_idle, until
from tests.faults.people import owed
from tests.faults.sink import DROP, Sink
from tests.faults.workers import Installation, published

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 4
HURRY = 60


@pytest.mark.long
def test_d4_mail_server_down_for_hours(size, seed, redis, tmp_path):
    """Three hours with its port closed, three in which it breaks off whatever is begun."""
    mails, later = size.of(5_000, short=60), Later()
    minutes = size.of(180, short=17)
    addresses = owed(mails)
    outbox.tie(today=due.office_today())
    sink = Sink(clock=later.now)
    with post.running(sink):
        sink.close()
        office = Installation(tmp_path, sink.port, redis.url)
        with office.woken(every=0.3), office.worker(PROCESSES):
            until(lambda: Clock.current().server_down_since is not None)
            for minute in range(2 * minutes):
                if minute == 16:
                    until(is_idle, within=1)
                    health = Client().get("/health/")
                    alarms = machine.how_it_runs(today=due.office_today(), now=timezone.now()).alarms
                if minute == minutes:
                    sink.at_connect = lambda: DROP
                    sink.reopen()
                seen = len(sink.connections)
                later.move(minutes=1)
                # A port that is closed sees nobody; from then on each probe is waited for.
                until(lambda: Clock.current().next_probe_at > timezone.now(), within=10)
                until(lambda m=minute, s=seen: m < minutes or len(sink.connections) > s, within=30)
            probes = list(sink.connections)
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
    # The first may have had its turn while the port was closed.
    gaps = [after - before for before, after in itertools.pairwise(probes[1:])]
    note = f"{minutes} min closed, then {minutes} min dropped with {len(probes)} probes seen; "
    note += f"clock moved on by the minute; {failed_tries} tries failed"
    record_outcome(
        f"D4 server down for {2 * minutes} min",
        found,
        mails=mails,
        kills=0,
        seconds=seconds,
        seed=seed,
        note=note,
    )
    # Whoever had a mail in hand when the server went; from then on nobody tries one.
    assert failed_tries <= PROCESSES
    assert found.broken(at_most=0) == [], office.last_words()
    assert health.status_code == 503
    assert health.json()["oldest_mail"]["is_late"]
    assert [alarm for alarm in alarms if "mail" in alarm.text] != []
    assert len(probes) >= minutes / 2
    # A probe begins a little sooner or later after its turn has come.
    assert [gap for gap in gaps if gap < 50] == []
    assert seconds <= 15 * 60


def test_d9_broker_stopped_during_edits_and_flushed(size, seed, redis, postgres, tmp_path):
    """Ten minutes. In short ten seconds, and beat wakes each second; its wake-ups are not hurried further."""
    mails, edits = size.of(2_000, short=80), size.of(100, short=10)
    hurry = size.of(1, short=HURRY)
    away = 600 / hurry
    addresses = owed(mails)
    officer = user_in("officer")
    late = User.objects.bulk_create(
        [
            User(username=f"late{number}", email=f"late{number}@example.org", is_staff=True)
            for number in range(edits)
        ]
    )
    give_role("officer", late)
    with post.running(Sink()) as sink:
        office = Installation(tmp_path, sink.port, redis.url, hurry=hurry)
        with office.beat(), office.worker(PROCESSES), web.running(office) as port:
            writer = web.Writer.of(officer, port=port)
            writer.write("GET", "users/", {})
            writer.answers.clear()
            sink.wait_for(mails // 4, within=SOON)
            stopped = time.time()
            redis.stop()
            for person in late:
                row = {"title": f"Promise {person}", "due_on": str(due.office_today()), "assignee": person.pk}
                writer.write("POST", "follow-ups/", row)
            time.sleep(max(0, stopped + away - time.time()))
            redis.start()
            redis.flush()
            flushed = time.time()
            due.scan()
            seconds = until(is_empty, within=EMPTY_WITHIN)

    found = outcome([*addresses, *(user.email for user in late)], sink.arrived)
    slowest = max(answer.seconds for answer in writer.answers)
    stale = [run for run in office.runs() if run["at"] > flushed and published(run) < stopped]
    note = f"away {away:.0f} s, woken each {60 / hurry:.0f} s; "
    note += f"slowest save {slowest:.1f} s, {len(stale)} stale wake-ups"
    case = "D9 broker stopped, flushed"
    record_outcome(case, found, mails=mails + edits, kills=0, seconds=seconds, seed=seed, note=note)
    assert [answer.body for answer in writer.answers if answer.status != 201] == []
    assert found.broken(at_most=0) == [], office.last_words()
    assert slowest <= 2
    assert len(stale) <= 10


def test_broker_stopped_while_wake_ups_wait_at_the_worker(seed, redis, tmp_path):
    """One process sends; what its worker holds for it is lost with the broker, and the worker is not."""
    addresses = owed(40)
    outbox.tie(today=due.office_today())
    redis.flush()
    with post.running(Sink(answer_after=0.5)) as sink:
        office = Installation(tmp_path, sink.port, redis.url, hurry=HURRY)
        with office.woken(every=0.3), office.worker(1):
            assert sink.wait_for(10, within=SOON), office.last_words()
            redis.stop()
            time.sleep(3)
            redis.start()
            back = time.time()
            until(lambda: any(published(run) > back for run in office.runs()), within=120)
            runs = office.runs()
            seconds = until(is_empty)

    found = outcome(addresses, sink.arrived)
    record_outcome("broker stopped, worker busy", found, mails=40, kills=0, seconds=seconds, seed=seed)
    assert [run for run in runs if published(run) > back] != [], f"not woken any more\n{office.last_words()}"
    assert found.broken(at_most=0) == [], office.last_words()


def test_d10_wake_ups_repeated_late_and_out_of_order(size, seed, dice, redis, tmp_path):
    mails = size.of(500, short=40)
    addresses = owed(mails)
    redis.flush()
    with post.running(Sink()) as sink:
        office = Installation(tmp_path, sink.port, redis.url, hurry=HURRY)
        # Taken off the queue before there is a worker.
        with office.woken(every=0.1):
            time.sleep(1)
        messages = taken(redis.url)
        replayed = messages * 3
        in_an_hour = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
        dice.shuffle(replayed)
        with office.worker(PROCESSES):
            for message in replayed:
                put_back(redis.url, message, expires=in_an_hour.isoformat())
            sink.wait_for(mails, within=SOON)
            # Two hours late: it is past its time and is not run. Without such a time it is run, to no effect.
            two_hours = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=2)
            put_back(redis.url, messages[0], expires=two_hours.isoformat(), id="late")
            put_back(redis.url, messages[0], expires=None, id="later")
            seconds = until(is_empty, within=EMPTY_WITHIN)
            until(lambda: len(office.runs()) == len(replayed) + 1)

    found = outcome(addresses, sink.arrived)
    ran = [run["id"] for run in office.runs()]
    note = f"{len(messages)} wake-ups, {len(ran)} runs"
    case = "D10 wake-ups replayed 3 times"
    record_outcome(case, found, mails=mails, kills=0, seconds=seconds, seed=seed, note=note)
    assert found.broken(at_most=0) == [], office.last_words()
    assert Attempt.objects.count() == mails
    assert len(messages) >= 5
    assert len(ran) == len(replayed) + 1
    assert "late" not in ran


def taken(broker):
    """All messages that lie in the queue."""
    with kombu.Connection(broker) as link, closing(link.channel()) as channel:
        return list(iter(lambda: channel.basic_get("celery", no_ack=True), None))


def put_back(broker, message, **headers):
    with kombu.Connection(broker) as link, closing(link.channel()) as channel:
        kombu.Producer(channel).publish(
            message.body,
            routing_key="celery",
            content_type=message.content_type,
            content_encoding=message.content_encoding,
            headers={**message.headers, **headers},
            correlation_id=headers.get("id", message.headers["id"]),
        )


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
