"""Desks: roles and colleagues that a stage names, who leave and come while the mails are on their way."""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from itertools import count
from random import Random

from django.contrib.auth.models import Group
from django.db import connections

from contacts.models import Office, User
from delegations.models import FollowUp
from reminders import due
from reminders.models import Rule, Stage
from tests.factories import user_in
from tests.faults.people import it_is_noon

PROMISES = 3
"""Due today; each desk is told of each."""
HEADING = "Desk {number} of {{name}}"
READS = re.compile(r"Desk (\d+) of Promise (\d+)")

Matter = tuple[int, int]
"""What is told: number of the desk, number of the promise."""


def matters_in(content: bytes) -> set[Matter]:
    """What somebody reads in that mail."""
    body = message_from_bytes(content, policy=policy.SMTP).get_body(("plain",))
    assert body is not None
    return {(int(desk), int(promise)) for desk, promise in READS.findall(body.get_content())}


@dataclass
class Desk:
    number: int
    stage: Stage
    role: Group
    named: User
    members: list[User]


@dataclass
class House:
    """All desks, and since when until when somebody belonged to one, or could read mails at all."""

    head: User
    reader: Group
    desks: list[Desk] = field(default_factory=list)
    owed: set[Matter] = field(default_factory=set)
    _names: Iterator[int] = field(default_factory=count)
    _times: dict[tuple[str, int | None], list[list[float]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, desks: int) -> House:
        it_is_noon(Office.current())
        head = user_in("head", username="head", email="head@example.org")
        house = cls(head, Group.objects.get(name="reader"))
        house.came(head, None)
        rule = Rule.objects.create(subject=Rule.Subject.FOLLOW_UP)
        for number in range(desks):
            house.open_desk(rule, number)
        today = due.office_today().isoformat()
        for number in range(PROMISES):
            FollowUp.objects.create(title=f"Promise {number}", due_on=today, assignee=head)
        house.owed = {(desk, promise) for desk in range(desks) for promise in range(PROMISES)}
        return house

    def open_desk(self, rule: Rule, number: int) -> None:
        words = HEADING.format(number=number)
        stage = Stage.objects.create(rule=rule, days=number, addressee="named", subject={"de": words})
        role = Group.objects.create(name=f"desk {number}")
        role.permissions.set(self.reader.permissions.all())
        stage.roles.add(role)
        desk = Desk(number, stage, role, self.somebody(), [])
        self.desks.append(desk)
        self.name(desk, desk.named)
        for _member in range(2):
            self.join(desk)

    def somebody(self) -> User:
        name = f"desk{next(self._names)}"
        return User.objects.create(username=name, email=f"{name}@example.org", is_staff=True)

    # --- who comes and leaves ---

    def join(self, desk: Desk, user: User | None = None) -> None:
        user = user or self.somebody()
        self.came(user, None, desk.number)
        user.groups.add(desk.role)
        desk.members.append(user)

    def name(self, desk: Desk, user: User) -> None:
        self.came(user, None, desk.number)
        user.groups.add(self.reader)
        desk.stage.users.add(user)
        desk.named = user

    def leave(self, desk: Desk, user: User) -> None:
        """The role is all that lets them read mails."""
        user.groups.remove(desk.role)
        desk.members.remove(user)
        self.left(user, None, desk.number)

    def take_off(self, desk: Desk) -> None:
        desk.stage.users.remove(desk.named)
        self.left(desk.named, desk.number)

    def lose_right(self, desk: Desk) -> None:
        """Still named, but not to be told."""
        desk.named.groups.clear()
        self.left(desk.named, None)

    def close(self, user: User) -> None:
        User.objects.filter(pk=user.pk).update(is_active=False)
        self.left(user, None)

    # --- what they may be told ---

    def came(self, user: User, *what: int | None) -> None:
        for each in what:
            self._times[user.email, each].append([time.time(), float("inf")])

    def left(self, user: User, *what: int | None) -> None:
        for each in what:
            self._times[user.email, each][-1][1] = time.time()

    def was(self, address: str, what: int | None, *, since: float, until: float) -> bool:
        """At that desk at some time between; at none: whether they could read mails."""
        return any(came <= until and since <= left for came, left in self._times[address, what])


# --- what happens at a desk ---


def emptied(house: House, desk: Desk) -> None:
    for user in list(desk.members):
        house.leave(desk, user)


def given_up(house: House, desk: Desk) -> None:
    """Nobody is named any more: it is the head's."""
    emptied(house, desk)
    house.take_off(desk)


def unreadable(house: House, desk: Desk) -> None:
    emptied(house, desk)
    house.lose_right(desk)


def closed(house: House, desk: Desk) -> None:
    for user in [desk.named, *desk.members]:
        house.close(user)


def handed_over(house: House, desk: Desk) -> None:
    """First the old ones leave, then others come."""
    given_up(house, desk)
    house.join(desk)
    house.name(desk, house.somebody())


def moved_together(house: House, desk: Desk) -> None:
    """The others come first; for a moment all are there."""
    old = list(desk.members)
    house.join(desk)
    for user in old:
        house.leave(desk, user)
    house.take_off(desk)


def left_and_came_back(house: House, desk: Desk) -> None:
    old = list(desk.members)
    given_up(house, desk)
    for user in old:
        house.join(desk, user)


TURNS: tuple[Callable[[House, Desk], None], ...] = (
    *(emptied, given_up, unreadable, closed, moved_together, left_and_came_back),
    # Who is told in the place of others has a reminder of their own after the next scan.
    *(handed_over, handed_over),
)


@contextmanager
def in_turmoil(house: House, dice: Random, *, seconds: float) -> Iterator[None]:
    """Meanwhile something happens at most desks, and scans come in between and in the end."""
    desks = dice.sample(house.desks, len(house.desks) * 9 // 10)
    errors: list[BaseException] = []
    over = threading.Event()

    def go_on() -> None:
        try:
            for number, desk in enumerate(desks):
                if over.wait(dice.uniform(0, 2 * seconds / len(desks))):
                    return
                dice.choice(TURNS)(house, desk)
                if number % 10 == 9:
                    due.scan()
            due.scan()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
        thread.join()
    finally:
        over.set()
        thread.join()
    assert errors == []
