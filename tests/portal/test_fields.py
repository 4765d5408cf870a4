"""Nothing is public but what the table in fields.py says."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
import vobject

from portal.description import description
from portal.urls import FILES, RESOURCES
from tests.portal.fields import DETAILS, ENTRY, LINKED, LISTS, NEWS, PLACED_PARTNERSHIP, TABLE

# Their keys are languages.
NAMES = ("names",)
EMPTY = " is empty"


def fields_of(value, prefix=""):
    """Every field within the answer, by its path: {"home": {"id": 1}} has home.id."""
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return set().union(*(fields_of(one, prefix) for one in value))
    if isinstance(value, dict) and prefix not in NAMES:
        return set().union(
            *(fields_of(inner, f"{prefix}.{name}".strip(".")) for name, inner in value.items())
        )
    return {f"{prefix}{EMPTY}" if value in (None, []) else prefix}


def shows_just(table, answer):
    """Whether each field of the table is there, and no other, not even an empty one."""
    found = fields_of(answer)
    empty = {path.removesuffix(EMPTY) for path in found if path.endswith(EMPTY)}
    branches = {path.rpartition(".")[0] for path in table}
    return {path for path in found if not path.endswith(EMPTY)} | (empty - branches) == table


def described(schema, components, prefix=""):
    """The same, of the description."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    for of in ("oneOf", "allOf", "anyOf"):
        if of in schema:
            inner = [one for one in schema[of] if one.get("type") != "null"]
            return set().union(*(described(one, components, prefix) for one in inner))
    if "items" in schema:
        return described(schema["items"], components, prefix)
    if "properties" in schema and prefix not in NAMES:
        return set().union(
            *(
                described(one, components, f"{prefix}.{name}".strip("."))
                for name, one in schema["properties"].items()
            )
        )
    return {prefix}


def body_of(path, components):
    schema = description()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    schema = schema.get("anyOf", [schema])[0]  # the other one is of what changed
    return components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def test_the_table_knows_every_resource():
    assert set(LISTS) == set(DETAILS) == set(RESOURCES)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_shows_what_the_table_says_and_no_more(world, rows, name):
    found = rows(f"{name}/")

    assert shows_just(LISTS[name], found)


@pytest.mark.parametrize("name", DETAILS)
def test_a_page_shows_what_the_table_says_and_no_more(world, rows, get, name):
    found = [get(f"{name}/{row['id']}/").json() for row in rows(f"{name}/")]

    assert shows_just(DETAILS[name], found)


@pytest.mark.parametrize("name", LISTS)
def test_the_description_tells_what_the_table_says(name):
    components = description()["components"]["schemas"]
    page = body_of(f"/{name}/", components)["properties"]["results"]
    single = body_of(f"/{name}/{{id}}/", components)

    assert described(page, components) == LISTS[name]
    assert described(single, components) == DETAILS[name]


# --- files ---


def of_map(content):
    features = json.loads(content)["features"]
    assert {name for feature in features for name in feature} == {"type", "id", "geometry", "properties"}
    return features


def test_a_map_shows_what_the_table_says_and_no_more(world, get):
    found = [feature["properties"] for feature in of_map(get("partnerships.geojson").content)]

    assert shows_just(PLACED_PARTNERSHIP, found)


def test_a_table_has_the_columns_that_ours_says(world, get):
    text = get("partnerships.csv").content.decode("utf-8-sig")

    assert next(csv.reader(io.StringIO(text), delimiter=";")) == TABLE


@pytest.mark.parametrize("address", ["anniversaries.ics?year=2024", "visits.ics"])
def test_a_calendar_tells_what_the_table_says_and_no_more(world, get, address):
    calendar = vobject.readOne(get(address).content.decode())
    told = {line.name for event in calendar.vevent_list for line in event.getChildren()}

    assert told == ENTRY - ({"LOCATION"} if address.startswith("anniversaries") else set())


def test_news_tell_what_the_table_says_and_no_more(world, get):
    items = ElementTree.fromstring(get("news.rss").content).iter("item")

    assert {element.tag for item in items for element in item} == NEWS


def things_within(value):
    """Every thing that a document of linked data tells of, by its kind with the words it is told with."""
    if isinstance(value, list):
        return [thing for one in value for thing in things_within(one)]
    if not isinstance(value, dict):
        return []
    inner = [thing for name, one in value.items() if name != "@context" for thing in things_within(one)]
    return [(value["@type"], set(value) - {"@type", "@context"}), *inner]


@pytest.mark.parametrize("name", RESOURCES)
def test_linked_data_tell_what_the_table_says_and_no_more(world, rows, get, name):
    things = []
    for row in rows(f"{name}/"):
        things += things_within(get(f"{name}/{row['id']}.jsonld").json())

    assert things
    assert [(kind, words - LINKED[kind]) for kind, words in things if words - LINKED[kind]] == []


def test_the_tables_know_every_file():
    assert set(FILES) == {
        *("partnerships.geojson", "partnerships.csv", "anniversaries.ics", "visits.ics", "news.rss"),
    }
