"""Days that lie within one another, and what moves along when a visit is put off."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDate


def check_within(
    inner_from: PartialDate | None,
    inner_until: PartialDate | None,
    outer_from: PartialDate | None,
    outer_until: PartialDate | None,
    *,
    fields: tuple[str, str],
    message: Any,
) -> None:
    """Refuse what certainly lies outside; a day not known exactly is given the benefit of the doubt."""
    errors = {}
    for field, day in zip(fields, (inner_from, inner_until), strict=True):
        if day is None:
            continue
        too_early = outer_from is not None and day.certainly_before(outer_from)
        too_late = outer_until is not None and day.certainly_after(outer_until)
        if too_early or too_late:
            errors[field] = ValidationError(message, code="outside")
    if errors:
        raise ValidationError(errors)


def check_around(
    parts: Iterable[Any],
    begin: PartialDate | None,
    end: PartialDate | None,
    *,
    fields: tuple[str, str],
) -> None:
    """Refuse dates that leave a part outside, at the one of the two fields that does so."""
    for part in parts:
        for field, span in zip(fields, ((begin, None), (None, end)), strict=True):
            try:
                part.check_within(*span)
            except ValidationError:
                message = _("“%(part)s” would lie outside. Move it first.")
                error = ValidationError(message, code="outside", params={"part": part.short_label})
                raise ValidationError({field: error}) from None


def days_between(old: PartialDate | None, new: PartialDate | None) -> datetime.timedelta | None:
    if old is None or new is None or old.day is None or new.day is None:
        return None
    return new.first_day - old.first_day


def moved(date: PartialDate | None, days: datetime.timedelta | None) -> PartialDate | None:
    if date is None or date.day is None or days is None:
        return None
    return PartialDate.of(date.first_day + days)


def next_order(rows: models.QuerySet[Any]) -> int:
    """The place after the last one, for a row that was given none."""
    return (rows.aggregate(last=models.Max("order"))["last"] or 0) + 1
