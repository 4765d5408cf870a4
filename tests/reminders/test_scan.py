"""What a scan plans, and what it leaves alone. Days are those of the reminders, not of their mails."""

import datetime
import threading
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from contacts.dates import PartialDate
from contacts.models import CityDate, Office
from delegations.models import Delegation
from relations.models import Agreement, Partnership, PartnershipEvent
from reminders import due
from reminders.models import Clock, Reminder, Rule, Stage
from reminders.verdicts import judge
from tests.factories import (
    AgreementFactory,
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    InteractionFactory,
    PartnershipEventFactory,
    PartnershipFactory,
    StopFactory,
)
from tests.reminders.clock import day, remind, started

Kind = PartnershipEvent.Kind


def planned(**filters):
    """What is entered, by day: name of the subject, stage in days, due day, state."""
    rows = Reminder.objects.filter(**filters).labelled()
    found = [(str(row.subject), row.stage.days, row.due_on.isoformat(), row.state) for row in rows]
    return sorted(found, key=lambda each: (each[2], each[0]))


# --- the days of the real cases ---


def test_30_days_before_35_years_berlin_istanbul_and_7_years_treptow_tepebasi(
    berlin_istanbul, treptow_tepebasi
):
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))

    assert planned() == [
        ("Berlin–Istanbul", 30, "2024-10-18", "due"),
        ("Treptow-Köpenick–Tepebaşı", 30, "2024-10-18", "due"),
    ]
    rules = {str(row.subject): row.stage.rule.milestone for row in Reminder.objects.all()}
    assert rules == {"Berlin–Istanbul": "round", "Treptow-Köpenick–Tepebaşı": "every"}
    assert [row.occurs_on for row in Reminder.objects.all()] == [PartialDate(2024, 11, 17)] * 2


def test_30_days_before_20_years_duesseldorf_chongqing(duesseldorf_chongqing):
    started("2024-06-21")

    due.scan(today=day("2024-06-22"))

    assert planned() == [("Düsseldorf–Chongqing", 30, "2024-06-22", "due")]


def test_scan_after_an_outage_sends_the_30_day_stage_once(sink, office, berlin_istanbul, treptow_tepebasi):
    started("2024-10-10")

    accepted = [remind(text) for text in ("2024-10-21", "2024-10-21", "2024-10-22")]

    assert planned() == [
        ("Berlin–Istanbul", 30, "2024-10-18", "mailed"),
        ("Treptow-Köpenick–Tepebaşı", 30, "2024-10-18", "mailed"),
    ]
    assert accepted == [1, 0, 0]
    assert [(message["To"], message["Subject"]) for message in sink.accepted] == [
        (
            "Nora Beispiel <nora@example.org>",
            "35 years Berlin–Istanbul, 1 more: Your reminders on Monday, 21 October",
        )
    ]


def test_of_several_missed_stages_only_the_latest_goes_out(berlin_istanbul):
    started("2024-08-01")

    due.scan(today=day("2024-11-11"))

    assert planned() == [
        ("Berlin–Istanbul", 90, "2024-08-19", "missed"),
        ("Berlin–Istanbul", 30, "2024-10-18", "missed"),
        ("Berlin–Istanbul", 7, "2024-11-10", "due"),
    ]


def test_stages_of_an_anniversary_that_is_over_are_missed(berlin_istanbul):
    started("2024-10-10")

    due.scan(today=day("2024-11-18"))

    assert planned() == [
        ("Berlin–Istanbul", 30, "2024-10-18", "missed"),
        ("Berlin–Istanbul", 7, "2024-11-10", "missed"),
    ]


def test_an_anniversary_of_today_is_not_over(treptow_tepebasi):
    started("2024-10-17")

    due.scan(today=day("2024-11-17"))

    assert planned() == [("Treptow-Köpenick–Tepebaşı", 30, "2024-10-18", "due")]


# --- which rule ---


@pytest.mark.parametrize(
    ("founded", "milestone", "days"),
    [
        ("1999-11-17", "jubilee", 270),
        ("2014-11-17", "round", 365),
        ("2017-11-17", "every", 30),
    ],
)
def test_of_the_rules_that_match_the_rarest_wins(founded, milestone, days):
    PartnershipFactory(founded=founded)
    started("2023-01-01")

    due.scan(today=day("2024-11-01"))

    rows = Reminder.objects.filter(partnership__isnull=False, occurrence="2024")
    assert {row.stage.rule.milestone for row in rows} == {milestone}
    assert days in {row.stage.days for row in rows}


def test_without_a_rule_for_jubilees_they_are_round(berlin_istanbul):
    Rule.objects.filter(milestone=Rule.Milestone.JUBILEE).update(is_active=False)
    Partnership.objects.update(founded="1999-11-17")
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))

    assert Reminder.objects.get().stage.rule.milestone == Rule.Milestone.ROUND


def test_a_stage_that_is_not_in_use_is_silent(treptow_tepebasi):
    Stage.objects.filter(rule__milestone=Rule.Milestone.EVERY).update(is_active=False)
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))

    assert planned() == []


def test_a_new_stage_is_told_to_ties_that_have_passed_it(treptow_tepebasi):
    started("2024-09-20")
    Stage.objects.create(rule=Rule.objects.get(milestone=Rule.Milestone.EVERY), days=60)

    due.scan(today=day("2024-09-21"))

    assert planned() == [("Treptow-Köpenick–Tepebaşı", 60, "2024-09-18", "due")]


# --- which ties ---


@pytest.mark.parametrize(
    "kind", [Kind.COUNCIL_DECISION, Kind.SUSPENDED, Kind.ENDED], ids=["proposed", "suspended", "ended"]
)
def test_nothing_for_proposed_suspended_or_ended_ties(berlin_istanbul, kind):
    PartnershipEventFactory(partnership=berlin_istanbul, kind=kind, on="2020")
    AgreementFactory(partnership=berlin_istanbul, state=Agreement.State.SIGNED, valid_until=day("2024-11-17"))
    CityDate.objects.create(city=berlin_istanbul.partner, kind="national_day", on="10-25")
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))

    assert planned() == []


@pytest.mark.parametrize("kind", [Kind.SIGNED, Kind.DORMANT, Kind.RESUMED, Kind.FIRST_CONTACT])
def test_active_dormant_and_unknown_ties_are_reminded(berlin_istanbul, kind):
    PartnershipEventFactory(partnership=berlin_istanbul, kind=kind, on="2020")
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))

    assert planned() == [("Berlin–Istanbul", 30, "2024-10-18", "due")]


def test_the_status_is_that_of_the_day_asked(berlin_istanbul):
    PartnershipEventFactory(partnership=berlin_istanbul, kind=Kind.SUSPENDED, on="2025-03-19")
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))
    due.scan(today=day("2025-10-18"))

    assert planned(occurrence="2024", state="due") == [("Berlin–Istanbul", 30, "2024-10-18", "due")]
    assert planned(occurrence="2025") == []


def test_an_earlier_tie_that_was_stepped_up_is_silent():
    friendship = PartnershipFactory(kind=Partnership.Kind.FRIENDSHIP, founded="2001-11-17")
    friendship.step_up(kind=Partnership.Kind.PARTNERSHIP, founded="2004-11-17")
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))

    assert [row.partnership.kind for row in Reminder.objects.all()] == [Partnership.Kind.PARTNERSHIP]


# --- nothing twice ---


def test_two_scans_plan_nothing_twice(berlin_istanbul):
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))
    Clock.objects.update(scanned_until=day("2024-10-17"))
    due.scan(today=day("2024-10-18"))

    assert planned() == [("Berlin–Istanbul", 30, "2024-10-18", "due")]


@pytest.mark.django_db(transaction=True)
def test_two_scans_at_once_add_nothing():
    for year in range(1980, 2020):
        PartnershipFactory(founded=f"{year}-11-17")
    started("2024-10-10")
    barrier, errors = threading.Barrier(4), []

    def scan():
        try:
            barrier.wait()
            due.scan(today=day("2024-10-21"))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=scan) for _count in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert Reminder.objects.filter(due_on="2024-10-18").count() == 40
    assert Clock.current().scanned_until == day("2024-10-21")


def test_a_corrected_founding_day_adds_nothing(berlin_istanbul):
    started("2024-10-17")
    due.scan(today=day("2024-10-18"))

    berlin_istanbul.refresh_from_db()
    berlin_istanbul.founded = PartialDate(1989, 11, 19)
    berlin_istanbul.save()
    for text in ("2024-10-19", "2024-10-20", "2024-10-21"):
        due.scan(today=day(text))

    assert planned() == [("Berlin–Istanbul", 30, "2024-10-18", "due")]


def test_an_edited_rule_sends_nothing_again(berlin_istanbul):
    started("2024-10-17")
    due.scan(today=day("2024-10-18"))

    stage = Stage.objects.get(rule__milestone=Rule.Milestone.ROUND, days=30)
    stage.days = 28
    stage.save()
    due.scan(today=day("2024-10-20"))

    assert planned() == [("Berlin–Istanbul", 28, "2024-10-18", "due")]


# --- what is new ---


def test_the_first_run_on_old_data_plans_nothing_past(berlin_istanbul):
    friendship = PartnershipFactory(founded="2004-10-17")
    AgreementFactory(partnership=friendship, state=Agreement.State.SIGNED, valid_until=day("2024-10-17"))
    FollowUpFactory(due_on="2024-10-04")
    FollowUpFactory(due_on="2020")
    DelegationFactory(starts_on="2024-09-30", ends_on="2024-10-04", state=Delegation.State.COMPLETED)
    DelegationFactory(starts_on="2024-10-17")
    CityDate.objects.create(city=friendship.partner, kind="election", on="2024-10-17")

    due.scan(today=day("2024-10-18"))

    assert planned() == [("Berlin–Istanbul", 30, "2024-10-18", "due")]


def test_on_the_first_run_only_the_latest_passed_stage_of_a_coming_occurrence_goes_out(berlin_istanbul):
    due.scan(today=day("2024-08-25"))

    assert planned() == [("Berlin–Istanbul", 90, "2024-08-19", "due")]


def test_the_first_run_looks_as_far_ahead_as_the_longest_stage():
    PartnershipFactory(
        home=HomeCityFactory(name_de="Linz"), partner=CityFactory(name_de="Izmir"), founded="2001-06-01"
    )

    due.scan(today=day("2024-10-18"))

    assert planned() == [("Linz–Izmir", 730, "2024-06-01", "due")]


def test_a_tie_entered_since_the_last_scan_gets_its_latest_passed_stage():
    started("2024-08-24")
    PartnershipFactory(founded="1989-11-17")

    due.scan(today=day("2024-08-25"))

    assert [(stage, on, state) for _tie, stage, on, state in planned()] == [(90, "2024-08-19", "due")]


def test_a_resumed_tie_gets_its_latest_passed_stage(berlin_istanbul):
    PartnershipEventFactory(partnership=berlin_istanbul, kind=Kind.SUSPENDED, on="2023")
    started("2024-10-19")
    berlin_istanbul.resume(on="2024-10-19")

    due.scan(today=day("2024-10-20"))

    assert planned() == [("Berlin–Istanbul", 30, "2024-10-18", "due")]


def test_a_suspension_that_was_a_mistake_and_is_deleted_leaves_nothing_out(berlin_istanbul):
    event = PartnershipEventFactory(partnership=berlin_istanbul, kind=Kind.SUSPENDED, on="2023")
    started("2024-10-19")
    event.delete()

    due.scan(today=day("2024-10-20"))

    assert planned() == [("Berlin–Istanbul", 30, "2024-10-18", "due")]


def test_what_was_settled_and_is_true_again_is_due_again(berlin_istanbul):
    started("2024-10-17")
    due.scan(today=day("2024-10-18"))
    Reminder.objects.update(state=Reminder.State.CANCELLED)
    berlin_istanbul.refresh_from_db()
    berlin_istanbul.save()

    due.scan(today=day("2024-10-19"))

    assert planned() == [("Berlin–Istanbul", 30, "2024-10-18", "due")]


def test_an_edited_row_keeps_the_stage_of_its_day():
    follow_up = FollowUpFactory(due_on="2024-10-10")
    started("2024-10-16")
    follow_up.refresh_from_db()
    follow_up.save()

    due.scan(today=day("2024-10-17"))

    assert planned() == [(follow_up.title, -7, "2024-10-17", "due")]


def test_a_long_gap_is_planned_but_sending_waits(berlin_istanbul):
    started("2024-09-12")

    due.scan(today=day("2024-10-18"))

    assert planned() == [("Berlin–Istanbul", 30, "2024-10-18", "due")]
    assert Clock.current().is_paused is True


def test_a_gap_of_35_days_does_not_stop_sending(berlin_istanbul):
    started("2024-09-13")

    due.scan(today=day("2024-10-18"))

    assert Clock.current().is_paused is False


# --- dates not known to the day, and 29 February ---


def test_a_month_counts_from_its_first_day():
    tie = PartnershipFactory(founded="2012-05")
    started("2024-03-31")

    due.scan(today=day("2024-04-01"))

    assert planned() == [(str(tie), 30, "2024-04-01", "due")]
    assert Reminder.objects.get().occurs_on == PartialDate(2024, 5)


def test_a_year_counts_from_its_first_day():
    tie = PartnershipFactory(founded="2012")
    started("2024-12-01")

    due.scan(today=day("2024-12-02"))

    assert planned() == [(str(tie), 30, "2024-12-02", "due")]
    assert Reminder.objects.get().occurs_on == PartialDate(2025)


@pytest.mark.parametrize(("year", "last"), [(2023, "02-28"), (2024, "02-29"), (2100, "02-28")])
def test_29_february_is_kept_on_the_28th_in_common_years(year, last):
    PartnershipFactory(founded="1896-02-29")
    anniversary = day(f"{year}-{last}")
    started((anniversary - datetime.timedelta(days=31)).isoformat())

    due.scan(today=anniversary - datetime.timedelta(days=30))

    row = Reminder.objects.get()
    assert (row.occurs_on, row.due_on) == (
        PartialDate.of(anniversary),
        anniversary - datetime.timedelta(days=30),
    )


def test_29_february_is_reminded_once_a_year():
    PartnershipFactory(founded="1896-02-29")
    started("2022-01-01")

    for year in range(2022, 2033):
        due.scan(today=day(f"{year}-12-31"))

    rows = Reminder.objects.filter(stage__days=30).values_list("occurrence", flat=True)
    assert sorted(rows) == [str(year) for year in range(2022, 2033)]


# --- agreements ---


def test_agreements_speak_before_the_last_day_to_give_notice():
    agreement = AgreementFactory(
        state=Agreement.State.SIGNED, valid_until=day("2025-12-31"), notice_days=90, renews_by_months=12
    )
    started("2025-01-01")

    due.scan(today=day("2025-09-30"))

    assert planned() == [
        (agreement.title, 180, "2025-04-05", "missed"),
        (agreement.title, 90, "2025-07-04", "missed"),
        (agreement.title, 30, "2025-09-02", "due"),
    ]
    assert {row.occurrence for row in Reminder.objects.all()} == {"2025-10-02"}


def test_agreements_that_renewed_themselves_speak_again():
    AgreementFactory(
        state=Agreement.State.SIGNED, valid_until=day("2020-12-31"), notice_days=90, renews_by_months=12
    )
    started("2025-09-01")

    due.scan(today=day("2025-09-02"))

    assert [row.occurrence for row in Reminder.objects.all()] == ["2025-10-02"]


@pytest.mark.parametrize(
    "state", [Agreement.State.DRAFT, Agreement.State.TERMINATED, Agreement.State.EXPIRED]
)
def test_agreements_not_in_force_are_silent(state):
    AgreementFactory(state=state, valid_until=day("2025-12-31"))
    started("2025-12-01")

    due.scan(today=day("2025-12-02"))

    assert planned() == []


# --- follow-ups ---


def test_an_overdue_follow_up_is_recalled_every_week():
    follow_up = FollowUpFactory(due_on="2024-10-10")
    started("2024-10-01")

    for offset in range(1, 32):
        due.scan(today=day("2024-10-01") + datetime.timedelta(days=offset))

    rows = Reminder.objects.filter(addressee="responsible").order_by("due_on")
    assert [row.due_on.isoformat() for row in rows] == [
        "2024-10-03",
        "2024-10-10",
        "2024-10-17",
        "2024-10-24",
        "2024-10-31",
    ]
    assert {row.follow_up for row in rows} == {follow_up}


def test_from_14_days_late_the_head_is_told_too():
    FollowUpFactory(due_on="2024-10-10")
    started("2024-10-01")

    for offset in range(1, 32):
        due.scan(today=day("2024-10-01") + datetime.timedelta(days=offset))

    rows = Reminder.objects.filter(addressee="head").order_by("due_on")
    assert [row.due_on.isoformat() for row in rows] == ["2024-10-24", "2024-10-31"]


def test_a_done_follow_up_is_not_recalled():
    follow_up = FollowUpFactory(due_on="2024-10-10")
    started("2024-10-16")
    follow_up.complete(on=day("2024-10-16"))

    due.scan(today=day("2024-10-17"))

    assert planned() == []


def test_after_an_outage_only_the_latest_recall_goes_out():
    follow_up = FollowUpFactory(due_on="2024-10-10")
    started("2024-10-11")

    due.scan(today=day("2024-11-01"))

    assert planned(addressee="responsible") == [
        (follow_up.title, -7, "2024-10-17", "missed"),
        (follow_up.title, -7, "2024-10-24", "missed"),
        (follow_up.title, -7, "2024-10-31", "due"),
    ]


def test_a_follow_up_whose_day_passed_in_an_outage_is_still_told():
    follow_up = FollowUpFactory(due_on="2024-10-10")
    started("2024-10-09")

    due.scan(today=day("2024-10-12"))

    assert planned() == [(follow_up.title, 0, "2024-10-10", "due")]


def test_a_follow_up_due_in_a_month_is_due_on_its_last_day():
    follow_up = FollowUpFactory(due_on="2024-10")
    started("2024-10-30")

    due.scan(today=day("2024-10-31"))

    assert planned() == [(follow_up.title, 0, "2024-10-31", "due")]


def test_a_postponed_follow_up_speaks_before_its_new_day():
    follow_up = FollowUpFactory(due_on="2024-10-10")
    started("2024-10-09")
    due.scan(today=day("2024-10-10"))

    follow_up.refresh_from_db()
    follow_up.postpone(to=PartialDate(2024, 11, 10))
    due.scan(today=day("2024-11-03"))

    assert planned() == [
        (follow_up.title, 0, "2024-10-10", "due"),
        (follow_up.title, 7, "2024-11-03", "due"),
    ]


# --- visits ---


def test_a_departure_is_announced():
    visit = DelegationFactory(starts_on="2024-10-31", state=Delegation.State.CONFIRMED)
    started("2024-07-31")

    for text in ("2024-08-02", "2024-10-01", "2024-10-24"):
        due.scan(today=day(text))

    assert planned() == [
        (visit.title, 90, "2024-08-02", "due"),
        (visit.title, 30, "2024-10-01", "due"),
        (visit.title, 7, "2024-10-24", "due"),
    ]


@pytest.mark.parametrize("state", [Delegation.State.POSTPONED, Delegation.State.CANCELLED])
def test_a_visit_called_off_is_silent(state):
    DelegationFactory(starts_on="2024-10-31", ends_on="2024-11-02", state=state)
    started("2024-10-23")

    due.scan(today=day("2024-10-24"))
    due.scan(today=day("2024-11-16"))

    assert planned() == []


def test_a_missing_report_is_asked_for_14_days_after_the_return():
    visit = DelegationFactory(starts_on="2024-09-30", ends_on="2024-10-04", state=Delegation.State.COMPLETED)
    DelegationFactory(
        starts_on="2024-09-30", ends_on="2024-10-04", state=Delegation.State.COMPLETED, report="Es war gut."
    )
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))

    assert planned() == [(visit.title, -14, "2024-10-18", "due")]


# --- quiet ties ---


def quiet(**filters):
    return [
        (row.due_on.isoformat(), row.state)
        for row in Reminder.objects.filter(stage__rule__subject=Rule.Subject.QUIET_TIE, **filters)
    ]


def test_a_tie_is_quiet_after_twelve_months_and_every_year_again(berlin_istanbul):
    DelegationFactory(
        partnership=berlin_istanbul,
        starts_on="2024-10-12",
        ends_on="2024-10-13",
        state=Delegation.State.COMPLETED,
    )
    started("2025-10-01")

    for text in ("2025-10-12", "2025-10-13", "2025-10-14", "2026-10-13"):
        due.scan(today=day(text))

    assert quiet() == [("2026-10-13", "due"), ("2025-10-13", "due")]


def test_a_stop_in_the_partner_city_is_a_contact(berlin_istanbul):
    visit = DelegationFactory(
        home=berlin_istanbul.home, starts_on="2024-10-13", state=Delegation.State.COMPLETED
    )
    StopFactory(delegation=visit, city=berlin_istanbul.partner)
    started("2025-10-12")

    due.scan(today=day("2025-10-13"))

    assert quiet() == [("2025-10-13", "due")]


def test_a_contact_note_is_a_contact(berlin_istanbul):
    DelegationFactory(
        partnership=berlin_istanbul, starts_on="2024-10-12", state=Delegation.State.COMPLETED, report="x"
    )
    InteractionFactory(partnership=berlin_istanbul, on="2024-10-13")
    started("2025-10-11")

    due.scan(today=day("2025-10-12"))
    assert quiet() == []
    due.scan(today=day("2025-10-13"))
    assert quiet() == [("2025-10-13", "due")]


def test_a_contact_note_settles_that_a_tie_is_quiet(berlin_istanbul):
    InteractionFactory(partnership=berlin_istanbul, on="2024-10-13")
    started("2025-10-12")
    due.scan(today=day("2025-10-13"))
    planned_then = list(Reminder.objects.filter(stage__rule__subject=Rule.Subject.QUIET_TIE))

    InteractionFactory(city=berlin_istanbul.partner, on="2025-10-13")

    verdict = judge(planned_then, today=day("2025-10-13"))
    assert (verdict.standing, verdict.settled) == ([], [row.pk for row in planned_then])


def test_a_visit_that_did_not_take_place_is_no_contact(berlin_istanbul):
    DelegationFactory(partnership=berlin_istanbul, starts_on="2024-10-13", state=Delegation.State.CANCELLED)
    started("2025-10-12")

    due.scan(today=day("2025-10-13"))

    assert quiet() == []


def test_a_tie_with_no_contact_on_record_counts_from_the_first_scan(berlin_istanbul):
    due.scan(today=day("2023-11-22"))

    due.scan(today=day("2024-11-21"))
    assert quiet() == []
    due.scan(today=day("2024-11-22"))
    assert quiet() == [("2024-11-22", "due")]


# --- days of cities ---


def test_a_national_day_is_told_a_week_before(berlin_istanbul):
    CityDate.objects.create(city=berlin_istanbul.partner, kind="national_day", on="10-29")
    started("2024-10-21")

    due.scan(today=day("2024-10-22"))

    assert planned() == [("Istanbul", 7, "2024-10-22", "due")]


def test_a_day_that_comes_once_is_told_once(berlin_istanbul):
    CityDate.objects.create(city=berlin_istanbul.partner, kind="election", on="2024-10-25")
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))
    due.scan(today=day("2025-10-18"))

    assert planned(city__isnull=False) == [("Istanbul", 7, "2024-10-18", "due")]


def test_days_of_cities_without_a_tie_are_silent():
    CityDate.objects.create(city=CityFactory(), kind="national_day", on="10-29")
    started("2024-10-21")

    due.scan(today=day("2024-10-22"))

    assert planned() == []


# --- what a deleted row leaves ---


def test_a_reminder_that_nobody_has_read_goes_with_its_subject():
    follow_up = FollowUpFactory(due_on="2024-10-18")
    started("2024-10-17")
    due.scan(today=day("2024-10-18"))

    follow_up.delete()

    assert planned() == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Auckland", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("time", ["00:30", "23:30"])
def test_a_quiet_tie_is_found_wherever_the_office_is(office, zone, time):
    started("2023-01-15")
    Office.objects.update(timezone=zone)
    tie = PartnershipFactory(founded=None)
    entered = datetime.datetime.fromisoformat(f"2023-10-18 {time}").replace(tzinfo=ZoneInfo(zone))
    Partnership.objects.filter(pk=tie.pk).update(created_at=entered, changed_at=entered)
    started_again = {"scanned_until": day("2024-10-17"), "scanned_at": entered + datetime.timedelta(days=364)}
    Clock.objects.update(**started_again)

    due.scan(today=day("2024-10-18"))

    assert planned() == [(str(tie), 0, "2024-10-18", "due")]
