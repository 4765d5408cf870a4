"""The first start: whoever leads or administers is led to the office's own data, once."""

import pytest
from django.conf import settings as project
from django.urls import reverse

from contacts.models import City, Office
from tests.factories import CityFactory, HomeCityFactory, PlaceFactory, UserFactory, user_in
from tests.pages import form_on, said_on, url_of

HOME, PAGE = "desk:home", "desk:office"


@pytest.fixture(autouse=True)
def _first_start(settings):
    settings.OFFICE = {**project.OFFICE, "confirmed_at": None}


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    return client


def as_member(client, role):
    client.force_login(user_in(role))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def send(client, **changes):
    url = reverse(PAGE)
    return client.post(url, form_on(client.get(url), "office") | changes)


@pytest.mark.parametrize("role", ["head", "administrator"])
def test_who_may_change_the_office_is_led_to_its_page(client, role):
    page = as_member(client, role).get(reverse(HOME))

    assert (page.status_code, page.url) == (302, reverse(PAGE))


@pytest.mark.parametrize("role", ["reader", "officer", "protocol", "portal editor", "privacy"])
def test_others_read_that_the_data_wait_and_go_on_with_their_day(client, role):
    page = as_member(client, role).get(reverse(HOME))

    assert page.status_code == 200
    assert "The data of this office have not been confirmed yet." in page.content.decode()
    assert client.get(reverse(PAGE)).status_code == 403
    assert client.post(reverse(PAGE), {}).status_code == 403


def test_the_page_is_filled_in_from_the_environment(client, settings):
    settings.OFFICE = {**settings.OFFICE, "title": "Büro Linz", "timezone": "Europe/Vienna", "country": "AT"}
    Office.objects.all().delete()

    sent = form_on(client.get(reverse(PAGE)), "office")

    assert (sent["title"], sent["timezone"], sent["country"]) == (["Büro Linz"], ["Europe/Vienna"], ["AT"])


def test_saving_confirms_the_office_and_nobody_is_asked_again(client):
    page = send(client, title="Büro Linz", from_address="international@example.org")

    office = Office.objects.get()
    assert page.url == reverse(HOME)
    assert (office.title, office.from_address) == ("Büro Linz", "international@example.org")
    assert office.confirmed_at is not None
    assert client.get(reverse(HOME)).status_code == 200
    assert client.get(reverse(PAGE)).url == url_of(office)
    assert [row.title for row in office.history.all()][:1] == ["Büro Linz"]


def test_it_can_wait_and_then_a_notice_leads_to_it(client):
    page = client.post(reverse(PAGE), {"later": "yes"})

    home = client.get(page.url)
    assert home.status_code == 200
    assert f'<a href="{reverse(PAGE)}">' in home.content.decode()
    assert Office.objects.get().confirmed_at is None


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(client):
    page = send(client, timezone="Mitteleuropa", cities="Neustadt")

    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["timezone"]
    assert Office.objects.get().confirmed_at is None
    assert not City.objects.exists()


def test_the_program_interface_does_not_wait(client):
    assert client.get("/api/v1/cities/").status_code == 200


def test_the_form_under_administration_confirms_as_well(client):
    url = url_of(Office.current())

    client.post(url, form_on(client.get(url), "office"))

    assert Office.objects.get().confirmed_at is not None
    assert client.get(reverse(HOME)).status_code == 200


# --- the office's own cities ---


def test_a_city_is_taken_from_the_gazetteer_by_any_of_its_names(client):
    PlaceFactory(
        name="Köln",
        names=["Cologne", "Colonia"],
        geonames_id=2886242,
        population=963395,
        timezone="Europe/Berlin",
    )

    page = send(client, cities="koeln\r\n\r\nCologne\r\n")

    city = City.objects.get()
    assert (city.name_de, city.geonames_id, city.timezone, city.is_home) == (
        "Köln",
        2886242,
        "Europe/Berlin",
        True,
    )
    assert "Köln" not in city.other_names
    assert len(said_on(page)) == 2


def test_a_city_on_record_becomes_one_of_our_own(client):
    linz = CityFactory(name_de="Linz", country="AT")

    send(client, cities="Linz")

    assert list(City.objects.home()) == [linz]
    assert City.objects.count() == 1


def test_of_two_cities_of_a_name_that_of_the_country_is_ours(client):
    ours, _theirs = CityFactory(name_de="Freiburg"), CityFactory(name_de="Freiburg", country="CH")

    send(client, cities="Freiburg")

    assert list(City.objects.home()) == [ours]


def test_a_name_that_several_have_is_refused(client):
    CityFactory(name_de="Frankfurt")
    CityFactory(name_de="Frankfurt")

    page = send(client, cities="Frankfurt")

    assert list(page.context["form"].errors) == ["cities"]
    assert not City.objects.home().exists()


def test_a_city_that_nobody_knows_is_added_with_its_name(client):
    send(client, cities="Neustadt am See", country="AT")

    city = City.objects.get()
    assert (city.name_de, str(city.country), city.is_home, city.geonames_id) == (
        "Neustadt am See",
        "AT",
        True,
        None,
    )


def test_cities_that_are_our_own_already_are_named(client):
    city = HomeCityFactory(name_de="Berlin")

    assert f'<a href="{url_of(city)}">Berlin</a>' in client.get(reverse(PAGE)).content.decode()


def test_who_does_not_keep_cities_is_not_asked_for_them(client):
    as_member(client, "administrator")
    send(client, cities="Neustadt")

    assert "cities" not in form_on(client.get(reverse(PAGE), follow=True), "office")
    assert Office.objects.get().confirmed_at is not None
    assert not City.objects.exists()
