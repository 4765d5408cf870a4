"""A mail server that refuses, puts off, drips and breaks off."""

import datetime
from collections import defaultdict
from itertools import pairwise

import pytest
from django.utils import timezone

from contacts.models import User
from reminders import due, outbox
from reminders.models import Attempt, Mail
from tests.faults import sink as post
from tests.faults.figures import outcome, record_outcome
from tests.faults.later import Later
from tests.faults.patience import is_empty, is_idle, until
from tests.faults.people import owed
from tests.faults.sink import DROP, OK, Sink
from tests.faults.workers import Installation

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 2
MINUTE, HOUR = 60, 3600


def tries(sink):
    """When each recipient was named to the server."""
    found = defaultdict(list)
    for asked in sink.asked:
        found[asked.recipient].append(asked.at)
    return found


@pytest.mark.long
def test_d6_greylisting(size, seed, redis, tmp_path):
    mails, later, first_seen = size.of(500, short=20), Later(), {}
    addresses = owed(mails)
    outbox.tie(today=due.office_today())

    def greylist(recipient):
        known_for = later.now() - first_seen.setdefault(recipient, later.now())
        return OK if known_for >= 5 * MINUTE else "451 greylisted, come back later"

    with post.running(Sink(clock=later.now)) as sink:
        sink.at_rcpt = greylist
        started = later.now()
        office = Installation(tmp_path, sink.port, redis.url)
        with office.woken(every=0.3), office.worker(PROCESSES):
            for _minute in range(30):
                until(is_idle)
                if is_empty():
                    break
                later.move(minutes=1)

    found = outcome(addresses, sink.arrived)
    seconds = later.now() - started
    record_outcome("D6 greylisting of 5 min", found, mails=mails, kills=0, seconds=seconds, seed=seed)
    assert found.broken(at_most=0) == [], office.last_words()
    gaps = [[after - before for before, after in pairwise(moments)] for moments in tries(sink).values()]
    assert min(gap[0] for gap in gaps) >= MINUTE
    assert min(gap[1] for gap in gaps) >= 5 * MINUTE


@pytest.mark.long
def test_d6_given_up_after_72_hours_and_not_before(seed, redis, tmp_path):
    later = Later()
    owed(3)
    with post.running(Sink(clock=later.now)) as sink:
        sink.at_rcpt = lambda recipient: "451 for ever"
        office = Installation(tmp_path, sink.port, redis.url)
        with office.woken(every=0.3), office.worker(PROCESSES):
            until(lambda: len(sink.asked) >= 3)
            for minutes in [2, 6, 18, *[66] * 72]:
                until(is_idle)
                if is_empty():
                    break
                later.move(minutes=minutes)

    moments = tries(sink)
    hours = [(times[-1] - times[0]) / HOUR for times in moments.values()]
    found = outcome([], sink.arrived, refused=moments)
    note = f"given up after {min(hours):.1f} to {max(hours):.1f} h, {max(map(len, moments.values()))} tries"
    record_outcome("D6 a mailbox never ready", found, mails=3, kills=0, seed=seed, note=note)
    mails = list(Mail.objects.values_list("state", "error"))
    assert mails == [(Mail.State.FAILED, "451 for ever")] * 3
    assert min(hours) >= 72
    assert max(hours) <= 77


def test_d7_one_of_several_recipients_refused(seed, redis, tmp_path):
    later = Later()
    addresses = owed(3)
    with post.running(Sink(clock=later.now)) as sink:
        sink.at_rcpt = lambda recipient: "550 no such mailbox" if recipient == addresses[1] else OK
        office = Installation(tmp_path, sink.port, redis.url)
        with office.woken(every=0.3), office.worker(PROCESSES):
            until(lambda: len(sink.asked) >= 3)
            for _hour in range(24):
                until(is_idle)
                later.move(hours=1)

    found = outcome(addresses, sink.arrived, refused=[addresses[1]])
    record_outcome("D7 second of three refused", found, mails=3, kills=0, seed=seed, note="for 24 h")
    assert found.broken(at_most=0) == [], office.last_words()
    assert {recipient: len(times) for recipient, times in tries(sink).items()} == dict.fromkeys(addresses, 1)
    assert list(Mail.objects.filter(recipient__email=addresses[1]).values_list("state", "error")) == [
        (Mail.State.FAILED, "550 no such mailbox")
    ]


@pytest.mark.long
def test_a_server_that_answers_one_byte_a_second(size, seed, redis, tmp_path):
    """Every single step is in time, and yet no try may take longer than its deadline."""
    mails = size.of(100, short=10)
    addresses = owed(mails)
    with post.running(Sink()) as sink:
        office = Installation(tmp_path, sink.port, redis.url, hurry=60)
        with office.woken(), office.worker(PROCESSES):
            for drips in ("all", "message"):
                sink.drips = drips
                before = Attempt.objects.exclude(outcome=Attempt.Outcome.OPEN).count()
                until(lambda b=before: Attempt.objects.exclude(outcome=Attempt.Outcome.OPEN).count() > b)
            sink.drips = ""
            seconds = until(is_empty)

    found = outcome(addresses, sink.arrived)
    took = [ended - started for started, ended in Attempt.objects.values_list("started_at", "ended_at")]
    note = f"longest try {max(took).total_seconds():.1f} s"
    record_outcome("one byte a second", found, mails=mails, kills=0, seconds=seconds, seed=seed, note=note)
    assert found.broken(at_most=found.unknown) == [], office.last_words()
    # The deadline is 6 seconds, the lease 22; a busy machine takes its time between the two.
    assert max(took) < datetime.timedelta(seconds=20)


def test_what_can_never_be_sent_holds_up_nothing(size, seed, redis, tmp_path):
    """Four in front of a thousand: refused, always broken off, an address that is none, one not in ASCII."""
    mails = size.of(1_000, short=50)
    hopeless = owed(4)
    for number, address in ((2, "no address at all"), (3, "jürgen@example.org")):
        User.objects.filter(email=hopeless[number]).update(email=address)
        hopeless[number] = address
    outbox.tie(today=due.office_today())
    addresses = owed(mails, first=len(hopeless))
    outbox.tie(today=due.office_today())
    first = Mail.objects.ready(timezone.now()).values_list("address", flat=True)[: len(hopeless)]
    assert set(first) == set(hopeless)
    with post.running(Sink()) as sink:
        sink.at_rcpt = lambda recipient: "550 no such mailbox" if recipient == hopeless[0] else OK
        sink.at_data = lambda recipient: DROP if recipient == hopeless[1] else OK
        office = Installation(tmp_path, sink.port, redis.url, hurry=60)
        others = Mail.objects.waiting().exclude(recipient__email__in=hopeless)
        with office.woken(), office.worker(PROCESSES):
            seconds = until(lambda: not others.exists(), within=900)

    found = outcome(addresses, sink.arrived, refused=hopeless)
    left = Mail.objects.filter(recipient__email__in=hopeless).order_by("pk")
    note = ", ".join(f"{mail.state}: {mail.error[:24]}" for mail in left)
    case = "never to be sent, in front"
    record_outcome(case, found, mails=mails, kills=0, seconds=seconds, seed=seed, note=note)
    assert found.broken(at_most=0) == [], office.last_words()
    assert not left.filter(state=Mail.State.SENT).exists()
    assert not left.filter(error="").exists()
