"""What staff do in a day, done as they do it: by mouse, or by the keys alone."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from config.demo import PASSWORD
from contacts.models import City, Person
from delegations.models import Delegation, FollowUp, ProgrammeItem
from relations.models import Partnership
from reminders.models import Rule, Stage
from tests.e2e.browser import NARROW, NARROWEST, WIDE, Visitor
from tests.factories import (
    CityFactory,
    FollowUpFactory,
    PartnershipFactory,
    PersonFactory,
    PlaceFactory,
    PostFactory,
)


@pytest.fixture
def officer(site):
    with site.visitor("officer") as visitor:
        yield visitor


def choose(page: Page, field: str, name: str) -> None:
    """Search in a field and take what it offers."""
    page.locator(f"#id_{field}").fill(name)
    page.get_by_role("option", name=name).first.click()


def enter_month(page: Page, field: str, month: str, year: str) -> None:
    page.locator(f"[name={field}_precision][value=month]").check(force=True)
    page.locator(f"[name={field}_month]").select_option(month)
    page.locator(f"[name={field}_year]").fill(year)


def enter_day(page: Page, field: str, day: str, month: str, year: str) -> None:
    page.locator(f"[name={field}_precision][value=day]").check(force=True)
    page.locator(f"[name={field}_day]").fill(day)
    page.locator(f"[name={field}_month]").select_option(month)
    page.locator(f"[name={field}_year]").fill(year)


def add_row(page: Page, rows: str) -> None:
    page.locator(f"#{rows}-group .add-row").click()


def save(visitor: Visitor) -> None:
    visitor.page.locator("[name=_save]").click()
    expect(visitor.page.locator(".messagelist .ok")).to_be_visible()
    assert visitor.complaints == []


def test_whoever_signs_in_comes_to_the_day_and_signs_out_again(site):
    with site.visitor() as visitor:
        page = visitor.page
        visitor.open("/")
        page.get_by_label("Benutzername").fill("officer")
        page.get_by_label("Passwort").fill(PASSWORD)
        page.locator("#login-form [type=submit]").click()
        page.wait_for_url(f"{site.url}/admin/")

        expect(page.locator("#user-tools .who")).to_have_text("Nora Beispiel")

        page.locator(".user-menu summary").click()
        page.locator("#logout-form button").click()
        page.wait_for_load_state()
        visitor.open("/admin/")

        assert page.url == f"{site.url}/admin/login/?next=/admin/"


def test_tie_is_entered_with_a_date_known_to_the_month(officer):
    home = City.objects.get_by_natural_key("Duisburg")
    partner = CityFactory(name_de="Beispielhausen", country="FR")
    page = officer.page

    officer.open("/admin/relations/partnership/add/")
    choose(page, "home", home.name_de)
    choose(page, "partner", "beispielhausen")
    enter_month(page, "founded", "05", "1993")
    save(officer)

    tie = Partnership.objects.get(partner=partner)
    assert (tie.home, str(tie.founded)) == (home, "1993-05")
    officer.open(tie.get_absolute_url())
    expect(page.locator("[name=founded_precision][value=month]")).to_be_checked()
    expect(page.locator("[name=founded_year]")).to_have_value("1993")
    officer.open("/admin/relations/partnership/?q=beispielhausen")
    expect(page.locator("#result_list tbody tr")).to_contain_text("Mai 1993")


def test_person_is_entered_together_with_a_post(officer):
    post = PostFactory(title_de="Amt der Probe")
    page = officer.page

    officer.open("/admin/contacts/person/add/")
    page.locator("#id_given_names").fill("Petra")
    page.locator("#id_family_name").fill("Erfunden")
    add_row(page, "tenures")
    choose(page, "tenures-0-post", "Amt der Probe")
    page.locator("#id_tenures-0-since").fill("01.2024")
    save(officer)

    person = Person.objects.get(family_name="Erfunden")
    assert [(tenure.post, str(tenure.since)) for tenure in person.tenures.all()] == [(post, "2024-01")]


def test_visit_is_entered_with_two_stops_and_a_programme(officer):
    page = officer.page

    officer.open("/admin/delegations/delegation/add/")
    page.locator("#id_title").fill("Probefahrt")
    page.locator("#id_direction").select_option(Delegation.Direction.OUTBOUND)
    enter_day(page, "starts_on", "3", "05", "2027")
    enter_day(page, "ends_on", "7", "05", "2027")
    stops = [("Istanbul", "2027-05-03", "2027-05-05"), ("Gaziantep", "2027-05-05", "2027-05-07")]
    for number, (city, arrives, departs) in enumerate(stops):
        add_row(page, "stops")
        page.locator(f"#id_stops-{number}-order").fill(str(number + 1))
        choose(page, f"stops-{number}-city", city)
        page.locator(f"#id_stops-{number}-arrives_on").fill(arrives)
        page.locator(f"#id_stops-{number}-departs_on").fill(departs)
    save(officer)
    visit = Delegation.objects.get(title="Probefahrt")
    officer.open(visit.get_absolute_url())
    add_row(page, "programme")
    page.locator("#id_programme-0-kind").select_option(ProgrammeItem.Kind.RECEPTION)
    page.locator("#id_programme-0-title").fill("Empfang im Rathaus")
    enter_day(page, "programme-0-on", "3", "05", "2027")
    page.locator("#id_programme-0-starts_at").fill("18:00")
    choose(page, "programme-0-stop", "Istanbul")
    save(officer)

    assert [stop.city.name_de for stop in visit.stops.order_by("order")] == ["Istanbul", "Gaziantep"]
    item = visit.programme.get()
    assert (item.title, str(item.on), str(item.starts_at)) == ("Empfang im Rathaus", "2027-05-03", "18:00:00")
    assert item.stop == visit.stops.get(order=1)


def test_follow_up_is_completed_on_the_first_page_and_taken_back(officer):
    follow_up = FollowUp.objects.filter(title="Fotos vom Empfang an die Partnerstadt schicken").get()
    page = officer.page

    officer.open("/admin/")
    page.get_by_role("button", name=follow_up.title).first.click()
    expect(page.locator(".undo")).to_contain_text(follow_up.title)
    follow_up.refresh_from_db()
    assert follow_up.state == FollowUp.State.DONE

    page.locator(".undo button").click()
    expect(page.get_by_role("button", name=follow_up.title).first).to_be_visible()
    follow_up.refresh_from_db()
    assert follow_up.state == FollowUp.State.OPEN


def test_follow_up_is_completed_on_its_own_page(officer):
    follow_up = FollowUpFactory(title="Probe erledigen")
    page = officer.page

    officer.open(follow_up.get_absolute_url())
    page.locator(f"a[href$='/{follow_up.pk}/do/complete/']").click()
    page.locator("#verb_form [type=submit]").click()
    expect(page.locator(".messagelist .ok")).to_be_visible()

    follow_up.refresh_from_db()
    assert follow_up.state == FollowUp.State.DONE


def test_language_is_changed_and_kept(officer):
    page = officer.page
    officer.open("/admin/contacts/city/?q=istanbul")

    page.locator(".user-menu summary").click()
    page.locator(".language-switch [value=en]").click()
    page.wait_for_load_state()

    assert page.url.endswith("/admin/contacts/city/?q=istanbul")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    officer.open("/admin/relations/partnership/")
    expect(page.locator("h1")).to_have_text("Partnerships")


def test_error_leads_to_its_field_and_what_was_entered_stays(officer):
    page = officer.page
    officer.open("/admin/delegations/delegation/add/")
    page.locator("#id_purpose").fill("Was hier steht, soll bleiben.")
    enter_month(page, "starts_on", "05", "2027")
    page.locator("[name=_save]").click()

    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()

    title = page.locator("#id_title")
    expect(title).to_be_focused()
    expect(title).to_have_attribute("aria-invalid", "true")
    described = title.get_attribute("aria-describedby")
    assert "id_title_error" in described.split()
    expect(page.locator("#id_title_error")).to_be_visible()
    expect(page.locator("#id_purpose")).to_have_value("Was hier steht, soll bleiben.")
    expect(page.locator("[name=starts_on_year]")).to_have_value("2027")
    expect(page.locator("[name=starts_on_precision][value=month]")).to_be_checked()
    assert re.match(r"Fehler|Error", page.title())


def tab_to(page: Page, selector: str, *, most: int = 120) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{most} tabs do not lead to {selector} on {page.url}")


def test_keys_alone_lead_from_sign_in_over_search_and_form_to_save(site):
    person = PersonFactory(family_name="Tastenfrau")
    with site.visitor() as visitor:
        page = visitor.page
        visitor.open("/admin/")
        if page.evaluate("document.activeElement.name") != "username":
            tab_to(page, "[name=username]")
        page.keyboard.type("officer")
        tab_to(page, "[name=password]", most=3)
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{site.url}/admin/")

        tab_to(page, "#search-head")
        page.keyboard.type("tastenfrau")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=tastenfrau")
        tab_to(page, "main ul.rows a")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{site.url}{person.get_absolute_url()}")
        tab_to(page, "#id_email")
        page.keyboard.type("tastenfrau@example.org")
        tab_to(page, "[name=_save]", most=200)
        page.keyboard.press("Enter")
        expect(page.locator(".messagelist .ok")).to_be_visible()

    person.refresh_from_db()
    assert person.email == "tastenfrau@example.org"


def test_list_is_exported_as_it_is_searched(site):
    CityFactory(name_de="Ausfuhrhausen", country="FR")
    with site.visitor("head") as head:
        head.open("/admin/contacts/city/?q=ausfuhrhausen")
        head.page.locator("summary", has_text=re.compile("Export|Herunterladen")).click()
        with head.page.expect_download() as download:
            head.page.locator("a[href*='/export/csv/']").click()
        rows = list(
            csv.reader(download.value.path().read_text(encoding="utf-8-sig").splitlines(), delimiter=";")
        )

    assert len(rows) == 2
    assert "Ausfuhrhausen" in rows[1]


def test_second_saver_sees_both_versions_and_chooses(site):
    tie = PartnershipFactory(partner=CityFactory(name_de="Wettlauf"), motto="")
    address = tie.get_absolute_url()
    with site.visitor("officer") as first, site.visitor("head") as second:
        for visitor, motto in ((first, "Zuerst gespeichert"), (second, "Zuletzt gespeichert")):
            visitor.open(address)
            visitor.page.locator("#id_motto").fill(motto)
        save(first)
        second.page.locator("[name=_save]").click()

        both = second.page.locator("#conflict_form")
        expect(both).to_contain_text("Zuerst gespeichert")
        expect(both).to_contain_text("Zuletzt gespeichert")
        tie.refresh_from_db()
        assert tie.motto == "Zuerst gespeichert"
        assert [*second.refusals(), *second.barriers()] == []

        both.locator("[name='_choice:motto'][value=mine]").check()
        both.locator(".primary").click()
        expect(second.page.locator(".messagelist .ok")).to_be_visible()

    tie.refresh_from_db()
    assert tie.motto == "Zuletzt gespeichert"


def test_the_head_sees_what_a_rule_would_send_and_then_saves_it_without_scripts(site):
    rule = Rule.objects.get(subject="anniversary", milestone="round")
    with site.visitor("head") as visitor:
        visitor.context.route("**/*.js", lambda route: route.abort())
        page = visitor.page
        visitor.open(rule.get_absolute_url())
        visitor.complaints.clear()
        stage = page.locator("#stages-group details").first
        stage.locator("summary").first.click()
        page.locator("[name=stages-0-days]").fill("400")
        page.locator("[name=_preview]").click()

        expect(page.locator("h1")).to_contain_text("Vorschau")
        expect(page.get_by_role("heading", name="Was anders würde")).to_be_visible()
        assert Stage.objects.filter(rule=rule, days=400).count() == 0
        found = [*visitor.refusals(), *visitor.overflows(WIDE, NARROW, NARROWEST), *visitor.barriers()]
        assert found == []

        with visitor.context.expect_page() as opened:
            page.locator("[name=_mail]").first.click()
        expect(opened.value.locator("body")).to_contain_text("Guten Morgen")
        opened.value.close()

        page.locator("[name=_save]").click()
        expect(page.locator(".messagelist .ok")).to_be_visible()
        assert Stage.objects.get(rule=rule, days=400).is_active is True


def small_window(page: Page, link: Locator) -> Page:
    """The window that opens for a new row."""
    with page.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_load_state()
    return opened.value


def test_person_post_and_institution_are_entered_from_one_form_in_windows_over_each_other(officer):
    page = officer.page
    officer.open("/admin/contacts/person/add/")
    page.locator("#id_family_name").fill("Neuland")
    add_row(page, "tenures")

    page.locator("#id_tenures-0-post").fill("Amt für Neuland")
    post = small_window(page, page.locator(".options .create:visible"))
    expect(post.locator("#id_title_de")).to_have_value("Amt für Neuland")
    body = small_window(post, post.locator(".field-organisation [data-action=add]"))
    body.locator("#id_title").fill("Rathaus Neuland")
    body.locator("[name=_save]").click()
    expect(post.locator("#id_organisation")).to_have_value("Rathaus Neuland")
    post.locator("[name=_save]").click()
    expect(page.locator("#id_tenures-0-post")).to_have_value("Amt für Neuland, Rathaus Neuland")
    save(officer)

    (tenure,) = Person.objects.get(family_name="Neuland").tenures.all()
    assert str(tenure.post) == "Amt für Neuland, Rathaus Neuland"


def test_city_is_picked_from_the_gazetteer_by_a_former_name_and_saved_at_once(officer):
    PlaceFactory(
        name="Musterburg", names=["Altmuster"], country="UA", timezone="Europe/Kyiv", population=9_000
    )
    page = officer.page
    officer.open("/admin/contacts/city/add/")

    page.locator("#gazetteer-q").fill("altmuster")
    page.get_by_role("option", name="Altmuster").click()
    save(officer)

    city = City.objects.get(name_de="Altmuster")
    assert (city.country, city.timezone, city.population) == ("UA", "Europe/Kyiv", 9_000)
    assert city.other_names == ["Musterburg"]
