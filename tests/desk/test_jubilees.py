"""A jubilee is planned with one click, and its page shows how far it has come."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delegations import jubilee
from delegations.models import FollowUp, JubileeStep
from delegations.shipped import ship
from relations.models import Occasion
from tests.desk.conftest import tie_of
from tests.factories import (
    DelegationFactory,
    JubileeStepFactory,
    OccasionFactory,
    PartnershipFactory,
    UserFactory,
    user_in,
)
from tests.pages import errors_on, said_on, save, url_of

TODAY = datetime.date(2026, 11, 18)


@pytest.fixture(autouse=True)
def _today(db):
    ship(JubileeStep)
    with time_machine.travel(datetime.datetime(2026, 11, 18, 12, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture
def tie(officer):
    return tie_of("Berlin", "Istanbul", founded="1989-11-17", responsible=officer)


@pytest.fixture
def occasion(tie):
    return jubilee.plan(tie, today=TODAY)


def do(record, verb):
    name = f"admin:{record._meta.app_label}_{record._meta.model_name}_do"
    return reverse(name, args=[record.pk, verb])


def buttons_on(page):
    return [verb.name for verb, _url in page.context.get("verbs", [])]


def steps(occasion):
    return list(FollowUp.objects.of_plan([occasion]))


def date_of(name, year, month="", day=""):
    precision = "day" if day else "month" if month else "year"
    return {f"{name}_precision": precision, f"{name}_year": year, f"{name}_month": month, f"{name}_day": day}


# --- begun with one click ---


def test_one_click_on_the_page_of_the_tie_leads_to_the_plan(client, tie):
    assert "plan_jubilee" in buttons_on(client.get(tie.get_absolute_url()))

    answer = client.post(do(tie, "plan_jubilee"))

    occasion = Occasion.objects.get()
    assert answer.url == occasion.get_absolute_url()
    assert said_on(answer) == ["Berlin–Istanbul has a plan for its next round anniversary."]
    assert len(steps(occasion)) == 9
    assert steps(occasion)[0].history.get().history_user == answer.wsgi_request.user


def test_a_tie_with_a_plan_shows_it_and_has_no_button_for_another(client, tie, occasion):
    page = client.get(tie.get_absolute_url())

    assert "plan_jubilee" not in buttons_on(page)
    assert "0 of 9 done, next step on 17 November 2027" in page.content.decode()


def test_a_tie_without_a_founding_date_is_told_so(client):
    page = client.post(do(PartnershipFactory(), "plan_jubilee"))

    [sentence] = page.context["form"].non_field_errors()
    assert sentence.startswith("Nobody has entered when")
    assert not Occasion.objects.exists()


@pytest.mark.parametrize("status", ["suspended", "ended", "council_decision"])
def test_a_tie_off_the_books_has_no_button(client, tie, status):
    tie.events.create(kind=status, on="2020")

    assert "plan_jubilee" not in buttons_on(client.get(tie.get_absolute_url()))


def test_one_click_on_the_page_of_the_occasion_begins_its_plan(client, tie):
    occasion = OccasionFactory(partnership=tie, years=40, celebrated_from="2029-06-01")
    assert "plan_jubilee" in buttons_on(client.get(occasion.get_absolute_url()))

    client.post(do(occasion, "plan_jubilee"))

    assert str(steps(occasion)[0].due_on) == "2027-06-01"
    assert "plan_jubilee" not in buttons_on(client.get(occasion.get_absolute_url()))


def test_the_first_page_offers_a_plan_for_round_anniversaries_and_then_shows_it(client, tie):
    address = do(tie, "plan_jubilee")
    assert address in client.get("/admin/").content.decode()

    client.post(address)

    page = client.get("/admin/").content.decode()
    assert address not in page
    assert "0 of 9 done, next step on 17 November 2027" in page


def test_what_is_not_celebrated_is_not_offered_on_the_first_page(client, tie):
    OccasionFactory(partnership=tie, years=40, state="skipped")

    page = client.get("/admin/").content.decode()

    assert do(tie, "plan_jubilee") not in page
    assert "not celebrated" in page


@pytest.mark.parametrize(
    ("role", "status"), [("reader", 403), ("portal editor", 403), ("officer", 200), ("head", 200)]
)
def test_a_plan_is_begun_by_those_with_the_rights(client, tie, role, status):
    client.force_login(user_in(role))

    assert client.get(do(tie, "plan_jubilee")).status_code == status
    assert (do(tie, "plan_jubilee") in client.get("/admin/?whose=all").content.decode()) is (status == 200)


# --- the page of the plan ---


def test_the_page_shows_the_steps_in_order_with_date_owner_and_state(client, occasion):
    rows = steps(occasion)
    rows[0].complete(on=datetime.date(2027, 10, 5))
    rows[1].drop(reason="Budget freeze")
    page = client.get(occasion.get_absolute_url())

    plan = page.context["plan"]
    assert [(row.shape, row.when) for row in plan.rows][:3] == [
        ("ok", "done"),
        ("over", "dropped"),
        ("plan", "17 Feb 2029"),
    ]
    owner = str(occasion.partnership.responsible)
    assert [row.facts for row in plan.rows][:3] == [
        ["24 months before", owner, "done on 5 Oct 2027"],
        ["12 months before", owner, "Budget freeze"],
        ["9 months before", owner],
    ]
    assert plan.progress.display() == "1 of 9 done, 1 dropped, next step on 17 February 2029"


def test_a_step_is_done_with_one_click_and_taken_back(client, occasion):
    step, here = steps(occasion)[0], occasion.get_absolute_url()

    answer = client.post(reverse("desk:complete", args=[step.pk]), {"next": here})
    assert answer.url == here
    page = client.get(here)
    assert page.context["undo"]["fields"] == {"next": here}
    assert page.context["plan"].progress.done == 1

    assert client.post(page.context["undo"]["url"], page.context["undo"]["fields"]).url == here
    assert client.get(here).context["plan"].progress.done == 0


def test_a_step_postponed_here_is_marked_as_set_by_hand(client, occasion):
    step, here = steps(occasion)[0], occasion.get_absolute_url()

    assert client.post(reverse("desk:postpone", args=[step.pk]), {"by": "month", "next": here}).url == here

    facts = client.get(here).context["plan"].rows[0].facts
    assert facts[-1] == "date set by hand, by the plan on 17 November 2027"


def test_the_page_names_the_visits_that_belong_to_it(client, occasion):
    visit = DelegationFactory(title="Feier in Istanbul", occasion=occasion)
    page = client.get(occasion.get_absolute_url()).content.decode()

    assert visit.get_absolute_url() in page
    assert f"?occasion={occasion.pk}&amp;partnership={occasion.partnership_id}" in page


@pytest.mark.parametrize(("role", "sees"), [("reader", False), ("officer", True)])
def test_readers_see_the_plan_without_buttons(client, occasion, role, sees):
    client.force_login(user_in(role))
    page = client.get(occasion.get_absolute_url())

    assert len(page.context["plan"].rows) == 9
    assert (reverse("desk:complete", args=[steps(occasion)[0].pk]) in page.content.decode()) is sees


def test_a_tie_that_rests_is_said_on_the_page_of_its_plan(client, occasion):
    occasion.partnership.suspend(on="2026")

    [no_date, note] = client.get(occasion.get_absolute_url()).context["plan"].notes
    assert no_date == (
        "No date of the celebration is entered yet: the steps count from the anniversary on 17 November 2029."
    )
    assert note == (
        "Berlin–Istanbul is suspended. Decide whether the celebration is postponed or not held at all."
    )


def test_the_lists_and_the_first_page_cost_the_same_for_many_plans(client, officer):
    def cost(url):
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    urls = ("/admin/?whose=all", reverse("admin:relations_occasion_changelist"))

    def plan(number):
        jubilee.plan(tie_of(f"H{number}", f"P{number}", founded="1989-11-17"), today=TODAY)

    for number in range(2):
        plan(number)
    few = [cost(url) for url in urls]
    for number in range(2, 8):
        plan(number)

    assert [cost(url) for url in urls] == few


def test_the_page_costs_the_same_for_many_steps(client, occasion):
    def cost():
        client.get(occasion.get_absolute_url())
        with CaptureQueriesContext(connection) as queries:
            client.get(occasion.get_absolute_url())
        return len(queries)

    nine = cost()
    for row in steps(occasion)[:5]:
        row.assignee = UserFactory()
        row.save()
    FollowUp.objects.filter(pk__in=[row.pk for row in steps(occasion)[5:]]).delete()

    assert cost() == nine


# --- moved, postponed, skipped ---


def test_moving_shows_what_moves_before_it_is_done(client, occasion):
    facts = date_of("celebrated_from", "2029", "12", "17")
    page = client.post(do(occasion, "move"), facts)

    assert len(page.context["foreseen"]) == 9
    assert "17 Dec 2027" in page.content.decode()
    assert str(steps(occasion)[0].due_on) == "2027-11-17"

    name, seen = page.context["seen"]
    answer = client.post(do(occasion, "move"), facts | {name: seen})
    assert answer.url == occasion.get_absolute_url()
    assert str(steps(occasion)[0].due_on) == "2027-12-17"


def test_another_date_than_the_one_shown_is_shown_first(client, occasion):
    name, seen = client.post(do(occasion, "move"), date_of("celebrated_from", "2029", "12")).context["seen"]

    page = client.post(do(occasion, "move"), date_of("celebrated_from", "2030") | {name: seen})

    assert page.context["seen"] != (name, seen)
    assert str(steps(occasion)[0].due_on) == "2027-11-17"


def test_a_refused_move_says_why_at_the_date(client, occasion):
    dates = date_of("celebrated_from", "2029", "12", "17") | date_of("celebrated_until", "2029", "12", "16")
    name, seen = client.post(do(occasion, "move"), dates).context["seen"]

    page = client.post(do(occasion, "move"), dates | {name: seen})

    assert list(page.context["form"].errors) == ["celebrated_until"]
    assert str(steps(occasion)[0].due_on) == "2027-11-17"


def test_while_a_plan_runs_its_dates_and_state_are_changed_by_buttons_alone(client, occasion):
    page = save(client, url_of(occasion), "occasion", motto="Cities of freedom", state="skipped", years="45")

    assert page.status_code == 302
    occasion.refresh_from_db()
    assert (occasion.motto, occasion.state, occasion.years) == ("Cities of freedom", "planned", 40)


def test_an_occasion_without_a_plan_is_edited_as_before(client, tie):
    occasion = OccasionFactory(partnership=tie, years=35)

    assert save(client, url_of(occasion), "occasion", state="celebrated").status_code == 302
    occasion.refresh_from_db()
    assert occasion.state == "celebrated"


def test_a_founding_date_corrected_on_its_page_moves_the_plan(client, tie, occasion):
    page = save(client, url_of(tie), "partnership", **date_of("founded", "1989", "11", "19"))

    assert page.status_code == 302, errors_on(page)
    assert str(steps(occasion)[0].due_on) == "2027-11-19"


def test_skipping_asks_for_the_reason(client, occasion):
    page = client.post(do(occasion, "skip"), {"reason": ""})
    assert page.context["form"].errors == {"reason": ["This field is required."]}

    client.post(do(occasion, "skip"), {"reason": "Budget freeze"})
    assert {row.dropped_because for row in steps(occasion)} == {"Budget freeze"}
    assert buttons_on(client.get(occasion.get_absolute_url())) == ["take_up"]


@pytest.mark.parametrize(
    ("facts", "buttons"),
    [
        ({}, ["move", "postpone", "skip"]),
        ({"state": "postponed"}, ["move", "skip"]),
        ({"state": "skipped"}, ["take_up"]),
        ({"state": "celebrated"}, ["take_up"]),
        ({"celebrated_from": "2026-11"}, ["move", "postpone", "celebrate", "skip"]),
    ],
)
def test_a_jubilee_has_the_buttons_that_make_sense(client, occasion, facts, buttons):
    Occasion.objects.update(**facts)

    assert buttons_on(client.get(occasion.get_absolute_url())) == buttons


def test_whoever_may_not_change_follow_ups_moves_no_plan(client, occasion):
    client.force_login(user_in("reader"))

    assert client.post(do(occasion, "postpone"), {}).status_code == 403


# --- a step as a follow-up ---


def test_a_follow_up_says_where_it_stands_in_its_plan(client, occasion):
    step = steps(occasion)[0]

    assert "24 months before; moves with the celebration" in client.get(url_of(step)).content.decode()


def test_a_step_that_came_with_the_house_has_no_button_to_delete_it(client):
    own, shipped = JubileeStepFactory(), JubileeStep.objects.get(key="travel")

    assert [client.get(url_of(step, "delete")).status_code for step in (own, shipped)] == [200, 403]


def test_the_steps_of_jubilees_are_edited_by_officers_and_reset(client):
    step = JubileeStep.objects.get(key="travel")
    save(client, url_of(step), "jubileestep", count="5")
    step.refresh_from_db()
    assert str(step.offset) == "-P5M"

    client.post(do(step, "reset"))
    step.refresh_from_db()
    assert str(step.offset) == "-P3M"
