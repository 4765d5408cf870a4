import pytest

from tests.factories import (
    AgreementFactory,
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    PartnershipFactory,
    ProgrammeItemFactory,
    StopFactory,
)

pytestmark = pytest.mark.django_db


def errors_of(answer):
    assert answer.status_code == 400, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


@pytest.fixture
def tie():
    return PartnershipFactory(kind="friendship")


# --- ties ---


def test_a_tie_is_suspended_and_resumed(officer, tie):
    address = f"/api/v1/partnerships/{tie.pk}"
    facts = {"on": "2022-03", "level": "official", "reason": "War", "review_on": "2023-03-01"}
    suspended = officer.post(f"{address}/suspend/", facts).json()
    event = officer.get(f"/api/v1/partnership-events/?partnership={tie.pk}").json()["results"][0]
    resumed = officer.post(f"{address}/resume/", {"on": "2024"}).json()

    assert (suspended["status"], resumed["status"]) == ("suspended", "active")
    assert {name: event[name] for name in facts} == facts


def test_a_tie_ends_on_a_day_that_is_known(officer, tie):
    address = f"/api/v1/partnerships/{tie.pk}/end/"

    assert errors_of(officer.post(address, {})) == [("on", "required")]
    assert officer.post(address, {"on": "2020"}).json()["ended_on"] == "2020"


def test_nothing_is_resumed_after_the_end(officer, tie):
    tie.end(on="2020")

    assert errors_of(officer.post(f"/api/v1/partnerships/{tie.pk}/resume/", {"on": "2021"})) == [
        ("on", "ended")
    ]


def test_a_tie_is_merged_into_another(officer, tie):
    other = PartnershipFactory()
    answer = officer.post(f"/api/v1/partnerships/{tie.pk}/merge/", {"into": other.pk, "on": "2001"})

    assert (answer.json()["status"], answer.json()["ended_on"]) == ("ended", "2001")
    assert tie.events.get().merged_into == other


def test_a_tie_is_not_merged_into_itself(officer, tie):
    answer = officer.post(f"/api/v1/partnerships/{tie.pk}/merge/", {"into": tie.pk, "on": "2001"})

    assert errors_of(answer) == [("merged_into", "self")]


def test_a_step_up_answers_with_the_closer_tie(officer, tie):
    facts = {"kind": "partnership", "founded": "2004-07-22"}
    answer = officer.post(f"/api/v1/partnerships/{tie.pk}/step-up/", facts)
    closer = answer.json()

    assert answer.status_code == 201
    assert closer["predecessor"]["id"] == tie.pk
    assert (closer["kind"], closer["founded"], closer["status"]) == ("partnership", "2004-07-22", "active")


def test_a_step_up_to_a_kind_that_is_there_changes_nothing(officer, tie):
    PartnershipFactory(home=tie.home, partner=tie.partner)
    answer = officer.post(f"/api/v1/partnerships/{tie.pk}/step-up/", {"kind": "partnership"})

    assert errors_of(answer) == [("partner", "unique")]
    assert not tie.events.exists()


def test_unknown_facts_are_refused(officer, tie):
    answer = officer.post(f"/api/v1/partnerships/{tie.pk}/suspend/", {"since": "2022"})

    assert errors_of(answer) == [("since", "unknown_field")]


def test_a_verb_on_an_older_version_is_refused(officer, tie):
    tie.save()
    headers = {"If-Match": '"1"'}
    answer = officer.post(f"/api/v1/partnerships/{tie.pk}/suspend/", {}, headers=headers)

    assert answer.status_code == 412
    assert not tie.events.exists()


# --- the public ---


def test_what_is_published_says_when_and_by_whom_and_can_be_withdrawn(client_of, tie):
    editor = client_of("portal editor")
    address = f"/api/v1/partnerships/{tie.pk}"
    published = editor.post(f"{address}/publish/").json()
    withdrawn = editor.post(f"{address}/withdraw/").json()

    assert published["published_at"] is not None
    assert published["published_by"]["id"] == editor.handler._force_user.pk
    assert (published["withdrawn_at"], withdrawn["published_at"]) == (None, published["published_at"])
    assert withdrawn["withdrawn_at"] is not None


# --- visits ---


def test_a_visit_is_completed_and_cancelled(officer):
    visit = DelegationFactory()
    states = [
        officer.post(f"/api/v1/delegations/{visit.pk}/{verb}/").json()["state"]
        for verb in ("complete", "cancel")
    ]

    assert states == ["completed", "cancelled"]


def test_a_visit_is_postponed_with_its_stops(officer):
    visit = DelegationFactory(starts_on="2024-10-13", ends_on="2024-10-18")
    stop = StopFactory(delegation=visit, city=CityFactory(), arrives_on="2024-10-14")
    facts = {"starts_on": "2025-03-02", "ends_on": "2025-03-07"}
    answer = officer.post(f"/api/v1/delegations/{visit.pk}/postpone/", facts).json()

    assert (answer["state"], answer["starts_on"], answer["ends_on"]) == (
        "planned",
        "2025-03-02",
        "2025-03-07",
    )
    assert officer.get(f"/api/v1/stops/{stop.pk}/").json()["arrives_on"] == "2025-03-03"


def test_a_visit_is_postponed_to_nobody_knows_when(officer):
    visit = DelegationFactory(starts_on="2024-10-13")
    answer = officer.post(f"/api/v1/delegations/{visit.pk}/postpone/").json()

    assert (answer["state"], answer["starts_on"]) == ("postponed", None)


def test_a_programme_item_took_place_or_was_cancelled(officer):
    item = ProgrammeItemFactory()
    states = [
        officer.post(f"/api/v1/programme-items/{item.pk}/{verb}/").json()["state"]
        for verb in ("took-place", "cancel")
    ]

    assert states == ["took_place", "cancelled"]


# --- promises ---


def test_a_promise_is_kept_and_opened_again(officer):
    promise = FollowUpFactory()
    done = officer.post(f"/api/v1/follow-ups/{promise.pk}/complete/", {"on": "2024-11-01"}).json()
    opened = officer.post(f"/api/v1/follow-ups/{promise.pk}/reopen/").json()

    assert (done["state"], done["done_on"]) == ("done", "2024-11-01")
    assert (opened["state"], opened["done_on"]) == ("open", None)


def test_a_promise_is_dropped(officer):
    promise = FollowUpFactory()

    assert officer.post(f"/api/v1/follow-ups/{promise.pk}/drop/").json()["state"] == "dropped"


def test_a_promise_is_postponed_to_a_date(officer):
    address = f"/api/v1/follow-ups/{FollowUpFactory(due_on='2024-11').pk}/postpone/"

    assert errors_of(officer.post(address, {})) == [("to", "required")]
    assert officer.post(address, {"to": "2025-01"}).json()["due_on"] == "2025-01"


# --- agreements ---


def test_an_agreement_is_signed_and_terminated(officer):
    address = f"/api/v1/agreements/{AgreementFactory(state='draft').pk}"

    signed = officer.post(f"{address}/sign/", {"on": "2012-05", "place": "Eskişehir"}).json()
    terminated = officer.post(f"{address}/terminate/").json()

    assert (signed["state"], signed["signed_on"], signed["place"]) == ("signed", "2012-05", "Eskişehir")
    assert terminated["state"] == "terminated"
