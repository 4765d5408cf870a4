"""What a public answer says, in the words that the staff's own pages use: field by field, nothing added."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.formats import time_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from contacts.api.fields import PartialDateField
from contacts.dates import PartialDate
from contacts.fields import language_names
from contacts.models import Document
from delegations.models import Delegation, Participant, ProgrammeItem, Stop
from portal import serializers as shown
from relations.models import Agreement, Partnership, Project

# Where the words for the fields are from.
MODELS: dict[type[serializers.Serializer], Any] = {
    shown.PartnershipDetailSerializer: Partnership,
    shown.AgreementSerializer: Agreement,
    shown.ProjectSerializer: Project,
    shown.VisitDetailSerializer: Delegation,
    shown.StopSerializer: Stop,
    shown.Present: Participant,
    shown.ProgrammeItemSerializer: ProgrammeItem,
    shown.DocumentSerializer: Document,
}
WORDS = {
    "name": _("name"),
    "status": _("status"),
    "agreements": _("agreements"),
    "signatures": _("signatures"),
    "stops": _("stops"),
    "participants": _("participants"),
    "programme": _("programme"),
    "post": _("post"),
    "organisation": _("organisation"),
    "city": _("city"),
}
# Numbers for programs; people know the thing by its name.
UNTOLD = ("id",)


@dataclass(frozen=True)
class Line:
    """A field with its value, with several, or with parts that have fields of their own."""

    label: str
    text: str = ""
    parts: list[Lines] = field(default_factory=list)


class Lines(list[Line]):
    @property
    def filled(self) -> list[Line]:
        return [line for line in self if line.text or line.parts]

    @property
    def empty(self) -> list[str]:
        return [line.label for line in self if not (line.text or line.parts)]


def lines(serializer: Any, facts: Mapping[str, Any]) -> Lines:
    model = MODELS.get(type(serializer))
    return Lines(
        line_of(name, of, facts[name], _column(model, name, of))
        for name, of in serializer.fields.items()
        if name not in UNTOLD
    )


def line_of(name: str, of: serializers.Field, value: Any, column: Any) -> Line:
    label = capfirst(str(getattr(column, "verbose_name", None) or WORDS.get(name, name)))
    if isinstance(of, serializers.ListSerializer) and not isinstance(of.child, NAMED):
        return Line(label, parts=[lines(of.child, part) for part in value])
    return Line(label, text=_text(of, value, column))


NAMED = (shown.Reference, shown.ThemeReference)


def _column(model: Any, name: str, of: serializers.Field) -> Any:
    """The column behind it, where there is one by its name or by what it is shown from."""
    for known in (name, str(of.source).partition(".")[0]):
        try:
            return model._meta.get_field(known) if model else None
        except FieldDoesNotExist:
            continue
    return None


def _text(of: serializers.Field, value: Any, column: Any) -> str:
    if value is None or value in ("", []):
        return ""
    match of:
        case serializers.ListSerializer():
            return ", ".join(one["name"] for one in value)
        case serializers.ListField():
            return ", ".join(map(str, value))
        case shown.Reference():
            return str(value["name"])
        case PartialDateField():
            return PartialDate.parse(value).display()
        case serializers.TimeField():
            return time_format(datetime.time.fromisoformat(value), "TIME_FORMAT")
        case shown.Code():
            return str(of.labels[value])
        case serializers.ChoiceField():
            return str(dict(column.flatchoices)[value])
    return str(language_names().get(value, value)) if of.field_name == "language" else str(value)
