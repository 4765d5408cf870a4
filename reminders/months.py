"""What is foreseen, as a page or a program reads it: by month, a line for each thing and stage."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from babel.dates import format_skeleton
from django.utils.translation import gettext as _

from contacts.dates import reader_locale
from contacts.models import CityDate, User
from reminders.due import Standing
from reminders.in_words import joined
from reminders.models import Rule
from reminders.outlook import Coming, Foreseen, told
from reminders.phrases import weekday_in_short, years_of

# So many lines of a month stand on a page; the API has them all.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that one stage speaks of in that month, to one person."""

    days: list[datetime.date]
    foreseen: Foreseen

    @property
    def when(self) -> str:
        return joined([weekday_in_short(day) for day in self.days])

    @property
    def title(self) -> str:
        return title_of(self.foreseen.standing)

    @property
    def url(self) -> str:
        row = self.foreseen.standing.row
        return (row.city if isinstance(row, CityDate) else row).get_absolute_url()

    @property
    def happens(self) -> str:
        return self.foreseen.standing.happening.occurs_on.display_short()

    @property
    def stage(self) -> str:
        return self.foreseen.stage.display_days()

    @property
    def recipient(self) -> User | None:
        return self.foreseen.addressee.user if self.foreseen.addressee else None


@dataclass(frozen=True, slots=True)
class Month:
    first: datetime.date
    count: int
    lines: list[Line]
    hidden: int

    @property
    def title(self) -> str:
        return format_skeleton("yMMMM", self.first, locale=reader_locale())


def title_of(standing: Standing) -> str:
    row, happening = standing.row, standing.happening
    if standing.reminder.stage.rule.subject == Rule.Subject.ANNIVERSARY:
        return years_of(str(row), happening.years)
    if isinstance(row, CityDate):
        what = row.label or row.get_kind_display()
        return _("%(city)s: %(day)s") % {"city": row.city.short_name, "day": what}
    return str(row)


def by_month(coming: Iterable[Coming], *, today: datetime.date, shown: int = SHOWN) -> list[Month]:
    """What is beyond the lines shown is counted only: of a list that nobody reads to its end."""
    groups = [
        (first, list(group)) for first, group in groupby(coming, key=lambda each: each.on.replace(day=1))
    ]
    lines = [_lines(group) for _first, group in groups]
    full = iter(told([line[0] for each in lines for line in each[:shown]], today=today))
    return [
        Month(
            first,
            len(group),
            [Line([each.on for each in line], next(full)) for line in mine[:shown]],
            len(mine[shown:]),
        )
        for (first, group), mine in zip(groups, lines, strict=True)
    ]


def _lines(coming: Iterable[Coming]) -> list[list[Coming]]:
    """What is asked for again and again is one line with all its days."""
    lines: dict[Any, list[Coming]] = defaultdict(list)
    for each in coming:
        label, pk, occurrence, addressee, _on = each.key
        lines[label, pk, occurrence, addressee, each.stage.pk].append(each)
    return list(lines.values())
