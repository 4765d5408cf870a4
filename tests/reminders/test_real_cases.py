"""The days of 2024 in the real cases: planned, said in the shell, and sent to a mail server."""

import pytest
from django.core.management import call_command

from relations.models import Partnership
from reminders import due
from reminders.models import Clock, Mail, Reminder
from tests.cases.loading import loaded
from tests.reminders.clock import day, remind, started

pytestmark = pytest.mark.django_db

BERLIN_ISTANBUL, TREPTOW_TEPEBASI = "Berlin–Istanbul", "Treptow-Köpenick–Tepebaşı"
DUESSELDORF_CHONGQING = "Düsseldorf–Chongqing"
ROUND = "“Round anniversaries, 30 days before”"
EVERY = "“Anniversaries of every year, 30 days before”"


@pytest.fixture(scope="module", autouse=True)
def _cases(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), loaded():
        yield


@pytest.fixture
def officer(nora, office):
    """The cases name nobody of an office's staff: all ties are given to one."""
    Partnership.objects.update(responsible=nora)
    return nora


def planned():
    rows = Reminder.objects.labelled().order_by("due_on", "partnership__home__name_de")
    return [
        (str(row.subject), row.stage.rule.milestone, row.stage.days, str(row.occurs_on), row.state)
        for row in rows
    ]


def said(capsys, text):
    call_command("remind", "--on", text, "--dry-run")
    return capsys.readouterr().out.splitlines()


def received(sink):
    """The one message that arrived: its headers, its text in one line, its HTML."""
    (message,) = sink.accepted
    text = message.get_body(("plain",)).get_content()
    return message, " ".join(text.split()), message.get_body(("html",)).get_content()


def address_of(settings, name):
    tie = Partnership.objects.get(home__name_de=name.split("–")[0], kind="partnership")
    return settings.SITE_URL + tie.get_absolute_url()


# --- planned ---


def test_on_18_october_2024_35_years_berlin_istanbul_and_7_years_treptow_tepebasi():
    started("2024-10-17")

    due.scan(today=day("2024-10-18"))

    assert planned() == [
        (BERLIN_ISTANBUL, "round", 30, "2024-11-17", "due"),
        (TREPTOW_TEPEBASI, "every", 30, "2024-11-17", "due"),
    ]


def test_on_22_june_2024_20_years_duesseldorf_chongqing():
    started("2024-06-21")

    due.scan(today=day("2024-06-22"))

    assert planned() == [(DUESSELDORF_CHONGQING, "round", 30, "2024-07-22", "due")]


@pytest.mark.parametrize("text", ["2024-10-17", "2024-10-19", "2024-06-21", "2024-06-23"])
def test_no_anniversary_speaks_a_day_earlier_or_later(text):
    anniversaries = [each for each in due.on_day(day(text)) if each.stage.rule.subject == "anniversary"]

    assert anniversaries == []


def test_each_tie_speaks_once_in_its_year_however_many_days_are_scanned():
    started("2024-05-31")
    for text in ("2024-06-21", "2024-06-22", "2024-06-23", "2024-07-10"):
        due.scan(today=day(text))

    thirty = Reminder.objects.filter(stage__rule__subject="anniversary", stage__days=30)
    assert [str(row.subject) for row in thirty] == [DUESSELDORF_CHONGQING]


# --- said in the shell ---


def test_a_dry_run_prints_18_october_2024(officer, capsys, english):
    assert said(capsys, "2024-10-18") == [
        "Nora Beispiel <nora@example.org>",
        f"  {BERLIN_ISTANBUL}: 35 years, 2024-11-17; due 2024-10-18, because of {ROUND}, to responsible",
        f"  {TREPTOW_TEPEBASI}: 7 years, 2024-11-17; due 2024-10-18, because of {EVERY}, to responsible",
        "Reminders on 2024-10-18: 2. Nothing was written or sent.",
    ]
    assert Reminder.objects.count() == Mail.objects.count() == 0


def test_a_dry_run_prints_22_june_2024_also_where_nobody_is_there_to_get_it(office, capsys, english):
    assert said(capsys, "2024-06-22") == [
        "Nobody is there to get",
        f"  {DUESSELDORF_CHONGQING}: 20 years, 2024-07-22; due 2024-06-22, because of {ROUND}, "
        "to responsible, mailed from 2024-06-24",
        "Reminders on 2024-06-22: 1. Nothing was written or sent.",
    ]


# --- mailed ---


def test_the_mail_of_20_years_duesseldorf_chongqing_arrives_once(sink, officer, settings):
    started("2024-06-21")

    # The 22nd is a Saturday.
    assert [remind(f"2024-06-{number}") for number in (22, 23, 24, 24, 25)] == [0, 0, 1, 0, 0]

    message, text, html = received(sink)
    address = address_of(settings, DUESSELDORF_CHONGQING)
    assert message["To"] == "Nora Beispiel <nora@example.org>"
    assert message["Subject"] == "20 years Düsseldorf–Chongqing: Your reminders on Monday, 24 June"
    assert (
        "A round anniversary is coming up. ANNIVERSARIES * 20 years Düsseldorf–Chongqing On Monday, "
        "22 July 2024, in 28 days. No visit with a date on record. 3 open follow-ups: Kontakt mit den "
        "koreanischen Investoren pflegen; Kooperation mit der Western China International Communication "
        "Organization ausarbeiten; Verbindungen mit Chongqing in Jugend, Sport und Kultur fortführen. "
        f"Responsible: Nora Beispiel. {address} Open my day: {settings.SITE_URL}/ "
    ) in text
    assert ">20<div" in html
    assert f'href="{address}"' in html
    assert f'href="{settings.SITE_URL}/"' in html
    assert (
        "On Monday, 22 July 2024, in 28 days.<br>No visit with a date on record.<br>3 open follow-ups: "
        "Kontakt mit den koreanischen Investoren pflegen; Kooperation mit der Western China International "
        "Communication Organization ausarbeiten; Verbindungen mit Chongqing in Jugend, Sport und Kultur "
        "fortführen.<br>Responsible: Nora Beispiel.</div>"
    ) in " ".join(html.split())


def test_a_year_later_that_mail_knows_the_trip_of_october(sink, officer):
    started("2025-06-21")

    remind("2025-06-22")
    remind("2025-06-23")

    _message, text, html = received(sink)
    trip = "Last visit: Reise nach Seoul und Chongqing 2024, Oct 2024."
    assert f"* 21 years Düsseldorf–Chongqing On Tuesday, 22 July 2025, in 29 days. {trip}" in text
    assert trip in html


def test_the_mail_of_35_years_berlin_istanbul_arrives_once(sink, officer, settings):
    started("2024-10-17")

    assert remind("2024-10-18") == 1
    assert remind("2024-10-18") == 0

    message, text, html = received(sink)
    berlin, treptow = (address_of(settings, name) for name in (BERLIN_ISTANBUL, TREPTOW_TEPEBASI))
    assert message["Subject"] == "35 years Berlin–Istanbul, 1 more: Your reminders on Friday, 18 October"
    assert (
        "* 35 years Berlin–Istanbul On Sunday, 17 November 2024, in 30 days. On the same day: 7 years "
        "Treptow-Köpenick–Tepebaşı. Last visit: Besuch von Ekrem İmamoğlu in Berlin im Juni 2024, Jun 2024. "
        "3 open follow-ups: Jahrestag der Städtepartnerschaft mit Istanbul; Gegenbesuch in Istanbul; "
        f"Zusammenarbeit mit Istanbul vertiefen. Responsible: Nora Beispiel. {berlin} "
        "* 7 years Treptow-Köpenick–Tepebaşı On Sunday, 17 November 2024, in 30 days. On the same day: "
        "35 years Berlin–Istanbul. Last visit: Besuch aus Tepebaşı in Treptow-Köpenick 2017, 19 Nov 2017. "
        f"Responsible: Nora Beispiel. {treptow} "
    ) in text
    assert [f">{years}<div" in html for years in (35, 7)] == [True, True]
    assert [f'href="{address}"' in html for address in (berlin, treptow)] == [True, True]
    assert (
        "Last visit: Besuch von Ekrem İmamoğlu in Berlin im Juni 2024, Jun 2024.<br>3 open follow-ups" in html
    )


def test_a_german_reader_gets_it_in_german(sink, officer):
    officer.language = "de"
    officer.save()
    started("2024-06-21")

    remind("2024-06-22")
    remind("2024-06-24")

    message, text, _html = received(sink)
    assert message["Subject"] == "20 Jahre Düsseldorf–Chongqing: Ihre Erinnerungen am Montag, 24. Juni"
    assert "* 20 Jahre Düsseldorf–Chongqing Am Montag, 22. Juli 2024, in 28 Tagen." in text
    assert "Zuständig: Nora Beispiel." in text


def test_after_the_outage_of_october_both_are_sent_once(sink, officer):
    started("2024-10-10")

    assert [remind(text) for text in ("2024-10-21", "2024-10-21", "2024-10-22")] == [1, 0, 0]

    assert planned() == [
        (BERLIN_ISTANBUL, "round", 30, "2024-11-17", "mailed"),
        (TREPTOW_TEPEBASI, "every", 30, "2024-11-17", "mailed"),
    ]
    message, text, _html = received(sink)
    assert message["Subject"] == "35 years Berlin–Istanbul, 1 more: Your reminders on Monday, 21 October"
    assert "On Sunday, 17 November 2024, in 27 days." in text
    assert Clock.current().is_paused is False
