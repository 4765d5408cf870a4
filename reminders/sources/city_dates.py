"""Days that cities keep, and the day of partner cities."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import models

from contacts.dates import PartialDate
from contacts.models import CityDate, Office
from contacts.records import batches
from relations.anniversaries import occurrences
from relations.models import Partnership
from reminders.models import Rule
from reminders.sources.base import DAY, Happening, OfTies, Recurring, month_days


class CityDates(Recurring, OfTies):
    """Days of cities with which we have a tie; our own know theirs."""

    subject = Rule.Subject.CITY_DATE
    field = "city_date"
    related = ("city__parent",)

    def rows(self) -> models.QuerySet[CityDate]:
        return CityDate.objects.filter(city__is_home=False)

    def spoken_of(self, rows: Iterable[CityDate]) -> list[CityDate]:
        rows = list(rows)
        whose = self.whose({row.city_id for row in rows})
        found = [row for row in rows if row.city_id in whose]
        for row in found:
            row.whose = whose[row.city_id]  # type: ignore[attr-defined]
        return found

    def whose(self, cities: set[int]) -> dict[int, int | None]:
        """By city who answers for it: for its first tie, those with someone responsible before others."""
        ties: dict[int, set[int]] = defaultdict(set)
        for city, tie in Partnership.objects.by_city(cities):
            ties[city].add(tie)
        reminded = self.reminded({tie for of_city in ties.values() for tie in of_city})
        responsible: dict[int, int | None] = {}
        for keys in batches(reminded):
            found = Partnership.objects.order_by().filter(pk__in=keys)
            responsible.update(found.values_list("pk", "responsible"))
        return {
            city: responsible[min(mine, key=lambda tie: (responsible[tie] is None, tie))]
            for city, of_city in ties.items()
            if (mine := of_city & reminded)
        }

    def of_changed_ties(self, ties: set[int]) -> Iterable[int]:
        for batch in batches(ties):
            changed = Partnership.objects.filter(pk__in=batch).prefetch_related("further_cities")
            cities = {city for tie in changed for city in tie.city_ids()}
            yield from self.rows().order_by().filter(city__in=cities).values_list("pk", flat=True)

    def perhaps(self, days: list[datetime.date]) -> Iterable[models.QuerySet[CityDate]]:
        begins_then = self.rows().filter(month_day__in=month_days(days))
        yield begins_then.filter(on=models.F("month_day"))
        for once in batches(map(str, days)):
            yield begins_then.filter(on__in=once)

    def at(self, row: CityDate, day: datetime.date) -> Iterable[Happening]:
        if len(row.on) == len("2026-10-29"):
            date = datetime.date.fromisoformat(row.on)
        else:
            date = self._next(row.on, day)
        yield Happening(row, date.isoformat(), PartialDate.of(date), date)

    def _next(self, month_day: str, day: datetime.date) -> datetime.date:
        # Year 4 was a leap year; 29 February is kept on the 28th in common ones.
        long_ago = PartialDate.parse(f"0004-{month_day}")
        return occurrences(long_ago, day, day + relativedelta(years=1))[0].on

    def responsible(self, row: Any) -> int | None:
        return row.whose


def partner_cities_day(year: int) -> datetime.date:
    """The last Sunday in April."""
    last = datetime.date(year, 4, 30)
    return last - DAY * ((last.weekday() + 1) % 7)


class PartnerCitiesDay(Recurring):
    """The day of partner cities. It is of no single tie, so the office is told once, if it has ties at all.

    It is worked out and no row of anybody's: an office has nothing to keep up to date, and drops it, like any
    other, by its rule.
    """

    subject = Rule.Subject.PARTNER_CITIES_DAY
    field = "office"

    def rows(self) -> models.QuerySet[Office]:
        return Office.objects.all()

    def spoken_of(self, rows: Iterable[Office]) -> list[Office]:
        return list(rows) if Partnership.objects.reminded(self.today).order_by().exists() else []

    def perhaps(self, days: list[datetime.date]) -> Iterable[models.QuerySet[Office]]:
        if any(days[0] <= partner_cities_day(year) <= days[-1] for year in {day.year for day in days}):
            yield self.rows()

    def at(self, row: Office, day: datetime.date) -> Iterable[Happening]:
        date = partner_cities_day(day.year)
        if date < day:
            date = partner_cities_day(day.year + 1)
        yield Happening(row, str(date.year), PartialDate.of(date), date)

    def responsible(self, row: Office) -> None:
        """Nobody in particular, so the head of office gets it."""
