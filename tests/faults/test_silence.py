"""D16: beat dies, the workers die; the monitor says so within a quarter of an hour."""

import pytest
from django.utils import timezone

from reminders import due, health
from reminders.models import Clock
from tests.faults import sink as post
from tests.faults.later import Later
from tests.faults.patience import until
from tests.faults.people import owed
from tests.faults.sink import Sink
from tests.faults.table import record
from tests.faults.workers import Installation

pytestmark = pytest.mark.django_db(transaction=True)


def is_heard_of():
    return Clock.current().woken_at is not None


def is_late():
    return health.state(today=due.office_today(), now=timezone.now())["worker"]["is_late"]


def test_d16_beat_and_workers_killed(redis, tmp_path):
    owed(1)
    later = Later()
    with post.running(Sink()) as sink:
        office = Installation(tmp_path, sink.port, redis.url)
        with office.worker(1):
            with office.beat():
                until(is_heard_of)
                assert is_heard_of(), office.last_words()
                assert not is_late()
            # Beat is dead, its worker is not.
            later.move(minutes=13)
            assert not is_late()
            later.move(minutes=3)
            assert is_late()
        with office.beat(), office.worker(1):
            assert until(lambda: not is_late()) < 120, office.last_words()
        # Now both are.
        later.move(minutes=13)
        assert not is_late()
        later.move(minutes=3)
        assert is_late()
        with office.beat(), office.worker(1):
            seconds = until(lambda: not is_late())
            assert not is_late(), office.last_words()

    record(
        "D16 beat killed, workers killed", mails=1, seconds=seconds, note="late after 15 minutes, not before"
    )
