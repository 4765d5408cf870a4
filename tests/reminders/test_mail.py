"""What a mail says. The recipients here read English, the language of the source."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.dates import PartialDate
from contacts.models import CityDate
from delegations.models import Delegation, FollowUp
from relations.models import Agreement
from reminders import digest, due, planning
from reminders.models import Reminder, Rule, Stage
from reminders.phrases import spelled, when_it_is
from tests.factories import (
    AgreementFactory,
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    InteractionFactory,
    OrganisationFactory,
    PartnershipFactory,
    PersonFactory,
    PostFactory,
    StopFactory,
    TenureFactory,
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
  On Sunday, 17 November 2024, in 30 days. On the same day: 7 years
  Treptow-Köpenick–Tepebaşı.
  Last visit: Istanbul at Berlin, 13 Oct 2024.
  1 open follow-up: Propose three dates.
  Responsible: Nora Beispiel.
  {settings.SITE_URL}{berlin_istanbul.get_absolute_url()}

* 7 years Treptow-Köpenick–Tepebaşı
  On Sunday, 17 November 2024, in 30 days. On the same day: 35 years
  Berlin–Istanbul.
  No visit with a date on record.
  Responsible: Nora Beispiel.
  {settings.SITE_URL}{treptow_tepebasi.get_absolute_url()}


Open my day: {settings.SITE_URL}/

--
You get this mail because you are responsible for these matters or named
to be told of them, stand in for someone who is, or head the office. As
of 18 Oct 2024, 06:00.
Daily or weekly? Away? Choose it here: {settings.SITE_URL}/admin/your-account/
"""
    )


def test_the_html_says_the_same_with_the_rules_written_into_its_tags(berlin_istanbul):
    started("2024-10-17")

    remind("2024-10-18")

    (mail,) = mails()
    assert '<html lang="en">' in mail.html
    assert re.search(r">35<div[^>]*>years</div></td>", mail.html)
    assert ">Berlin–Istanbul</a>" in mail.html
    assert "in 30 days.<br>No visit with a date on record.<br>Responsible: Nora Beispiel.</div>" in mail.html
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

    assert "In May 2027. The day is not known." in told("2026-11-02")
    assert [row.occurs_on for row in Reminder.objects.all()] == [PartialDate(2027, 5)]


def test_a_year_only_date_speaks_of_its_year(nora):
    PartnershipFactory(founded="2019", responsible=nora)
    started("2024-12-01")

    assert "In the course of 2025. The day is not known." in told("2024-12-02")


def test_what_is_overdue_comes_first_and_is_counted_in_the_subject(nora):
    organisation = OrganisationFactory(title="Duisburg Business & Innovation GmbH")
    tie = PartnershipFactory(founded="2014-11-20", responsible=nora)
    visit = DelegationFactory(partnership=tie, starts_on="2024-06", responsible=nora)
    FollowUpFactory(title="Three dates", due_on="2024-10-07", delegation=visit, owed_by=FollowUp.OwedBy.US)
    FollowUpFactory(
        title="Results", due_on="2024-10-14", partnership=tie, owed_by="them", organisation=organisation
    )
    FollowUpFactory(title="Investors", due_on="2024-10-21", assignee=nora, owed_by=FollowUp.OwedBy.BOTH)
    started("2024-10-20")

    text = told("2024-10-21")

    assert mails()[0].subject == "2 overdue, 1 today: Your reminders on Monday, 21 October"
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
        "The last day to give notice of an agreement is coming up. "
        f"AGREEMENTS * Charter {tie}. Last day to give notice: on Thursday, 2 October 2025, in 30 days. "
        "Then it renews itself by 12 months. "
        "Responsible: Nora Beispiel."
    ) in told("2025-09-02")


def test_an_agreement_without_notice_expires(nora):
    tie = PartnershipFactory(responsible=nora)
    AgreementFactory(partnership=tie, state=Agreement.State.SIGNED, valid_until=day("2025-12-31"))
    started("2025-11-30")

    text = told("2025-12-01")

    assert "An agreement is running out." in text
    assert "It expires on Wednesday, 31 December 2025, in 30 days." in text


def test_a_title_that_names_the_tie_is_enough(berlin_istanbul):
    AgreementFactory(
        title="Charter Berlin–Istanbul",
        partnership=berlin_istanbul,
        state=Agreement.State.SIGNED,
        valid_until=day("2025-12-31"),
    )
    started("2025-11-30")

    assert "* Charter Berlin–Istanbul It expires on" in told("2025-12-01")


def test_what_is_today_is_not_said_to_be_coming_up(berlin_istanbul):
    Stage.objects.create(rule=Rule.objects.get(milestone="round"), days=0)
    started("2024-11-16")

    text = told("2024-11-17")

    assert "Nora Beispiel, One date is today. TODAY * 35 years Berlin–Istanbul" in text
    assert "Today, on Sunday, 17 November 2024." in text


def test_what_is_on_one_day_stands_as_in_a_dictionary(nora):
    for name in ("Çanakkale", "Eskişehir"):
        tie = PartnershipFactory(partner=CityFactory(name_de=name), responsible=nora)
        CityDate.objects.create(city=tie.partner, kind="national_day", on="10-29", label="Republic Day")
    started("2024-10-21")

    text = told("2024-10-22")

    assert text.index("Republic Day in Çanakkale") < text.index("Republic Day in Eskişehir")


def test_of_one_day_the_round_year_comes_first_and_is_named_in_the_subject(nora):
    berlin = HomeCityFactory(name_en="Berlin")
    for name, founded in (("Zagreb", "1989-11-17"), ("Ankara", "2017-11-17")):
        partner = CityFactory(name_en=name)
        PartnershipFactory(home=berlin, partner=partner, founded=founded, responsible=nora)
    started("2029-10-17")

    remind("2029-10-18")

    (mail,) = mails()
    assert mail.subject.startswith("40 years Berlin–Zagreb, 1 more")
    assert mail.text.index("40 years Berlin–Zagreb") < mail.text.index("12 years Berlin–Ankara")


def test_a_state_that_stands_beside_an_entry_is_not_said_again(nora):
    DelegationFactory(title="To Izmir", ends_on="2024-10-04", responsible=nora, state="completed")
    started("2024-10-17")

    remind("2024-10-18")

    (mail,) = mails()
    assert re.findall(r">([^<]*(?:missing|Izmir)[^<]*)</(?:td|a)>", mail.html) == [
        "report missing",
        "To Izmir",
    ]


def test_departures_and_missing_reports(nora):
    DelegationFactory(title="To Linz", starts_on="2024-11-17", responsible=nora)
    DelegationFactory(
        title="To Izmir", starts_on="2024-10-01", ends_on="2024-10-04", responsible=nora, state="completed"
    )
    started("2024-10-17")

    text = told("2024-10-18")

    assert "A visit is coming up. A report is missing." in text
    assert "* Report of “To Izmir” is missing The visit ended on Friday, 4 October 2024, 14 days ago." in text
    assert "* To Linz Begins on Sunday, 17 November 2024, in 30 days." in text


def test_a_quiet_tie_says_when_somebody_last_met(berlin_istanbul):
    visit = DelegationFactory(
        title="To Istanbul", home=berlin_istanbul.home, starts_on="2023-10-18", state="completed", report="x"
    )
    StopFactory(delegation=visit, city=berlin_istanbul.partner)
    started("2024-10-16")
    Stage.objects.exclude(rule__subject=Rule.Subject.QUIET_TIE).update(is_active=False)

    text = told("2024-10-18")

    assert (
        "A tie has gone quiet. QUIET TIES * Berlin–Istanbul has gone quiet No contact on record for" in text
    )
    assert "Last visit: To Istanbul, 18 Oct 2023." in text


def test_a_quiet_tie_says_when_somebody_last_called(berlin_istanbul):
    InteractionFactory(city=berlin_istanbul.partner, on="2023-10-18", summary="Who plans the exhibition")
    DelegationFactory(partnership=berlin_istanbul, starts_on="2023-10-17", state="completed", report="x")
    started("2024-10-16")
    Stage.objects.exclude(rule__subject=Rule.Subject.QUIET_TIE).update(is_active=False)

    text = told("2024-10-18")

    assert "Last contact: call, 18 Oct 2023: Who plans the exhibition" in text
    assert "Last visit" not in text


def test_the_day_of_a_partner_city(berlin_istanbul):
    CityDate.objects.create(
        city=berlin_istanbul.partner, kind="national_day", on="10-29", label="Republic Day"
    )
    started("2024-10-21")

    assert (
        "* Republic Day in Istanbul On Tuesday, 29 October 2024, in 7 days. "
        "Who heads the city is not on record. "
    ) in told("2024-10-22")


def led_by(city, person, **term):
    organisation = OrganisationFactory(title="City of Istanbul", city=city)
    post = PostFactory(title_en="Mayor", is_head_of_city=True, organisation=organisation)
    TenureFactory(person=person, post=post, **term)
    return post


def test_a_greeting_goes_to_who_leads_the_city_that_day(berlin_istanbul):
    city = berlin_istanbul.partner
    post = led_by(city, PersonFactory(given_names="Ayşe", family_name="Örnek"), until="2024-09")
    TenureFactory(
        person=PersonFactory(given_names="Mehmet", family_name="Deneme"), post=post, since="2024-10"
    )
    CityDate.objects.create(city=city, kind="national_day", on="10-29", label="Republic Day")
    started("2024-10-21")

    text = told("2024-10-22")

    assert "in 7 days. A greeting goes to Mehmet Deneme, Mayor, City of Istanbul." in text
    assert "Örnek" not in text


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"deceased_on": "2024-09"}, "As far as is known, this post is vacant: Mayor, City of Istanbul."),
        (
            {"do_not_contact": "never", "do_not_contact_reason": "A test."},
            "Ayşe Örnek is not to be contacted.",
        ),
        (
            {"do_not_contact": "protocol_first", "do_not_contact_reason": "A test."},
            "Ask protocol before anyone writes to Ayşe Örnek.",
        ),
    ],
)
def test_no_greeting_goes_to_the_dead_or_to_who_is_not_to_be_contacted(berlin_istanbul, facts, sentence):
    city = berlin_istanbul.partner
    led_by(city, PersonFactory(given_names="Ayşe", family_name="Örnek", **facts), since="2020")
    CityDate.objects.create(city=city, kind="city_day", on="10-29")
    started("2024-10-21")

    text = told("2024-10-22")

    assert sentence in text
    assert "A greeting goes to" not in text


def test_an_election_asks_for_no_greeting(berlin_istanbul):
    city = berlin_istanbul.partner
    led_by(city, PersonFactory(given_names="Ayşe", family_name="Örnek"), since="2020")
    CityDate.objects.create(city=city, kind="election", on="2024-10-29")
    started("2024-10-21")

    assert "A greeting goes to" not in told("2024-10-22")


def test_a_follow_up_names_who_holds_the_post_of_a_counterpart_who_left(nora):
    ayse = PersonFactory(given_names="Ayşe", family_name="Örnek")
    post = PostFactory(title_en="Head of protocol", organisation=OrganisationFactory(title="City of Muster"))
    TenureFactory(person=ayse, post=post, until="2024-06")
    TenureFactory(
        person=PersonFactory(given_names="Mehmet", family_name="Deneme"), post=post, since="2024-07"
    )
    FollowUpFactory(title="Results", due_on="2024-10-18", assignee=nora, owed_by="them", counterpart=ayse)
    started("2024-10-17")

    assert (
        "They owe it. Ayşe Örnek no longer holds this post: Head of protocol, City of Muster. "
        "Now it is held by Mehmet Deneme: Head of protocol, City of Muster. Responsible"
    ) in told("2024-10-18")


def test_a_follow_up_says_that_its_counterpart_has_died(nora):
    ayse = PersonFactory(given_names="Ayşe", family_name="Örnek", deceased_on="2024-09")
    FollowUpFactory(title="Results", due_on="2024-10-18", assignee=nora, owed_by="them", counterpart=ayse)
    started("2024-10-17")

    assert "They owe it. Ayşe Örnek has died. Responsible" in told("2024-10-18")


def test_a_follow_up_names_a_counterpart_in_office(nora):
    ayse = PersonFactory(given_names="Ayşe", family_name="Örnek")
    FollowUpFactory(title="Results", due_on="2024-10-18", assignee=nora, counterpart=ayse)
    started("2024-10-17")

    assert "We owe it. Counterpart: Ayşe Örnek. Responsible" in told("2024-10-18")


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
        ("2024-10-18", "today, on Friday, 18 October 2024."),
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
            InteractionFactory(city=tie.partner)
            AgreementFactory(partnership=tie, state=Agreement.State.SIGNED, valid_until=day("2024-11-17"))
            CityDate.objects.create(city=tie.partner, kind="national_day", on="10-25")
        started("2024-10-17")
        due.scan(today=day("2024-10-18"))
        waiting = Reminder.objects.waiting().select_related("stage__rule")
        with CaptureQueriesContext(connection) as captured:
            plan = planning.plan(list(waiting), today=day("2024-10-18"), now=timezone.now())
            (mail,) = plan.mails
            digest.compose(mail.told, nora, today=day("2024-10-18"), now=timezone.now())
        assert len(mail.told) == 4 * Reminder.objects.filter(stage__rule__subject="anniversary").count()
        return len(captured)

    assert queries(1) == queries(9)
