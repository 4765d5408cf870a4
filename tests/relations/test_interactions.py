import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from relations.models import Interaction
from tests.factories import (
    CityFactory,
    HomeCityFactory,
    InteractionFactory,
    OrganisationFactory,
    PartnershipFactory,
    PersonFactory,
    ProjectFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def istanbul():
    return CityFactory(name_de="Istanbul")


@pytest.fixture
def berlin_istanbul(istanbul):
    return PartnershipFactory(home=HomeCityFactory(name_de="Berlin"), partner=istanbul)


def test_its_label_says_how_when_and_what_about():
    note = InteractionFactory(on="2024-10-18", summary="Who comes to the anniversary")
    note.refresh_from_db()

    assert str(note) == "call, 18 Oct 2024: Who comes to the anniversary"


def test_what_is_still_to_come_is_no_contact_note():
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)

    with pytest.raises(ValidationError) as refusal:
        InteractionFactory.build(on=tomorrow).full_clean()

    assert refusal.value.message_dict == {
        "on": ["A contact note tells what was. Enter what is still to come as a follow-up."]
    }


def test_what_was_today_is_one():
    InteractionFactory.build(on=timezone.localdate()).full_clean()


def test_a_note_says_what_it_was_about():
    with pytest.raises(ValidationError) as refusal:
        InteractionFactory.build(summary="").full_clean()

    assert list(refusal.value.message_dict) == ["summary"]


def test_it_is_found_by_everybody_and_everything_it_names(berlin_istanbul):
    note = InteractionFactory(
        summary="Ausstellung", partnership=berlin_istanbul, project=ProjectFactory(title="Kunst")
    )
    note.people.set([PersonFactory(family_name="İmamoğlu")])
    note.organisations.set([OrganisationFactory(title="Museum Pera")])
    InteractionFactory()

    for text in ("ausstellung", "kunst", "imamoglu", "pera", "Berlin–Istanbul"):
        assert list(Interaction.objects.search(text)) == [note], text


def test_with_whom_and_on_what_paper_stays_in_its_history():
    note = InteractionFactory()
    note.people.set([PersonFactory(family_name="Link")])

    assert [row.person.family_name for row in note.history.first().people.all()] == ["Link"]


# --- what counts as a contact of a tie ---


def test_a_note_that_names_the_tie_is_a_contact_of_it(berlin_istanbul):
    note = InteractionFactory(partnership=berlin_istanbul)
    InteractionFactory(partnership=PartnershipFactory())
    InteractionFactory()

    assert list(Interaction.objects.of_tie(berlin_istanbul)) == [note]


def test_a_note_on_a_project_is_a_contact_of_its_ties(berlin_istanbul):
    other = PartnershipFactory()
    project = ProjectFactory()
    project.partnerships.set([berlin_istanbul, other])
    note = InteractionFactory(project=project)

    assert list(Interaction.objects.of_tie(berlin_istanbul)) == [note]
    assert list(Interaction.objects.of_tie(other)) == [note]


def test_a_note_on_a_city_is_a_contact_of_its_ties(berlin_istanbul, istanbul):
    cologne_istanbul = PartnershipFactory(partner=istanbul)
    note = InteractionFactory(city=istanbul)

    assert list(Interaction.objects.of_tie(berlin_istanbul)) == [note]
    assert list(Interaction.objects.of_tie(cologne_istanbul)) == [note]


def test_a_note_on_a_further_city_is_a_contact_of_the_tie(berlin_istanbul):
    ankara = CityFactory(name_de="Ankara")
    berlin_istanbul.further_cities.set([ankara])
    note = InteractionFactory(city=ankara)

    assert list(Interaction.objects.of_tie(berlin_istanbul)) == [note]


def test_a_note_that_names_a_tie_is_no_contact_of_others_of_its_city(berlin_istanbul, istanbul):
    cologne_istanbul = PartnershipFactory(partner=istanbul)
    project = ProjectFactory()
    project.partnerships.set([cologne_istanbul])
    InteractionFactory(city=istanbul, partnership=cologne_istanbul)
    InteractionFactory(city=istanbul, project=project)

    assert list(Interaction.objects.of_tie(berlin_istanbul)) == []


def test_a_project_without_a_tie_leaves_it_to_the_city(berlin_istanbul, istanbul):
    note = InteractionFactory(city=istanbul, project=ProjectFactory())

    assert list(Interaction.objects.of_tie(berlin_istanbul)) == [note]


def test_a_note_on_our_own_city_is_a_contact_of_no_tie(berlin_istanbul):
    InteractionFactory(city=berlin_istanbul.home)

    assert list(Interaction.objects.of_tie(berlin_istanbul)) == []


def test_a_note_that_fits_twice_is_one_contact(berlin_istanbul, istanbul):
    project = ProjectFactory()
    project.partnerships.set([berlin_istanbul])
    note = InteractionFactory(partnership=berlin_istanbul, project=project, city=istanbul)

    assert list(Interaction.objects.of_tie(berlin_istanbul)) == [note]
