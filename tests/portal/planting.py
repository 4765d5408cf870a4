"""Secrets in columns: words, numbers and days that stand nowhere else and are known again in any answer.

What cannot hold one, because it is one of two or of a few, can be turned into another one of them.
"""

import datetime
import decimal
import uuid
from contextlib import suppress
from itertools import count

from django.apps import apps
from django.db import IntegrityError, models, transaction

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


# Where numbers in small columns begin, and how many there are; then they begin anew.
SMALL, MOST = 20_000, 12_000
BEGINNING = datetime.datetime(1801, 1, 1, tzinfo=datetime.UTC)


class Secrets:
    """Each later one is also greater, so that what begins does so before it ends."""

    def __init__(self, first=1, word=WORD, *, but=frozenset()):
        """Keys are public: a small number that is one of them would not be known for a secret."""
        self.word = word
        self.numbers = (number for number in count(first) if SMALL + number % MOST not in but)
        self.texts = set()
        # Of each column that of the first row, by model and name.
        self.firsts = {}

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
        for name, value in values.items():
            self.firsts.setdefault((model._meta.label, name), str(value))
        planted = {name: value for name, value in values.items() if value is not None}
        model._base_manager.filter(pk=row.pk).update(**planted)
        folded = [field for field in model._meta.concrete_fields if isinstance(field, ComputedField)]
        if folded:
            changed = model._base_manager.get(pk=row.pk)
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
                moment = (BEGINNING + datetime.timedelta(hours=3, seconds=number)).time()
                self._kept(moment.isoformat())
                return moment
            case models.JSONField():
                word = self._kept(f"{self.word}{number}")
                held = {"de": word} if field.get_default() == {} else [word]
                # As it is: our fields would refuse a language or a goal that there is not.
                return models.Value(held, output_field=models.JSONField())
            case models.PositiveSmallIntegerField() | models.SmallIntegerField():
                return int(self._kept(str(SMALL + number % MOST)))
            case models.IntegerField():
                return int(self._kept(str(700_000_000 + number)))
            case models.DecimalField():
                if field.max_digits > 8:
                    return int(self._kept(str(70_000_000 + number)))
                # A degree of latitude or longitude.
                return decimal.Decimal(self._kept(f"7.{MOST + number % MOST:05}"))
            case models.UUIDField():
                value = uuid.uuid5(uuid.NAMESPACE_OID, f"{self.word}{number}")
                self._kept(str(value))
                return value
            case models.BinaryField():
                return self._kept(f"{self.word}{number}").encode()
            case models.CharField() if field.max_length and field.max_length < len(self.word):
                return None  # two letters of a country are no secret to be known again
            case models.CharField() if field.max_length and field.max_length < 8:
                return f"{self.word}{number}"[: field.max_length]
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
    keys = {key for model in every_model() for key in model._base_manager.values_list("pk", flat=True)}
    return plant_all_but(lambda row: world.shows(row) and row not in hidden, Secrets(but=keys))


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


# --- what is one of a few ---


def turn(row, *, spared=frozenset()):
    """Another value in each column that holds no secret of its own, and other rows in each relation of many.

    Returns the names of what could be turned; to whom the database says no it stays as it is.
    """
    model, turned = type(row), set()
    for field in model._meta.concrete_fields:
        derived = field.primary_key or field.generated or isinstance(field, ComputedField)
        if derived or field.name in spared or (is_told_apart(field) and field.name not in bound(row)):
            continue
        for value in others(field, getattr(row, field.attname)):
            with suppress(IntegrityError), transaction.atomic():
                model._base_manager.filter(pk=row.pk).update(**{field.attname: value})
                turned.add(field.name)
                break
    for field in model._meta.many_to_many:
        if field.name not in spared and turn_many(field, row):
            turned.add(field.name)
    return turned


def is_told_apart(field):
    """Whether a secret in it would be known again."""
    is_short = isinstance(field, models.CharField) and field.max_length and field.max_length < len(WORD)
    return not (field.is_relation or isinstance(field, models.BooleanField) or is_short)


def others(field, value):
    """What could stand there instead."""
    if field.is_relation:
        rows = field.related_model._base_manager.exclude(pk=value).order_by("-pk")
        return [*rows.values_list("pk", flat=True)[:5], *([None] if field.null and value else [])]
    if isinstance(field, models.BooleanField):
        return [choice for choice in (True, False) if choice != value]
    if field.choices:
        return [choice for choice, _label in field.flatchoices if choice != value]
    if isinstance(field, models.IntegerField):
        return [(value or 0) + 1, (value or 0) - 1]
    if isinstance(field, models.CharField) and not isinstance(field, PartialDateField):
        return [text for text in ("PL", "AT") if text != value]
    return [None] if field.null and value is not None else []


def turn_many(field, row):
    """Those that it had are gone, and the others are there."""
    through, mine = field.remote_field.through, field.m2m_column_name()
    if not through._meta.auto_created:
        return False  # rows of their own, with columns that are turned for themselves
    had = {*through._base_manager.filter(**{mine: row.pk}).values_list(field.m2m_reverse_name(), flat=True)}
    rows = field.related_model._base_manager.exclude(pk__in=had).values_list("pk", flat=True)
    through._base_manager.filter(**{mine: row.pk}).delete()
    made = [through(**{mine: row.pk, field.m2m_reverse_name(): pk}) for pk in rows]
    through._base_manager.bulk_create(made)
    return bool(had or made)
