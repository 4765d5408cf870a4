"""What holds across the five cases, and what must not be invented in any of them."""

import pytest

from tests.cases.reading import Facts, names

pytestmark = pytest.mark.django_db

facts = Facts("across")

VISITS = {
    "duisburg": "Duisburger Delegationsreise nach Istanbul und Gaziantep 2023",
    "duesseldorf": "Reise nach Seoul und Chongqing 2024",
    "linz": "Linzer Dienstreise nach Istanbul, Izmir und Eskişehir 2022",
    "conference": "Erste Deutsch-Türkische Städtepartnerschaftskonferenz",
    "round_table": "Runder Tisch der Bürgermeister",
    "berlin": "Besuch von Ekrem İmamoğlu in Berlin im Juni 2024",
}
FAMILY_NAMES = {"imamoglu": "İmamoğlu", "sahin": "Şahin", "prammer": "Prammer"}


def part(api, who, case):
    """In what role on which side the one person of that name took part."""
    person = api.one("people", family_name=FAMILY_NAMES[who])
    visit = api.one("participants", person=person, delegation=VISITS[case])
    return visit["side"], visit["role"]


def visit(api, case):
    return api.one("delegations", title=VISITS[case])


def tie(api, home, partner, kind):
    return api.one("partnerships", home=home, partner=partner, kind=kind)


def ties_between(api, home, partner):
    there = api.all("partnerships", home=home, partner=partner)
    return [*there, *api.all("partnerships", home=partner, partner=home)]


# --- one person, however spelled ---


@facts.fact("same_person.imamoglu.linz", "same_person.sahin.duisburg")
def host(api):
    assert part(api, "imamoglu", "linz") == ("host", "host")
    assert part(api, "sahin", "duisburg") == ("host", "host")


@facts.fact("same_person.imamoglu.berlin")
def guest_of_berlin(api):
    assert part(api, "imamoglu", "berlin")[0] == "delegation"


@facts.fact("same_person.imamoglu.conference")
def round_table(api):
    assert part(api, "imamoglu", "round_table") == ("delegation", "member")


@facts.fact("same_person.sahin.conference")
def moderator(api):
    assert part(api, "sahin", "round_table") == ("delegation", "moderator")


@facts.fact("same_person.prammer.linz", "same_person.prammer.later")
def councillor_then_mayor(api):
    taking_part = api.one("participants", person="Dietmar Prammer")
    assert taking_part["post"]["name"] == "Stadtrat und Planungsreferent, Stadt Linz"
    prammer = api.one("people", family_name="Prammer")
    mayor = api.one("tenures", person=prammer, post="Bürgermeister, Stadt Linz")
    assert mayor["since"] == "2025-02"


@facts.fact("same_person.*.spellings.*")
def one_person_by_each_spelling(api, spelling, who):
    person = api.one("people", family_name=FAMILY_NAMES[who])
    found = api.get("people", search=spelling)["results"]
    assert [one["id"] for one in found] == [person["id"]]


# --- one city ---


@facts.fact("same_city.istanbul.duisburg", "same_city.istanbul.linz")
def leg_without_a_tie(api):
    for case, home in (("duisburg", "Duisburg"), ("linz", "Linz")):
        assert api.one("stops", delegation=VISITS[case], order=1)["city"]["name"] == "Istanbul"
        assert ties_between(api, home, "Istanbul") == []


@facts.fact("same_city.istanbul.conference")
def in_a_picture(api):
    picture = api.one("documents", credit="imageBROKER")
    assert (picture["kind"], picture["description"]) == ("photo", "Bild einer Stadtansicht von Istanbul")


@facts.fact("same_city.istanbul.berlin")
def partner_of_berlin(api):
    assert names(ties_between(api, "Berlin", "Istanbul")) == ["Berlin–Istanbul"]


@facts.fact("same_city.eskisehir.linz")
def leg_in_eskisehir(api):
    assert api.one("stops", delegation=VISITS["linz"], order=3)["city"]["name"] == "Eskişehir"


@facts.fact("same_city.eskisehir.conference")
def parent_of_a_district(api):
    assert api.one("cities", name_de="Tepebaşı")["parent"]["name"] == "Eskişehir"


@facts.fact("same_city.*.spellings.*")
def one_city_by_each_spelling(api, spelling, which):
    name = {"istanbul": "Istanbul", "eskisehir": "Eskişehir"}[which]
    found = [one for one in api.get("cities", search=spelling)["results"] if one["parent"] is None]
    assert names(found) == [name]


# --- shapes ---


@facts.fact("home_cities.*.*")
def home_city(api, name, kind):
    city = api.one("cities", name_de=name)
    assert city["is_home"] is True
    assert (city["kind"], city["country"]) == (
        "district" if kind == "district" else "city",
        "AT" if kind == "austrian_statutory_city" else "DE",
    )


@facts.fact("home_cities.none")
def conference_has_no_home(api):
    assert visit(api, "conference")["home"] is None
    assert len(api.all("cities", is_home=True)) == 7


@facts.fact("date_shapes.day")
def day(api, day):
    assert names(api.all("documents", published_on=day)) == [
        "Duisburger Delegationsreise festigt Partnerschaft und wirtschaftliche Kooperation mit Istanbul "
        "und Gaziantep"
    ]


@facts.fact("date_shapes.day_of_departure_only")
def departure(api, day):
    trip = visit(api, "duesseldorf")
    assert trip["starts_on"] == day
    # The day of the return is not known: a later source knows the weekend, the announcement the length.
    assert (trip["ends_on"], trip["dates_note"]) == (
        "2024-10",
        "rund fünf Tage; Rückkehr am Wochenende 19./20. Oktober 2024",
    )


@facts.fact("date_shapes.relative")
def today_without_a_date(api):
    release = api.one("documents", publisher="Presse- und Informationsamt des Landes Berlin")
    assert release["published_on"] is None


@facts.fact("date_shapes.range_with_contradiction.*")
def contradicting_range(api, day):
    conference = visit(api, "conference")
    assert [conference["starts_on"], conference["ends_on"]].count(day) == 1
    article = api.one("documents", publisher="Auswärtiges Amt", kind="article")
    told = [api.row("statements", one) for one in conference["statements"]]
    dates = [one for one in told if one["kind"] == "date" and one["document"]["id"] == article["id"]]
    assert sorted(one["text"] for one in dates) == [
        "Die Konferenz fand in der Woche des 19. Juni 2020 statt.",
        "Die Konferenz lief vom 3. bis 16. Juni 2020.",
    ]


@facts.fact("date_shapes.month_only", "tie_shapes.was_friendship")
def month_only(api):
    contract = tie(api, "Linz", "Eskişehir", "partnership")
    assert contract["founded"] == "2012-05"
    assert contract["predecessor"]["id"] == tie(api, "Linz", "Eskişehir", "friendship")["id"]


@facts.fact("tie_shapes.partnership")
def formal_tie(api):
    assert tie(api, "Duisburg", "Gaziantep", "partnership")["status"] == "active"


@facts.fact("tie_shapes.none")
def no_tie(api):
    assert ties_between(api, "Linz", "Istanbul") == []


@facts.fact("tie_shapes.project_called_partner")
def project_tie(api):
    assert [one["kind"] for one in ties_between(api, "Mannheim", "Kilis")] == ["project"]


@facts.fact("tie_shapes.districts")
def tie_of_districts(api):
    between = tie(api, "Treptow-Köpenick (Berlin)", "Tepebaşı (Eskişehir)", "partnership")
    kinds = {api.row("cities", between[side])["kind"] for side in ("home", "partner")}
    assert kinds == {"district"}


@facts.fact("tie_shapes.network_contact")
def no_formal_tie_with_seoul(api):
    # A leg of the trip, with visits to companies that invest at home: a contact being built, and no tie.
    leg = api.one("stops", delegation=VISITS["duesseldorf"], order=1)
    assert leg["city"]["name"] == "Seoul"
    visited = [item["organisations"] for item in api.all("programme-items", stop=leg, kind="company_visit")]
    invests = [api.row("organisations", one)["is_investor_at_home"] for [one] in visited]
    assert invests == [True] * 4
    assert ties_between(api, "Düsseldorf", "Seoul") == []


# --- what no source says ---


@facts.fact("not_invented.founding_of_duisburg_gaziantep")
def founding_date_has_another_source(api):
    between = tie(api, "Duisburg", "Gaziantep", "partnership")
    signed = api.one("partnership-events", partnership=between, kind="signed")
    source = api.row("documents", signed["source"])
    assert (source["description"], source["title"]) == (
        "Seite von duisburg.de über die Partnerstadt Gaziantep",
        "",
    )
    release = api.one("documents", published_on="2023-09-04")
    assert api.all("partnership-events", source=release) == []
    # Neither the trip nor what was said on it knows the day: each date of the tie has the page of the city.
    dated = api.all("partnership-events", partnership=between)
    assert {event["source"]["id"] for event in dated} == {source["id"]}
    assert [names(one["documents"]) for one in api.all("agreements", partnership=between)] == [
        [source["name"]]
    ]


@facts.fact("not_invented.dates_of_duisburg", "not_invented.dates_of_linz")
def trips_without_dates(api):
    for case in ("duisburg", "linz"):
        trip = visit(api, case)
        assert len(api.all("stops", delegation=trip)) >= 2
        parts = api.all("golden-book", delegation=trip) + api.all("delegations", parent=trip)
        assert parts == []
        assert (trip["starts_on"], trip["ends_on"]) == (None, None)
        stops = api.all("stops", delegation=trip)
        assert {(stop["arrives_on"], stop["departs_on"]) for stop in stops} == {(None, None)}
        assert {item["on"] for item in api.all("programme-items", delegation=trip)} == {None}


@facts.fact("not_invented.visit_day_of_berlin")
def visit_without_a_day(api):
    there = visit(api, "berlin")
    items = api.all("programme-items", delegation=there)
    entries = api.all("golden-book", delegation=there)
    stops = api.all("stops", delegation=there)
    assert (there["starts_on"], there["ends_on"]) == ("2024-06", "2024-06")
    assert {row["on"] for row in [*items, *entries]} == {None, "2024-06"}
    assert {(stop["arrives_on"], stop["departs_on"]) for stop in stops} == {(None, None)}


@facts.fact("not_invented.sizes")
def no_sizes(api):
    # Two later sources count heads: the mayors at the round table, and those who came from Kilis.
    assert {one["title"]: one["size"] for one in api.all("delegations") if one["size"] is not None} == {
        VISITS["round_table"]: 20,
        "Ausbilderinnen aus Kilis in Mannheim 2021": 14,
    }


@facts.fact("not_invented.companies_of_duisburg")
def no_companies(api):
    # Visits without a company that has a name; no company of either city is known at all.
    visits = api.all("programme-items", delegation=VISITS["duisburg"], kind="company_visit")
    assert [item["organisations"] for item in visits] == [[], []]
    companies = [one["name"] for one in api.all("organisations", kind="company", city="Istanbul")]
    assert companies == api.all("organisations", kind="company", city="Gaziantep") == []


# --- what comes ---


def anniversaries(api, name):
    found = api.get("anniversaries", **{"from": "2026-01-01", "to": "2028-12-31"})["results"]
    return [
        (one["on"][:7] if one["precision"] == "month" else one["on"], one["years"])
        for one in found
        if one["partnership"]["name"] == name
    ]


@facts.fact("anniversaries.*.*")
def coming_anniversary(api, expected, name):
    when, years = expected.split()
    found = anniversaries(api, name)
    assert (when, int(years)) in found


@facts.fact("anniversaries.Mannheim–Kilis")
def ended_project_has_none(api):
    kilis = tie(api, "Mannheim", "Kilis", "project")
    assert kilis["status"] == "ended"
    assert anniversaries(api, kilis["name"]) == []


@pytest.mark.parametrize("reading", facts.readings, ids=str)
def test_fact_holds_across_the_cases(reading, api):
    reading(api)


def test_every_fact_is_read():
    read, left_out = facts.counts()
    assert (read, left_out) == (64, 0)


def test_no_one_has_a_channel(api):
    channels = {(one["email"], one["phone"], one["address"]) for one in api.all("people")}
    assert channels == {("", "", "")}
    assert {(one["email"], one["phone"]) for one in api.all("posts")} == {("", "")}


def test_no_document_has_an_address_that_no_source_prints(api):
    assert {(one["url"], one["file"]) for one in api.all("documents")} == {("", None)}


def test_nobody_stands_there_twice(api):
    spoken = [f"{one['given_names']} {one['family_name']}" for one in api.all("people")]
    assert len(spoken) == len(set(spoken))
