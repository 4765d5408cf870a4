"""Rows changed as people do it: every save leaves a version in the history, and none is refused by chance."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, RestrictedError

from contacts.dates import PartialDate, PartialDateField
from contacts.names import ComputedField

ANOTHER_DAY = PartialDate(2023, 5, 4)


def another(field, value):
    """Another value that the column could hold, or the same where nobody knows one."""
    match field:
        case models.Field(choices=[*_some]):
            return next(choice for choice, _label in field.flatchoices if choice != value)
        case PartialDateField():
            return ANOTHER_DAY
        case models.BooleanField():
            return not value
        case models.CharField() | models.TextField():
            return f"{value}x"[: field.max_length]
        case models.IntegerField():
            return (value or 0) + 1
    return value


def change(row, *, but=frozenset()):
    """Save another value in every column of the row that takes one; returns the names of these columns."""
    changed = []
    for field in type(row)._meta.concrete_fields:
        if field.primary_key or field.is_relation or field.generated or not field.editable:
            continue
        if field.name in but or isinstance(field, ComputedField | models.DateTimeField):
            continue
        row = type(row)._base_manager.get(pk=row.pk)
        before = getattr(row, field.attname)
        after = another(field, before)
        if after != before and save(row, **{field.attname: after}):
            changed.append(field.name)
    return changed


def save(row, **values):
    """Whether it was taken."""
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except (ValidationError, IntegrityError):
        return False
    return True


def delete(row):
    """Whether it was let go."""
    try:
        with transaction.atomic():
            row.delete()
    except (ProtectedError, RestrictedError):
        return False
    return True
