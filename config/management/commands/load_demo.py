"""Invented staff and follow-ups on top of the real cases: somebody to sign in as, something to remind of."""

import datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from config.demo import PASSWORD, STAFF
from contacts.dates import PartialDate
from contacts.models import City, Office, User
from delegations.models import FollowUp
from relations.models import Partnership

INVENTED = "Erfunden, damit die Vorführung etwas zu erinnern hat."


class Promise(NamedTuple):
    title: str
    pair: tuple[str, str]
    due_in_days: int
    owed_by: FollowUp.OwedBy = FollowUp.OwedBy.US
    assignee: str = "officer"
    done_days_ago: int | None = None


PROMISES = (
    Promise("Programmentwurf für das nächste Jubiläum vorlegen", ("Berlin", "Istanbul"), 7),
    Promise("Fotos vom Empfang an die Partnerstadt schicken", ("Düsseldorf", "Chongqing"), 0),
    Promise("Einladung zur Bürgerreise beantworten", ("Duisburg", "Gaziantep"), 3),
    Promise("Gastgeschenke für den Gegenbesuch bestellen", ("Berlin", "Istanbul"), 5, assignee="protocol"),
    Promise(
        "Ansprechperson für den Fachaustausch benennen", ("Düsseldorf", "Chongqing"), 21, FollowUp.OwedBy.THEM
    ),
    Promise("Termin für die Videokonferenz abstimmen", ("Duisburg", "Gaziantep"), -16, FollowUp.OwedBy.BOTH),
    Promise("Dankschreiben nach dem Besuch verschicken", ("Berlin", "Istanbul"), -30, done_days_ago=28),
)


class Command(BaseCommand):
    help = "Adds invented staff and follow-ups for a demonstration; what is there already stays as it is."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        Office.current()
        for username in STAFF:
            self.add_member(username)
        for partnership in Partnership.objects.filter(responsible=None):
            partnership.responsible = User.objects.get(username="officer")
            partnership.save(update_fields=["responsible"])
        today = timezone.localdate()
        for promise in PROMISES:
            self.add_promise(promise, today=today)
        self.stdout.write(f"{len(STAFF)} members of staff, {len(PROMISES)} follow-ups")

    def add_member(self, username: str) -> None:
        member = STAFF[username]
        if User.objects.filter(username=username).exists():
            return
        user = User(
            username=username,
            first_name=member.first_name,
            last_name=member.last_name,
            email=f"{username}@example.org",
            is_staff=True,
            is_superuser=username == "admin",
        )
        user.set_password(PASSWORD)
        user.full_clean()
        user.save()
        user.groups.add(Group.objects.get(name=member.role))

    def add_promise(self, promise: Promise, *, today: datetime.date) -> None:
        if FollowUp.objects.filter(title=promise.title).exists():
            return
        done = promise.done_days_ago
        follow_up = FollowUp(
            title=promise.title,
            text=INVENTED,
            owed_by=promise.owed_by,
            assignee=User.objects.get(username=promise.assignee),
            due_on=PartialDate.of(today + datetime.timedelta(days=promise.due_in_days)),
            state=FollowUp.State.OPEN if done is None else FollowUp.State.DONE,
            done_on=None if done is None else today - datetime.timedelta(days=done),
            partnership=tie_of(*promise.pair),
        )
        follow_up.full_clean()
        follow_up.save()


def tie_of(home: str, partner: str) -> Partnership:
    cities = City.objects.get_by_natural_key(home), City.objects.get_by_natural_key(partner)
    return Partnership.objects.between(*cities).get(ended_on=None, predecessor=None)
