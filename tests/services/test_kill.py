"""Real workers, killed while they send: nothing is lost, and each second copy is on record as possible.

What a dead worker had claimed comes back as it does in an office: its lease runs out, its next try comes.
Only the time that one step with the mail server may take is lower, by its setting, and with it the lease.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Count

from config.celery import app
from contacts.models import Office
from reminders import due, outbox, tasks
from reminders.models import Attempt, Mail, Reminder, Rule, Stage
from reminders.shipped import ship
from tests.factories import FollowUpFactory, user_in
from tests.reminders.sink import Sink, running

MAILS = 200
KILLS = 6
PROCESSES = 2
QUEUE = f"kill-{os.getpid()}"
PATIENCE = 180
# A mail that was killed twice waits five minutes for its third try; on a slow machine one meets a third kill.
LAST_PATIENCE = 1200


class CountingSink(Sink):
    """Lets a test wait until so many mails have arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.arrival = threading.Condition()

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        with self.arrival:
            self.arrival.notify_all()
        # Stored, but not yet said so: this is where a kill leaves nobody the wiser.
        await asyncio.sleep(0.05)
        return answer

    def wait_for(self, count):
        with self.arrival:
            return self.arrival.wait_for(lambda: len(self.accepted) >= count, timeout=PATIENCE)


def database_url():
    """Where this test's own database is, for another process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
    return f"postgres://{user}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"


@contextmanager
def worker(port, log):
    """A worker of two processes in a group of its own; whatever is left of it in the end is killed."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": "",
        "DEBUG": "1",
        "VAR_DIR": str(settings.VAR_DIR),
        "INSTANCE_FILE": settings.INSTANCE_FILE,
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "EMAIL_TIMEOUT": "2",
    }
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", str(PROCESSES), "-Q", QUEUE]
    with (
        log.open("ab") as output,
        subprocess.Popen(
            [*command, "--without-mingle", "--without-gossip"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            for _process in range(PROCESSES):
                wake_up()
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def wake_up():
    tasks.send.apply_async(queue=QUEUE, expires=30)


@pytest.fixture
def _queue_of_our_own():
    yield
    with app.connection_for_write() as broker:
        broker.default_channel.queue_purge(QUEUE)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_queue_of_our_own")
def test_no_mail_is_lost_when_the_worker_is_killed_while_it_sends(tmp_path):
    today = due.office_today()
    Office.current()
    ship(Rule, Stage)
    for number in range(MAILS):
        person = user_in("officer", email=f"user{number}@example.org")
        FollowUpFactory(due_on=today.isoformat(), assignee=person)
    due.scan()
    outbox.tie(today=today)
    assert Mail.objects.filter(state=Mail.State.DUE).count() == MAILS
    dice, log = random.Random(20261122), tmp_path / "worker.log"

    with running(CountingSink()) as sink:
        for _kill in range(KILLS):
            wanted = len(sink.accepted) + dice.randint(10, 30)
            with worker(sink.port, log):
                assert sink.wait_for(wanted), log.read_text()[-3000:]
        until = time.monotonic() + LAST_PATIENCE
        with worker(sink.port, log):
            while Mail.objects.waiting().exists() and time.monotonic() < until:
                wake_up()
                time.sleep(1)

    unknown = dict(
        Mail.objects.filter(attempts__outcome=Attempt.Outcome.UNKNOWN)
        .annotate(unknown=Count("attempts"))
        .values_list("message_id", "unknown")
    )
    copies = Counter(message["Message-ID"] for message in sink.accepted)
    extra = {each: count - 1 for each, count in copies.items() if count > 1}
    print(f"{sum(extra.values())} extra copies, {sum(unknown.values())} attempts unknown")
    assert set(Mail.objects.values_list("state", flat=True)) == {Mail.State.SENT}, log.read_text()[-3000:]
    assert set(Reminder.objects.values_list("state", flat=True)) == {Reminder.State.MAILED}
    assert set(copies) == set(Mail.objects.values_list("message_id", flat=True))
    assert len({message["To"] for message in sink.accepted}) == MAILS
    assert {each: count for each, count in extra.items() if count > unknown.get(each, 0)} == {}
    assert sum(extra.values()) <= KILLS * PROCESSES
    # Else no kill came while a mail was on its way, and nothing was shown.
    assert sum(unknown.values()) >= 1
