import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import User
from delegations.models import Delegation
from desk.day import DUE_SHOWN, Whose
from desk.machine import how_it_runs
from reminders.models import Clock, Mail, Reminder
from tests.desk.conftest import TODAY, day, tie_of
from tests.factories import (
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    MailFactory,
    OutcomeFactory,
    ParticipantFactory,
    PartnershipEventFactory,
    PersonFactory,
    ProgrammeItemFactory,
    ReminderFactory,
    StopFactory,
    UserFactory,
    user_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


# --- due ---


def groups(found):
    return [
        (group.label, [(row.follow_up.title, row.when) for row in group.rows]) for group in found.due.groups
    ]


def test_promises_are_grouped_by_late_today_and_the_rest_of_the_week(officer):
    FollowUpFactory(title="Reply", due_on="2026-11-09")
    FollowUpFactory(title="Call", due_on="2026-11-18")
    FollowUpFactory(title="Write", due_on="2026-11-20")
    FollowUpFactory(title="Next Monday", due_on="2026-11-23")
    FollowUpFactory(title="Without a date")
    FollowUpFactory(title="Kept", due_on="2026-11-09", state="done", done_on=TODAY)

    assert groups(day(officer)) == [
        ("Overdue", [("Reply", "9 days")]),
        ("Today", [("Call", "today")]),
        ("By Friday", [("Write", "Fri 20 Nov")]),
    ]


def test_what_is_due_at_the_weekend_is_due_by_sunday(officer):
    FollowUpFactory(title="Write", due_on="2026-11-20")
    FollowUpFactory(title="Bake", due_on="2026-11-22")

    assert [label for label, _rows in groups(day(officer))] == ["By Sunday"]


def test_on_friday_the_rest_of_the_week_ends_on_sunday(officer):
    FollowUpFactory(due_on="2026-11-21")

    found = day(officer, today=datetime.date(2026, 11, 20))

    assert [label for label, _rows in groups(found)] == ["By Sunday"]


def test_a_month_is_due_on_its_last_day_and_no_day_is_made_up_for_it(officer):
    FollowUpFactory(title="Report", due_on="2026-10")
    FollowUpFactory(title="Not yet", due_on="2026-11")
    FollowUpFactory(title="A year", due_on="2025")

    assert groups(day(officer)) == [("Overdue", [("A year", "2025"), ("Report", "Oct 2026")])]


def test_a_promise_says_where_it_was_made_and_who_owes_it(officer):
    tie = tie_of("Berlin", "Istanbul", responsible=officer)
    FollowUpFactory(due_on="2026-11-18", partnership=tie, owed_by="both")

    def facts(whose):
        return [row.facts for group in day(officer, whose=whose).due.groups for row in group.rows]

    assert facts(Whose.MINE) == [["Berlin–Istanbul", "both owe it"]]
    assert facts(Whose.ALL) == [["Berlin–Istanbul", "both owe it", str(officer)]]


def test_mine_is_what_i_answer_for_also_by_way_of_the_visit_or_the_tie(officer):
    other = UserFactory()
    tie = tie_of("Berlin", "Istanbul", responsible=officer)
    visit = DelegationFactory(partnership=tie)
    FollowUpFactory(title="By way of the tie", due_on=TODAY, partnership=tie)
    FollowUpFactory(title="By way of the visit", due_on=TODAY, delegation=visit)
    FollowUpFactory(title="Somebody else's", due_on=TODAY, partnership=tie, assignee=other)
    FollowUpFactory(title="Nobody's", due_on=TODAY)

    found = day(officer, whose=Whose.MINE)

    assert groups(found) == [
        ("Today", [("By way of the tie", "today"), ("By way of the visit", "today")]),
    ]
    assert found.due.counts == {Whose.MINE: 2, Whose.STAND_IN: 0, Whose.ALL: 4}


def test_a_stand_in_sees_the_work_of_those_who_are_away_today(officer):
    away = user_in("officer", stand_in=officer, away_from=TODAY, away_until=TODAY)
    back = user_in("officer", stand_in=officer, away_from="2026-11-01", away_until="2026-11-17")
    FollowUpFactory(title="Of one away", due_on=TODAY, assignee=away)
    FollowUpFactory(title="Of one who is back", due_on=TODAY, assignee=back)
    FollowUpFactory(title="Mine", due_on=TODAY, assignee=officer)

    assert groups(day(officer, whose=Whose.STAND_IN)) == [("Today", [("Of one away", "today")])]


def test_a_long_group_is_cut_and_says_so(officer):
    for _ in range(DUE_SHOWN + 1):
        FollowUpFactory(due_on=TODAY)

    (group,) = day(officer).due.groups

    assert (len(group.rows), group.count, group.has_more) == (DUE_SHOWN, DUE_SHOWN + 1, True)


# --- the sentence ---


@pytest.mark.parametrize(
    ("due", "sentence"),
    [
        ([], "Nothing is due this week."),
        (["2026-11-18"], "One follow-up is due today."),
        (["2026-11-20"] * 2, "Two follow-ups are due this week."),
        (
            ["2026-11-01"] * 3 + ["2026-11-18"] + ["2026-11-20"] * 2,
            "Three follow-ups are overdue, one is due today, two more follow this week.",
        ),
        (["2026-11-01", "2026-11-20"], "One follow-up is overdue, one more follows this week."),
    ],
)
def test_the_headline_says_what_is_due(officer, due, sentence):
    for on in due:
        FollowUpFactory(due_on=on)

    assert day(officer).headline == sentence


def test_the_headline_names_the_next_round_anniversary(officer):
    tie_of("Linz", "Eskişehir", founded="2012-05")

    assert day(officer).headline == (
        "Nothing is due this week. The next round anniversary: 15 years Linz–Eskişehir, in May 2027."
    )


# --- anniversaries ---


def told(coming):
    return [(str(each.tie), each.occurrence.years, each.when, each.left, each.unknown) for each in coming]


def test_anniversaries_come_in_order_as_exactly_as_they_are_known(officer):
    tie_of("Duisburg", "Gaziantep", founded="2005-06-03")
    tie_of("Linz", "Eskişehir", founded="2012-05")
    tie_of("Mannheim", "Beyoğlu", founded="2011")
    tie_of("Köln", "Tunis")

    found = day(officer).anniversaries

    assert told(found.next) == [
        ("Mannheim–Beyoğlu", 15, "in 2026", "this year", "only the year is known"),
        ("Linz–Eskişehir", 15, "in May 2027", "in 6 months", "only the month is known"),
        ("Duisburg–Gaziantep", 22, "Thu 3 June 2027", "in 197 days", ""),
    ]
    assert [each.is_round for each in found.next] == [True, True, False]


def test_round_ones_that_are_further_off_follow(officer):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")

    found = day(officer).anniversaries

    assert [each.occurrence.years for each in found.next] == [38]
    assert told(found.round) == [("Berlin–Istanbul", 40, "Sat 17 November 2029", "in 1095 days", "")]
    assert found.next_round.occurrence.years == 40


def test_ended_and_suspended_ties_have_no_anniversaries_here(officer):
    PartnershipEventFactory(partnership=tie_of("A", "B", founded="2000"), kind="suspended", on="2020")
    PartnershipEventFactory(partnership=tie_of("C", "D", founded="2000"), kind="ended", on="2020")

    found = day(officer)

    assert (found.anniversaries.next, found.anniversaries.round, found.quiet.rows) == ([], [], [])


# --- visits ---


def steps(found):
    return [(row.visit.title, row.state, row.step) for row in found.visits.rows]


def test_visits_under_way_coming_and_to_be_finished(officer):
    DelegationFactory(title="Now", starts_on="2026-11-16", ends_on="2026-11-20", state="confirmed")
    DelegationFactory(title="Soon", starts_on="2026-12-01", state="confirmed")
    DelegationFactory(title="Some day", state="idea")
    DelegationFactory(title="Long ago", starts_on="2024", ends_on="2024", state="completed")
    DelegationFactory(title="Called off", starts_on="2026-11-18", state="cancelled")
    finished = DelegationFactory(title="All done", starts_on="2025-01", state="completed", report="Well.")
    OutcomeFactory(delegation=finished)

    found = day(officer)

    assert [row.visit.title for row in found.visits.rows] == ["Now", "Soon", "Some day", "Long ago"]
    assert found.visits.summary == "1 under way, 2 coming, 1 to finish"


def test_a_visit_said_to_be_under_way_is_so_without_a_date(officer):
    DelegationFactory(title="Somewhere", state="under_way")
    DelegationFactory(title="Soon back", state="under_way", ends_on="2026-12")
    DelegationFactory(title="Long back", state="under_way", ends_on="2026-10")

    found = day(officer)

    assert steps(found) == [
        ("Somewhere", "under way", "Enter when it is"),
        ("Soon back", "under way", "Enter when it is"),
        ("Long back", "not closed", "Say whether it took place"),
    ]
    assert found.visits.summary == "2 under way, 1 to finish"


def test_a_coming_visit_names_its_next_step(officer):
    visit = DelegationFactory(title="V", state="planned")
    expected = []

    def step():
        return steps(day(officer))[0][2]

    expected.append(step())
    Delegation.objects.update(starts_on="2027-03")
    expected.append(step())
    StopFactory(delegation=visit)
    expected.append(step())
    ParticipantFactory(delegation=visit)
    expected.append(step())
    ProgrammeItemFactory(delegation=visit)
    expected.append(step())
    Delegation.objects.update(state="confirmed")
    expected.append(step())

    assert expected == [
        "Agree on a date",
        "Enter the stops",
        "Enter who takes part",
        "Draw up the programme",
        "Confirm it",
        "Prepare the briefing",
    ]


def test_a_visit_that_is_over_names_what_is_missing(officer):
    visit = DelegationFactory(title="V", starts_on="2026-10", state="confirmed")
    first = steps(day(officer))
    visit.complete()
    second = steps(day(officer))
    OutcomeFactory(delegation=visit)
    third = steps(day(officer))

    assert [*first, *second, *third] == [
        ("V", "not closed", "Say whether it took place"),
        ("V", "outcomes missing", "Enter what came of it"),
        ("V", "report missing", "Write the report"),
    ]


def test_a_visit_within_a_month_that_runs_is_still_coming(officer):
    DelegationFactory(title="V", starts_on="2026-11", state="planned")

    assert day(officer).visits.summary == "1 coming"


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ({}, "date open"),
        ({"starts_on": "2027-10-13"}, "from 13 Oct 2027"),
        ({"starts_on": "2027-10"}, "Oct 2027"),
        ({"starts_on": "2027-10-13", "ends_on": "2027-10-13"}, "13 Oct 2027"),
        ({"starts_on": "2027-10-13", "ends_on": "2027-10"}, "from 13 Oct 2027"),
        ({"ends_on": "2027"}, "until 2027"),
    ],
)
def test_when_a_visit_is_said_as_far_as_it_is_known(officer, dates, said):
    DelegationFactory(state="planned", **dates)

    assert [row.when for row in day(officer).visits.rows] == [said]


@pytest.mark.parametrize(
    ("direction", "route"), [("outbound", "Linz → Izmir"), ("inbound", "Linz ← Izmir"), ("", "Linz, Izmir")]
)
def test_a_visit_shows_its_route_and_who_leads_it(officer, direction, route):
    linz = HomeCityFactory(name_de="Linz")
    visit = DelegationFactory(home=linz, direction=direction)
    StopFactory(delegation=visit, city=linz)
    StopFactory(delegation=visit, city=CityFactory(name_de="Izmir"))
    ParticipantFactory(delegation=visit, person=PersonFactory(family_name="Probe"), role="head")

    (row,) = day(officer).visits.rows

    assert (row.route, row.head) == (route, "Nora Probe")


def test_mine_are_the_visits_that_i_or_my_ties_answer_for(officer):
    other = UserFactory()
    tie = tie_of("Berlin", "Istanbul", responsible=officer)
    DelegationFactory(title="Of my tie", partnership=tie)
    DelegationFactory(title="Mine", responsible=officer)
    DelegationFactory(title="A colleague's", partnership=tie, responsible=other)

    found = day(officer, whose=Whose.MINE)

    assert {row.visit.title for row in found.visits.rows} == {"Of my tie", "Mine"}


# --- quiet ties ---


def test_quiet_ties_say_for_how_long(officer):
    silent = tie_of("Osnabrück", "Çanakkale")
    for home, last in (
        ("Berlin", "2024-12"),
        ("Linz", "2022-11-12"),
        ("Köln", "2019"),
        ("Duisburg", "2026-01"),
    ):
        DelegationFactory(partnership=tie_of(home, f"P {home}"), starts_on=last, state="completed")

    found = day(officer).quiet

    assert [(str(each.tie), each.since) for each in found.rows] == [
        (str(silent), "no contact with a date"),
        ("Köln–P Köln", "since 2019"),
        ("Linz–P Linz", "for 4 years"),
        ("Berlin–P Berlin", "for 22 months"),
    ]


# --- the sending machine ---

NOON = datetime.datetime(2026, 11, 18, 11, tzinfo=datetime.UTC)


def test_the_machine_that_runs_has_no_alarm():
    Clock.current()
    Clock.objects.update(scanned_at=NOON - datetime.timedelta(minutes=30))
    early = NOON - datetime.timedelta(hours=5)
    mail = MailFactory(day=TODAY, state=Mail.State.SENT, sent_at=early)
    MailFactory(day=TODAY, state=Mail.State.SENT, sent_at=NOON - datetime.timedelta(days=1))
    ReminderFactory(due_on=TODAY, state=Reminder.State.MAILED, mail=mail)

    found = how_it_runs(today=TODAY, now=NOON)

    assert (found.is_well, found.alarms) == (True, [])
    assert (found.sent_today, found.last_sent_at, found.due_today) == (1, early, 1)


def test_a_late_scan_and_a_late_mail_raise_an_alarm():
    Clock.current()
    Clock.objects.update(scanned_at=NOON - datetime.timedelta(hours=30))
    waiting = NOON - datetime.timedelta(minutes=40)
    MailFactory(day=TODAY, not_before=waiting, next_try_at=NOON)

    found = how_it_runs(today=TODAY, now=NOON)

    assert (found.is_well, found.waiting, found.next_try_at) == (False, 1, NOON)
    assert [str(each) for each in found.alarms] == [
        "Nobody has looked for what is due for 30 hours. Is the worker running?",
        "A reminder mail has been waiting for 40 minutes. Is the worker running? Is anybody there to get it?",
    ]


def test_a_server_that_is_away_raises_an_alarm_of_its_own_where_no_mail_waits():
    Clock.current()
    Clock.objects.update(scanned_at=NOON, server_down_since=NOON - datetime.timedelta(hours=3))
    quiet = how_it_runs(today=TODAY, now=NOON).alarms
    MailFactory(day=TODAY, not_before=NOON - datetime.timedelta(minutes=40), next_try_at=NOON)
    loud = how_it_runs(today=TODAY, now=NOON).alarms

    assert [str(each) for each in quiet] == [
        "The mail server has not served us for 3 hours. See what the server answers."
    ]
    assert [str(each) for each in loud] == [
        "A reminder mail has been waiting for 40 minutes. The mail server does not serve us. "
        "See what it answers."
    ]


def test_a_failed_mail_is_counted_and_no_good_health():
    Clock.current()
    Clock.objects.update(scanned_at=NOON)
    MailFactory(day=TODAY, state=Mail.State.FAILED)

    found = how_it_runs(today=TODAY, now=NOON)

    assert (found.is_well, found.failed) == (False, 1)


# --- rights and cost ---


def test_nobody_sees_more_than_they_may():
    user = UserFactory()

    found = day(user)

    assert (found.due, found.anniversaries, found.visits, found.quiet, found.machine) == (None,) * 5
    assert found.headline == ""


def busy_week(number):
    for _ in range(number):
        tie = tie_of("Heim", "Ferne", founded="1989-11-17")
        stop = StopFactory(
            delegation=DelegationFactory(home=tie.home, starts_on="2026-11-17"), city=tie.partner
        )
        ParticipantFactory(delegation=stop.delegation, role="head")
        ProgrammeItemFactory(delegation=stop.delegation)
        DelegationFactory(partnership=tie, starts_on="2027-01")
        FollowUpFactory(due_on=TODAY, delegation=stop.delegation)
        FollowUpFactory(due_on=TODAY, partnership=tie, assignee=UserFactory())


def test_a_busy_week_costs_no_more_queries_than_a_quiet_one(officer):
    officer = User.objects.get(pk=officer.pk)
    busy_week(1)
    day(officer)
    with CaptureQueriesContext(connection) as one:
        day(officer)
    busy_week(9)

    with CaptureQueriesContext(connection) as ten:
        found = day(officer)

    assert found.due.today == 20
    assert len(ten) == len(one)
