"""Days, and a clock that has run for long."""

import datetime
from zoneinfo import ZoneInfo

import time_machine

from contacts.models import CityDate
from delegations.models import Delegation, FollowUp
from relations.models import Agreement, Partnership, PartnershipEvent
from reminders import due, outbox
from reminders.models import Clock, Mail, Rule, Stage

OFFICE = ZoneInfo("Europe/Berlin")


def day(text):
    return datetime.date.fromisoformat(text)


def started(until):
    """A clock that has run for long: nothing here counts as new or changed."""
    long_ago = datetime.datetime(2000, 1, 1, tzinfo=OFFICE)
    for model in (Partnership, Agreement, FollowUp, Delegation, CityDate, Rule, Stage):
        model.objects.update(created_at=long_ago, changed_at=long_ago)
    PartnershipEvent.history.update(history_date=long_ago)
    Clock.objects.update_or_create(
        pk=Clock.THE_ONE,
        defaults={
            "scanned_until": day(until),
            "scanned_at": datetime.datetime.combine(day(until), datetime.time(6), tzinfo=OFFICE),
            "first_scan_on": day(until),
        },
    )


def at(text, hour=6):
    """Travel to a day, by default to its six in the morning where the office is."""
    moment = datetime.datetime.combine(day(text), datetime.time(hour), tzinfo=OFFICE)
    return time_machine.travel(moment, tick=True)


def remind(text, *, hour=6):
    """One scan and one send on that day; returns how many mails were accepted."""
    with at(text, hour):
        due.scan()
        return outbox.send()


def mails(**filters):
    return list(Mail.objects.filter(**filters).order_by("pk"))
