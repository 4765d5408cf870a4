"""A published tie, project and visit with all that hangs on them, and beside each what is not public."""

from dataclasses import dataclass
from typing import Any

from contacts.models import City, Organisation, Person, Post
from contacts.records import PublishableRecord
from delegations.models import Delegation, Participant
from relations.models import Partnership, Project, Theme
from tests import factories as make

PUBLISHED = "2001-02-03T04:05:06Z"


@dataclass
class World:
    home: City
    partner: City
    theme: Theme
    tie: Partnership
    project: Project
    visit: Delegation
    mayor: Person
    office: Post

    def shows(self, row: Any) -> bool:
        """Whether the row itself is public: marked so, or in public office."""
        match row:
            case PublishableRecord():
                return row.is_published
            case Person():
                return row == self.mayor
            case Post():
                return row == self.office
            case Organisation():
                return row == self.office.organisation
        return True


def publish(row: Any) -> Any:
    type(row).objects.filter(pk=row.pk).update(published_at=PUBLISHED, withdrawn_at=None)
    row.refresh_from_db()
    return row


def withdrawn(row: Any) -> Any:
    type(row).objects.filter(pk=row.pk).update(published_at=PUBLISHED, withdrawn_at=PUBLISHED)
    return row


def office(**facts: Any) -> Post:
    city_hall = make.OrganisationFactory(kind=Organisation.Kind.ADMINISTRATION)
    return make.PostFactory(organisation=city_hall, **facts)


def build() -> World:
    region = make.CityFactory(name_de="Marmara", kind=City.Kind.REGION, country="TR")
    home = make.HomeCityFactory(name_de="Berlin", name_en="Berlin")
    partner = make.CityFactory(
        name_de="Istanbul", name_en="Istanbul", name_local="İstanbul", country="TR", parent=region
    )
    further = make.CityFactory(name_de="Köln", name_en="Cologne")
    theme = make.ThemeFactory(parent=make.ThemeFactory())
    mayor, seat = make.PersonFactory(), office(rank=1, is_head_of_city=True)
    clerk, desk = make.PersonFactory(), office()

    earlier = publish(make.PartnershipFactory(home=home, partner=partner, kind="friendship", ended_on="1989"))
    tie = make.PartnershipFactory(home=home, partner=partner, founded="1989-11-17", predecessor=earlier)
    publish(tie)
    make.PartnershipEventFactory(partnership=tie, on="1989-11-17")
    tie.further_cities.add(further)
    tie.themes.add(theme, theme.parent)
    tie.statements.add(make.StatementFactory())
    tie.counterpart_posts.add(seat)
    for agreement in (
        make.AgreementFactory(partnership=tie),
        publish(make.AgreementFactory(partnership=tie)),
    ):
        make.SignatureFactory(agreement=agreement, person=mayor, post=seat)
        make.SignatureFactory(agreement=agreement, person=clerk, post=desk)

    project = publish(make.ProjectFactory(starts_on="2020", ends_on="2022-05"))
    project.cities.add(partner, region)
    project.themes.add(theme)
    project.people.add(clerk)
    project.partnerships.add(tie)
    make.ProjectPlaceFactory(project=project)
    make.ProjectPartnerFactory(project=project)
    make.FundingFactory(project=project)

    visit = publish(make.DelegationFactory(partnership=tie, home=home, starts_on="2024-06-03"))
    stop = make.StopFactory(delegation=visit, city=partner, arrives_on="2024-06-03")
    visit.themes.add(theme)
    visit.documents.add(make.DocumentFactory(), publish(make.DocumentFactory()))
    make.ParticipantFactory(delegation=visit, person=mayor, post=seat, role=Participant.Role.HEAD)
    make.ParticipantFactory(delegation=visit, person=clerk, post=desk)
    make.ParticipantFactory(delegation=visit, person=make.PersonFactory())
    publish(make.ProgrammeItemFactory(delegation=visit, stop=stop, on="2024-06-03", starts_at="10:00"))
    make.ProgrammeItemFactory(delegation=visit, stop=stop)
    for part in (make.OutcomeFactory, make.CostFactory, make.DelegationPartnerFactory):
        part(delegation=visit)
    return World(home, partner, theme, tie, project, visit, mayor, seat)


def hide_around(world: World) -> list[Any]:
    """Rows that are not public, or no longer, each tied to public ones by whatever relation there is."""
    town, theme = make.CityFactory(), make.ThemeFactory()
    closer = make.PartnershipFactory(home=world.home, partner=world.partner, kind="climate", founded="1999")
    make.PartnershipEventFactory(partnership=closer, on="1999")
    tie = withdrawn(make.PartnershipFactory(home=world.home, partner=town, founded="1990-01-01"))
    project, visit = make.ProjectFactory(), withdrawn(make.DelegationFactory(partnership=world.tie))
    Partnership.objects.filter(pk=closer.pk).update(predecessor=world.tie)
    for row in (tie, project, visit):
        row.themes.add(theme)
    project.cities.add(world.partner, town)
    project.partnerships.add(world.tie, tie)
    world.project.partnerships.add(tie)
    make.StopFactory(delegation=visit, city=town)
    elsewhere = publish(make.DelegationFactory(partnership=tie, title="Öffentlich", starts_on="2023"))
    make.StopFactory(delegation=elsewhere, city=world.partner)
    City.objects.filter(pk=world.home.pk).update(parent=make.CityFactory())
    Theme.objects.filter(pk=world.theme.parent.pk).update(parent=make.ThemeFactory())
    hidden_city, hidden_theme = (
        City.objects.get(parts=world.home),
        Theme.objects.get(parts=world.theme.parent),
    )
    return [town, theme, closer, tie, project, visit, hidden_city, hidden_theme]


def name_things(world: World) -> None:
    world.project.title, world.visit.title = "Grüne Dächer", "Bürgermeister am Bosporus"
    world.theme.name_de, world.theme.slug = "Umwelt", "green"
    for row in (world.project, world.visit, world.theme):
        row.save()
