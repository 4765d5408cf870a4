"""Jubilees through the API: planned, moved, postponed, skipped, and how far their plans have come."""

import datetime

import pytest
import time_machine

from delegations import jubilee
from delegations.models import FollowUp, JubileeStep
from delegations.shipped import ship
from relations.models import Occasion
from tests.factories import (
    CityFactory,
    HomeCityFactory,
    JubileeStepFactory,
    OccasionFactory,
    PartnershipFactory,
)

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 11, 26)


@pytest.fixture(autouse=True)
def _today(db):
    ship(JubileeStep)
    with time_machine.travel(datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture
def tie():
    return PartnershipFactory(
        home=HomeCityFactory(name_de="Berlin"), partner=CityFactory(name_de="Istanbul"), founded="1989-11-17"
    )


@pytest.fixture
def occasion(tie):
    return jubilee.plan(tie, years=40, today=TODAY)


def plan(client, tie, facts):
    return client.post(f"/api/v1/partnerships/{tie.pk}/plan-jubilee/", facts)


def errors_of(answer):
    assert answer.status_code == 400, answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def days(occasion):
    return [str(row.due_on) if row.due_on else None for row in FollowUp.objects.of_plan([occasion])]


def test_a_jubilee_is_planned_and_the_answer_is_the_occasion(officer, tie):
    answer = plan(officer, tie, {"years": 40})
    row = answer.json()

    first = FollowUp.objects.order_by("pk")[0]
    assert answer.status_code == 201
    assert (row["name"], row["years"], row["state"]) == ("40 years Berlin–Istanbul", 40, "planned")
    assert row["plan"] == {
        "steps": 9,
        "done": 0,
        "dropped": 0,
        "next": {"id": first.pk, "name": first.title},
        "next_due_on": "2027-11-17",
    }
    assert answer["Location"].endswith(f"/api/v1/occasions/{row['id']}/")
    assert officer.get(answer["Location"]).json() == row


def test_planned_again_the_answer_is_the_same_plan(officer, tie):
    first, second = plan(officer, tie, {"years": 40}), plan(officer, tie, {})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert FollowUp.objects.count() == 9


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"years": 38}, ("years", "not_round")),
        ({"years": 35}, ("years", "over")),
        ({"years": 9000}, ("years", "too_far")),
        ({"years": 0}, ("years", "min_value")),
        ({"years": "many"}, ("years", "invalid")),
        ({"year": 40}, ("year", "unknown_field")),
    ],
)
def test_what_cannot_be_planned_names_the_field(officer, tie, facts, error):
    assert errors_of(plan(officer, tie, facts)) == [error]
    assert not Occasion.objects.exists()


def test_a_tie_without_a_founding_date_or_off_the_books_is_refused(officer, tie):
    assert errors_of(plan(officer, PartnershipFactory(), {"years": 40})) == [("founded", "required")]

    tie.suspend(on="2022")
    assert errors_of(plan(officer, tie, {"years": 40})) == [("status", "suspended")]


def test_refusals_speak_german_too(officer, tie):
    officer.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"

    [error] = plan(officer, tie, {"years": 38}).json()["errors"]
    assert error["detail"] == (
        "38 Jahre sind kein runder Jahrestag: Rund ist ab dem zehnten jeder fünfte. "
        "Der nächste: 40 Jahre, am 17. November 2029."
    )


@pytest.mark.parametrize(
    ("role", "code"), [("reader", 403), ("portal editor", 403), ("officer", 201), ("head", 201)]
)
def test_planning_needs_the_rights_for_what_it_makes(client_of, tie, role, code):
    assert plan(client_of(role), tie, {"years": 40}).status_code == code


def test_an_occasion_on_record_is_planned(officer, tie):
    row = OccasionFactory(partnership=tie, years=40, celebrated_from="2029-06")

    assert officer.get(f"/api/v1/occasions/{row.pk}/").json()["plan"] is None
    answer = officer.post(f"/api/v1/occasions/{row.pk}/plan-jubilee/")
    assert answer.json()["plan"]["next_due_on"] == "2027-06"


def test_a_celebration_is_moved_with_its_plan(officer, occasion):
    address = f"/api/v1/occasions/{occasion.pk}/move/"

    assert errors_of(officer.post(address, {})) == [("celebrated_from", "required")]
    row = officer.post(address, {"celebrated_from": "2029-12-17"}).json()
    assert (row["celebrated_from"], row["plan"]["next_due_on"]) == ("2029-12-17", "2027-12-17")


def test_a_date_changed_as_a_field_moves_the_plan_as_well(officer, occasion):
    officer.patch(f"/api/v1/occasions/{occasion.pk}/", {"celebrated_from": "2029-12-17"})

    assert days(occasion)[0] == "2027-12-17"


def test_a_corrected_founding_date_moves_the_plan(officer, tie, occasion):
    officer.patch(f"/api/v1/partnerships/{tie.pk}/", {"founded": "1989-11-19"})

    assert days(occasion)[0] == "2027-11-19"


def test_a_celebration_is_postponed_skipped_taken_up_and_celebrated(officer, occasion):
    address = f"/api/v1/occasions/{occasion.pk}"

    row = officer.post(f"{address}/postpone/", {"reason": "Budget freeze"}).json()
    assert (row["state"], row["reason"], row["plan"]["next_due_on"]) == ("postponed", "Budget freeze", None)

    assert errors_of(officer.post(f"{address}/skip/", {})) == [("reason", "required")]
    row = officer.post(f"{address}/skip/", {"reason": "Budget freeze"}).json()
    assert (row["state"], row["plan"]["dropped"], row["plan"]["next"]) == ("skipped", 9, None)
    dropped = officer.get(f"/api/v1/follow-ups/?occasion={occasion.pk}").json()["results"][0]
    assert (dropped["state"], dropped["dropped_because"]) == ("dropped", "Budget freeze")

    row = officer.post(f"{address}/take-up/").json()
    assert (row["state"], row["plan"]["dropped"], row["plan"]["next_due_on"]) == ("planned", 0, "2027-11-17")
    assert officer.post(f"{address}/celebrate/").json()["state"] == "celebrated"


def test_a_follow_up_tells_its_step_and_does_not_take_another(officer, occasion):
    address = f"/api/v1/follow-ups/{FollowUp.objects.of_plan([occasion])[0].pk}/"
    row = officer.get(address).json()

    assert (row["step"]["name"], row["offset"], row["planned_on"]) == (
        *("Settle budget and theme", "-P24M", "2027-11-17"),
    )
    assert errors_of(officer.patch(address, {"planned_on": "2028"})) == [("planned_on", "read_only")]
    assert officer.put(address, row | {"title": "Budget"}).json()["title"] == "Budget"


def test_a_follow_up_is_dropped_with_a_reason_and_open_again_without(officer, occasion):
    address = f"/api/v1/follow-ups/{FollowUp.objects.of_plan([occasion])[0].pk}"

    assert officer.post(f"{address}/drop/", {"reason": "Too early"}).json()["dropped_because"] == "Too early"
    assert officer.post(f"{address}/reopen/").json()["dropped_because"] == ""


def test_anniversaries_say_where_a_plan_is_begun(officer, tie):
    def row():
        query = "from=2029-01-01&to=2029-12-31"
        return officer.get(f"/api/v1/anniversaries/?{query}").json()["results"][0]

    assert row()["plan_jubilee"].endswith(f"/api/v1/partnerships/{tie.pk}/plan-jubilee/")
    officer.post(row()["plan_jubilee"], {"years": row()["years"]})
    assert (row()["plan_jubilee"], row()["occasion"]["name"]) == (None, "40 years Berlin–Istanbul")


@pytest.mark.parametrize(
    ("query", "role"),
    [("from=2028-01-01&to=2028-12-31", "officer"), ("from=2029-01-01&to=2029-12-31", "reader")],
)
def test_anniversaries_that_are_not_round_or_not_for_this_user_offer_none(client_of, tie, query, role):
    [row] = client_of(role).get(f"/api/v1/anniversaries/?{query}").json()["results"]

    assert row["plan_jubilee"] is None


def test_plans_cost_the_same_queries_for_one_and_many(officer, tie, django_assert_num_queries):
    def ask():
        return officer.get("/api/v1/occasions/").json()["results"]

    jubilee.plan(tie, years=40, today=TODAY)
    ask()
    with django_assert_num_queries(4):
        ask()
    for years in (45, 50, 55):
        jubilee.plan(tie, years=years, today=TODAY)
    with django_assert_num_queries(4):
        assert [row["plan"]["steps"] for row in ask()] == [9] * 4


def test_the_steps_of_jubilees_are_kept_by_the_office(officer):
    step = JubileeStep.objects.get(key="travel")
    address = f"/api/v1/jubilee-steps/{step.pk}/"

    assert officer.patch(address, {"count": 5}).json()["count"] == 5
    assert officer.post(f"{address}reset/").json()["count"] == 3
    assert errors_of(officer.patch(address, {"count": 500})) == [("count", "range")]
    assert errors_of(officer.delete(address)) == [("__all__", "shipped")]
    own = JubileeStepFactory()
    assert errors_of(officer.post(f"/api/v1/jubilee-steps/{own.pk}/reset/")) == [("__all__", "own")]
    assert officer.delete(f"/api/v1/jubilee-steps/{own.pk}/").status_code == 204
