"""Invented staff and follow-ups on top of the real cases: somebody to sign in as, something to remind of.

And a part of the cases is published, so that a portal and its map have something to show.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from config.demo import PASSWORD, STAFF
from contacts.dates import PartialDate
from contacts.models import City, CityDate, Document, Office, Place, User
from contacts.records import PublishableRecord
from delegations.models import Delegation, FollowUp, ProgrammeItem
from relations.models import Agreement, Partnership, Project

# Some hundred places to pick from; an office loads all of the world.
GAZETTEER = settings.BASE_DIR / "fixtures" / "gazetteer.jsonl"
INVENTED = "Erfunden, damit die Vorführung etwas zu erinnern hat."


class Promise(NamedTuple):
    title: str
    pair: tuple[str, str]
    due_in_days: int
    owed_by: FollowUp.OwedBy = FollowUp.OwedBy.US
    assignee: str = "officer"
    done_days_ago: int | None = None

    def dated(self, today: datetime.date) -> dict[str, Any]:
        """The fields that depend on the day of the demonstration."""
        done = self.done_days_ago
        return {
            "due_on": PartialDate.of(today + datetime.timedelta(days=self.due_in_days)),
            "state": FollowUp.State.OPEN if done is None else FollowUp.State.DONE,
            "done_on": None if done is None else today - datetime.timedelta(days=done),
        }


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

# What everybody knows, by country: the day, and what it is called in German. More is for the office to enter.
NATIONAL_DAYS = {
    "TR": [("10-29", "Tag der Republik")],
    "CN": [("10-01", "Nationalfeiertag")],
    "KR": [("08-15", "Tag der Befreiung (Gwangbokjeol)"), ("10-03", "Tag der Staatsgründung (Gaecheonjeol)")],
}


class Command(BaseCommand):
    help = (
        "Adds invented staff and follow-ups and a small gazetteer for a demonstration, and publishes part of "
        "the cases. Run again, it moves those follow-ups that nobody has touched to where they stand around "
        "today; all else stays as it is."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        # As every start that is not for development does; see config/safety.py.
        if settings.SITE_URL.startswith("https://"):
            raise CommandError(
                "The demonstration brings accounts whose password everybody knows. "
                f"{settings.SITE_URL} is in real use: nothing was loaded."
            )
        office = Office.current()
        if office.confirmed_at is None:
            office.confirm()
        today = timezone.localdate()
        if User.objects.filter(username__in=STAFF).exists():
            self.move_promises(today)
            return
        for username in STAFF:
            self.add_member(username)
        for partnership in Partnership.objects.filter(responsible=None):
            partnership.responsible = User.objects.get(username="officer")
            partnership.save(update_fields=["responsible"])
        for promise in PROMISES:
            self.add_promise(promise, today=today)
        for city in City.objects.filter(is_home=False, country__in=NATIONAL_DAYS):
            self.add_national_days(city)
        call_command("load_gazetteer", source=GAZETTEER, stdout=self.stdout)
        for city in City.objects.filter(latitude=None):
            self.place(city)
        published = [row for rows in to_publish() for row in rows]
        for row in published:
            row.publish(by=User.objects.get(username="portal"))
        self.stdout.write(
            f"{len(STAFF)} members of staff, {len(PROMISES)} follow-ups, {len(published)} records published"
        )

    def add_member(self, username: str) -> None:
        member = STAFF[username]
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
        follow_up = FollowUp(
            title=promise.title,
            text=INVENTED,
            owed_by=promise.owed_by,
            assignee=User.objects.get(username=promise.assignee),
            partnership=tie_of(*promise.pair),
            **promise.dated(today),
        )
        follow_up.full_clean()
        follow_up.save()

    def add_national_days(self, city: City) -> None:
        for day, label in NATIONAL_DAYS[str(city.country)]:
            date = CityDate(city=city, kind=CityDate.Kind.NATIONAL_DAY, on=day, label=label)
            date.full_clean()
            date.save()

    def place(self, city: City) -> None:
        """Where the city lies, if the gazetteer has one place of its name in its country."""
        name = city.name_de or city.name_en or city.name_local
        found = Place.objects.filter(country=city.country).best_first(name).filter(called=1)[:2]
        if city.kind == City.Kind.CITY and len(found) == 1:
            city.latitude, city.longitude = found[0].latitude, found[0].longitude
            city.geonames_id = city.geonames_id or found[0].geonames_id
            city.full_clean()
            city.save(update_fields=["latitude", "longitude", "geonames_id"])

    def move_promises(self, today: datetime.date) -> None:
        """A demonstration that was prepared weeks ago still has something overdue, due, and coming."""
        for promise in PROMISES:
            dated = promise.dated(today)
            ours = FollowUp.objects.filter(title=promise.title, text=INVENTED, state=dated["state"])
            for follow_up in ours:
                touched = follow_up.history.exclude(history_user=None).exists()
                if touched or follow_up.due_on == dated["due_on"]:
                    continue
                follow_up.due_on, follow_up.done_on = dated["due_on"], dated["done_on"]
                follow_up.full_clean()
                follow_up.save(update_fields=["due_on", "done_on"])


def to_publish() -> Iterator[Iterable[PublishableRecord]]:
    """What an office would show of the cases; the rest stays, so that there is something left to publish."""
    ties = Partnership.objects.filter(founded__isnull=False)
    visits = Delegation.objects.filter(state=Delegation.State.COMPLETED)
    yield ties
    yield Agreement.objects.filter(partnership__in=ties, state=Agreement.State.SIGNED)
    yield Project.objects.filter(partnerships__in=ties, state=Project.State.RUNNING).distinct()
    yield visits
    yield ProgrammeItem.objects.filter(delegation__in=visits, state=ProgrammeItem.State.TOOK_PLACE)
    yield Document.objects.filter(delegations__in=visits, kind=Document.Kind.PRESS_RELEASE).distinct()


def tie_of(home: str, partner: str) -> Partnership:
    """The tie of the pair that is on the books today, not an earlier one that was stepped up."""
    cities = City.objects.get_by_natural_key(home), City.objects.get_by_natural_key(partner)
    return Partnership.objects.between(*cities).current(timezone.localdate()).get()
