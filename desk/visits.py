"""The visits on the first page: where each of them stands, and what it needs next."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.dates import display_span
from delegations.admin import STATE_SHAPES
from delegations.models import Delegation, Participant, ProgrammeItem
from reminders.phrases import left_until

# Of each group; the rest stands in the list.
SHOWN = 5


@dataclass(frozen=True, slots=True)
class VisitRow:
    visit: Delegation
    route: str
    head: str
    when: str
    when_note: str
    shape: str
    state: str
    step: str
    step_note: str


@dataclass(slots=True)
class Visits:
    rows: list[VisitRow]
    under_way: int
    coming: int
    to_finish: int

    @property
    def summary(self) -> str:
        """ "1 under way, 2 coming, 3 to finish"; what there is none of goes unsaid."""
        parts = [
            (self.under_way, ngettext("%(count)d under way", "%(count)d under way", self.under_way)),
            (self.coming, ngettext("%(count)d coming", "%(count)d coming", self.coming)),
            (self.to_finish, ngettext("%(count)d to finish", "%(count)d to finish", self.to_finish)),
        ]
        return ", ".join(text % {"count": count} for count, text in parts if count)


def at_hand(mine: Any, *, today: datetime.date) -> Visits:
    """Of these visits what is under way, coming (without a date last) and to be finished, latest first."""
    state = Delegation.State
    under_way = mine.under_way(today)
    begun = Delegation.objects.under_way(today).values("pk")
    coming = mine.coming(today).exclude(pk__in=begun)
    undated = mine.filter(starts_on__isnull=True, state__in=[state.IDEA, state.PLANNED, state.CONFIRMED])
    to_finish = mine.to_finish(today)
    keys = {
        "under_way": _first(under_way.order_by("starts_on", "pk")),
        "coming": [*_first(coming.order_by("starts_on", "pk")), *_first(undated.order_by("pk"))][:SHOWN],
        "to_finish": _first(to_finish),
    }
    found = (
        Delegation.objects.select_related("home")
        .prefetch_related(
            "stops__city",
            models.Prefetch("participants", Participant.objects.select_related("person")),
            models.Prefetch("programme", ProgrammeItem.objects.only("delegation", "state")),
            "outcomes",
        )
        .in_bulk([pk for some in keys.values() for pk in some])
    )
    return Visits(
        rows=[
            _visit_row(found[pk], kind, today=today)
            for kind, some in keys.items()
            for pk in some
            if pk in found
        ],
        under_way=under_way.count(),
        coming=coming.count() + undated.count(),
        to_finish=to_finish.count(),
    )


def _first(rows: Any) -> list[int]:
    return list(rows.values_list("pk", flat=True)[:SHOWN])


def _visit_row(visit: Delegation, kind: str, *, today: datetime.date) -> VisitRow:
    if kind == "to_finish":
        shape, state, step = _loose_end(visit)
        planned = sum(1 for item in visit.programme.all() if item.state == ProgrammeItem.State.PLANNED)
        note = ngettext(
            "%(count)d programme item still counts as planned",
            "%(count)d programme items still count as planned",
            planned,
        )
        step_note = note % {"count": planned} if planned else ""
    else:
        shape = STATE_SHAPES.get(Delegation.State(visit.state), "plan")
        state, step, step_note = visit.get_state_display(), _preparation(visit, kind), ""
    when_note = visit.dates_note
    if kind == "coming" and visit.starts_on and not when_note:
        when_note = left_until(visit.starts_on, today=today)
    return VisitRow(
        visit, route_of(visit), head_of(visit), span_of(visit), when_note, shape, state, step, step_note
    )


def _loose_end(visit: Delegation) -> tuple[str, str, str]:
    """What is still missing of a visit that is over, the first thing first."""
    if visit.state != Delegation.State.COMPLETED:
        return "warn", _("not closed"), _("Say whether it took place")
    if not visit.outcomes.all():
        return "warn", _("outcomes missing"), _("Enter what came of it")
    return "warn", _("report missing"), _("Write the report")


def _preparation(visit: Delegation, kind: str) -> str:
    """The next thing that a visit needs, in the order in which one prepares it."""
    if kind == "under_way":
        return _("Enter what is agreed") if visit.starts_on else _("Enter when it is")
    if visit.starts_on is None:
        return _("Agree on a date")
    if not visit.stops.all():
        return _("Enter the stops")
    if not visit.participants.all():
        return _("Enter who takes part")
    if not visit.programme.all():
        return _("Draw up the programme")
    if visit.state != Delegation.State.CONFIRMED:
        return _("Confirm it")
    return _("Prepare the briefing")


def route_of(visit: Delegation) -> str:
    """ "Düsseldorf → Seoul, Chongqing"; the arrow points at our city where we are visited."""
    stops = [stop.city.short_name for stop in visit.stops.all() if stop.city_id != visit.home_id]
    away, home = ", ".join(dict.fromkeys(stops)), visit.home.short_name if visit.home else ""
    if not (away and home):
        return away or home
    arrows = {Delegation.Direction.OUTBOUND: "→", Delegation.Direction.INBOUND: "←"}
    arrow = arrows.get(Delegation.Direction(visit.direction)) if visit.direction else None
    return f"{home} {arrow} {away}" if arrow else f"{home}, {away}"


def head_of(visit: Delegation) -> str:
    """Who leads it, where that is a person."""
    heads = (
        each.person.full_name
        for each in visit.participants.all()
        if each.role == Participant.Role.HEAD and each.person
    )
    return next(heads, "")


def span_of(visit: Delegation) -> str:
    """From when until when, as far as it is known; a word where nothing is."""
    return display_span(visit.starts_on, visit.ends_on) or _("date open")
