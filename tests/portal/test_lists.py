"""What the lists can be asked for, how they are paged, and what they cost."""

import base64

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import City
from portal.looking import look
from portal.urls import RESOURCES
from tests import factories as make
from tests.portal import world as worlds
from tests.portal.world import publish

# The middleware asks which office it is, on every page of the house; a process remembers it for some seconds.
NOT_OURS = "contacts_office"


def ids(rows):
    return [row["id"] for row in rows]


# --- filters ---


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("cities/?country=TR", ["Istanbul", "Marmara"]),
        ("cities/?kind=region", ["Marmara"]),
        ("cities/?search=istanbul", ["Istanbul"]),
        ("cities/?search=cologne", ["Köln"]),
        ("partnerships/?country=TR", ["Berlin–Istanbul", "Berlin–Istanbul"]),
        ("partnerships/?country=FR", []),
        ("partnerships/?kind=partnership", ["Berlin–Istanbul"]),
        ("partnerships/?kind=climate", []),
        ("partnerships/?status=active", ["Berlin–Istanbul"]),
        ("partnerships/?status=ended", []),
        ("partnerships/?theme=green", ["Berlin–Istanbul"]),
        ("partnerships/?theme=no-such", []),
        ("partnerships/?year=1989", ["Berlin–Istanbul"]),
        ("partnerships/?year=1990", []),
        ("partnerships/?kind=partnership&search=Köln", ["Berlin–Istanbul"]),
        ("partnerships/?search=ISTANBUL+berlin&kind=partnership", ["Berlin–Istanbul"]),
        ("projects/?country=TR", ["Grüne Dächer"]),
        ("projects/?country=DE", []),
        ("projects/?kind=other", ["Grüne Dächer"]),
        ("projects/?theme=green", ["Grüne Dächer"]),
        ("projects/?year=2019", []),
        ("projects/?year=2021", ["Grüne Dächer"]),
        ("projects/?search=gruene+istanbul", ["Grüne Dächer"]),
        ("visits/?country=TR", ["Bürgermeister am Bosporus"]),
        ("visits/?kind=business", []),
        ("visits/?theme=green", ["Bürgermeister am Bosporus"]),
        ("visits/?year=2024", ["Bürgermeister am Bosporus"]),
        ("visits/?year=2025", []),
        ("projects/?search=umwelt", []),
        ("visits/?search=buergermeister", ["Bürgermeister am Bosporus"]),
        ("visits/?search=bosporus+istanbul", ["Bürgermeister am Bosporus"]),
        ("visits/?search=umwelt", []),
        ("themes/?search=green", ["Umwelt"]),
    ],
)
def test_a_list_is_narrowed(rows, world, address, found):
    worlds.name_things(world)

    assert [row["name"] for row in rows(address)] == found


@pytest.mark.parametrize("name", RESOURCES)
def test_an_unknown_parameter_is_refused_and_named(get, db, name):
    answers = [get(f"{name}/?colour=red"), get(f"{name}/1/?search=x"), get(f"{name}/?ordering=name")]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert [answer["Content-Type"] for answer in answers] == ["application/problem+json"] * 3
    assert [answer.json()["errors"][0]["field"] for answer in answers] == ["colour", "search", "ordering"]


@pytest.mark.parametrize(
    "asked",
    [
        *("kind=castle", "status=fine", "country=de", "country=XX", "year=0", "year=10000", "year=x"),
        *(
            "lang=",
            "lang=%3Cb%3E",
            "search=",
            "search=%2D%2D",
            "search=" + "x" * 201,
            "search=%00",
            "search=" + 11 * "a+",
        ),
        *("page_size=501", "page_size=0", "page_size=1000000000", "cursor=x", "theme=a/b", "theme=x&theme=y"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(get, db, asked):
    answer = get(f"partnerships/?{asked}")

    assert (answer.status_code, answer["Cache-Control"]) == (400, "no-store")
    assert [error["field"] for error in answer.json()["errors"]] == [asked.partition("=")[0]]


# "\0", half a letter, a list and a number too large, each as a place in the list of cities.
@pytest.mark.parametrize("place", ['"\\u0000"', '"\\ud800"', "[1]", "1e99", "true", "{}", '"x"'])
@pytest.mark.parametrize("key", ["10000000000000000000000", "1e999", "-1e999", "NaN"])
def test_a_cursor_that_somebody_made_up_breaks_nothing(get, db, place, key):
    text = f'[["name", "pk"], false, [{place}, {key}]]'
    answer = get(f"cities/?cursor={base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}")

    assert answer.status_code in (200, 400)


def test_nothing_but_reading_is_offered(client, db):
    answers = [getattr(client, verb)("/api/public/v1/cities/") for verb in ("post", "put", "patch", "delete")]

    assert [answer.status_code for answer in answers] == [405] * 4
    assert [answer["Allow"] for answer in answers] == ["GET, HEAD"] * 4


def test_an_address_that_there_is_not_is_told_so(get, db):
    answer = get("people/")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


# --- anniversaries ---


def test_the_anniversaries_of_a_year_come_in_the_order_of_their_days(rows, db):
    founded = ["1990-11-17", "1991-02", "2000", "2000-02-29", "2026"]
    ties = {text: publish(make.PartnershipFactory(founded=text)) for text in founded}
    found = rows("anniversaries/?year=2025")

    assert [(row["partnership"]["id"], row["on"], row["years"], row["milestone"]) for row in found] == [
        (ties["2000"].pk, "2025", 25, "jubilee"),
        (ties["1991-02"].pk, "2025-02", 34, "none"),
        (ties["2000-02-29"].pk, "2025-02-28", 25, "jubilee"),
        (ties["1990-11-17"].pk, "2025-11-17", 35, "round"),
    ]


@pytest.mark.parametrize("kind", ["council_decision", "suspended", "ended"])
def test_a_tie_that_is_proposed_suspended_or_ended_has_no_anniversaries(rows, db, kind):
    tie = publish(make.PartnershipFactory(founded="1990-11-17"))
    make.PartnershipEventFactory(partnership=tie, kind=kind, on="2001")

    assert rows("anniversaries/?year=2025") == []


def test_of_a_tie_that_was_stepped_up_the_closer_one_is_celebrated(rows, db):
    tie = publish(make.PartnershipFactory(kind="friendship", founded="1990-11-17"))
    closer = publish(
        make.PartnershipFactory(home=tie.home, partner=tie.partner, founded="1995-11-17", predecessor=tie)
    )

    assert [row["partnership"]["id"] for row in rows("anniversaries/?year=2025")] == [closer.pk]


@pytest.mark.parametrize("end", ["0", "8011", "99999", "x", "-1"])
def test_an_anniversary_that_there_is_not_is_not_found(get, db, end):
    tie = publish(make.PartnershipFactory(founded="1990-11-17"))

    assert get(f"anniversaries/{tie.pk}-35/").json()["on"] == "2025-11-17"
    assert get(f"anniversaries/{tie.pk}-{end}/").status_code == 404


# --- languages ---


@pytest.mark.parametrize(
    ("language", "name"),
    [
        *(("de", "Köln"), ("en", "Cologne"), ("en-GB", "Cologne"), ("fr", "Köln"), ("tr", "Köln")),
        ("EN", "Cologne"),
    ],
)
def test_a_name_is_in_the_language_asked_for_else_in_german(get, world, language, name):
    city = City.objects.get(name_de="Köln")

    assert get(f"cities/{city.pk}/?lang={language}").json()["name"] == name


def test_the_own_name_of_a_city_is_in_the_language_of_its_country(get, world):
    answer = get(f"partnerships/{world.tie.pk}/?lang=tr").json()

    assert answer["name"] == "Berlin–İstanbul"
    assert get(f"cities/{world.partner.pk}/").json()["names"] == {
        "de": "Istanbul",
        "en": "Istanbul",
        "tr": "İstanbul",
    }


def test_where_a_country_has_several_languages_nobody_guesses(get, db):
    city = make.CityFactory(name_de="Brüssel", name_local="Brussel", country="BE")
    publish(make.PartnershipFactory(partner=city))

    assert get(f"cities/{city.pk}/?lang=nl").json()["names"] == {"de": "Brüssel"}


def test_the_language_of_a_browser_changes_nothing_but_the_parameter_does(get, world):
    plain, browser = get("partnerships/"), get("partnerships/", **{"Accept-Language": "en"})
    refusals = [get("partnerships/?x=1"), get("partnerships/?x=1", **{"Accept-Language": "en"})]

    assert browser.content == plain.content
    assert refusals[0].content == refusals[1].content != get("partnerships/?x=1&lang=en").content
    assert [answer["Content-Language"] for answer in (plain, browser, get("partnerships/?lang=en"))] == [
        *("de", "de", "en"),
    ]


# --- pages ---


@pytest.mark.parametrize("name", RESOURCES)
def test_following_next_gives_every_row_once(client, rows, db, name):
    for _number in range(3):
        worlds.build()
    everything = ids(rows(f"{name}/?page_size=500"))
    followed, address = [], f"/api/public/v1/{name}/?page_size=2"
    while address:
        page = client.get(address).json()
        followed += ids(page["results"])
        address = page["next"]

    assert len(everything) >= 3
    assert followed == everything


@pytest.mark.parametrize("name", RESOURCES)
def test_a_list_costs_at_most_four_queries_with_one_row_and_with_many(get, db, name):
    counts, lengths = [], []
    address = f"{name}/?year=2024" if name == "anniversaries" else f"{name}/"
    get(address)  # makes the office
    for more in (1, 7):
        for _number in range(more):
            worlds.build()
        with CaptureQueriesContext(connection) as queries:
            lengths.append(len(get(address).json()["results"]))
        counts.append(len([one for one in queries if NOT_OURS not in one["sql"]]))
        assert not [one for one in queries if "COUNT(" in one["sql"]]

    assert lengths[0] < lengths[1]
    assert counts[0] == counts[1] <= 4


@pytest.mark.parametrize(
    ("name", "most"),
    [("cities", 7), ("themes", 7), ("partnerships", 11), ("projects", 9), ("visits", 12)],
)
def test_changes_cost_a_query_for_each_kind_of_thing_and_none_more_for_many(get, db, name, most):
    """Three to be sure that all is as the last look saw it; that look, which rows, and then these as on their
    own page: one for each kind of thing there."""
    counts, lengths = [], []
    get(f"{name}/")  # makes the office
    for more in (1, 7):
        for _number in range(more):
            worlds.build()
        look(now=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            lengths.append(len(get(f"{name}/?changed_since=1970-01-01T00:00:00Z").json()["results"]))
        counts.append(len([one for one in queries if NOT_OURS not in one["sql"]]))

    assert lengths[0] < lengths[1]
    assert counts[0] == counts[1] == most


@pytest.mark.parametrize("name", ["cities", "partnerships", "projects", "visits", "themes"])
def test_a_page_is_as_its_row_in_the_list(get, rows, world, name):
    listed = rows(f"{name}/")[0]
    alone = get(f"{name}/{listed['id']}/").json()

    assert {field: alone[field] for field in listed} == listed


@pytest.mark.parametrize(
    ("name", "field", "is_read"),
    [
        *[("projects", "title", True), ("projects", "summary", True), ("projects", "result", False)],
        *[("visits", "title", True), ("visits", "purpose", True), ("visits", "summary", False)],
    ],
)
def test_a_search_reads_what_the_description_says(rows, world, name, field, is_read):
    thing = {"projects": world.project, "visits": world.visit}[name]
    setattr(thing, field, "Quittenbaum")
    thing.save()

    assert [row["id"] for row in rows(f"{name}/?search=quittenbaum")] == ([thing.pk] if is_read else [])


def test_a_search_meets_public_words_only(rows, world):
    """The model of visits lets staff search for who takes part; the public finds nothing by a person."""
    assert rows(f"visits/?search={world.mayor.family_name}") == []
