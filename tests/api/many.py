"""Many rows in every table that a list of the APIs is made of, multiplied by the database itself.

The copies of one number belong together: the nth stop is one of the nth visit, to the nth city. Names,
numbers and dates differ from copy to copy; of each tenth no date is known. All ties are those of one city.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from contacts import dates
from contacts.api.serializers import RowsSerializer
from contacts.models import User
from contacts.records import PublishableRecord
from delegations.models import FollowUp, JubileeStep
from relations.models import Agreement, Partnership
from reminders.models import Rule, Stage
from tests.api.rows import FACTORIES, LEFT_EMPTY, TABLES, fields_of, model_of
from tests.bench.scanning import multiply

FIRST = 1_000_000
"""Keys of the copies begin here."""
KEY = f"n + {FIRST}"
# An office has some dozens of them, however long it works.
FEW = {User, Rule, Stage, JubileeStep}
WORD = "'wort-' || lpad(((n::bigint * 7919) % 1000000)::text, 6, '0')"
NUMBER = "(n::bigint * 7919) % 30000 + 1"
TEXTS = {"sort", "search", "name", "title", "title_de", "number", "label"}
NUMBERS = {"population", "rank", "order", "value", "planned", "actual", "years"}
RARE = "IS"
BY_NAME = {
    "country": f"CASE n % 5000 WHEN 7 THEN '{RARE}' ELSE 'TR' END",
    "geonames_id": KEY,
    **dict.fromkeys(("published_at", "withdrawn_at", "planned_on", "lease_until"), ""),
}
BY_KIND = {
    dates.PartialDateField: "(1900 + n % 100)::text || '-' || lpad((1 + n % 12)::text, 2, '0')",
    models.DateTimeField: "timestamptz '2024-05-01 08:00:00Z' + n * interval '1 second'",
    models.DateField: "date '1920-01-01' + n % 40000",
}
# What goes with a date that is known.
STATES = {
    Agreement: "'signed'",
    FollowUp: "CASE WHEN n % 10 > 0 THEN 'done' ELSE 'open' END",
}


class Many:
    """Rows of these models, as many as wanted of each; what they are copies of is there as well."""

    def __init__(self, models_of_them: set[Any]) -> None:
        self.rows = {model: FACTORIES[model]() for model in models_of_them}
        for row in self.rows.values():
            if isinstance(row, PublishableRecord):
                row.published_at = timezone.now()
                row.save()

    @transaction.atomic  # each may name rows of a table that is filled after its own
    def grow(self, numbers: range) -> None:
        for model, row in self.rows.items():
            values = {field.column: _value(field, self.rows) for field in model._meta.concrete_fields}
            if model in STATES:
                values["state"] = STATES[model]
            multiply(row, numbers, **{column: value for column, value in values.items() if value})
        pairs = {field.remote_field.through for model in self.rows for field in model._meta.many_to_many}
        with connection.cursor() as cursor:
            for pair in pairs:
                keys = [field for field in pair._meta.fields if field.is_relation]
                if not pair._meta.auto_created or any(key.related_model not in self.rows for key in keys):
                    continue
                columns = ", ".join(key.column for key in keys)
                cursor.execute(
                    f"INSERT INTO {pair._meta.db_table} ({columns}) SELECT {', '.join([KEY] * len(keys))}"
                    f" FROM generate_series({numbers.start}, {numbers.stop - 1}) n"
                )


def listed() -> set[Any]:
    """What has a list, and what hangs on its rows."""
    parts = {
        field.child.Meta.model
        for name in TABLES
        for field in fields_of(name).values()
        if isinstance(field, RowsSerializer)
    }
    return ({model_of(name) for name in TABLES} | parts) - FEW


def slug(number: int) -> str:
    """That of a theme, which one row of each kind is about."""
    return f"wort-{number * 7919 % 1_000_000:06}"


def deleted(model: Any, count: int) -> None:
    """So many versions of rows that are gone; of each fiftieth it is known when it went."""
    values = {
        "id": f"n + {FIRST * 2}",
        "history_date": BY_KIND[models.DateTimeField],
        "history_type": "CASE n % 50 WHEN 0 THEN '-' ELSE '~' END",
    }
    history = model.history.model
    columns = [
        field.column
        for field in history._meta.concrete_fields
        if not field.primary_key and not isinstance(field, models.GeneratedField)
    ]
    taken = ", ".join(values.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = history._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {taken} FROM generate_series(0, {count - 1}) n,"
            f" (SELECT * FROM {table} ORDER BY history_id LIMIT 1) t"
        )


def _value(field: Any, many: Any) -> str:
    """An expression of `n`, the number of the copy; none where it is as in the original."""
    if field.primary_key:
        return KEY
    if field.is_relation:
        is_apart = field.related_model not in many or field.related_model is field.model
        is_ours = field.model is Partnership and field.name == "home"
        is_empty = any(
            field.model is model_of(name) and field.name in fields for name, fields in LEFT_EMPTY.items()
        )
        return "" if is_apart or is_ours or is_empty else KEY
    if field.name in BY_NAME:
        return BY_NAME[field.name]
    is_text = isinstance(field, models.CharField | models.TextField)
    if is_text and not isinstance(field, dates.PartialDateField):
        return WORD if field.name in TEXTS or field.unique else ""
    if field.name in NUMBERS:
        return NUMBER
    known = next((value for kind, value in BY_KIND.items() if isinstance(field, kind)), "")
    return f"CASE WHEN n % 10 > 0 THEN {known} END" if known and field.null else known
