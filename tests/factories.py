"""Dull rows: numbered names, no dice, no optional relation. A test spells out what it is about."""

import datetime

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from config import roles
from contacts.models import (
    City,
    CityDate,
    Document,
    Organisation,
    Person,
    Place,
    Post,
    Statement,
    Tenure,
    User,
)
from delegations.models import (
    Delegation,
    DelegationPartner,
    FollowUp,
    GoldenBookEntry,
    GoldenBookSigner,
    Outcome,
    Participant,
    ProgrammeItem,
    Stop,
)
from relations.models import (
    Agreement,
    CouncilDecision,
    Funding,
    Occasion,
    Partnership,
    PartnershipEvent,
    Project,
    ProjectPartner,
    ProjectPlace,
    Signature,
    Theme,
)
from reminders.models import Attempt, Mail, Reminder, Rule, Stage

PASSWORD = "a-word-of-the-tests"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    password = factory.django.Password(PASSWORD)
    is_staff = True


def user_in(role: str) -> User:
    """A member of staff with the rights that the table of roles gives."""
    if role not in roles.ROLES:
        raise LookupError(f"There is no role {role}.")
    if not Group.objects.filter(name=role).exists():
        roles.sync()
    user = UserFactory()
    user.groups.add(Group.objects.get(name=role))
    return user


class CityFactory(DjangoModelFactory[City]):
    class Meta:
        model = City

    name_de = factory.Sequence(lambda n: f"Stadt {n}")
    country = "DE"


class HomeCityFactory(CityFactory):
    name_de = factory.Sequence(lambda n: f"Heimatstadt {n}")
    is_home = True


class CityDateFactory(DjangoModelFactory[CityDate]):
    class Meta:
        model = CityDate

    city = factory.SubFactory(CityFactory)
    kind = CityDate.Kind.CITY_DAY
    on = "05-19"


class PlaceFactory(DjangoModelFactory[Place]):
    class Meta:
        model = Place

    name = factory.Sequence(lambda n: f"Ort {n}")
    country = "DE"
    latitude = "51.22172"
    longitude = "6.77616"
    timezone = "Europe/Berlin"
    geonames_id = factory.Sequence(lambda n: n + 1)


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    title = factory.Sequence(lambda n: f"Organisation {n}")


class PersonFactory(DjangoModelFactory[Person]):
    class Meta:
        model = Person

    given_names = "Nora"
    family_name = factory.Sequence(lambda n: f"Beispiel{n}")


class PostFactory(DjangoModelFactory[Post]):
    class Meta:
        model = Post

    title_de = factory.Sequence(lambda n: f"Amt {n}")
    organisation = factory.SubFactory(OrganisationFactory)


class TenureFactory(DjangoModelFactory[Tenure]):
    class Meta:
        model = Tenure

    person = factory.SubFactory(PersonFactory)
    post = factory.SubFactory(PostFactory)


class DocumentFactory(DjangoModelFactory[Document]):
    class Meta:
        model = Document

    url = factory.Sequence(lambda n: f"https://example.org/documents/{n}")


class StatementFactory(DjangoModelFactory[Statement]):
    class Meta:
        model = Statement

    text = factory.Sequence(lambda n: f"Aussage {n}")


class ThemeFactory(DjangoModelFactory[Theme]):
    class Meta:
        model = Theme

    name_de = factory.Sequence(lambda n: f"Thema {n}")
    name_en = factory.Sequence(lambda n: f"Theme {n}")
    slug = factory.Sequence(lambda n: f"theme-{n}")


class PartnershipFactory(DjangoModelFactory[Partnership]):
    class Meta:
        model = Partnership

    home = factory.SubFactory(HomeCityFactory)
    partner = factory.SubFactory(CityFactory)


class PartnershipEventFactory(DjangoModelFactory[PartnershipEvent]):
    class Meta:
        model = PartnershipEvent

    partnership = factory.SubFactory(PartnershipFactory)
    kind = PartnershipEvent.Kind.SIGNED


class OccasionFactory(DjangoModelFactory[Occasion]):
    class Meta:
        model = Occasion

    partnership = factory.SubFactory(PartnershipFactory)
    years = 25


class CouncilDecisionFactory(DjangoModelFactory[CouncilDecision]):
    class Meta:
        model = CouncilDecision

    body = factory.Sequence(lambda n: f"Rat {n}")


class AgreementFactory(DjangoModelFactory[Agreement]):
    class Meta:
        model = Agreement

    title = factory.Sequence(lambda n: f"Vereinbarung {n}")


class SignatureFactory(DjangoModelFactory[Signature]):
    class Meta:
        model = Signature

    agreement = factory.SubFactory(AgreementFactory)
    person = factory.SubFactory(PersonFactory)


class ProjectFactory(DjangoModelFactory[Project]):
    class Meta:
        model = Project

    title = factory.Sequence(lambda n: f"Projekt {n}")


class ProjectPartnerFactory(DjangoModelFactory[ProjectPartner]):
    class Meta:
        model = ProjectPartner

    project = factory.SubFactory(ProjectFactory)
    organisation = factory.SubFactory(OrganisationFactory)


class ProjectPlaceFactory(DjangoModelFactory[ProjectPlace]):
    class Meta:
        model = ProjectPlace

    project = factory.SubFactory(ProjectFactory)
    venue = factory.Sequence(lambda n: f"Saal {n}")


class FundingFactory(DjangoModelFactory[Funding]):
    class Meta:
        model = Funding

    project = factory.SubFactory(ProjectFactory)
    programme = factory.Sequence(lambda n: f"Programm {n}")


class DelegationFactory(DjangoModelFactory[Delegation]):
    class Meta:
        model = Delegation

    title = factory.Sequence(lambda n: f"Besuch {n}")
    direction = Delegation.Direction.OUTBOUND


class DelegationPartnerFactory(DjangoModelFactory[DelegationPartner]):
    class Meta:
        model = DelegationPartner

    delegation = factory.SubFactory(DelegationFactory)
    organisation = factory.SubFactory(OrganisationFactory)


class StopFactory(DjangoModelFactory[Stop]):
    class Meta:
        model = Stop

    delegation = factory.SubFactory(DelegationFactory)
    city = factory.SubFactory(CityFactory)
    order = factory.LazyAttribute(lambda stop: stop.delegation.stops.count() + 1)


class ParticipantFactory(DjangoModelFactory[Participant]):
    class Meta:
        model = Participant

    delegation = factory.SubFactory(DelegationFactory)
    person = factory.SubFactory(PersonFactory)


class ProgrammeItemFactory(DjangoModelFactory[ProgrammeItem]):
    class Meta:
        model = ProgrammeItem

    delegation = factory.SubFactory(DelegationFactory)
    title = factory.Sequence(lambda n: f"Programmpunkt {n}")
    order = factory.LazyAttribute(lambda item: item.delegation.programme.count() + 1)
    kind = ProgrammeItem.Kind.TALK


class OutcomeFactory(DjangoModelFactory[Outcome]):
    class Meta:
        model = Outcome

    delegation = factory.SubFactory(DelegationFactory)
    text = factory.Sequence(lambda n: f"Ergebnis {n}")


class FollowUpFactory(DjangoModelFactory[FollowUp]):
    class Meta:
        model = FollowUp

    title = factory.Sequence(lambda n: f"Wiedervorlage {n}")


class GoldenBookEntryFactory(DjangoModelFactory[GoldenBookEntry]):
    class Meta:
        model = GoldenBookEntry

    city = factory.SubFactory(HomeCityFactory)


class GoldenBookSignerFactory(DjangoModelFactory[GoldenBookSigner]):
    class Meta:
        model = GoldenBookSigner

    entry = factory.SubFactory(GoldenBookEntryFactory)
    person = factory.SubFactory(PersonFactory)


class RuleFactory(DjangoModelFactory[Rule]):
    class Meta:
        model = Rule

    subject = Rule.Subject.DELEGATION
    # Of each kind only one is in use, and the shipped ones are.
    is_active = False


class StageFactory(DjangoModelFactory[Stage]):
    class Meta:
        model = Stage

    rule = factory.SubFactory(RuleFactory)
    days = factory.Sequence(lambda n: n % 3000 + 1)


class MailFactory(DjangoModelFactory[Mail]):
    class Meta:
        model = Mail

    recipient = factory.SubFactory(UserFactory)
    day = datetime.date(2024, 6, 22)
    language = "de"
    message_id = factory.Sequence(lambda n: f"<{n}@example.org>")
    not_before = datetime.datetime(2024, 6, 22, 6, tzinfo=datetime.UTC)
    next_try_at = not_before


class AttemptFactory(DjangoModelFactory[Attempt]):
    class Meta:
        model = Attempt

    mail = factory.SubFactory(MailFactory)
    started_at = datetime.datetime(2024, 6, 22, 6, tzinfo=datetime.UTC)


class ReminderFactory(DjangoModelFactory[Reminder]):
    class Meta:
        model = Reminder

    stage = factory.SubFactory(StageFactory)
    partnership = factory.SubFactory(PartnershipFactory)
    occurrence = "2024"
    occurs_on = "2024-07-22"
    addressee = Stage.Addressee.RESPONSIBLE
    due_on = datetime.date(2024, 6, 22)
    key = factory.Sequence(lambda n: f"key {n}")
