"""Dull rows: numbered names, no dice, no optional relation. A test spells out what it is about."""

import factory
from factory.django import DjangoModelFactory

from contacts.models import City, Document, Organisation, Person, Post, Tenure, User
from delegations.models import Delegation, FollowUp, Participant, ProgrammeItem, Stop
from relations.models import Agreement, Partnership, PartnershipEvent, Project, Theme

PASSWORD = "a-word-of-the-tests"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    password = factory.django.Password(PASSWORD)
    is_staff = True


class CityFactory(DjangoModelFactory[City]):
    class Meta:
        model = City

    name_de = factory.Sequence(lambda n: f"Stadt {n}")
    country = "DE"


class HomeCityFactory(CityFactory):
    name_de = factory.Sequence(lambda n: f"Heimatstadt {n}")
    is_home = True


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


class AgreementFactory(DjangoModelFactory[Agreement]):
    class Meta:
        model = Agreement

    title = factory.Sequence(lambda n: f"Vereinbarung {n}")


class ProjectFactory(DjangoModelFactory[Project]):
    class Meta:
        model = Project

    title = factory.Sequence(lambda n: f"Projekt {n}")


class DelegationFactory(DjangoModelFactory[Delegation]):
    class Meta:
        model = Delegation

    title = factory.Sequence(lambda n: f"Besuch {n}")
    direction = Delegation.Direction.OUTBOUND


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
    kind = ProgrammeItem.Kind.TALK


class FollowUpFactory(DjangoModelFactory[FollowUp]):
    class Meta:
        model = FollowUp

    title = factory.Sequence(lambda n: f"Wiedervorlage {n}")
