"""The example in docs/portal, as visitors of that city see it, and the page for a frame."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from relations.models import Partnership
from tests.e2e.browser import NARROWEST, NOTE_VIOLATIONS, has_strict_policy
from tests.e2e.town import town
from tests.portal.test_embed import documented

WIDE = 1400
PAGES = {"index.html": "de", "en.html": "en"}
# As a reader sets them who needs more air (WCAG 2.2, 1.4.12).
TEXT_SPACING = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-bottom: 2em !important; }
"""
HIDING_EACH_OTHER = """
(buttons) => {
  const boxes = buttons.map((button) => button.getBoundingClientRect());
  // All are of one size.
  const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
  const near = (one, index) => boxes.slice(index + 1).some((other) => distance(one, other) < 24);
  return buttons.filter((_, index) => near(boxes[index], index)).map((button) => button.textContent);
}
"""
# Names that are seen, with what else they lie upon: another name, a point, the buttons for zooming, the edge.
NAMES_IN_THE_WAY = """
(field) => {
  const all = (chosen) => [...field.querySelectorAll(chosen)];
  const box = (node) => node.getBoundingClientRect();
  const names = all(".points li:not([hidden]) button:not([data-crowded]) .label");
  const marks = [...all(".points li:not([hidden]) .dot"), ...all(".zoom button")];
  const over = (a, b) => a.left < b.right - 1 && a.right > b.left + 1;
  const meet = (a, b) => over(a, b) && a.top < b.bottom - 1 && a.bottom > b.top + 1;
  const edge = box(field);
  const isAcross = (a) => a.left < edge.left || a.right > edge.right;
  const isOut = (a) => isAcross(a) || a.top < edge.top || a.bottom > edge.bottom;
  const others = (name) => [...names, ...marks].filter((other) => other !== name);
  const isBad = (name) => isOut(box(name)) || others(name).some((other) => meet(box(name), box(other)));
  return [names.length, names.filter(isBad).map(({ textContent }) => textContent)];
}
"""
# In the middle of their countries, by longitude and latitude; the last but one lies beyond 180 degrees.
CITIES = {
    "DE Kassel": (9.48, 51.32),
    "AT Leoben": (15.09, 47.38),
    "TR Eskişehir": (30.52, 39.78),
    "FR Clermont-Ferrand": (3.08, 45.78),
    "ES Madrid": (-3.7, 40.42),
    "PL Łódź": (19.46, 51.76),
    "UA Poltawa": (34.55, 49.59),
    "UA Simferopol": (34.1, 44.95),
    "CH Luzern": (8.31, 47.05),
    "CN Chongqing": (106.55, 29.56),
    "IN Nagpur": (79.09, 21.15),
    "ZA Bloemfontein": (26.21, -29.12),
    "BR Brasília": (-47.88, -15.79),
    "US Denver": (-104.99, 39.74),
    "AU Alice Springs": (133.88, -23.7),
    "RU Amguema": (-177.6, 67.0),
    "RU Moskau": (37.62, 55.75),
}
COUNTRIES_AT = """
async (cities) => {
  const { place } = await import("/embed/v1/map.js");
  const text = await (await fetch("/embed/v1/world.svg")).text();
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  document.body.append(document.adoptNode(svg));
  return Object.fromEntries(Object.entries(cities).map(([name, [longitude, latitude]]) => {
    const point = new DOMPoint(...place(longitude, latitude));
    const holding = [...svg.querySelectorAll("path")].filter((path) => path.isPointInFill(point));
    return [name, holding.map(({ id }) => id)];
  }));
}
"""


@pytest.fixture(scope="module")
def _published(_data):
    """Ties are public here, and as they were for the tests that come after."""
    before = list(Partnership.objects.all())
    Partnership.objects.update(published_at=timezone.now(), withdrawn_at=None)
    yield
    Partnership.objects.bulk_update(before, ["published_at", "withdrawn_at"])


@pytest.fixture(scope="module")
def address(_published, site):
    with town(site.url) as address:
        yield address


@pytest.fixture
def visitor(site, address):
    with site.visitor() as visitor:
        yield visitor


def opened(visitor, address, *, parts=("map", "list", "anniversaries")):
    visitor.open(address)
    for part in parts:
        expect(visitor.page.locator(f"section.{part}")).to_be_visible()


def public(visitor, name, **asked):
    """All rows that the API gives, whatever a page of it holds."""
    answer = visitor.context.request.get(f"/api/public/v1/{name}/", params={**asked, "page_size": 500})
    assert answer.json()["next"] is None
    return answer.json()["results"]


def shown(visitor):
    """Partner cities in the lists, cities on the map, anniversaries with their days."""
    page = visitor.page
    days = page.locator(".anniversary")
    return {
        "list": sorted(page.locator("section.list .tie strong").all_text_contents()),
        "map": sorted(page.locator(".points .label").all_text_contents()),
        "anniversaries": list(
            zip(
                days.locator("strong").all_text_contents(),
                days.locator("time").evaluate_all("all => all.map((time) => time.dateTime)"),
                strict=True,
            )
        ),
    }


def expected(visitor, language):
    ties = public(visitor, "partnerships", lang=language)
    cities = {city["id"]: city for city in public(visitor, "cities", lang=language)}
    named = [city for tie in ties for city in (tie["home"], tie["partner"], *tie["further_cities"])]
    today = visitor.page.evaluate("new Date().toLocaleDateString('sv')")
    coming = {}
    for year in (int(today[:4]), int(today[:4]) + 1):
        for each in public(visitor, "anniversaries", lang=language, year=year):
            if each["on"] >= today[: len(each["on"])]:
                coming.setdefault(each["partnership"]["id"], (each["partnership"]["name"], each["on"]))
    return {
        "list": sorted(tie["partner"]["name"] for tie in ties),
        "map": sorted(
            {
                city["id"]: city["name"] for city in named if cities[city["id"]]["latitude"] is not None
            }.values()
        ),
        "anniversaries": list(coming.values())[:6],
    }


def page_with(inside, *, site):
    """A page of a city that holds no more than that."""
    script = f'<script type="module" src="{site.url}/embed/v1.js"></script>'
    head = '<!doctype html><html lang="en"><title>x</title><link rel="icon" href="data:,">'
    return town(site.url, {"page": f"{head}{script}<main><h1>x</h1>{inside}</main>"})


# --- what it shows ---


@pytest.mark.parametrize("name", PAGES)
def test_the_example_shows_what_the_api_gives(visitor, address, name):
    opened(visitor, address + name)
    found, given = shown(visitor), expected(visitor, PAGES[name])

    assert min(len(rows) for rows in given.values()) > 4
    assert found == given


def test_it_follows_the_pages_of_a_list(visitor, address):
    def in_small_pages(route):
        route.continue_(url=route.request.url.replace("page_size=500", "page_size=2"))

    visitor.page.route("**/api/public/v1/**", in_small_pages)
    opened(visitor, address + "index.html")

    assert shown(visitor) == expected(visitor, "de")


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "index.html",
            {
                "Städtepartnerschaft mit Berlin seit 17. November 1989",
                "Städtepartnerschaft mit Osnabrück seit Mai 2004",
                "Freundschaft mit Düsseldorf seit 2001",
                "Freundschaft mit Linz",
            },
        ),
        (
            "en.html",
            {
                "Partnership with Berlin since 17 November 1989",
                "Partnership with Osnabrück since May 2004",
                "Friendship with Düsseldorf since 2001",
                "Friendship with Linz",
            },
        ),
    ],
)
def test_dates_stand_as_exactly_as_they_are_known(visitor, address, name, lines):
    opened(visitor, address + name)

    assert lines <= set(visitor.page.locator("section.list .name + p").all_inner_texts())


def test_what_is_asked_for_is_all_that_is_shown(site, visitor):
    element = '<goldenbook-partners show="list" country="CN" level="3"></goldenbook-partners>'
    with page_with(element, site=site) as here:
        opened(visitor, here + "page", parts=("list",))

        page = visitor.page
        names = [tie["partner"]["name"] for tie in public(visitor, "partnerships", country="CN", lang="en")]
        assert sorted(page.locator(".tie strong").all_text_contents()) == sorted(names) != []
        assert page.locator("h3").all_text_contents() == ["Partner cities"]
        assert page.locator("section.map, section.anniversaries").count() == 0


# --- states ---


def test_a_house_that_does_not_answer_is_told_and_asked_again(visitor, address):
    page = visitor.page
    page.route("**/api/public/v1/**", lambda route: route.abort())
    visitor.open(address + "index.html")
    alert = page.locator("[role=alert]").first

    expect(alert).to_contain_text("Die Angaben lassen sich gerade nicht laden.")
    expect(page.get_by_role("link", name="beim Büro für Internationales")).to_be_visible()
    assert visitor.barriers() == []

    page.unroute("**/api/public/v1/**")
    alert.get_by_role("button", name="Noch einmal versuchen").click()
    expect(page.locator("section.list")).to_be_visible()
    expect(page.get_by_role("link", name="beim Büro für Internationales")).to_be_hidden()


@pytest.mark.parametrize(
    ("attributes", "role", "words"),
    [
        ('country="FR"', "status", "Nothing is published on this."),
        (
            'show="list karte"',
            "alert",
            'Goldenbook does not know show="karte". Possible: map, list, anniversaries.',
        ),
        ('country="france"', "alert", "country: “france” is no country. Use the two letters of ISO 3166."),
    ],
)
def test_nothing_to_show_and_a_slip_of_the_pen_are_told(site, visitor, attributes, role, words):
    with page_with(f"<goldenbook-partners {attributes}></goldenbook-partners>", site=site) as here:
        visitor.open(here + "page")

        expect(visitor.page.locator(f"[role={role}]")).to_contain_text(words)
        assert visitor.barriers() == []


def test_attributes_may_change(visitor, address):
    opened(visitor, address + "index.html")
    visitor.page.evaluate("document.querySelector('goldenbook-partners').lang = 'en'")

    expect(visitor.page.locator("section.list h2")).to_have_text("Partner cities")


# --- for everybody ---


def test_it_sets_no_cookie_stores_nothing_and_asks_no_third_host(site, visitor, address):
    asked, answered = set(), []
    visitor.page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3]) + "/"))
    visitor.page.on("response", lambda response: answered.append("set-cookie" in response.headers))
    opened(visitor, address + "index.html")
    visitor.page.locator(".points button").first.click()

    assert asked == {address, site.url + "/"}
    assert set(answered) == {False}
    assert visitor.context.cookies() == []
    assert visitor.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert visitor.refusals() == visitor.complaints == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROWEST])
def test_it_bars_nobody(visitor, address, name, scheme, width):
    with visitor.seen(scheme=scheme, width=width):
        opened(visitor, address + name)
        visitor.page.locator(".points button").last.click()
        expect(visitor.page.locator(".detail")).not_to_be_empty()

        assert visitor.complaints + visitor.refusals() + visitor.barriers() == []
        assert visitor.overflows(width) == []


@pytest.mark.parametrize("width", [WIDE, NARROWEST])
def test_points_on_the_map_do_not_hide_each_other(visitor, address, width):
    with visitor.seen(width=width):
        opened(visitor, address + "index.html")
        points = visitor.page.locator(".points button")

        assert points.count() > 10
        assert points.evaluate_all(HIDING_EACH_OTHER) == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [NARROWEST, 390, 768, 1280])
def test_names_on_the_map_can_be_read(visitor, address, name, width):
    """Where there is no room for one, its point says it when it is chosen."""
    with visitor.seen(width=width):
        opened(visitor, address + name)
        closer = visitor.page.locator(".zoom button").first
        found = []
        while True:
            found.append(visitor.page.locator(".field").evaluate(NAMES_IN_THE_WAY))
            if closer.get_attribute("aria-disabled") == "true":
                break
            closer.click()

        assert [bad for _seen, bad in found] == [[]] * 4
        assert all(seen >= 2 for seen, _bad in found)


def test_a_name_without_room_shows_when_its_point_is_chosen(visitor, address):
    with visitor.seen(width=NARROWEST):
        opened(visitor, address + "index.html")
        crowded = visitor.page.locator(".points li:not([hidden]) button[data-crowded]").first
        label = crowded.locator(".label")

        expect(label).to_have_css("opacity", "0")
        crowded.click()
        expect(label).to_have_css("opacity", "1")
        expect(visitor.page.locator(".detail")).not_to_be_empty()


def test_more_space_within_the_text_breaks_nothing(site, visitor, address):
    visitor.page.set_viewport_size({"width": NARROWEST, "height": 1000})
    opened(visitor, address + "index.html")
    visitor.page.evaluate(
        """(rules) => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(rules);
          const elements = [...document.querySelectorAll("goldenbook-partners")];
          for (const { adoptedStyleSheets } of [document, ...elements.map(({ shadowRoot }) => shadowRoot)]) {
            adoptedStyleSheets.push(sheet);
          }
        }""",
        TEXT_SPACING,
    )

    assert visitor.overflows(NARROWEST) == []
    assert visitor.page.locator(".points button").evaluate_all(HIDING_EACH_OTHER) == []


def test_the_map_is_used_by_key_alone(visitor, address):
    opened(visitor, address + "index.html")
    page = visitor.page
    first, detail = page.locator(".points button").nth(-1), page.locator(".detail")
    name = first.locator(".label").text_content()

    first.focus()
    page.keyboard.press("Enter")
    expect(detail).to_contain_text(name)
    expect(first).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")

    expect(detail).to_be_empty()
    expect(first).to_have_attribute("aria-expanded", "false")
    expect(first).to_be_focused()


def test_cities_lie_within_their_countries(visitor):
    visitor.open("/embed/")
    found = visitor.page.evaluate(COUNTRIES_AT, CITIES)

    assert found == {name: [name[:2]] for name in CITIES}


# --- its look ---

OTHER = {"font": '"Mono of the test"', "radius": "3.5px", "gap": "7.5px"}
STYLES_WITHIN = """
(element) => [...element.shadowRoot.querySelectorAll("*")].map((node) => {
  const style = getComputedStyle(node);
  const names = ["color", "backgroundColor", "borderTopColor", "borderTopLeftRadius",
    "borderInlineStartColor", "fill", "stroke", "fontFamily", "rowGap", "outlineColor",
    "textDecorationColor"];
  return names.map((name) => style[name]).join(";");
}).join("\\n")
"""


def other_value(name):
    return next((value for end, value in OTHER.items() if name.endswith(end)), "rgb(1, 2, 3)")


def test_each_variable_of_its_look_has_an_effect(site, visitor, address):
    element = '<goldenbook-partners show="map list anniversaries" limit="100"></goldenbook-partners>'
    with page_with(element, site=site) as here:
        opened(visitor, here + "page")
        visitor.page.keyboard.press("Tab")
        shown = visitor.page.locator("goldenbook-partners")
        without = shown.evaluate(STYLES_WITHIN)
        found = {}
        for name in documented():
            variable, value = f"--goldenbook-{name}", other_value(name)
            shown.evaluate("(element, given) => element.style.setProperty(...given)", [variable, value])
            found[name] = value in shown.evaluate(STYLES_WITHIN)
            shown.evaluate("(element, name) => element.style.removeProperty(name)", variable)

    assert not any(other_value(name) in without for name in found)
    assert {name for name, has_effect in found.items() if not has_effect} == set()


# --- the page for a frame ---


def test_the_page_for_a_frame_shows_it_within_another_page(site, visitor):
    frame = f'<iframe src="{site.url}/embed/?show=list,map" title="x"></iframe>'
    with page_with(frame, site=site) as here:
        visitor.open(here + "page")
        within = visitor.page.frame_locator("iframe")

        expect(within.locator("section.map")).to_be_attached()
        expect(within.locator("section").first).to_have_class("list")
        assert visitor.complaints == []
        assert visitor.context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROWEST])
def test_the_page_for_a_frame_bars_nobody(visitor, scheme, width):
    with visitor.seen(scheme=scheme, width=width):
        opened(visitor, "/embed/?lang=en")

        assert visitor.refusals() + visitor.complaints + visitor.barriers() + visitor.overflows(width) == []


@pytest.mark.parametrize("width", [WIDE, NARROWEST])
def test_without_javascript_the_page_shows_the_lists(site, address, width):
    context = site.browser.new_context(
        base_url=site.url, java_script_enabled=False, viewport={"width": width, "height": 900}
    )
    context.add_init_script(NOTE_VIOLATIONS)
    page = context.new_page()
    answer = page.goto(site.url + "/embed/?lang=en")

    names = [
        tie["partner"]["name"]
        for tie in context.request.get("/api/public/v1/partnerships/?lang=en&page_size=500").json()["results"]
    ]
    assert sorted(page.locator("main ul strong").all_text_contents()) == sorted(names)
    assert page.locator("main ol li").count() == 6
    assert has_strict_policy(answer)
    context.close()
