"""An office with many people, each of whom is owed one mail today."""

from __future__ import annotations

from contacts.models import Office, User
from delegations.models import FollowUp
from reminders import due
from reminders.models import Reminder, Rule, Stage
from reminders.shipped import ship
from tests.factories import give_role


def owed(count: int, *, first: int = 0) -> list[str]:
    """So many recipients with a follow-up due today each, found by the scan; returns their addresses."""
    Office.current()
    ship(Rule, Stage)
    today = due.office_today()
    addresses = [f"recipient{number}@example.org" for number in range(first, first + count)]
    people = User.objects.bulk_create(
        [User(username=address.partition("@")[0], email=address, is_staff=True) for address in addresses]
    )
    give_role("officer", people)
    FollowUp.objects.bulk_create(
        [
            FollowUp(title=f"Promise {user.username}", due_on=today.isoformat(), assignee=user)
            for user in people
        ]
    )
    before = Reminder.objects.filter(state=Reminder.State.DUE).count()
    due.scan()
    assert Reminder.objects.filter(state=Reminder.State.DUE).count() == before + count
    return addresses
