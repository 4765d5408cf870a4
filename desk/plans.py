"""A jubilee plan as its page shows it: what is done and what is next, by whom, and what else is planned."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from contacts.dates import PartialDate
from contacts.models import User
from delegations import jubilee
from delegations.jubilee import Progress
from delegations.models import Delegation, FollowUp
from relations.models import Occasion, Partnership

# Rights that a plan begun at a tie needs.
MAY_PLAN = ("relations.change_partnership", *jubilee.RIGHTS_TO_PLAN)


def occasions_of(anniversaries: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Occasion]:
    """What is on record of these anniversaries, by tie and years."""
    wanted = set(anniversaries)
    if not wanted:
        return {}
    rows = Occasion.objects.labelled().filter(
        partnership__in={tie for tie, _years in wanted}, years__in={years for _tie, years in wanted}
    )
    return {key: row for row in rows if (key := (row.partnership_id, row.years)) in wanted}


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step, with what is said of it."""

    follow_up: FollowUp
    shape: str
    when: str
    facts: list[str]

    @property
    def is_open(self) -> bool:
        return self.follow_up.state == FollowUp.State.OPEN


@dataclass(frozen=True, slots=True)
class PlanPage:
    today: datetime.date
    progress: Progress | None
    """None where there is no plan yet."""
    rows: list[StepRow]
    notes: list[str]
    """What changes the next step: that it is put off, that the tie rests."""
    visits: QuerySet[Delegation]


def plan_page(occasion: Occasion, *, today: datetime.date) -> PlanPage:
    steps: Any = FollowUp.objects.of_plan([occasion])
    rows = list(steps.with_responsible())
    for row in rows:
        row.occasion = occasion
    staff = User.objects.in_bulk({row.answering for row in rows if row.answering})
    return PlanPage(
        today=today,
        progress=jubilee.progress_of([occasion], today=today).get(occasion.pk),
        rows=[_step_row(row, staff, today=today) for row in rows],
        notes=_notes(occasion, has_plan=bool(rows), today=today),
        visits=Delegation.objects.filter(occasion=occasion).order_by("starts_on", "title"),
    )


def _step_row(row: Any, staff: dict[int, User], *, today: datetime.date) -> StepRow:
    facts = [row.distance.display(), str(staff.get(row.answering) or _("nobody in charge"))]
    match row.state:
        case FollowUp.State.DONE:
            shape, when = "ok", _("done")
            facts.append(_("done on %(day)s") % {"day": _day(row.done_on)})
        case FollowUp.State.DROPPED:
            shape, when = "over", _("dropped")
            facts.append(row.dropped_because)
        case _:
            shape = "late" if row.is_overdue(today) else "plan" if row.due_on else "open"
            when = row.due_on.display_short() if row.due_on else _("without a date")
            facts += [_own_day(row), jubilee.began_late(row, today=today)]
    return StepRow(row, shape, when, [fact for fact in facts if fact])


def _day(day: datetime.date) -> str:
    return PartialDate.of(day).display_short()


def _own_day(row: FollowUp) -> str:
    """Of an open step with a day of its own what the plan would have said."""
    if row.follows_the_plan:
        return ""
    if row.planned_on is None:
        return _("date set by hand")
    return _("date set by hand, by the plan %(when)s") % {"when": row.planned_on.display_in()}


def _counts_from_itself(occasion: Occasion) -> bool:
    return occasion.celebrated_from is None and occasion.state == Occasion.State.PLANNED


def _notes(occasion: Occasion, *, has_plan: bool, today: datetime.date) -> list[str]:
    tie, notes = occasion.partnership, []
    if occasion.state == Occasion.State.POSTPONED:
        notes.append(_("Postponed: the open steps have no date until the celebration is moved to a new one."))
    elif has_plan and _counts_from_itself(occasion) and (day := occasion.anniversary):
        text = _("No date of the celebration is entered yet: the steps count from the anniversary %(when)s.")
        notes.append(text % {"when": day.display_in()})
    status = tie.status_on(today)
    if status in (Partnership.Status.SUSPENDED, Partnership.Status.ENDED):
        text = _("%(tie)s is %(status)s. Decide whether the celebration is postponed or not held at all.")
        notes.append(text % {"tie": tie, "status": status.label})
    return notes
