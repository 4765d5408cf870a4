"""`?fields=` leaves out of a row what is not asked for; `?expand=` shows a relation as its full row.

Both are for reading. What is left out costs no query. A row is expanded one level deep, and only along the
relations that its viewset lists, by the viewset of the other model: with its fields, its computed values and
its rights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, serializers
from rest_framework.request import Request

from contacts.api.fields import ExpandedField

PARAMETERS = ("fields", "expand")
READING = ("list", "retrieve")


class NotShown(exceptions.PermissionDenied):
    """What a relation leads to is of a kind that the user may not see."""

    def __init__(self, name: str) -> None:
        detail = _("You may see that there is “%(name)s”, but not all of it.") % {"name": name}
        super().__init__(detail)
        self.errors = [{"field": "expand", "code": "permission_denied", "detail": detail}]


@dataclass(frozen=True, slots=True)
class Selection:
    fields: tuple[str, ...] | None = None
    expanded: tuple[str, ...] = ()

    @classmethod
    def read(cls, request: Request) -> Selection:
        fields, expanded = (_names(request, name) for name in PARAMETERS)
        return cls(fields, expanded or ())

    def apply(self, serializer: Any, view: Any) -> None:
        """Narrow and widen a serializer of rows, before any of them is read."""
        known = serializer.fields
        if self.fields is not None:
            for name in self.fields:
                if name not in known:
                    raise _refusal("fields", _("There is no field “%(name)s”."), name)
            for name in set(known) - set(self.fields):
                del known[name]
        for name in self.expanded:
            if name not in view.expandable:
                allowed = ", ".join(view.expandable) or "–"
                message = _("“%(name)s” cannot be expanded. Choose among: %(allowed)s.")
                raise _refusal("expand", message, name, allowed=allowed)
            if name not in known:
                raise _refusal("expand", _("“%(name)s” is not among the fields asked for."), name)
            known[name] = _expanded(name, known[name], view)


def _names(request: Request, parameter: str) -> tuple[str, ...] | None:
    text = request.query_params.get(parameter, "")
    return tuple(dict.fromkeys(text.split(","))) if text else None


def _expanded(name: str, field: Any, view: Any) -> ExpandedField:
    many = isinstance(field, serializers.ManyRelatedField)
    model = view.queryset.model._meta.get_field(field.source).related_model
    viewset = view.shown_by[model](action="list", request=view.request, format_kwarg=None)
    viewset.selection = Selection()  # one level deep
    if not all(each.has_permission(view.request, viewset) for each in viewset.get_permissions()):
        raise NotShown(name)
    source = {} if field.source == name else {"source": field.source}
    return ExpandedField(viewset, many=many, **source)


def _refusal(parameter: str, message: str, name: str, **further: str) -> serializers.ValidationError:
    text = message % {"name": name, **further}
    return serializers.ValidationError({parameter: [serializers.ErrorDetail(text, code="unknown")]})


def parameters_described(view: Any, fields: list[str]) -> list[OpenApiParameter]:
    """The two parameters, for the description of the API."""
    texts = {
        "fields": "Only these fields, with commas between them.",
        "expand": "These relations as the full rows of their own resources, with commas between them.",
    }
    choices = {"fields": fields, "expand": list(view.expandable)}
    return [
        OpenApiParameter(
            name,
            {"type": "string", "pattern": _listed(choices[name])},
            description=f"{text} There are: {', '.join(choices[name])}.",
        )
        for name, text in texts.items()
        if choices[name]
    ]


def _listed(names: list[str]) -> str:
    one = f"({'|'.join(names)})"
    return f"^{one}(,{one})*$"
