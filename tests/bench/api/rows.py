"""Projects with all that a list shows of them, multiplied by the database itself.

Each is published, joins two cities and a tie, and has two themes, a responsible officer and a summary; some
have partners, people, places, statements and funding.
"""

from __future__ import annotations

from typing import Any

from tests.bench.database import analyse
from tests.bench.scanning import multiply

OTHERS = 50
"""How many cities, ties, organisations, people and statements there are for all projects together."""
FIRST = 1_000_000
"""Keys of what is multiplied begin here."""
RARE = "Quxhaven"
SUMMARY = "Seit vielen Jahren besuchen sich Schulen, Vereine und Verwaltungen beider Städte. " * 3
PUBLISHED = "2001-02-03T04:05:06Z"
# What hangs on every so many projects: how often, and which shift gives a second one.
HANGING = {
    "cities": (1, (0, 7)),
    "partnerships": (1, (0,)),
    "themes": (1, (0, 7)),
    "people": (2, (0,)),
    "statements": (5, (0,)),
}


class Projects:
    def __init__(self) -> None:
        from tests import factories as make

        self.count = 0
        officer = make.UserFactory(first_name="Nora", last_name="Beispiel")
        facts = {"published_at": PUBLISHED, "published_by": officer, "responsible": officer}
        region = make.CityFactory(name_de="Gegend", kind="region")
        cities = [make.CityFactory(parent=region) for _number in range(OTHERS)]
        home = make.HomeCityFactory()
        ties = [make.PartnershipFactory(home=home, partner=city, **facts) for city in cities]
        themes = [make.ThemeFactory() for _number in range(OTHERS)]
        people = [make.PersonFactory() for _number in range(OTHERS)]
        statements = [make.StatementFactory() for _number in range(OTHERS)]
        self.organisations = [make.OrganisationFactory(city=city) for city in cities]
        self.others: dict[str, list[Any]] = {
            "cities": cities,
            "partnerships": ties,
            "themes": themes,
            "people": people,
            "statements": statements,
        }
        self.project = make.ProjectFactory(
            title="Vorlage", kind="exchange", state="running", summary=SUMMARY, sdgs=[11, 17], **facts
        )
        self.partner = make.ProjectPartnerFactory(project=self.project, organisation=self.organisations[0])
        self.place = make.ProjectPlaceFactory(project=self.project, city=cities[0])
        self.funding = make.FundingFactory(project=self.project)
        for name, rows in self.others.items():
            getattr(self.project, name).add(rows[0])
        make.ProjectFactory(title=RARE, **facts)

    def grow(self, until: int) -> None:
        """Until there are so many, the two of the factories left aside."""
        numbers, key = range(self.count, until), f"n + {FIRST}"
        folded = "'projekt ' || lpad(((n::bigint * 7919) % 10000000)::text, 7, '0')"
        multiply(
            self.project,
            numbers,
            id=key,
            title="'Projekt ' || lpad(((n::bigint * 7919) % 10000000)::text, 7, '0')",
            search=folded,
            sort=folded,
            starts_on="(1990 + n % 30)::text",
            ends_on="(1991 + n % 30)::text || '-05'",
        )
        for name, (every, shifts) in HANGING.items():
            field = type(self.project)._meta.get_field(name)
            pair = getattr(type(self.project), name).through.objects.filter(project=self.project)[0]
            for shift in shifts:
                its = f"(n + {shift}) % {OTHERS} + {self.others[name][0].pk}"
                multiply(pair, self.every(every, until), project_id=key, **{field.m2m_reverse_name(): its})
        for row, column, rows in (
            (self.partner, "organisation_id", self.organisations),
            (self.place, "city_id", self.others["cities"]),
            (self.funding, None, []),
        ):
            its = {column: f"n % {OTHERS} + {rows[0].pk}"} if column else {}
            multiply(row, self.every(4, until), project_id=key, **its)
        self.count = until
        analyse()

    def every(self, step: int, until: int) -> range:
        return range(-(-self.count // step) * step, until, step)
