"""Pages by cursor: a page begins after a row, so rows that come or go meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.exceptions import ValidationError as ModelValidationError
from django.db.models import F, Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from contacts.names import ordering_path


@dataclass(frozen=True, slots=True)
class Key:
    """One column that rows are ordered by. What is not known comes last, in either direction."""

    term: str
    path: str
    descending: bool
    is_always_known: bool = False

    @classmethod
    def of(cls, term: str, *, model: type[Model]) -> Key:
        path = ordering_path(model, term.removeprefix("-"))
        return cls(term, path, term.startswith("-"), _is_always_known(model, path))

    def order(self, *, backward: bool) -> Any:
        column = F(self.path)
        nulls = {} if self.is_always_known else {"nulls_first" if backward else "nulls_last": True}
        return column.desc(**nulls) if self.descending != backward else column.asc(**nulls)

    def equals(self, value: Any) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def beyond(self, value: Any, *, backward: bool) -> Q | None:
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if backward else None
        further = Q(**{f"{self.path}__{'lt' if self.descending != backward else 'gt'}": value})
        return further if backward or self.is_always_known else further | Q(**{f"{self.path}__isnull": True})

    def from_on(self, value: Any, *, backward: bool) -> Q:
        """Where an index can begin, as it cannot by `beyond`: no rows before the value, nor unknown ones."""
        if value is None:
            return self.equals(None)
        return Q(**{f"{self.path}__{'lte' if self.descending != backward else 'gte'}": value})

    def value(self, row: Model) -> Any:
        found: Any = row
        for step in self.path.split("__"):
            found = getattr(found, step, None)
        return found if found is None or isinstance(found, int | str) else str(found)


def _is_always_known(model: Any, path: str) -> bool:
    """A computed column has no field to ask."""
    if path == "pk":
        return True
    for step in path.split("__"):
        try:
            field = model._meta.get_field(step)
        except FieldDoesNotExist:
            return False
        if field.null or getattr(field, "generated", False):
            return False
        model = field.related_model
    return True


@dataclass(frozen=True, slots=True)
class Cursor:
    order: list[str]
    backward: bool
    values: list[Any]

    def __str__(self) -> str:
        text = json.dumps([self.order, self.backward, self.values], ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, *, order: list[str]) -> Cursor:
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            found, backward, values = json.loads(base64.urlsafe_b64decode(padded))
            told = json.dumps(values, ensure_ascii=False)
            told.encode()
            if "\\u0000" in told:
                # A database takes it as little as half a letter, which has just been refused.
                raise ValueError
        except (ValueError, TypeError, binascii.Error, RecursionError):
            raise _wrong("cursor", _("This is no cursor of ours. Follow next and previous.")) from None
        if found != order or not isinstance(values, list) or len(values) != len(order):
            raise _wrong("cursor", _("This cursor belongs to another order. Begin without it."))
        return cls(order, bool(backward), values)

    def rows_of(self, queryset: QuerySet, keys: list[Key]) -> QuerySet:
        """The rows beyond, as far as their first column is known where it is here, or unknown."""
        beyond, same = Q(), Q()
        for key, value in zip(keys, self.values, strict=True):
            further = key.beyond(value, backward=self.backward)
            if further is not None:
                beyond |= same & further
            same &= key.equals(value)
        begin = keys[0].from_on(self.values[0], backward=self.backward)
        try:
            return queryset.filter(begin, beyond)
        except (ValueError, TypeError, OverflowError, ModelValidationError):
            raise _wrong("cursor", _("This is no cursor of ours. Follow next and previous.")) from None

    def rest_of(self, queryset: QuerySet, keys: list[Key]) -> QuerySet | None:
        """Those that follow after all of these: where it is not known, or on the way back where it is."""
        first, value = keys[0], self.values[0]
        if first.is_always_known or (value is None) != self.backward:
            return None
        return queryset.filter(**{f"{first.path}__isnull": not self.backward})


class CursorPages(BasePagination):
    page_size = 50
    largest_page = 500
    parameters: tuple[str, ...] = ("cursor", "page_size", "count", "ordering")

    def in_order(self, queryset: QuerySet, request: Request, view: Any) -> QuerySet:
        """All rows, as the pages show them one after the other."""
        self.request, self.view = request, view
        keys = [Key.of(term, model=queryset.model) for term in (*self._ordering(), "pk")]
        return queryset.order_by(*(key.order(backward=False) for key in keys))

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.view = request, view
        size, order = self._size(), [*self._ordering(), "pk"]
        self.keys = [Key.of(term, model=queryset.model) for term in order]
        text = request.query_params.get("cursor")
        self.cursor = Cursor.read(text, order=order) if text else None
        self.count = queryset.count() if self._wants_count() else None

        backward = self.cursor is not None and self.cursor.backward
        rows = queryset.order_by(*(key.order(backward=backward) for key in self.keys))
        if self.cursor:
            rows = self._beyond(rows, self.cursor, most=size + 1)
        found = list(rows[: size + 1])
        self.has_more, page = len(found) > size, found[:size]
        self.page = page[::-1] if backward else page
        return self.page

    def _beyond(self, rows: QuerySet, cursor: Cursor, *, most: int) -> QuerySet:
        """In one statement, though no index can begin both at a value and at what is not known."""
        near, far = cursor.rows_of(rows, self.keys), cursor.rest_of(rows, self.keys)
        if far is None:
            return near
        parts = [Q(pk__among=part.values("pk")[:most]) for part in (near, far)]
        return rows.filter(parts[0] | parts[1])

    def get_paginated_response(self, data: Any) -> Response:
        counted = {} if self.count is None else {"count": self.count}
        return Response({**counted, "next": self._next(), "previous": self._previous(), "results": data})

    def _next(self) -> str | None:
        goes_on = self.has_more if not (self.cursor and self.cursor.backward) else True
        return self._link(self.page[-1], backward=False) if goes_on and self.page else None

    def _previous(self) -> str | None:
        came_from = self.has_more if self.cursor and self.cursor.backward else self.cursor is not None
        return self._link(self.page[0], backward=True) if came_from and self.page else None

    def _link(self, row: Model, *, backward: bool) -> str:
        cursor = Cursor([key.term for key in self.keys], backward, [key.value(row) for key in self.keys])
        return replace_query_param(self.request.build_absolute_uri(), "cursor", str(cursor))

    def _size(self) -> int:
        text = self.request.query_params.get("page_size", "")
        if not text:
            return self.page_size
        if not re.fullmatch("[1-9][0-9]{0,8}", text) or int(text) > self.largest_page:
            message = _("Give a number from 1 to %(largest)s.") % {"largest": self.largest_page}
            raise _wrong("page_size", message)
        return int(text)

    def _wants_count(self) -> bool:
        text = self.request.query_params.get("count", "false")
        if text not in ("true", "false"):
            raise _wrong("count", _("Write true or false."))
        return text == "true"

    def _ordering(self) -> list[str]:
        text = self.request.query_params.get("ordering", "")
        if not text and self.request.query_params.get("changed_since"):
            # Who is told of changes goes on after the last one.
            return ["changed_at"]
        if not text:
            return list(self.view.ordering)
        terms = text.split(",")
        allowed = self.view.ordering_names()
        if len({term.removeprefix("-") for term in terms}) < len(terms):
            raise _wrong("ordering", _("Name each column once."))
        for term in terms:
            if term.removeprefix("-") not in allowed:
                message = _("Rows cannot be ordered by “%(term)s”. Choose among: %(allowed)s.")
                raise _wrong("ordering", message % {"term": term, "allowed": ", ".join(allowed)})
        return terms

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "description": "Only where asked for: ?count=true"},
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = view.ordering_names()
        term = f"-?({'|'.join(names)})"
        schemas = {
            "cursor": {"type": "string", "description": "As in the links next and previous."},
            "page_size": {
                "type": "integer",
                "minimum": 1,
                "maximum": self.largest_page,
                "default": self.page_size,
            },
            "count": {"type": "boolean", "default": False},
            # Not a list: what generators make of one sends the parameter several times.
            "ordering": {
                "type": "string",
                "pattern": f"^{term}(,{term})*$",
                "description": f"With commas between them, with - the other way round: {', '.join(names)}.",
            },
        }
        return [
            {"name": name, "in": "query", "required": False, "schema": schema}
            for name, schema in schemas.items()
        ]


def _wrong(parameter: str, message: str) -> serializers.ValidationError:
    return serializers.ValidationError({parameter: [serializers.ErrorDetail(message, code="invalid")]})
