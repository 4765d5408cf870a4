"""Duisburg travels to Istanbul and Gaziantep, 2023: every fact of the list is read back through the API."""

import pytest

from tests.cases.reading import Facts, names

pytestmark = pytest.mark.django_db

facts = Facts("duisburg")

TRIP = "Duisburger Delegationsreise nach Istanbul und Gaziantep 2023"
RELEASE = (
    "Duisburger Delegationsreise festigt Partnerschaft und wirtschaftliche Kooperation"
    " mit Istanbul und Gaziantep"
)
COMPANY = "Duisburg Business & Innovation GmbH"
TIE = "Duisburg–Gaziantep"
CONTRACT = "Partnerschaftsvertrag Duisburg–Gaziantep"
FAMILY_NAMES = {"link": "Link", "sahin": "Şahin", "beck": "Beck", "haening": "Häning"}
COUNTRIES = {"Germany": "DE", "Turkey": "TR"}
ITEMS = {
    "university": "Austausch mit der Türkisch-Deutschen Universität",
    "start_ups": "Gespräche über Start-up-Initiativen",
    "hydrogen": "Gespräche über grünen Wasserstoff",
    "industry": "Besuche wichtiger Industriestandorte",
    "port": "Besuch des Hafens Haydarpaşa",
    "evening": "Duisburg-Abend",
    "reception": "Offizieller Empfang durch Fatma Şahin",
    "visited_start_ups": "Besuche innovativer Start-ups",
    "energy": "Gespräche mit dem städtischen Energiemanagement",
    "zone": "Besuch des Industrie- und Gewerbegebiets",
}
FOLLOW_UPS = {
    "results": "Ergebnisse der Reise nach Istanbul und Gaziantep festhalten",
    "cooperation": "Zusammenarbeit mit Istanbul und Gaziantep nach dem ersten Austausch fortführen",
}


def trip(api):
    return api.one("delegations", title=TRIP)


def item(api, which):
    return api.one("programme-items", delegation=TRIP, title=ITEMS[which])


def city_of(api, programme_item):
    return api.row("stops", programme_item["stop"])["city"]["name"]


def statement_of_the_trip(api, text):
    statement = api.one("statements", text=text)
    assert statement["id"] in [one["id"] for one in trip(api)["statements"]]
    assert (statement["document"]["name"], statement["on"]) == (RELEASE, "2023-09-04")
    return statement


def person(api, who):
    return api.one("people", family_name=FAMILY_NAMES[who])


def tenures(api, who):
    return api.all("tenures", person=person(api, who))


def participation(api, who):
    return api.one("participants", delegation=TRIP, person=person(api, who))


def page_of_duisburg(api):
    return api.one("documents", description="Seite von duisburg.de über die Partnerstadt Gaziantep")


# --- the paper ---


@facts.fact("document.type")
def document_kind(api, kind):
    assert api.one("documents", title=RELEASE)["kind"] == kind.replace(" ", "_")


@facts.fact("document.date", "document.date_precision")
def document_date(api):
    # Ten letters are a day: a month has seven, a year four.
    assert api.one("documents", title=RELEASE)["published_on"] == "2023-09-04"


@facts.fact("document.language")
def document_language(api, language):
    assert api.one("documents", title=RELEASE)["language"] == language


@facts.fact("document.publisher")
def document_publisher(api, publisher):
    assert api.one("documents", title=RELEASE)["publisher"]["name"] == publisher


@facts.fact("document.publisher_is", "difficulties.publisher")
def publisher_is_a_company_of_the_city(api):
    publisher = api.one("organisations", title=COMPANY)
    assert (publisher["kind"], publisher["parent"]["name"]) == ("company", "Stadt Duisburg")


@facts.fact("document.press_contact.name")
def press_contact(api, name):
    assert api.one("documents", title=RELEASE)["press_contact"]["name"] == name


@facts.fact("document.press_contact.organisation")
def press_contact_organisation(api, organisation):
    [tenure] = tenures(api, "haening")
    assert api.row("posts", tenure["post"])["organisation"]["name"] == organisation


@facts.fact("document.title_topic")
def document_topic(api):
    # The title is printed; the topic says the same in English.
    assert api.one("documents", title=RELEASE)["description"] == (
        "Reise einer Duisburger Delegation nach Istanbul und Gaziantep, während der Reise geschrieben"
    )


@facts.fact("document.licence")
def document_licence(api):
    document = api.one("documents", title=RELEASE)
    assert (document["licence"], document["credit"], document["url"]) == ("", "", "")


@facts.fact("document.dateline.*")
def dateline(api, city):
    assert RELEASE in names(api.one("cities", name_de=city)["documents"])


# --- cities and ties ---


@facts.fact("cities.*.name")
def city_name(api, name):
    assert api.one("cities", name_de=name)["name"] == name


@facts.fact("cities.*.country")
def city_country(api, country, which):
    assert api.one("cities", name_de=which.capitalize())["country"] == COUNTRIES[country]


@facts.fact("cities.duisburg.role")
def home_city(api):
    assert api.one("cities", name_de="Duisburg")["is_home"] is True


@facts.fact("cities.istanbul.tie_to_home")
def istanbul_has_no_tie_to_duisburg(api):
    assert names(api.all("partnerships", home="Duisburg")) == [TIE]
    assert api.all("partnerships", partner="Duisburg") == []


@facts.fact("cities.istanbul.note")
def partnership_of_three_is_only_claimed(api):
    claim = statement_of_the_trip(
        api,
        "Die Mitteilung spricht von einer Partnerschaft von Duisburg, Istanbul und Gaziantep; "
        "Istanbul ist keine Partnerstadt.",
    )
    assert (claim["kind"], claim["speakers"]) == ("claim", [])


@facts.fact("cities.gaziantep.tie_to_home", "ties.duisburg_gaziantep.pair", "ties.duisburg_gaziantep.kind")
def partner_city(api):
    tie = api.one("partnerships", name=TIE)
    assert (tie["home"]["name"], tie["partner"]["name"]) == ("Duisburg", "Gaziantep")
    assert tie["kind"] == "partnership"


@facts.fact("ties.duisburg_gaziantep.founded")
def founding_date_comes_from_elsewhere(api):
    sources = names([event["source"] for event in api.all("partnership-events", partnership=TIE)])
    assert sources == [page_of_duisburg(api)["name"]] * 3
    note = api.one("partnerships", name=TIE)["founded_note"]
    assert note.startswith("Tag der Unterzeichnung nach der Seite der Stadt Duisburg.")


@facts.fact("cities.gaziantep.note")
def near_the_border(api):
    assert api.one("cities", name_de="Gaziantep")["notes"] == "Nahe der Grenze zu Syrien."


@facts.fact("cities.gaziantep.founding_date")
def release_gives_no_founding_date(api):
    assert api.all("statements", document=RELEASE, kind="date") == []
    assert api.all("partnership-events", source=RELEASE) == []


# --- the delegation ---


@facts.fact("delegation.direction")
def direction(api, direction):
    assert (trip(api)["direction"], trip(api)["kind"]) == (direction, "official")
    assert (trip(api)["partnership"]["name"], names(trip(api)["documents"])) == (TIE, [RELEASE])


@facts.fact("delegation.home")
def home(api, home):
    assert trip(api)["home"]["name"] == home


@facts.fact("delegation.dates.start", "delegation.dates.end", "difficulties.no_dates")
def dates_are_not_known(api):
    assert (trip(api)["starts_on"], trip(api)["ends_on"]) == (None, None)


@facts.fact("delegation.dates.note", "delegation.dates.precision")
def under_way_on_the_day_of_the_release(api):
    assert trip(api)["state"] == "under_way"
    assert trip(api)["dates_note"] == (
        "Am 4. September 2023 bereits unterwegs; Beginn und Ende sind nicht bekannt."
    )


@facts.fact("delegation.head")
def head(api, name):
    assert api.one("participants", delegation=TRIP, role="head")["person"]["name"] == name


@facts.fact("delegation.composition.*")
def composition(api, bench):
    assert bench in trip(api)["benches"]
    assert len(trip(api)["benches"]) == 3


@facts.fact("delegation.size")
def size(api):
    assert trip(api)["size"] is None


@facts.fact("delegation.legs.*.order", "delegation.legs.*.city")
def legs(api):
    stops = [(stop["order"], stop["city"]["name"]) for stop in api.all("stops", delegation=TRIP)]
    assert stops == [(1, "Istanbul"), (2, "Gaziantep")]


@facts.fact("delegation.legs.second.note")
def second_part(api):
    assert api.one("stops", delegation=TRIP, order=2)["note"] == "Zweiter Teil der Reise"


# --- people ---


@facts.fact("people.*.name")
def person_name(api, name, who):
    assert person(api, who)["name"] == name
    assert api.found("people", name) == [name]


@facts.fact("people.link.office", "people.beck.office")
def office(api, office):
    who = {"Oberbürgermeister": "link", "Geschäftsführer": "beck"}[office]
    assert api.row("posts", participation(api, who)["post"])["title_de"] == office


@facts.fact("people.sahin.office", "difficulties.office_not_printed")
def office_of_the_counterpart_is_not_invented(api):
    post = api.row("posts", participation(api, "sahin")["post"])
    assert (post["title_de"], post["title_en"], post["title_local"]) == ("", "", "")
    assert post["is_head_of_city"] is True


@facts.fact("people.haening.office")
def office_of_the_press_contact(api):
    [tenure] = tenures(api, "haening")
    assert api.row("posts", tenure["post"])["title_de"] == "Pressekontakt"


@facts.fact("people.*.organisation")
def organisation(api, organisation, who):
    posts = [api.row("posts", one["post"]) for one in tenures(api, who) if one["source"]["name"] == RELEASE]
    assert names([post["organisation"] for post in posts]) == [organisation]
    taking_part = api.all("participants", delegation=TRIP, person=person(api, who))
    assert {one["organisation"]["name"] for one in taking_part} <= {organisation}


@facts.fact("people.link.role")
def role_of_link(api):
    link = participation(api, "link")
    assert (link["side"], link["role"], link["organisation"]["name"]) == (
        "delegation",
        "head",
        "Stadt Duisburg",
    )


@facts.fact("people.sahin.role")
def role_of_sahin(api):
    sahin = participation(api, "sahin")
    assert (sahin["side"], sahin["role"]) == ("host", "host")
    assert city_of(api, sahin) == "Gaziantep"
    assert item(api, "reception")["hosts"] == [{"id": sahin["id"], "name": sahin["name"]}]


@facts.fact("people.beck.role")
def role_of_beck(api):
    beck = participation(api, "beck")
    assert (beck["role"], beck["attended"]) == ("member", None)
    assert beck["note"] == "Dass er mitreist, ist erschlossen; die Mitteilung sagt es nicht."


@facts.fact("people.haening.role", "difficulties.contact_no_participant")
def press_contact_is_no_participant(api):
    assert api.all("participants", person=person(api, "haening")) == []
    assert api.one("documents", title=RELEASE)["press_contact"]["name"] == "Marc Oliver Häning"


@facts.fact("people.*.quoted")
def quoted(api, _yes, who):
    text = {
        "link": "Nachhaltigkeit gelingt nur gemeinsam und international; mit den Freunden in der Türkei kann "
        "Duisburg in der grünen Transformation vorangehen, und der Austausch ist ein Anfang, auch aus "
        "Verpflichtung gegenüber der türkischen Gemeinschaft in Duisburg.",
        "beck": "Die Türkei hat Stärken, die Duisburg für den Umbau seiner Industrie braucht, vor allem "
        "Innovationskraft; vom Wissenstransfer bei Klimaschutztechnologien haben beide Seiten etwas.",
    }[who]
    quotation = statement_of_the_trip(api, text)
    assert (quotation["kind"], names(quotation["speakers"])) == ("quotation", [person(api, who)["name"]])


# --- the programme ---


@facts.fact("programme.*.leg")
def leg(api, city, which):
    assert city_of(api, item(api, which)) == city


@facts.fact("programme.*.item")
def there_is_the_item(api, _title, which):
    position = list(ITEMS).index(which) + 1
    assert api.one("programme-items", delegation=TRIP, order=position)["title"] == ITEMS[which]
    assert len(api.all("programme-items", delegation=TRIP)) == len(ITEMS)


@facts.fact("programme.*.kind")
def kind_of_item(api, kind, which):
    assert item(api, which)["kind"] == kind.replace(" ", "_")


@facts.fact("programme.*.names", "visited_organisations.unnamed", "difficulties.unnamed_companies")
def companies_without_names(api):
    # They can be counted, and named later: the relation is empty, not missing.
    visits = api.all("programme-items", delegation=TRIP, kind="company_visit")
    assert [visit["title"] for visit in visits] == [ITEMS["industry"], ITEMS["visited_start_ups"]]
    assert [visit["organisations"] for visit in visits] == [[], []]


@facts.fact("programme.port.marked_as")
def highlight(api):
    assert names(api.all("programme-items", delegation=TRIP, is_highlight=True)) == [ITEMS["port"]]


@facts.fact("programme.port.compared_with")
def compared_with_the_port_at_home(api):
    assert item(api, "port")["topic"] == "Vergleich mit dem Hafen von Duisburg"


@facts.fact("programme.evening.leg_known")
def leg_by_implication(api):
    assert item(api, "evening")["note"] == "Die Station ist erschlossen."


@facts.fact("programme.evening.topic")
def topic_of_the_evening(api):
    assert item(api, "evening")["topic"] == "Klimaneutrale Transformation der Industrie"


@facts.fact("programme.evening.guests.*", "programme.evening.guests_from")
def guests_of_the_evening(api):
    guests = [api.row("participants", guest) for guest in item(api, "evening")["attendees"]]
    assert {(guest["delegation"]["name"], city_of(api, guest)) for guest in guests} == {(TRIP, "Istanbul")}
    assert {guest["bench"] for guest in guests} == {"politics", "business", "science"}
    assert {guest["role"] for guest in guests} == {"guest"}
    assert [guest["group"].endswith("beider Städte") for guest in guests] == [True] * 3


@facts.fact("visited_organisations.named.*")
def visited_organisation(api, _name, which):
    title, kind, city = {
        "university": ("Türkisch-Deutsche Universität", "university", "Istanbul"),
        "port": ("Hafen Haydarpaşa", "other", "Istanbul"),
        "energy": ("Städtisches Energiemanagement", "administration", "Gaziantep"),
        "zone": ("Industrie- und Gewerbegebiet", "other", "Gaziantep"),
    }[which]
    visited = api.one("organisations", title=title)
    assert (visited["kind"], visited["city"]["name"]) == (kind, city)
    assert [one["id"] for one in item(api, which)["organisations"]] == [visited["id"]]


# --- what it was about, and what came of it ---


@facts.fact("topics.*")
def topic(api, topic):
    theme = {
        "shortage of skilled workers": "Fachkräfte",
        "start-ups": "Start-ups",
        "green hydrogen": "Grüner Wasserstoff",
        "climate-neutral transformation of industry": "Klimaneutrale Industrie",
        "logistics": "Logistik",
        "knowledge transfer in climate technology": "Klimaschutztechnologien",
        "culture": "Kultur",
        "education": "Bildung",
    }[topic]
    assert theme in names(trip(api)["themes"])
    assert len(trip(api)["themes"]) == 8


@facts.fact("results")
def no_results_yet(api, results):
    assert api.all("outcomes", delegation=TRIP) == results
    assert trip(api)["report"] == ""


@facts.fact("agreed_projects")
def no_agreed_projects(api, projects):
    assert api.all("projects", cities="Duisburg") == projects


@facts.fact("follow_ups.*.who")
def owner_of_the_follow_up(api, who, which):
    follow_up = api.one("follow-ups", title=FOLLOW_UPS[which])
    assert (follow_up["owed_by"], follow_up["organisation"]["name"]) == ("us", who)


@facts.fact("follow_ups.*.what")
def open_follow_up(api, _what, which):
    follow_up = api.one("follow-ups", title=FOLLOW_UPS[which])
    assert (follow_up["state"], follow_up["due_on"]) == ("open", None)
    assert follow_up["delegation"]["name"] == TRIP


@facts.fact("follow_ups.*.implied")
def follow_up_by_implication(api, _yes, which):
    text = api.one("follow-ups", title=FOLLOW_UPS[which])["text"]
    assert text == "Erschlossen, keine ausdrückliche Zusage."


@facts.fact("claims_not_facts.*")
def claim_with_its_speaker(api, _claim, which):
    kind, text = {
        "turkish": ("figure", "Ein Drittel der Menschen in Duisburg spricht Türkisch."),
        "decades": ("claim", "Duisburg ist mit der Türkei seit mehr als sechs Jahrzehnten verbunden."),
        "largest": (
            "claim",
            "Duisburg hat den größten Stahlstandort und den größten Binnenhafen in Europa.",
        ),
    }[which]
    claim = statement_of_the_trip(api, text)
    assert (claim["kind"], names(claim["speakers"])) == (kind, ["Rasmus C. Beck"])
    duisburg = api.one("cities", name_de="Duisburg")
    assert (duisburg["population"], duisburg["notes"]) == (None, "")


# --- what other sources add ---


@facts.fact("beyond.first_talks.*", "beyond.tie_source")
def first_contact(api):
    event = api.one("partnership-events", partnership=TIE, kind="first_contact")
    assert (event["on"], event["reason"]) == ("2004-11", "Erste freundschaftliche Gespräche")
    assert event["source"]["id"] == page_of_duisburg(api)["id"]
    assert page_of_duisburg(api)["publisher"]["name"] == "Stadt Duisburg"


@facts.fact("beyond.council.*")
def council_decision(api):
    decision = api.one("decisions", body="Rat der Stadt Duisburg")
    assert (decision["on"], decision["result"]) == ("2005-03-14", "einstimmig")
    event = api.one("partnership-events", partnership=TIE, kind="council_decision")
    assert (event["on"], event["decision"]["id"]) == ("2005-03-14", decision["id"])
    assert event["source"]["id"] == page_of_duisburg(api)["id"]
    assert api.one("partnerships", name=TIE)["decision"]["id"] == decision["id"]


@facts.fact("beyond.contract.what", "beyond.contract.on", "beyond.contract.place")
def contract(api):
    signed = api.one("agreements", title=CONTRACT)
    assert (signed["kind"], signed["state"], signed["signed_on"]) == ("charter", "signed", "2005-06-03")
    assert signed["place"] == "Mercatorzimmer, Rathaus Duisburg"
    assert signed["partnership"]["name"] == TIE
    assert sorted(names(signed["cities"])) == ["Duisburg", "Gaziantep"]
    assert signed["decision"]["id"] == api.one("decisions", body="Rat der Stadt Duisburg")["id"]
    assert [one["id"] for one in signed["documents"]] == [page_of_duisburg(api)["id"]]
    event = api.one("partnership-events", partnership=TIE, kind="signed")
    assert (event["on"], event["source"]["id"]) == ("2005-06-03", page_of_duisburg(api)["id"])
    assert api.one("partnerships", name=TIE)["founded"] == "2005-06-03"


@facts.fact("beyond.contract.during")
def signed_during_a_visit(api):
    visit = api.one("delegations", title="Besuch aus Gaziantep in Duisburg 2005")
    assert (visit["direction"], visit["home"]["name"]) == ("inbound", "Duisburg")
    assert (visit["partnership"]["name"], visit["state"]) == (TIE, "completed")
    assert [one["id"] for one in visit["documents"]] == [page_of_duisburg(api)["id"]]
    assert (visit["starts_on"], visit["ends_on"]) == (None, None)
    signing = api.one("programme-items", delegation=visit)
    assert (signing["kind"], signing["on"], signing["agreement"]["name"]) == (
        "signing",
        "2005-06-03",
        CONTRACT,
    )
    assert (signing["state"], city_of(api, signing)) == ("took_place", "Duisburg")
    assert signing["place"] == "Mercatorzimmer, Rathaus Duisburg"


@facts.fact("beyond.sahin_chair.*")
def two_offices_at_the_same_time(api):
    held = api.get("tenures", on="2020-06-15", person=person(api, "sahin")["id"])["results"]
    posts = [api.row("posts", tenure["post"]) for tenure in held]
    assert {(post["title_de"], post["organisation"]["name"]) for post in posts} == {
        ("", "Stadt Gaziantep"),
        ("Vorsitz", "Türkiye Belediyeler Birliği"),
    }
    [chair] = [tenure for tenure in held if tenure["post"]["name"].startswith("Vorsitz")]
    source = api.row("documents", chair["source"])
    assert (source["publisher"]["name"], source["published_on"]) == ("Auswärtiges Amt", "2020-06-17")
    assert (chair["since"], chair["until"]) == (None, None)


@facts.fact("beyond.sahin_links_cases")
def sahin_in_two_cases(api):
    roles = [one["role"] for one in api.all("participants", person=person(api, "sahin"))]
    assert sorted(roles) == ["host", "moderator"]


@facts.fact("beyond.university.*", "beyond.university.short_names.*")
def names_of_the_university(api):
    university = api.one("organisations", title="Türkisch-Deutsche Universität")
    assert university["title_local"] == "Türk-Alman Üniversitesi"
    assert university["other_names"] == ["TDU", "TAÜ"]
    assert university["address"] == "Beykoz"
    [page] = [api.row("documents", document) for document in university["documents"]]
    assert page["publisher"]["name"] == "dewiki.de"
    for spelling in ("Turk-Alman", "TAÜ", "tdu"):
        assert api.found("organisations", spelling) == [university["name"]]


# --- what made it hard to hold ---


@facts.fact("difficulties.leg_without_tie")
def leg_without_tie(api):
    istanbul = api.one("stops", delegation=TRIP, order=1)["city"]
    between = {"home": api.one("cities", name_de="Duisburg"), "partner": istanbul}
    assert api.all("partnerships", **between) == []


@facts.fact("difficulties.items_without_times")
def items_have_only_a_leg(api):
    items = api.all("programme-items", delegation=TRIP)
    assert {(one["on"], one["starts_at"], one["ends_at"]) for one in items} == {(None, None, None)}
    assert [one["stop"] is None for one in items] == [False] * 10


@facts.fact("difficulties.item_by_guests")
def held_by_the_guests(api):
    assert item(api, "evening")["organiser"]["name"] == "Stadt Duisburg"


@facts.fact("difficulties.item_states")
def states_of_the_items(api):
    items = api.all("programme-items", delegation=TRIP)
    assert [one["state"] for one in items] == ["unknown"] * 6 + ["planned"] * 4


facts.leave_out(
    "A printed number and address of a person: personal data, stay out.", "document.press_contact.channels"
)
facts.leave_out(
    "Party groups' trips stay out.", "beyond.party_group_trip.*", "beyond.party_group_trip.where.*"
)


@pytest.mark.parametrize("reading", facts.readings, ids=str)
def test_fact_is_read_back(reading, api):
    reading(api)


def test_every_fact_is_read_or_left_out():
    read, left_out = facts.counts()
    assert (read, left_out) == (156, 9)
    assert len(facts.leaves) == 165


def test_nothing_is_kept_of_the_trip_of_a_party_group(api):
    assert api.found("delegations", "Mardin") == []
    assert api.found("cities", "Şanlıurfa") == []
    assert {row["direction"] for row in api.all("delegations", home="Duisburg")} == {"inbound", "outbound"}
    assert len(api.all("delegations", home="Duisburg")) == 2


def test_channels_of_the_people_are_empty(api):
    people = [person(api, who) for who in FAMILY_NAMES]
    assert {(one["email"], one["phone"], one["address"]) for one in people} == {("", "", "")}
