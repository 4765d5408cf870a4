"""Linked data, parsed into triples as portals of open data do. Nothing is fetched for it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rdflib import DCTERMS, FOAF, RDF, SDO, Graph, Literal, Namespace, URIRef

from contacts.models import City, Office
from portal import linked
from portal.catalogue import DATASETS
from portal.urls import FILES, RESOURCES
from tests.portal import world as worlds
from tests.portal.test_lists import NOT_OURS

# Of the parser about itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated, use Dataset.*:DeprecationWarning")

DCAT = Namespace("http://www.w3.org/ns/dcat#")
HERE = "http://localhost:8000/api/public/v1/"

# What DCAT-AP 3 asks of each class, as its shapes have it.
MANDATORY = {
    DCAT.Catalog: {DCTERMS.title, DCTERMS.description, DCTERMS.publisher},
    DCAT.Dataset: {DCTERMS.title, DCTERMS.description},
    DCAT.Distribution: {DCAT.accessURL},
    DCAT.DataService: {DCTERMS.title, DCAT.endpointURL},
    FOAF.Agent: {FOAF.name},
}
AT_MOST_ONE = (DCTERMS.publisher, DCTERMS.license, DCAT.mediaType)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("The parser asked for a context elsewhere.")

    monkeypatch.setattr("rdflib.parser.URLInputSource.__init__", refuse)
    monkeypatch.setattr("urllib.request.OpenerDirector.open", refuse)


@pytest.fixture
def graph(get):
    def graph(address):
        answer = get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/ld+json")
        return Graph().parse(data=answer.content.decode(), format="json-ld", publicID=HERE + address)

    return graph


def value(graph, subject, predicate):
    found = list(graph.objects(subject, predicate))
    assert len(found) == 1, found
    return found[0].toPython() if isinstance(found[0], Literal) else str(found[0])


# --- things ---


def test_every_resource_tells_its_things_as_linked_data():
    assert {view.of for view in linked.LINKED} == set(RESOURCES)


@pytest.mark.parametrize("name", RESOURCES)
def test_a_page_names_its_other_form_which_is_about_the_same_thing(client, graph, rows, world, name):
    row = rows(f"{name}/")[0]
    answer = client.get(f"/api/public/v1/{name}/{row['id']}/?lang=en")
    other = f"/api/public/v1/{name}/{row['id']}.jsonld?lang=en"

    assert answer["Link"] == f'<{other}>; rel="alternate"; type="application/ld+json"'
    assert "Link" in answer["Access-Control-Expose-Headers"]
    found = graph(other.removeprefix("/api/public/v1/"))
    thing = URIRef(f"{HERE}{name}/{row['id']}/")
    assert len(list(found.objects(thing, RDF.type))) == 1
    assert all(str(kind).startswith(str(SDO)) for kind in found.objects(None, RDF.type))


def test_a_city_is_known_by_its_ids_and_lies_where_it_lies(graph, world):
    City.objects.filter(pk=world.partner.pk).update(
        wikidata_id="Q406",
        geonames_id=745044,
        latitude="41.01384",
        longitude="28.94966",
        website="https://i.example.org",
    )
    found = graph(f"cities/{world.partner.pk}.jsonld?lang=tr")
    city = URIRef(f"{HERE}cities/{world.partner.pk}/")

    assert (city, RDF.type, SDO.City) in found
    assert value(found, city, SDO.name) == "İstanbul"
    assert {str(same) for same in found.objects(city, SDO.sameAs)} == {
        *("http://www.wikidata.org/entity/Q406", "https://sws.geonames.org/745044/"),
    }
    assert value(found, city, SDO.url) == "https://i.example.org"
    (geo,) = found.objects(city, SDO.geo)
    assert (value(found, geo, SDO.latitude), value(found, geo, SDO.longitude)) == (41.01384, 28.94966)


@pytest.mark.parametrize("founded", ["1989", "1989-11", "1989-11-17"])
def test_a_date_is_as_exact_as_it_is_known(graph, world, founded):
    world.tie.founded = founded
    world.tie.save()
    found = graph(f"partnerships/{world.tie.pk}.jsonld")

    assert value(found, URIRef(f"{HERE}partnerships/{world.tie.pk}/"), SDO.foundingDate) == founded


def test_a_visit_is_an_event_in_its_cities_with_who_was_there_in_office(graph, world):
    found = graph(f"visits/{world.visit.pk}.jsonld")
    visit = URIRef(f"{HERE}visits/{world.visit.pk}/")

    assert (visit, RDF.type, SDO.Event) in found
    assert value(found, visit, SDO.location) == f"{HERE}cities/{world.partner.pk}/"
    assert value(found, visit, SDO.eventStatus) == str(SDO.EventScheduled)
    (somebody,) = found.objects(visit, SDO.attendee)
    assert set(found.predicates(somebody)) == {RDF.type, SDO.name, SDO.jobTitle, SDO.affiliation}
    assert (value(found, somebody, SDO.name), value(found, somebody, SDO.jobTitle)) == (
        world.mayor.full_name,
        world.office.title,
    )
    (item,) = found.objects(visit, SDO.subEvent)
    assert value(found, item, SDO.startDate) == "2024-06-03T10:00:00"


@pytest.mark.parametrize(
    ("state", "status"), [("cancelled", "EventCancelled"), ("postponed", "EventPostponed")]
)
def test_what_was_called_off_is_told_so(graph, world, state, status):
    type(world.visit).objects.filter(pk=world.visit.pk).update(state=state)
    found = graph(f"visits/{world.visit.pk}.jsonld")

    assert value(found, URIRef(f"{HERE}visits/{world.visit.pk}/"), SDO.eventStatus) == str(SDO[status])


def test_what_is_not_known_is_left_out(get, world):
    found = get(f"partnerships/{world.tie.pk}.jsonld").json()

    assert {"slogan", "dissolutionDate", "dateModified", "sameAs"} & set(found) == set()


def test_what_is_not_public_is_not_found(get, world):
    world.tie.withdraw()
    answer = get(f"partnerships/{world.tie.pk}.jsonld")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


# --- the catalogue ---


def test_the_catalogue_has_all_that_the_profile_requires(graph, db):
    found = graph("catalog.jsonld")
    missing = [
        (thing, predicate)
        for kind, predicates in MANDATORY.items()
        for thing in found.subjects(RDF.type, kind)
        for predicate in predicates
        if (thing, predicate, None) not in found
    ]

    assert missing == []
    assert {kind: len(list(found.subjects(RDF.type, kind))) for kind in MANDATORY} == {
        DCAT.Catalog: 1,
        DCAT.Dataset: len(DATASETS),
        DCAT.Distribution: len(RESOURCES) + len(FILES),
        DCAT.DataService: 1,
        FOAF.Agent: 1,
    }
    several = [
        (thing, predicate)
        for predicate in AT_MOST_ONE
        for thing in set(found.subjects(predicate))
        if len(list(found.objects(thing, predicate))) > 1
    ]
    assert several == []


def test_the_catalogue_names_the_office_as_who_publishes(graph, db):
    office = Office.current()
    office.title = "Büro für Städtepartnerschaften"
    office.save()
    found = graph("catalog.jsonld")
    (publisher,) = set(found.objects(None, DCTERMS.publisher))

    assert value(found, publisher, FOAF.name) == "Büro für Städtepartnerschaften"
    assert office.from_address not in found.serialize()


def test_every_address_of_the_catalogue_is_whole_and_answers(client, graph, world):
    found = graph("catalog.jsonld")
    addresses = {
        str(address)
        for predicate in (DCAT.accessURL, DCAT.downloadURL, DCAT.endpointDescription)
        for address in found.objects(None, predicate)
    }
    answers = {address: client.get(address.removeprefix("http://localhost:8000")) for address in addresses}

    assert {address.removeprefix(HERE) for address in addresses} == {
        *(f"{name}/" for name in RESOURCES),
        *FILES,
        "schema/",
    }
    assert {answer.status_code for answer in answers.values()} == {200}
    for distribution, address in found.subject_objects(DCAT.accessURL):
        media_type = value(found, distribution, DCAT.mediaType).partition("media-types/")[2]
        assert answers[str(address)]["Content-Type"].partition(";")[0] == media_type


def test_the_catalogue_is_the_same_however_many_rows_there_are(get, db):
    """So it needs none of the limits of files that are made of rows."""
    answers, counts = [get("catalog.jsonld")], []  # makes the office
    for _number in range(2):
        worlds.build()
        with CaptureQueriesContext(connection) as queries:
            answers.append(get("catalog.jsonld"))
        counts.append([one["sql"] for one in queries if NOT_OURS not in one["sql"]])

    assert {answer.content for answer in answers} == {answers[0].content}
    assert counts == [[], []]


def test_titles_are_in_german_and_in_english(graph, db):
    found = graph("catalog.jsonld")
    sets = set(found.subjects(RDF.type, DCAT.Dataset))
    titles = found.subject_objects(DCTERMS.title)
    languages = {(thing, title.language) for thing, title in titles if thing in sets}

    assert len(languages) == 2 * len(DATASETS)
    assert {language for _thing, language in languages} == {"de", "en"}


@pytest.mark.parametrize("address", ["", "https://creativecommons.org/licenses/by/4.0/"])
def test_the_licence_is_named_where_the_office_has_chosen_one(graph, db, settings, address):
    settings.PORTAL_LICENCE = address
    found = graph("catalog.jsonld")

    files = set(found.subjects(RDF.type, DCAT.Distribution))
    assert {str(licence) for licence in found.objects(None, DCTERMS.license)} == set(filter(None, [address]))
    assert files & set(found.subjects(DCTERMS.license)) == (files if address else set())


def test_the_catalogue_takes_a_language_and_nothing_else(get, db):
    assert get("catalog.jsonld?lang=en").status_code == 200
    assert [get(f"catalog.jsonld?{wrong}").status_code for wrong in ("lang=x-", "search=x")] == [400, 400]
