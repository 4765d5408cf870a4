"""What is fetched whole: all rows asked for, the same as in the list, in a form that other programs read."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import City
from portal import files
from portal.feeds import COLUMNS
from portal.urls import FILES
from tests import factories as make
from tests.portal import world as worlds
from tests.portal.fields import TABLE
from tests.portal.test_lists import NOT_OURS
from tests.portal.world import publish

YEARLY = {"anniversaries.ics": "?year=2024"}


def address_of(name):
    return name + YEARLY.get(name, "")


def features(get, query=""):
    return json.loads(get(f"partnerships.geojson{query}").content)["features"]


def table(get, query=""):
    text = get(f"partnerships.csv{query}").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def news(get, query=""):
    channel = ElementTree.fromstring(get(f"news.rss{query}").content).find("channel")
    return [{element.tag: element.text for element in item} for item in channel.iter("item")]


# --- all of them ---


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("partnerships.geojson", "application/geo+json"),
        ("partnerships.csv", "text/csv; charset=utf-8"),
        ("anniversaries.ics", "text/calendar; charset=utf-8"),
        ("visits.ics", "text/calendar; charset=utf-8"),
        ("news.rss", "application/rss+xml; charset=utf-8"),
    ],
)
def test_the_address_says_the_format_whatever_a_client_would_accept(get, world, name, media_type):
    answers = [get(name), get(name, Accept="text/html"), get(name, Accept="image/png")]

    assert [answer["Content-Type"] for answer in answers] == [media_type] * 3
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("name", FILES)
def test_what_was_withdrawn_is_in_no_file(get, world, name):
    rows = (world.visit, world.project) if name in ("visits.ics", "news.rss") else (world.tie,)
    before = get(address_of(name))
    for row in rows:
        row.withdraw()
    after = get(address_of(name), **{"If-None-Match": before["ETag"]})

    assert after.status_code == 200
    # The title of a visit, the word for the kind of tie, the round year.
    marks = [row.title for row in (world.visit, world.project)] + ['"partnership"', "35 Jahre"]
    assert [mark for mark in marks if mark in before.content.decode()] != []
    assert [mark for mark in marks if mark in after.content.decode()] == []


@pytest.mark.parametrize("name", FILES)
def test_a_private_change_changes_no_file(get, world, name):
    before = get(address_of(name)).content
    for row, field in ((world.tie, "founded_note"), (world.visit, "report"), (world.project, "result")):
        setattr(row, field, "Vertraulich.")
        row.save()

    assert get(address_of(name)).content == before


@pytest.mark.parametrize("name", FILES)
def test_a_file_takes_no_parameter_of_pages_and_none_that_it_does_not_know(get, db, name):
    answers = [get(f"{name}?cursor=x"), get(f"{name}?page_size=1"), get(f"{name}?colour=red")]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}
    assert [answer.json()["errors"][0]["field"] for answer in answers] == ["cursor", "page_size", "colour"]


@pytest.mark.parametrize("name", [name for name in FILES if name != "news.rss"])
def test_more_rows_than_a_file_holds_are_refused_and_not_cut_off(get, db, name, monkeypatch):
    monkeypatch.setattr(files, "MOST", 2)
    for _number in range(3):
        worlds.build()
    answer = get(address_of(name))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "too_many"


@pytest.mark.parametrize("name", FILES)
def test_a_file_costs_as_many_queries_with_one_row_as_with_many(get, db, name):
    counts, sizes = [], []
    get(address_of(name))  # makes the office
    for more in (1, 4):
        for _number in range(more):
            worlds.build()
        with CaptureQueriesContext(connection) as queries:
            sizes.append(len(get(address_of(name)).content))
        # Around them stands the limit of making.py, which reads nothing.
        read = [one["sql"] for one in queries if one["sql"].startswith("SELECT")]
        counts.append(len([sql for sql in read if NOT_OURS not in sql]))

    assert sizes[0] < sizes[1]
    assert counts[0] == counts[1] <= (9 if name == "news.rss" else 6)


# --- maps ---


def placed(city, latitude, longitude, **facts):
    City.objects.filter(pk=city.pk).update(latitude=latitude, longitude=longitude, **facts)


def test_a_tie_stands_where_its_partner_city_is_and_names_the_place_of_ours(get, world):
    placed(world.partner, "41.01384", "28.94966", wikidata_id="Q406", geonames_id=745044)
    placed(world.home, "52.52437", "13.41053")
    found = next(each for each in features(get) if each["id"] == world.tie.pk)

    assert found["geometry"] == {"type": "Point", "coordinates": [28.94966, 41.01384]}
    assert found["properties"]["home"]["longitude"] == 13.41053
    assert found["properties"]["partner"]["wikidata_id"] == "Q406"


def test_a_tie_whose_city_has_no_place_is_there_without_one(get, world):
    assert [each["geometry"] for each in features(get)] == [None, None]


def test_a_map_holds_the_rows_of_the_list_in_the_language_asked_for(get, rows, world):
    worlds.name_things(world)
    for query in ("?lang=tr", "?theme=green", "?status=active", "?country=FR", "?year=1989&kind=partnership"):
        listed = [row["id"] for row in rows(f"partnerships/{query}")]
        assert [each["id"] for each in features(get, query)] == listed
    assert features(get, "?lang=tr&theme=green")[0]["properties"]["name"] == "Berlin–İstanbul"


# --- tables ---


def test_a_row_has_the_words_of_the_rgre_and_the_ids_of_others(get, world):
    placed(world.partner, "41.01384", "28.94966", wikidata_id="Q406", geonames_id=745044)
    world.tie.rgre_code = "4711"
    world.tie.save()
    row = next(each for each in table(get) if each["id"] == str(world.tie.pk))

    told = {name: row[name] for name in TABLE if row[name]}
    assert told == {
        "id": str(world.tie.pk),
        "kind": "partnership",
        "rgre_kind": "Partnerschaft",
        "rgre_code": "4711",
        "status": "active",
        "founded": "1989-11-17",
        "founded_precision": "day",
        "home": "Berlin",
        "home_country": "DE",
        "partner": "Istanbul",
        "partner_country": "TR",
        "partner_wikidata_id": "Q406",
        "partner_geonames_id": "745044",
        "partner_point": "POINT (28.94966 41.01384)",
        "further_cities": "Köln",
        "themes": f"{world.theme.parent.slug} | {world.theme.slug}",
        "url": f"http://localhost:8000/api/public/v1/partnerships/{world.tie.pk}/",
    }


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        *(("partnership", "Partnerschaft"), ("friendship", "Freundschaft"), ("contact", "Kontakt")),
        *(("project", "Projektpartnerschaft"), ("climate", "")),
    ],
)
def test_the_rgre_has_a_word_for_all_kinds_but_one(get, db, kind, word):
    publish(make.PartnershipFactory(kind=kind))

    assert [row["rgre_kind"] for row in table(get)] == [word]


@pytest.mark.parametrize("founded", ["1989", "1989-11", "1989-11-17"])
def test_a_table_says_how_exactly_a_date_is_known(get, db, founded):
    publish(make.PartnershipFactory(founded=founded))
    precision = {4: "year", 7: "month", 10: "day"}[len(founded)]

    assert [(row["founded"], row["founded_precision"]) for row in table(get)] == [(founded, precision)]


def test_a_spreadsheet_runs_nothing_of_it_and_reads_its_umlauts(get, db):
    city = make.CityFactory(name_de='=HYPERLINK("https://example.org";"Köln")')
    publish(make.PartnershipFactory(partner=city, motto="@SUM(1)"))
    content = get("partnerships.csv").content

    assert content.startswith(b"\xef\xbb\xbf")
    assert [(row["partner"], row["motto"]) for row in table(get)] == [(f"'{city.name_de}", "'@SUM(1)")]


def test_numbers_are_written_alike_in_every_language(get, world):
    placed(world.partner, "41.01384", "28.94966")

    assert table(get)[0]["partner_point"] == table(get, "?lang=en")[0]["partner_point"]


def test_every_column_says_what_it_holds():
    assert list(COLUMNS) == TABLE
    assert all(COLUMNS.values())


# --- news ---


def test_news_are_visits_and_projects_the_newest_first(get, world):
    later = publish(make.ProjectFactory(title="Brunnen & <b>Bänke</b>", summary="1 < 2 & „Ende“"))
    type(later).objects.filter(pk=later.pk).update(published_at="2002-01-01T10:00:00Z")
    found = news(get)

    assert [item["title"] for item in found] == [later.title, world.visit.title, world.project.title]
    # Readers take the description for HTML, and show what was written.
    assert found[0]["description"] == "1 &lt; 2 &amp; „Ende“"
    assert found[0]["link"] == f"http://localhost:8000/api/public/v1/projects/{later.pk}/"
    assert found[0]["pubDate"] == "Tue, 01 Jan 2002 10:00:00 +0000"
    assert len({item["guid"] for item in found}) == 3


def test_a_guid_stays_when_the_news_change(get, world):
    before = news(get, "?country=TR&search=besuch")[0]["guid"]
    world.visit.title = "Besuch am Bosporus"
    world.visit.save()

    assert [item["guid"] for item in news(get, "?search=bosporus")] == [before]


@pytest.mark.parametrize(
    ("query", "count"), [("?country=FR", 0), ("?theme=green", 2), ("?year=2024", 1), ("?search=bosporus", 1)]
)
def test_news_are_narrowed(get, world, query, count):
    worlds.name_things(world)

    assert len(news(get, query)) == count


def test_only_the_last_fifty_are_news(get, db):
    for number in range(52):
        row = publish(make.ProjectFactory(title=f"Nummer {number}"))
        type(row).objects.filter(pk=row.pk).update(published_at=f"2001-02-03T04:{number:02}:00Z")

    assert [item["title"] for item in news(get)] == [f"Nummer {number}" for number in range(51, 1, -1)]


def test_without_news_the_bytes_stay_the_same(get, db):
    assert get("news.rss").content == get("news.rss").content
    assert news(get) == []


def test_news_hold_no_characters_that_break_them(get, db):
    publish(make.ProjectFactory(title="Zeile\x0bund\x02mehr", summary="a\x1fb"))

    assert [(item["title"], item["description"]) for item in news(get)] == [("Zeileundmehr", "ab")]


def test_the_channel_is_in_the_language_asked_for(get, world):
    def language(query):
        return ElementTree.fromstring(get(f"news.rss{query}").content).find("channel/language").text

    assert [language(""), language("?lang=en"), language("?lang=tr")] == ["de", "en", "de"]
