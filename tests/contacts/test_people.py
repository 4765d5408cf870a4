import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from contacts.models import Person
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


HU = {"given_names": "Henghua", "family_name": "Hu", "family_name_first": True, "name_local": "胡衡华"}
HUEMER = {"given_names": "Ulrike", "family_name": "Huemer", "title_before": "Mag.a", "title_after": "MBA"}


@pytest.mark.parametrize(
    ("names", "label", "full", "plain", "in_lists"),
    [
        (HU, "Hu Henghua 胡衡华", "Hu Henghua", "Hu Henghua", "Hu Henghua"),
        (HUEMER, "Mag.a Ulrike Huemer, MBA", "Mag.a Ulrike Huemer, MBA", "Ulrike Huemer", "Huemer, Ulrike"),
        ({"given_names": "", "family_name": "Suharto"}, "Suharto", "Suharto", "Suharto", "Suharto"),
    ],
)
def test_a_name_in_its_order_with_titles_and_script(names, label, full, plain, in_lists):
    person = PersonFactory(**names)

    person.full_clean()

    assert (str(person), person.full_name) == (label, full)
    assert (person.plain_name, person.sort_name) == (plain, in_lists)


def test_a_person_may_have_only_a_family_name_but_not_none():
    Person(family_name="Suharto").full_clean()

    assert list(refusal_of(Person(given_names="Ada"))) == ["family_name"]


def test_whoever_must_not_be_contacted_has_a_reason():
    assert refusal_of(Person(family_name="Link", do_not_contact="never")) == {
        "do_not_contact_reason": ["Say why, so that colleagues know what to do."]
    }


@pytest.mark.parametrize("name", ["Hu Henghua", "胡衡华"])
def test_a_person_is_found_by_the_whole_name_only(name):
    person = PersonFactory(**HU)
    PersonFactory(given_names="Henghua Li", family_name="Hu", family_name_first=True)

    assert Person.objects.get_by_natural_key(name) == person


def test_two_people_of_a_name_are_not_taken_for_one():
    PersonFactory(given_names="Ada", family_name="Erste")
    PersonFactory(given_names="Ada", family_name="Erste")

    with pytest.raises(Person.MultipleObjectsReturned):
        Person.objects.get_by_natural_key("Ada Erste")
    with pytest.raises(Person.DoesNotExist):
        Person.objects.get_by_natural_key("Ada")


@pytest.mark.parametrize(
    ("field", "value"),
    [("correspondence_language", "deutsch"), ("languages", ["de", "xx"]), ("email", "ada"), ("phone", "12")],
)
def test_a_wrong_value_is_refused_at_its_field(field, value):
    assert list(refusal_of(Person(family_name="Erste", **{field: value}))) == [field]


def test_health_never_belongs_to_a_person():
    fields = {field.name for field in Person._meta.get_fields()}

    assert fields & {"diet", "access_needs", "allergies"} == set()
