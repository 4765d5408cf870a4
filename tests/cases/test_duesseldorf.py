"""Düsseldorf travels to Seoul and Chongqing, 2024: every fact of the list is read back through the API."""

import pytest

from tests.cases.reading import Facts, Reading, Staff
from tests.cases.table import Reader, Row, both, found_by, nothing, row, tell

pytestmark = pytest.mark.django_db

ANNOUNCED = (
    "Ankündigung der Reise des Düsseldorfer Oberbürgermeisters nach Seoul und Chongqing, "
    "vor dem 13. Oktober 2024 geschrieben"
)
CITY_PAGE = "Seite von duesseldorf.de über die Partnerstadt Chongqing"
REPORT = "Bericht des Pressedienstes von duesseldorf.de nach der Reise nach Seoul und Chongqing"
LOCAL_REPORT = "Bericht nach der Reise nach Seoul und Chongqing"
GEISEL_PAGE = "Seite von duesseldorf.de über die Reise von Thomas Geisel nach Chongqing"
CHINESE_PAGES = "Chinesische Seiten über die Amtszeit von Hu Henghua"

CITY_HALL = "Landeshauptstadt Düsseldorf"
ECONOMY_UNIT = "Wirtschaftsförderung der Landeshauptstadt Düsseldorf"
TEAM = "Team für den südkoreanischen Markt"
WCICO = "Western China International Communication Organization"
LORD_MAYOR, MAYOR = f"Oberbürgermeister, {CITY_HALL}", "Bürgermeister, Stadt Chongqing"
KELLER, HU = "Dr. Stephan Keller", "Hu Henghua 胡衡华"
SINCE_2004 = "Die Städtepartnerschaft besteht 2024 seit 20 Jahren, also seit 2004."
BACK_HOME = "Die Delegation kehrte am Wochenende 19./20. Oktober 2024 zurück."
WRONG_HEADING = (
    "Die Überschrift zählt 75 Jahre deutsche Einheit; so steht es dort, und es ist falsch gezählt."
)
LONGER_TITLE = (
    "Der Titel der Ausstellung ist hier länger: "
    "Power of Inspiration – Flusslandschaften an Rhein und Jangtse."
)
PHOTOGRAPHER = (
    "Fotoausstellung des Düsseldorfer Fotografen Bernard Langerock, "
    "die von Düsseldorf nach Chongqing wandert."
)
IMPLIED = "Erschlossen, keine ausdrückliche Zusage."

PAPER = row("documents", description=ANNOUNCED)
TIE = row("partnerships", home="Düsseldorf", partner="Chongqing", kind="partnership")
FRIENDSHIP = row("partnerships", home="Düsseldorf", partner="Chongqing", kind="friendship")
TWENTY_YEARS = row("occasions", partnership="Düsseldorf–Chongqing", years=20)
EXHIBITION = row("projects", title="Flusslandschaften an Rhein und Jangtse")

TRIP_TITLE = "Reise nach Seoul und Chongqing 2024"
YUANS_TITLE = "Besuch von Yuan Jiajun in Düsseldorf"
GEISELS_TITLE = "Reise von Thomas Geisel nach Chongqing"
TRIP = row("delegations", title=TRIP_TITLE)
YUANS_VISIT = row("delegations", title=YUANS_TITLE)
GEISELS_TRIP = row("delegations", title=GEISELS_TITLE)


def item(title: str, trip: str = TRIP_TITLE) -> Row:
    return row("programme-items", delegation=trip, title=title)


def taking_part(person: str, trip: str = TRIP_TITLE) -> Row:
    return row("participants", delegation=trip, person=person)


def investor(title: str) -> Reader:
    return row("organisations", title=title).has("is_investor_at_home", True)


def statement(text: str) -> Row:
    return row("statements", text=text)


ITEMS = {
    "aimmo": item("Besuch bei AIMMO"),
    "hd_korea": item("Besuch bei HD Korea Shipbuilding & Offshore Engineering"),
    "doosan": item("Besuch bei Doosan Robotics"),
    "seegene": item("Besuch bei Seegene"),
    "location_seminar": item("Standortseminar zum europäischen Gesundheitsmarkt"),
    "company_visits": item("Unternehmensbesuche in Chongqing"),
    "meeting_hu": item("Treffen mit Hu Henghua"),
    "reception": item("Empfang des Deutschen Generalkonsulats"),
    "sport_bureau": item("Termin beim Chongqing Sport Bureau"),
    "cultural_institutions": item("Termine bei Kulturinstitutionen"),
    "foreign_affairs": item("Termin beim Chongqing Foreign Affairs Office"),
    "exhibition": item("Eröffnung der Fotoausstellung"),
    "investment_seminar": item("Investitionsseminar Health Tech"),
}
KINDS = {
    "company visit": "company_visit",
    "institution visit": "institution_visit",
    "own event": "own_event",
    "talk": "talk",
    "reception": "reception",
    "exhibition": "exhibition",
}
WCICO_TALK = item(f"Gespräch mit der {WCICO}")
GOLDEN_BOOK = row("golden-book", delegation=YUANS_TITLE)
INVESTORS = row("follow-ups", title="Kontakt mit den koreanischen Investoren pflegen")
FURTHER_TIES = row("follow-ups", title="Verbindungen mit Chongqing in Jugend, Sport und Kultur fortführen")
ARTISTS = row("projects", title="Künstleraustausch Düsseldorf–Chongqing")
SCHOOLS = row("projects", title="Schulaustausch Düsseldorf–Chongqing")

facts = Facts("duesseldorf")


@facts.fact("programme.*.leg")
def stop_of_an_item(api: Staff, city: str, which: str) -> None:
    assert ITEMS[which].read(api, "stop.delegation") == TRIP_TITLE
    assert ITEMS[which].read(api, "stop.city") == city


@facts.fact("programme.*.item")
def item_of_the_programme(api: Staff, what: str, which: str) -> None:
    assert ITEMS[which].read(api, "delegation") == TRIP_TITLE


@facts.fact("programme.*.kind")
def kind_of_an_item(api: Staff, kind: str, which: str) -> None:
    assert ITEMS[which].read(api, "kind") == KINDS[kind]


@facts.fact("programme.*.names")
def visit_without_names(api: Staff, not_given: str, which: str) -> None:
    assert ITEMS[which].read(api, "organisations") == []


@facts.fact("programme.*.organiser")
def event_of_our_own(api: Staff, unit: str, which: str) -> None:
    assert ITEMS[which].read(api, "organiser.title") == ECONOMY_UNIT


@facts.fact("follow_ups.*.implied")
def follow_up_is_marked_as_implied(api: Staff, yes: str, which: str) -> None:
    promise = {"investors": INVESTORS, "ties": FURTHER_TIES}[which]
    assert promise.read(api, "text") == IMPLIED


tell(
    facts,
    {
        "document.type": PAPER.has("kind", "other"),
        "document.date": PAPER.has("published_on", None),
        "document.language": PAPER.has("language"),
        "document.publisher": PAPER.has("publisher", None),
        "document.title": PAPER.has("title", ""),
        "document.licence": PAPER.has("licence", ""),
        "cities.duesseldorf.name": row("cities", wikidata_id="Q1718").has("name_de"),
        "cities.duesseldorf.country": row("cities", wikidata_id="Q1718").has("country", "DE"),
        "cities.duesseldorf.role": row("cities", wikidata_id="Q1718").has("is_home", True),
        "cities.duesseldorf.note": both(
            row("cities", wikidata_id="Q1718").has("region", "Nordrhein-Westfalen"),
            row("organisations", title=CITY_HALL).has("city", "Düsseldorf"),
        ),
        "cities.seoul.name": row("cities", wikidata_id="Q8684").has("name_de"),
        "cities.seoul.country": row("cities", wikidata_id="Q8684").has("country", "KR"),
        "cities.seoul.tie_to_home": both(
            nothing("partnerships", partner="Seoul"), nothing("partnerships", home="Seoul")
        ),
        "cities.chongqing.name": row("cities", wikidata_id="Q11725").has("name_de"),
        "cities.chongqing.country": row("cities", wikidata_id="Q11725").has("country", "CN"),
        "cities.chongqing.tie_to_home": TIE.has("kind"),
        "ties.duesseldorf_chongqing.pair": both(
            TIE.has("home", "Düsseldorf"), TIE.has("partner", "Chongqing")
        ),
        "ties.duesseldorf_chongqing.kind": TIE.has("kind"),
        "ties.duesseldorf_chongqing.founded": both(
            TIE.lists("statements.text", SINCE_2004),
            statement(SINCE_2004).has("document.description", ANNOUNCED),
        ),
        "ties.duesseldorf_chongqing.anniversary": TRIP.has("occasion.years", 20),
        "delegation.direction": TRIP.has("direction"),
        "delegation.home": TRIP.has("home"),
        "delegation.dates.start": TRIP.has("starts_on"),
        "delegation.dates.end": TRIP.has("ends_on", "2024-10"),
        "delegation.dates.length": TRIP.has(
            "dates_note", "rund fünf Tage; Rückkehr am Wochenende 19./20. Oktober 2024"
        ),
        "delegation.head": row("participants", delegation=TRIP_TITLE, role="head").has("person"),
        "delegation.legs.first": row("stops", delegation=TRIP_TITLE, order=1).has("city"),
        "delegation.legs.second": row("stops", delegation=TRIP_TITLE, order=2).has("city"),
        "delegation.sponsor_unit": TRIP.lists("partners.organisation.title"),
        "delegation.size": TRIP.has("size", None),
        "people.keller.name": row("people", family_name="Keller").has("name"),
        "people.keller.office": taking_part(KELLER).has("post.title_de"),
        "people.keller.organisation": taking_part(KELLER).has("organisation"),
        "people.keller.role": taking_part(KELLER).has("role"),
        "people.keller.quoted": both(
            row("statements", kind="quotation", speakers=KELLER).has("document.description", ANNOUNCED),
            TRIP.lists("statements.speakers", [KELLER]),
        ),
        "people.hu.name": row("people", name_local="胡衡华").has("name", HU),
        "people.hu.office": both(
            taking_part(HU).has("post.is_head_of_city", True),
            taking_part(HU).has("post.organisation.city", "Chongqing"),
        ),
        "people.hu.organisation": taking_part(HU).has("organisation"),
        "people.hu.role": taking_part(HU).has("role"),
        "people.hu.note": ITEMS["meeting_hu"].has("is_first_meeting", True),
        "people.langerock.name": row("people", family_name="Langerock").has("name"),
        "people.langerock.office": both(
            nothing("tenures", person="Bernard Langerock"),
            EXHIBITION.has(
                "summary",
                PHOTOGRAPHER,
            ),
        ),
        "people.langerock.organisation": nothing("participants", person="Bernard Langerock"),
        "people.langerock.role": both(
            EXHIBITION.has("kind", "exhibition"), EXHIBITION.has("people", ["Bernard Langerock"])
        ),
        "people.langerock.place": EXHIBITION.has("summary", PHOTOGRAPHER),
        "programme.aimmo.company": ITEMS["aimmo"].lists("organisations.title"),
        "programme.aimmo.relation": investor("AIMMO"),
        "programme.hd_korea.relation": investor("HD Korea Shipbuilding & Offshore Engineering"),
        "programme.doosan.relation": investor("Doosan Robotics"),
        "programme.seegene.relation": investor("Seegene"),
        "programme.location_seminar.status": ITEMS["location_seminar"].has("state"),
        "programme.meeting_hu.note": ITEMS["meeting_hu"].has("is_first_meeting", True),
        "programme.reception.host": both(
            ITEMS["reception"].has("organiser"),
            ITEMS["reception"].has("hosts", ["Deutsches Generalkonsulat"]),
        ),
        "programme.reception.occasion": ITEMS["reception"].has(
            "topic", "Tag der Deutschen Einheit und 20 Jahre Städtepartnerschaft"
        ),
        "programme.exhibition.opened_by": both(
            ITEMS["exhibition"].has("attendees", [f"{KELLER}, Oberbürgermeister"]),
            ITEMS["exhibition"].has("topic", "Eröffnung durch Stephan Keller"),
        ),
        "programme.exhibition.artist": EXHIBITION.lists("people"),
        "programme.exhibition.title": ITEMS["exhibition"].has("project"),
        "programme.exhibition.earlier_venue": EXHIBITION.has("places.city", ["Düsseldorf", "Chongqing"]),
        "visited_organisations.aimmo": ITEMS["aimmo"].lists("organisations.title"),
        "visited_organisations.hd_korea": ITEMS["hd_korea"].lists("organisations.title"),
        "visited_organisations.doosan": ITEMS["doosan"].lists("organisations.title"),
        "visited_organisations.seegene": ITEMS["seegene"].lists("organisations.title"),
        "visited_organisations.sport_bureau": ITEMS["sport_bureau"].lists("organisations.title"),
        "visited_organisations.foreign_affairs": ITEMS["foreign_affairs"].lists("organisations.title"),
        "visited_organisations.consulate": ITEMS["reception"].has("hosts", ["Deutsches Generalkonsulat"]),
        "topics.investment": TRIP.lists("themes", "Investitionen"),
        "topics.greentech": TRIP.lists("themes"),
        "topics.medtech": TRIP.lists("themes"),
        "topics.ai": TRIP.lists("themes", "Künstliche Intelligenz"),
        "topics.health_tech": TRIP.lists("themes", "Health Tech"),
        "topics.youth": TRIP.lists("themes", "Jugend"),
        "topics.sport": TRIP.lists("themes", "Sport"),
        "topics.culture": TRIP.lists("themes", "Kultur"),
        "topics.civic": TRIP.lists("themes", "Bürgerschaftliche Verbindungen"),
        "follow_ups.investors.what": INVESTORS.has("delegation", TRIP_TITLE),
        "follow_ups.investors.who": both(
            INVESTORS.has("organisation.title", TEAM),
            row("organisations", title=TEAM).has("parent", ECONOMY_UNIT),
        ),
        "follow_ups.ties.what": FURTHER_TIES.has("partnership", "Düsseldorf–Chongqing"),
        "background_claims.companies": statement(
            "In Nordrhein-Westfalen gibt es rund 60 koreanische Unternehmen."
        ).has("kind", "figure"),
        "background_claims.share": statement(
            "Ein Drittel der koreanischen Unternehmen in Nordrhein-Westfalen sitzt in Düsseldorf."
        ).has("kind", "figure"),
    },
)

# What later sources add, each with its own document.
tell(
    facts,
    {
        "beyond.signing.date": both(
            TIE.has("founded"),
            row("partnership-events", partnership="Düsseldorf–Chongqing", kind="signed").has("on"),
        ),
        "beyond.signing.source": row(
            "partnership-events", partnership="Düsseldorf–Chongqing", kind="signed"
        ).has("source.description", CITY_PAGE),
        "beyond.friendship.kind": both(
            TIE.has("predecessor.kind", "friendship"),
            row(
                "agreements", title="Vereinbarung über freundschaftliche Zusammenarbeit Düsseldorf–Chongqing"
            ).has("partnership.kind", "friendship"),
        ),
        "beyond.friendship.date": both(
            FRIENDSHIP.has("founded"),
            row(
                "agreements", title="Vereinbarung über freundschaftliche Zusammenarbeit Düsseldorf–Chongqing"
            ).has("signed_on"),
        ),
        "beyond.friendship.source": row("partnership-events", kind="stepped_up", on="2004-07-22").has(
            "source.description", CITY_PAGE
        ),
        "beyond.celebration.anniversary_day": TIE.has("founded", "2004-07-22"),
        "beyond.celebration.celebrated_in": both(
            TWENTY_YEARS.has("celebrated_from", "2024-10"), TWENTY_YEARS.has("state", "celebrated")
        ),
        "beyond.return.when": TRIP.lists("statements.text", BACK_HOME),
        "beyond.return.source_city": both(
            TRIP.lists("documents.description", REPORT),
            statement(BACK_HOME).has("document.publisher", CITY_HALL),
        ),
        "beyond.return.source_local": row("documents", description=LOCAL_REPORT).has("publisher"),
        "beyond.return.source_local_date": row("documents", description=LOCAL_REPORT).has("published_on"),
        "beyond.wcico.organisation": WCICO_TALK.lists("organisations"),
        "beyond.wcico.kind": both(WCICO_TALK.has("kind"), WCICO_TALK.has("state", "took_place")),
        "beyond.wcico.outcome": both(
            row("outcomes", delegation=TRIP_TITLE).has(
                "text", f"Mögliche Kooperationen mit der {WCICO} sollen nach der Reise ausgearbeitet werden."
            ),
            row("follow-ups", title=f"Kooperation mit der {WCICO} ausarbeiten").has("state", "open"),
        ),
        "beyond.exhibition.longer_title": EXHIBITION.lists(
            "statements.text",
            LONGER_TITLE,
        ),
        "beyond.exhibition.venue": both(
            EXHIBITION.has("places.venue", ["", "Galerie Z-Space"]),
            ITEMS["exhibition"].has("place", "Galerie Z-Space"),
        ),
        "beyond.heading.says": both(
            statement(WRONG_HEADING).has("kind", "claim"),
            statement(WRONG_HEADING).has("document.description", REPORT),
        ),
        "beyond.yuan.name": row("people", family_name="Yuan").has("name"),
        "beyond.yuan.direction": YUANS_VISIT.has("direction"),
        "beyond.yuan.golden_book": both(
            GOLDEN_BOOK.has("city", "Düsseldorf"), GOLDEN_BOOK.has("signers.person", ["Yuan Jiajun"])
        ),
        "beyond.yuan.round_table": item("Runder Tisch mit der Handelskammer", YUANS_TITLE).has(
            "organisations.kind", ["chamber"]
        ),
        "beyond.yuan.date": both(YUANS_VISIT.has("starts_on", None), GOLDEN_BOOK.has("on", None)),
        "beyond.yuan.source": YUANS_VISIT.lists("documents.publisher"),
        "beyond.geisel.name": row("participants", delegation=GEISELS_TITLE, role="head").has("person"),
        "beyond.geisel.office": taking_part("Thomas Geisel", GEISELS_TITLE).has("post.title_de"),
        "beyond.geisel.length": GEISELS_TRIP.has(
            "dates_note", "drei Tage ab Samstag, 26. November; die Quelle nennt kein Jahr"
        ),
        "beyond.geisel.start": GEISELS_TRIP.has("starts_on", None),
        "beyond.geisel.companion": row("participants", delegation=GEISELS_TITLE, role="member").has("person"),
        "beyond.geisel.hospital": item("Besuch im Xinqiao-Krankenhaus", GEISELS_TITLE).has(
            "organisations", ["Xinqiao-Krankenhaus"]
        ),
        "beyond.geisel.artists_house": item("Besuch im Künstlerhaus Organhaus", GEISELS_TITLE).lists(
            "organisations"
        ),
        "beyond.geisel.source": GEISELS_TRIP.has("documents.description", [GEISEL_PAGE]),
        "beyond.exchanges.artists_since": both(
            ARTISTS.has("starts_on"), ARTISTS.has("statements.document.description", [GEISEL_PAGE])
        ),
        "beyond.exchanges.school_since": both(SCHOOLS.has("starts_on"), SCHOOLS.has("kind", "exchange")),
        "beyond.hu.mayor_since": row("tenures", person=HU, post=MAYOR).has("since"),
        "beyond.hu.source": row("tenures", person=HU).has("source.description", CHINESE_PAGES),
        "beyond.hu.contact": both(
            row("people", name=HU).has("do_not_contact", "protocol_first"),
            row("people", name=HU).has(
                "do_not_contact_reason",
                "Vor jedem Kontakt das Protokoll fragen: Der Stand der Amtszeit ist zu prüfen.",
            ),
        ),
    },
)

# Of the difficulties those that a row can show.
tell(
    facts,
    {
        "difficulties.legs": both(
            row("stops", delegation=TRIP_TITLE, order=1).has("city", "Seoul"),
            TRIP.has("partnership", "Düsseldorf–Chongqing"),
        ),
        "difficulties.host": row("organisations", title="Deutsches Generalkonsulat").has("kind", "mission"),
        "difficulties.travelling": EXHIBITION.has("places.since", [None, "2024-10"]),
        "difficulties.first_meeting": ITEMS["meeting_hu"].has("is_first_meeting", True),
        "difficulties.investor": row("organisations", title="AIMMO").has("is_investor_at_home", True),
        "difficulties.bare_document": both(
            PAPER.has("title", ""), PAPER.has("published_on", None), PAPER.has("publisher", None)
        ),
        "difficulties.chinese_name.family_name": both(
            row("people", name=HU).has("family_name"), row("people", name=HU).has("family_name_first", True)
        ),
        "difficulties.chinese_name.own_script": row("people", name=HU).has("name_local"),
        "difficulties.chinese_name.found_by_own_script": found_by("people", "胡衡华", HU),
    },
)


@facts.fact("difficulties.chinese_name.found_by_family_name")
def found_among_others_by_family_name(api: Staff, family_name: str) -> None:
    assert api.found("people", family_name).count(HU) == 1


@facts.fact("difficulties.planned")
def announced_items_are_planned(api: Staff, planned: str) -> None:
    told_by_the_report = {"exhibition"}
    states = {
        which: found.read(api, "state") for which, found in ITEMS.items() if which not in told_by_the_report
    }
    assert set(states.values()) == {"planned"}


@facts.fact("programme.reception.when")
def reception_ends_the_trip(api: Staff, end_of_the_trip: str) -> None:
    orders = [found["order"] for found in api.all("programme-items", delegation=TRIP_TITLE)]
    assert ITEMS["reception"].read(api, "order") == max(orders)


@facts.fact("results", "agreed_projects")
def announcement_reports_no_result(api: Staff, none: str) -> None:
    # The one outcome on record is of the later report, and no project came of it.
    assert TRIP.read(api, "report") == ""
    assert row("outcomes", delegation=TRIP_TITLE).read(api, "project") is None


facts.leave_out("follows from the day, and no model repeats it", "delegation.dates.start_weekday")
facts.leave_out(
    "party posts stay out, also where a source prints them", "beyond.yuan.post", "beyond.yuan.rank"
)
facts.leave_out(
    "proceedings stay out; only the dated end of an office would be held", "beyond.hu.proceedings"
)


@pytest.mark.parametrize("reading", facts.readings, ids=str)
def test_fact_is_read_back(api: Staff, reading: Reading) -> None:
    reading(api)


def test_every_fact_is_read_or_left_out_with_a_reason() -> None:
    assert facts.counts() == (174, 4)


def test_party_post_is_not_kept(api: Staff) -> None:
    assert taking_part("Yuan Jiajun", YUANS_TITLE).read(api, "post") is None
    assert GOLDEN_BOOK.read(api, "signers.post") == [None]
    assert api.all("tenures", person="Yuan Jiajun") == []


def test_proceedings_are_not_kept(api: Staff) -> None:
    tenure = row("tenures", person=HU)
    assert (tenure.read(api, "until"), tenure.read(api, "end_reason")) == (None, "")
    assert api.all("statements", speakers=HU) == []
