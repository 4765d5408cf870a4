"""Two worlds, each from scratch: alike in everything that is public, different in everything else.

Public rows have the keys that are given to them here. Around each of them the dice put private rows, tied to
it by whatever relation there is; their keys lie before, between and after those of the public ones.
"""

import datetime
import random

from contacts.models import City, Office
from contacts.records import PublishableRecord
from delegations.models import Delegation, Participant
from portal.looking import look
from relations.models import Agreement, Partnership, Project, Theme
from tests import factories as make
from tests.portal.planting import Secrets, plant_all_but

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
EARLIER = NOW - datetime.timedelta(days=1)
# Higher than what a database of tests counts up to by itself.
FIRST_KEY, GAP = 1_000_000, 1_000

HOME = ("Berlin", "Berlin", "", "DE")
PLACES = (
    *(("Istanbul", "Istanbul", "İstanbul", "TR"), ("Köln", "Cologne", "Köln", "DE")),
    *(("Warschau", "Warsaw", "Warszawa", "PL"), ("Paris", "Paris", "Paris", "FR")),
    *(("Brüssel", "Brussels", "Brussel", "BE"), ("Windhuk", "Windhoek", "Windhoek", "NA")),
    *(("Peking", "Beijing", "北京", "CN"), ("Mexiko-Stadt", "Mexico City", "Ciudad de México", "MX")),
)
THEMES = (("Umwelt", "Environment", "green"), ("Kultur", "Culture", "culture"), ("Jugend", "Youth", "youth"))
FOUNDED = ("1989-11-17", "1990", "2000-02-29", "1991-11", "1988-07-04", None, "2001-11-20", "1975-01-01")
EVENTS = ("signed", "signed", "suspended", "dormant", "council_decision", "signed", "ended", "first_contact")
SPANS = (("2020", "2022-05"), ("2024-06-03", "2024-06-07"), ("2026-11", None), (None, None), ("1999", "2030"))


# What private words begin with, in each world with others.
SECRETS = ("qzx", "qzy", "qzw")
PRIVATE = (
    *(make.CityFactory, make.ThemeFactory, make.PersonFactory),
    *(make.PartnershipFactory, make.ProjectFactory, make.DelegationFactory),
)


class Twin:
    def __init__(self, seed: int, most: int) -> None:
        self.dice, self.most, self.seed = random.Random(seed), most, seed
        self.last, self.next_private = FIRST_KEY, FIRST_KEY + 1
        self.public_rows: set[tuple[str, int]] = set()
        self.users = [make.UserFactory(), make.UserFactory()]
        self.save_private_rows()

    # --- rows ---

    def public(self, factory, *, at: datetime.datetime | None = None, **facts):
        """A row with the next key of those for public rows, marked as published where it has a mark."""
        self.last += GAP
        number = (self.last - FIRST_KEY) // GAP
        row = factory(pk=self.last, **{"__sequence": number}, **facts)
        self.next_private = self.last + 1
        self.public_rows.add((row._meta.label, row.pk))
        if isinstance(row, PublishableRecord):
            mark = {"published_at": at or EARLIER - datetime.timedelta(days=number // 3)}
            type(row).objects.filter(pk=row.pk).update(**mark, published_by=self.dice.choice(self.users))
            row.refresh_from_db()
        if factory in PRIVATE and self.most:
            self.private(factory)
        self.surround(row)
        return row

    def private(self, factory, **facts):
        model = factory._meta.model
        # A row that came with another one may have taken it.
        while model._base_manager.filter(pk=self.next_private).exists():
            self.next_private += 1
        row = factory(pk=self.next_private, **facts)
        self.next_private += 1
        assert self.next_private < self.last + GAP
        if isinstance(row, PublishableRecord) and self.dice.random() < 0.3:
            type(row).objects.filter(pk=row.pk).update(published_at=EARLIER, withdrawn_at=EARLIER)
        return row

    def is_public(self, row) -> bool:
        return isinstance(row, Office) or (row._meta.label, row.pk) in self.public_rows

    # --- what is private around a row ---

    def save_private_rows(self) -> None:
        for _number in range(self.most):
            for factory in PRIVATE:
                self.private(factory)

    def surround(self, row) -> None:
        for _number in range(self.dice.randint(0, self.most)):
            town, theme = self.private(make.CityFactory), self.private(make.ThemeFactory)
            match row:
                case City():
                    self.around_city(row, town, theme)
                case Theme():
                    Theme.objects.filter(pk=row.pk, parent=None).update(parent=theme)
                    self.private(make.ThemeFactory, parent=row)
                case Partnership():
                    self.around_tie(row, town, theme)
                case Agreement():
                    self.private(make.SignatureFactory, agreement=row)
                case Project():
                    self.around_project(row, town)
                case Delegation():
                    self.around_visit(row, town)

    def around_city(self, city, town, theme) -> None:
        City.objects.filter(pk=city.pk, parent=None).update(parent=town)
        tie = self.private(make.PartnershipFactory, home=city, partner=town, founded="1989-11-17")
        project, visit = self.private(make.ProjectFactory), self.private(make.DelegationFactory, home=city)
        for row in (tie, project, visit):
            row.themes.add(theme)
        project.cities.add(city, town)
        self.private(make.StopFactory, delegation=visit, city=city)
        self.private(make.StopFactory, delegation=visit, city=town)
        self.private(make.CityDateFactory, city=city)

    def around_tie(self, tie, town, theme) -> None:
        earlier = self.private(make.PartnershipFactory, home=tie.home, partner=town, founded="1970-05-01")
        Partnership.objects.filter(pk=tie.pk, predecessor=None).update(predecessor=earlier)
        closer = self.private(make.PartnershipFactory, home=tie.partner, partner=town, founded="1999")
        self.private(make.PartnershipEventFactory, partnership=closer, on="1999")
        Partnership.objects.filter(pk=closer.pk).update(predecessor=tie)
        project, visit = (
            self.private(make.ProjectFactory),
            self.private(make.DelegationFactory, partnership=tie),
        )
        project.partnerships.add(tie)
        visit.themes.add(theme)
        self.private(make.AgreementFactory, partnership=tie)
        self.private(make.InteractionFactory, partnership=tie)
        tie.statements.add(self.private(make.StatementFactory))

    def around_project(self, project, town) -> None:
        project.partnerships.add(self.private(make.PartnershipFactory, partner=town))
        project.people.add(self.private(make.PersonFactory))
        self.private(make.ProjectPlaceFactory, project=project, city=town)
        self.private(make.ProjectPartnerFactory, project=project)
        self.private(make.FundingFactory, project=project)

    def around_visit(self, visit, town) -> None:
        visit.documents.add(self.private(make.DocumentFactory))
        self.private(make.ParticipantFactory, delegation=visit)
        self.private(make.ProgrammeItemFactory, delegation=visit)
        self.private(make.FollowUpFactory, delegation=visit)
        for part in (make.OutcomeFactory, make.CostFactory, make.DelegationPartnerFactory):
            self.private(part, delegation=visit)

    # --- what is public ---

    def build(self) -> None:
        home = self.city(HOME, is_home=True)
        region = self.public(make.CityFactory, name_de="Marmara", kind=City.Kind.REGION, country="TR")
        cities = [self.city(place, parent=region if place[3] == "TR" else None) for place in PLACES]
        themes = [
            self.public(make.ThemeFactory, name_de=german, name_en=english, slug=slug)
            for german, english, slug in THEMES
        ]
        Theme.objects.filter(pk=themes[0].pk).update(parent=themes[1])
        self.in_office = [self.office_holder() for _number in range(2)]
        self.ties = [self.tie(number, home, cities, themes) for number in range(len(cities))]
        self.projects = [self.project(number, [region, *cities], themes) for number in range(5)]
        self.visits = [self.visit(number, home, cities, themes) for number in range(6)]
        self.keys = {
            **{"cities": [row.pk for row in (home, region, *cities)], "themes": [row.pk for row in themes]},
            **{"partnerships": [row.pk for row in self.ties], "projects": [row.pk for row in self.projects]},
            "visits": [row.pk for row in self.visits],
        }
        look(now=EARLIER, whole=True)
        self.go_on()
        look(now=NOW)
        plant_all_but(self.is_public, Secrets(self.seed, word=SECRETS[self.seed]))
        if self.seed > 1:
            # Nobody may see that there is anything that the look has not seen.
            self.save_private_rows()

    def city(self, names, **facts):
        german, english, local, country = names
        return self.public(
            make.CityFactory, name_de=german, name_en=english, name_local=local, country=country, **facts
        )

    def office_holder(self):
        hall = self.public(make.OrganisationFactory, title=f"Rathaus {self.last}", kind="administration")
        seat = self.public(make.PostFactory, organisation=hall, rank=1, is_head_of_city=True)
        return self.public(make.PersonFactory), seat

    def tie(self, number, home, cities, themes):
        tie = self.public(
            make.PartnershipFactory,
            home=home,
            partner=cities[number],
            kind=[*Partnership.Kind.values][number % 3],
            founded=FOUNDED[number],
            motto=f"Motto {number}",
        )
        self.public(make.PartnershipEventFactory, partnership=tie, kind=EVENTS[number], on=f"{2002 + number}")
        tie.themes.add(*themes[: number % 3])
        if number % 3 == 0:
            tie.further_cities.add(cities[number - 1])
        if number == 1:
            closer = self.public(make.PartnershipFactory, home=home, partner=cities[number], kind="climate")
            Partnership.objects.filter(pk=closer.pk).update(predecessor=tie)
        agreement = self.public(make.AgreementFactory, partnership=tie, place=f"Rathaus {number}")
        person, seat = self.in_office[number % 2]
        self.public(make.SignatureFactory, agreement=agreement, person=person, post=seat)
        return tie

    def project(self, number, cities, themes):
        starts_on, ends_on = SPANS[number % len(SPANS)]
        project = self.public(
            make.ProjectFactory, summary=f"Dächer {number}", starts_on=starts_on, ends_on=ends_on
        )
        project.cities.add(*cities[number : number + 3])
        project.themes.add(themes[number % 3])
        project.partnerships.add(*self.ties[number : number + 2])
        return project

    def visit(self, number, home, cities, themes):
        starts_on, ends_on = SPANS[(number + 1) % len(SPANS)]
        visit = self.public(
            make.DelegationFactory,
            home=home,
            partnership=self.ties[number] if number % 2 else None,
            purpose=f"Bosporus {number}",
            starts_on=starts_on,
            ends_on=ends_on,
        )
        stops = [
            self.public(make.StopFactory, delegation=visit, city=city, order=order, arrives_on=starts_on)
            for order, city in enumerate(cities[number : number + 2], start=1)
        ]
        visit.themes.add(themes[number % 3])
        person, seat = self.in_office[number % 2]
        self.public(
            make.ParticipantFactory,
            delegation=visit,
            person=person,
            post=seat,
            role=Participant.Role.HEAD,
            order=1,
        )
        # A time needs a day.
        when = {"on": starts_on, "starts_at": "10:00"} if starts_on == "2024-06-03" else {}
        self.public(make.ProgrammeItemFactory, delegation=visit, stop=stops[0], order=1, **when)
        visit.documents.add(self.public(make.DocumentFactory, title=f"Bericht {number}"))
        return visit

    # --- what happens between two looks, and among private saves ---

    def go_on(self) -> None:
        self.save_private_rows()
        tie, project, visit = self.ties[0], self.projects[-1], self.visits[-1]
        tie.refresh_from_db()
        tie.motto = "Gemeinsam"
        tie.save()
        project.withdraw()
        self.surround(tie)
        self.surround(self.visits[0])
        visit.withdraw()
        visit.publish(by=self.dice.choice(self.users))
