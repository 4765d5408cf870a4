"""Mails keep to working days: a reminder keeps its day, its mail waits, but not past the occasion."""

import pytest
from django.utils import timezone

from contacts.models import CityDate, User
from delegations.models import Delegation
from relations.models import Agreement
from reminders import due, guard
from reminders.models import Reminder, Rule, Stage
from tests.factories import (
    AgreementFactory,
    CityDateFactory,
    DelegationFactory,
    FollowUpFactory,
    PartnershipFactory,
)
from tests.reminders.clock import at, day, mails, remind, started


@pytest.fixture(autouse=True)
def _in_berlin(office):
    office.country, office.state = "DE", "BE"
    office.save()
    return office


def only(subject, *, milestone="", **stage):
    """Let no other rule speak, and this one by a single stage."""
    rule = Rule.objects.get(subject=subject, milestone=milestone)
    Rule.objects.exclude(pk=rule.pk).update(is_active=False)
    rule.stages.all().delete()
    Stage.objects.create(rule=rule, **stage)


def mail_days(first, last):
    """On which of these days of October 2024 mails go out."""
    for number in range(first, last + 1):
        remind(f"2024-10-{number:02}")
    return [mail.day.isoformat() for mail in mails()]


# Saturday 12 and Sunday 13 October 2024; Saturday 26 and Sunday 27.


def test_a_reminder_of_a_saturday_keeps_its_day_and_its_mail_waits_for_monday(nora):
    PartnershipFactory(founded="2017-11-11", responsible=nora)
    started("2024-10-11")

    assert mail_days(12, 15) == ["2024-10-14"]
    assert Reminder.objects.get().due_on == day("2024-10-12")


def test_a_holiday_of_the_office_is_waited_for_and_no_other(nora, office):
    PartnershipFactory(founded="2017-12-01", responsible=nora)  # thirty days after 1 November
    started("2024-10-31")
    office.state = "NW"
    office.save()

    assert [remind(text) for text in ("2024-11-01", "2024-11-02", "2024-11-03", "2024-11-04")] == [0, 0, 0, 1]


def test_the_anniversary_of_a_sunday_is_told_that_day(nora):
    PartnershipFactory(founded="2017-10-13", responsible=nora)
    only(Rule.Subject.ANNIVERSARY, milestone=Rule.Milestone.EVERY, days=0)
    started("2024-10-12")

    assert mail_days(13, 15) == ["2024-10-13"]


def test_what_was_left_of_friday_waits_for_monday_but_not_past_its_day(nora, office):
    """Found on a Friday after its mail: the anniversary of Saturday is told on Saturday."""
    FollowUpFactory(due_on="2024-10-11", assignee=nora)
    started("2024-10-10")
    remind("2024-10-11")
    with at("2024-10-11", 9):
        PartnershipFactory(founded="2017-10-12", responsible=nora)
        PartnershipFactory(founded="2017-10-20", responsible=nora)
    remind("2024-10-11", hour=10)

    remind("2024-10-12")
    remind("2024-10-14")

    saturday, monday = mails()[-2:]
    assert [str(row.occurs_on) for row in saturday.reminders.all()] == ["2024-10-12"]
    assert [str(row.occurs_on) for row in monday.reminders.all()] == ["2024-10-20"]
    assert (saturday.day, monday.day) == (day("2024-10-12"), day("2024-10-14"))


def test_a_follow_up_due_on_a_saturday_is_told_that_day_for_it_can_still_be_kept(nora):
    FollowUpFactory(due_on="2024-10-12", assignee=nora)
    only(Rule.Subject.FOLLOW_UP, days=0)
    started("2024-10-11")

    assert mail_days(12, 14) == ["2024-10-12"]


def test_the_recall_of_a_late_follow_up_waits_for_monday(nora):
    FollowUpFactory(due_on="2024-10-05", assignee=nora)
    only(Rule.Subject.FOLLOW_UP, days=-7, repeat_days=7)
    started("2024-10-11")

    assert mail_days(12, 15) == ["2024-10-14"]


def test_a_follow_up_due_in_a_month_is_told_on_its_last_day_at_the_latest(nora):
    FollowUpFactory(due_on="2024-08", assignee=nora)  # the 31st is a Saturday
    only(Rule.Subject.FOLLOW_UP, days=0)
    started("2024-08-30")

    assert [remind(text) for text in ("2024-08-31", "2024-09-02")] == [1, 0]


def test_an_anniversary_of_which_the_month_is_known_can_wait_for_a_working_day_of_it(nora):
    PartnershipFactory(founded="2017-09", responsible=nora)  # the month begins on a Sunday
    only(Rule.Subject.ANNIVERSARY, milestone=Rule.Milestone.EVERY, days=0)
    started("2024-08-31")

    assert [remind(text) for text in ("2024-09-01", "2024-09-02")] == [0, 1]


def test_the_last_day_to_give_notice_is_told_on_that_day(nora):
    tie = PartnershipFactory(responsible=nora)
    AgreementFactory(partnership=tie, state=Agreement.State.SIGNED, valid_until=day("2024-10-12"))
    only(Rule.Subject.AGREEMENT_EXPIRY, days=0)
    started("2024-10-11")

    assert mail_days(12, 14) == ["2024-10-12"]


def test_a_departure_of_a_sunday_is_told_that_day(nora):
    DelegationFactory(starts_on="2024-10-13", responsible=nora, state=Delegation.State.CONFIRMED)
    only(Rule.Subject.DELEGATION, days=0)
    started("2024-10-12")

    assert mail_days(13, 14) == ["2024-10-13"]


def test_a_city_day_of_a_sunday_is_told_that_day(berlin_istanbul):
    CityDateFactory(city=berlin_istanbul.partner, kind=CityDate.Kind.CITY_DAY, on="10-13")
    only(Rule.Subject.CITY_DATE, days=0)
    started("2024-10-12")

    assert mail_days(13, 14) == ["2024-10-13"]


def test_a_missing_report_waits_for_monday(nora):
    DelegationFactory(starts_on="2024-09-28", responsible=nora, state=Delegation.State.COMPLETED)
    only(Rule.Subject.REPORT, days=-14)
    started("2024-10-11")

    assert mail_days(12, 14) == ["2024-10-14"]


def test_a_quiet_tie_waits_for_monday(berlin_istanbul):
    only(Rule.Subject.QUIET_TIE, days=0)
    started("2023-10-12")

    with at("2024-10-11"):
        due.scan()
    guard.resume(now=timezone.now())

    assert mail_days(12, 14) == ["2024-10-14"]


# --- the weekly mail ---


def test_a_weekly_mail_comes_on_the_first_working_day_after_a_monday_that_is_a_holiday(nora, office):
    nora.digest = User.Digest.WEEKLY
    nora.save()
    PartnershipFactory(founded="2017-06-18", responsible=nora)
    started("2024-05-16")

    # Whit Monday is the 20th.
    days = ("2024-05-17", "2024-05-19", "2024-05-20", "2024-05-21", "2024-05-22")
    assert [remind(text) for text in days] == [0, 0, 0, 1, 0]


def test_what_is_entered_on_such_a_monday_is_in_the_mail_of_that_week(nora, office):
    nora.digest = User.Digest.WEEKLY
    nora.save()
    started("2024-05-19")
    with at("2024-05-20", 9):
        PartnershipFactory(founded="2017-06-18", responsible=nora)
        due.scan()

    assert [remind(text) for text in ("2024-05-21", "2024-05-22")] == [1, 0]


# --- late only after that ---


def test_what_waits_for_a_working_day_is_not_late(client, nora):
    PartnershipFactory(founded="2017-11-11", responsible=nora)
    started("2024-10-11")
    with at("2024-10-12"):
        due.scan()

    for text, hour, status in (("2024-10-12", 18, 200), ("2024-10-13", 12, 200), ("2024-10-14", 8, 503)):
        for hour_of_scan in (6, hour):
            with at(text, hour_of_scan):
                due.scan()
        with at(text, hour):
            assert (text, client.get("/health/").status_code) == (text, status)


def test_what_nobody_is_there_to_get_is_late_on_the_working_day(client):
    PartnershipFactory(founded="2017-11-11")
    started("2024-10-11")
    remind("2024-10-12")

    with at("2024-10-12", 12):
        due.scan()
        assert client.get("/health/").status_code == 200
    remind("2024-10-14")
    with at("2024-10-14", 12):
        due.scan()
        assert client.get("/health/").status_code == 503
