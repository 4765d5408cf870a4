"""Several at once: two beats, two planners and a run by hand, in threads and processes, let loose together.

On PostgreSQL; SQLite knows one writer at a time, and its case is in tests/reminders/test_scan.py.
"""

import datetime
import multiprocessing
import os
import threading
import traceback
from collections import Counter

import pytest
from django.db import connection

from contacts.models import Office
from delegations.models import FollowUp
from reminders import due, outbox
from reminders.models import Reminder, Rule, Stage
from reminders.shipped import ship
from tests.factories import user_in
from tests.faults.table import record
from tests.reminders.clock import moment, started

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="one writer at a time"),
]

ROUNDS, REMINDERS, PEOPLE = (4, 200, 5) if os.environ.get("FAULTS_SHORT") else (50, 1000, 10)
FIRST = datetime.date(2024, 1, 8)
TOGETHER = 5


def beat(now):
    due.scan_every_hour(now=now)


def planner(now):
    due.scan(now=now)


def by_hand(now):
    due.scan(now=now)
    outbox.send(now=now)


def close_connection():
    connection.close()
    connection.close_pool()


def in_a_process(job, now, barrier, problems):
    """A child that shares nothing but the barrier; what went wrong comes back as text."""
    try:
        connection.ensure_connection()
        barrier.wait(timeout=60)
        job(now)
    except BaseException:
        problems.put(traceback.format_exc())
    finally:
        close_connection()
        problems.close()
        problems.join_thread()
        os._exit(0)


def let_loose(now, problems, context):
    """A beat and a planner in a process each; a beat, a planner and a run by hand in threads."""
    barrier, said = context.Barrier(TOGETHER), []
    close_connection()
    children = [
        context.Process(target=in_a_process, args=(job, now, barrier, problems)) for job in (beat, planner)
    ]
    for child in children:
        child.start()

    def run(job):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            job(now)
        except BaseException:
            said.append(traceback.format_exc())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in (beat, planner, by_hand)]
    for thread in threads:
        thread.start()
    for each in (*threads, *children):
        each.join()
    while not problems.empty():
        said.append(problems.get())
    return said


def test_d12_planners_at_once_enter_each_key_once(mailoutbox):
    Office.current()
    ship(Rule, Stage)
    people = [user_in("officer", email=f"user{number}@example.org") for number in range(PEOPLE)]
    started(f"{FIRST - datetime.timedelta(days=1)}")
    context = multiprocessing.get_context("fork")
    problems = context.Queue()

    for number in range(ROUNDS):
        # Kept before their first recall, so that nothing else falls due.
        on = FIRST + datetime.timedelta(days=number)
        FollowUp.objects.update(state=FollowUp.State.DONE, done_on=on)
        FollowUp.objects.bulk_create(
            FollowUp(title=f"Promise {number} {each}", due_on=f"{on}", assignee=people[each % PEOPLE])
            for each in range(REMINDERS)
        )
        started(f"{on - datetime.timedelta(days=1)}")
        assert let_loose(moment(f"{on} 07:00"), problems, context) == [], f"round {number}"

    wanted = Counter((row, 0) for row in FollowUp.objects.values_list("pk", flat=True))
    entered = Counter(Reminder.objects.values_list("follow_up", "stage__days"))
    assert entered == wanted
    assert Reminder.objects.values("key").distinct().count() == ROUNDS * REMINDERS
    note = f"{ROUNDS} rounds, {entered.total()} reminders, each entered once, no error"
    record("D12 planners at once", note=note)
