"""The script that a page of a city drops in, and the page for a frame; tests/e2e/test_embed.py opens them."""

import datetime
import gzip
import html
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.embed import FOLDER, TYPES, EmbedPages
from tests import factories as make
from tests.portal import world as worlds
from tests.portal.test_lists import NOT_OURS
from tests.portal.world import publish

FILES = sorted(FOLDER.rglob("*.*"))
SCRIPTS = [file for file in FILES if file.suffix == ".js"]
WORDS = re.compile(r"<[^>]+>")


@pytest.fixture
def page(client, world):
    """What somebody reads on the page where no script runs, line by line."""

    def page(query=""):
        answer = client.get(f"/embed/{query}")
        assert answer.status_code == 200, answer.content
        text = answer.content.decode().partition("<goldenbook-partners")[2]
        lines = (WORDS.sub("", line).strip() for line in text.partition("\n")[2].splitlines())
        return [line for line in lines if line]

    return page


# --- the script ---


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_any_page_may_load_the_files_and_caches_may_keep_them(client, db, file):
    address = f"/embed/{file.relative_to(FOLDER).as_posix()}"
    plain = client.get(address)
    compressed = client.get(address, headers={"Accept-Encoding": "br, gzip"})
    again = client.get(address, headers={"If-None-Match": plain["ETag"]})

    assert plain.content == gzip.decompress(compressed.content) == file.read_bytes()
    assert (again.status_code, again.content) == (304, b"")
    assert plain["ETag"] != compressed["ETag"]
    for answer in (plain, compressed, again):
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    for answer in (plain, compressed):
        assert answer["Cache-Control"] == "public, max-age=300"
        assert answer["Content-Type"] == f"{TYPES[file.suffix]}; charset=utf-8"
        assert "Accept-Encoding" in answer["Vary"]
        assert (answer.cookies, "Cookie" in answer["Vary"]) == ({}, False)


def test_the_addresses_that_pages_name_stay(client, db):
    assert reverse("embed") == "/embed/"
    assert reverse("embed-v1.js") == "/embed/v1.js"


def test_there_is_no_way_out_of_the_folder(client, db):
    answers = [
        client.get(f"/embed/{name}") for name in ("v1/../../apps.py", "v2.js", "v1/%2e%2e/v1.js", "v1/")
    ]

    assert [answer.status_code for answer in answers] == [404] * 4


def test_the_files_are_small():
    """So small that a telephone on a train has them soon: bytes on the wire."""
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in FILES}

    assert (FOLDER / "v1.js").stat().st_size < 15_000
    assert sum(sizes[file.name] for file in SCRIPTS) < 15_000
    assert (FOLDER / "v1" / "world.svg").stat().st_size < 80_000


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_a_script_keeps_to_the_policy_of_the_strictest_page(file):
    """No text becomes HTML, nothing is stored, and no address stands in it but the one of the example."""
    text = file.read_text(encoding="utf-8")

    assert (
        re.findall(
            r"innerHTML|insertAdjacentHTML|document\.write|eval\(|\.cookie|localStorage|sessionStorage", text
        )
        == []
    )
    assert set(re.findall(r"https?://[\w.]+", text)) <= {
        "https://goldenbook.example.org",
        "http://www.w3.org",
    }


# --- its look ---

LOOK = (FOLDER / "v1" / "look.js").read_text(encoding="utf-8")
VARIABLE = re.compile(r"--goldenbook-([a-z-]+)")
# What is read, on what lies under it; the sea is the colour of the page for a frame as well.
READ_ON = {
    **{"ink": ("card", "sea", "land", "land-here"), "quiet": ("card", "sea")},
    "accent": ("card", "sea", "accent-soft"),
}
# What is only seen: marks, and the ring around what has the focus.
SEEN_ON = {name: ("land", "land-here", "sea") for name in ("ink", "quiet")} | {"accent": ("card", "sea")}


def defaults():
    """By variable, the colours of light and of dark."""
    found = re.findall(r"var\(--goldenbook-([a-z-]+), light-dark\((#\w{6}), (#\w{6})\)\)", LOOK)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour):
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def documented():
    """The variables that the guide names: `--goldenbook-ink`, `-quiet`, and so on."""
    text = (FOLDER.parents[1] / "docs" / "portal" / "README.md").read_text(encoding="utf-8")
    told = text.partition("**Look.**")[2].partition("[portal.css]")[0]
    return set(re.findall(r"`-(?:-goldenbook-)?([a-z-]+)`", told))


def test_the_guide_names_the_variables_that_there_are():
    assert documented() == set(VARIABLE.findall(LOOK)) != set()


def test_the_example_sets_no_variable_that_there_is_not():
    css = (FOLDER.parents[1] / "docs" / "portal" / "portal.css").read_text(encoding="utf-8")

    assert {*re.findall(r"--goldenbook-([a-z-]+):", css)} <= documented()


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(READ_ON, 4.5), (SEEN_ON, 3.0)], ids=["read", "seen"])
def test_without_a_variable_the_contrast_is_enough(scheme, pairs, least):
    """WCAG 2.2, 1.4.3 and 1.4.11, level AA."""
    colours = {name: both[scheme] for name, both in defaults().items()}
    found = {
        f"{over} on {under}": round(contrast(colours[over], colours[under]), 2)
        for over, unders in pairs.items()
        for under in unders
    }

    assert {pair: figure for pair, figure in found.items() if figure < least} == {}


# --- the page for a frame ---


def test_any_page_may_frame_it_and_nothing_else_is_allowed_more(client, world):
    framed, other = client.get("/embed/"), client.get("/admin/login/")
    policies = [
        dict(one.strip().partition(" ")[::2] for one in answer["Content-Security-Policy"].split(";"))
        for answer in (framed, other)
    ]

    assert policies[0] == {**policies[1], "frame-ancestors": "*"}
    assert policies[1]["frame-ancestors"] == "'none'"
    assert ("X-Frame-Options" in framed, "X-Frame-Options" in other) == (False, True)
    assert framed.cookies == {}
    assert "Cookie" not in framed.get("Vary", "")


def test_without_a_script_it_shows_ties_and_their_next_anniversaries(page, world):
    make_tie = {
        "home": world.home,
        "founded": "2004-07",
        "partner": make.CityFactory(name_de="Çanakkale", country="TR"),
    }
    tie = publish(make.PartnershipFactory(**make_tie))
    make.PartnershipEventFactory(partnership=tie, kind="suspended", on="2020")
    with time_machine.travel(datetime.datetime(2026, 11, 18, 12, tzinfo=datetime.UTC), tick=False):
        german, english = page("?lang=de"), page("?lang=en&show=anniversaries")

    assert german == [
        *("Çanakkale Türkei", "Städtepartnerschaft mit Berlin seit Juli 2004 (ausgesetzt)"),
        *("Istanbul Türkei", "Freundschaft mit Berlin"),
        *("Istanbul Türkei", "Städtepartnerschaft mit Berlin seit 17. November 1989"),
        *("Nächste Jahrestage", "Berlin–Istanbul", "38 Jahre am 17. November 2027"),
    ]
    assert english == ["Next anniversaries", "Berlin–Istanbul", "38 years on 17 November 2027"]


def test_it_shows_what_is_published_only(page, world):
    before = page()
    worlds.hide_around(world)

    assert page() == before


def names_on(text):
    return re.findall(r"<strong>(.+?)</strong>", text)


def test_many_ties_come_in_pages_that_lead_to_each_other(client, db):
    """In a frame without a script nobody can narrow them down."""
    home = make.HomeCityFactory()
    towns = make.CityFactory.create_batch(EmbedPages.page_size + 1)
    for town in towns:
        publish(make.PartnershipFactory(home=home, partner=town))
    first = client.get("/embed/?lang=en&show=list&country=DE").content.decode()
    following = html.unescape(re.search(r'href="([^"]+)" rel="next"', first)[1])
    second = client.get(following).content.decode()
    back = html.unescape(re.search(r'href="([^"]+)" rel="prev"', second)[1])

    assert [len(names_on(text)) for text in (first, second)] == [EmbedPages.page_size, 1]
    assert {*names_on(first), *names_on(second)} == {town.name_de for town in towns}
    assert ('rel="prev"' in first, 'rel="next"' in second) == (False, False)
    assert names_on(client.get(back).content.decode()) == names_on(first)
    assert client.get("/embed/?cursor=x").status_code == 400


def test_few_ties_need_no_links(client, world):
    assert not re.search(r'rel="(prev|next)"', client.get("/embed/").content.decode())


@pytest.mark.parametrize(
    ("founded", "on"),
    [
        *(("1990-11-17", "2027-11-17"), ("1990-11-18", "2026-11-18"), ("1990-11-19", "2026-11-19")),
        *(("1990-10", "2027-10"), ("1990-11", "2026-11"), ("1990", "2026"), ("2000-02-29", "2027-02-28")),
        *(("2026-03-01", "2027-03-01"), ("2026", "2027"), ("2026-12-01", "2027-12-01")),
    ],
)
def test_the_next_anniversary_of_a_tie_is_the_coming_one(client, db, founded, on):
    publish(make.PartnershipFactory(founded=founded))
    with time_machine.travel(datetime.datetime(2026, 11, 18, 12, tzinfo=datetime.UTC), tick=False):
        text = client.get("/embed/?show=anniversaries").content.decode()

    assert re.findall(r'<time datetime="([^"]+)"', text) == [on]


def test_the_next_anniversaries_are_the_nearest_however_many_there_are(client, db):
    for founded in ("1990-03-01", "1990-12-24", "1990", "1990-11-20", "1990-11", "1990-01", "1990-11-17"):
        publish(make.PartnershipFactory(founded=founded))
    with time_machine.travel(datetime.datetime(2026, 11, 18, 12, tzinfo=datetime.UTC), tick=False):
        texts = [client.get(f"/embed/?show=anniversaries&limit={limit}").content.decode() for limit in (3, 6)]

    found = ["2026", "2026-11", "2026-11-20", "2026-12-24", "2027-01", "2027-03-01"]
    assert [re.findall(r'<time datetime="([^"]+)"', text) for text in texts] == [found[:3], found]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?country=TR", ["Istanbul", "Istanbul"]),
        ("?country=FR", []),
        ("?kind=friendship", ["Istanbul"]),
        ("?status=ended", []),
        ("?theme=no-such", []),
    ],
)
def test_it_is_narrowed_as_the_list_of_the_api_is(client, rows, world, query, names):
    text = client.get(f"/embed/{query}&show=list").content.decode()

    assert re.findall(r"<strong>(.+?)</strong>", text) == names
    assert [tie["partner"]["name"] for tie in rows(f"partnerships/{query}")] == names


def test_it_hands_on_to_the_script_what_it_was_asked(client, world):
    text = client.get("/embed/?lang=en-GB&show=list,map&country=TR&limit=3").content.decode()
    element = re.search(r"<goldenbook-partners([^>]*)>", text)[1]

    assert dict(re.findall(r'(\w+)="([^"]*)"', element)) == {
        "show": "list map",
        "limit": "3",
        "country": "TR",
        "lang": "en",
    }


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?colour=red", "<strong>colour</strong>: There is no such parameter."),
        (
            "?show=karte",
            "<strong>show</strong>: “karte” is no part of this page. Possible: map, list, anniversaries.",
        ),
        ("?limit=0", "<strong>limit</strong>: "),
        (
            "?country=france",
            "<strong>country</strong>: “france” is no country. Use the two letters of ISO 3166.",
        ),
        ("?kind=castle", "<strong>kind</strong>: "),
        ("?year=1989", "<strong>year</strong>: There is no such parameter."),
        ("?changed_since=1970", "<strong>changed_since</strong>: There is no such parameter."),
        ("?kind=contact&kind=climate", "<strong>kind</strong>: Give this parameter once."),
        ("?search=%3Cscript%3E", "<strong>search</strong>: There is no such parameter."),
    ],
)
def test_what_it_does_not_know_is_refused_on_a_page_that_says_so(client, db, query, words):
    answer = client.get(f"/embed/{query}&lang=en")

    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert (answer["Cache-Control"], answer["Content-Language"]) == ("no-store", "en")
    assert words in answer.content.decode()
    assert "frame-ancestors *" in answer["Content-Security-Policy"]


def test_a_slip_in_the_language_is_told_as_well(client, db):
    assert client.get("/embed/?lang=%3Cb%3E").status_code == 400


def test_what_has_not_changed_is_answered_by_304_and_what_was_withdrawn_is_gone(client, world):
    first = client.get("/embed/")
    again = client.get("/embed/", headers={"If-None-Match": first["ETag"]})
    world.tie.withdraw()
    later = client.get("/embed/", headers={"If-None-Match": first["ETag"]})

    assert (first["Cache-Control"], again.status_code, later.status_code) == ("public, max-age=30", 304, 200)


# After the day of the ties: before it many of them fill the list, and none of next year is asked for.
@time_machine.travel("2026-11-18 12:00Z", tick=False)
def test_the_page_costs_the_same_queries_with_one_tie_and_with_many(client, db):
    counts = []
    client.get("/embed/")  # makes the office
    for more in (1, 7):
        for _number in range(more):
            worlds.build()
        with CaptureQueriesContext(connection) as queries:
            client.get("/embed/")
        counts.append(len([one for one in queries if NOT_OURS not in one["sql"]]))

    assert counts[0] == counts[1] <= 3


def test_nothing_but_reading_is_offered(client, db):
    answers = [client.post("/embed/"), client.post("/embed/v1.js"), client.delete("/embed/")]

    assert [answer.status_code for answer in answers] == [405] * 3
