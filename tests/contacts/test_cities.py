import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from contacts.models import City, CityDate
from tests.factories import CityDateFactory, CityFactory, HomeCityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


def test_a_city_has_a_name_in_some_language():
    City(name_local="重庆", country="CN").full_clean()

    assert refusal_of(City(country="CN")) == {
        "name_de": ["Give the city a name: German, English or its own."]
    }


@pytest.mark.parametrize(
    ("language", "names", "shown"),
    [
        ("de", {"name_de": "Köln", "name_en": "Cologne"}, "Köln"),
        ("en", {"name_de": "Köln", "name_en": "Cologne"}, "Cologne"),
        ("en-gb", {"name_de": "Köln", "name_en": "Cologne"}, "Cologne"),
        ("en", {"name_de": "Linz"}, "Linz"),
        ("de", {"name_de": "", "name_en": "Seoul", "name_local": "서울"}, "Seoul"),
        ("de", {"name_de": "", "name_local": "서울"}, "서울"),
    ],
)
def test_a_city_is_named_in_the_language_of_the_reader(language, names, shown):
    city = CityFactory(**names)

    with translation.override(language):
        assert city.short_name == shown


def test_a_district_is_named_with_its_city():
    berlin = HomeCityFactory(name_de="Berlin")

    assert str(CityFactory(name_de="Treptow-Köpenick", kind="district", parent=berlin)) == (
        "Treptow-Köpenick (Berlin)"
    )


def test_a_district_says_of_which_city():
    assert refusal_of(City(name_de="Mitte", country="DE", kind="district")) == {
        "parent": ["A district is part of a city. Say which one."]
    }


def test_a_city_is_not_part_of_itself():
    city = CityFactory()
    city.parent = city

    assert refusal_of(city) == {"parent": ["A city cannot be part of itself. Choose another one."]}


def test_a_position_is_whole_or_unknown():
    assert refusal_of(City(name_de="Linz", country="AT", latitude="48.30639")) == {
        "longitude": ["A position has a latitude and a longitude. Give both or none."]
    }


@pytest.mark.parametrize(("latitude", "longitude", "field"), [(91, 0, "latitude"), (0, -181, "longitude")])
def test_a_position_lies_on_earth(latitude, longitude, field):
    city = City(name_de="Linz", country="AT", latitude=latitude, longitude=longitude)

    assert list(refusal_of(city)) == [field]


@pytest.mark.parametrize("given", ["406", "Q0", "Q40a", "q406", "Q406\n", "Q٤٠٦"])
def test_a_wikidata_id_is_a_q_with_digits(given):
    assert refusal_of(City(name_de="Istanbul", country="TR", wikidata_id=given)) == {
        "wikidata_id": ["A Wikidata id is a Q with digits, for example Q406."]
    }


def test_ids_are_given_once_but_may_be_missing_often():
    CityFactory(wikidata_id="Q406", geonames_id=745044)
    CityFactory()
    CityFactory().full_clean()

    assert refusal_of(
        City(name_de="Konstantinopel", country="TR", wikidata_id="Q406", geonames_id=745044)
    ) == {
        "wikidata_id": ["Another city has this Wikidata id already."],
        "geonames_id": ["Another city has this GeoNames id already."],
    }


def test_a_time_zone_is_one_of_the_world():
    assert refusal_of(City(name_de="Istanbul", country="TR", timezone="Istanbul")) == {
        "timezone": ["“Istanbul” is no time zone. Write it like Europe/Berlin."]
    }


def test_a_city_is_found_by_id_or_by_any_of_its_names():
    city = CityFactory(
        name_de="Eskişehir", name_en="Eskisehir", name_local="Eskişehir ili", country="TR", wikidata_id="Q1"
    )

    for key in (["Q1"], ["Eskişehir"], ["Eskisehir"], ["Eskişehir ili"], ["Eskişehir", "TR"]):
        assert City.objects.get_by_natural_key(*key) == city


def test_two_cities_of_a_name_are_told_apart_by_country():
    CityFactory(name_de="Valencia", country="ES")
    second = CityFactory(name_de="Valencia", country="VE")

    assert City.objects.get_by_natural_key(*second.natural_key()) == second
    with pytest.raises(City.MultipleObjectsReturned):
        City.objects.get_by_natural_key("Valencia")


def test_our_own_cities():
    home = HomeCityFactory()
    CityFactory()

    assert list(City.objects.home()) == [home]


# --- days of a city ---


@pytest.mark.parametrize(
    ("on", "month_day"),
    [("10-29", "10-29"), ("02-29", "02-29"), ("2026-09-20", "09-20"), ("2028-02-29", "02-29")],
)
def test_a_day_is_one_of_every_year_or_one_date(on, month_day):
    day = CityDateFactory(on=on)

    day.full_clean()

    assert CityDate.objects.get(month_day=month_day) == day


@pytest.mark.parametrize(
    ("on", "message"),
    [
        ("29.10.", "Write a day of every year as 10-29, or one date as 2026-10-29."),
        ("10-29\n", "Write a day of every year as 10-29, or one date as 2026-10-29."),
        ("1-1", "Write a day of every year as 10-29, or one date as 2026-10-29."),
        ("2026", "Write a day of every year as 10-29, or one date as 2026-10-29."),
        ("02-30", "There is no such day in the calendar."),
        ("13-01", "There is no such day in the calendar."),
        ("2026-02-29", "There is no such day in the calendar."),
        ("0000-01-01", "There is no such day in the calendar."),
    ],
)
def test_a_day_that_is_none_is_refused_with_one_sentence(on, message):
    assert refusal_of(CityDate(city=CityFactory(), kind="other", on=on)) == {"on": [message]}
