"""How fast mails go out, against Django's own `send_messages` with the same finished mails on one connection.

The mail server answers 4 ms after it stored a message. Our two senders claim each mail, hand it over and
close it; the yardstick knows nothing of claims, retries or a database. Both take turns, so that a busy
machine slows both alike.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from tests.bench.database import analyse

ANSWER_AFTER = 0.004
SENDERS = 2


@contextmanager
def mail_server() -> Iterator[int]:
    """In a process of its own, so that it takes no time from whoever is measured; gives its port."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(parent: Connection) -> None:
    from tests.faults.sink import Sink, running

    with running(Sink(answer_after=ANSWER_AFTER)) as sink:
        parent.send(sink.port)
        while True:
            time.sleep(1)
            sink.arrived.clear()
            sink.asked.clear()


def due_mails(count: int) -> None:
    """So many mails to as many people, tied and due, none composed yet."""
    from reminders import due, outbox
    from tests.faults.people import owed

    owed(count)
    outbox.tie(today=due.office_today())


def finished() -> None:
    """Compose every mail, as a first try that the server did not take would have left it."""
    from reminders import due, outbox
    from reminders.models import Attempt, Mail

    today = due.office_today()
    while claim := outbox.claim_next(today=today):
        assert claim.mail.raw
    Attempt.objects.all().delete()
    Mail.objects.update(is_frozen=True)


def due_again() -> None:
    from django.utils import timezone

    from reminders.models import Mail

    free = {"token": None, "lease_until": None, "tries": 0}
    Mail.objects.update(state=Mail.State.DUE, next_try_at=timezone.now(), **free)


def only(first: int, last: int) -> None:
    """All but these mails wait until tomorrow; what so many changes leave behind is cleared away."""
    import datetime

    from django.utils import timezone

    from reminders.models import Mail

    now = timezone.now()
    keys = list(Mail.objects.order_by("pk").values_list("pk", flat=True)[first:last])
    tomorrow = now + datetime.timedelta(days=1)
    Mail.objects.filter(state=Mail.State.DUE).update(not_before=tomorrow, next_try_at=tomorrow)
    Mail.objects.filter(pk__in=keys).update(not_before=now, next_try_at=now)
    analyse()


def sent_by_us(port: int) -> float:
    """Seconds until two sender processes found nothing more to send; they start before the clock does."""
    environment = os.environ | {"BENCH_SMTP_PORT": str(port)}
    command = [sys.executable, "-m", "tests.bench.sender"]
    senders = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _number in range(SENDERS)
    ]
    for sender in senders:
        assert sender.stdout
        assert sender.stdout.readline() == "ready\n"
    started = time.perf_counter()
    for sender in senders:
        assert sender.stdin
        sender.stdin.write("go\n")
        sender.stdin.flush()
    for sender in senders:
        sender.communicate()
        assert sender.returncode == 0
    return time.perf_counter() - started


def sent_by_django(port: int, first: int, last: int) -> float:
    from django.core.mail.backends.smtp import EmailBackend

    from reminders.models import Mail
    from tests.bench.finished import Finished

    mails = [Finished(mail) for mail in Mail.objects.order_by("pk")[first:last]]
    backend = EmailBackend(host="127.0.0.1", port=port, username="", password="", use_tls=False)
    started = time.perf_counter()
    assert backend.send_messages(mails) == last - first
    return time.perf_counter() - started


def measure(count: int, *, rounds: int) -> Iterator[tuple[str, str]]:
    """Lines of the table: what, and the figure."""
    from reminders.models import Mail, Reminder

    due_mails(count)
    part = count // rounds
    with mail_server() as port:
        finished()
        due_again()
        ours = theirs = 0.0
        for number in range(rounds):
            first, last = number * part, (number + 1) * part
            theirs += sent_by_django(port, first, last)
            only(first, last)
            ours += sent_by_us(port)
        assert Mail.objects.filter(state=Mail.State.SENT).count() == part * rounds
        yield f"{count:,} finished mails, Django's send_messages", f"{part * rounds / theirs:.0f} a second"
        yield f"{count:,} finished mails, {SENDERS} senders of ours", f"{part * rounds / ours:.0f} a second"
        yield "ratio (0.7 or more)", f"{theirs / ours:.2f}"
        part = part // 2
        Mail.objects.update(is_frozen=False, raw=b"")
        # What was told already would leave nothing to say.
        Reminder.objects.filter(state=Reminder.State.MAILED).update(state=Reminder.State.DUE)
        due_again()
        only(0, part)
        composed = sent_by_us(port)
        assert Mail.objects.filter(state=Mail.State.SENT).count() == part
        yield f"{part:,} mails composed on the way, {SENDERS} senders", f"{part / composed:.0f} a second"
