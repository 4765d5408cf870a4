"""Which agreements are to be acted on by a day: found by the end that is stored, whatever term they are in.

Stored is the end of the first term; a later one ends months and months after it, and the day to act by lies a
notice before. Offices agree few terms and few notices, so one can go back from a day to all first ends that
may lead there, and ask an index for those.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, reduce
from itertools import islice
from operator import or_

from dateutil.relativedelta import relativedelta
from django.db import models

from contacts.records import batches
from relations.models import Agreement

DAY = datetime.timedelta(days=1)
# Ends that a database is asked for day by day.
FEW = 40


class Renewals:
    """The terms and notices that are agreed somewhere, each asked for once."""

    def ending(self, days: Sequence[datetime.date]) -> Iterator[models.Q]:
        """Those to act on by one of these days, which follow one another, if they do not renew themselves."""
        yield from _one_of(
            _agreed(notice) & models.Q(valid_until__range=(days[0] + notice * DAY, days[-1] + notice * DAY))
            for notice in self.notices
        )

    def renewing(self, days: Sequence[datetime.date]) -> Iterator[models.Q]:
        """The same if they do, in whatever term they are."""
        yield from _one_of(
            _agreed(notice) & models.Q(renews_by_months=months) & first_end
            for notice in self.notices
            for months in self.terms
            for first_end in self._leading_to([day + notice * DAY for day in days], months)
        )

    def _leading_to(self, ends: Sequence[datetime.date], months: int) -> Iterator[models.Q]:
        """The days that come to one of these ends if so many months are added to them again and again.

        A few ends are asked for by day, many by span; by one, where a term is no longer than that.
        """
        first, last = ends[0], ends[-1]
        if first + relativedelta(months=months) <= last:
            yield models.Q(valid_until__lte=last)
            return
        backs = range(0, 12 * (last.year - self.earliest.year) + last.month - self.earliest.month + 1, months)
        spans = [(end, end) for end in ends] if len(ends) <= FEW else [(first, last)]
        found = [_back(*span, months=back) for span in spans for back in backs]
        if len(ends) > FEW:
            yield from (models.Q(valid_until__range=span) for span in found)
            return
        days = {day + number * DAY for day, until in found for number in range((until - day).days + 1)}
        for batch in batches(days):
            yield models.Q(valid_until__in=batch)

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


def _back(first: datetime.date, last: datetime.date, *, months: int) -> tuple[datetime.date, datetime.date]:
    """So many months earlier. It is more days where a month is too short: from 28, 29, 30 and 31 January
    to 28 February."""
    following = last + DAY - relativedelta(months=months)
    return first - relativedelta(months=months), max(last - relativedelta(months=months), following - DAY)


def _agreed(notice: int) -> models.Q:
    agreed = models.Q(notice_days=notice)
    return agreed if notice else agreed | models.Q(notice_days__isnull=True)


def _one_of(asked: Iterable[models.Q]) -> Iterator[models.Q]:
    """Some at a time: a database takes an "or" of some dozens, not of all terms there ever were."""
    rest = iter(asked)
    while some := list(islice(rest, 50)):
        yield reduce(or_, some)


def _values(field: str) -> Iterator[int]:
    """Each that the column holds, from one to the next by its index."""
    value: int | None = 0
    while value is not None:
        found = Agreement.objects.filter(**{f"{field}__gt": value})
        if value := found.aggregate(next=models.Min(field))["next"]:
            yield value
