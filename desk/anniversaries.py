"""The anniversaries of ties: which there are from day to day, and what is celebrated of them."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from babel.dates import format_date, format_skeleton
from django.utils.translation import gettext as _

from contacts.dates import PartialDate, Precision, reader_locale
from contacts.models import City
from contacts.viewpoint import narrowed
from delegations.models import FollowUp
from desk.plans import occasions_of
from relations.anniversaries import Milestone, Occurrence, occurrences
from relations.models import Occasion, Partnership
from reminders.phrases import full_day, years_of


@dataclass(frozen=True, slots=True)
class Anniversary:
    """One anniversary of a tie, and its celebration where one is on record."""

    tie: Partnership
    occurrence: Occurrence
    occasion: Occasion | None = None
    has_plan: bool = False
    """Whether the celebration has its checklist."""

    def can_be_planned(self, *, today: datetime.date) -> bool:
        """Round, not over yet, and neither planned nor decided otherwise."""
        is_open = self.occasion is None or (
            self.occasion.state == Occasion.State.PLANNED and not self.has_plan
        )
        return self.is_round and self.when.last_day >= today and is_open

    @property
    def years(self) -> int:
        return self.occurrence.years

    @property
    def founded(self) -> PartialDate:
        return self.occurrence.founded

    @property
    def when(self) -> PartialDate:
        return self.occurrence.when

    @property
    def on(self) -> datetime.date:
        return self.occurrence.on

    @property
    def precision(self) -> Precision:
        return self.occurrence.precision

    @property
    def milestone(self) -> Milestone:
        return self.occurrence.milestone

    @property
    def is_round(self) -> bool:
        return self.milestone != Milestone.NONE

    @property
    def is_jubilee(self) -> bool:
        return self.milestone == Milestone.JUBILEE

    @property
    def label(self) -> str:
        """ "40 years Berlin–Istanbul"."""
        return years_of(str(self.tie), self.years)

    @property
    def display_when(self) -> str:
        """With the day of the week, where there is a day."""
        return full_day(self.on) if self.precision == Precision.DAY else self.when.display()

    @property
    def unknown(self) -> str:
        """What of its date nobody knows."""
        match self.precision:
            case Precision.MONTH:
                return _("only the month is known")
            case Precision.YEAR:
                return _("only the year is known")
        return ""


def ties_of(*, today: datetime.date, **asked: Any) -> Any:
    """The ties on the books today, as far as they are asked for."""
    return asked_for(Partnership.objects.reminded(today), **asked).labelled()


def asked_for(
    ties: Any,
    *,
    kind: str = "",
    partnership: Partnership | None = None,
    homes: Iterable[City | None] = (),
    country: str = "",
) -> Any:
    """Those of the ties that are asked for; of several homes, those of each."""
    for home in homes:
        ties = narrowed(ties, home)
    if kind:
        ties = ties.filter(kind=kind)
    if partnership:
        ties = ties.filter(pk=partnership.pk)
    return ties.with_country(country) if country else ties


def anniversaries(
    ties: Iterable[Partnership], *, start: datetime.date, end: datetime.date, milestone: str = ""
) -> list[Anniversary]:
    """Those of the ties from start to end, both included, in order."""
    found = [
        (tie, occurrence)
        for tie in ties
        for occurrence in (occurrences(tie.founded, start, end) if tie.founded else ())
        if milestone in ("", occurrence.milestone)
    ]
    found.sort(key=lambda pair: (pair[1].on, str(pair[0]), pair[0].pk))
    celebrated = occasions_of((tie.pk, each.years) for tie, each in found)
    planned = set(FollowUp.objects.of_plan(list(celebrated.values())).values_list("occasion", flat=True))
    return [_anniversary(tie, each, celebrated.get((tie.pk, each.years)), planned) for tie, each in found]


def _anniversary(
    tie: Partnership, occurrence: Occurrence, occasion: Occasion | None, planned: Collection[int | None]
) -> Anniversary:
    return Anniversary(tie, occurrence, occasion, occasion is not None and occasion.pk in planned)


def day_of_year(date: PartialDate) -> str:
    """What returns each year: "17 November", "May"; of a year alone nothing."""
    match date.precision:
        case Precision.DAY:
            return str(format_skeleton("MMMMd", date.first_day, locale=reader_locale()))
        case Precision.MONTH:
            return str(format_date(date.first_day, "LLLL", locale=reader_locale()))
    return ""


def country_of(city: City) -> str:
    """Its country in the reader's language."""
    country: Any = city.country
    return str(country.name)
