"""What a mail says. The recipients here read English, the language of the source."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.dates import PartialDate
from contacts.models import CityDate
from delegations.models import Delegation, FollowUp
from relations.models import Agreement
from reminders import digest, due, outbox
from reminders.models import Reminder, Rule, Stage
from reminders.phrases import spelled, when_it_is
from tests.factories import (
    AgreementFactory,
    DelegationFactory,
    FollowUpFactory,
    OrganisationFactory,
    PartnershipFactory,
    StopFactory,
)
from tests.reminders.clock import day, mails, remind, started


@pytest.fixture(autouse=True)
def _our_office(office):
    return office


def told(text):
    """The text of the one mail of that day, in one line."""
    remind(text)
    (mail,) = mails()
    return " ".join(mail.text.split())


def test_the_mail_of_35_years_berlin_istanbul(berlin_istanbul, treptow_tepebasi, settings):
    DelegationFactory(
        title="Istanbul at Berlin",
        partnership=berlin_istanbul,
        starts_on="2024-10-13",
        state=Delegation.State.COMPLETED,
    )
    FollowUpFactory(title="Propose three dates", partnership=berlin_istanbul)
    started("2024-10-17")

    remind("2024-10-18")

    (mail,) = mails()
    assert mail.subject == "35 years Berlin–Istanbul, 1 more: Your reminders on Friday, 18 October"
    assert mail.text == (
        f"""Good morning, Nora Beispiel,

Two anniversaries are coming up, one of them round.


ANNIVERSARIES

* 35 years Berlin–Istanbul
  on Sunday, 17 November 2024, in 30 days. On the same day: 7 years
  Treptow-Köpenick–Tepebaşı.
  Last visit: Istanbul at Berlin, 13 Oct 2024.
  1 open follow-up: Propose three dates.
  Responsible: Nora Beispiel.
  {settings.SITE_URL}{berlin_istanbul.get_absolute_url()}

* 7 years Treptow-Köpenick–Tepebaşı
  on Sunday, 17 November 2024, in 30 days. On the same day: 35 years
  Berlin–Istanbul.
  No visit on record.
  Responsible: Nora Beispiel.
  {settings.SITE_URL}{treptow_tepebasi.get_absolute_url()}


Open my day: {settings.SITE_URL}/

--
You get this mail because you are responsible for these matters, stand
in for someone who is, or head the office. As of 18 Oct 2024, 06:00.
"""
    )


def test_the_html_says_the_same_with_the_rules_written_into_its_tags(berlin_istanbul):
    started("2024-10-17")

    remind("2024-10-18")

    (mail,) = mails()
    assert '<html lang="en">' in mail.html
    assert ">35</td>" in mail.html
    assert ">Berlin–Istanbul</a>" in mail.html
    assert "in 30 days.<br>No visit on record.<br>Responsible: Nora Beispiel.</span>" in mail.html
    assert 'class="mail-figure" style="' in mail.html
    assert "<script" not in mail.html
    assert "<img" not in mail.html


def test_a_name_in_the_html_stays_a_name(berlin_istanbul, nora):
    FollowUpFactory(title="<b>Tea & cake</b>", due_on="2024-10-18", assignee=nora)
    started("2024-10-17")

    remind("2024-10-18")

    (mail,) = mails()
    assert "&lt;b&gt;Tea &amp; cake&lt;/b&gt;" in mail.html
    assert "* <b>Tea & cake</b>" in mail.text


def test_a_month_only_date_speaks_of_its_month(nora):
    PartnershipFactory(founded="2012-05", responsible=nora)
    started("2026-10-31")

    assert "in May 2027. The day is not known." in told("2026-11-02")
    assert [row.occurs_on for row in Reminder.objects.all()] == [PartialDate(2027, 5)]


def test_a_year_only_date_speaks_of_its_year(nora):
    PartnershipFactory(founded="2019", responsible=nora)
    started("2024-12-01")

    assert "in the course of 2025. The day is not known." in told("2024-12-02")


def test_what_is_overdue_comes_first_and_is_counted_in_the_subject(nora):
    organisation = OrganisationFactory(title="Duisburg Business & Innovation GmbH")
    tie = PartnershipFactory(founded="2014-11-18", responsible=nora)
    visit = DelegationFactory(partnership=tie, starts_on="2024-06", responsible=nora)
    FollowUpFactory(title="Three dates", due_on="2024-10-05", delegation=visit, owed_by=FollowUp.OwedBy.US)
    FollowUpFactory(
        title="Results", due_on="2024-10-12", partnership=tie, owed_by="them", organisation=organisation
    )
    FollowUpFactory(title="Investors", due_on="2024-10-19", assignee=nora, owed_by=FollowUp.OwedBy.BOTH)
    started("2024-10-18")

    text = told("2024-10-19")

    assert mails()[0].subject == "2 overdue, 1 today: Your reminders on Saturday, 19 October"
    assert (
        "Two follow-ups are overdue, one is due today. A round anniversary is coming up. OVERDUE "
        f"* 14 days late: Three dates {tie}. Promised during the visit in June 2024. We owe it. "
    ) in text
    assert f"* 7 days late: Results {tie}. Duisburg Business & Innovation GmbH owes it." in text
    assert "TODAY * Investors Both sides owe it. Responsible: Nora Beispiel." in text
    assert text.index("OVERDUE") < text.index("TODAY") < text.index("ANNIVERSARIES")


def test_agreements_say_what_happens_when_nobody_acts(nora):
    tie = PartnershipFactory(responsible=nora)
    AgreementFactory(
        title="Charter",
        partnership=tie,
        state=Agreement.State.SIGNED,
        valid_until=day("2025-12-31"),
        notice_days=90,
        renews_by_months=12,
    )
    started("2025-09-01")

    assert (
        "An agreement is running out. AGREEMENTS * Charter Last day to give notice: on Thursday, "
        f"2 October 2025, in 30 days. Then it renews itself by 12 months. {tie}. "
        "Responsible: Nora Beispiel."
    ) in told("2025-09-02")


def test_an_agreement_without_notice_expires(nora):
    tie = PartnershipFactory(responsible=nora)
    AgreementFactory(partnership=tie, state=Agreement.State.SIGNED, valid_until=day("2025-12-31"))
    started("2025-11-30")

    assert "It expires on Wednesday, 31 December 2025, in 30 days." in told("2025-12-01")


def test_departures_and_missing_reports(nora):
    DelegationFactory(title="To Linz", starts_on="2024-11-17", responsible=nora)
    DelegationFactory(
        title="To Izmir", starts_on="2024-10-01", ends_on="2024-10-04", responsible=nora, state="completed"
    )
    started("2024-10-17")

    text = told("2024-10-18")

    assert "A visit is coming up. A report is missing." in text
    assert "* Report missing: To Izmir The visit ended on Friday, 4 October 2024, 14 days ago." in text
    assert "* To Linz Begins on Sunday, 17 November 2024, in 30 days." in text


def test_a_quiet_tie_says_when_somebody_last_met(berlin_istanbul):
    visit = DelegationFactory(
        title="To Istanbul", home=berlin_istanbul.home, starts_on="2023-10-18", state="completed", report="x"
    )
    StopFactory(delegation=visit, city=berlin_istanbul.partner)
    started("2024-10-16")
    Stage.objects.exclude(rule__subject=Rule.Subject.QUIET_TIE).update(is_active=False)

    text = told("2024-10-18")

    assert "A tie has gone quiet. QUIET TIES * Quiet: Berlin–Istanbul No contact on record for" in text
    assert "Last visit: To Istanbul, 18 Oct 2023." in text


def test_the_day_of_a_partner_city(berlin_istanbul):
    CityDate.objects.create(
        city=berlin_istanbul.partner, kind="national_day", on="10-29", label="Republic Day"
    )
    started("2024-10-21")

    assert "* Istanbul: Republic Day on Tuesday, 29 October 2024, in 7 days." in told("2024-10-22")


def test_the_office_may_have_its_own_words_for_a_stage(berlin_istanbul):
    Stage.objects.filter(rule__milestone=Rule.Milestone.ROUND, days=30).update(
        subject={"en": "Order the cake: {years} years {name}"}, text={"en": "The baker needs {days} days."}
    )
    started("2024-10-17")

    text = told("2024-10-18")

    assert mails()[0].subject == (
        "Order the cake: 35 years Berlin–Istanbul: Your reminders on Friday, 18 October"
    )
    assert "Responsible: Nora Beispiel. The baker needs 30 days." in text


def test_own_words_in_another_language_leave_ours(berlin_istanbul):
    Stage.objects.update(subject={"de": "Torte bestellen"})
    started("2024-10-17")

    assert "* 35 years Berlin–Istanbul" in told("2024-10-18")


def test_a_tie_that_is_nobodys_says_so(berlin_istanbul, head):
    berlin_istanbul.responsible = None
    berlin_istanbul.save()
    started("2024-10-17")

    assert "Nobody is responsible for it yet." in told("2024-10-18")
    assert mails()[0].recipient == head


def test_many_follow_ups_are_counted_and_three_named(berlin_istanbul):
    for number in range(5):
        FollowUpFactory(title=f"Promise {number}", partnership=berlin_istanbul)
    started("2024-10-17")

    assert "5 open follow-ups: Promise 0; Promise 1; Promise 2; and 2 more." in told("2024-10-18")


def test_nothing_private_stands_in_a_mail(berlin_istanbul, nora):
    FollowUpFactory(title="Call back", text="His number is 0123", assignee=nora, due_on="2024-10-18")
    started("2024-10-17")

    assert "0123" not in told("2024-10-18")


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2024-10-18", "on Friday, 18 October 2024, today."),
        ("2024-10-19", "on Saturday, 19 October 2024, tomorrow."),
        ("2024-10-20", "on Sunday, 20 October 2024, in 2 days."),
        ("2024-10-17", "on Thursday, 17 October 2024, 1 day ago."),
        ("2024-10", "in October 2024. The day is not known."),
    ],
)
def test_when_it_is(date, words, english):
    assert when_it_is(PartialDate.parse(date), today=day("2024-10-18")) == words


@pytest.mark.parametrize(("number", "word"), [(1, "one"), (12, "twelve"), (13, "13"), (0, "0")])
def test_small_numbers_are_words(number, word, english):
    assert spelled(number) == word


def test_composing_takes_as_many_queries_for_ten_as_for_one(nora):
    def queries(ties):
        for _count in range(ties):
            tie = PartnershipFactory(founded="2014-11-17", responsible=nora)
            visit = DelegationFactory(partnership=tie, starts_on="2024-10-01", state="completed")
            FollowUpFactory(delegation=visit, due_on="2024-10-18")
            AgreementFactory(partnership=tie, state=Agreement.State.SIGNED, valid_until=day("2024-11-17"))
            CityDate.objects.create(city=tie.partner, kind="national_day", on="10-25")
        started("2024-10-17")
        due.scan(today=day("2024-10-18"))
        waiting = Reminder.objects.waiting().select_related("stage__rule")
        with CaptureQueriesContext(connection) as captured:
            plan = outbox.plan(list(waiting), today=day("2024-10-18"), now=timezone.now())
            (mail,) = plan.mails
            digest.compose(mail.told, nora, today=day("2024-10-18"), now=timezone.now())
        assert len(mail.told) == 4 * Reminder.objects.filter(stage__rule__subject="anniversary").count()
        return len(captured)

    assert queries(1) == queries(9)
