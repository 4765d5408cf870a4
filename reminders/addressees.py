"""Who gets it today: the one responsible, who stands in for them, or the head of office."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from contacts.models import Office, User
from reminders.models import Stage


@dataclass(frozen=True, slots=True)
class Addressee:
    user: User
    for_whom: User | None = None
    """Whom they stand in for, if not themselves."""


class Staff:
    """The staff of one day, read once."""

    def __init__(self, users: dict[int, User], heads: list[int], *, today: datetime.date) -> None:
        self.users, self.heads, self.today = users, heads, today

    @classmethod
    def of(cls, today: datetime.date) -> Self:
        users = {user.pk: user for user in User.objects.select_related("person")}
        heads = User.objects.heads(Office.current()).values_list("pk", flat=True)
        return cls(users, list(heads), today=today)

    @classmethod
    def around(cls, responsible: Iterable[int], *, today: datetime.date) -> Self:
        """These and the heads, with all who stand in for them: a mail concerns a few of thousands."""
        users = {user.pk: user for user in User.objects.heads(Office.current())}
        heads = list(users)
        wanted = {*responsible, *_stand_ins(users.values())} - users.keys()
        while wanted and (found := User.objects.in_bulk(wanted)):
            users |= found
            wanted = _stand_ins(found.values()) - users.keys()
        return cls(users, heads, today=today)

    def addressee(self, role: str, responsible: int | None) -> Addressee | None:
        """Nobody only where no one at all is left who has an address.

        Away without a stand-in, the head gets it; where there is no head either, whoever is away finds it
        on their return.
        """
        first = self.users.get(responsible) if responsible else None
        chain = list(self._chain(first)) if first and role == Stage.Addressee.RESPONSIBLE else []
        heads = [user for pk in self.heads for user in self._chain(self.users[pk])]
        present = (user for user in [*chain, *heads] if self._is_here(user))
        user = next(present, None) or next(filter(_can_get_mail, [*chain, *heads]), None)
        if user is None:
            return None
        stands_in = first if chain and user != first else None
        return Addressee(user, stands_in)

    def stood_in_for_by(self, user: User) -> set[int]:
        """Those whose reminders come to the user on that day, because they are away or have left."""
        found = ((pk, self.addressee(Stage.Addressee.RESPONSIBLE, pk)) for pk in self.users)
        return {pk for pk, each in found if each and each.user == user and each.for_whom is not None}

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
        return _can_get_mail(user) and not user.is_away(self.today)


def _stand_ins(users: Iterable[User]) -> set[int]:
    return {user.stand_in_id for user in users if user.stand_in_id}


def _can_get_mail(user: User) -> bool:
    """Not whoever left, and not whoever died before anybody closed their account."""
    has_died = user.person is not None and user.person.deceased_on is not None
    return user.is_active and bool(user.email) and not has_died
