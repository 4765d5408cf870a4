"""An office with many people, each of whom is owed one mail today."""

from __future__ import annotations

import datetime

from contacts.models import Office, User
from delegations.models import FollowUp
from reminders import due
from reminders.models import Reminder, Rule, Stage
from reminders.shipped import ship
from tests.factories import give_role


def colleagues(count: int, *, name: str = "recipient", first: int = 0) -> list[User]:
    """So many of staff who may read what mails speak of."""
    people = User.objects.bulk_create(
        [
            User(username=f"{name}{number}", email=f"{name}{number}@example.org", is_staff=True)
            for number in range(first, first + count)
        ]
    )
    give_role("officer", people)
    return people


def promised(count: int, *, first: int = 0) -> list[str]:
    """So many recipients with a follow-up due today each, which no scan has seen; returns their addresses."""
    it_is_noon(Office.current())
    ship(Rule, Stage)
    today = due.office_today()
    people = colleagues(count, first=first)
    FollowUp.objects.bulk_create(
        [
            FollowUp(title=f"Promise {user.username}", due_on=today.isoformat(), assignee=user)
            for user in people
        ]
    )
    return [user.email for user in people]


def owed(count: int, *, first: int = 0) -> list[str]:
    """The same, found by a scan."""
    addresses = promised(count, first=first)
    before = Reminder.objects.filter(state=Reminder.State.DUE).count()
    due.scan()
    assert Reminder.objects.filter(state=Reminder.State.DUE).count() == before + count
    return addresses


def it_is_noon(office: Office) -> None:
    """The office lies where it is noon now: whenever the suite runs, it is a day's work there."""
    ahead = 12 - datetime.datetime.now(datetime.UTC).hour
    office.timezone = f"Etc/GMT{-ahead:+d}" if ahead else "Etc/UTC"
    office.save()
