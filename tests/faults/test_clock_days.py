"""Days on which clocks are changed, and years with and without a leap day, five minutes by five minutes."""

import datetime
import os
from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from contacts.models import Office
from delegations.models import FollowUp
from reminders import due, outbox, planning
from reminders.models import Mail, Reminder, Rule, Stage
from reminders.shipped import ship
from tests.factories import FollowUpFactory, PartnershipFactory, user_in
from tests.faults.table import record
from tests.reminders.clock import day, moment, started, wake_up

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
STEP = datetime.timedelta(minutes=15 if os.environ.get("FAULTS_SHORT") else 5)


@pytest.fixture
def nora():
    ship(Rule, Stage)
    Office.current()
    return user_in("officer", first_name="Nora", last_name="Beispiel", email="nora@example.org")


@pytest.mark.parametrize("begins", ["06:00", "02:30"])
@pytest.mark.parametrize("changed_on", ["2025-03-30", "2025-10-26"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe/Lisbon", "Europe/Kyiv", "UTC"])
def test_t1_one_mail_a_day_though_the_clock_is_changed(nora, monkeypatch, zone, changed_on, begins):
    """The day of reminders begins at six; at half past two it would begin in the hour that is changed."""
    local, start = ZoneInfo(zone), datetime.time.fromisoformat(begins)
    monkeypatch.setattr(due, "FIRST_HOUR", start.hour)
    monkeypatch.setattr(planning, "MORNING", start if start.minute else planning.MORNING)
    office = Office.current()
    office.timezone = zone
    office.save()
    days = [day(changed_on) + offset * DAY for offset in (-1, 0, 1)]
    for on in days:
        FollowUpFactory(due_on=f"{on}", assignee=nora)
    started(f"{days[0] - DAY}")

    # By a clock without summer time, as beat has it; so each of its steps is five minutes later.
    now = moment(f"{days[0]} 00:00", local).astimezone(datetime.UTC)
    end = moment(f"{days[-1]} 12:00", local).astimezone(datetime.UTC)
    while now < end:
        if now.minute % 15 == 0:
            due.scan_every_hour(now=now)
        outbox.send(now=now)
        now += STEP

    mails = list(Mail.objects.order_by("day"))
    assert [mail.day for mail in mails] == days, "not one mail a local day"
    on_the_day = Reminder.objects.filter(stage__days=0).values_list("due_on", "mail__day")
    assert sorted(on_the_day) == [(on, on) for on in days]
    for mail in mails:
        sent_at = timezone.localtime(mail.sent_at, local)
        assert sent_at.date() == mail.day
        wanted = datetime.datetime.combine(mail.day, start, tzinfo=local)
        off = (mail.sent_at - wanted.astimezone(datetime.UTC)).total_seconds()
        assert abs(off) <= 3600, f"sent {off / 60:.0f} minutes off, at {sent_at}"
    record(f"T1 clock changed, {zone}", mails=len(mails), note=f"{days[0]} to {days[-1]}, from {start:%H:%M}")


def test_t2_scanned_every_day_of_ten_years_each_year_has_its_mail(nora, mailoutbox):
    """29 February, the last of each month, round years, known to the day, the month and the year."""
    leap = PartnershipFactory(founded="1904-02-29", responsible=nora)
    month = PartnershipFactory(founded="1908-02", responsible=nora)
    year = PartnershipFactory(founded="1912", responsible=nora)
    start = day("2022-12-31")
    for offset in range(120):
        next_month = datetime.date(2023 + offset // 12, offset % 12 + 1, 28) + 4 * DAY
        FollowUpFactory(title="Promise", due_on=f"{next_month - next_month.day * DAY}", assignee=nora)
    started(f"{start}")

    for offset in range(1, 3654):
        today = start + offset * DAY
        now = moment(f"{today} 07:00")
        wake_up(now)
        FollowUp.objects.due_by(today - DAY).update(state=FollowUp.State.DONE, done_on=today)

    def told(tie, days):
        rows = Reminder.objects.filter(partnership=tie, stage__days=days, state=Reminder.State.MAILED)
        return Counter(rows.filter(stage__rule__subject="anniversary").values_list("due_on__year", flat=True))

    years = Counter(range(2023, 2033))
    assert told(leap, 30) == told(month, 30) == years
    assert told(year, 30) == years
    days = Reminder.objects.filter(partnership=leap, stage__days=30).order_by("due_on")
    assert [row.occurs_on.first_day for row in days] == [
        day(f"{each}-02-29") if each % 4 == 0 else day(f"{each}-02-28") for each in range(2023, 2033)
    ]
    rules = {
        row.occurs_on.year: row.stage.rule.milestone
        for row in Reminder.objects.filter(partnership=leap, stage__days=30).select_related("stage__rule")
    }
    # 120 years in 2024, 125 in 2029.
    assert {each for each, rule in rules.items() if rule == "jubilee"} == {2029}
    assert {each for each, rule in rules.items() if rule == "round"} == {2024}
    last_days = Reminder.objects.filter(stage__days=0, stage__rule__subject="follow_up")
    assert last_days.count() == 120
    assert all(row.due_on == row.occurs_on.first_day for row in last_days)
    record("T2 ten years, day by day", mails=len(mailoutbox), note="29 February, ends of months, round years")
