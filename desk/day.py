"""The day of an officer: what is due, coming, asleep and running, as plain data for one page."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.dates import PartialDate, Precision
from contacts.models import City, User
from contacts.viewpoint import narrowed
from delegations.jubilee import Progress, progress_of
from delegations.models import Delegation, FollowUp
from desk.machine import Machine, how_it_runs
from desk.plans import occasions_of
from desk.visits import Visits, at_hand
from relations.anniversaries import Milestone, Occurrence, next_anniversary, next_round
from relations.models import Occasion, Partnership
from reminders.addressees import Staff
from reminders.contact import is_quiet, last_contacts
from reminders.phrases import day_with_weekday, left_until, spelled, weekday_in_short
from reminders.sources.base import DAY
from reminders.sources.promises import FollowUps

# What a card shows; the rest stands in the list that it links to.
DUE_SHOWN = 12
ANNIVERSARIES_SHOWN = 5
ROUND_ONES_SHOWN = 2
QUIET_SHOWN = 6

FRIDAY, SUNDAY = 4, 6


class Whose(models.TextChoices):
    MINE = "mine", gettext_lazy("Mine")
    STAND_IN = "stand-in", gettext_lazy("As stand-in")
    ALL = "all", gettext_lazy("All")


@dataclass(frozen=True)
class Scope:
    """Whose work is shown, of which home city, on which day."""

    people: frozenset[int] | None
    """None: everybody's, and what nobody answers for."""
    home: City | None
    today: datetime.date

    def includes(self, responsible: int | None) -> bool:
        return self.people is None or responsible in self.people

    def ties(self) -> Any:
        """The ties on the books that reminders speak of."""
        ties = narrowed(Partnership.objects.reminded(self.today), self.home)
        return ties if self.people is None else ties.filter(responsible__in=self.people)

    def visits(self) -> Any:
        visits = narrowed(Delegation.objects.all(), self.home)
        return visits if self.people is None else visits.of_staff(self.people)


def people_of(user: User, whose: Whose, staff: Staff) -> frozenset[int] | None:
    match whose:
        case Whose.MINE:
            return frozenset({user.pk})
        case Whose.STAND_IN:
            return frozenset(staff.stood_in_for_by(user))
    return None


# --- what is due ---


@dataclass(frozen=True, slots=True)
class DueRow:
    """A promise that is due, with what is said of it."""

    follow_up: FollowUp
    shape: str
    when: str
    facts: list[str]


@dataclass(slots=True)
class DueGroup:
    label: str
    rows: list[DueRow]
    count: int
    list_filter: str
    """How the list of follow-ups names this group."""

    @property
    def has_more(self) -> bool:
        return self.count > len(self.rows)


@dataclass(slots=True)
class Due:
    groups: list[DueGroup]
    overdue: int
    today: int
    this_week: int
    counts: dict[Whose, int]
    """How many are due, by whose they are."""

    @property
    def total(self) -> int:
        return self.overdue + self.today + self.this_week


def sunday_of(day: datetime.date) -> datetime.date:
    return day + DAY * (SUNDAY - day.weekday())


def due(scope: Scope, *, user: User, staff: Staff) -> Due:
    """Open promises due by Sunday, by group: late ones, today's, the rest of the week."""
    source = FollowUps(scope.today)
    rows: Any = source.rows()
    rows = narrowed(rows.due_by(sunday_of(scope.today)), scope.home).with_responsible()
    rows = rows.select_related(*source.related)
    everybody = [(row, source.responsible(row)) for row in rows]
    counts = {}
    for whose in Whose:
        people = people_of(user, whose, staff)
        counts[whose] = sum(1 for _row, pk in everybody if people is None or pk in people)
    shown = [(row, pk) for row, pk in everybody if scope.includes(pk)]

    def on(row: FollowUp) -> datetime.date:
        assert row.due_on is not None  # the look-up asks for a day
        return row.due_on.last_day

    late = [pair for pair in shown if on(pair[0]) < scope.today]
    now = [pair for pair in shown if on(pair[0]) == scope.today]
    later = [pair for pair in shown if on(pair[0]) > scope.today]
    by_friday = scope.today.weekday() < FRIDAY and all(on(row).weekday() <= FRIDAY for row, _pk in later)
    week = _("By Friday") if by_friday else _("By Sunday")
    named = [(_("Overdue"), late, "overdue"), (_("Today"), now, "7"), (week, later, "7")]
    is_mine = scope.people == {user.pk}
    return Due(
        groups=[
            DueGroup(
                label,
                [
                    _due_row(row, pk, staff, today=scope.today, is_mine=is_mine)
                    for row, pk in some[:DUE_SHOWN]
                ],
                len(some),
                list_filter,
            )
            for label, some, list_filter in named
            if some
        ],
        overdue=len(late),
        today=len(now),
        this_week=len(later),
        counts=counts,
    )


def _due_row(
    row: FollowUp, responsible: int | None, staff: Staff, *, today: datetime.date, is_mine: bool
) -> DueRow:
    date = row.due_on
    assert date is not None
    days = (date.last_day - today).days
    shape = "late" if days < 0 else "plan" if days else "warn"
    if date.precision != Precision.DAY:
        when = date.display_short()
    elif days < 0:
        when = ngettext("%(count)d day", "%(count)d days", -days) % {"count": -days}
    else:
        when = weekday_in_short(date.first_day) if days else _("today")
    facts = [str(origin) for origin in [origin_of(row)] if origin]
    is_ours = bool(row.step_id) and row.owed_by == FollowUp.OwedBy.US
    facts.append(row.distance.display() if is_ours else owed(row))
    if not is_mine:
        user = staff.users.get(responsible or 0)
        facts.append(str(user) if user else _("nobody in charge"))
    return DueRow(row, shape, when, facts)


def origin_of(row: FollowUp) -> Any:
    """Where it was promised: the visit, else what else it belongs to."""
    item, outcome = row.programme_item, row.outcome
    visit = row.delegation or (item and item.delegation) or (outcome and outcome.delegation)
    behind: list[Any] = [row.partnership, visit, row.occasion, row.agreement, row.project, row.city]
    behind += [row.organisation, row.interaction]
    return next((each for each in behind if each), None)


def owed(row: FollowUp) -> str:
    match row.owed_by:
        case FollowUp.OwedBy.US:
            return _("we owe it")
        case FollowUp.OwedBy.THEM:
            return _("they owe it")
    return _("both owe it")


# --- anniversaries ---


@dataclass(frozen=True, slots=True)
class Coming:
    tie: Partnership
    occurrence: Occurrence
    left: str
    occasion: Occasion | None = None
    plan: Progress | None = None
    """How far the plan of its celebration has come, where there is one."""

    @property
    def is_round(self) -> bool:
        return self.occurrence.milestone != Milestone.NONE

    @property
    def settled(self) -> str:
        """What became of the celebration, where it is not to be planned any more."""
        state = Occasion.State(self.occasion.state) if self.occasion else Occasion.State.PLANNED
        return "" if state == Occasion.State.PLANNED else str(state.label)

    @property
    def when(self) -> str:
        """ "Wed 17 November 2027", "in May 2027"."""
        day = self.occurrence.when
        return day_with_weekday(day.first_day) if day.precision == Precision.DAY else day.display_in()

    @property
    def unknown(self) -> str:
        match self.occurrence.precision:
            case Precision.MONTH:
                return _("only the month is known")
            case Precision.YEAR:
                return _("only the year is known")
        return ""


@dataclass(slots=True)
class Anniversaries:
    next: list[Coming]
    round: list[Coming]
    """Round ones that follow later than those."""
    has_ties: bool
    """Whether there is any tie that could have one."""

    @property
    def next_round(self) -> Coming | None:
        return next((each for each in (*self.next, *self.round) if each.is_round), None)


def anniversaries(scope: Scope) -> Anniversaries:
    """The next ones of the ties on the books, and the next round ones if they are further off."""
    rows = list(scope.ties().labelled())
    ties = [tie for tie in rows if tie.founded]
    coming = _in_order(((tie, next_anniversary(tie.founded, scope.today)) for tie in ties), scope.today)
    shown = coming[:ANNIVERSARIES_SHOWN]
    named = {(each.tie.pk, each.occurrence.years) for each in shown}
    far = _in_order(((tie, next_round(tie.founded, scope.today)) for tie in ties), scope.today)
    further = [each for each in far if (each.tie.pk, each.occurrence.years) not in named]
    return Anniversaries(
        _with_plans(shown, today=scope.today),
        _with_plans(further[:ROUND_ONES_SHOWN], today=scope.today),
        has_ties=bool(rows),
    )


def _with_plans(coming: list[Coming], *, today: datetime.date) -> list[Coming]:
    """With what is on record of each celebration."""
    occasions = occasions_of((each.tie.pk, each.occurrence.years) for each in coming)
    plans = progress_of(occasions.values(), today=today)
    found = [(each, occasions.get((each.tie.pk, each.occurrence.years))) for each in coming]
    return [
        replace(each, occasion=occasion, plan=plans.get(occasion.pk)) if occasion else each
        for each, occasion in found
    ]


def _in_order(found: Iterable[tuple[Partnership, Occurrence | None]], today: datetime.date) -> list[Coming]:
    coming = [Coming(tie, each, left_until(each.when, today=today)) for tie, each in found if each]
    return sorted(coming, key=lambda each: (each.occurrence.on, str(each.tie), each.tie.pk))


# --- quiet ties ---


@dataclass(frozen=True, slots=True)
class QuietTie:
    tie: Partnership
    since: str


@dataclass(slots=True)
class Quiet:
    rows: list[QuietTie]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


def quiet(scope: Scope) -> Quiet:
    """Ties without a contact in the last twelve months: those without any first, then the longest silent."""
    ties = list(scope.ties().labelled().prefetch_related("further_cities"))
    contacts = {tie: last.on for tie, last in last_contacts(ties, today=scope.today).items()}
    asleep = [tie for tie in ties if is_quiet(contacts.get(tie.pk), today=scope.today)]

    def silent(tie: Partnership) -> tuple[str, str]:
        return str(contacts.get(tie.pk) or ""), str(tie)

    asleep.sort(key=silent)
    shown = [QuietTie(tie, since(contacts.get(tie.pk), today=scope.today)) for tie in asleep[:QUIET_SHOWN]]
    return Quiet(shown, len(asleep))


def since(contact: PartialDate | None, *, today: datetime.date) -> str:
    """For how long nobody has been in touch; where only the year is known, since which."""
    if contact is None:
        return _("no contact with a date")
    if contact.precision == Precision.YEAR:
        return _("since %(year)s") % {"year": contact.year}
    gone = relativedelta(today, contact.last_day)
    months = gone.years * 12 + gone.months
    if months < 24:
        return ngettext("for %(count)d month", "for %(count)d months", months) % {"count": months}
    return ngettext("for %(count)d year", "for %(count)d years", gone.years) % {"count": gone.years}


# --- the whole day ---


@dataclass(slots=True)
class Day:
    """What the page shows; None where the reader may not see it."""

    today: datetime.date
    due: Due | None
    anniversaries: Anniversaries | None
    visits: Visits | None
    quiet: Quiet | None
    machine: Machine | None

    @property
    def headline(self) -> str:
        """What matters now, in a sentence or two."""
        sentences = [_due_sentence(self.due)] if self.due else []
        coming = self.anniversaries and self.anniversaries.next_round
        if coming:
            text = ngettext(
                "The next round anniversary: %(count)d year %(tie)s, %(when)s.",
                "The next round anniversary: %(count)d years %(tie)s, %(when)s.",
                coming.occurrence.years,
            )
            facts = {"count": coming.occurrence.years, "tie": coming.tie}
            sentences.append(text % {**facts, "when": coming.occurrence.when.display_in()})
        return " ".join(sentences)


def _due_sentence(found: Due) -> str:
    """ "Three follow-ups are overdue, one is due today, two more follow this week."; one to three parts."""
    late, now, week = found.overdue, found.today, found.this_week
    parts = []
    if late:
        text = ngettext("%(number)s follow-up is overdue", "%(number)s follow-ups are overdue", late)
        parts.append(text % {"number": spelled(late)})
    if now and parts:
        text = ngettext("%(number)s is due today", "%(number)s are due today", now)
        parts.append(text % {"number": spelled(now)})
    elif now:
        text = ngettext("%(number)s follow-up is due today", "%(number)s follow-ups are due today", now)
        parts.append(text % {"number": spelled(now)})
    if week and parts:
        text = ngettext("%(number)s more follows this week", "%(number)s more follow this week", week)
        parts.append(text % {"number": spelled(week)})
    elif week:
        text = ngettext(
            "%(number)s follow-up is due this week", "%(number)s follow-ups are due this week", week
        )
        parts.append(text % {"number": spelled(week)})
    if not parts:
        return _("Nothing is due this week.")
    sentence = ", ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def day_of_user(user: User, *, whose: Whose, home: City | None, today: datetime.date) -> Day:
    """The day of this user, as far as they may see it; the number of queries does not grow with the rows."""
    staff = Staff.of(today)
    scope = Scope(people_of(user, whose, staff), home, today)
    sees_ties = user.has_perm("relations.view_partnership")
    return Day(
        today=today,
        due=due(scope, user=user, staff=staff) if user.has_perm("delegations.view_followup") else None,
        anniversaries=anniversaries(scope) if sees_ties else None,
        visits=at_hand(scope.visits(), today=today) if user.has_perm("delegations.view_delegation") else None,
        quiet=quiet(scope) if sees_ties else None,
        machine=how_it_runs(today=today, now=timezone.now())
        if user.has_perm("reminders.view_clock")
        else None,
    )
