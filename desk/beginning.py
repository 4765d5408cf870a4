"""What a new office enters first, in the order in which one thing needs the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from contacts.models import City, Person
from delegations.models import Delegation
from relations.models import Partnership


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    help: str
    url: str
    is_done: bool


def first_steps(user: Any) -> list[Step]:
    """The way to the first visit; nothing once there are a tie and a visit, or for those who only look."""
    if Partnership.objects.exists() and Delegation.objects.exists():
        return []
    steps: list[tuple[str, str, type[models.Model], Any]] = [
        (
            _("Our own city"),
            _("Picked from the gazetteer by its name, and marked as one of our own."),
            City,
            City.objects.home(),
        ),
        (
            _("A partner city"),
            _("By any of its names, also a former one."),
            City,
            City.objects.filter(is_home=False),
        ),
        (
            _("The tie between the two"),
            _("With its founding date as far as it is known: from then on anniversaries are reminded of."),
            Partnership,
            Partnership.objects.all(),
        ),
        (
            _("A person and their post"),
            _("The mayor there, say; the post stays when somebody else takes over."),
            Person,
            Person.objects.all(),
        ),
        (_("A visit"), _("With stops, guests and programme."), Delegation, Delegation.objects.all()),
    ]
    return [
        Step(
            label,
            help_text,
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add"),
            rows.exists(),
        )
        for label, help_text, model, rows in steps
        if user.has_perm(f"{model._meta.app_label}.add_{model._meta.model_name}")
    ]
