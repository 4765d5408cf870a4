"""Days, and a clock that has run for long."""

import datetime
from zoneinfo import ZoneInfo

import time_machine

from contacts.models import CityDate, Office
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
    Office.current()
    for model in (Office, Partnership, Agreement, FollowUp, Delegation, CityDate, Rule, Stage):
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


def moment(text, zone=OFFICE):
    """ "2024-10-18 06:00" where the office is."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zone)


def wake_up(now):
    """What beat does at that moment, without anybody's clock; returns how many mails were accepted."""
    due.scan_every_hour(now=now)
    return outbox.send(now=now)


def mails(**filters):
    return list(Mail.objects.filter(**filters).order_by("pk"))
