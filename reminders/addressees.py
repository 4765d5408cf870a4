"""Who gets it today: the one responsible or named, who stands in for them, or the head of office.

A mail must never tell anybody what they may not see. So nobody counts here but who can be written to and may
see all that a mail may speak of (`readers`); whoever asks for an addressee gets no one else.
"""

from __future__ import annotations

import datetime
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Self

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from contacts.models import City, CityDate, Office, Organisation, Person, Post, User
from contacts.records import batches
from delegations.models import Delegation, FollowUp
from relations.models import Agreement, Interaction, Occasion, Partnership, Project
from reminders.models import Mail, Stage, To

# What mails are about, and what else they name: the last visit, a contact, what is open, who is greeted.
SPOKEN_OF = (
    *(Partnership, Agreement, FollowUp, Delegation, City, CityDate, Office),
    *(Interaction, Occasion, Project, Organisation, Post, Person),
)


READS = {f"{model._meta.app_label}.view_{model._meta.model_name}": model for model in SPOKEN_OF}
# Who may not close a promise gets no link that would.
KEEPS_PROMISES = "delegations.change_followup"


@dataclass(frozen=True, slots=True)
class Addressee:
    user: User
    for_whom: User | None = None
    """Whom they stand in for, if not themselves."""
    keeps_promises: bool = False
    """Whether they may close a promise, and ask the other side to keep theirs."""


def readers(users: Iterable[User]) -> dict[int, set[str]]:
    """Those of these users who may get mail, with which of the rights that count here they have.

    Not whoever left, and not whoever died before anybody closed their account; not whose roles leave out
    something that a mail may speak of. Asked in a number of queries that does not grow with the users.
    """
    rights = rights_of(filter(_is_within_reach, users))
    return {pk: held for pk, held in rights.items() if held >= READS.keys()}


def rights_of(users: Iterable[User]) -> dict[int, set[str]]:
    """Which of the rights that count here each of them has, by a role or one by one."""
    counting = {*READS, KEEPS_PROMISES}
    asked = {user.pk: user for user in users}
    held = {pk: set(counting) if user.is_superuser else set() for pk, user in asked.items()}
    needed = Permission.objects.filter(
        reduce(or_, (Q(content_type__app_label=room, codename=name) for room, name in map(_parts, counting)))
    ).values("pk")
    name_of = ("permission__content_type__app_label", "permission__codename")
    by_role: dict[int, set[str]] = defaultdict(set)
    of_roles = Group.permissions.through.objects.filter(permission__in=needed)
    for role, *right in of_roles.values_list("group_id", *name_of):
        by_role[role].add(".".join(right))
    for keys in batches(asked):
        members = User.groups.through.objects.filter(user__in=keys)
        for user, role in members.values_list("user_id", "group_id"):
            held[user] |= by_role[role]
        one_by_one = User.user_permissions.through.objects.filter(user__in=keys, permission__in=needed)
        for user, *right in one_by_one.values_list("user_id", *name_of):
            held[user].add(".".join(right))
    return held


def _parts(right: str) -> list[str]:
    return right.split(".")


def _is_within_reach(user: User) -> bool:
    has_died = user.person is not None and user.person.deceased_on is not None
    return user.is_active and bool(user.email) and not has_died


class Readership:
    """Who of those with a finished mail waiting may read it: asked for many at once, believed for a second.

    To ask for each mail by itself costs a sender a third of its rate. Whoever loses the right meanwhile gets
    at most what was on its way within that second; a "no" is never believed, but asked again.
    """

    BELIEVED_FOR = 1.0
    AT_ONCE = 200

    def __init__(self) -> None:
        self._readers: set[int] = set()
        self._until = 0.0

    def includes(self, mail: Mail, *, now: datetime.datetime) -> bool:
        """Whether the mail's recipient may read it."""
        if time.monotonic() > self._until or mail.recipient_id not in self._readers:
            self._until = time.monotonic() + self.BELIEVED_FOR
            next_ones = Mail.objects.ready(now).filter(is_frozen=True)[: self.AT_ONCE]
            asked = {mail.recipient_id, *next_ones.values_list("recipient_id", flat=True)}
            self._readers = set(readers(User.objects.select_related("person").in_bulk(asked).values()))
        return mail.recipient_id in self._readers


def named_by(stages: Iterable[Stage]) -> dict[int, list[int]]:
    """By stage those whom it names, one by one or by a role, and who may get mail; in an order that stays."""
    found: dict[int, set[int]] = defaultdict(set)
    by_role: dict[int, set[int]] = defaultdict(set)
    stored = []
    for stage in stages:
        if stage.chosen is None:
            stored += [stage.pk] if stage.pk else []
            continue
        found[stage.pk].update(user.pk for user in stage.chosen.users)
        for role in stage.chosen.roles:
            by_role[role.pk].add(stage.pk)
    one_by_one = Stage.users.through.objects.filter(stage__in=stored)
    for its_pk, user in one_by_one.values_list("stage_id", "user_id"):
        found[its_pk].add(user)
    of_roles = Stage.roles.through.objects.filter(stage__in=stored)
    for its_pk, its_role in of_roles.values_list("stage_id", "group_id"):
        by_role[its_role].add(its_pk)
    if by_role:
        members = User.groups.through.objects.filter(group__in=list(by_role))
        for user, its_role in members.values_list("user_id", "group_id"):
            for its_pk in by_role[its_role]:
                found[its_pk].add(user)
    everybody = set().union(*found.values())
    if not everybody:
        return {}
    may = readers(User.objects.select_related("person").in_bulk(everybody).values())
    return {pk: sorted(users & may.keys()) for pk, users in found.items()}


class Staff:
    """The staff of one day, read once."""

    def __init__(self, users: dict[int, User], heads: list[int], *, today: datetime.date) -> None:
        self.users, self.heads, self.today = users, heads, today
        self.readers = readers(users.values())

    @classmethod
    def of(cls, today: datetime.date) -> Self:
        users = {user.pk: user for user in User.objects.select_related("person")}
        heads = User.objects.heads(Office.current()).values_list("pk", flat=True)
        return cls(users, list(heads), today=today)

    @classmethod
    def around(cls, people: Iterable[int], *, today: datetime.date) -> Self:
        """These and the heads, with all who stand in for them: a mail concerns a few of thousands."""
        with_person = User.objects.select_related("person")
        users = {user.pk: user for user in with_person.heads(Office.current())}
        heads = list(users)
        wanted = {*people, *_stand_ins(users.values())} - users.keys()
        while wanted and (found := with_person.in_bulk(wanted)):
            users |= found
            wanted = _stand_ins(found.values()) - users.keys()
        return cls(users, heads, today=today)

    def addressee(self, to: To, responsible: int | None, *, beside: Iterable[To] = ()) -> Addressee | None:
        """Nobody only where no one at all is left who may get mail.

        Away without a stand-in, the head gets it; where there is no head either, whoever is away finds it
        on their return. So does who is named beside others, while one of these is there and has it.
        """
        first = self._first(to, responsible)
        chain = list(self._chain(first))
        heads = [] if any(self.reaches(each, responsible) for each in beside) else self._chain_of_heads()
        present = (user for user in [*chain, *heads] if self._is_here(user))
        user = next(present, None) or next(filter(self._may_get, [*chain, *heads]), None)
        if user is None:
            return None
        stands_in = first if chain and user != first else None
        return Addressee(user, stands_in, KEEPS_PROMISES in self.readers[user.pk])

    def reaches(self, to: To, responsible: int | None) -> bool:
        """Whether it comes to somebody who is there; for one of those named the head does not count."""
        heads = [] if to.user else self._chain_of_heads()
        return any(map(self._is_here, [*self._chain(self._first(to, responsible)), *heads]))

    def stood_in_for_by(self, user: User) -> set[int]:
        """Those whose reminders come to the user on that day, because they are away or have left."""
        found = ((pk, self.addressee(To(Stage.Addressee.RESPONSIBLE), pk)) for pk in self.users)
        return {pk for pk, each in found if each and each.user == user and each.for_whom is not None}

    def _first(self, to: To, responsible: int | None) -> User | None:
        mine = {Stage.Addressee.RESPONSIBLE: responsible, Stage.Addressee.NAMED: to.user}
        return self.users.get(mine.get(Stage.Addressee(to.addressee)) or 0)

    def _chain_of_heads(self) -> list[User]:
        return [user for pk in self.heads for user in self._chain(self.users[pk])]

    def _chain(self, user: User | None) -> Iterator[User]:
        """The user, their stand-in, the stand-in's … ; whoever stands in for themselves ends it."""
        seen: set[int] = set()
        while user is not None and user.pk not in seen:
            seen.add(user.pk)
            yield user
            if self._is_here(user):
                return
            user = self.users.get(user.stand_in_id) if user.stand_in_id else None

    def _is_here(self, user: User) -> bool:
        return self._may_get(user) and not user.is_away(self.today)

    def _may_get(self, user: User) -> bool:
        return user.pk in self.readers


def _stand_ins(users: Iterable[User]) -> set[int]:
    return {user.stand_in_id for user in users if user.stand_in_id}
