"""How long a scan takes among a million ties, against one among ten thousand with exactly as much due.

Of each subject of the rules the same rows are due on the same days in both houses: anniversaries of every
stage of all three rules, agreements with and without notice and renewal, promises due soon, today and
overdue, departures, missing reports, ties gone quiet, days of cities, the day of partner cities. All other
ties lie in the same tables with a founding, an event, a contact, a promise, some with a visit behind or
before them, an agreement, a call to the city alone. What they have is near, yet due on other days.

The same days are scanned once more while each stage names a role of a few, who are told of all of it too.

Then a year passes without a scan, and one makes up for all its days. Each tie has an anniversary a year, each
agreement its end: so that as much is due in both houses here too, the other ties were met meanwhile, their
agreements prolonged, their visits put off, and nobody knows any more when they were founded.
"""

from __future__ import annotations

import datetime
import json
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.database import analyse, own_database

FEW = 10_000
DAY = datetime.timedelta(days=1)
ENTERED = datetime.datetime(2024, 5, 1, 8, tzinfo=datetime.UTC)
# Its first day warms up and is not timed; how much memory a scan takes is seen there. The office is told of
# the day of partner cities, 25 April, on the third.
WEEK = [datetime.date(2027, 2, 22) + DAY * number for number in range(6)]
A_YEAR_LATER = WEEK[-1] + DAY * 365
# How many of each stage are due on each of these days.
ANNIVERSARIES = {
    # After so many years, which make it one of every year, a round one, a jubilee: by days before.
    23: {30: 250},
    30: {365: 10, 180: 10, 90: 10, 30: 10, 7: 10},
    50: {730: 8, 365: 8, 270: 8, 180: 8, 90: 8, 30: 8, 7: 8},
}
QUIET = 60
AGREEMENTS = {180: 10, 90: 10, 30: 10}
PROMISES = {7: 20, 0: 20, -7: 5}
DEPARTURES = {90: 5, 30: 5, 7: 5}
REPORTS = 10
CITY_DATES = {28: 3, 7: 3}
# Of the role that each stage tells too, in the row "by role".
MEMBERS = 5
# The days from which the other ties were founded and met; no scan in this week counts from one of them.
OTHER_DAYS, SPREAD = datetime.date(2026, 4, 20), 290
# The cities of the ties: so many of ours, each with every one of theirs.
HOMES = 1_000
TIE, HOME, PARTNER, DATED_CITY = 1_000_000, 1_000_000, 2_000_000, 3_000_000


@dataclass(frozen=True, slots=True)
class Scanned:
    seconds: float
    added: int
    kilobytes: int


def measure(ties: int, *, by: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Lines of the table: what, and the figure; `by` is a command that runs what is timed."""
    week: dict[int, list[Scanned]] = {}
    by_role: dict[int, list[Scanned]] = {}
    year: dict[int, Scanned] = {}
    for count in (ties, FEW):
        with own_database():
            house = House(count)
            week[count] = scanned(WEEK, by=by)
            yield f"{count:,} ties, scan of a day with {week[count][-1].added} due", shown(week[count])
            with house.telling_a_role():
                by_role[count] = scanned(WEEK, by=by)
            what = f"{count:,} ties, the same by role, {by_role[count][-1].added} more to enter"
            yield what, shown(by_role[count])
            house.pass_a_year()
            [year[count]] = scanned([A_YEAR_LATER], by=by)
            what = f"{count:,} ties, 365 missed days in one scan, {year[count].added:,} found"
            yield what, f"{year[count].seconds:.1f} s, {year[count].kilobytes / 1024:.0f} MB"
    assert year[FEW].added == year[ties].added
    for name, found in (("a day", week), ("a day by role", by_role)):
        few, many = found[FEW], found[ties]
        assert [each.added for each in few] == [each.added for each in many]
        yield f"{name}: ratio of time (under 1.5)", f"{median(many) / median(few):.2f}"
        yield f"{name}: ratio of memory (under 1.5)", f"{many[0].kilobytes / few[0].kilobytes:.2f}"
    assert [each.added for each in by_role[FEW]] == [each.added * MEMBERS for each in week[FEW]]
    yield "365 days: ratio of time (under 1.5)", f"{year[ties].seconds / year[FEW].seconds:.2f}"
    yield "365 days: ratio of memory (under 1.5)", f"{year[ties].kilobytes / year[FEW].kilobytes:.2f}"


def median(week: list[Scanned]) -> float:
    """Of all days but the first, in seconds."""
    return statistics.median(each.seconds for each in week[1:])


def shown(week: list[Scanned]) -> str:
    return f"{median(week) * 1000:.0f} ms, {week[0].kilobytes / 1024:.0f} MB"


def scanned(days: list[datetime.date], *, by: Sequence[str]) -> list[Scanned]:
    """Each of these days scanned, all in one process of its own."""
    command = [*by, sys.executable, "-m", "tests.bench.scanner", *map(str, days)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [Scanned(**json.loads(line)) for line in done.stdout.splitlines()]


def years_before(day: datetime.date, years: int) -> datetime.date:
    return day.replace(year=day.year - years)


class House:
    """Rows like those that the office enters, multiplied by the database itself."""

    def __init__(self, ties: int) -> None:
        from contacts.models import Office
        from tests import factories

        Office.current()
        self.home, self.partner = factories.HomeCityFactory(), factories.CityFactory()
        self.tie = factories.PartnershipFactory(home=self.home, partner=self.partner, responsible=None)
        self.event = factories.PartnershipEventFactory(partnership=self.tie, kind="signed", on="1999")
        self.note = factories.InteractionFactory(partnership=self.tie, on="2027-01-01")
        self.visit = factories.DelegationFactory(
            home=self.home, state="completed", starts_on="2026-06-01", ends_on="2026-06-03", report="Gut."
        )
        self.departure = factories.DelegationFactory(state="planned", starts_on="2099-06-01")
        self.stop = factories.StopFactory(delegation=self.visit, city=self.partner, order=1)
        self.call = factories.InteractionFactory(city=self.partner, on="2020-06-01")
        self.promise = factories.FollowUpFactory(partnership=self.tie, due_on="2099-12-31")
        self.agreement = factories.AgreementFactory(
            partnership=self.tie, state="signed", valid_until="2099-12-31", notice_days=180
        )
        self.date = factories.CityDateFactory(city=self.partner, on="09-09")
        self.begin_the_week()
        self.entered = 0
        multiply(self.home, range(HOMES), id=f"n + {HOME}", geonames_id="NULL", name_de="'Heim ' || n")
        self.enter_due()
        self.others = range(self.entered, ties)
        self.enter_others()

    def begin_the_week(self) -> None:
        """As if the house had been scanned every day until then, and no rule were new."""
        from reminders.models import Clock, Rule, Stage

        for model in (Rule, Stage):
            model.objects.update(changed_at=ENTERED)
        before = WEEK[0] - DAY
        Clock.objects.filter(pk=Clock.current().pk).update(
            first_scan_on=ENTERED.date() + DAY * 45,
            scanned_until=before,
            scanned_at=datetime.datetime.combine(before, datetime.time(6), tzinfo=datetime.UTC),
        )

    @contextmanager
    def telling_a_role(self) -> Iterator[None]:
        """The week once more, while each stage tells everybody in a role too; then all is as it was."""
        from reminders.models import Reminder, Stage
        from tests import factories

        members = [factories.user_in("protocol") for _number in range(MEMBERS)]
        for stage in Stage.objects.all():
            stage.roles.add(members[0].groups.get())
        self.begin_the_week()
        yield
        for stage in Stage.objects.all():
            stage.roles.clear()
        Reminder.objects.filter(named__in=members).delete()
        Stage.objects.update(changed_at=ENTERED)

    # --- what is due ---

    def enter_due(self) -> None:
        """On each day of the week, of each subject and stage."""
        for day in WEEK:
            for years, stages in ANNIVERSARIES.items():
                for days, count in stages.items():
                    self.ties(count, founded=years_before(day + DAY * days, years))
            self.ties(QUIET, met=years_before(day, 1))
            for days, count in AGREEMENTS.items():
                self.agreements(count, by=day + DAY * days)
            for days, count in PROMISES.items():
                multiply(self.promise, range(count), due_on=f"'{day + DAY * days}'")
            for days, count in DEPARTURES.items():
                multiply(self.departure, range(count), starts_on=f"'{day + DAY * days}'")
            back = f"'{day - DAY * 14}'"
            multiply(self.visit, range(REPORTS), starts_on=back, ends_on=back, report="''")
            for days, count in CITY_DATES.items():
                self.days_of_cities(count, on=day + DAY * days)

    def ties(
        self, count: int, *, founded: datetime.date | None = None, met: datetime.date | None = None
    ) -> None:
        """Some of which the founding, or the last contact, counts; the other is of no day of the week."""
        numbers = range(self.entered, self.entered + count)
        self.entered += count
        self.tie_rows(numbers, founded=f"'{founded or '1951-06-01'}'", met=f"DATE '{met or OTHER_DAYS}'")

    def agreements(self, count: int, *, by: datetime.date) -> None:
        """Each to act on by that day: at its end, a notice before it, and before the end of a later term."""
        ends = {"notice_days": "180", "valid_until": f"'{by + DAY * 180}'"}
        multiply(self.agreement, range(0, count, 3), notice_days="NULL", valid_until=f"'{by}'")
        multiply(self.agreement, range(1, count, 3), **ends)
        ends["valid_until"] = f"'{years_before(by + DAY * 180, 4)}'"
        multiply(self.agreement, range(2, count, 3), renews_by_months="24", **ends)

    def days_of_cities(self, count: int, *, on: datetime.date) -> None:
        """Each of a city of its own, with one tie."""
        from contacts.models import City

        first = City.objects.filter(pk__gte=DATED_CITY).count()
        numbers = range(first, first + count)
        city = f"n + {DATED_CITY}"
        multiply(self.partner, numbers, id=city, geonames_id="NULL", name_de="'Tag ' || n")
        multiply(self.date, numbers, city_id=city, on=f"'{on:%m-%d}'")
        multiply(self.tie, numbers, id=city, home_id=f"{HOME}", partner_id=city, founded="'1951-06-01'")
        multiply(self.note, numbers, partnership_id=city)

    # --- what is not ---

    def enter_others(self) -> None:
        numbers, met = self.others, f"(DATE '{OTHER_DAYS}' + (n % {SPREAD})::int)"
        some = [range(numbers.start + first, numbers.stop, 20) for first in range(5)]
        key, partner = f"n + {TIE}", f"n / {HOMES} + {PARTNER}"
        self.tie_rows(numbers, founded=f"(1951 + 5 * (n % 12)) || to_char({met}, '-MM-DD')", met=met)
        kept = {"due_on": f"{met}::text", "state": "'done'", "done_on": met}
        multiply(self.promise, numbers[::2], partnership_id=key, **kept)
        multiply(self.promise, numbers[1::2], partnership_id=key, due_on=f"({met} + 730)::text")
        multiply(self.call, some[0], city_id=partner, on=f"{met} - 2192")
        at_home = {"id": key, "home_id": f"n % {HOMES} + {HOME}"}
        multiply(self.visit, some[0], **at_home, starts_on=f"{met}::text", ends_on=f"{met}::text")
        nowhen = {"arrives_on": "NULL", "departs_on": "NULL"}
        multiply(self.stop, some[0], delegation_id=key, city_id=partner, **nowhen)
        multiply(self.departure, some[1], **at_home, starts_on=f"{other_than(DEPARTURES)}::text")
        ends = other_than(AGREEMENTS, notice=180)
        multiply(self.agreement, some[2], partnership_id=key, valid_until=ends, notice_days="NULL")
        multiply(self.agreement, some[3], partnership_id=key, valid_until=ends)
        first_end = f"({ends} - interval '60 months')::date"
        multiply(self.agreement, some[4], partnership_id=key, valid_until=first_end, renews_by_months="60")
        analyse()

    def tie_rows(self, numbers: range, *, founded: str, met: str) -> None:
        """Ties with an event and a contact; their cities, where they are not there yet."""
        from contacts.models import City

        there = City.objects.filter(pk__gte=PARTNER, pk__lt=DATED_CITY).count()
        theirs = range(there, numbers.stop // HOMES + 1)
        multiply(self.partner, theirs, id=f"n + {PARTNER}", geonames_id="NULL", name_de="'Fern ' || n")
        multiply(self.date, theirs, city_id=f"n + {PARTNER}")
        key, home, partner = f"n + {TIE}", f"n % {HOMES} + {HOME}", f"n / {HOMES} + {PARTNER}"
        multiply(self.tie, numbers, id=key, home_id=home, partner_id=partner, founded=founded)
        multiply(self.event, numbers, partnership_id=key, on=f"({founded})::text")
        multiply(self.note, numbers, partnership_id=key, on=met)

    def pass_a_year(self) -> None:
        """Nothing of the other ties falls due in it; what was due soon or today in the week was done."""
        first, last = TIE + self.others.start, TIE + self.others.stop - 1
        tie, visit = f"partnership_id BETWEEN {first} AND {last}", f"id BETWEEN {first} AND {last}"
        change(self.tie, f"id BETWEEN {first} AND {last}", founded="NULL")
        change(self.note, tie, on='"on" + 365')
        change(self.call, "partnership_id IS NULL", on='"on" + 2557')
        days = {column: f"({column}::date + 365)::text" for column in ("starts_on", "ends_on")}
        change(self.visit, f"{visit} AND state = 'completed'", **days)
        change(self.departure, f"{visit} AND state = 'planned'", starts_on="(starts_on::date + 730)::text")
        change(self.agreement, tie, valid_until="(valid_until + interval '2 years')::date")
        change(self.date, f"city_id BETWEEN {PARTNER} AND {DATED_CITY - 1}", on="'2035-09-09'")
        soon = f"due_on BETWEEN '{WEEK[0]}' AND '{WEEK[-1] + DAY * 7}'"
        change(self.promise, soon, state="'done'", done_on=f"DATE '{WEEK[-1]}'")
        analyse()


def other_than(stages: Iterable[int], *, notice: int = 0) -> str:
    """A day of the year after the week, as many as there are, on which no stage of the week counts."""
    counted = {day + DAY * days for day in WEEK for days in stages}
    days = (WEEK[-1] + DAY * number for number in range(10, 350))
    # To the 28th, so that months and months before it lie on the same day.
    free = [day for day in days if day.day <= 28 and counted.isdisjoint({day, day - DAY * notice})]
    each = ", ".join(f"DATE '{day}'" for day in free)
    return f"(ARRAY[{each}])[n % {len(free)} + 1]"


def change(row: Any, where: str, **values: str) -> None:
    """What a database does with many rows at once."""
    from django.db import connection

    changes = ", ".join(f'"{column}" = {expression}' for column, expression in values.items())
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET {changes} WHERE {where}")


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
