"""Production's other broker: workers killed, connections cut while they are at work."""

import os
import time

import kombu
import pytest

from tests.faults import relay
from tests.faults import sink as post
from tests.faults.figures import outcome, record_outcome
from tests.faults.patience import EMPTY_WITHIN, SOON, is_empty, until
from tests.faults.people import owed
from tests.faults.sink import Sink, refuse_a_fifth
from tests.faults.workers import Installation, published

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 4
# Divides the waits between two tries: 1 second, 5, 15, a minute, 4 minutes.
HURRY = 60


def test_rabbitmq_workers_killed_and_connections_cut(size, seed, dice, rabbitmq, tmp_path):
    """The broker is the one this machine has; a queue of our own, and a relay whose connections are cut."""
    mails, kills = size.of(1_000, short=100), size.of(10, short=2)
    deliveries = (20, 60) if mails == 1_000 else (10, 20)
    addresses = owed(mails)
    queue = f"faults-{os.getpid()}"
    with post.running(Sink(answer_after=0.2)) as sink, relay.running(*rabbitmq.address) as link:
        refuse_a_fifth(sink, dice)
        office = Installation(tmp_path, sink.port, rabbitmq.at(link.port), hurry=HURRY, queue=queue)
        try:
            with office.woken(), office.workers(PROCESSES) as next_worker:
                for kill in range(kills):
                    wanted = min(len(sink.copies) + dice.randint(*deliveries), mails)
                    with next_worker():
                        if kill % 2:
                            cut_at_work(link, office)
                        assert sink.wait_for(wanted, within=SOON), office.last_words()
                with next_worker():
                    cut_at_work(link, office, away=5)
                    seconds = until(is_empty, within=EMPTY_WITHIN)
        finally:
            with kombu.Connection(rabbitmq.url) as direct:
                direct.default_channel.queue_delete(queue)

    found = outcome(addresses, sink.arrived)
    note = f"{kills // 2 + 1} times cut at work, {link.connections} connections"
    record_outcome("RabbitMQ", found, mails=mails, kills=kills, seconds=seconds, seed=seed, note=note)
    assert found.broken(at_most=kills * PROCESSES) == [], office.last_words()


def cut_at_work(link, office, *, away=0):
    """The worker has taken messages, and then its broker is gone: it must come back for later ones."""
    is_woken(office, since=time.time())
    link.go_down()
    time.sleep(away)
    link.come_up()
    is_woken(office, since=time.time())


def is_woken(office, *, since):
    """By a message that was published after that moment."""

    def has_run():
        return any(published(run) > since for run in office.runs())

    until(has_run, within=120)
    assert has_run(), f"not woken any more\n{office.last_words()}"
