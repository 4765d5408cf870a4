"""Days of the partners: what is told of a national day, and the one day of all partner cities."""

from importlib import import_module

import pytest
from django.apps import apps

from contacts.models import CityDate, Office
from reminders import due
from reminders.models import Reminder, Rule, Stage
from reminders.sources.city_dates import partner_cities_day
from tests.factories import CityDateFactory, PartnershipFactory
from tests.reminders.clock import day, mails, remind, started


def planned(**filters):
    rows = Reminder.objects.filter(**filters).labelled().order_by("due_on", "pk")
    return [(str(row.subject), row.stage.days, row.due_on.isoformat(), row.state) for row in rows]


@pytest.mark.parametrize("text", ["2024-04-28", "2025-04-27", "2026-04-26", "2027-04-25", "2028-04-30"])
def test_the_day_of_partner_cities_is_the_last_sunday_in_april(text):
    assert partner_cities_day(day(text).year) == day(text)
    assert day(text).weekday() == 6


# --- days of one city ---


def test_a_national_day_is_told_four_weeks_and_a_week_before_to_whoever_is_responsible(berlin_istanbul, nora):
    CityDateFactory(city=berlin_istanbul.partner, kind=CityDate.Kind.NATIONAL_DAY, on="10-29")
    started("2024-09-30")

    for text in ("2024-10-01", "2024-10-22"):
        remind(text)

    assert planned(city__isnull=False) == [
        ("Istanbul", 28, "2024-10-01", "mailed"),
        ("Istanbul", 7, "2024-10-22", "mailed"),
    ]
    assert {mail.recipient for mail in mails()} == {nora}


def test_of_two_ties_with_a_city_the_one_with_somebody_responsible_counts(berlin_istanbul, nora):
    PartnershipFactory(partner=berlin_istanbul.partner)
    berlin_istanbul.responsible = None
    berlin_istanbul.save()
    PartnershipFactory(partner=berlin_istanbul.partner, responsible=nora)
    CityDateFactory(city=berlin_istanbul.partner, kind=CityDate.Kind.ELECTION, on="2024-10-29")
    started("2024-10-21")

    remind("2024-10-22")

    assert [mail.recipient for mail in mails()] == [nora]


def test_a_day_of_a_suspended_tie_is_silent(berlin_istanbul):
    CityDateFactory(city=berlin_istanbul.partner, kind=CityDate.Kind.CITY_DAY, on="10-29")
    berlin_istanbul.suspend(on="2024-10-01", reason="A test.")
    started("2024-10-21")

    due.scan(today=day("2024-10-22"))

    assert planned() == []


# --- the day of all ---


def test_the_day_of_partner_cities_is_told_once_however_many_ties_there_are(head, nora, toni):
    for user in (nora, toni, None):
        PartnershipFactory(responsible=user)
    started("2026-02-24")

    # Sixty days before 26 April.
    sent = [remind(text) for text in ("2026-02-25", "2026-02-26", "2026-04-24")]

    assert planned() == [("Goldenbook", 60, "2026-02-25", "mailed")]
    assert sent == [1, 0, 0]
    (mail,) = mails()
    assert mail.recipient == head
    assert mail.subject == "Day of partner cities: Your reminders on Wednesday, 25 February"
    assert (
        "The day of partner cities is coming up. DAYS OF PARTNER CITIES * Day of partner cities On Sunday, "
        "26 April 2026, in 60 days. A day to greet all partner cities, and to show the public what ties us. "
        "It concerns the office as a whole. "
    ) in " ".join(mail.text.split())


def test_it_is_told_again_the_year_after(head):
    PartnershipFactory()
    started("2026-02-24")

    for text in ("2026-02-25", "2027-02-24"):
        due.scan(today=day(text))

    rows = Reminder.objects.filter(office__isnull=False).order_by("due_on")
    assert list(rows.values_list("occurrence", flat=True)) == ["2026", "2027"]


def test_an_office_without_ties_is_not_told(office):
    started("2026-02-24")

    due.scan(today=day("2026-02-25"))

    assert planned() == []


def test_an_office_that_does_not_keep_it_switches_its_rule_off(office):
    PartnershipFactory()
    Rule.objects.filter(subject=Rule.Subject.PARTNER_CITIES_DAY).update(is_active=False)
    started("2026-02-24")

    due.scan(today=day("2026-02-25"))

    assert planned() == []


def test_after_the_day_nothing_is_told(office):
    PartnershipFactory()
    started("2026-02-24")

    due.scan(today=day("2026-04-27"))

    assert planned() == [(Office.current().title, 60, "2026-02-25", "missed")]


# --- what an office that is there already gets ---


@pytest.fixture
def ship_rules():
    return import_module("reminders.migrations.0006_office_shape").ship_rules


def test_an_older_house_gets_the_new_rule_and_the_new_stage(ship_rules, db):
    Stage.objects.filter(rule__subject="city_date", days=28).delete()
    Rule.objects.filter(subject="partner_cities_day").delete()
    Rule.objects.filter(subject="quiet_tie").delete()
    Rule.objects.update(version=1)

    ship_rules(apps, None)

    stages = Stage.objects.filter(rule__subject__in=("city_date", "partner_cities_day", "quiet_tie"))
    assert sorted(stages.values_list("rule__subject", "days")) == [
        ("city_date", 7),
        ("city_date", 28),
        ("partner_cities_day", 60),
    ]


def test_an_older_house_keeps_the_stages_that_staff_chose(ship_rules, db):
    Stage.objects.filter(rule__subject="city_date", days=28).delete()
    Stage.objects.filter(rule__subject="city_date").update(days=10, version=2)

    ship_rules(apps, None)

    assert list(Stage.objects.filter(rule__subject="city_date").values_list("days", flat=True)) == [10]


# --- the demo ---


def test_the_demo_knows_the_national_days_that_everybody_knows(db, berlin_istanbul, duesseldorf_chongqing):
    command = import_module("config.management.commands.load_demo").Command()

    for city in (berlin_istanbul.partner, duesseldorf_chongqing.partner):
        command.add_national_days(city)

    found = CityDate.objects.order_by("pk").values_list("city__name_de", "kind", "on", "label")
    assert list(found) == [
        ("Istanbul", "national_day", "10-29", "Tag der Republik"),
        ("Chongqing", "national_day", "10-01", "Nationalfeiertag"),
    ]
