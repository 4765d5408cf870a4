import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from contacts.models import Organisation
from tests.factories import CityFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


@pytest.mark.parametrize(
    ("title", "label"),
    [("AIMMO", "AIMMO, Seoul"), ("Seoul National University", "Seoul National University")],
)
def test_an_organisation_is_named_with_its_city_once(title, label):
    assert str(OrganisationFactory(title=title, city=CityFactory(name_de="Seoul"))) == label


def test_an_organisation_may_have_no_city():
    assert str(OrganisationFactory(title="Eurocities")) == "Eurocities"


@pytest.mark.parametrize("placed", [True, False])
def test_an_organisation_is_on_record_once(placed):
    city = CityFactory() if placed else None
    OrganisationFactory(title="Handelskammer", city=city)

    assert refusal_of(Organisation(title="Handelskammer", city=city)) == {
        "title": ["This organisation is on record already, with this name and city."]
    }


def test_units_of_two_bodies_may_share_a_name():
    city = CityFactory()
    units = [
        OrganisationFactory(title="Presseamt", city=city, parent=OrganisationFactory(city=city)),
        OrganisationFactory(title="Presseamt", city=city, parent=OrganisationFactory(city=city)),
        OrganisationFactory(title="Presseamt", city=city),
        OrganisationFactory(title="Presseamt"),
    ]

    found = [Organisation.objects.get_by_natural_key(*unit.natural_key()) for unit in units]

    assert found == units


def test_an_organisation_is_found_by_its_name_alone_where_only_one_has_it():
    organisation = OrganisationFactory(title="AIMMO", city=CityFactory())

    assert Organisation.objects.get_by_natural_key("AIMMO") == organisation


def test_an_organisation_is_no_unit_of_itself():
    organisation = OrganisationFactory()
    organisation.parent = organisation

    assert refusal_of(organisation) == {
        "parent": ["An organisation cannot be a unit of itself. Choose another one."]
    }


@pytest.mark.parametrize("typed", ["TAÜ", "turk alman", "Türkisch-Deutsche"])
def test_an_organisation_is_found_by_every_name_it_has(typed):
    university = OrganisationFactory(
        title="Türkisch-Deutsche Universität",
        title_local="Türk-Alman Üniversitesi",
        other_names=["TDU", "TAÜ"],
    )

    assert list(Organisation.objects.search(typed)) == [university]
