"""What a mail says, and to whom. The recipients here read English, the language of the source."""

import datetime

import pytest

from delegations.models import Delegation
from reminders import due, outbox
from reminders.models import Mail
from tests.factories import (
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    PartnershipFactory,
    UserFactory,
)
from tests.reminders.test_scan import day, started


@pytest.fixture
def nora():
    return UserFactory(first_name="Nora", last_name="Beispiel", email="nora@example.org", language="en")


@pytest.fixture
def toni():
    return UserFactory(first_name="Toni", last_name="Probe", email="toni@example.org", language="en")


@pytest.fixture
def berlin_istanbul(nora):
    return PartnershipFactory(
        home=HomeCityFactory(name_de="Berlin"),
        partner=CityFactory(name_de="Istanbul", country="TR"),
        founded="1989-11-17",
        responsible=nora,
    )


@pytest.fixture
def head(office):
    head = UserFactory(first_name="Hanna", last_name="Leitung", email="head@example.org", language="en")
    head.groups.add(office.head_group)
    return head


def mailed(text, *, before=None):
    """Scan and send as on that day; the mails sent, the oldest first."""
    on = day(text)
    started(before or (on - datetime.timedelta(days=1)).isoformat())
    due.scan(today=on)
    outbox.send(today=on)
    return list(Mail.objects.filter(state=Mail.State.SENT).order_by("pk"))


def to_whom(text):
    return [mail.recipient.email for mail in mailed(text)]


def unwrapped(mail):
    return " ".join(mail.text.split())


# --- the anniversaries ---


def test_the_mail_of_35_years_berlin_istanbul(berlin_istanbul, nora):
    PartnershipFactory(
        home=HomeCityFactory(name_de="Treptow-Köpenick"),
        partner=CityFactory(name_de="Tepebaşı", country="TR"),
        founded="2017-11-17",
        responsible=nora,
    )
    DelegationFactory(
        title="Istanbul at Berlin",
        partnership=berlin_istanbul,
        starts_on="2024-10-13",
        state=Delegation.State.COMPLETED,
    )
    FollowUpFactory(title="Propose three dates", partnership=berlin_istanbul)

    (mail,) = mailed("2024-10-18")

    assert mail.subject == "35 years Berlin–Istanbul, 1 more: Your reminders on Friday, 18 October"
    url = f"http://localhost:8000{berlin_istanbul.get_absolute_url()}"
    assert (
        mail.text[: mail.text.index("* 7 years")]
        == f"""Good morning, Nora Beispiel,

A round anniversary is coming up. An anniversary is coming up.


ANNIVERSARIES

* 35 years Berlin–Istanbul
  on Sunday, 17 November 2024, in 30 days. On the same day: 7 years
  Treptow-Köpenick–Tepebaşı. Last visit: Istanbul at Berlin, 13 Oct 2024.
  1 open follow-up: Propose three dates. Responsible: Nora Beispiel.
  {url}

"""
    )
