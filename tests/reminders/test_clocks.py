"""Clocks that stood still, jump ahead, come back, stand elsewhere. Each scan and send is told the moment."""

import calendar
import datetime
import os
import time
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from config import roles
from contacts.dates import PartialDate
from contacts.models import Office, User
from relations.anniversaries import Milestone, Occurrence, milestone, occurrences
from reminders import due, guard, health, outbox
from reminders.models import Attempt, Clock, Mail, Reminder
from tests.factories import (
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    InteractionFactory,
    PartnershipFactory,
    user_in,
)
from tests.reminders.clock import day, moment, started, wake_up

DAY = datetime.timedelta(days=1)
State = Reminder.State


@pytest.fixture(autouse=True)
def _our_office(office):
    return office


def told():
    """What was mailed: name, stage in days, due day."""
    rows = Reminder.objects.filter(state=State.MAILED).labelled()
    return sorted((str(row.subject), row.stage.days, f"{row.due_on}") for row in rows)


def days_of(first, last, at="07:00", every=1):
    """A moment each day, or every so many days, from first to last."""
    return [
        moment(f"{day(first) + count * DAY} {at}")
        for count in range(0, (day(last) - day(first)).days + 1, every)
    ]


# --- one moment reaches everything ---


def test_the_moment_given_is_the_one_on_record(nora, sink):
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    now = moment("2024-10-18 06:00")

    assert wake_up(now) == 1

    mail, reminder, attempt = Mail.objects.get(), Reminder.objects.get(), Attempt.objects.get()
    assert {mail.created_at, mail.not_before, mail.sent_at, mail.changed_at} == {now}
    assert {reminder.created_at, reminder.changed_at, attempt.started_at, attempt.ended_at} == {now}
    assert (mail.day, Clock.current().scanned_at) == (day("2024-10-18"), now)


def test_a_lease_goes_by_the_moment_given(nora, sink):
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    now = moment("2024-10-18 06:00")
    due.scan(now=now)
    outbox.tie(today=day("2024-10-18"), now=now)
    assert outbox.claim_next(today=day("2024-10-18"), now=now)

    just_held = now + outbox.lease() - datetime.timedelta(seconds=1)
    assert outbox.send(now=just_held) == 0
    assert Mail.objects.get().state == Mail.State.SENDING

    assert outbox.send(now=now + outbox.lease() + datetime.timedelta(seconds=1)) == 0
    assert Mail.objects.get().state == Mail.State.DUE
    assert Attempt.objects.get().outcome == Attempt.Outcome.UNKNOWN


def test_a_mail_is_given_up_after_72_hours_of_tries_and_not_before(nora, sink):
    sink.at_rcpt = ["451 later"]
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    first = moment("2024-10-18 06:00")
    wake_up(first)

    while (mail := Mail.objects.get()).state == Mail.State.DUE:
        last = mail.next_try_at
        outbox.send(now=last)

    assert mail.state == Mail.State.FAILED
    assert datetime.timedelta(hours=72) <= last - first < datetime.timedelta(hours=72 + 5)
    assert health.state(today=last.date(), now=last)["mails_refused"] == 1


# --- the machine was off ---


def off(days, *, at="06:00"):
    """Berlin–Istanbul has its 90-day stage on 19 August, 30 on 18 October, 7 on 10 November."""
    return moment(f"{day('2024-10-17') + days * DAY} {at}")


@pytest.mark.parametrize(
    ("days", "mailed", "missed"),
    [(1, [30], []), (7, [30], []), (29, [7], [30])],
)
def test_off_for_some_days_it_sends_the_latest_stage_by_itself(
    berlin_istanbul, mailoutbox, days, mailed, missed
):
    started("2024-10-17")

    assert wake_up(off(days)) == 1
    assert wake_up(off(days, at="07:00")) == 0

    assert [stage for _tie, stage, _on in told()] == mailed
    assert list(Reminder.objects.filter(state=State.MISSED).values_list("stage__days", flat=True)) == missed


def test_off_for_30_days_it_is_back_on_a_saturday_and_tells_on_the_sunday_itself(berlin_istanbul, mailoutbox):
    started("2024-10-17")

    assert wake_up(off(30)) == 0
    assert wake_up(off(31)) == 1

    assert [stage for _tie, stage, _on in told()] == [7]
    assert Reminder.objects.get(state=State.MISSED).stage.days == 30


@pytest.mark.parametrize(("days", "waits"), [(35, False), (36, True)])
def test_off_for_more_than_35_days_it_waits_for_a_person(berlin_istanbul, nora, mailoutbox, days, waits):
    FollowUpFactory(title="Call back", due_on="2024-10-20", assignee=nora)
    started("2024-10-17")

    assert wake_up(off(days)) == (0 if waits else 1)

    assert Clock.current().is_paused is waits
    assert Reminder.objects.filter(state=State.DUE if waits else State.MAILED).exists()
    assert set(Reminder.objects.filter(state=State.MISSED).values_list("stage__days", flat=True)) >= {30, 7}


def test_off_for_400_days_it_plans_and_waits_whoever_wakes_first(berlin_istanbul, nora, mailoutbox):
    FollowUpFactory(title="Call back", due_on="2024-10-20", assignee=nora)
    started("2024-10-17")
    back = off(400)

    assert outbox.send(now=back) == 0
    assert wake_up(back) == 0

    assert Clock.current().paused_because == Clock.Why.LONG_GAP
    assert Reminder.objects.filter(state=State.DUE).count() > 0
    assert mailoutbox == []
    assert health.state(today=back.date(), now=back)["sending_paused"] is True

    guard.resume(now=back)

    assert outbox.send(now=back) == 1
    # The anniversaries of both years are over; the promise is still open, and the tie has gone quiet.
    about = Reminder.objects.filter(state=State.MAILED).values_list("stage__rule__subject", flat=True)
    assert sorted(about.distinct()) == ["follow_up", "quiet_tie"]
    assert wake_up(off(400, at="07:00")) == 0


def test_a_mail_that_waited_while_the_machine_was_off_waits_for_the_scan_and_the_person(nora, sink):
    sink.at_rcpt = ["451 later", "ok"]
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    wake_up(moment("2024-10-18 06:00"))

    assert outbox.send(now=off(400)) == 0
    assert sink.accepted == []


# --- the clock jumps ahead, and comes back ---


def without_a_jump(first, last):
    """What is mailed from first to last where clocks are right; afterwards all is as before."""
    started(first)
    for now in days_of(first, last, every=2):
        wake_up(now)
    found = told()
    Attempt.objects.all().delete()
    Reminder.objects.all().delete()
    Mail.objects.all().delete()
    Clock.objects.all().delete()
    return found


@pytest.fixture
def much(berlin_istanbul, nora, toni):
    """Something due on many days, daily and weekly, with a date to come and without."""
    toni.digest = User.Digest.WEEKLY
    toni.save()
    for number, on in enumerate(("2024-10-20", "2024-10-25", "2024-11-02", "2024-11-15")):
        FollowUpFactory(title=f"Promise {number}", due_on=on, assignee=nora)
    for year in (2014, 2017):
        PartnershipFactory(
            home=HomeCityFactory(name_de=f"Heim {year}"),
            partner=CityFactory(name_de="Ferne"),
            founded=f"{year}-11-13",
            responsible=toni,
        )


@pytest.mark.parametrize("who_first", ["scan", "sender"])
def test_a_year_ahead_and_back_loses_nothing_and_mails_nothing_past(much, mailoutbox, who_first):
    expected = without_a_jump("2024-10-12", "2024-11-19")
    mailoutbox.clear()
    started("2024-10-12")
    for now in days_of("2024-10-12", "2024-10-16", every=2):
        wake_up(now)
    before = len(mailoutbox)

    for now in days_of("2025-10-16", "2025-10-19", every=3):
        if who_first == "sender":
            outbox.send(now=now)
        wake_up(now)
    assert len(mailoutbox) == before

    back = moment("2024-10-16 09:00")
    wake_up(back)
    guard.resume(now=back)
    for now in days_of("2024-10-18", "2024-11-19", every=2):
        wake_up(now)

    assert told() == expected
    assert not Reminder.objects.filter(created_at__gt=moment("2024-11-21 00:00")).exists()
    assert Clock.current().scanned_until == day("2024-11-19")


def test_ten_days_ahead_and_back_mails_each_stage_once(much, mailoutbox):
    expected = without_a_jump("2024-10-12", "2024-11-19")
    mailoutbox.clear()
    started("2024-10-12")
    for now in days_of("2024-10-12", "2024-10-18", every=2):
        wake_up(now)
    # A Monday, on which mails go out.
    assert wake_up(moment("2024-10-28 07:00")) > 0

    for now in days_of("2024-10-18", "2024-11-19", at="09:00", every=2):
        wake_up(now)

    found = told()
    # What is on record as told has gone out as often, whatever became of the rows.
    promises = Counter(subject for subject, _stage, _on in found if subject.startswith("Promise"))
    assert Counter(name for mail in mailoutbox for name in promises if name in mail.body) == promises
    # What the wrong clock told early is told; nothing else is left out, and the latest of each is there.
    latest = {(subject, on[:4]): stage for subject, stage, on in expected}
    assert {(subject, on[:4]): stage for subject, stage, on in found} == latest


def test_what_a_clock_ahead_took_for_over_is_due_again(berlin_istanbul, nora, mailoutbox):
    nora.digest = User.Digest.WEEKLY
    nora.save()
    started("2024-10-31")
    wake_up(moment("2024-11-01 06:00"))
    # Nobody is there to get it until Monday, and then the clock says that the day is over.
    due.scan(now=moment("2024-11-10 06:00"))
    User.objects.update(is_active=False)
    wake_up(moment("2024-11-18 06:00"))
    User.objects.update(is_active=True)

    for now in days_of("2024-11-10", "2024-11-12", at="09:00"):
        wake_up(now)

    assert told() == [("Berlin–Istanbul", 7, "2024-11-10")]


def test_the_scan_does_not_stand_still_until_the_watermark(nora, mailoutbox):
    FollowUpFactory(due_on="2024-10-19", assignee=nora)
    started("2024-10-17")
    wake_up(moment("2024-10-18 06:00"))
    wake_up(moment("2025-10-18 06:00"))

    assert due.is_time(moment("2024-10-19 06:00"))
    wake_up(moment("2024-10-19 06:00"))

    assert Clock.current().scanned_until == day("2024-10-19")
    assert not health.state(today=day("2024-10-19"), now=moment("2024-10-19 06:10"))["last_scan"]["is_late"]


def test_a_promise_entered_while_the_clock_was_ahead_is_not_forgotten(nora, mailoutbox):
    started("2024-10-17")
    wake_up(moment("2024-10-18 06:00"))
    with time_machine.travel(moment("2025-10-18 06:00"), tick=False):
        FollowUpFactory(title="Call back", due_on="2024-10-25", assignee=nora)
        wake_up(timezone.now())

    back = moment("2024-10-18 09:00")
    wake_up(back)
    guard.resume(now=back)
    for now in days_of("2024-10-19", "2024-11-07", every=3):
        wake_up(now)

    assert sorted(stage for _title, stage, _on in told()) == [-7, 0, 7]


def test_a_try_that_was_put_off_by_a_clock_ahead_is_not_put_off_until_then(nora, sink):
    sink.at_rcpt = ["451 later", "ok"]
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    due.scan(now=moment("2024-10-18 06:00"))
    outbox.tie(today=day("2024-10-18"), now=moment("2024-10-18 06:00"))
    outbox.send(now=moment("2024-11-08 09:00"))
    assert Attempt.objects.count() == 1

    assert outbox.send(now=moment("2024-10-18 06:10")) == 1


def test_the_server_is_asked_again_though_a_clock_ahead_has_just_asked(nora, sink, settings):
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    wake_up(moment("2024-10-18 06:00"))
    Clock.objects.update(
        server_down_since=moment("2024-11-08 06:00"), next_probe_at=moment("2024-11-08 06:01")
    )
    FollowUpFactory(due_on="2024-10-18", assignee=user_in("officer", email="other@example.org"))
    Clock.objects.update(scanned_until=day("2024-10-17"))
    started("2024-10-17")
    due.scan(now=moment("2024-10-18 06:10"))

    assert outbox.send(now=moment("2024-10-18 06:11")) == 1


def test_a_lease_that_a_clock_ahead_has_taken_is_not_held_until_then(nora, sink):
    FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    now = moment("2024-10-18 06:00")
    due.scan(now=now)
    outbox.tie(today=day("2024-10-18"), now=now)
    outbox.claim_next(today=day("2024-10-18"), now=moment("2024-11-08 06:00"))

    outbox.send(now=now)
    assert outbox.send(now=now + datetime.timedelta(minutes=10)) == 1


def test_a_clock_that_stands_before_all_scans_does_nothing_and_says_so(berlin_istanbul, mailoutbox):
    started("2024-10-17")
    wake_up(moment("2024-10-18 06:00"))
    rows = list(Reminder.objects.values_list("pk", "state"))
    wrong = moment("2000-01-01 12:00")

    assert wake_up(wrong) == 0

    assert list(Reminder.objects.values_list("pk", "state")) == rows
    assert Clock.current().scanned_until == day("2024-10-18")
    found = health.state(today=wrong.date(), now=wrong)
    assert (found["ok"], found["last_scan"]["is_in_future"]) == (False, True)

    wake_up(moment("2024-10-19 06:00"))
    assert Clock.current().scanned_until == day("2024-10-19")


def test_an_installation_that_began_with_a_clock_ahead_waits_for_a_person(berlin_istanbul, mailoutbox):
    wake_up(moment("2025-08-01 06:00"))
    right = moment("2024-10-18 06:00")
    mailoutbox.clear()

    assert wake_up(right) == 0
    assert guard.resume(now=right) is True
    assert wake_up(right) == 1

    assert ("Berlin–Istanbul", 30, "2024-10-18") in told()


# --- zones, the turn of the year, the ends of time ---


@pytest.fixture(params=["UTC", "Asia/Tokyo"])
def server(request, monkeypatch):
    """Where the machine believes to be."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    os.environ.pop("TZ", None)
    time.tzset()


@pytest.mark.parametrize(
    ("clock", "today"),
    [("2024-12-31 23:59", "2024-12-31"), ("2025-01-01 00:00", "2025-01-01")],
    ids=["eve", "new_year"],
)
def test_the_day_turns_where_the_office_is(server, settings, clock, today):
    settings.TIME_ZONE = server

    assert due.office_today(moment(clock)) == day(today)


def test_no_date_shifts_wherever_the_server_stands(server, settings, nora, mailoutbox):
    settings.TIME_ZONE = server
    tie = PartnershipFactory(founded="1989-12-31", responsible=nora)
    FollowUpFactory(due_on="2024-12-31", assignee=nora)
    started("2024-11-30")

    for now in days_of("2024-12-01", "2025-01-01", at="23:59", every=2):
        due.scan(now=now)
        outbox.send(now=now)

    assert (str(tie), 30, "2024-12-01") in told()
    on_the_day = Reminder.objects.filter(stage__days=0).values_list("due_on", "mail__day")
    assert list(on_the_day) == [(day("2024-12-31"), day("2024-12-31"))]


def test_a_changed_zone_moves_no_date_and_doubles_nothing(nora, mailoutbox):
    FollowUpFactory(due_on="2024-12-31", assignee=nora)
    started("2024-12-30")
    office = Office.current()

    for zone in ("Asia/Tokyo", "America/New_York", "Pacific/Auckland", "Europe/Berlin"):
        office.timezone = zone
        office.save()
        for hour in (6, 7):
            wake_up(moment(f"2024-12-31 {hour:02}:00", ZoneInfo(zone)))

    assert [(stage, on) for _title, stage, on in told()] == [(0, "2024-12-31")]
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("year", ["0001", "0836", "1899", "9999"])
def test_far_years_break_neither_scan_nor_page_nor_api(client, nora, year):
    roles.sync()
    tie = PartnershipFactory(founded=f"{year}-12-31", responsible=nora)
    follow_up = FollowUpFactory(due_on=f"{year}-12-31", assignee=nora)
    visit = DelegationFactory(partnership=tie, starts_on=f"{year}-12-31", state="completed")
    note = InteractionFactory(partnership=tie, on=f"{year}-12-31")
    client.force_login(User.objects.create_superuser("ada", "ada@example.org", "x"))
    started("2024-11-30")

    for now in days_of("2024-12-01", "2025-01-01", every=31):
        wake_up(now)

    addresses = [row.get_absolute_url() for row in (tie, follow_up, visit, note)] + ["/admin/"]
    addresses += ["/api/v1/partnerships/", "/api/v1/follow-ups/", "/api/v1/anniversaries/"]
    assert [client.get(address).status_code for address in addresses] == [200] * 8
    tie.refresh_from_db()
    assert tie.founded == PartialDate(int(year), 12, 31)
    years = {row.due_on.isoformat() for row in Reminder.objects.filter(partnership=tie, stage__days=30)}
    assert years == ({"2024-12-01"} if year != "9999" else set())


# --- 29 February, ends of months, round years ---


@pytest.mark.parametrize("founded", ["1896-02-29", "1904-02-29"])
def test_29_february_is_one_mail_a_year_on_the_day_of_the_rule(nora, mailoutbox, founded):
    tie = PartnershipFactory(founded=founded, responsible=nora)
    started("2022-12-31")
    expected = []
    for year in range(2023, 2033):
        last = day(f"{year}-02-28") if year % 4 else day(f"{year}-02-29")
        expected.append((str(tie), 30, f"{last - 30 * DAY}"))
        for before in (31, 30, 29):
            now = moment(f"{last - before * DAY} 06:00")
            wake_up(now)
            # Each is a year after the last scan.
            guard.resume(now=now)
            outbox.send(now=now)

    assert [each for each in told() if each[1] == 30] == expected


@pytest.mark.parametrize("month", range(1, 13))
def test_what_is_due_on_the_last_of_a_month_is_told_on_that_day(nora, mailoutbox, month):
    next_month = datetime.date(2024 + month // 12, month % 12 + 1, 1)
    last = next_month - DAY
    to_the_day = FollowUpFactory(title="To the day", due_on=last.isoformat(), assignee=nora)
    FollowUpFactory(title="In that month", due_on=f"{last:%Y-%m}", assignee=nora)
    started(f"{last - 2 * DAY}")

    for offset in (-1, 0, 1):
        wake_up(moment(f"{last + offset * DAY} 06:00"))

    found = Reminder.objects.filter(stage__days=0).values_list("follow_up__title", "mail__day")
    assert sorted(found) == [("In that month", last), (to_the_day.title, last)]


# Among all days the leap days are too few to be met for sure.
LEAP_DAYS = [datetime.date(year, 2, 29) for year in range(836, 2024) if calendar.isleap(year)]


@given(
    founded=st.dates(datetime.date(836, 1, 1), datetime.date(2023, 12, 31)) | st.sampled_from(LEAP_DAYS),
    year=st.integers(2024, 2123),
)
@settings(max_examples=500)
def test_there_is_one_anniversary_a_year_on_the_day_of_the_rule(founded, year):
    found = occurrences(PartialDate.of(founded), day(f"{year}-01-01"), day(f"{year}-12-31"))

    is_leap_day = (founded.month, founded.day) == (2, 29)
    common = year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)
    on = datetime.date(year, founded.month, 28 if is_leap_day and common else founded.day)
    assert [(each.on, each.years) for each in found] == [(on, year - founded.year)]


def test_which_years_are_round():
    # Each of them: by chance a property test may never come upon the five.
    for years in range(1, 2001):
        is_round = years >= 10 and years % 5 == 0
        expected = Milestone.JUBILEE if years % 25 == 0 else Milestone.ROUND if is_round else Milestone.NONE

        assert milestone(years) == Occurrence(PartialDate(100), years).milestone == expected
