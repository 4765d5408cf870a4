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
from reminders.in_words import joined
from reminders.models import Rule, To
from reminders.outlook import Coming, Foreseen, told
from reminders.phrases import weekday_in_short, years_of
from reminders.verdicts import Standing

# So many lines of a month stand on a page; the API has them all.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that one stage speaks of in that month, on the same days to all of them."""

    days: list[datetime.date]
    foreseen: Foreseen
    recipients: list[User]

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
    wanted = [tos[0] for each in lines for line in each[:shown] for tos in line.values()]
    full = dict(zip(map(id, wanted), told(wanted, today=today), strict=True))
    return [
        Month(
            first,
            len(group),
            [_line(list(line.values()), full) for line in mine[:shown]],
            len(mine[shown:]),
        )
        for (first, group), mine in zip(groups, lines, strict=True)
    ]


def _line(by_addressee: list[list[Coming]], full: dict[int, Foreseen]) -> Line:
    foreseen = [full[id(coming[0])] for coming in by_addressee]
    # Whoever is responsible and named gets it once.
    recipients = dict.fromkeys(each.addressee.user for each in foreseen if each.addressee)
    return Line([each.on for each in by_addressee[0]], foreseen[0], list(recipients))


def _lines(coming: Iterable[Coming]) -> list[dict[To, list[Coming]]]:
    """What is asked for again and again is one line with all its days, and so is what several people get."""
    by_addressee: dict[Any, dict[To, list[Coming]]] = defaultdict(lambda: defaultdict(list))
    for each in coming:
        label, pk, occurrence, to, _on = each.key
        by_addressee[label, pk, occurrence, each.stage.pk][to].append(each)
    return [line for tos in by_addressee.values() for line in _of_the_same_days(tos)]


def _of_the_same_days(tos: dict[To, list[Coming]]) -> Iterable[dict[To, list[Coming]]]:
    """Somebody named later may get the next of several days only."""
    lines: dict[tuple[datetime.date, ...], dict[To, list[Coming]]] = defaultdict(dict)
    for to, coming in tos.items():
        lines[tuple(each.on for each in coming)][to] = coming
    return lines.values()
