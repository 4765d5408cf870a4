"""The plan of a jubilee: an occasion with its checklist, each step a follow-up counted from the celebration.

Whatever happens to the occasion, `follow` brings its plan along: what is still open and still where the plan
put it moves, what is done or dropped stays, and so does what a person gave a day of its own.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from contacts.dates import PartialDate
from contacts.models import Office, User
from contacts.records import hold
from delegations.models import FollowUp, JubileeStep
from delegations.offsets import Celebration
from relations.anniversaries import Milestone, milestone, next_round
from relations.models import Occasion, Partnership

# Rights that beginning a plan and moving one need.
RIGHTS_TO_PLAN = ("relations.add_occasion", "delegations.add_followup")
RIGHTS_TO_MOVE = ("delegations.change_followup",)

# A plan begun late has steps whose day has passed. They are due all at once, after so long, and before the
# first step that still is in time: one mail tells of them, where old dates would be asked for week by week.
SOON = datetime.timedelta(days=14)
DAY = datetime.timedelta(days=1)


def celebration_of(occasion: Occasion) -> Celebration | None:
    """When it is celebrated, else the anniversary itself; None where it is put off, or nothing is known."""
    begin = occasion.celebrated_from or occasion.anniversary
    if begin is None or occasion.state == Occasion.State.POSTPONED:
        return None
    until = occasion.celebrated_until
    return Celebration(begin, until if until and until.last_day >= begin.first_day else begin)


# --- beginning a plan ---


@transaction.atomic
def plan(tie: Partnership, *, years: int | None = None, today: datetime.date) -> Occasion:
    """The occasion of that anniversary, else of the next round one, with its plan; one that is there stays.

    Whoever clicks twice, or two at once, gets the same plan: they take turns at the row of the tie.
    """
    hold(Partnership, tie.pk)
    years = years or coming_years(tie, today=today) or 0
    occasion = Occasion.objects.filter(partnership=tie, years=years).first()
    if occasion and is_planned(occasion):
        return occasion
    _refuse_tie(tie, today=today)
    _refuse_years(tie, years, today=today)
    if occasion is None:
        occasion = Occasion(partnership=tie, years=years)
        occasion.full_clean()
        occasion.save()
    _refuse_occasion(occasion, today=today)
    _enter_steps(occasion, today=today)
    return occasion


def plan_for(occasion: Occasion, *, today: datetime.date) -> Occasion:
    """The same for an occasion that is on record."""
    return plan(occasion.partnership, years=occasion.years, today=today)


def coming_years(tie: Partnership, *, today: datetime.date) -> int | None:
    """How many years the next round anniversary of the tie counts."""
    coming = next_round(tie.founded, today) if tie.founded else None
    return coming.years if coming else None


def is_planned(occasion: Occasion) -> bool:
    return FollowUp.objects.of_plan([occasion]).exists()


def _refusal(field: str, code: str, message: str) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code)})


def _refuse_tie(tie: Partnership, *, today: datetime.date) -> None:
    """Anniversaries are of ties on the books whose founding is known."""
    status = tie.status_on(today)
    closer = tie.successors.first()
    if closer and not Partnership.objects.not_stepped_up(today).filter(pk=tie.pk).exists():
        text = _("%(tie)s was stepped up. Plan the jubilee of the closer tie: %(closer)s.")
        raise _refusal("status", "stepped_up", text % {"tie": tie, "closer": closer})
    texts = {
        Partnership.Status.PROPOSED: _("%(tie)s is only proposed. Enter the signing first."),
        Partnership.Status.SUSPENDED: _("%(tie)s is suspended. Resume the tie first."),
        Partnership.Status.ENDED: _("%(tie)s has ended. Its anniversaries are not counted any more."),
    }
    if status in texts:
        text = texts[status]
        raise _refusal("status", status.value, text % {"tie": tie})
    if tie.founded is None:
        text = _("Nobody has entered when %(tie)s was founded. Enter that first, at least the year.")
        raise _refusal("founded", "required", text % {"tie": tie})


def _refuse_years(tie: Partnership, years: int, *, today: datetime.date) -> None:
    """Plans are for round years that the calendar has; 0 where there is no further one."""
    assert tie.founded is not None  # asked before
    if not 1 <= years <= datetime.MAXYEAR - tie.founded.year:
        text = _("The calendar ends before that anniversary. Choose fewer years.")
        raise _refusal("years", "too_far", text)
    if milestone(years) == Milestone.NONE:
        text = _("%(years)s is no round anniversary: those are every five years from the tenth on.")
        message = text % {"years": years}
        if coming := next_round(tie.founded, today):
            message += " " + _("The next one: %(years)s years, %(when)s.") % {
                "years": coming.years,
                "when": coming.when.display_in(),
            }
        raise _refusal("years", "not_round", message)


def _refuse_occasion(occasion: Occasion, *, today: datetime.date) -> None:
    """Plans are for what is to be celebrated."""
    texts = {
        Occasion.State.POSTPONED: _("%(occasion)s is postponed. Say first when it is celebrated."),
        Occasion.State.SKIPPED: _("%(occasion)s is not celebrated. Take it up again first."),
        Occasion.State.CELEBRATED: _("%(occasion)s was celebrated already."),
    }
    if text := texts.get(Occasion.State(occasion.state)):
        raise _refusal("state", occasion.state, text % {"occasion": occasion})
    celebration = celebration_of(occasion)
    assert celebration is not None  # its tie has a founding date
    if celebration.end.last_day < today:
        field = "celebrated_from" if occasion.celebrated_from else "years"
        text = _("%(occasion)s was %(when)s. If it is still to be celebrated, say when first.")
        raise _refusal(field, "over", text % {"occasion": occasion, "when": celebration.begin.display_in()})


def _enter_steps(occasion: Occasion, *, today: datetime.date) -> None:
    celebration = celebration_of(occasion)
    assert celebration is not None
    steps = list(JubileeStep.objects.active())
    if not steps:
        text = _("No step of jubilee plans is in use. Switch some on in their list first.")
        raise _refusal("__all__", "no_steps", text)
    head = User.objects.heads(Office.current()).first()
    days = {step.pk: step.offset.counted(celebration) for step in steps}
    soon = _soon(celebration, days.values(), today=today)
    for step in sorted(steps, key=lambda step: (days[step.pk].first_day, step.order, step.pk)):
        day = days[step.pk] if days[step.pk].last_day >= today else soon
        assignee = head if step.owner == JubileeStep.Owner.HEAD else None
        owner = assignee or occasion.partnership.responsible
        language = owner.language if owner else get_language()
        row = FollowUp(
            title=step.title_in(language),
            text=step.text_in(language),
            assignee=assignee,
            occasion=occasion,
            step=step,
            offset=str(step.offset),
            planned_on=day,
            due_on=day,
        )
        row.full_clean()
        row.save()


def _soon(celebration: Celebration, counted: Iterable[PartialDate], *, today: datetime.date) -> PartialDate:
    """When what should have been done is due: before the next step, and the celebration, at the latest."""
    days = [day.first_day for day in counted] + [celebration.begin.first_day, celebration.begin.last_day]
    return PartialDate.of(min([today + SOON, *(day for day in days if day >= today)]))


# --- what happens to the occasion, and the plan with it ---


@transaction.atomic
def move(
    occasion: Occasion,
    *,
    celebrated_from: PartialDate | None,
    celebrated_until: PartialDate | None = None,
    today: datetime.date,
) -> None:
    """It is celebrated then; the open steps move along."""
    occasion.move(celebrated_from=celebrated_from, celebrated_until=celebrated_until)
    follow(occasion, today=today)


@transaction.atomic
def postpone(occasion: Occasion, *, reason: str = "", today: datetime.date) -> None:
    """Nobody knows until when: the open steps stay, without dates, until it is moved to a new day."""
    occasion.postpone(reason=reason)
    follow(occasion, today=today)


@transaction.atomic
def skip(occasion: Occasion, *, reason: str, today: datetime.date) -> None:
    """It is not celebrated: what is open falls away, with the reason."""
    occasion.skip(reason=reason)
    follow(occasion, today=today)


@transaction.atomic
def take_up(occasion: Occasion, *, today: datetime.date) -> None:
    """It is planned again: what fell away with it is open again, with dates as they are counted now."""
    fallen = FollowUp.objects.of_plan([occasion]).filter(state=FollowUp.State.DROPPED)
    if occasion.state == Occasion.State.SKIPPED and occasion.reason:
        for row in fallen.filter(dropped_because=occasion.reason):
            row.reopen()
    occasion.take_up()
    follow(occasion, today=today)


@dataclass(frozen=True, slots=True)
class Move:
    """A step, and where it will stand."""

    row: FollowUp
    to: PartialDate | None
    stays_because: str = ""

    @property
    def moves(self) -> bool:
        return self.to != self.row.due_on


@transaction.atomic
def follow(occasion: Occasion, *, today: datetime.date) -> bool:
    """Bring the plan to where its occasion stands now; done again it changes nothing.

    Says whether a step changed.
    """
    rows = FollowUp.objects.of_plan([occasion]).select_for_update()
    if occasion.state == Occasion.State.SKIPPED:
        fallen = list(rows.open())
        for row in fallen:
            row.drop(reason=occasion.reason)
        return bool(fallen)
    moves = [each for each in _moves(occasion, list(rows), today=today) if each.moves]
    for each in moves:
        each.row.replan(each.to)
    return bool(moves)


def follow_tie(tie: Partnership, *, today: datetime.date) -> None:
    """Its founding date was corrected: plans that count from the anniversary itself move."""
    planned = FollowUp.objects.filter(occasion__partnership=tie, step__isnull=False)
    for occasion in Occasion.objects.filter(pk__in=planned.values("occasion")):
        follow(occasion, today=today)


def foresee(occasion: Occasion, *, today: datetime.date) -> list[Move]:
    """Of every step what `follow` would do if the occasion were saved as it is; nothing is changed."""
    return _moves(occasion, list(FollowUp.objects.of_plan([occasion])), today=today)


def foresee_move(
    occasion: Occasion,
    *,
    celebrated_from: PartialDate | None,
    celebrated_until: PartialDate | None = None,
    today: datetime.date,
) -> list[Move]:
    """What moving it there would do, every step in order; nothing where no step moves."""
    then = Occasion(
        pk=occasion.pk,
        partnership=occasion.partnership,
        years=occasion.years,
        celebrated_from=celebrated_from,
        celebrated_until=celebrated_until,
    )
    moves = foresee(then, today=today)
    return moves if any(each.moves for each in moves) else []


def _moves(occasion: Occasion, rows: list[FollowUp], *, today: datetime.date) -> list[Move]:
    celebration = celebration_of(occasion)
    counted = {row.pk: row.distance.counted(celebration) for row in rows} if celebration else {}
    soon = _soon(celebration, counted.values(), today=today) if celebration else None
    found = []
    for row in rows:
        if not row.follows_the_plan:
            found.append(Move(row, row.due_on, _why_it_stays(row)))
        else:
            found.append(Move(row, _new_day(row, counted.get(row.pk), soon, today=today)))
    return found


def _why_it_stays(row: FollowUp) -> str:
    match row.state:
        case FollowUp.State.DONE:
            return _("done")
        case FollowUp.State.DROPPED:
            return _("dropped")
    return _("set by hand")


def _new_day(
    row: FollowUp, counted: PartialDate | None, soon: PartialDate | None, *, today: datetime.date
) -> PartialDate | None:
    """Where it is counted to; what should have been done by now is due soon, but never later than before."""
    if counted is None or soon is None or counted.last_day >= today:
        return counted
    if row.due_on and row.due_on.last_day <= soon.last_day:
        return row.due_on
    return soon


# --- how far a plan has come ---


@dataclass(frozen=True, slots=True)
class Progress:
    steps: int
    done: int
    dropped: int
    next: FollowUp | None
    """The open step that is due first; of those without a date the first."""
    is_late: bool = False

    @property
    def settled(self) -> int:
        return self.done + self.dropped

    def display(self) -> str:
        """ "4 of 9 done, next step on 17 November 2028"."""
        parts = [_("%(done)s of %(steps)s done") % {"done": self.done, "steps": self.steps}]
        if self.dropped:
            parts.append(_("%(count)s dropped") % {"count": self.dropped})
        if self.next and self.next.due_on:
            late, due = _("a step has been overdue since %(day)s"), _("next step %(when)s")
            day = self.next.due_on
            parts.append((late if self.is_late else due) % {"day": day.display(), "when": day.display_in()})
        elif self.next:
            parts.append(_("the open steps have no date"))
        return ", ".join(parts)


def progress_of(occasions: Collection[Occasion], *, today: datetime.date) -> dict[int, Progress]:
    """By occasion that has a plan how far it has come: one query, however many there are."""
    if not occasions:
        return {}
    by_occasion: dict[int, list[FollowUp]] = defaultdict(list)
    for row in FollowUp.objects.of_plan(occasions):
        by_occasion[row.occasion_id or 0].append(row)
    return {pk: _progress(rows, today=today) for pk, rows in by_occasion.items()}


def _progress(rows: list[FollowUp], *, today: datetime.date) -> Progress:
    def count(state: FollowUp.State) -> int:
        return sum(row.state == state for row in rows)

    def first(row: FollowUp) -> tuple[Any, ...]:
        return (row.due_on is None, row.due_on.last_day if row.due_on else today, row.pk)

    following = min((row for row in rows if row.state == FollowUp.State.OPEN), key=first, default=None)
    return Progress(
        len(rows),
        count(FollowUp.State.DONE),
        count(FollowUp.State.DROPPED),
        following,
        following is not None and following.is_overdue(today),
    )


# --- what is said of a step ---


def began_late(row: FollowUp, *, today: datetime.date) -> str:
    """Of a step that was past its day when the plan was made: "by the plan due in May 2026, 6 months ago"."""
    celebration = celebration_of(row.occasion) if row.occasion and row.offset else None
    if celebration is None or row.planned_on is None or row.state != FollowUp.State.OPEN:
        return ""
    counted = row.distance.counted(celebration)
    if counted.last_day >= min(row.planned_on.first_day, today):
        return ""
    return _("should have been done %(when)s, %(ago)s") % {
        "when": counted.display_in(),
        "ago": _ago(counted.last_day, today=today),
    }


def _ago(day: datetime.date, *, today: datetime.date) -> str:
    gone = relativedelta(today, day)
    months = gone.years * 12 + gone.months
    if months >= 24:
        return ngettext("%(count)d year ago", "%(count)d years ago", gone.years) % {"count": gone.years}
    if months >= 1:
        return ngettext("%(count)d month ago", "%(count)d months ago", months) % {"count": months}
    days = (today - day).days
    return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
