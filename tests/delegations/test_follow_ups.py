import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from contacts.dates import PartialDate
from delegations.models import FollowUp
from tests.factories import (
    AgreementFactory,
    DelegationFactory,
    FollowUpFactory,
    InteractionFactory,
    OccasionFactory,
    OutcomeFactory,
    PartnershipFactory,
    ProgrammeItemFactory,
    ProjectFactory,
    UserFactory,
)

TODAY = datetime.date(2024, 10, 13)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


@pytest.mark.parametrize(
    ("due_on", "overdue", "due_by"),
    [
        ("2024-10-12", True, True),
        ("2024-10-13", False, True),
        ("2024-10-14", False, False),
        ("2024-10", False, False),
        ("2024-09", True, True),
        ("2024", False, False),
        ("2023", True, True),
        (None, False, False),
    ],
)
def test_a_promise_is_due_on_the_last_day_of_its_date(due_on, overdue, due_by):
    follow_up = FollowUpFactory(due_on=due_on)
    follow_up.refresh_from_db()

    assert follow_up.is_overdue(TODAY) is overdue
    assert FollowUp.objects.overdue(TODAY).exists() is overdue
    assert FollowUp.objects.due_by(TODAY).exists() is due_by


def test_a_month_is_due_by_its_last_day():
    FollowUpFactory(due_on="2024-10")

    assert FollowUp.objects.due_by(datetime.date(2024, 10, 31)).exists()


@pytest.mark.parametrize("verb", ["complete", "drop"])
def test_what_is_done_or_dropped_is_not_overdue(verb):
    follow_up = FollowUpFactory(due_on="2023")

    follow_up.complete(on=TODAY) if verb == "complete" else follow_up.drop()

    follow_up.refresh_from_db()
    assert not follow_up.is_overdue(TODAY)
    assert not FollowUp.objects.overdue(TODAY).exists()


def test_a_promise_is_kept_and_taken_up_again():
    follow_up = FollowUpFactory()

    follow_up.complete(on=TODAY)
    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.done_on) == ("done", TODAY)

    follow_up.reopen()
    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.done_on) == ("open", None)

    follow_up.postpone(to=PartialDate(2025, 3))
    follow_up.refresh_from_db()
    assert str(follow_up.due_on) == "2025-03"


@pytest.mark.parametrize(("state", "done_on"), [("done", None), ("open", TODAY), ("dropped", TODAY)])
def test_done_has_a_day_and_nothing_else_has(state, done_on):
    follow_up = FollowUp(title="Bericht", state=state, done_on=done_on)

    assert refusal_of(follow_up) == {
        "done_on": ["A done follow-up has the day it was done, an open one has none."]
    }
    with pytest.raises(ValidationError):
        follow_up.save()


@pytest.mark.parametrize(
    ("name", "factory"), [("programme_item", ProgrammeItemFactory), ("outcome", OutcomeFactory)]
)
def test_a_promise_belongs_to_the_visit_it_was_made_on(name, factory):
    origin = factory()

    FollowUp(title="Bericht", delegation=origin.delegation, **{name: origin}).full_clean()
    FollowUp(title="Bericht", **{name: origin}).full_clean()
    assert refusal_of(FollowUp(title="Bericht", delegation=DelegationFactory(), **{name: origin})) == {
        name: ["That belongs to another visit. Choose one of this visit."]
    }


def test_the_next_due_comes_first_the_urgent_before_the_rest():
    later = FollowUpFactory(due_on="2024-12")
    undated = FollowUpFactory()
    normal = FollowUpFactory(due_on="2024-11-01")
    urgent = FollowUpFactory(due_on="2024-11-01", priority=FollowUp.Priority.HIGH)

    assert list(FollowUp.objects.all()) == [urgent, normal, later, undated]


def test_a_promise_made_in_a_call_is_about_the_tie_and_project_of_the_call():
    call = InteractionFactory(partnership=PartnershipFactory(), project=ProjectFactory())

    FollowUp(title="Rückruf", interaction=call).full_clean()
    FollowUp(title="Rückruf", interaction=call, partnership=call.partnership).full_clean()
    FollowUp(title="Rückruf", interaction=InteractionFactory(), partnership=call.partnership).full_clean()
    for other in ({"partnership": PartnershipFactory()}, {"project": ProjectFactory()}):
        assert refusal_of(FollowUp(title="Rückruf", interaction=call, **other)) == {
            "interaction": ["That contact was about another tie or project. Choose one that fits."]
        }


def test_who_answers_for_a_promise_is_the_nearest_who_is_responsible():
    nora, toni, kim = UserFactory(), UserFactory(), UserFactory()
    tie = PartnershipFactory(responsible=kim)
    visit = DelegationFactory(partnership=tie, responsible=toni)
    visit_of_nobody = DelegationFactory(partnership=tie)
    project = ProjectFactory(responsible=toni)
    expected = [
        (FollowUpFactory(assignee=nora, delegation=visit), nora),
        (FollowUpFactory(delegation=visit, partnership=tie), toni),
        (FollowUpFactory(programme_item=ProgrammeItemFactory(delegation=visit)), toni),
        (FollowUpFactory(outcome=OutcomeFactory(delegation=visit_of_nobody)), kim),
        (FollowUpFactory(project=project, partnership=tie), toni),
        (FollowUpFactory(agreement=AgreementFactory(partnership=tie)), kim),
        (FollowUpFactory(occasion=OccasionFactory(partnership=tie)), kim),
        (FollowUpFactory(interaction=InteractionFactory(partnership=tie, by=nora)), kim),
        (FollowUpFactory(interaction=InteractionFactory(project=project, by=nora)), toni),
        (FollowUpFactory(interaction=InteractionFactory(by=nora)), nora),
        (FollowUpFactory(), None),
    ]

    found = dict(FollowUp.objects.with_responsible().values_list("pk", "answering"))

    assert found == {row.pk: user and user.pk for row, user in expected}
