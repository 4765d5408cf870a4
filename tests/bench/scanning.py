"""How long a scan takes among a million ties, against one among ten thousand with as much due.

On each day that is measured the same number of anniversaries and of quiet ties is due. All other ties lie in
the same tables with an event, a contact, a promise, and some with a visit, an agreement, a call to the city
alone; each city has its day. Their anniversaries and contacts are on other days of the year, none of their
years is round, and what they promised is due far ahead. A scan after a year without one is
measured among the ten thousand only.
"""

from __future__ import annotations

import datetime
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.bench.database import analyse

FEW = 10_000
DAY = datetime.timedelta(days=1)
DAYS = 5
ANNIVERSARIES_A_DAY, QUIET_A_DAY = 500, 100
ENTERED = datetime.datetime(2024, 5, 1, 8, tzinfo=datetime.UTC)
# The first day of either week warms up and is not timed; how much memory a scan takes is seen there.
WEEK_OF_FEW = [datetime.date(2027, 3, 1) + DAY * number for number in range(DAYS + 1)]
AFTER_A_YEAR = WEEK_OF_FEW[-1] + DAY * 365
WEEK_OF_MANY = [AFTER_A_YEAR + DAY * (5 + number) for number in range(DAYS + 1)]
# The other ties: no scan of a day in these two weeks counts from theirs.
OTHER_DAYS, OTHER_CONTACTS, SPREAD = datetime.date(2026, 4, 20), datetime.date(2026, 4, 20), 290
# The cities of the ties: so many of ours, each with every one of theirs.
HOMES = 1_000


@dataclass(frozen=True, slots=True)
class Scanned:
    seconds: float
    added: int
    kilobytes: int


def measure(ties: int) -> Iterator[tuple[str, str]]:
    """Lines of the table: what, and the figure."""
    house = House()
    house.enter(0, FEW, week=WEEK_OF_FEW)
    few = scanned(WEEK_OF_FEW)
    yield from told(FEW, few)
    [caught_up] = scanned([AFTER_A_YEAR])
    missed = f"{FEW:,} ties, 365 missed days in one scan, {caught_up.added:,} found"
    yield missed, f"{caught_up.seconds:.1f} s, {caught_up.kilobytes / 1024:.0f} MB"
    house.enter(FEW, ties, week=WEEK_OF_MANY)
    many = scanned(WEEK_OF_MANY)
    yield from told(ties, many)
    assert {each.added for each in few[1:]} == {each.added for each in many[1:]}
    yield "ratio of time (under 1.5)", f"{median(many) / median(few):.2f}"
    yield "ratio of memory (under 1.5)", f"{many[0].kilobytes / few[0].kilobytes:.2f}"


def told(ties: int, scans: list[Scanned]) -> Iterator[tuple[str, str]]:
    what = f"{ties:,} ties, scan of a day with {scans[-1].added} due"
    yield what, f"{median(scans) * 1000:.0f} ms, {scans[0].kilobytes / 1024:.0f} MB"


def median(scans: list[Scanned]) -> float:
    return statistics.median(each.seconds for each in scans[1:])


def scanned(days: list[datetime.date]) -> list[Scanned]:
    """Each of these days scanned, all in one process of its own."""
    command = [sys.executable, "-m", "tests.bench.scanner", *map(str, days)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [Scanned(**json.loads(line)) for line in done.stdout.splitlines()]


class House:
    """Rows like those that the office enters, multiplied by the database itself."""

    def __init__(self) -> None:
        from contacts.models import Office
        from reminders.models import Clock, Rule, Stage
        from tests import factories

        Office.current()
        self.home, self.partner = factories.HomeCityFactory(), factories.CityFactory()
        self.tie = factories.PartnershipFactory(home=self.home, partner=self.partner, responsible=None)
        self.event = factories.PartnershipEventFactory(partnership=self.tie, kind="signed", on="1999")
        self.note = factories.InteractionFactory(partnership=self.tie, on="2026-06-01")
        self.visit = factories.DelegationFactory(
            home=self.home, state="completed", starts_on="2026-06-01", ends_on="2026-06-03"
        )
        self.stop = factories.StopFactory(delegation=self.visit, city=self.partner, order=1)
        self.call = factories.InteractionFactory(city=self.partner, on="2026-06-01")
        self.promise = factories.FollowUpFactory(partnership=self.tie, due_on="2099-12-31")
        self.agreement = factories.AgreementFactory(
            partnership=self.tie, state="signed", valid_until="2099-12-31", notice_days=180
        )
        self.date = factories.CityDateFactory(city=self.partner, on="09-09")
        for model in (Rule, Stage):
            model.objects.update(changed_at=ENTERED)
        before = WEEK_OF_FEW[0] - DAY
        Clock.objects.filter(pk=Clock.current().pk).update(
            first_scan_on=ENTERED.date() + DAY * 45,
            scanned_until=before,
            scanned_at=datetime.datetime.combine(before, datetime.time(6), tzinfo=datetime.UTC),
        )

    def enter(self, first: int, last: int, *, week: list[datetime.date]) -> None:
        """Ties with these numbers; of them those that are due on the days of the week."""
        due = len(week) * ANNIVERSARIES_A_DAY
        quiet = due + len(week) * QUIET_A_DAY
        number = f"(n - {first})"
        # 30 days before: the stage of every year.
        celebrated = (
            f"CASE WHEN {number} < {due} THEN DATE '{week[0] + DAY * 30}' + ({number} % {len(week)})::int"
            f" ELSE DATE '{OTHER_DAYS}' + (n % {SPREAD})::int END"
        )
        founded = f"(1951 + 5 * (n % 12)) || to_char({celebrated}, '-MM-DD')"
        heard_of = (
            f"CASE WHEN {number} >= {due} AND {number} < {quiet}"
            f" THEN DATE '{week[0] - DAY * 365}' + ({number} % {len(week)})::int"
            f" ELSE DATE '{OTHER_CONTACTS}' + (n % {SPREAD})::int END"
        )
        key, home, partner = "n + 1000000", f"n % {HOMES} + 1000000", f"n / {HOMES} + 2000000"
        numbers = range(first, last)
        self.cities(last)
        multiply(self.tie, numbers, id=key, home_id=home, partner_id=partner, founded=founded)
        multiply(self.event, numbers, partnership_id=key, on=founded)
        multiply(self.note, numbers, partnership_id=key, on=heard_of)
        multiply(self.promise, numbers, partnership_id=key)
        multiply(self.agreement, range(first, last, 10), partnership_id=key)
        multiply(self.call, range(first, last, 10), city_id=partner, on=f"({heard_of}) - 2200")
        some, day = range(first, last, 20), f"({heard_of})::text"
        multiply(self.visit, some, id=key, home_id=home, starts_on=day, ends_on=day)
        multiply(self.stop, some, delegation_id=key, city_id=partner, arrives_on="NULL", departs_on="NULL")
        analyse()

    def cities(self, ties: int) -> None:
        """As many as they take and are not there."""
        from contacts.models import City

        if not City.objects.filter(pk__gte=1_000_000, is_home=True).exists():
            multiply(self.home, range(HOMES), id="n + 1000000", geonames_id="NULL", name_de="'Heim ' || n")
        there = City.objects.filter(pk__gte=2_000_000).count()
        theirs = range(there, ties // HOMES + 1)
        multiply(self.partner, theirs, id="n + 2000000", geonames_id="NULL", name_de="'Fern ' || n")
        multiply(self.date, theirs, city_id="n + 2000000")


def multiply(row: Any, numbers: range, **values: str) -> None:
    """Copies of the row with these expressions in their columns, of which `n` is the number of the copy."""
    from django.db import connection, models

    entered = f"'{ENTERED}'::timestamptz"
    values = {"created_at": entered, "changed_at": entered} | values
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, models.GeneratedField)]
    columns = [field.column for field in fields if not field.primary_key or field.column in values]
    taken = ", ".join(values.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {taken} FROM {table} t,"
            f" generate_series({numbers.start}, {numbers.stop - 1}, {numbers.step}) n WHERE t.id = {row.pk}"
        )
