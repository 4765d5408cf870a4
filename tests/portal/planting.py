"""Secrets in columns: words, numbers and days that stand nowhere else and are known again in any answer."""

import datetime
import uuid
from itertools import count

from django.apps import apps
from django.db import models

from contacts.dates import PartialDateField
from contacts.models import Office
from contacts.names import ComputedField
from reminders.models import Clock
from tests.factories import factory_of
from tests.portal.fields import COLUMNS, DECIDING

WORD = "qzx"
# The mark itself decides; when something was published is told by news and calendars.
MARK = {"published_at", "withdrawn_at"}
ROOMS = ("contacts", "relations", "delegations", "reminders")


def every_model():
    """Of every room below; the history of a row is read nowhere in the portal."""
    return [
        model
        for room in ROOMS
        for model in apps.get_app_config(room).get_models()
        if not model.__name__.startswith("Historical")
    ]


# A rule of the database knows better: planted they would be no row.
BOUND = {
    "delegations.FollowUp": {"state", "done_on", "dropped_because", "offset", "planned_on"},
    "delegations.Gift": {"direction", "decision"},
    "delegations.JubileeStep": {"count", "unit"},
    "relations.Agreement": {"state", "signed_on"},
    "reminders.Mail": {"state", "token", "lease_until"},
    "reminders.Rule": {"subject", "milestone"},
    "reminders.Stage": {"days", "repeat_days"},
}


def bound(row):
    return BOUND.get(row._meta.label, set())


# Numbers that a small column holds beside; from there on they begin anew.
MOST = 12_000
BEGINNING = datetime.datetime(1801, 1, 1, tzinfo=datetime.UTC)


class Secrets:
    """Each later one is also greater, so that what begins does so before it ends."""

    def __init__(self, first=1, word=WORD):
        self.word = word
        self.numbers = count(first)
        self.texts = set()

    def plant(self, row, *, spared=frozenset()):
        """A secret in each column of the row but those spared; what is folded of them is folded anew."""
        model = type(row)
        fields = [
            field
            for field in model._meta.concrete_fields
            if not (
                field.primary_key
                or field.is_relation
                or field.generated
                or field.name in {*spared, *bound(row)}
            )
            and not isinstance(field, models.BooleanField | ComputedField)
        ]
        values = {field.name: self.secret(field) for field in fields}
        planted = {name: value for name, value in values.items() if value is not None}
        model._base_manager.filter(pk=row.pk).update(**planted)
        changed = model._base_manager.get(pk=row.pk)
        folded = [field for field in model._meta.concrete_fields if isinstance(field, ComputedField)]
        if folded:
            model._base_manager.filter(pk=row.pk).update(
                **{field.name: field.value_for(changed) for field in folded}
            )
        return [*planted]

    def secret(self, field):
        number = next(self.numbers)
        match field:
            case PartialDateField():
                day = datetime.date(1000, 1, 1) + datetime.timedelta(20 * (number % MOST))
                return self._kept(day.isoformat())
            case models.DateTimeField():
                day = BEGINNING + datetime.timedelta(number, hours=4)
                self._kept(f"{day:%Y-%m-%d}")
                return day
            case models.DateField():
                day = BEGINNING.date() + datetime.timedelta(number)
                self._kept(day.isoformat())
                return day
            case models.TimeField():
                return (BEGINNING + datetime.timedelta(seconds=number)).time()
            case models.JSONField():
                word = self._kept(f"{self.word}{number}")
                held = {"de": word} if field.get_default() == {} else [word]
                # As it is: our fields would refuse a language or a goal that there is not.
                return models.Value(held, output_field=models.JSONField())
            case models.PositiveSmallIntegerField() | models.SmallIntegerField():
                return int(self._kept(str(20_000 + number % MOST)))
            case models.IntegerField():
                return int(self._kept(str(700_000_000 + number)))
            case models.DecimalField():
                return int(self._kept(str(70_000_000 + number))) if field.max_digits > 8 else None
            case models.UUIDField():
                value = uuid.uuid5(uuid.NAMESPACE_OID, f"{self.word}{number}")
                self._kept(str(value))
                return value
            case models.BinaryField():
                return self._kept(f"{self.word}{number}").encode()
            case models.CharField() if field.max_length and field.max_length < 8:
                return None  # two letters of a country are no secret to be known again
            case models.CharField() | models.TextField() | models.FileField():
                return self._kept(f"{self.word}{number}")
        raise AssertionError(f"Say what a secret in {field} looks like.")

    def _kept(self, text):
        self.texts.add(text)
        return text

    def within(self, text):
        """Those that the text holds, in whatever case."""
        lowered = text.lower()
        return sorted(secret for secret in self.texts if secret in lowered) + [WORD] * (WORD in lowered)


def plant_what_is_private(world, hidden):
    """A secret in all private columns of all rows, and in all columns of rows that are not public."""
    Office.current()
    Clock.objects.get_or_create(pk=1)
    for model in every_model():
        if not model._base_manager.exists():
            factory_of(model)()
    return plant_all_but(lambda row: world.shows(row) and row not in hidden, Secrets())


def plant_all_but(is_public, found):
    """A secret in every column, but those which the public sees of a row that is public."""
    found.columns = set()
    for model in every_model():
        for row in model._base_manager.order_by("pk"):
            spared = MARK | DECIDING.get(row._meta.label, set())
            if is_public(row):
                spared |= COLUMNS.get(row._meta.label, set())
            found.columns |= {(row._meta.label, name) for name in found.plant(row, spared=spared)}
    return found
