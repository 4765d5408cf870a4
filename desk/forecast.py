"""The anniversaries of the years ahead, and what one sees across them: plain data for page, API and files.

A year is a whole year here, so that all sums agree; what of it is over is said where it matters. A date known
to the month or year stays one: it stands in its month or year, never on a day that nobody knows.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from babel.lists import format_list
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from contacts.dates import PartialDate, Precision, reader_locale
from contacts.models import City
from desk.anniversaries import Anniversary, anniversaries, asked_for, day_of_year, ties_of
from desk.clashes import Calm, Clash, calm_between, clashes_of
from relations.anniversaries import Milestone
from relations.models import Occasion, Partnership
from relations.models.partnerships import Status
from reminders.models import Rule, Stage
from reminders.phrases import left_until

YEARS_AHEAD = 10
# What may be asked for; round about these years the calendar of computers ends.
EARLIEST, LATEST = 1000, 9900
MOST_YEARS = 50
# From so many round ones on a year is called full.
FULL = 3
# What the table takes; the rest is found by narrowing it.
MOST_ROWS = 500
NAMED = 4
LEFT_OUT_NAMED = 8

RANK = {Milestone.NONE: 0, Milestone.ROUND: 1, Milestone.JUBILEE: 2}


# --- the years that are asked for ---


def years_asked(first: int | None, last: int | None, *, today: datetime.date) -> tuple[int, int]:
    """From when until when; without a word this year and the ten that follow."""
    begin = first or min(today.year, last or today.year)
    end = last or begin + YEARS_AHEAD
    if end < begin:
        message = _("The last year lies before the first one. Correct one of the two.")
        raise ValidationError({"to": ValidationError(message, code="order")})
    if end - begin >= MOST_YEARS:
        message = _("Ask for at most %(years)s years.") % {"years": MOST_YEARS}
        raise ValidationError({"to": ValidationError(message, code="too_long")})
    return begin, end


# --- what the page shows ---


@dataclass(slots=True)
class Row:
    """A tie, and its anniversary in each of the years; None before its first, and for what was not asked."""

    tie: Partnership
    day: str
    cells: list[Anniversary | None]


@dataclass(frozen=True, slots=True)
class Year:
    year: int
    round: list[Anniversary]

    @property
    def count(self) -> int:
        return len(self.round)

    @property
    def is_full(self) -> bool:
        return self.count >= FULL


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A tie whose anniversaries are not counted, and why."""

    tie: Partnership
    reason: str


@dataclass(slots=True)
class Next:
    """The round one that comes next, with what there is to know about it."""

    anniversary: Anniversary
    left: str
    reminded_on: datetime.date | None
    reminded: str
    earlier: list[Occasion]


@dataclass(slots=True)
class Forecast:
    first: int
    last: int
    today: datetime.date
    all: list[Anniversary]
    rows: list[Row]
    years: list[Year]
    round: list[Anniversary]
    clashes: list[Clash]
    calm: list[Calm]
    next: Next | None
    left_out: list[LeftOut]
    more_rows: int

    @property
    def headline(self) -> str:
        """What matters, in a sentence or two."""
        facts = {"count": len(self.round), "years": self._years()}
        if not self.round:
            return _("No round anniversary %(years)s.") % facts
        text = ngettext(
            "%(count)s round anniversary %(years)s",
            "%(count)s round anniversaries %(years)s",
            len(self.round),
        )
        sentences = [text % facts + self._jubilees()]
        fullest = max(self.years, key=lambda year: year.count)
        if fullest.count > 1:
            text = _("The fullest year is %(year)s: %(names)s.") if len(self.years) > 1 else "%(names)s."
            named = and_more([each.label for each in fullest.round])
            sentences.append(text % {"year": fullest.year, "names": named})
        elif self.next:
            each = self.next.anniversary
            text = _("The next one: %(name)s, %(when)s.")
            sentences.append(text % {"name": each.label, "when": each.when.display_in()})
        return " ".join(sentences)

    def _years(self) -> str:
        if self.first == self.last:
            return pgettext("within a sentence, one year", "in %(year)s") % {"year": self.first}
        return _("from %(first)s to %(last)s") % {"first": self.first, "last": self.last}

    def _jubilees(self) -> str:
        count = sum(1 for each in self.round if each.is_jubilee)
        if not count or count == len(self.round):
            return "."
        text = ngettext(", %(count)s of them a jubilee.", ", %(count)s of them jubilees.", count)
        return text % {"count": count}

    @property
    def left_out_named(self) -> list[LeftOut]:
        return self.left_out[:LEFT_OUT_NAMED]

    @property
    def left_out_more(self) -> int:
        return len(self.left_out) - len(self.left_out_named)


def forecast(
    *,
    today: datetime.date,
    first: int,
    last: int,
    user: Any,
    at_least: str = Milestone.NONE,
    homes: Iterable[City | None] = (),
    country: str = "",
) -> Forecast:
    """The anniversaries of these years, as far as the user may see what they meet with.

    `at_least` leaves out what is not even round, or no jubilee. Ten ties cost as many queries as a thousand.
    """
    homes = tuple(homes)
    ties = list(
        ties_of(today=today, homes=homes, country=country).select_related(
            "home__parent", "partner__parent", "responsible"
        )
    )
    start, end = datetime.date(first, 1, 1), datetime.date(last, 12, 31)
    wanted = RANK[Milestone(at_least)]
    everything = anniversaries(ties, start=start, end=end)
    shown = [each for each in everything if RANK[each.milestone] >= wanted]
    round_ones = [each for each in shown if each.is_round]
    by_year: dict[int, list[Anniversary]] = defaultdict(list)
    for each in round_ones:
        by_year[each.when.year].append(each)
    rows = _rows(ties, shown, first, last, keep_empty=not wanted)
    everyone = Partnership.objects.with_status(today).not_stepped_up(today)
    return Forecast(
        first=first,
        last=last,
        today=today,
        all=shown,
        rows=rows[:MOST_ROWS],
        years=[Year(year, by_year[year]) for year in range(first, last + 1)],
        round=round_ones,
        clashes=clashes_of(
            everything,
            round_ones,
            today=today,
            full=FULL,
            with_visits=user.has_perm("delegations.view_delegation"),
            with_city_dates=user.has_perm("contacts.view_citydate"),
        ),
        calm=calm_between(round_ones, start=max(start, min(today, end)), end=end),
        next=_next(round_ones, today),
        left_out=_left_out(asked_for(everyone, homes=homes, country=country).labelled(), ties),
        more_rows=max(len(rows) - MOST_ROWS, 0),
    )


def _rows(
    ties: list[Partnership], shown: list[Anniversary], first: int, last: int, *, keep_empty: bool
) -> list[Row]:
    found = {(each.tie.pk, each.when.year): each for each in shown}
    rows = []
    for tie in ties:
        if tie.founded is None:
            continue
        cells = [found.get((tie.pk, year)) for year in range(first, last + 1)]
        if any(cells) or keep_empty:
            rows.append(Row(tie, _display_day(tie.founded), cells))
    return rows


def _display_day(founded: PartialDate) -> str:
    """ "17 November", "May, day not known"."""
    match founded.precision:
        case Precision.DAY:
            return day_of_year(founded)
        case Precision.MONTH:
            return _("%(month)s, day not known") % {"month": day_of_year(founded)}
    return _("day and month not known")


def _left_out(everyone: Any, counted: list[Partnership]) -> list[LeftOut]:
    """Ties without an anniversary: no longer or not yet on the books, or without a founding date."""
    pks = {tie.pk for tie in counted}
    found = []
    for tie in everyone:
        if tie.pk not in pks:
            found.append(LeftOut(tie, _why_not(tie)))
        elif tie.founded is None:
            found.append(LeftOut(tie, _("founding date not known")))
    return found


def _why_not(tie: Partnership) -> str:
    if tie.status == Status.ENDED and tie.ended_on:
        return _("ended %(date)s") % {"date": tie.ended_on.display_short()}
    return str(tie.status.label)


def _next(round_ones: list[Anniversary], today: datetime.date) -> Next | None:
    coming = (each for each in round_ones if each.when.last_day >= today)
    each = next(coming, None)
    if each is None:
        return None
    stage = _first_stage(each.years)
    earlier = Occasion.objects.labelled().filter(
        partnership=each.tie, years__lt=each.years, state=Occasion.State.CELEBRATED
    )
    return Next(
        each,
        left_until(each.when, today=today),
        stage.due_on(each.on) if stage else None,
        stage.display_days() if stage else "",
        list(earlier.order_by("-years")),
    )


def _first_stage(years: int) -> Stage | None:
    """The stage that speaks up first, of the rule that counts for so many years."""
    subject = Rule.Subject.ANNIVERSARY
    stages = list(Stage.objects.active().filter(rule__subject=subject).select_related("rule"))
    for milestone in Rule.milestones_of(years):
        if of_rule := [stage for stage in stages if stage.rule.milestone == milestone]:
            return max(of_rule, key=lambda stage: stage.days)
    return None


def and_more(names: list[str], shown: int = NAMED) -> str:
    """ "A, B and C", "A, B, C, D and 3 more"."""
    more = len(names) - shown
    if more > 1:
        text = ngettext("%(count)s more", "%(count)s more", more) % {"count": more}
        names = [*names[:shown], text]
    return format_list(names, locale=reader_locale())
