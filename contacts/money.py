"""Amounts of money, each in its own currency: nothing here converts one into another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.dates import reader_locale

validate_currency = RegexValidator(
    r"^[A-Z]{3}\Z", _("A currency has three capital letters, for example EUR."), code="currency"
)


def currency_field() -> Any:
    """The currency of the amounts beside it, by its three letters after ISO 4217."""
    return models.CharField(
        _("currency"), max_length=3, default="EUR", validators=[validate_currency], help_text=_("As in EUR.")
    )


def amount_field(label: Any, **options: Any) -> Any:
    """An amount with two decimals; empty where nobody knows it."""
    return models.DecimalField(label, max_digits=12, decimal_places=2, null=True, blank=True, **options)


def not_negative(field: str) -> models.CheckConstraint:
    """Refuse an amount below zero, at its field."""
    return models.CheckConstraint(
        name=f"%(app_label)s_%(class)s_{field}_not_negative",
        condition=models.Q(**{f"{field}__isnull": True}) | models.Q(**{f"{field}__gte": 0}),
        violation_error_message=_("An amount is not below zero. Correct it, or leave it empty."),
        violation_error_code=f"{field}:min",
    )


def display(amount: Decimal | None, currency: str) -> str:
    """In the reader's language: "4.200,00 EUR"; nothing where the amount is not known.

    With the letters of the currency, for several may stand in one list, and $ is the sign of many.
    """
    if amount is None:
        return ""
    return format_currency(amount, currency, format="#,##0.00\xa0¤¤", locale=reader_locale())
