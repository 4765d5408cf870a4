"""A secret in every column that is not public shows nowhere."""

import pytest

from contacts.models import City
from delegations.models import Delegation
from portal.urls import FILES, RESOURCES
from relations.models import Partnership, Project, Theme
from tests import factories as make
from tests.factories import factory_of
from tests.portal import world as worlds
from tests.portal.planting import WORD, plant_what_is_private

MODELS = {
    "cities": City,
    "partnerships": Partnership,
    "projects": Project,
    "visits": Delegation,
    "themes": Theme,
}
ADDRESSES = [f"{name}/" for name in RESOURCES]
YEARS = (1989, 1990, 1999, 2000, 2014, 2024)


@pytest.fixture
def secrets(world):
    """All private columns of all rows hold one, and so do all columns of rows that are not public."""
    return plant_what_is_private(world, worlds.hide_around(world))


def answers(get, *parameters):
    for lang in ("", "lang=en", "lang=tr"):
        for name in RESOURCES:
            for more in ("", *parameters):
                query = "&".join(filter(None, (lang, more)))
                yield get(f"{name}/?{query}")
        for name in (*FILES, "catalog.jsonld"):
            yield get(f"{name}?{lang}")
    for name, model in MODELS.items():
        for pk in model.objects.values_list("pk", flat=True):
            for end in ("/", ".jsonld"):
                yield get(f"{name}/{pk}{end}")
                yield get(f"anniversaries/{pk}-10{end}")
    for year in YEARS:
        yield get(f"anniversaries/?year={year}")
        yield get(f"anniversaries.ics?year={year}")


def headers_of(answer):
    """But the tag: a hash holds any number by chance, and hangs on the bytes alone."""
    return str({name: text for name, text in answer.headers.items() if name != "ETag"})


def test_no_answer_holds_a_secret(get, secrets):
    found = [
        (answer.request["PATH_INFO"], answer.request["QUERY_STRING"], held)
        for answer in answers(get, "page_size=1", "page_size=500")
        if (held := secrets.within(answer.content.decode() + headers_of(answer)))
    ]

    assert found == []


def test_nor_does_one_that_a_process_remembers(get, secrets, remembering):
    """Each is asked for twice, in an order in which all that may be mixed up stands side by side."""
    asked = [f"{name}{query}" for name in FILES for query in ("", "?lang=en", "?lang=tr", "?country=TR")]
    answers = [get(address) for address in 2 * asked]

    assert {answer.status_code for answer in answers} == {200}
    assert [one for one in answers if secrets.within(one.content.decode() + headers_of(one))] == []


def test_the_page_for_a_frame_holds_none_either(client, secrets, world):
    pages = [client.get(f"/embed/?lang={lang}").content.decode() for lang in ("de", "en", "tr")]

    assert [secrets.within(page) for page in pages] == [[], [], []]
    assert [page.count("<strong>Berlin–") for page in pages] == [1, 1, 1]


def test_the_public_rows_are_among_the_answers(get, secrets, world):
    """Or there would be no secret to be seen whatever the answers show."""
    pages = [
        get(f"partnerships/{world.tie.pk}/").json()["agreements"],
        get(f"visits/{world.visit.pk}/").json()["participants"],
        get(f"visits/{world.visit.pk}/").json()["programme"],
        get(f"visits/{world.visit.pk}/").json()["documents"],
    ]

    assert [len(found) for found in pages] == [1] * 4
    assert [bool(get(address).json()["results"]) for address in ADDRESSES] == [True] * len(ADDRESSES)


def test_secrets_are_planted_in_what_is_most_private(secrets):
    assert {
        *(("contacts.Person", name) for name in ("email", "phone", "address", "protocol_notes")),
        *(("delegations.Participant", name) for name in ("diet", "access_needs", "note")),
        *(("delegations.ProgrammeItem", name) for name in ("talking_points", "topic", "note")),
        *(("contacts.City", "notes"), ("relations.Partnership", "founded_note"), ("contacts.User", "email")),
        *(("delegations.Delegation", "report"), ("relations.Funding", "amount"), ("reminders.Mail", "text")),
    } <= secrets.columns


def test_the_public_rows_are_in_the_files_as_well(get, secrets, world):
    held = {
        "partnerships.geojson": f'"id":{world.tie.pk},',
        "partnerships.csv": f"/partnerships/{world.tie.pk}/",
        "anniversaries.ics?year=2024": f"public-anniversary-{world.tie.pk}-2024",
        "visits.ics": f"public-stop-{world.visit.stops.get().pk}@",
        "news.rss": f"/visits/{world.visit.pk}/",
        f"partnerships/{world.tie.pk}.jsonld": '"subjectOf":[{',
        f"visits/{world.visit.pk}.jsonld": '"attendee":[{',
    }

    assert {address for address in held if held[address] not in get(address).content.decode()} == set()
    assert {address.partition("?")[0] for address in held} >= set(FILES)


def test_no_search_finds_a_secret_in_a_file(get, secrets):
    found = [
        name
        for name in FILES
        if get(f"{name}?search={WORD}").content != get(f"{name}?search=nosuchword").content
    ]

    assert found == []


def test_no_search_finds_a_secret(rows, secrets):
    """Every word that was planted begins with it, and folding keeps it."""
    assert [address for address in ADDRESSES if rows(f"{address}?search={WORD}")] == []


def test_a_row_that_is_not_public_is_as_if_it_were_not(get, world):
    names = {model: name for name, model in MODELS.items()}
    hidden = [(names[type(row)], row.pk) for row in worlds.hide_around(world)]
    answers = [(get(f"{name}/{pk}/"), get(f"{name}/999999/")) for name, pk in hidden]

    assert {name for name, _pk in hidden} == set(MODELS)
    for hidden_one, none in answers:
        assert (hidden_one.status_code, hidden_one.content) == (404, none.content)


def test_a_closer_tie_that_is_not_public_takes_no_anniversary_away(rows, world):
    before = rows("anniversaries/?year=2024")
    worlds.hide_around(world)

    assert [row["partnership"]["id"] for row in before] == [world.tie.pk]
    assert rows("anniversaries/?year=2024") == before


def test_people_appear_in_public_office_only_by_name_and_post_of_then(get, world):
    seen = get(f"visits/{world.visit.pk}/").json()["participants"]
    signed = get(f"partnerships/{world.tie.pk}/").json()["agreements"][0]["signatures"]
    mayor = {
        "name": world.mayor.full_name,
        "post": world.office.title,
        "organisation": world.office.organisation.title,
    }

    assert seen == [{**mayor, "side": "delegation", "role": "head"}]
    assert signed == [mayor]


@pytest.mark.parametrize(
    "facts",
    [
        *({"reply": "declined"}, {"attended": False}, {"reply": "invited"}, {"reply": "open"}),
        {"role": "companion"},
        {"role": "staff"},
    ],
    ids=lambda facts: "-".join(map(str, next(iter(facts.items())))),
)
def test_who_did_not_come_or_came_along_privately_is_not_named(get, world, facts):
    world.visit.participants.filter(person=world.mayor).update(**facts)

    assert get(f"visits/{world.visit.pk}/").json()["participants"] == []


def test_an_item_without_a_stop_is_in_no_city_and_one_without_a_mark_is_not_there(get, world):
    make.ProgrammeItemFactory(delegation=world.visit, title="Vertraulich")
    worlds.publish(make.ProgrammeItemFactory(delegation=world.visit, title="Empfang"))
    programme = get(f"visits/{world.visit.pk}/").json()["programme"]

    assert [(item["title"], item["city"]) for item in programme[1:]] == [("Empfang", None)]


def test_a_member_of_staff_sees_what_everybody_sees(get, client, world):
    before = get("partnerships/").content
    client.force_login(factory_of(type(world.tie)._meta.get_field("responsible").related_model)())

    assert get("partnerships/").content == before
