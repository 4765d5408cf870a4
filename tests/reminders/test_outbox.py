"""Who gets a mail and when, and what the sender does when the server, a worker or a fact gets in its way."""

import datetime
import re
import socket
import threading
from email import message_from_bytes
from email.utils import parseaddr

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import Office, User
from relations.models import PartnershipEvent
from reminders import due, guard, outbox, transport
from reminders.addressees import Readership
from reminders.message import as_bytes, one_line
from reminders.models import Attempt, Clock, Mail, Reminder, Rule, Stage
from tests.factories import (
    FollowUpFactory,
    MailFactory,
    PartnershipEventFactory,
    PartnershipFactory,
    PersonFactory,
    user_in,
)
from tests.reminders.clock import at, day, mails, remind, started

Outcome = Attempt.Outcome


@pytest.fixture(autouse=True)
def _our_office(office):
    return office


@pytest.fixture
def waiting_mail(nora):
    """A mail made this morning that no server has seen; the clock stands at that morning."""
    FollowUpFactory(title="Call back", due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        outbox.tie(today=day("2024-10-18"))
        yield Mail.objects.get()


def outcomes():
    return list(Attempt.objects.order_by("pk").values_list("outcome", flat=True))


def states():
    return list(Mail.objects.order_by("pk").values_list("state", flat=True))


def due_again():
    """As if the time until the next try had passed."""
    Mail.objects.update(next_try_at=timezone.now())
    Clock.objects.update(next_probe_at=timezone.now())


# --- over the wire ---


def test_a_mail_goes_out_once(sink, berlin_istanbul):
    started("2024-10-17")

    assert remind("2024-10-18") == 1
    assert remind("2024-10-18") == 0

    assert sink.recipients == ["nora@example.org"]
    assert states() == ["sent"]
    assert outcomes() == ["accepted"]
    assert [row.state for row in Reminder.objects.all()] == ["mailed"]


def test_the_message_has_text_and_html_and_the_headers_it_needs(sink, berlin_istanbul):
    started("2024-10-17")
    remind("2024-10-18")

    (message,) = sink.accepted
    (mail,) = mails()
    assert message["From"] == "Goldenbook <goldenbook@stadt.example>"
    assert message["To"] == "Nora Beispiel <nora@example.org>"
    assert message["Subject"] == mail.subject
    assert message["Message-ID"] == mail.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message.get_body("plain").get_content().replace("\r\n", "\n") == mail.text
    assert message.get_body("html").get_content().replace("\r\n", "\n").strip() == mail.html.strip()


def test_the_message_id_says_nothing_about_anybody(sink, berlin_istanbul):
    started("2024-10-17")
    remind("2024-10-18")

    assert re.fullmatch(r"<[0-9a-f]{32}@localhost>", sink.accepted[0]["Message-ID"])


def test_a_line_that_is_one_dot_does_not_end_the_mail(sink, nora):
    tie = PartnershipFactory(responsible=nora, founded="2017-11-17")
    Stage.objects.filter(rule__milestone=Rule.Milestone.EVERY).update(text={"en": "."})
    started("2024-10-17")

    remind("2024-10-18")

    assert "Open my day" in sink.accepted[0].get_body("plain").get_content()
    assert str(tie) in sink.accepted[0]["Subject"]


def test_without_a_mail_server_mails_go_where_django_sends_them(berlin_istanbul, mailoutbox):
    started("2024-10-17")

    remind("2024-10-18")

    (message,) = mailoutbox
    assert message.to == ["nora@example.org"]
    assert message.message()["Message-ID"] == mails()[0].message_id


def test_in_the_demo_mails_are_files(berlin_istanbul, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    started("2024-10-17")

    remind("2024-10-18")

    (file,) = tmp_path.iterdir()
    assert b"Subject: 35 years" in file.read_bytes()
    assert states() == ["sent"]


# --- one mail a person and day ---


def test_all_of_one_person_and_day_is_one_mail(berlin_istanbul, treptow_tepebasi, duesseldorf_chongqing):
    duesseldorf_chongqing.founded = "2004-11-17"
    duesseldorf_chongqing.save()
    started("2024-10-17")

    remind("2024-10-18")

    (mail,) = mails()
    assert mail.reminders.count() == 3


def test_what_is_found_later_that_day_joins_the_next_mail(berlin_istanbul, nora):
    started("2024-10-17")
    remind("2024-10-18")
    with at("2024-10-18", 9):
        PartnershipFactory(founded="2014-11-17", responsible=nora)

    remind("2024-10-18", hour=10)
    assert len(mails()) == 1
    remind("2024-10-21")

    assert [mail.day for mail in mails()] == [day("2024-10-18"), day("2024-10-21")]


def test_urgent_finds_make_a_second_mail(berlin_istanbul, nora):
    started("2024-10-17")
    remind("2024-10-18")
    with at("2024-10-18", 9):
        FollowUpFactory(title="Call back", due_on="2024-10-18", assignee=nora)
        PartnershipFactory(founded="2014-11-17", responsible=nora)

    remind("2024-10-18", hour=10)

    first, second = mails()
    assert (second.day, second.number, second.is_urgent) == (day("2024-10-18"), 2, True)
    assert [str(row.subject) for row in second.reminders.all()] == ["Call back"]
    assert first.message_id != second.message_id


def test_urgent_mails_go_first(nora, toni):
    tie = PartnershipFactory(founded="2017-11-17", responsible=nora)
    FollowUpFactory(due_on="2024-10-18", assignee=toni)
    started("2024-10-17")

    remind("2024-10-18")

    sent = Mail.objects.order_by("attempts__pk").values_list("recipient", flat=True)
    assert list(sent) == [toni.pk, nora.pk]
    assert tie.responsible == nora


def test_yesterdays_leftovers_wait_for_the_scan_of_the_morning(berlin_istanbul, nora):
    started("2024-10-17")
    remind("2024-10-18")
    with at("2024-10-18", 9):
        PartnershipFactory(founded="2014-11-17", responsible=nora)
    remind("2024-10-18", hour=10)

    with at("2024-10-21", 1):
        assert outbox.send() == 0
    with at("2024-10-21", 7):
        assert outbox.send() == 1


def test_a_weekly_digest_comes_on_monday(berlin_istanbul, nora):
    nora.digest = User.Digest.WEEKLY
    nora.save()
    started("2024-10-17")

    for text in ("2024-10-18", "2024-10-19", "2024-10-20"):
        remind(text)
    assert mails() == []
    remind("2024-10-21")

    assert [mail.day for mail in mails()] == [day("2024-10-21")]


def test_a_weekly_digest_that_missed_its_monday_comes_as_soon_as_it_can(berlin_istanbul, nora):
    nora.digest = User.Digest.WEEKLY
    nora.save()
    started("2024-10-17")
    for text in ("2024-10-18", "2024-10-21"):
        with at(text):
            due.scan()

    remind("2024-10-22")

    assert [mail.day for mail in mails()] == [day("2024-10-22")]


def test_what_is_entered_in_the_week_waits_for_the_next_monday(nora, office):
    nora.digest = User.Digest.WEEKLY
    nora.save()
    started("2024-10-21")
    with at("2024-10-22", 9):
        PartnershipFactory(founded="2014-11-17", responsible=nora)

    remind("2024-10-22", hour=10)

    assert Reminder.objects.get().due_on == day("2024-10-18")
    assert mails() == []


def test_what_becomes_urgent_overnight_waits_for_the_mail_of_the_morning(berlin_istanbul, nora, office):
    started("2024-10-17")
    remind("2024-10-18")
    with at("2024-10-18", 9):
        PartnershipFactory(founded="2014-10-21", responsible=nora)
    remind("2024-10-18", hour=10)

    with at("2024-10-21", 1):
        assert outbox.send() == 0
    remind("2024-10-21")

    assert [(mail.day, mail.number) for mail in mails()] == [(day("2024-10-18"), 1), (day("2024-10-21"), 1)]


def test_what_is_due_within_a_week_is_not_urgent_until_its_day(nora, office):
    nora.digest = User.Digest.WEEKLY
    nora.save()
    FollowUpFactory(title="Call back", due_on="2024-10-24", assignee=nora)
    Stage.objects.filter(rule__subject="follow_up", days=7).update(days=2)
    started("2024-10-21")

    days = ("2024-10-22", "2024-10-23", "2024-10-24")

    assert [remind(text) for text in days] == [0, 0, 1]
    assert mails()[0].is_urgent is True


def test_what_is_urgent_does_not_wait_for_monday(berlin_istanbul, nora):
    nora.digest = User.Digest.WEEKLY
    nora.save()
    FollowUpFactory(title="Call back", due_on="2024-10-18", assignee=nora)
    started("2024-10-17")

    remind("2024-10-18")

    (mail,) = mails()
    assert [str(row.subject) for row in mail.reminders.all()] == ["Call back"]


# --- to whom ---


def recipients(text="2024-10-18"):
    started("2024-10-17")
    remind(text)
    return [mail.recipient for mail in mails()]


def test_the_stand_in_gets_it_while_they_are_away(berlin_istanbul, nora, toni):
    nora.stand_in, nora.away_from, nora.away_until = toni, day("2024-10-14"), day("2024-10-18")
    nora.save()

    assert recipients() == [toni]
    assert "You stand in for Nora Beispiel." in " ".join(mails()[0].text.split())


def test_a_stand_in_may_be_away_too(berlin_istanbul, nora, toni):
    third = user_in("officer")
    nora.stand_in, nora.away_from = toni, day("2024-10-14")
    toni.stand_in, toni.away_from = third, day("2024-10-14")
    nora.save()
    toni.save()

    assert recipients() == [third]


def test_stand_ins_in_a_circle_end_with_the_head(berlin_istanbul, nora, toni, head):
    nora.stand_in, nora.away_from = toni, day("2024-10-14")
    toni.stand_in, toni.away_from = nora, day("2024-10-14")
    nora.save()
    toni.save()

    assert recipients() == [head]


def test_where_all_are_away_and_there_is_no_head_it_waits_in_their_own_mailbox(berlin_istanbul, nora):
    nora.away_from = day("2024-10-14")
    nora.save()

    assert recipients() == [nora]


def test_someone_who_left_the_office_is_followed_by_the_head(berlin_istanbul, nora, head):
    nora.is_active = False
    nora.save()

    assert recipients() == [head]


@pytest.mark.parametrize(
    ("away_from", "away_until", "gets_it"),
    [
        ("2024-10-18", "2024-10-18", "toni"),  # just that day
        ("2024-10-01", "2024-10-17", "nora"),  # back that morning
        ("2024-10-19", None, "nora"),  # away from tomorrow on
        ("2024-10-01", None, "toni"),  # until further notice
    ],
)
def test_the_first_and_the_last_day_of_an_absence_belong_to_it(
    berlin_istanbul, nora, toni, away_from, away_until, gets_it
):
    nora.stand_in, nora.away_from = toni, day(away_from)
    nora.away_until = away_until and day(away_until)
    nora.save()

    assert [user.email for user in recipients()] == [f"{gets_it}@example.org"]


def test_the_stand_in_of_someone_who_left_gets_it(berlin_istanbul, nora, toni, head):
    nora.is_active, nora.stand_in = False, toni
    nora.save()

    assert recipients() == [toni]


def test_a_stand_in_who_left_is_followed_by_their_own_stand_in_else_by_the_head(
    berlin_istanbul, nora, toni, head
):
    nora.stand_in, nora.away_from, toni.is_active = toni, day("2024-10-14"), False
    nora.save()
    toni.save()

    assert recipients() == [head]


def test_three_stand_ins_in_a_circle_who_all_left_end_with_the_head(berlin_istanbul, nora, toni, head):
    third = user_in("officer", is_active=False, stand_in=nora)
    nora.stand_in, nora.is_active = toni, False
    toni.stand_in, toni.is_active = third, False
    nora.save()
    toni.save()

    assert recipients() == [head]


def test_somebody_who_died_gets_no_mail_even_if_their_account_was_never_closed(
    berlin_istanbul, nora, toni, head
):
    nora.person, nora.stand_in = PersonFactory(deceased_on="2024-09"), None
    nora.save()

    assert recipients() == [head]


def test_where_everybody_left_nobody_is_written_to(berlin_istanbul, nora, head):
    nora.is_active = head.is_active = False
    nora.save()
    head.save()

    assert recipients() == []


def test_a_head_who_is_away_is_stood_in_for(berlin_istanbul, nora, toni, head):
    nora.is_active = False
    head.stand_in, head.away_from = toni, day("2024-10-14")
    nora.save()
    head.save()

    assert recipients() == [toni]


def test_a_returning_officer_gets_nothing_again(berlin_istanbul, nora, toni):
    nora.stand_in, nora.away_from, nora.away_until = toni, day("2024-10-14"), day("2024-10-18")
    nora.save()
    started("2024-10-17")

    for text in ("2024-10-18", "2024-10-19", "2024-10-20"):
        remind(text)

    assert [mail.recipient for mail in mails()] == [toni]


def test_what_nobody_is_there_to_get_is_kept(berlin_istanbul):
    berlin_istanbul.responsible = None
    berlin_istanbul.save()

    assert recipients() == []
    assert [row.state for row in Reminder.objects.all()] == ["due"]


def test_the_head_gets_what_is_long_overdue(nora, head):
    FollowUpFactory(due_on="2024-10-04", assignee=nora)

    assert recipients() == [head, nora]


# --- facts that change before it goes out ---


def test_a_done_follow_up_drops_out_of_a_mail_that_waits_for_the_server(sink, waiting_mail, nora):
    sink.at_rcpt = ["451 later", "ok"]
    assert outbox.send() == 0
    assert "Call back" in Mail.objects.get().text

    waiting_mail.reminders.get().follow_up.complete(on=day("2024-10-18"))
    due_again()
    assert outbox.send() == 0

    assert states() == ["cancelled"]
    assert [row.state for row in Reminder.objects.all()] == ["cancelled"]
    assert sink.accepted == []


def test_the_rest_of_that_mail_goes_out_under_the_same_message_id(sink, berlin_istanbul, nora):
    follow_up = FollowUpFactory(title="Call back", due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    sink.at_rcpt = ["451 later", "ok"]
    with at("2024-10-18"):
        due.scan()
        outbox.send()
        before = Mail.objects.get()
        follow_up.complete(on=day("2024-10-18"))
        due_again()
        assert outbox.send() == 1

    (message,) = sink.accepted
    text = message.get_body("plain").get_content()
    assert message["Message-ID"] == before.message_id
    assert "Call back" in before.text
    assert "Call back" not in text
    assert "Berlin–Istanbul" in text


def test_a_tie_suspended_before_its_mail_goes_out_is_not_mailed(berlin_istanbul):
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
        PartnershipEventFactory(
            partnership=berlin_istanbul, kind=PartnershipEvent.Kind.SUSPENDED, on="2024-10-18"
        )
        assert outbox.send() == 0

    assert [row.state for row in Reminder.objects.all()] == ["cancelled"]


def test_a_mail_that_waited_past_the_day_is_missed(sink, berlin_istanbul):
    started("2024-10-17")
    sink.at_rcpt = ["451 later", "ok"]
    remind("2024-10-18")

    with at("2024-11-18"):
        Clock.objects.update(scanned_until=day("2024-11-18"))
        assert outbox.send() == 0

    assert [row.state for row in Reminder.objects.all()] == ["missed"]


def test_of_two_stages_that_waited_only_the_later_one_goes_out(berlin_istanbul):
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
    with at("2024-11-11"):
        due.scan()
        assert outbox.send() == 1

    found = Reminder.objects.order_by("due_on").values_list("stage__days", "state")
    assert list(found) == [(30, "missed"), (7, "mailed")]


@pytest.fixture
def _server_away(settings, sink):
    """Nobody answers until a test says otherwise."""
    settings.EMAIL_PORT = closed_port()


def morning(text):
    """What beat does in one morning; whoever was asked in vain is asked again."""
    with at(text, hour=8):
        due.scan()
        due_again()
        return outbox.send()


@pytest.mark.usefixtures("_server_away")
def test_after_days_without_a_server_only_the_latest_stage_goes_out(berlin_istanbul, settings, sink):
    started("2024-10-17")
    assert [morning(text) for text in ("2024-10-18", "2024-11-11")] == [0, 0]
    settings.EMAIL_PORT = sink.port

    assert morning("2024-11-12") == 1

    found = Reminder.objects.order_by("due_on").values_list("stage__days", "state")
    assert list(found) == [(30, "missed"), (7, "mailed")]
    assert morning("2024-11-13") == 0


@pytest.mark.usefixtures("_server_away")
def test_after_days_without_a_server_one_mail_tells_all(settings, sink, nora, toni):
    """The first one was tried in vain and is on record; what was never tried waits untied from day to day."""
    days = ("2024-10-14", "2024-10-15", "2024-10-16")
    for on in days:
        for assignee in (nora, toni):
            FollowUpFactory(title=f"Call on {on}", due_on=on, assignee=assignee)
    started("2024-10-13")
    assert [morning(text) for text in days] == [0, 0, 0]
    tried = Attempt.objects.first().mail.recipient
    settings.EMAIL_PORT = sink.port

    morning("2024-10-17")

    untried = toni if tried == nora else nora
    [mail] = mails(recipient=untried)
    assert (mail.state, mail.day) == ("sent", day("2024-10-17"))
    assert all(f"Call on {on}" in mail.text for on in days)
    told = [line for each in mails(recipient=tried) for line in re.findall(r"Call on [0-9-]+", each.text)]
    assert sorted(set(told)) == [f"Call on {on}" for on in days]
    assert set(Reminder.objects.values_list("state", flat=True)) == {"mailed"}


@pytest.mark.usefixtures("_server_away")
def test_what_no_server_took_on_friday_waits_for_monday_as_what_is_due_on_saturday_does(settings, sink, nora):
    FollowUpFactory(due_on="2024-10-25", assignee=nora)
    started("2024-10-17")
    Rule.objects.exclude(subject="follow_up").update(is_active=False)
    assert morning("2024-10-18") == 0  # a Friday: it is due in a week
    Attempt.objects.all().delete()
    settings.EMAIL_PORT = sink.port

    assert [morning(text) for text in ("2024-10-19", "2024-10-20", "2024-10-21")] == [0, 0, 1]


def test_a_failed_mail_that_is_tried_again_tells_nothing_that_a_later_stage_has_told(berlin_istanbul, sink):
    sink.at_rcpt = ["550 no such user", "ok"]
    started("2024-10-17")
    assert [remind(text) for text in ("2024-10-18", "2024-11-11")] == [0, 1]

    with at("2024-11-12"):
        Mail.objects.get(state="failed").try_again()
        assert outbox.send() == 0

    found = Reminder.objects.order_by("due_on").values_list("stage__days", "state")
    assert list(found) == [(30, "missed"), (7, "mailed")]


def test_what_a_clock_that_ran_ahead_has_told_is_no_later_stage(berlin_istanbul):
    started("2024-10-17")
    with at("2024-10-18"):
        due.scan()
    first = Reminder.objects.get()
    ahead = Reminder.objects.get()
    ahead.pk, ahead.key, ahead.due_on = None, "ahead", day("2024-11-10")
    ahead.state, ahead.mail = Reminder.State.MAILED, MailFactory(state=Mail.State.SENT)
    ahead.save()

    assert remind("2024-10-18", hour=8) == 1

    first.refresh_from_db()
    assert first.state == "mailed"


def test_a_waiting_mail_moves_to_the_stand_in(sink, waiting_mail, nora, toni):
    sink.at_rcpt = ["451 later", "ok"]
    outbox.send()
    nora.stand_in, nora.away_from = toni, day("2024-10-18")
    nora.save()

    due_again()
    outbox.send()
    outbox.send()

    assert sink.recipients == ["toni@example.org"]
    assert states() == ["cancelled", "sent"]


# --- what the server answers ---


def test_a_refusal_for_now_is_tried_again_later(sink, waiting_mail):
    sink.at_rcpt = ["451 4.7.1 greylisted", "ok"]

    assert outbox.send() == 0
    mail = Mail.objects.get()
    assert (mail.state, mail.is_frozen, mail.error) == ("due", False, "451 4.7.1 greylisted")
    assert mail.next_try_at >= timezone.now() + datetime.timedelta(seconds=59)
    assert outbox.send() == 0

    due_again()
    assert outbox.send() == 1
    assert outcomes() == ["temporary", "accepted"]


def test_waiting_grows_and_ends_after_72_hours(sink, waiting_mail):
    sink.at_rcpt = ["451 later"]
    waits = []
    for _try in range(6):
        before = timezone.now()
        Mail.objects.update(next_try_at=before)
        outbox.send()
        waits.append((Mail.objects.get().next_try_at - before).total_seconds() / 60)

    for wait, least in zip(waits, (1, 5, 15, 60, 240, 240), strict=True):
        assert least <= wait < 1.1 * least + 1

    Mail.objects.update(next_try_at=timezone.now(), give_up_at=timezone.now())
    outbox.send()
    assert states() == ["failed"]
    assert [row.state for row in Reminder.objects.all()] == ["due"]


def test_a_refusal_for_good_fails_at_once_and_stays_visible(sink, waiting_mail):
    sink.at_rcpt = ["550 5.1.1 no such user"]

    assert outbox.send() == 0
    due_again()
    assert outbox.send() == 0

    mail = Mail.objects.get()
    assert (mail.state, mail.error) == ("failed", "550 5.1.1 no such user")
    assert outcomes() == ["permanent"]
    assert mail.reminders.get().state == "due"


def test_a_failed_mail_can_be_tried_again(sink, waiting_mail):
    sink.at_rcpt = ["550 no such user", "ok"]
    outbox.send()

    assert Mail.objects.get().try_again() is True
    assert outbox.send() == 1
    assert Mail.objects.get().try_again() is False


def test_what_was_refused_is_written_anew_when_it_is_tried_again(sink, waiting_mail, nora):
    sink.at_data = ["554 this looks like spam", "ok"]
    outbox.send()
    assert Mail.objects.get().is_frozen is True

    nora.first_name = "Eleonora"
    nora.save()
    Mail.objects.get().try_again()
    assert outbox.send() == 1

    refused, taken = (message_from_bytes(content) for content in sink.contents)
    assert refused["Message-ID"] == taken["Message-ID"]
    assert "Nora" in str(refused["To"])
    assert "Eleonora" in str(taken["To"])


@pytest.fixture
def lost_mail(waiting_mail):
    """It failed for good, and of one attempt nobody knows how it ended."""
    outbox.claim_next(today=day("2024-10-18"))
    Mail.objects.update(lease_until=timezone.now() - datetime.timedelta(minutes=1))
    outbox.close_abandoned()
    Mail.objects.update(state="failed")
    return Mail.objects.get()


def test_what_may_have_arrived_is_the_same_when_it_is_tried_again(sink, lost_mail, nora):
    nora.first_name = "Eleonora"
    nora.save()

    Mail.objects.get().try_again()
    assert outbox.send() == 1

    assert sink.contents == [bytes(lost_mail.raw)]


def test_what_may_have_arrived_elsewhere_is_written_anew_to_the_new_address(sink, lost_mail, nora):
    nora.email = "nora.beispiel@example.org"
    nora.save()

    Mail.objects.get().try_again()
    assert outbox.send() == 1

    [message] = sink.accepted
    assert sink.recipients == ["nora.beispiel@example.org"]
    assert parseaddr(message["To"])[1] == Mail.objects.get().address == "nora.beispiel@example.org"
    assert message["Message-ID"] == lost_mail.message_id


def test_an_address_in_capitals_is_no_other_one(sink, lost_mail, nora):
    nora.email, nora.first_name = "Nora@Example.org", "Eleonora"
    nora.save()

    Mail.objects.get().try_again()
    assert outbox.send() == 1

    assert sink.contents == [bytes(lost_mail.raw)]


@pytest.mark.parametrize(("meanwhile", "becomes"), [("left", "mailed"), ("done", "cancelled")])
def test_days_later_a_mail_that_cannot_change_goes_to_nobody_it_is_not_for(
    sink, waiting_mail, nora, toni, meanwhile, becomes
):
    """What may have arrived is sent again unchanged; not to who has left, nor when all in it is settled."""
    sink.at_data = ["451 disk full", "ok"]
    outbox.send()
    promise = waiting_mail.reminders.get().follow_up
    if meanwhile == "left":
        nora.is_active, nora.stand_in = False, toni
        nora.save()
    else:
        promise.complete(on=day("2024-10-19"))

    with at("2024-10-21"):
        Clock.objects.update(scanned_until=day("2024-10-21"))
        due_again()
        outbox.send()
        outbox.send()

    old = Mail.objects.get(pk=waiting_mail.pk)
    assert old.state == "cancelled"
    assert old.attempts.count() == 1
    reminder = Reminder.objects.get()
    assert reminder.state == becomes
    assert [parseaddr(each.address)[1] for each in Mail.objects.exclude(pk=old.pk)] == (
        ["toni@example.org"] if meanwhile == "left" else []
    )


def test_on_its_day_a_mail_that_cannot_change_goes_to_nobody_who_may_not_read_it(
    sink, waiting_mail, nora, toni
):
    sink.at_data = ["451 disk full", "ok"]
    outbox.send()
    nora.is_active, nora.stand_in = False, toni
    nora.save()
    for _try in range(2):
        due_again()
        outbox.send()

    states = {mail.recipient: mail.state for mail in Mail.objects.all()}
    assert states == {nora: Mail.State.CANCELLED, toni: Mail.State.SENT}


def test_who_may_read_is_asked_once_for_all_finished_mails_that_go_out_together(
    sink, waiting_mail, monkeypatch
):
    monkeypatch.setattr(Readership, "BELIEVED_FOR", 60)
    for _number in range(5):
        FollowUpFactory(due_on="2024-10-18", assignee=user_in("officer"))
    Clock.objects.update(scanned_until=day("2024-10-17"))
    due.scan()
    sink.at_data = [*["451 disk full"] * 6, "ok"]
    outbox.send()
    due_again()

    with CaptureQueriesContext(connection) as queries:
        assert outbox.send() == 6

    assert sum("auth_group_permissions" in query["sql"] for query in queries) == 1


def test_one_refused_recipient_does_not_keep_others_from_theirs(sink, waiting_mail, toni):
    FollowUpFactory(due_on="2024-10-18", assignee=toni)
    Clock.objects.update(scanned_until=day("2024-10-17"))
    due.scan()
    sink.at_rcpt = ["550 no such user", "ok"]

    assert outbox.send() == 1

    assert sorted(states()) == ["failed", "sent"]


def test_from_the_first_attempt_that_reached_data_every_retry_is_the_same_bytes(sink, waiting_mail, nora):
    sink.at_data = ["451 disk full", "452 disk full", "ok"]
    outbox.send()
    assert Mail.objects.get().is_frozen is True

    waiting_mail.reminders.get().follow_up.complete(on=day("2024-10-18"))
    nora.first_name = "Eleonora"
    nora.save()
    for _try in range(2):
        due_again()
        outbox.send()

    first, second, third = sink.contents
    assert first == second == third
    assert outcomes() == ["temporary", "temporary", "accepted"]
    assert [row.state for row in Reminder.objects.all()] == ["mailed"]


def test_a_server_that_never_answers_is_left_at_the_deadline(sink, waiting_mail, settings):
    settings.EMAIL_TIMEOUT = 0.5
    sink.at_data = ["hang", "ok"]

    assert outbox.send() == 0

    mail = Mail.objects.get()
    assert outcomes() == ["unknown"]
    assert (mail.state, mail.is_frozen) == ("due", True)
    assert mail.attempts.get().reached_data is True


def test_a_server_that_hangs_before_the_content_leaves_the_mail_open(sink, waiting_mail, settings):
    settings.EMAIL_TIMEOUT = 0.5
    sink.at_rcpt = ["hang", "ok"]

    assert outbox.send() == 0

    assert outcomes() == ["temporary"]
    assert Mail.objects.get().is_frozen is False


def test_what_was_said_before_a_goodbye_without_end_counts(sink, waiting_mail, settings):
    settings.EMAIL_TIMEOUT = 0.5
    sink.at_data, sink.never_says_goodbye = ["550 5.7.1 this looks like spam"], True

    assert outbox.send() == 0

    assert states() == ["failed"]
    assert [(each.outcome, each.code) for each in Attempt.objects.all()] == [
        ("permanent", "550 5.7.1 this looks like spam")
    ]


def test_a_goodbye_without_end_keeps_the_next_mail_from_nobody(sink, waiting_mail, toni, settings):
    FollowUpFactory(due_on="2024-10-18", assignee=toni)
    Clock.objects.update(scanned_until=day("2024-10-17"))
    due.scan()
    settings.EMAIL_TIMEOUT = 0.5
    sink.at_data, sink.never_says_goodbye = ["550 5.7.1 this looks like spam", "ok"], True

    assert outbox.send() == 1

    assert outcomes() == ["permanent", "accepted"]


def test_what_no_database_keeps_of_an_answer_is_left_out(sink, waiting_mail):
    sink.at_data = ["451 4.3.0 later\0\x07 \x1b[31mperhaps", "ok"]

    assert outbox.send() == 0
    assert Attempt.objects.get().code == Mail.objects.get().error == "451 4.3.0 later [31mperhaps"

    due_again()
    assert outbox.send() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"fine\0", "250 fine"),
        (b"one\0two\x1f\x7f three", "250 one two three"),
        ("gr\u00fc\u00dfe \u202ednuora\u202c".encode(), "250 gr\u00fc\u00dfe dnuora"),
        (b"two\nlines", "250 two lines"),
        (b"\xff", "250 \ufffd"),
    ],
)
def test_an_answer_becomes_words_without_what_nobody_can_read(said, words):
    assert transport._words(250, said) == words


def test_a_server_that_says_one_letter_a_second_is_left_at_the_deadline(dripping_server):
    with transport.Line(transport.Server("127.0.0.1", dripping_server, timeout=5), deadline=2) as line:
        result = line.deliver("a@example.org", "b@example.org", b"Subject: x\r\n\r\nx\r\n")

    assert (result.outcome, result.code) == ("temporary", "no end after 2 seconds")
    assert result.is_server_down is True


@pytest.fixture
def dripping_server():
    """Each letter comes before a socket's time limit, the line never ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip():
        connection, _address = listener.accept()
        with connection:
            while not ended.wait(0.5):
                try:
                    connection.sendall(b"2")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    yield listener.getsockname()[1]
    ended.set()
    thread.join()
    listener.close()


# --- the server is away ---


def test_while_the_server_is_away_one_mail_is_tried_and_the_rest_wait(waiting_mail, toni, settings, sink):
    FollowUpFactory(due_on="2024-10-18", assignee=toni)
    Clock.objects.update(scanned_until=day("2024-10-17"))
    due.scan()
    settings.EMAIL_PORT = closed_port()

    for _wake_up in range(3):
        assert outbox.send() == 0

    assert outcomes() == ["temporary"]
    assert Clock.current().server_down_since is not None
    assert states() == ["due", "due"]


def test_an_absent_server_is_asked_without_a_mail_and_all_goes_out_when_it_is_back(
    waiting_mail, toni, settings, sink
):
    FollowUpFactory(due_on="2024-10-18", assignee=toni)
    Clock.objects.update(scanned_until=day("2024-10-17"))
    due.scan()
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, closed_port()
    outbox.send()
    due_again()
    outbox.send()
    assert outcomes() == ["temporary"]

    settings.EMAIL_PORT = port
    assert outbox.send() == 0
    due_again()
    assert outbox.send() == 2
    assert Clock.current().server_down_since is None


def test_a_wrong_password_fails_no_mail(waiting_mail, settings, sink):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "goldenbook", "nonsense"

    assert outbox.send() == 0

    assert states() == ["due"]
    assert Clock.current().server_down_since is not None


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.7.1 not your address",
        "552 5.3.4 too big",
        "553 5.7.1 not owned by user",
        "554 5.7.1 sender rejected",
        "451 4.3.0 not now",
    ],
    ids=lambda answer: answer[:3],
)
def test_a_sender_whom_the_server_refuses_fails_no_mail(waiting_mail, toni, sink, answer):
    FollowUpFactory(due_on="2024-10-18", assignee=toni)
    Clock.objects.update(scanned_until=day("2024-10-17"))
    due.scan()
    sink.at_mail = [answer]

    for _wake_up in range(3):
        assert outbox.send() == 0

    assert states() == ["due", "due"]
    assert [(each.outcome, each.code) for each in Attempt.objects.all()] == [("temporary", answer)]
    assert Mail.objects.exclude(error="").get().error == answer
    assert Clock.current().server_down_since is not None

    sink.at_mail = ["ok"]
    due_again()
    assert outbox.send() == 2
    assert Clock.current().server_down_since is None


def test_while_the_sender_is_refused_the_server_is_asked_about_the_sender_and_no_mail_is_tried(
    waiting_mail, sink
):
    sink.at_mail = ["550 5.7.1 not from here"]
    outbox.send()
    for _minute in range(3):
        Clock.objects.update(next_probe_at=timezone.now())
        Mail.objects.update(next_try_at=timezone.now())
        assert outbox.send() == 0

    assert Attempt.objects.count() == 1
    assert Clock.current().server_down_since is not None


def test_a_sender_address_that_smtp_does_not_know_fails_no_mail(waiting_mail, sink, office):
    Office.objects.update(from_address="goldenbook@d\u00fcsseldorf.example")

    assert outbox.send() == 0

    assert states() == ["due"]
    assert Attempt.objects.get().code == "the sender's address has letters that SMTP does not know"
    assert Clock.current().server_down_since is not None


def test_a_server_that_has_enough_of_a_connection_gets_a_new_one(waiting_mail, toni, sink):
    FollowUpFactory(due_on="2024-10-18", assignee=toni)
    Clock.objects.update(scanned_until=day("2024-10-17"))
    due.scan()
    sink.at_mail = ["ok", "452 4.5.3 too many mails in this session", "ok"]

    assert outbox.send() == 2

    assert outcomes() == ["accepted", "accepted"]


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


# --- crashes ---


def test_after_a_crash_the_attempt_is_unknown_and_the_mail_due_again_unchanged(sink, waiting_mail):
    claim = outbox.claim_next(today=day("2024-10-18"))
    assert outbox.send() == 0
    Mail.objects.update(lease_until=timezone.now() - datetime.timedelta(days=1))

    assert outbox.send() == 0
    assert outcomes() == ["unknown"]
    due_again()
    assert outbox.send() == 1

    assert outcomes() == ["unknown", "accepted"]
    assert sink.contents[0].replace(b"\r\n", b"\n") == bytes(claim.mail.raw).replace(b"\r\n", b"\n")


def test_who_lost_the_claim_closes_nothing(sink, waiting_mail):
    claim = outbox.claim_next(today=day("2024-10-18"))
    Mail.objects.update(lease_until=timezone.now() - datetime.timedelta(days=1))
    outbox.send()

    outbox.close(claim, transport.Result("accepted", "250 fine", reached_data=True))

    assert states() == ["due"]
    assert outcomes() == ["unknown"]


def test_a_claimed_mail_is_not_claimed_again(sink, waiting_mail):
    assert outbox.claim_next(today=day("2024-10-18")) is not None
    assert outbox.claim_next(today=day("2024-10-18")) is None


def test_a_crash_between_tying_and_claiming_loses_nothing(sink, waiting_mail):
    assert outbox.send() == 1
    assert states() == ["sent"]


def test_a_mail_that_cannot_be_written_keeps_no_other_from_going_out(waiting_mail, toni, mailoutbox, office):
    waiting_mail.recipient.email = "no address at all"
    waiting_mail.recipient.save()
    FollowUpFactory(due_on="2024-10-18", assignee=toni)
    Clock.objects.update(scanned_until=day("2024-10-17"))
    due.scan()

    assert outbox.send() == 1

    assert [message.to for message in mailoutbox] == [["toni@example.org"]]
    assert outcomes() == ["temporary", "accepted"]
    assert states() == ["due", "sent"]


@pytest.mark.django_db(transaction=True)
def test_senders_at_once_send_each_mail_once(sink, office):
    for number in range(12):
        FollowUpFactory(due_on="2024-10-18", assignee=user_in("officer", email=f"user{number}@example.org"))
    started("2024-10-17")
    due.scan(today=day("2024-10-18"))
    barrier, errors = threading.Barrier(3), []

    def send():
        try:
            barrier.wait()
            outbox.send(today=day("2024-10-18"))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _count in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert sorted(sink.recipients) == sorted(f"user{number}@example.org" for number in range(12))
    assert outcomes() == ["accepted"] * 12


# --- paused ---


def test_after_a_long_gap_nothing_goes_out_until_someone_says_so(berlin_istanbul, mailoutbox, capsys):
    started("2024-09-01")

    assert remind("2024-10-18") == 0
    assert mailoutbox == []
    with at("2024-10-18", 9):
        call_command("resume-sending", yes=True)
        assert outbox.send() == 1

    assert capsys.readouterr().out.splitlines()[-1] == "Sending goes on. Reminders waiting for their mail: 1."


def test_what_was_mailed_protects_its_subject(nora):
    follow_up = FollowUpFactory(due_on="2024-10-18", assignee=nora)
    started("2024-10-17")
    remind("2024-10-18")

    with pytest.raises(ProtectedError):
        follow_up.delete()


def test_a_copy_of_the_database_that_stands_elsewhere_does_not_send(sink, waiting_mail, settings):
    assert outbox.send() == 1
    settings.SITE_URL = "https://test.example.org"
    Mail.objects.update(state=Mail.State.DUE)

    assert outbox.send() == 0
    assert Clock.current().is_paused is True

    assert guard.resume(now=timezone.now()) is True
    assert outbox.send() == 1


def test_mails_that_go_into_files_may_do_so_anywhere(waiting_mail, settings, mailoutbox):
    Clock.objects.update(site="https://goldenbook.example.org")

    assert outbox.send() == 1


# --- odd names ---


@given(
    name=st.text(max_size=120),
    title=st.text(min_size=1, max_size=10_000)
    | st.sampled_from(["a\r\nBcc: x@example.org", "\u2028", "\u202etxet", "a,b;<c@d>", '"', "胡衡华 " * 500]),
)
def test_no_name_or_title_breaks_out_of_its_header(name, title):
    mail = Mail(
        recipient=User(first_name=name),
        address="nora@example.org",
        language="de",
        subject=one_line(title, 300),
        text=title,
        html="<p>x</p>",
        message_id="<0@localhost>",
    )
    office = Office(title=name, from_address="goldenbook@stadt.example")

    raw = as_bytes(mail, office, mail.recipient, now=timezone.now())

    head = raw.partition(b"\r\n\r\n")[0]
    names = re.findall(rb"(?m)^([A-Za-z-]+):", head)
    assert b" ".join(sorted(names)) == (
        b"Auto-Submitted Content-Language Content-Type Date From MIME-Version Message-ID Subject To"
    )
    message = message_from_bytes(raw)
    assert parseaddr(message["To"])[1] == "nora@example.org"
    assert parseaddr(message["From"])[1] == "goldenbook@stadt.example"


# --- the change of clocks ---


@pytest.mark.parametrize("text", ["2025-03-30", "2025-10-26"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe/Lisbon", "Europe/Kyiv", "UTC"])
def test_one_mail_on_the_days_when_clocks_change(nora, office, text, zone):
    office.timezone = zone
    office.save()
    before = day(text) - datetime.timedelta(days=1)
    for offset in range(3):
        FollowUpFactory(due_on=(before + datetime.timedelta(days=offset)).isoformat(), assignee=nora)
    started((before - datetime.timedelta(days=1)).isoformat())

    for hour in range(0, 72, 3):
        moment = datetime.datetime.combine(before, datetime.time(0), tzinfo=office.zone)
        moment = moment.astimezone(datetime.UTC) + datetime.timedelta(hours=hour)
        with time_machine.travel(moment, tick=True):
            due.scan()
            outbox.send()

    on_time = Reminder.objects.filter(stage__days=0).values_list("mail__day", "due_on")
    assert len(on_time) == 3
    assert all(sent == due_on for sent, due_on in on_time)


def test_the_day_is_that_of_the_office(office):
    office.timezone = "Asia/Tokyo"
    office.save()

    with at("2024-10-18", 18):
        assert due.office_today() == day("2024-10-19")
