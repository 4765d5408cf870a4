"""The broker is away for a while, and forgets; wake-ups come twice, late or not at all."""

import datetime
import json
import time
from collections import Counter
from contextlib import closing

import kombu
import pytest

from config.celery import app
from portal.models import Delivery
from reminders import due, outbox
from reminders.models import Attempt, Mail, Reminder
from tests.factories import EndpointFactory, ProjectFactory, user_in
from tests.faults import sink as post
from tests.faults import web
from tests.faults.figures import outcome, record_outcome
from tests.faults.later import Later
from tests.faults.patience import EMPTY_WITHIN, SOON, is_empty, until
from tests.faults.people import colleagues, owed, promised
from tests.faults.sink import Sink
from tests.faults.workers import Installation, published
from tests.portal.world import publish

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 4
HURRY = 60


def test_d9_broker_stopped_during_edits_and_flushed(size, seed, redis, tmp_path):
    """Ten minutes, in short ten seconds. Whatever happens, beat has asked for it, the scans too."""
    mails, edits, away = size.of(2_000, short=80), size.of(100, short=10), size.of(600, short=10)
    addresses = promised(mails)
    officer, late = user_in("officer"), colleagues(edits, name="late")
    today = str(due.office_today())
    with post.running(Sink()) as sink:
        office = Installation(tmp_path, sink.port, redis.url, beat_every=size.of(5, short=1))
        with web.running(office) as port, office.beat(), office.worker(PROCESSES):
            writer = web.Writer.of(officer, port=port)
            writer.write("GET", "users/", {})
            writer.answers.clear()
            assert sink.wait_for(mails // 4, within=SOON), office.last_words()
            stopped = time.time()
            redis.stop()
            for number, person in enumerate(late, start=1):
                row = {"title": f"Promise {person}", "due_on": today, "assignee": person.pk}
                entered = writer.write("POST", "follow-ups/", row)
                if entered.status == 201:
                    again = f"follow-ups/{json.loads(entered.body)['id']}/"
                    writer.write("PATCH", again, {"title": f"Promise to {person}"})
                time.sleep(max(0, stopped + away * number / edits - time.time()))
            redis.start()
            redis.flush()
            flushed = time.time()
            # The next scan is that of the next hour.
            Later().move(hours=1)
            # All entered: no more is to come, whether it arrived or not.
            until(lambda: Reminder.objects.count() >= mails + edits and is_empty(), within=EMPTY_WITHIN)
            seconds = time.time() - flushed

    found = outcome([*addresses, *(user.email for user in late)], sink.arrived)
    slowest = max(answer.seconds for answer in writer.answers)
    wake_ups = [run for run in office.runs() if run["name"] == "reminders.tasks.send"]
    stale = [run for run in wake_ups if run["at"] > flushed and published(run) < stopped]
    note = f"away {away} s; {len(writer.answers)} saves meanwhile, the slowest {slowest:.1f} s; "
    note += f"{len(stale)} stale wake-ups"
    case = "D9 broker stopped, flushed"
    record_outcome(case, found, mails=mails + edits, kills=0, seconds=seconds, seed=seed, note=note)
    assert [answer.body for answer in writer.answers if answer.status not in (200, 201)] == []
    assert len(writer.answers) == 2 * edits
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
            woken = [run for run in office.runs() if published(run) > back]
            assert woken != [], f"not woken any more\n{office.last_words()}"
            seconds = until(is_empty)

    found = outcome(addresses, sink.arrived)
    record_outcome("broker stopped, worker busy", found, mails=40, kills=0, seconds=seconds, seed=seed)
    assert found.broken(at_most=0) == [], office.last_words()


def test_d10_messages_repeated_late_and_out_of_order(size, seed, dice, redis, tmp_path):
    """Every message that beat sends, to whomever, three times; and one of each kind two hours later."""
    mails = size.of(500, short=40)
    addresses = promised(mails)
    publish(ProjectFactory())
    EndpointFactory()
    redis.flush()
    with post.running(Sink()) as sink:
        office = Installation(tmp_path, sink.port, redis.url, hurry=HURRY, beat_every=0.5)
        messages: list[kombu.Message] = []
        # Taken off the queue before there is a worker.
        with office.beat():
            until(lambda: messages.extend(taken(redis.url)) or len(messages) >= 3 * len(every_task()))
        messages += taken(redis.url)
        replayed = messages * 3
        dice.shuffle(replayed)
        of_each_kind = [*{message.headers["task"]: message for message in messages}.values()]
        dice.shuffle(of_each_kind)
        hour = datetime.timedelta(hours=1)
        with office.worker(PROCESSES):
            now = datetime.datetime.now(datetime.UTC)
            for message in replayed:
                put_back(redis.url, message, expires=f"{now + hour:%Y-%m-%dT%H:%M:%S%z}")
            until(lambda: len(office.runs()) == len(replayed))
            Later().move(hours=2)
            # It is past its time and is not run. Without such a time it is, to no effect.
            for number, message in enumerate(of_each_kind):
                put_back(redis.url, message, expires=(now - 2 * hour).isoformat(), id=f"late {number}")
                put_back(redis.url, message, expires=None, id=f"later {number}")
            until(lambda: len(office.runs()) == len(replayed) + len(of_each_kind))
            ran = Counter(run["id"] for run in office.runs())
            with office.woken():
                seconds = until(is_empty, within=EMPTY_WITHIN)

    found = outcome(addresses, sink.arrived)
    kinds = Counter(message.headers["task"] for message in messages)
    note = f"{len(messages)} messages of {len(kinds)} kinds, {ran.total()} runs"
    case = "D10 messages replayed 3 times"
    record_outcome(case, found, mails=mails, kills=0, seconds=seconds, seed=seed, note=note)
    assert found.broken(at_most=0) == [], office.last_words()
    for rows in (Reminder, Mail, Attempt):
        assert rows.objects.count() == mails, rows
    told = Counter(Delivery.objects.values_list("resource", "key", "happened"))
    assert set(told.values()) == {1}
    assert set(kinds) == every_task()
    once = {f"later {number}": 1 for number in range(len(kinds))}
    assert ran == {message.headers["id"]: 3 for message in messages} | once


def every_task():
    """Of this project, whoever sends it."""
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


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
