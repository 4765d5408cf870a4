"""One search over everything the office keeps: by kind, folded, the best first, as far as one may see it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contacts import names
from contacts.dates import PartialDate
from contacts.models import City, Document, Organisation, Person, Post, Statement, Tenure
from contacts.records import Record
from contacts.viewpoint import narrowed
from delegations.models import (
    Cost,
    Delegation,
    FollowUp,
    Gift,
    GoldenBookEntry,
    Outcome,
    ProgrammeItem,
)
from desk.visits import span_of
from relations.models import (
    Agreement,
    CouncilDecision,
    Interaction,
    Occasion,
    Partnership,
    Project,
    Theme,
)

SHOWN = 5
LONGEST = 200
"""Letters of a query."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row that is searched, and what is said beside its name."""

    resource: str
    """Its name in the API."""
    model: type[Record]
    icon: str
    hint: Callable[[Any], list[Any]]
    """What tells the row from its like; what is empty is left out."""
    with_hint: Callable[[Any, datetime.date], Any] = lambda rows, today: rows
    """The rows with what the hint needs, so that it costs no query a row."""

    @property
    def label(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    def is_seen_by(self, user: Any) -> bool:
        options = self.model._meta
        return user.has_perm(f"{options.app_label}.view_{options.model_name}")

    def list_url(self, text: str) -> str:
        """The list of the admin, searched for the same."""
        options = self.model._meta
        return reverse(f"admin:{options.app_label}_{options.model_name}_changelist", query={"q": text})


@dataclass(frozen=True, slots=True)
class Hit:
    kind: Kind
    id: int
    name: str
    hint: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind: the best of them, and how many there are."""

    kind: Kind
    hits: list[Hit]
    count: int
    list_url: str

    @property
    def has_more(self) -> bool:
        return self.count > len(self.hits)


# --- what is said beside a name ---


def _held(rows: Any, today: datetime.date) -> Any:
    running = Tenure.objects.on(today).by_precedence().select_related("post__organisation")
    over = Tenure.objects.filter(until__on_or_before=today).exclude(pk__in=running.order_by().values("pk"))
    over = over.order_by("-until", "pk").select_related("post__organisation")
    return rows.prefetch_related(
        models.Prefetch("tenures", running, to_attr="running"),
        models.Prefetch("tenures", over, to_attr="over"),
    )


def _post(row: Any) -> Any:
    """The first of the posts held today, else the last one held before."""
    if row.running:
        return row.running[0].post
    return _("formerly %(post)s") % {"post": row.over[0].post} if row.over else None


def _holders(rows: Any, today: datetime.date) -> Any:
    running = Tenure.objects.on(today).order_by("is_acting", "pk").select_related("person")
    return rows.prefetch_related(models.Prefetch("tenures", running, to_attr="running"))


def _short(date: PartialDate | datetime.date | None) -> str:
    if date is None:
        return ""
    return (date if isinstance(date, PartialDate) else PartialDate.of(date)).display_short()


def _due(row: FollowUp) -> str:
    return _("due %(date)s") % {"date": row.due_on.display_short()} if row.due_on else ""


def _founded(row: Partnership) -> str:
    return _("since %(year)s") % {"year": row.founded.year} if row.founded else ""


# In the order in which the groups are shown. Places of the gazetteer, participants, stops and the like are
# found by way of what they belong to; rules, reminders and mails by their own lists.
KINDS = (
    Kind("cities", City, "city", lambda row: [row.country.name, row.region]),
    Kind(
        "people",
        Person,
        "person",
        lambda row: [_post(row)],
        _held,
    ),
    Kind(
        "partnerships",
        Partnership,
        "tie",
        lambda row: [row.get_kind_display(), row.status.label, _founded(row)],
        lambda rows, today: rows.with_status(today),
    ),
    Kind("delegations", Delegation, "route", lambda row: [span_of(row), row.get_state_display()]),
    Kind("follow-ups", FollowUp, "bell", lambda row: [_due(row), row.get_state_display()]),
    Kind(
        "projects",
        Project,
        "project",
        lambda row: [row.get_kind_display(), row.get_state_display(), _short(row.starts_on)],
    ),
    Kind(
        "agreements",
        Agreement,
        "paper",
        lambda row: [row.get_kind_display(), row.get_state_display(), _short(row.signed_on)],
    ),
    Kind(
        "interactions",
        Interaction,
        "quote",
        lambda row: [row.partnership or row.city],
        lambda rows, today: rows.select_related("partnership__home", "partnership__partner", "city__parent"),
    ),
    Kind(
        "organisations",
        Organisation,
        "house",
        lambda row: [row.get_kind_display(), row.city and row.city.short_name],
    ),
    Kind(
        "posts",
        Post,
        "post",
        lambda row: [", ".join(tenure.person.full_name for tenure in row.running)],
        _holders,
    ),
    Kind(
        "documents",
        Document,
        "paper",
        lambda row: [row.get_kind_display(), row.publisher, _short(row.published_on)],
    ),
    Kind("statements", Statement, "quote", lambda row: [row.get_kind_display()]),
    Kind(
        "programme-items",
        ProgrammeItem,
        "calendar",
        lambda row: [row.delegation, _short(row.on), row.get_state_display()],
    ),
    Kind(
        "outcomes",
        Outcome,
        "check",
        lambda row: [row.delegation],
        lambda rows, today: rows.select_related("delegation"),
    ),
    Kind(
        "golden-book",
        GoldenBookEntry,
        "book",
        lambda row: [row.delegation],
        lambda rows, today: rows.select_related("delegation"),
    ),
    Kind("gifts", Gift, "gift", lambda row: [_short(row.on)]),
    Kind("costs", Cost, "coins", lambda row: []),
    Kind("occasions", Occasion, "jubilee", lambda row: [row.get_state_display()]),
    Kind("decisions", CouncilDecision, "paper", lambda row: [row.title, _short(row.on)]),
    Kind("themes", Theme, "ruler", lambda row: []),
)


# --- searching ---


def search(
    text: str,
    *,
    user: Any,
    today: datetime.date,
    home: City | None = None,
    shown: int = SHOWN,
    only: Collection[str] = (),
) -> list[Group]:
    """The kinds that hold the text and that the user may see, each with its best hits; one query a kind.

    Names are found however they are spelled. A text that would find nearly everything finds nothing: ask
    `names.is_too_short` first where that should be said. `home` narrows what belongs to one of our cities,
    `only` names the kinds that are asked for, as the API does.
    """
    if names.is_too_short(text):
        return []
    kinds = (kind for kind in KINDS if (not only or kind.resource in only) and kind.is_seen_by(user))
    found = (_group(kind, text, today=today, home=home, shown=shown) for kind in kinds)
    return [group for group in found if group.count]


def _group(kind: Kind, text: str, *, today: datetime.date, home: City | None, shown: int) -> Group:
    rows = narrowed(kind.model.objects.all(), home).search(text).best_first(text).labelled().with_total()
    hits = list(kind.with_hint(rows, today)[:shown])
    return Group(
        kind,
        [Hit(kind, row.pk, str(row), _hint(kind, row), row.get_absolute_url()) for row in hits],
        hits[0].total if hits else 0,
        kind.list_url(text),
    )


def _hint(kind: Kind, row: Any) -> str:
    return " · ".join(str(part) for part in kind.hint(row) if part)
