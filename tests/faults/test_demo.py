"""The demonstration's own way of running: SQLite, a broker of files, one process, and people who write."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from reminders import due, outbox
from tests.factories import user_in
from tests.faults import sink as post
from tests.faults import web
from tests.faults.figures import outcome, record_outcome
from tests.faults.patience import EMPTY_WITHIN, SOON, is_empty, until
from tests.faults.people import owed
from tests.faults.sink import Sink, refuse_a_fifth
from tests.faults.workers import Installation

WRITERS = 20


@pytest.mark.django_db(transaction=True)
def test_d15_killed_on_sqlite_while_many_write(size, seed, dice, tmp_path):
    assert connection.vendor == "sqlite"
    mails, kills = size.of(1_000, short=60), size.of(20, short=2)
    deliveries = (20, 60) if mails == 1_000 else (10, 20)
    addresses = owed(mails)
    people = [user_in("officer") for _writer in range(WRITERS)]
    outbox.tie(today=due.office_today())
    over = threading.Event()
    with post.running(Sink(answer_after=size.of(0.004, short=0.1))) as sink:
        refuse_a_fifth(sink, dice)
        office = Installation(tmp_path, sink.port, "filesystem://", hurry=60)
        with (
            web.running(office) as port,
            office.demo_workers() as next_worker,
            ThreadPoolExecutor(WRITERS) as writing,
        ):
            writers = [web.Writer.of(person, port=port) for person in people]
            for writer in writers:
                writing.submit(write_on, writer, over)
            try:
                for _kill in range(kills):
                    wanted = len(sink.copies) + dice.randint(*deliveries)
                    with next_worker():
                        assert sink.wait_for(wanted, within=SOON), office.last_words()
                with next_worker():
                    seconds = until(is_empty, within=EMPTY_WITHIN)
            finally:
                over.set()

    found = outcome(addresses, sink.arrived)
    answers = [answer for writer in writers for answer in writer.answers]
    note = f"{len(answers)} writes by {WRITERS}, slowest {max(answer.seconds for answer in answers):.1f} s"
    case = "D15 SQLite, killed, 20 writers"
    record_outcome(case, found, mails=mails, kills=kills, seconds=seconds, seed=seed, note=note)
    assert [answer for answer in answers if answer.status != 201] == []
    assert "database is locked" not in office.log.read_text(errors="replace")
    assert found.broken(at_most=kills) == [], office.last_words()
    assert found.unknown >= 1


def write_on(writer, over):
    number = 0
    while not over.is_set():
        number += 1
        writer.write("POST", "follow-ups/", {"title": f"Note {number}"})
        time.sleep(0.5)
