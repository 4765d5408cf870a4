"""The German-Turkish twinning conference, 2020: every fact of the list is read back through the API."""

import pytest

from tests.cases.reading import Facts, Reading, Staff
from tests.cases.table import Row, both, nothing, row, tell

pytestmark = pytest.mark.django_db

ARTICLE_TITLE = "Gemeinsam urbane Zukunft gestalten: Konferenz zu deutsch-türkischen Städtepartnerschaften"
PRESS_LINE = "Erklärung zur virtuellen Konferenz und zum Runden Tisch der Bürgermeister"
CONFERENCE_TITLE = "Erste Deutsch-Türkische Städtepartnerschaftskonferenz"
ROUND_TABLE_TITLE = "Runder Tisch der Bürgermeister"
PLANNED_TITLE = "Städtepartnerschaftskonferenz in Istanbul"
KILIS_2018_TITLE = "Delegation aus Kilis in Mannheim 2018"
KILIS_2021_TITLE = "Ausbilderinnen aus Kilis in Mannheim 2021"
TEPEBASI_TITLE = "Besuch aus Tepebaşı in Treptow-Köpenick 2017"
CONTRACT_TITLE = "Partnerschaftsvertrag Treptow-Köpenick–Tepebaşı"

RANGE = "Die Konferenz lief vom 3. bis 16. Juni 2020."
WEEK = "Die Konferenz fand in der Woche des 19. Juni 2020 statt."
MINISTRY_DAYS = "Die Workshops liefen vom 3. bis 16. Juni, der Runde Tisch ist am 18. Juni 2020."
NETWORK_DAYS = "Fachworkshops am 15. und 16. Juni, Vorstellung der Ergebnisse am 18. Juni 2020."
PEOPLE = "Rund 300 Menschen nahmen an vier Tagen teil."
MORE_THAN_80 = "Es gibt mehr als 80 formale deutsch-türkische Städtepartnerschaften."
ABOUT_100 = "Es gibt rund 100 deutsch-türkische Städtepartnerschaften."
LOOSE_WORD = "Das Auswärtige Amt nennt Kilis eine Partnerstadt von Mannheim."
OWN_LIST = "Mannheims eigene Liste zählt 13 Partnerstädte; Kilis ist nicht darunter."
SINCE_2016, SINCE_2017 = "Die Projektpartnerschaft besteht seit 2016.", "Die Kooperation besteht seit 2017."
TWELFTH = "Es ist die zwölfte Partnerschaft des Bezirks."
MUENTEFERING = "Michelle Müntefering"

ARTICLE = row("documents", title=ARTICLE_TITLE)
MINISTRY = row("organisations", title="Auswärtiges Amt")
PICTURE = row("documents", description="Bild einer Stadtansicht von Istanbul")
CONFERENCE_PICTURE = row(
    "documents", description="Zukunftsbild der Konferenz zu Vernetzung und Mobilisierung"
)
CONFERENCE = row("delegations", title=CONFERENCE_TITLE)
ROUND_TABLE = row("delegations", title=ROUND_TABLE_TITLE)
PLANNED = row("delegations", title=PLANNED_TITLE)
KILIS_2018 = row("delegations", title=KILIS_2018_TITLE)
KILIS_2021 = row("delegations", title=KILIS_2021_TITLE)
TEPEBASI = row("delegations", title=TEPEBASI_TITLE)

OSNABRUECK_TIE = row("partnerships", home="Osnabrück", partner="Çanakkale")
KILIS_TIE = row("partnerships", home="Mannheim", partner="Kilis")
BOROUGH_TIE = row("partnerships", home="Treptow-Köpenick (Berlin)", partner="Tepebaşı (Eskişehir)")
BOROUGHS = "Treptow-Köpenick–Tepebaşı"
BERLIN_TIE = row("partnerships", home="Berlin", partner="Istanbul")
CONTRACT = row("agreements", title=CONTRACT_TITLE)

YOUTH = row("projects", title="Jugendaustausch Osnabrück–Çanakkale")
AMBASSADORS = row("projects", title="Städtebotschafter Osnabrück–Çanakkale")
TRAINING = row("projects", title="Ausbildung für Frauen in Kilis")
FOUNDING = row("projects", title="Existenzgründung und Integration Treptow-Köpenick–Tepebaşı")

WORKSHOPS = {
    "digitalisation": "Digitalisierung",
    "urban_development": "Nachhaltige Stadtentwicklung",
    "refugees": "Schutz von marginalisierten Gruppen und Geflüchteten",
    "youth": "Jugendpartizipation",
}
PARTNERS = {
    "staedtetag": "Deutscher Städtetag",
    "belediyeler": "Türkiye Belediyeler Birliği",
    "istanbul": "Großstadtkommune Istanbul",
    "bmz": "Bundesministerium für wirtschaftliche Zusammenarbeit und Entwicklung",
    "giz": "Deutsche Gesellschaft für Internationale Zusammenarbeit",
    "engagement": "Engagement Global",
    "skew": "Servicestelle Kommunen in der Einen Welt",
    "mercator": "Stiftung Mercator",
    "jugendbruecke": "Deutsch-Türkische Jugendbrücke",
    "connective": "Connective Cities",
    "chamber": "Deutsch-Türkische Industrie- und Handelskammer",
}


def statement(text: str) -> Row:
    return row("statements", text=text)


def at_the_table(person: str) -> Row:
    return row("participants", delegation=ROUND_TABLE_TITLE, person=person)


def group(name: str) -> Row:
    return row("participants", delegation=CONFERENCE_TITLE, group=name)


def life(kind: str, on: str) -> Row:
    return row("partnership-events", partnership=BOROUGHS, kind=kind, on=on)


facts = Facts("conference")


@facts.fact("event.workshops.*")
def workshop(api: Staff, _topic: str, which: str) -> None:
    held = api.one("programme-items", delegation=CONFERENCE_TITLE, topic=WORKSHOPS[which])
    assert (held["kind"], held["state"], held["on"]) == ("seminar", "took_place", None)


@facts.fact("beyond.partners.*")
def partner_of_the_conference(api: Staff, _partner: str, which: str) -> None:
    roles = {one["organisation"]["name"]: one["role"] for one in CONFERENCE.read(api, "partners")}
    title = row("organisations", title=PARTNERS[which]).read(api, "name")
    assert roles[title] == "Partner der Konferenz"


tell(
    facts,
    {
        "document.type": ARTICLE.has("kind", "article"),
        "document.date": ARTICLE.has("published_on"),
        "document.language": ARTICLE.has("language"),
        "document.publisher": ARTICLE.has("publisher"),
        "document.publisher_kind": both(MINISTRY.has("kind", "government"), MINISTRY.has("city", None)),
        "document.title_topic": ARTICLE.has(
            "description", "Bericht über die erste Konferenz der deutsch-türkischen Städtepartnerschaften"
        ),
        "document.picture_one.shows": PICTURE.has("kind", "photo"),
        "document.picture_one.credit": PICTURE.has("credit"),
        "document.picture_two.credit": CONFERENCE_PICTURE.has(
            "credit", "Deutsch-Türkische Städtepartnerschaftskonferenz"
        ),
        "document.licence": ARTICLE.has("licence", ""),
        "event.name": CONFERENCE.has("state", "completed"),
        "event.kind": CONFERENCE.has("kind"),
        "event.form": CONFERENCE.has("direction", "online"),
        "event.scope": both(CONFERENCE.has("home", None), CONFERENCE.has("partnership", None)),
        "event.dates.start": CONFERENCE.has("starts_on"),
        "event.dates.end": CONFERENCE.has("ends_on"),
        "event.dates.contradiction": both(
            CONFERENCE.lists("statements.text", RANGE),
            CONFERENCE.lists("statements.text", WEEK),
            statement(RANGE).has("document", ARTICLE_TITLE),
            statement(WEEK).has("document", ARTICLE_TITLE),
        ),
        "event.format": CONFERENCE.has(
            "purpose", "Austausch von Fachleuten über gute Beispiele der Zusammenarbeit"
        ),
        "event.participants.experts": group("Fachleute").has("person", None),
        "event.participants.administrations": group("Kommunalverwaltungen").has("bench", "administration"),
        "event.participants.youth": group("Jugendorganisationen").has("bench", "civil_society"),
        "event.participants.numbers": CONFERENCE.has("size", None),
        "people.muentefering.name": row("people", name=MUENTEFERING).has("family_name"),
        "people.muentefering.office": row("tenures", person=MUENTEFERING).has("post.title_de"),
        "people.muentefering.organisation": row("tenures", person=MUENTEFERING).has("post.organisation"),
        "people.muentefering.role": row("statements", kind="quotation", speakers=MUENTEFERING).has(
            "document", ARTICLE_TITLE
        ),
        "cities_and_ties.osnabrueck.pair": OSNABRUECK_TIE.has("name", "Osnabrück–Çanakkale"),
        "cities_and_ties.osnabrueck.kind": OSNABRUECK_TIE.has("kind", "partnership"),
        "cities_and_ties.osnabrueck.activity": both(
            YOUTH.has("kind", "exchange"),
            OSNABRUECK_TIE.lists(
                "statements.text", "Jugendliche aus Osnabrück und Çanakkale besuchen einander regelmäßig."
            ),
        ),
        "cities_and_ties.mannheim.pair": both(
            KILIS_TIE.has("home", "Mannheim"), row("cities", name_de="Mannheim").has("is_home", True)
        ),
        "cities_and_ties.mannheim.kind": both(
            statement(LOOSE_WORD).has("document", ARTICLE_TITLE), statement(LOOSE_WORD).has("kind", "claim")
        ),
        "cities_and_ties.mannheim.activity": both(
            TRAINING.has("kind", "training"), TRAINING.has("cities", ["Kilis", "Mannheim"])
        ),
        "cities_and_ties.treptow.pair": BOROUGH_TIE.has("name", BOROUGHS),
        "cities_and_ties.treptow.kind": both(
            row("cities", name_de="Treptow-Köpenick").has("kind", "district"),
            row("cities", name_de="Tepebaşı").has("kind", "district"),
        ),
        "cities_and_ties.treptow.first_parent": row("cities", name_de="Treptow-Köpenick").has("parent"),
        "cities_and_ties.treptow.second_parent": row("cities", name_de="Tepebaşı").has("parent"),
        "cities_and_ties.treptow.activity": FOUNDING.has(
            "summary", "Gründungen in der Sozial- und Kreativwirtschaft und Integration von Geflüchteten."
        ),
        "cities_and_ties.berlin.pair": BERLIN_TIE.has("name", "Berlin–Istanbul"),
        "cities_and_ties.berlin.kind": BERLIN_TIE.has("kind", "partnership"),
        "cities_and_ties.berlin.others": both(
            BERLIN_TIE.lists(
                "statements.text", "Istanbul ist Partnerstadt von Berlin und von weiteren Städten."
            ),
            statement("Istanbul ist Partnerstadt von Berlin und von weiteren Städten.").has(
                "document.credit", "imageBROKER"
            ),
        ),
        "statistics.partnerships": both(
            statement(MORE_THAN_80).has("kind", "figure"),
            statement(MORE_THAN_80).has("on", "2020-06-19"),
            statement(MORE_THAN_80).has("document", ARTICLE_TITLE),
        ),
        "results": nothing("outcomes", delegation=CONFERENCE_TITLE),
        "agreed_projects": nothing("programme-items", delegation=CONFERENCE_TITLE, kind="signing"),
        "follow_ups": nothing("follow-ups", delegation=CONFERENCE_TITLE),
        "projects_running.youth.name": YOUTH.has("state", "running"),
        "projects_running.youth.first_city": YOUTH.lists("cities"),
        "projects_running.youth.second_city": YOUTH.lists("cities"),
        "projects_running.youth.topic": YOUTH.has("themes", ["Jugend"]),
        "projects_running.women.name": TRAINING.has("kind", "training"),
        "projects_running.women.first_city": TRAINING.lists("cities"),
        "projects_running.women.second_city": TRAINING.lists("cities"),
        "projects_running.women.topic_one": TRAINING.lists("themes", "Geflüchtete"),
        "projects_running.women.topic_two": TRAINING.lists("themes", "Arbeit"),
        "projects_running.founding.name": FOUNDING.has("state", "running"),
        "projects_running.founding.first_city": FOUNDING.lists("cities", "Treptow-Köpenick (Berlin)"),
        "projects_running.founding.second_city": FOUNDING.lists("cities", "Tepebaşı (Eskişehir)"),
        "projects_running.founding.topic_one": FOUNDING.lists("themes", "Wirtschaft"),
        "projects_running.founding.topic_two": FOUNDING.lists("themes", "Geflüchtete"),
    },
)

# What other sources add, each with its own document.
tell(
    facts,
    {
        "beyond.dates.ministry_workshops": CONFERENCE.lists("statements.text", MINISTRY_DAYS),
        "beyond.dates.ministry_round_table": both(
            ROUND_TABLE.has("starts_on", "2020-06-18"),
            ROUND_TABLE.has("size", 20),
            ROUND_TABLE.has("parent", CONFERENCE_TITLE),
        ),
        "beyond.dates.ministry_source": both(
            statement(MINISTRY_DAYS).has("document.publisher", "Auswärtiges Amt"),
            statement(MINISTRY_DAYS).has("document.description", PRESS_LINE),
        ),
        "beyond.dates.ministry_source_date": statement(MINISTRY_DAYS).has("document.published_on"),
        "beyond.figures.people": statement(PEOPLE).has("kind", "figure"),
        "beyond.figures.days": CONFERENCE.lists("statements.text", PEOPLE),
        "beyond.figures.partnerships": both(
            statement(ABOUT_100).has("kind", "figure"), CONFERENCE.lists("statements.text", ABOUT_100)
        ),
        "beyond.figures.source": both(
            statement(PEOPLE).has("document.publisher"), statement(ABOUT_100).has("document.publisher")
        ),
        "beyond.planned.place": row("stops", delegation=PLANNED_TITLE).has("city"),
        "beyond.planned.from": PLANNED.has("starts_on"),
        "beyond.planned.until": PLANNED.has("ends_on"),
        "beyond.planned.moved": both(
            PLANNED.has("state", "postponed"),
            PLANNED.has("dates_note", "wegen der Pandemie verlegt; ein Treffen in Präsenz sollte folgen"),
        ),
        "beyond.planned.to_follow": PLANNED.has(
            "statements.text", ["Auf die virtuelle Konferenz soll ein Treffen in Präsenz folgen."]
        ),
        "beyond.round_table.mueller": at_the_table("Michael Müller").has("person"),
        "beyond.round_table.mueller_city": at_the_table("Michael Müller").has("organisation.city"),
        "beyond.round_table.imamoglu": at_the_table("Ekrem İmamoğlu").has("person"),
        "beyond.round_table.imamoglu_city": at_the_table("Ekrem İmamoğlu").has("organisation.city"),
        "beyond.round_table.onay": at_the_table("Belit Onay").has("person"),
        "beyond.round_table.onay_city": at_the_table("Belit Onay").has("organisation.city"),
        "beyond.round_table.onay_role": at_the_table("Belit Onay").has("role"),
        "beyond.round_table.sahin": at_the_table("Fatma Şahin").has("person"),
        "beyond.round_table.sahin_city": at_the_table("Fatma Şahin").has("organisation.city"),
        "beyond.round_table.sahin_role": at_the_table("Fatma Şahin").has("role"),
        "beyond.round_table.muentefering": at_the_table(MUENTEFERING).has("person"),
        "beyond.round_table.muentefering_role": both(
            at_the_table(MUENTEFERING).has("role", "speaker"),
            at_the_table(MUENTEFERING).has("note", "Videobotschaft"),
        ),
        "beyond.round_table.kiran": at_the_table("Yavuz Selim Kıran").has("person"),
        "beyond.round_table.kiran_office": at_the_table("Yavuz Selim Kıran").has(
            "post.title_de", "Vize-Außenminister"
        ),
        "beyond.round_table.kiran_role": at_the_table("Yavuz Selim Kıran").has("note", "Videobotschaft"),
        "beyond.osnabrueck.signed": both(
            OSNABRUECK_TIE.has("founded", "2004-05"),
            row("partnership-events", partnership="Osnabrück–Çanakkale").has("kind", "signed"),
        ),
        "beyond.osnabrueck.source": row("partnership-events", partnership="Osnabrück–Çanakkale").has(
            "source.publisher"
        ),
        "beyond.osnabrueck.ambassadors": AMBASSADORS.has(
            "summary", "Städtebotschafter arbeiten je ein Jahr lang in der anderen Stadt."
        ),
        "beyond.mannheim.kind": KILIS_TIE.has("kind", "project"),
        "beyond.mannheim.from_one": both(
            KILIS_TIE.lists("statements.text", SINCE_2016), KILIS_TIE.has("founded", None)
        ),
        "beyond.mannheim.from_other": KILIS_TIE.lists("statements.text", SINCE_2017),
        "beyond.mannheim.trainers": TRAINING.lists(
            "statements.text", "In der ersten Phase wurden 16 Ausbilderinnen geschult."
        ),
        "beyond.mannheim.money": both(
            TRAINING.has("funding.amount", ["50000.00"]), TRAINING.has("funding.currency", ["EUR"])
        ),
        "beyond.mannheim.money_from": TRAINING.has("funding.programme", ["Bundesmittel, erste Phase"]),
        "beyond.mannheim.press_conference": row(
            "programme-items", delegation=KILIS_2018_TITLE, kind="press"
        ).has("on"),
        "beyond.mannheim.press_guests": row("participants", delegation=KILIS_2018_TITLE).has(
            "group", "Delegation aus Kilis"
        ),
        "beyond.mannheim.centre": row(
            "partnership-events", on="2021-09", reason="Das Bildungszentrum wurde eröffnet."
        ).has("kind", "other"),
        "beyond.mannheim.visit_people": both(
            KILIS_2021.has("size", 14), row("stops", delegation=KILIS_2021_TITLE).has("city", "Mannheim")
        ),
        "beyond.mannheim.visit_from": KILIS_2021.has("starts_on"),
        "beyond.mannheim.visit_until": KILIS_2021.has("ends_on"),
        "beyond.mannheim.own_list": both(
            KILIS_TIE.lists("statements.text", OWN_LIST), statement(OWN_LIST).has("kind", "figure")
        ),
        "beyond.mannheim.source_one": statement(SINCE_2016).has("document.publisher"),
        "beyond.mannheim.source_two": both(
            statement(SINCE_2017).has("document.publisher"), KILIS_2018.lists("documents.publisher")
        ),
        "beyond.mannheim.source_three": KILIS_2021.lists("documents.publisher"),
        "beyond.mannheim.source_four": statement(OWN_LIST).has("document.publisher"),
        "beyond.mannheim.contradiction": both(
            KILIS_TIE.lists("statements.text", LOOSE_WORD), KILIS_TIE.has("kind", "project")
        ),
        "beyond.mannheim.ended": both(
            KILIS_TIE.has("ended_on"), KILIS_TIE.has("status", "ended"), TRAINING.has("ends_on")
        ),
        "beyond.treptow.declaration": life("other", "2010").has(
            "reason", "Gemeinsame Erklärung beider Bezirke"
        ),
        "beyond.treptow.decision": both(
            BOROUGH_TIE.has("decision.on", "2016-05"),
            BOROUGH_TIE.has("decision.body", "Bezirksamt Treptow-Köpenick"),
            life("council_decision", "2016-05").has("source.publisher", "partner-tk.de"),
        ),
        "beyond.treptow.called_off": life("other", "2017-03").has(
            "reason", "Ein erster Termin der Unterzeichnung wurde abgesagt."
        ),
        "beyond.treptow.called_off_by": life("other", "2017-03").has("decided_by", "die türkische Seite"),
        "beyond.treptow.signed": both(
            BOROUGH_TIE.has("founded"),
            CONTRACT.has("signed_on"),
            row("programme-items", delegation=TEPEBASI_TITLE, kind="signing").has("on"),
        ),
        "beyond.treptow.signed_at": CONTRACT.has("place"),
        "beyond.treptow.signed_by_one": row(
            "signatures", agreement=CONTRACT_TITLE, for_city="Treptow-Köpenick (Berlin)"
        ).has("person"),
        "beyond.treptow.signed_by_other": row(
            "signatures", agreement=CONTRACT_TITLE, for_city="Tepebaşı (Eskişehir)"
        ).has("person"),
        "beyond.treptow.present": row("signatures", agreement=CONTRACT_TITLE, is_witness=True).has("person"),
        "beyond.treptow.present_office": row("signatures", agreement=CONTRACT_TITLE, is_witness=True).has(
            "post.title_de", "Generalkonsul"
        ),
        "beyond.treptow.visit_from": TEPEBASI.has("starts_on"),
        "beyond.treptow.visit_until": TEPEBASI.has("ends_on"),
        "beyond.treptow.count": both(
            BOROUGH_TIE.has("statements.text", [TWELFTH]), statement(TWELFTH).has("kind", "figure")
        ),
        "beyond.treptow.source_one": life("signed", "2017-11-17").has("source.publisher"),
        "beyond.treptow.source_two": statement(TWELFTH).has("document.publisher"),
        "beyond.treptow.source_three": life("other", "2010").has("source.publisher"),
    },
)

# Of the difficulties those that a row can show.
tell(
    facts,
    {
        "difficulties.virtual": both(
            CONFERENCE.has("direction", "online"),
            CONFERENCE.has("home", None),
            nothing("stops", delegation=CONFERENCE_TITLE),
        ),
        "difficulties.parent_place": row("cities", name_de="Tepebaşı").has("parent", "Eskişehir"),
        "difficulties.other_partners.linz": row("partnerships", name="Linz–Eskişehir").has(
            "kind", "partnership"
        ),
        "difficulties.kind_from_city": both(
            KILIS_TIE.has("kind", "project"), statement(LOOSE_WORD).has("kind", "claim")
        ),
        "difficulties.project_alone": both(
            FOUNDING.has("partnerships", [BOROUGHS]), FOUNDING.has("themes", ["Geflüchtete", "Wirtschaft"])
        ),
        "difficulties.statistic": both(
            statement(MORE_THAN_80).has("on", "2020-06-19"),
            statement(MORE_THAN_80).has("document", ARTICLE_TITLE),
        ),
        "difficulties.office_ended": both(
            row("tenures", person=MUENTEFERING).has("until", "2021-12"),
            row("tenures", person=MUENTEFERING).has("since", None),
        ),
    },
)


@facts.fact(
    "beyond.dates.rgre_workshops",
    "beyond.dates.rgre_presentation",
    "beyond.dates.rgre_source",
    "beyond.dates.connective_source",
    "difficulties.two_statements",
)
def days_of_the_networks_are_kept_with_both_papers(api: Staff) -> None:
    told = api.all("statements", text=NETWORK_DAYS)
    publishers = [api.row("documents", one["document"])["publisher"]["name"] for one in told]
    assert sorted(publishers) == ["connective-cities.net", "rgre.de"]
    assert CONFERENCE.read(api, "statements.text").count(NETWORK_DAYS) == 2


@facts.fact("difficulties.family_name")
def article_knows_the_family_name_only(api: Staff) -> None:
    # The given name comes from the press line. None is needed, as Berlin's visit of 2009 shows.
    assert row("people", family_name="Wowereit").read(api, "given_names") == ""
    assert row("people", name=MUENTEFERING).read(api, "family_name") == "Müntefering"


facts.leave_out("belongs to the web page, not to the facts", "document.noise")
facts.leave_out("a tie of another office, in none of our papers", "difficulties.other_partners.frankfurt")


@pytest.mark.parametrize("reading", facts.readings, ids=str)
def test_fact_is_read_back(api: Staff, reading: Reading) -> None:
    reading(api)


def test_every_fact_is_read_or_left_out_with_a_reason() -> None:
    assert facts.counts() == (152, 2)
