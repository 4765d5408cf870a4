"""Istanbul's mayor in Berlin, 2024, for 35 years: every fact of the list is read back through the API."""

import pytest

from tests.cases.reading import Facts, Reading, Staff
from tests.cases.table import both, found_by, row, tell

pytestmark = pytest.mark.django_db

RELEASE = "Wegner zum Besuch des Bürgermeisters von Istanbul Ekrem İmamoğlu"
TAZ = "Abgesagte Reise nach Istanbul und frühere Besuche"
TAGESSPIEGEL = "Besuche zwischen Berlin und Istanbul"
MUTLU = "Konferenz der Berliner Bezirke zu 35 Jahren Berlin–Istanbul"
BLICKBERLIN = "Besuche in Berlin und Istanbul zu 20 Jahren Städtepartnerschaft"

VISIT_TITLE = "Besuch von Ekrem İmamoğlu in Berlin im Juni 2024"
BOROUGHS_TITLE = "Konferenz der Berliner Bezirke zu 35 Jahren Berlin–Istanbul"
WOWEREIT_TITLE = "Reise von Wowereit nach Istanbul 2009"
TOPBAS_TITLE = "Besuch von Kadir Topbaş in Berlin 2009"
PAIR = "Berlin–Istanbul"
CULTURE_DEPARTMENT = "Senatsverwaltung für Kultur und Gesellschaftlichen Zusammenhalt"
MIGRATION_DEPARTMENT = (
    "Senatsverwaltung für Arbeit, Soziales, Gleichstellung, Integration, Vielfalt und Antidiskriminierung"
)
DEEPER = "Beide Seiten wollen die Zusammenarbeit vertiefen und die Partnerschaft ausbauen."
IMAMOGLU, WEGNER = "Ekrem İmamoğlu", "Kai Wegner"
IMPLIED = "Erschlossen, keine ausdrückliche Zusage."

BERLIN = row("cities", wikidata_id="Q64")
ISTANBUL = row("cities", wikidata_id="Q406")
PRESS_RELEASE = row("documents", title=RELEASE)
TIE = row("partnerships", home="Berlin", partner="Istanbul")
VISIT = row("delegations", title=VISIT_TITLE)
GUEST = row("participants", delegation=VISIT_TITLE, person=IMAMOGLU)
HOST = row("participants", delegation=VISIT_TITLE, person=WEGNER)
MEETING = row("programme-items", delegation=VISIT_TITLE, kind="talk")
SIGNING = row("programme-items", delegation=VISIT_TITLE, kind="golden_book")
GOLDEN_BOOK = row("golden-book", delegation=VISIT_TITLE)
BOROUGHS = row("delegations", title=BOROUGHS_TITLE)
BOROUGHS_ITEM = row("programme-items", delegation=BOROUGHS_TITLE)
WOWEREIT = row("delegations", title=WOWEREIT_TITLE)
TOPBAS = row("delegations", title=TOPBAS_TITLE)
PUT_OFF = row("delegations", title="Aufgeschobene Reise nach Istanbul")
CALLED_OFF = row("delegations", title="Abgesagte Reise nach Istanbul")
AGAIN = row("delegations", title="Besuch von Ekrem İmamoğlu in Berlin im November 2024")

CULTURE = row("projects", title="Kulturaustauschprogramm Berlin–Istanbul")
SMART_CITY = row("projects", title="Zusammenarbeit der Smart City Units")
MIGRATION = row("projects", title="Fachaustausch Migration")
DEEPEN = row("follow-ups", title="Zusammenarbeit mit Istanbul vertiefen")
ANNIVERSARY_DAY = row("follow-ups", title="Jahrestag der Städtepartnerschaft mit Istanbul")
RETURN_VISIT = row("follow-ups", title="Gegenbesuch in Istanbul")

THEMES = {
    "culture": "Kultur",
    "economy": "Wirtschaft",
    "smart_city": "Smart City",
    "integration": "Integration",
    "migration": "Migration",
    "democracy": "Demokratie",
    "community": "Türkische Gemeinschaft",
}

facts = Facts("berlin")


@facts.fact("topics.*")
def topic_of_the_visit(api: Staff, _topic: str, which: str) -> None:
    assert VISIT.read(api, "themes").count(THEMES[which]) == 1


@facts.fact("follow_ups.*.implied")
def follow_up_is_marked_as_implied(api: Staff, _yes: str, which: str) -> None:
    promise, text = {
        "deepen": (DEEPEN, IMPLIED),
        "anniversary": (ANNIVERSARY_DAY, f"{IMPLIED} Der Tag selbst lag fünf Monate nach der Feier."),
    }[which]
    assert promise.read(api, "text") == text


tell(
    facts,
    {
        "document.type": PRESS_RELEASE.has("kind", "press_release"),
        "document.date": PRESS_RELEASE.has("published_on", None),
        "document.publisher": PRESS_RELEASE.has("publisher"),
        "document.title_topic": PRESS_RELEASE.has(
            "description",
            "Besuch des Bürgermeisters von Istanbul im Roten Rathaus und Stand der Zusammenarbeit",
        ),
        "document.licence": PRESS_RELEASE.has("licence", ""),
        "cities.berlin.name": BERLIN.has("name_de"),
        "cities.berlin.country": BERLIN.has("country", "DE"),
        "cities.berlin.role": both(BERLIN.has("is_home", True), BERLIN.has("region", "Berlin")),
        "cities.istanbul.name": ISTANBUL.has("name_de"),
        "cities.istanbul.country": ISTANBUL.has("country", "TR"),
        "cities.istanbul.tie_to_home": TIE.has("kind"),
        "ties.berlin_istanbul.pair": TIE.has("name", PAIR),
        "ties.berlin_istanbul.kind": TIE.has("kind"),
        "ties.berlin_istanbul.founded": both(
            TIE.has("founded"),
            row("partnership-events", partnership=PAIR, kind="signed").has("on"),
            row("partnership-events", partnership=PAIR, kind="signed").has("source", RELEASE),
        ),
        "ties.berlin_istanbul.motto": TIE.has("motto", "Städte der Freiheit"),
        "ties.berlin_istanbul.anniversary": row("occasions", partnership=PAIR, years=35).has(
            "state", "celebrated"
        ),
        "visit.direction": VISIT.has("direction"),
        "visit.dates.day": both(VISIT.has("starts_on", "2024-06"), PRESS_RELEASE.has("published_on", None)),
        "visit.dates.length": both(
            VISIT.has("ends_on", "2024-06"),
            VISIT.has(
                "dates_note", "ein Tag, ein Freitag; die Pressemitteilung sagt „heute“ und trägt kein Datum"
            ),
        ),
        "visit.occasion": both(VISIT.has("occasion.years", 35), VISIT.has("partnership", PAIR)),
        "visit.place": both(
            MEETING.has("place", "Rotes Rathaus"), row("stops", delegation=VISIT_TITLE).has("city", "Berlin")
        ),
        "visit.guests": row("participants", delegation=VISIT_TITLE, side="delegation").has("person"),
        "visit.host": row("participants", delegation=VISIT_TITLE, side="host").has("person"),
        "visit.size": VISIT.has("size", None),
        "people.wegner.name": row("people", family_name="Wegner").has("name"),
        "people.wegner.office": HOST.has("post.title_de"),
        "people.wegner.organisation": HOST.has("organisation.title"),
        "people.wegner.role": HOST.has("role"),
        "people.wegner.quoted": row("statements", kind="quotation", speakers=WEGNER).has("document", RELEASE),
        "people.imamoglu.name": row("people", family_name="İmamoğlu").has("name"),
        "people.imamoglu.office": both(
            GUEST.has("post.title_de", "Oberbürgermeister"),
            GUEST.has("post.other_titles", ["Bürgermeister von Istanbul"]),
            GUEST.has("post.is_head_of_city", True),
        ),
        "people.imamoglu.organisation": both(
            GUEST.has("organisation.title", "Großstadtkommune Istanbul"),
            GUEST.lists("organisation.other_names"),
        ),
        "people.imamoglu.role": GUEST.has("role"),
        "people.imamoglu.note": row(
            "statements", text="Ekrem İmamoğlu wurde kurz vor dem Besuch im Amt bestätigt."
        ).has("document", RELEASE),
        "programme.meeting.item": both(
            MEETING.has("hosts", ["Kai Wegner, Regierender Bürgermeister von Berlin"]),
            MEETING.has("attendees", ["Ekrem İmamoğlu, Oberbürgermeister"]),
        ),
        "programme.meeting.kind": MEETING.has("kind"),
        "programme.meeting.place": MEETING.has("place"),
        "programme.golden_book.item": SIGNING.has("title", "Eintrag in das Goldene Buch der Stadt Berlin"),
        "programme.golden_book.kind": SIGNING.has("kind", "golden_book"),
        "programme.golden_book.by": GOLDEN_BOOK.has("signers.person", [IMAMOGLU]),
        "results.deepen": row("outcomes", delegation=VISIT_TITLE).has("text", DEEPER),
        "agreed_projects": row("outcomes", delegation=VISIT_TITLE).has("project", None),
        "projects_running.culture.name": both(
            CULTURE.has("state", "running"), CULTURE.has("kind", "culture")
        ),
        "projects_running.culture.unit": CULTURE.lists("partners.organisation.title"),
        "projects_running.culture.content": CULTURE.has(
            "summary", "Stipendien für Aufenthalte von mehreren Monaten in Berlin oder Istanbul."
        ),
        "projects_running.smart_city.name": both(
            SMART_CITY.has("state", "running"),
            SMART_CITY.has(
                "partners.organisation.title", ["Smart City Unit Berlin", "Smart City Unit Istanbul"]
            ),
        ),
        "projects_running.smart_city.first_city": SMART_CITY.lists("cities"),
        "projects_running.smart_city.second_city": SMART_CITY.lists("cities"),
        "projects_running.migration.name": both(
            MIGRATION.has("state", "running"), MIGRATION.has("kind", "exchange")
        ),
        "projects_running.migration.berlin_unit": MIGRATION.lists("partners.organisation.title"),
        "projects_running.migration.berlin_department": row(
            "organisations", title="Abteilung Integration und Migration"
        ).has("parent", f"{MIGRATION_DEPARTMENT}, Berlin"),
        "projects_running.migration.istanbul_unit": MIGRATION.lists("partners.organisation.title"),
        "projects_running.migration.istanbul_body": row("organisations", title="Abteilung Migration").has(
            "parent", "Großstadtkommune Istanbul"
        ),
        "follow_ups.deepen.what": both(DEEPEN.has("state", "open"), DEEPEN.has("partnership", PAIR)),
        "follow_ups.anniversary.what": ANNIVERSARY_DAY.has("occasion.years", 35),
        "follow_ups.anniversary.date": ANNIVERSARY_DAY.has("due_on"),
    },
)

# What later sources add, each with its own document.
tell(
    facts,
    {
        "beyond.visit_date.month": VISIT.has("starts_on", "2024-06"),
        "beyond.visit_date.month_source": row("statements", text="Der Besuch war im Juni 2024.").has(
            "document.publisher"
        ),
        "beyond.visit_date.month_source_date": row("statements", text="Der Besuch war im Juni 2024.").has(
            "document.published_on", "2025-03"
        ),
        "beyond.visit_date.weekday": VISIT.lists("statements.text", "Der Besuch war an einem Freitag."),
        "beyond.visit_date.weekday_source": row("statements", text="Der Besuch war an einem Freitag.").has(
            "document.publisher"
        ),
        "beyond.return_visit": both(
            RETURN_VISIT.has("text", "Von Kai Wegner zugesagt."),
            RETURN_VISIT.has("owed_by", "us"),
            RETURN_VISIT.has("counterpart", IMAMOGLU),
        ),
        "beyond.put_off": both(
            PUT_OFF.has("state", "postponed"),
            PUT_OFF.has("direction", "outbound"),
            PUT_OFF.has("documents.description", [TAZ, TAGESSPIEGEL]),
        ),
        "beyond.called_off": both(
            CALLED_OFF.has("state", "cancelled"),
            CALLED_OFF.has("direction", "outbound"),
            CALLED_OFF.has("documents.description", [TAZ, TAGESSPIEGEL]),
        ),
        "beyond.again.who": row("participants", delegation=AGAIN.where[0][1]).has("person"),
        "beyond.again.when": AGAIN.has("starts_on", "2024-11"),
        "beyond.boroughs.what": both(
            BOROUGHS.has("kind", "conference"),
            BOROUGHS.has("occasion.years", 35),
            BOROUGHS.has("partnership", PAIR),
        ),
        "beyond.boroughs.place": BOROUGHS_ITEM.has("place"),
        "beyond.boroughs.when": BOROUGHS.has("starts_on", "2024-12"),
        "beyond.boroughs.guests": row("participants", delegation=BOROUGHS_TITLE).has(
            "group", "sechs Delegationen aus der Türkei"
        ),
        "beyond.boroughs.held_by": row(
            "organisations", title="Deutsch-Türkischer Städtepartnerschaftsverband e. V."
        ).has("kind", "friends"),
        "beyond.boroughs.source": BOROUGHS.has("documents.publisher", ["mutlu.de"]),
        "beyond.wowereit.who": row("participants", delegation=WOWEREIT_TITLE).has("person"),
        "beyond.wowereit.where": row("stops", delegation=WOWEREIT_TITLE).has("city"),
        "beyond.wowereit.from": WOWEREIT.has("starts_on"),
        "beyond.wowereit.until": WOWEREIT.has("ends_on"),
        "beyond.wowereit.anniversary": WOWEREIT.has("occasion.years", 20),
        "beyond.wowereit.source": WOWEREIT.lists("documents.publisher"),
        "beyond.topbas.who": row("participants", delegation=TOPBAS_TITLE).has("person"),
        "beyond.topbas.where": row("stops", delegation=TOPBAS_TITLE).has("city"),
        "beyond.topbas.from": TOPBAS.has("starts_on"),
        "beyond.topbas.until": TOPBAS.has("ends_on"),
        "beyond.topbas.anniversary": TOPBAS.has("occasion.years", 20),
        "beyond.topbas.source": TOPBAS.lists("documents.publisher"),
    },
)

# Of the difficulties those that a row can show.
tell(
    facts,
    {
        "difficulties.golden_book.who": both(
            GOLDEN_BOOK.has("signers.person", [IMAMOGLU]),
            GOLDEN_BOOK.has("signers.post", ["Oberbürgermeister, Großstadtkommune Istanbul"]),
        ),
        "difficulties.golden_book.when": GOLDEN_BOOK.has("on", "2024-06"),
        "difficulties.golden_book.where": both(
            SIGNING.has("stop.city"), SIGNING.has("place", "Rotes Rathaus")
        ),
        "difficulties.golden_book.which_book": GOLDEN_BOOK.has("city", "Berlin"),
        "difficulties.undated": VISIT.has("documents.published_on", ["2025-03", None, None]),
        "difficulties.celebration": both(
            row("occasions", partnership=PAIR, years=35).has("celebrated_from", "2024-06"),
            TIE.has("founded", "1989-11-17"),
        ),
        "difficulties.city_state": both(
            HOST.has("post.is_head_of_city", True),
            row("organisations", title="Land Berlin").has("kind", "government"),
        ),
        "difficulties.author": both(
            PRESS_RELEASE.has("author", None),
            row("organisations", title="Presse- und Informationsamt des Landes Berlin").has(
                "parent", "Land Berlin"
            ),
        ),
        "difficulties.long_names": row("organisations", title="Abteilung Integration und Migration").has(
            "parent", f"{MIGRATION_DEPARTMENT}, Berlin"
        ),
        "difficulties.two_spellings": found_by("people", "Imamoğlu", IMAMOGLU),
    },
)


@facts.fact("difficulties.one_person")
def one_person_with_one_history(api: Staff, _one: str) -> None:
    # Host of Linz, guest of Berlin twice, at the round table.
    taken_part = {
        participant["delegation"]["name"]: participant["role"]
        for participant in api.all("participants", person=IMAMOGLU)
    }
    assert taken_part[VISIT_TITLE] == "guest"
    assert taken_part["Runder Tisch der Bürgermeister"] == "member"
    assert len(taken_part) == 4


@facts.fact("difficulties.history")
def trips_that_did_not_take_place_are_in_the_history(api: Staff, _history: str) -> None:
    states = [trip["state"] for trip in api.all("delegations", partnership=PAIR)]
    assert sorted(states) == ["cancelled", *["completed"] * 5, "postponed"]


@facts.fact("beyond.next_counts.*")
def next_count_of_the_tie(api: Staff, count: str, which: str) -> None:
    year = which.removeprefix("in_")
    answer = api.get("anniversaries", **{"from": f"{year}-01-01", "to": f"{year}-12-31"})
    found = [one for one in answer["results"] if one["partnership"]["name"] == PAIR]
    years, _, on = count.partition(" on ")
    assert [(one["years"], one["on"]) for one in found] == [
        (int(years.partition(" in ")[0]), on or f"{year}-11-17")
    ]


@pytest.mark.parametrize("reading", facts.readings, ids=str)
def test_fact_is_read_back(api: Staff, reading: Reading) -> None:
    reading(api)


def test_every_fact_is_read_or_left_out_with_a_reason() -> None:
    assert facts.counts() == (109, 0)
