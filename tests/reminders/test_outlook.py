"""What is foreseen is what the scans then find, and foreseeing leaves no trace."""

import datetime

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import CityDate
from delegations.models import Delegation
from relations.models import Agreement, Partnership, PartnershipEvent
from reminders import due, outbox, outlook
from reminders.models import Clock, Mail, Reminder, Rule, Stage
from reminders.rulebook import Rulebook
from tests.factories import (
    AgreementFactory,
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    InteractionFactory,
    PartnershipEventFactory,
    PartnershipFactory,
    UserFactory,
)
from tests.reminders.clock import at, day, started

Kind = PartnershipEvent.Kind
TODAY = day("2024-10-18")


@pytest.fixture
def everything(office, berlin_istanbul, treptow_tepebasi, duesseldorf_chongqing):
    """One of each kind, with dates known to the day, the month or the year, and some that lie ahead."""
    PartnershipFactory(founded="1999-05")
    PartnershipFactory(founded="2000")
    PartnershipFactory(founded="1896-02-29")
    resting = PartnershipFactory(founded="1995-03-03")
    PartnershipEventFactory(partnership=resting, kind=Kind.SUSPENDED, on="2024-12-24")
    PartnershipEventFactory(partnership=resting, kind=Kind.RESUMED, on="2025-08")
    proposed = PartnershipFactory(founded="2010-02-02")
    PartnershipEventFactory(partnership=proposed, kind=Kind.COUNCIL_DECISION, on="2024-10-01")
    PartnershipEventFactory(partnership=proposed, kind=Kind.SIGNED, on="2025-01-15")
    terms = {"state": Agreement.State.SIGNED, "valid_until": day("2024-12-31")}
    AgreementFactory(partnership=berlin_istanbul, notice_days=90, renews_by_months=6, **terms)
    AgreementFactory(**terms)
    FollowUpFactory(due_on="2024-10-10")
    FollowUpFactory(due_on="2025-02")
    DelegationFactory(starts_on="2025-03-01", state=Delegation.State.CONFIRMED, partnership=berlin_istanbul)
    DelegationFactory(starts_on="2024-10-05", ends_on="2024-10-09", state=Delegation.State.COMPLETED)
    InteractionFactory(partnership=duesseldorf_chongqing, on="2023-12-01")
    InteractionFactory(partnership=treptow_tepebasi, on="2024-11-11")
    CityDate.objects.create(city=berlin_istanbul.partner, kind="national_day", on="10-29")
    CityDate.objects.create(city=duesseldorf_chongqing.partner, kind="election", on="2025-02-28")
    started("2024-10-17")


def seen(stage, happening, on):
    subject = happening.subject
    key = (subject._meta.label, subject.pk, happening.occurrence, stage.days, stage.addressee)
    return (on.isoformat(), *key)


def foreseen(book=None, **span):
    found = outlook.foresee(book or Rulebook(), today=TODAY, **span)
    return sorted(seen(each.stage, each.happening, each.on) for each in found)


def test_two_years_at_once_are_what_each_day_would_find_alone(everything):
    until = outlook.until(TODAY, months=14)
    expected = []
    for count in range(1, (until - TODAY).days):
        on = TODAY + datetime.timedelta(days=count)
        found = [each for each in due.on_day(on) if not each.is_missed]
        expected += [seen(each.stage, each.happening, on) for each in found]

    found = [each for each in foreseen(months=14) if each[0] > TODAY.isoformat()]

    assert found == sorted(expected)
    assert {each[1] for each in found} == {
        "relations.Partnership",
        "relations.Agreement",
        "delegations.FollowUp",
        "delegations.Delegation",
        "contacts.CityDate",
        "contacts.Office",
    }


def test_what_an_edited_rule_would_send_is_what_the_scans_then_enter(everything):
    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)
    edited = list(rule.stages.all())
    edited[0].days = 200
    edited.append(Stage(rule=rule, days=20))
    found = foreseen(Rulebook(rule, edited), months=3)

    with at("2024-10-18", hour=4):
        for stage in edited:
            stage.save()
    entered = []
    for count in range((outlook.until(TODAY, months=3) - TODAY).days):
        on = TODAY + datetime.timedelta(days=count)
        before = set(Reminder.objects.values_list("pk", flat=True))
        with at(on.isoformat()):
            due.scan()
        new = Reminder.objects.exclude(pk__in=before).filter(state=Reminder.State.DUE)
        for row in new.select_related("stage", "city_date"):
            subject = row.city_date or row.subject
            key = (subject._meta.label, subject.pk, row.occurrence, row.stage.days, row.addressee)
            entered.append((on.isoformat(), *key))

    assert found == sorted(entered)
    assert [each for each in found if each[4] == 20] != []


def test_foreseeing_changes_no_row(everything, head):
    def rows():
        models = [model for model in apps.get_models() if model._meta.managed]
        return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models}

    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)
    before = rows()

    with CaptureQueriesContext(connection) as queries:
        outlook.preview(rule, [Stage(rule=rule, days=100)], today=TODAY)

    assert rows() == before
    assert {each["sql"].split()[0] for each in queries} <= {"SELECT", "DECLARE", "SAVEPOINT", "RELEASE"}


def test_foreseeing_before_the_first_scan_makes_no_clock(office, berlin_istanbul):
    assert [(each[0], each[4]) for each in foreseen(months=1)] == [("2024-10-18", 30), ("2024-11-10", 7)]
    assert Clock.objects.count() == 0


def test_the_number_of_queries_does_not_grow_with_the_ties(office, nora):
    rule = Rule.objects.get(milestone=Rule.Milestone.EVERY)

    def queries(ties):
        home = HomeCityFactory()
        for number in range(ties):
            partner = CityFactory()
            PartnershipFactory(home=home, partner=partner, founded=f"{1990 + number}-05-01", responsible=nora)
        started("2024-10-17")
        with CaptureQueriesContext(connection) as found:
            outlook.preview(rule, [*rule.stages.all(), Stage(rule=rule, days=60)], today=TODAY)
        return len(found)

    assert queries(1) == queries(30)


# --- what is different ---


def scanned(until):
    """Scans have run for long, and what fell due of late is entered."""
    started((day(until) - datetime.timedelta(days=30)).isoformat())
    with at(until):
        due.scan()


def differences(found):
    def told(foreseen):
        return [(each.on.isoformat(), str(each.happening.subject), each.stage.days) for each in foreseen]

    return told(found.added), told(found.gone)


def test_a_moved_stage_is_there_on_another_day(berlin_istanbul):
    scanned("2024-09-01")
    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)
    stages = list(rule.stages.all())
    next(stage for stage in stages if stage.days == 30).days = 28

    added, gone = differences(outlook.preview(rule, stages, today=day("2024-09-02")))

    assert added == [("2024-10-20", "Berlin–Istanbul", 28)]
    assert gone == [("2024-10-18", "Berlin–Istanbul", 30)]


def test_own_words_alone_make_no_difference(berlin_istanbul):
    scanned("2024-09-01")
    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)
    stages = list(rule.stages.all())
    stages[0].text = {"de": "Bald."}

    assert differences(outlook.preview(rule, stages, today=day("2024-09-02"))) == ([], [])


def test_where_a_rule_is_switched_off_the_next_one_speaks(berlin_istanbul):
    scanned("2024-09-01")
    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)
    rule.is_active = False

    found = outlook.preview(rule, rule.stages.all(), today=day("2024-09-02"))
    added, gone = differences(found)

    # The stage of 30 days stands in the rule for every year, too: who gets it sees no difference.
    assert (added, [stage for _on, _tie, stage in gone]) == ([], [90, 7])
    assert found.coming == []


def test_a_rule_without_stages_still_goes_before_others(berlin_istanbul):
    scanned("2024-09-01")
    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)

    added, gone = differences(outlook.preview(rule, [], today=day("2024-09-02")))

    assert (added, [stage for _on, _tie, stage in gone]) == ([], [90, 30, 7])


def test_a_new_stage_whose_day_has_passed_goes_out_with_the_next_scan(berlin_istanbul):
    started("2024-10-01")
    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)
    stages = [*rule.stages.all(), Stage(rule=rule, days=60)]

    added, _gone = differences(outlook.preview(rule, stages, today=day("2024-10-02")))

    assert added[0] == ("2024-10-02", "Berlin–Istanbul", 60)


def test_what_waits_for_its_mail_is_called_off_with_its_stage(office, berlin_istanbul):
    started("2024-10-17")
    due.scan(today=TODAY)
    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)
    stages = list(rule.stages.all())
    next(stage for stage in stages if stage.days == 30).is_active = False

    added, gone = differences(outlook.preview(rule, stages, today=TODAY))

    assert (added, gone) == ([], [("2024-10-18", "Berlin–Istanbul", 30)])


def test_what_was_mailed_is_not_foreseen_again(sink, office, berlin_istanbul):
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        outbox.send()
    berlin_istanbul.refresh_from_db()
    berlin_istanbul.founded = "1989-11-20"
    berlin_istanbul.save()
    Partnership.objects.update(changed_at=day("2000-01-01").isoformat() + "T00:00Z")

    assert Mail.objects.get().state == "sent"
    assert [each for each in foreseen(months=2) if each[4] == 30] == []


def test_a_rule_that_is_entered_is_foreseen(berlin_istanbul):
    Rule.objects.filter(milestone=Rule.Milestone.ROUND).update(is_active=False)
    started("2024-09-01")
    rule = Rule(subject="anniversary", milestone="round")

    found = outlook.preview(rule, [Stage(days=50), Stage(days=20)], today=day("2024-09-02"))

    assert [(each.on.isoformat(), each.stage.days) for each in found.coming] == [
        ("2024-09-28", 50),
        ("2024-10-28", 20),
    ]


def test_each_is_told_to_who_it_is_today(berlin_istanbul, nora, toni):
    nora.away_from, nora.away_until, nora.stand_in = day("2024-09-01"), day("2024-09-10"), toni
    nora.save()
    started("2024-09-01")
    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)

    found = outlook.preview(rule, rule.stages.all(), today=day("2024-09-02"))

    assert {each.addressee.user for each in outlook.told(found.coming, today=found.today)} == {toni}


def test_where_nobody_is_there_it_is_foreseen_for_nobody():
    PartnershipFactory(founded="1989-11-17")
    UserFactory(is_active=False)
    started("2024-09-01")
    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)

    found = outlook.preview(rule, rule.stages.all(), today=day("2024-09-02"))

    assert {each.addressee for each in outlook.told(found.coming, today=found.today)} == {None}


def test_how_many_come_is_counted_by_rule(berlin_istanbul):
    started("2024-09-01")
    rule = Rule.objects.get(milestone=Rule.Milestone.ROUND)

    assert outlook.count(today=day("2024-09-02"), months=12)[rule.pk] == 2
