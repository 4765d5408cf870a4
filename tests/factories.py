"""Dull rows: numbered names, no dice, no optional relation. A test spells out what it is about."""

import datetime
from collections.abc import Iterable
from typing import Any

import factory
from django.contrib.auth.models import Group
from django.db.models import Model
from django.utils import timezone
from factory.base import FactoryMetaClass
from factory.django import DjangoModelFactory

from config import roles
from contacts.models import (
    AccessToken,
    City,
    CityDate,
    Document,
    KeptAnswer,
    Organisation,
    Person,
    Place,
    Post,
    SentForm,
    Statement,
    Tenure,
    User,
)
from contacts.scopes import every_scope
from delegations.models import (
    Cost,
    Delegation,
    DelegationPartner,
    FollowUp,
    Gift,
    GoldenBookEntry,
    GoldenBookSigner,
    JubileeStep,
    Outcome,
    Participant,
    ProgrammeItem,
    Stop,
)
from portal.models import Delivery, DeliveryAttempt, Endpoint
from relations.models import (
    Agreement,
    CouncilDecision,
    Funding,
    Interaction,
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


def user_in(role: str, **fields: Any) -> User:
    """A member of staff with the rights that the table of roles gives."""
    user = UserFactory(**fields)
    give_role(role, [user])
    return user


class RoleFactory(DjangoModelFactory[Group]):
    """A role that may do nothing."""

    class Meta:
        model = Group

    name = factory.Sequence(lambda n: f"role {n}")


def give_role(role: str, users: Iterable[User]) -> None:
    if role not in roles.ROLES:
        raise LookupError(f"There is no role {role}.")
    if not Group.objects.filter(name=role).exists():
        roles.sync()
    group = Group.objects.get(name=role)
    members = User.groups.through
    members.objects.bulk_create(members(user=user, group=group) for user in users)


def token_for(user: User, scopes: list[str] | None = None) -> str:
    """An access token of theirs, as their program sends it; without scopes named it is for everything."""
    _token, secret = AccessToken.objects.make(
        user,
        name="tests",
        scopes=every_scope() if scopes is None else scopes,
        expires_at=timezone.now() + datetime.timedelta(days=30),
    )
    return secret


class AccessTokenFactory(DjangoModelFactory[AccessToken]):
    class Meta:
        model = AccessToken

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Programm {n}")
    scopes = factory.LazyFunction(every_scope)
    digest = factory.Sequence(lambda n: f"{n:064x}")
    beginning = factory.Sequence(lambda n: f"gb_{n:05}")
    expires_at = factory.LazyFunction(lambda: timezone.now() + datetime.timedelta(days=30))


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


class SentFormFactory(DjangoModelFactory[SentForm]):
    class Meta:
        model = SentForm

    key = factory.Sequence(lambda n: f"key {n}")


class KeptAnswerFactory(DjangoModelFactory[KeptAnswer]):
    class Meta:
        model = KeptAnswer

    key = factory.Sequence(lambda n: f"key {n}")
    request = "POST"
    status = 201
    headers = {"ETag": '"1"'}
    body = "{}"


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


class InteractionFactory(DjangoModelFactory[Interaction]):
    class Meta:
        model = Interaction

    on = datetime.date(2024, 6, 22)
    kind = Interaction.Kind.CALL
    summary = factory.Sequence(lambda n: f"Gespräch {n}")


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


class JubileeStepFactory(DjangoModelFactory[JubileeStep]):
    class Meta:
        model = JubileeStep

    title = factory.Sequence(lambda n: {"de": f"Schritt {n}", "en": f"Step {n}"})
    count = 6


class FollowUpFactory(DjangoModelFactory[FollowUp]):
    class Meta:
        model = FollowUp

    title = factory.Sequence(lambda n: f"Wiedervorlage {n}")


class GiftFactory(DjangoModelFactory[Gift]):
    class Meta:
        model = Gift

    direction = Gift.Direction.RECEIVED
    what = factory.Sequence(lambda n: f"Geschenk {n}")


class CostFactory(DjangoModelFactory[Cost]):
    class Meta:
        model = Cost

    delegation = factory.SubFactory(DelegationFactory)
    kind = Cost.Kind.TRAVEL


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
    named: Any = None
    addressee = factory.LazyAttribute(
        lambda row: Stage.Addressee.NAMED if row.named else Stage.Addressee.RESPONSIBLE
    )
    due_on = datetime.date(2024, 6, 22)
    key = factory.Sequence(lambda n: f"key {n}")


class EndpointFactory(DjangoModelFactory[Endpoint]):
    class Meta:
        model = Endpoint

    name = factory.Sequence(lambda n: f"Portal {n}")
    url = "https://portal.example.org/changes"


class DeliveryFactory(DjangoModelFactory[Delivery]):
    class Meta:
        model = Delivery

    endpoint = factory.SubFactory(EndpointFactory)
    resource = "projects"
    key = factory.Sequence(lambda n: n)
    happened = Delivery.Happened.CHANGED
    happened_at = datetime.datetime(2024, 6, 3, 10, tzinfo=datetime.UTC)
    next_try_at = happened_at


class DeliveryAttemptFactory(DjangoModelFactory[DeliveryAttempt]):
    class Meta:
        model = DeliveryAttempt

    delivery = factory.SubFactory(DeliveryFactory)
    started_at = datetime.datetime(2024, 6, 3, 10, tzinfo=datetime.UTC)


def factory_of(model: type[Model]) -> type[DjangoModelFactory]:
    """The factory of a model, whichever comes first in this file."""
    for factory_class in globals().copy().values():
        if isinstance(factory_class, FactoryMetaClass) and factory_class._meta.model is model:
            return factory_class
    raise LookupError(f"tests/factories.py has no factory of {model.__name__}.")
