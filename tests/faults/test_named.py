"""Reminders of those whom a stage names: they leave and come while workers send beside each other and die."""

from collections import defaultdict
from dataclasses import replace

import pytest
from django.db.models import Count, Q

from reminders import due, outbox
from reminders.addressees import Readership
from reminders.models import Attempt, Mail, Reminder
from tests.faults import sink as post
from tests.faults.desks import House, in_turmoil, matters_in
from tests.faults.figures import outcome, record_outcome
from tests.faults.patience import EMPTY_WITHIN, SOON, is_empty, until
from tests.faults.sink import Sink, refuse_a_fifth
from tests.faults.workers import Installation

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 4
HURRY = 60


def test_those_named_leave_and_come_while_workers_are_killed(size, seed, dice, redis, tmp_path):
    desks, kills = size.of(150, short=40), size.of(12, short=3)
    house = House.of(desks)
    due.scan()
    outbox.tie(today=due.office_today())
    with post.running(Sink(answer_after=0.2, keeps_contents=True)) as sink:
        refuse_a_fifth(sink, dice)
        office = Installation(tmp_path, sink.port, redis.url, hurry=HURRY)
        with office.woken(), office.workers(PROCESSES) as next_worker:
            with in_turmoil(house, dice, seconds=size.of(60, short=15)):
                for _kill in range(kills):
                    wanted = len(sink.copies) + dice.randint(8, 15)
                    with next_worker():
                        assert sink.wait_for(wanted, within=SOON), office.last_words()
            with next_worker():
                seconds = until(is_empty, within=EMPTY_WITHIN)

    # Who is told of more later gets more than one mail on one day.
    found = replace(outcome([], sink.arrived), renamed=[])
    told = {(copy.recipient, matter) for copy in sink.copies for matter in matters_in(copy.content)}
    of_head = {matter for recipient, matter in told if recipient == house.head.email}
    mails, case = Mail.objects.count(), "named, killed, they leave and come"
    note = f"{len(house.owed)} matters at {desks} desks, {len(told)} tellings, {len(of_head)} to the head"
    record_outcome(case, found, mails=mails, kills=kills, seconds=seconds, seed=seed, note=note)
    untold = sorted(house.owed - {matter for _recipient, matter in told} - overtaken(house, of_head))
    broken = [f"told to nobody: {untold[:5]}"] if untold else []
    broken += found.broken(at_most=kills * PROCESSES) + twice(sink.copies) + strangers(house, sink.arrived)
    assert broken == [], office.last_words()
    assert found.unknown >= 1
    assert of_head


def overtaken(house, of_head):
    """Where nobody is left at two desks, the head hears of a promise by the later stage alone."""
    missed = Reminder.objects.filter(state=Reminder.State.MISSED).values_list("stage", "follow_up__title")
    desk_of = {desk.stage.pk: desk.number for desk in house.desks}
    return {
        (number, promise)
        for stage, title in missed
        for number, promise in [(desk_of[stage], int(title.removeprefix("Promise ")))]
        if any(later < number and same == promise for later, same in of_head)
    }


def twice(copies):
    """Who heard of something in two mails, though of none of them an attempt is unknown."""
    unknown = Count("attempts", filter=Q(attempts__outcome=Attempt.Outcome.UNKNOWN))
    doubts = dict(Mail.objects.annotate(doubts=unknown).values_list("message_id", "doubts"))
    heard = defaultdict(set)
    for copy in copies:
        for matter in matters_in(copy.content):
            heard[copy.recipient, matter].add(copy.message_id)
    return [
        f"{recipient} told twice of {matter}"
        for (recipient, matter), mails in heard.items()
        if len(mails) - 1 > sum(doubts[mail] for mail in mails)
    ]


def strangers(house, arrived):
    """Who heard of what was not for them when it was written, or could not read mails when it was sent.

    Of a mail that is sent again that is believed for a second.
    """
    started = defaultdict(list)
    for message_id, moment in Attempt.objects.values_list("mail__message_id", "started_at"):
        started[message_id].append(moment.timestamp())
    found, written = [], set()
    for copy in sorted(arrived, key=lambda copy: copy.at):
        since = max(at for at in started[copy.message_id] if at <= copy.at)
        try_of = {"since": since, "until": copy.at}
        if not house.was(copy.recipient, None, since=since - Readership.BELIEVED_FOR, until=copy.at):
            found.append(f"{copy.recipient} may not read mails")
        if copy.message_id in written or copy.recipient == house.head.email:
            continue
        written.add(copy.message_id)
        desks = {desk for desk, _promise in matters_in(copy.content)}
        not_theirs = [desk for desk in sorted(desks) if not house.was(copy.recipient, desk, **try_of)]
        found += [f"{copy.recipient} told of desk {desk}" for desk in not_theirs]
    return found
