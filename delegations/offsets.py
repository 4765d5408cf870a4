"""How long before or after a celebration something is due: pure dates, no database.

What is to be ready is counted back from the first day, what follows is counted on from the last one. Where
only the month or the year of the celebration is known, no day is made up: what is counted is a month.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from django.db.models import TextChoices
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDate, Precision


class Unit(TextChoices):
    DAYS = "days", _("days")
    WEEKS = "weeks", _("weeks")
    MONTHS = "months", _("months")


class Side(TextChoices):
    BEFORE = "before", _("before the celebration")
    AFTER = "after", _("after the celebration")


_LETTERS = {Unit.DAYS: "D", Unit.WEEKS: "W", Unit.MONTHS: "M"}
_WRITTEN = re.compile(r"(?P<sign>-?)P(?P<count>\d+)(?P<letter>[DWM])")


@dataclass(frozen=True, slots=True)
class Celebration:
    begin: PartialDate
    end: PartialDate
    """The last day, month or year of it; the first where it is one."""


@dataclass(frozen=True, slots=True)
class Offset:
    count: int
    unit: Unit
    side: Side

    @classmethod
    def parse(cls, text: str) -> Offset:
        """As it is kept, a duration of ISO 8601: "-P24M", "P2W"."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text} is no distance from a celebration")
        unit = next(unit for unit, letter in _LETTERS.items() if letter == found["letter"])
        return cls(int(found["count"]), unit, Side.BEFORE if found["sign"] else Side.AFTER)

    def __str__(self) -> str:
        return f"{'-' if self.side == Side.BEFORE else ''}P{self.count}{_LETTERS[self.unit]}"

    def counted(self, celebration: Celebration) -> PartialDate:
        """When it is due: a day, or a month where of the celebration no day is known."""
        is_before = self.side == Side.BEFORE
        date = celebration.begin if is_before else celebration.end
        day = self._away(date.first_day if is_before else date.last_day)
        if date.precision == Precision.DAY:
            return PartialDate.of(day)
        return PartialDate(day.year, day.month)

    def _away(self, day: datetime.date) -> datetime.date:
        """The calendar has a first and a last day; beyond them nothing is counted."""
        span = relativedelta(**{self.unit.value: self.count})  # type: ignore[arg-type]
        try:
            return day - span if self.side == Side.BEFORE else day + span
        except (ValueError, OverflowError):
            return datetime.date.min if self.side == Side.BEFORE else datetime.date.max

    def display(self) -> str:
        """As a clerk says it: "24 months before", "2 weeks after", "on the day"."""
        if self.count == 0:
            return gettext("on the day")
        match self.unit, self.side:
            case Unit.MONTHS, Side.BEFORE:
                text = ngettext("%(count)d month before", "%(count)d months before", self.count)
            case Unit.MONTHS, _:
                text = ngettext("%(count)d month after", "%(count)d months after", self.count)
            case Unit.WEEKS, Side.BEFORE:
                text = ngettext("%(count)d week before", "%(count)d weeks before", self.count)
            case Unit.WEEKS, _:
                text = ngettext("%(count)d week after", "%(count)d weeks after", self.count)
            case _, Side.BEFORE:
                text = ngettext("%(count)d day before", "%(count)d days before", self.count)
            case _:
                text = ngettext("%(count)d day after", "%(count)d days after", self.count)
        return text % {"count": self.count}
