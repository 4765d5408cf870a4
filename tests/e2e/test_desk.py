"""What only script and keys can show of the desk: the palette, small menus, one click and its undoing."""

import re

import pytest
from playwright.sync_api import expect

SELECTED = "#palette [aria-selected=true]"


@pytest.fixture
def visitor(site):
    with site.visitor("officer", language="en") as visitor:
        yield visitor


def faults(visitor):
    """All that the browser and axe complain of where the page stands now."""
    return visitor.complaints + visitor.refusals() + visitor.barriers()


def test_palette_finds_a_row_by_key_alone(visitor):
    page = visitor.page
    visitor.open("/admin/contacts/city/")

    page.keyboard.press("Control+k")
    page.keyboard.type("imamoglu")
    expect(page.locator(SELECTED)).to_contain_text("Ekrem İmamoğlu")
    expect(page.locator("#palette [role=status]")).to_contain_text("hits")
    field = page.locator("#palette input")
    assert field.get_attribute("aria-activedescendant") == page.locator(SELECTED).get_attribute("id")
    assert field.get_attribute("aria-expanded") == "true"
    assert faults(visitor) == []

    page.keyboard.press("ArrowDown")
    expect(page.locator(SELECTED)).not_to_contain_text("Oberbürgermeister")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_contain_text("Ekrem İmamoğlu")


def test_palette_names_pages_and_what_can_be_done_before_anything_is_typed(visitor):
    page = visitor.page
    visitor.open("/admin/")

    page.keyboard.press("Control+k")

    expect(page.locator("#palette .group-name")).to_have_text(["Do", "Pages"])
    page.keyboard.type("partnersh")
    expect(page.locator("#palette [role=option] .title").first).to_be_visible()
    assert faults(visitor) == []
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_palette_says_that_nothing_is_there_and_leads_to_the_page(visitor):
    page = visitor.page
    visitor.open("/admin/")

    page.keyboard.press("Control+k")
    page.keyboard.type("zzzz")
    expect(page.locator("#palette [role=status]")).to_have_text("Nothing found")
    expect(page.locator("#palette input")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")

    page.wait_for_url("**/admin/search/?q=zzzz")


def test_the_head_searches_without_the_palette(visitor):
    page = visitor.page
    visitor.open("/admin/")

    page.fill("#search-head", "istanbul")
    page.press("#search-head", "Enter")

    expect(page.locator("h1")).to_have_text("Search")
    expect(page.locator(".search-results h2").first).to_contain_text("Cities")
    assert faults(visitor) == []


def test_a_promise_is_put_off_and_taken_back(visitor):
    page = visitor.page
    visitor.open("/admin/?whose=all")
    title = page.locator(".due .title").first.inner_text()

    page.locator(".due details.menu summary").first.click()
    assert faults(visitor) == []
    page.locator(".due details[open] button[value=month]").click()
    expect(page.locator("form.undo")).to_contain_text(title)
    assert faults(visitor) == []
    page.locator("form.undo button").click()

    expect(page.locator(".messagelist")).to_contain_text(title)
    assert page.locator(".due .title").first.inner_text() == title


def test_the_switch_narrows_and_shows_all_again(visitor):
    page = visitor.page
    visitor.open("/admin/relations/partnership/")

    page.locator("summary.viewpoint").click()
    assert faults(visitor) == []
    page.locator(".viewpoint-menu button", has_text="Linz").click()
    expect(page.locator("form.narrowed")).to_contain_text("Only Linz")
    assert faults(visitor) == []
    page.locator("form.narrowed button").click()

    expect(page.locator("form.narrowed")).to_have_count(0)
    assert page.url.endswith("/admin/relations/partnership/")


def test_a_contact_is_noted_where_several_names_fit(visitor):
    page = visitor.page
    visitor.open("/admin/contact-note/")

    page.fill("[name=about]", "eskis")
    page.fill("[name=summary]", "Termin abgestimmt")
    page.keyboard.press("Tab")
    page.locator(".contact-note button.primary").click()
    choice = page.locator("label.check", has_text="Linz–Eskişehir Partnerships")
    expect(choice).to_be_visible()
    assert faults(visitor) == []
    choice.click()
    page.locator(".contact-note button.primary").click()

    expect(page.locator(".messagelist")).to_contain_text("Noted: call")


def test_a_calendar_is_ended_on_the_page_that_shows_its_address(visitor):
    page = visitor.page
    visitor.open("/admin/calendar-subscription/")
    page.locator("[name=renew]").first.click()
    expect(page.locator("#feed-address")).to_be_visible()

    page.locator("[name=revoke]").click()

    expect(page.locator(".messagelist")).to_contain_text("The address opens nothing any more.")


def test_a_token_is_revoked_on_the_page_that_shows_it(visitor):
    page = visitor.page
    visitor.open("/admin/your-access/")
    page.fill("#id_name", "To be revoked")
    page.locator("#id_visits").select_option("read")
    page.locator("#access_form [type=submit]").click()
    expect(page.locator("#secret")).to_have_value(re.compile("^gb_"))

    page.get_by_role("button", name="Revoke “To be revoked”").click()

    expect(page.locator(".messagelist")).to_contain_text("“To be revoked” opens nothing any more.")
    expect(page.locator("#secret")).to_have_count(0)
