"""What the steps of a jubilee plan are reminded of: in time, and in one mail where a plan began late."""

import pytest

from contacts.dates import PartialDate
from delegations import jubilee
from delegations.models import FollowUp, JubileeStep
from delegations.shipped import ship
from reminders.models import Reminder
from tests.reminders.clock import at, day, mails, remind, started

pytestmark = pytest.mark.django_db

TODAY = "2026-11-26"


@pytest.fixture(autouse=True)
def _shipped_steps(db):
    ship(JubileeStep)


def planned(tie, on=TODAY, **facts):
    """A plan begun on that day, by a clock that has run until then."""
    started(on)
    with at(on, hour=9):
        return jubilee.plan(tie, today=day(on), **facts)


def headlines():
    rows = FollowUp.objects.in_bulk(Reminder.objects.values_list("follow_up", flat=True))
    return sorted(row.title for row in rows.values())


def test_a_step_is_reminded_of_a_week_before_it_is_due(berlin_istanbul):
    planned(berlin_istanbul)

    started("2028-11-08")
    assert remind("2028-11-09") == 0
    assert remind("2028-11-10") == 1

    text = " ".join(mails()[-1].text.split())
    assert (
        "* in 7 days: Send the invitation and agree on a date 40 years Berlin–Istanbul. "
        "Celebrated on 17 November 2029; this step: 12 months before. Responsible: Nora Beispiel."
    ) in text


def test_a_plan_begun_late_makes_one_mail_of_what_should_have_been_done(berlin_istanbul):
    """Eight months before: the budget, the invitation and the decision come together, and nothing is late."""
    planned(berlin_istanbul, "2029-03-20")

    assert remind("2029-03-21") == 0
    assert remind("2029-03-27") == 1

    mail = mails()[0]
    assert mail.reminders.count() == 3
    assert "overdue" not in mail.subject
    assert "Should have been done on 17 November 2027, 16 months ago." in " ".join(mail.text.split())
    assert [remind(f"2029-03-{number}") for number in (28, 29, 30, 31)] == [0, 0, 0, 0]


def test_what_is_undated_because_it_is_postponed_is_not_asked_for(berlin_istanbul):
    occasion = planned(berlin_istanbul)
    with at("2026-11-27", hour=9):
        jubilee.postpone(occasion, today=day("2026-11-27"))

    remind("2027-11-10")
    remind("2027-11-17")

    assert headlines() == []


def test_a_step_moved_after_it_was_due_soon_is_asked_for_at_its_new_date(berlin_istanbul):
    occasion = planned(berlin_istanbul)
    with at("2027-11-01", hour=9):
        jubilee.move(occasion, celebrated_from=PartialDate(2030, 5, 17), today=day("2027-11-01"))

    remind("2027-11-10")
    assert headlines() == []
    remind("2028-05-10")
    assert headlines() == ["Settle budget and theme"]


def test_a_dropped_step_is_not_asked_for(berlin_istanbul):
    occasion = planned(berlin_istanbul)
    with at("2026-11-27", hour=9):
        jubilee.skip(occasion, reason="Budget freeze", today=day("2026-11-27"))

    remind("2027-11-10")

    assert headlines() == []
