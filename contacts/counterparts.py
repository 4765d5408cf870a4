"""Whom one can write to: the person on record, whoever holds their post now, or nobody, and why.

Nobody writes to the dead, to those who left their post, or to those who are not to be contacted.
"""

from __future__ import annotations

import datetime
import enum
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _

from contacts.models import City, Person, Post, Tenure


class Obstacle(enum.Enum):
    """Why a person is not written to."""

    DIED = enum.auto()
    LEFT = enum.auto()
    ASK_PROTOCOL = enum.auto()
    NO_MAILINGS = enum.auto()
    NEVER = enum.auto()

    def said_of(self, person: Person, post: Post | None) -> str:
        match self:
            case Obstacle.DIED:
                return _("%(person)s has died.") % {"person": person.full_name}
            case Obstacle.LEFT:
                facts = {"person": person.full_name, "post": post}
                return _("%(person)s no longer holds this post: %(post)s.") % facts
            case Obstacle.ASK_PROTOCOL:
                return _("Ask protocol before anyone writes to %(person)s.") % {"person": person.full_name}
            case Obstacle.NO_MAILINGS:
                return _("%(person)s wants no mailings.") % {"person": person.full_name}
        return _("%(person)s is not to be contacted.") % {"person": person.full_name}


def obstacle_to(person: Person) -> Obstacle | None:
    """What the person's own record says; whether they left their post stands in their terms of office."""
    if person.deceased_on:
        return Obstacle.DIED
    return {
        Person.DoNotContact.PROTOCOL_FIRST: Obstacle.ASK_PROTOCOL,
        Person.DoNotContact.NO_MAILINGS: Obstacle.NO_MAILINGS,
        Person.DoNotContact.NEVER: Obstacle.NEVER,
    }.get(Person.DoNotContact(person.do_not_contact))


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Who was named, if anybody was, and who can be written to in which post."""

    person: Person | None
    post: Post | None
    named: Person | None = None
    obstacle: Obstacle | None = None
    """Why it is not the one who was named."""
    holder: Tenure | None = None
    """Who holds the post now, where somebody else does or nobody was named."""

    @property
    def is_another(self) -> bool:
        return self.person is not None and self.person != self.named

    @property
    def addressed_post(self) -> Post | None:
        """The post a letter goes to: a vacant one too, not that of somebody who is not to be contacted."""
        is_vacant = self.holder is None and self.obstacle in (Obstacle.DIED, Obstacle.LEFT)
        return self.post if self.person or is_vacant else None

    @property
    def label(self) -> str:
        """Name and post of whom one writes to."""
        return ", ".join(str(part) for part in (self.person and self.person.full_name, self.post) if part)

    def explained(self) -> str:
        """Why it is not the one who was named, and who it is instead; empty where there is nothing to say."""
        sentences = []
        if self.named and self.obstacle:
            sentences.append(self.obstacle.said_of(self.named, self.post))
        if self.holder and self.holder.person != self.named:
            other = obstacle_to(self.holder.person)
            if other:
                sentences.append(other.said_of(self.holder.person, self.post))
            elif self.named:
                sentences.append(self._holds_it_now(self.holder))
        elif self.post and self.obstacle in (None, Obstacle.DIED, Obstacle.LEFT) and self.person is None:
            sentences.append(_("As far as is known, this post is vacant: %(post)s.") % {"post": self.post})
        return " ".join(sentences)

    def _holds_it_now(self, holder: Tenure) -> str:
        facts = {"person": holder.person.full_name, "post": self.post}
        if holder.is_acting:
            return _("For the time being it is held by %(person)s: %(post)s.") % facts
        return _("Now it is held by %(person)s: %(post)s.") % facts


def counterparts(people: Collection[Person], *, today: datetime.date) -> dict[int, Counterpart]:
    """By person whom one writes to today, in two queries however many they are."""
    terms: dict[int, list[Tenure]] = defaultdict(list)
    known = Tenure.objects.filter(person__in=people).by_precedence().select_related("post__organisation")
    for term in known if people else ():
        terms[term.person_id].append(term)
    posts = {person.pk: _post_of(terms[person.pk], today) for person in people}
    holders = holders_of((post for post, _left in posts.values() if post), today=today)
    return {person.pk: _counterpart(person, *posts[person.pk], holders) for person in people}


def heads_of(cities: Iterable[City], *, today: datetime.date) -> dict[int, Counterpart]:
    """By city who leads it today and can be written to; cities without such a post are left out."""
    posts = Post.objects.filter(is_head_of_city=True, organisation__city__in=set(cities))
    found = {post.organisation.city_id: post for post in posts.select_related("organisation")}
    holders = holders_of(found.values(), today=today)
    return {city: _holding(post, holders.get(post.pk)) for city, post in found.items() if city is not None}


def holders_of(posts: Iterable[Post], *, today: datetime.date) -> dict[int, Tenure]:
    """By post who holds it on that day and is alive: an elected holder before an acting one."""
    wanted = {post.pk for post in posts}
    if not wanted:
        return {}
    terms = Tenure.objects.on(today).filter(post__in=wanted, person__deceased_on__isnull=True)
    in_order = terms.order_by("is_acting", models.F("since").desc(nulls_last=True), "pk")
    found: dict[int, Tenure] = {}
    for term in in_order.select_related("person"):
        found.setdefault(term.post_id, term)
    return found


def _post_of(terms: list[Tenure], today: datetime.date) -> tuple[Post | None, bool]:
    """The post that somebody holds, else the one they held last; and whether they have left it."""
    running = [term for term in terms if term.state_on(today) == Tenure.State.RUNNING]
    if running:
        return running[0].post, False
    over = [term for term in terms if term.state_on(today) == Tenure.State.OVER]
    last = max(over, key=lambda term: term.until.last_day if term.until else datetime.date.min, default=None)
    return (last.post, True) if last else (None, False)


def _counterpart(
    person: Person, post: Post | None, has_left: bool, holders: dict[int, Tenure]
) -> Counterpart:
    obstacle = obstacle_to(person)
    if has_left and obstacle != Obstacle.DIED:
        obstacle = Obstacle.LEFT
    if obstacle is None:
        return Counterpart(person, post, person)
    if post is None or obstacle not in (Obstacle.DIED, Obstacle.LEFT):
        return Counterpart(None, post, person, obstacle)
    other = _holding(post, holders.get(post.pk))
    return Counterpart(other.person, post, person, obstacle, other.holder)


def _holding(post: Post, holder: Tenure | None) -> Counterpart:
    person = holder.person if holder and obstacle_to(holder.person) is None else None
    return Counterpart(person, post, holder=holder)
