"""What a machine's list of rules does not see: where the keys lead, what is said, in which language."""

from __future__ import annotations

import html
import re

import pytest

from tests.e2e.addresses import ADDRESSES
from tests.e2e.browser import WIDE
from tests.e2e.states import STATES

TITLED = ("_changelist", "_add", "_change", "_history", "_delete")
# Of the element with the focus: where it is, and how its ring differs from how it looks without focus.
RING = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const looks = (node) => {
    const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(node);
    return [outline, boxShadow, borderColor, backgroundColor].join();
  };
  // Some boxes light up around the field that has the focus.
  const chain = [element, element.parentElement, element.parentElement?.parentElement].filter(Boolean);
  const focused = chain.map(looks);
  const box = element.getBoundingClientRect();
  element.blur();
  const plain = chain.map(looks);
  element.focus({ focusVisible: true });
  return {
    name: element.outerHTML.slice(0, 120),
    isSeen: box.width > 0 && box.height > 0,
    hasRing: focused.some((look, place) => look !== plain[place]),
  };
}
"""


# Boxes that scroll sideways, by how much too wide they are.
TOO_WIDE = """
() => [...document.querySelectorAll(".table-wrap")]
  .map((box) => box.scrollWidth - box.clientWidth).filter((width) => width > 1)
"""


@pytest.fixture
def officer(site):
    with site.visitor("officer") as visitor:
        yield visitor


@pytest.mark.parametrize("state", ["home", "list", "visit", "form-with-errors"])
def test_keys_reach_nothing_that_hides_its_focus(officer, state):
    STATES[state](officer)
    page = officer.page
    page.evaluate("document.activeElement?.blur()")
    hidden = []

    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate(RING)
        if focus and not (focus["isSeen"] and focus["hasRing"]):
            hidden.append(focus["name"])

    assert hidden == []


def test_first_key_offers_to_skip_to_what_the_page_is_about(officer):
    page = officer.page
    officer.open("/admin/contacts/city/")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-to-content-link"
    assert page.locator(".skip-to-content-link").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content-start"

    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_every_error_is_tied_to_its_field(officer):
    STATES["form-with-errors"](officer)

    loose = officer.page.evaluate(
        """() => [...document.querySelectorAll("[id$=_error]")].filter((error) =>
          !document.querySelector(`[aria-describedby~="${error.id}"]`)).map((error) => error.id)"""
    )
    invalid = officer.page.locator("[aria-invalid=true]").count()

    assert loose == []
    assert invalid > 0


@pytest.mark.parametrize("language", ["de", "en"])
def test_page_says_its_language(site, language):
    with site.visitor("officer", language=language) as visitor:
        visitor.open("/admin/contacts/city/")

        assert visitor.page.get_attribute("html", "lang") == language


def test_no_two_pages_share_a_title(site):
    visitor = site.crawler("admin", "de")
    titles: dict[str, set[str]] = {}

    for address in ADDRESSES:
        if address.name.startswith("admin:") and address.name.endswith(TITLED):
            # Asked for without showing them: two hundred pages in a few seconds. Some lead to another.
            page = visitor.context.request.get(next(address.urls()))
            if not page.ok:
                continue
            title = re.search(r"<title>(.*?)</title>", page.text(), flags=re.DOTALL)
            titles.setdefault(html.unescape(title[1]).strip() if title else "", set()).add(page.url)

    assert {title: urls for title, urls in titles.items() if len(urls) > 1} == {}


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_list_and_no_rows_of_a_form_need_to_be_pushed_aside_on_a_wide_screen(site, language):
    visitor = site.crawler("admin", language)
    page = visitor.page
    page.set_viewport_size({"width": WIDE, "height": 1000})
    pushed = []

    for address in ADDRESSES:
        if address.name.startswith("admin:") and address.name.endswith(("_changelist", "_add")):
            visitor.open(next(address.urls()))
            for button in page.locator(".add-row:visible").all():
                button.click()
            pushed += [(address.name, width) for width in page.evaluate(TOO_WIDE)]

    assert pushed == []


def test_no_badge_makes_its_row_higher(officer):
    """A section may be called as a shape of badges is: its distances are not theirs."""
    officer.open("/admin/relations/project/")
    shapes = "() => [...document.querySelectorAll('.badge')].map((badge) => badge.className.split(' ').pop())"
    margins = "() => [...document.querySelectorAll('.badge')].map((badge) => getComputedStyle(badge).margin)"

    assert {"ok", "plan"} <= set(officer.page.evaluate(shapes))
    assert set(officer.page.evaluate(margins)) == {"0px"}
