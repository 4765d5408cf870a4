"""Who may read a finished mail, asked for many at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reminders import addressees
from reminders.addressees import Readership
from tests.factories import MailFactory, user_in
from tests.reminders.clock import moment

NOW = moment("2024-06-22 08:00")


@pytest.fixture
def clock(monkeypatch):
    """Seconds since the sender began."""
    seconds = [1000.0]
    monkeypatch.setattr(addressees.time, "monotonic", lambda: seconds[0])
    return seconds


@pytest.fixture
def mail(office):
    return finished_mail()


def finished_mail(**details):
    return MailFactory(recipient=user_in("officer"), is_frozen=True, **details)


def closed(mail, *, is_active):
    mail.recipient.is_active = is_active
    mail.recipient.save()


def test_what_was_found_is_believed_for_a_second_and_no_longer(mail, clock):
    readership = Readership()
    assert readership.includes(mail, now=NOW) is True

    closed(mail, is_active=False)
    clock[0] += 0.9
    assert readership.includes(mail, now=NOW) is True

    clock[0] += 0.2
    assert readership.includes(mail, now=NOW) is False


def test_that_somebody_may_not_read_is_never_believed(mail, clock):
    readership = Readership()
    closed(mail, is_active=False)
    assert readership.includes(mail, now=NOW) is False

    closed(mail, is_active=True)

    assert readership.includes(mail, now=NOW) is True


def test_whose_mail_waits_behind_is_asked_about_along_with_it(mail, clock):
    behind = [finished_mail() for _number in range(3)]
    readership = Readership()
    readership.includes(mail, now=NOW)

    with CaptureQueriesContext(connection) as queries:
        assert all(readership.includes(each, now=NOW) for each in behind)

    assert len(queries) == 0


def test_who_comes_after_the_many_asked_about_at_once_is_asked_about_then(mail, clock, monkeypatch):
    monkeypatch.setattr(Readership, "AT_ONCE", 1)
    last = finished_mail()
    readership = Readership()

    assert readership.includes(mail, now=NOW) is True
    assert readership.includes(last, now=NOW) is True


def test_it_asks_as_often_for_many_mails_as_for_one(mail, clock):
    with CaptureQueriesContext(connection) as alone:
        Readership().includes(mail, now=NOW)
    for _number in range(30):
        finished_mail()
    with CaptureQueriesContext(connection) as among_many:
        Readership().includes(mail, now=NOW)

    assert len(among_many) == len(alone)
