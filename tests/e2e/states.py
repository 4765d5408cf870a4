"""States of pages that no address leads to: how a visitor gets there."""

from __future__ import annotations

from collections.abc import Callable

from contacts.models import Person
from delegations.models import Delegation, FollowUp
from relations.models import Occasion, Partnership
from reminders.models import Rule
from tests.e2e.browser import Visitor
from tests.e2e.rows import fullest

Reach = Callable[[Visitor], object]


def send_nothing(visitor: Visitor) -> None:
    """A form with faults in the form itself and in a row of it."""
    visitor.open(fullest(Delegation).get_absolute_url())
    visitor.page.locator("#id_title").fill("")
    visitor.page.locator("#stops-group .add-row").click()
    visitor.page.locator("[name=_save]").click()
    visitor.page.wait_for_selector(".errornote")


def add_rows(visitor: Visitor) -> None:
    visitor.open("/admin/delegations/delegation/add/")
    for rows in ("stops", "participants", "programme"):
        visitor.page.locator(f"#{rows}-group .add-row").click()


def search_in_a_field(visitor: Visitor) -> None:
    visitor.open("/admin/relations/partnership/add/")
    visitor.page.locator("#id_partner").fill("istan")
    visitor.page.get_by_role("option").first.wait_for()


def find_nothing_in_a_field(visitor: Visitor) -> None:
    visitor.open("/admin/relations/partnership/add/")
    visitor.page.locator("#id_partner").fill("there is no such city")
    visitor.page.locator(".chooser-note:visible").wait_for()


def choose_rows(visitor: Visitor) -> None:
    visitor.open("/admin/delegations/followup/")
    for number in range(2):
        visitor.page.locator(".action-select").nth(number).check()


def ask_before_deleting_several(visitor: Visitor) -> None:
    choose_rows(visitor)
    visitor.page.locator("[name=action]").select_option("delete_selected")
    visitor.page.locator("[name=index]").click()
    visitor.page.wait_for_selector("[name=post]", state="attached")


def open_the_user_menu(visitor: Visitor) -> None:
    visitor.open("/admin/")
    visitor.page.locator(".user-menu summary").click()


def refuse_the_password(visitor: Visitor) -> None:
    visitor.open("/admin/password_change/")
    visitor.page.locator("#id_old_password").fill("wrong")
    visitor.page.locator("#id_new_password1").fill("short")
    visitor.page.locator("#id_new_password2").fill("other")
    visitor.page.locator("#id_new_password2").press("Enter")
    visitor.page.wait_for_selector(".errorlist")


def lose_the_cookies(visitor: Visitor) -> None:
    visitor.open(fullest(Person).get_absolute_url())
    visitor.context.clear_cookies(name="csrftoken")
    visitor.page.locator("[name=_save]").click()
    visitor.page.wait_for_load_state()


def foresee_a_move(visitor: Visitor) -> None:
    planned = FollowUp.objects.filter(step__isnull=False)
    occasion = Occasion.objects.filter(pk__in=planned.values("occasion")).latest("pk")
    visitor.open(f"/admin/relations/occasion/{occasion.pk}/do/move/")
    visitor.page.locator("[name^=celebrated_from][name$=year]").fill("2031")
    visitor.page.locator("#verb_form [type=submit]").click()
    visitor.page.wait_for_selector("#h-moves")


def plan_of_a_jubilee(visitor: Visitor) -> None:
    step = FollowUp.objects.filter(step__isnull=False).latest("pk")
    visitor.open(step.occasion.get_absolute_url())


def make_the_address_of_a_calendar(visitor: Visitor) -> None:
    visitor.open("/admin/calendar-subscription/")
    visitor.page.locator("[name=renew]").first.click()
    visitor.page.locator("#feed-address").wait_for()


def make_an_access_token(visitor: Visitor) -> None:
    visitor.open("/admin/your-access/")
    visitor.page.locator("#id_name").fill("Website")
    visitor.page.locator("#id_visits").select_option("read")
    visitor.page.locator("#access_form [type=submit]").click()
    visitor.page.locator("#secret").wait_for()


def ask_for_a_token_that_opens_nothing(visitor: Visitor) -> None:
    visitor.open("/admin/your-access/")
    visitor.page.locator("#access_form [type=submit]").click()
    visitor.page.locator(".errorlist").first.wait_for()


def ask_for_years_that_make_no_sense(visitor: Visitor) -> None:
    visitor.open("/admin/forecast/?from=2030&to=2020")
    visitor.page.locator(".errorlist").wait_for()


def see_what_a_rule_sends(visitor: Visitor) -> None:
    """With every part of the page unfolded."""
    visitor.open(f"{fullest(Rule).get_absolute_url().removesuffix('change/')}preview/")
    visitor.page.eval_on_selector_all("details.fold", "parts => parts.forEach(part => (part.open = true))")


STATES: dict[str, Reach] = {
    "no-such-page": lambda visitor: visitor.open("/admin/there/is/no/such/page/"),
    "no-right": lambda visitor: visitor.open("/admin/contacts/user/add/"),
    "broken": lambda visitor: visitor.open("/fails/"),
    "cookies-lost": lose_the_cookies,
    "form-with-errors": send_nothing,
    "form-with-new-rows": add_rows,
    "field-with-suggestions": search_in_a_field,
    "field-without-suggestions": find_nothing_in_a_field,
    "rows-chosen": choose_rows,
    "asked-before-deleting": ask_before_deleting_several,
    "menu-open": open_the_user_menu,
    "password-refused": refuse_the_password,
    "tie": lambda visitor: visitor.open(fullest(Partnership).get_absolute_url()),
    "visit": lambda visitor: visitor.open(fullest(Delegation).get_absolute_url()),
    "jubilee": plan_of_a_jubilee,
    "jubilee-moved": foresee_a_move,
    "list": lambda visitor: visitor.open("/admin/relations/partnership/?q=istanbul&_facets=True"),
    "rules": lambda visitor: visitor.open("/admin/reminders/rule/"),
    "rule-preview": see_what_a_rule_sends,
    "home": lambda visitor: visitor.open("/admin/?whose=all"),
    "forecast": lambda visitor: visitor.open("/admin/forecast/?at_least=round"),
    "forecast-refused": ask_for_years_that_make_no_sense,
    "calendar-address": make_the_address_of_a_calendar,
    "access-token": make_an_access_token,
    "access-refused": ask_for_a_token_that_opens_nothing,
    "search": lambda visitor: visitor.open("/admin/search/?q=istanbul"),
    "search-without-hits": lambda visitor: visitor.open("/admin/search/?q=there-is-no-such-thing"),
}
