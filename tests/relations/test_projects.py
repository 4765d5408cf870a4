import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils import translation

from relations.models import Funding, ProjectPartner, ProjectPlace
from tests.factories import (
    CityFactory,
    FundingFactory,
    ProjectFactory,
    ProjectPartnerFactory,
    ProjectPlaceFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


def test_a_place_is_a_city_a_venue_or_both():
    project, city = ProjectFactory(title="Flusslandschaften"), CityFactory(name_de="Chongqing")

    assert refusal_of(ProjectPlace(project=project)) == {"city": ["Say where: a city, a venue, or both."]}
    assert str(ProjectPlaceFactory(project=project, city=city, venue="")) == "Flusslandschaften: Chongqing"
    assert str(ProjectPlaceFactory(project=project, city=city, venue="Museum")) == (
        "Flusslandschaften: Museum, Chongqing"
    )


def test_what_travels_is_shown_in_order():
    project = ProjectFactory()
    second = ProjectPlaceFactory(project=project, since="2024-10-16")
    first = ProjectPlaceFactory(project=project, since="2024")
    unknown = ProjectPlaceFactory(project=project)

    assert list(project.places.all()) == [unknown, first, second]


def test_an_organisation_has_a_role_once():
    partner = ProjectPartnerFactory(role="Träger")

    assert refusal_of(
        ProjectPartner(project=partner.project, organisation=partner.organisation, role="Träger")
    ) == {"organisation": ["This organisation is a partner of the project already."]}
    with pytest.raises(ProtectedError):
        partner.organisation.delete()


@pytest.mark.parametrize("currency", ["eur", "E", "€", "EUR\n"])
def test_a_currency_has_three_capital_letters(currency):
    assert "currency" in refusal_of(Funding(project=ProjectFactory(), programme="ENP", currency=currency))


def test_goals_are_sorted_numbers():
    project = ProjectFactory(sdgs=[13, 11, 13])
    project.full_clean()

    assert project.sdgs == [11, 13]
    project.sdgs = [18]
    assert refusal_of(project) == {"sdgs": ["Give the goals as numbers from 1 to 17."]}


def test_parts_go_with_their_project():
    project = ProjectFactory()
    ProjectPartnerFactory(project=project)
    ProjectPlaceFactory(project=project)
    FundingFactory(project=project)

    project.delete()

    assert (ProjectPartner.objects.count(), ProjectPlace.objects.count(), Funding.objects.count()) == (
        0,
        0,
        0,
    )
