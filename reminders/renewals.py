"""Which agreements renew themselves on a day: found by the end that is stored, whatever term they are in.

Stored is the end of the first term; a later one ends months and months after it, and the day to act by lies a
notice before. Offices agree few terms and few notices, so one can go back from a day to all first ends that
may lead there, and ask an index for those.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from functools import cached_property

from dateutil.relativedelta import relativedelta
from django.db import models

from relations.models import Agreement

DAY = datetime.timedelta(days=1)


class Renewals:
    """The terms and notices that are agreed somewhere, each asked for once."""

    def first_ends(self, days: Iterable[datetime.date]) -> set[datetime.date]:
        """Of all agreements to act on by one of these days, in whatever term they are; and of some others."""
        ends = {day + notice * DAY for day in days for notice in self.notices}
        return {first for end in ends for months in self.terms for first in self._leading_to(end, months)}

    @cached_property
    def notices(self) -> list[int]:
        """In days; without one it is the end itself to act by."""
        return [0, *_values("notice_days")]

    @cached_property
    def terms(self) -> list[int]:
        """In months."""
        return list(_values("renews_by_months"))

    @cached_property
    def earliest(self) -> datetime.date:
        return Agreement.objects.aggregate(day=models.Min("valid_until"))["day"]

    def _leading_to(self, end: datetime.date, months: int) -> Iterator[datetime.date]:
        """The days that come to this end if so many months are added to them again and again.

        More than one where a month is too short: from 28, 29, 30 and 31 January to 28 February.
        """
        before = 12 * (end.year - self.earliest.year) + end.month - self.earliest.month
        for back in range(0, before + 1, months):
            first = end - relativedelta(months=back)
            following = end + DAY - relativedelta(months=back)
            yield from (first + number * DAY for number in range(max(1, (following - first).days)))


def _values(field: str) -> Iterator[int]:
    """Each that the column holds, from one to the next by its index."""
    value: int | None = 0
    while value is not None:
        found = Agreement.objects.filter(**{f"{field}__gt": value})
        if value := found.aggregate(next=models.Min(field))["next"]:
            yield value
