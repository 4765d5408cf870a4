"""What a list gives away whole: one file with all the rows asked for, in a format that other programs read.

A file is made of what the list itself shows (`serializers.py`), so nothing stands in it that is not public.
It takes the parameters of its list but those for pages. Its address says its format; what a client would
accept changes nothing.
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import negotiation, renderers, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.described import DescribedBy
from portal import making
from portal.models import Look
from portal.views import PublicViewSet

# More rows are a mistake, or somebody who wants to keep us busy.
MOST = 10_000


def address_of(*path: Any) -> str:
    """In full, for whoever reads a file away from here: `address_of("visits", 5)`."""
    return "/".join([f"{settings.SITE_URL}/api/public/v1", *map(str, path), ""])


def file_address(name: str) -> str:
    return address_of(name).removesuffix("/")


def at_most(found: list[Any]) -> list[Any]:
    """All of them; never a part, which would look like the whole."""
    if len(found) > MOST:
        message = _("There are more than %(most)s rows. Narrow them down by a parameter.")
        raise serializers.ValidationError(message % {"most": MOST}, code="too_many")
    return found


@cache
def without_changes(query_class: type[Any]) -> type[Any]:
    """The same question, of all rows there are: a file is no mirror."""
    return type(f"{query_class.__name__}OfFile", (query_class,), {"changed_since": None})


class AsItIs(renderers.BaseRenderer):
    """Bytes that are written already."""

    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        return data


class OneFormat(negotiation.BaseContentNegotiation):
    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class File(PublicViewSet):
    """Mixed into a resource: all its rows at once. It says how they are written."""

    schema = DescribedBy("portal.schema.FileSchema")
    pagination_class: Any = None
    content_negotiation_class = OneFormat

    about = ""
    """What the description says of the answer."""
    holds: Any = OpenApiTypes.STR

    def asked_class(self, action: str | None) -> Any:
        return without_changes(self.query_class)

    def found(self) -> QuerySet:
        """With all columns: a file says more of a row than its list."""
        return super().found().defer(None)

    def parameters(self, action: str | None = "file") -> set[str]:
        return set(self.asked_class(action)().fields)

    def file(self, request: Request) -> Any:
        self.last_change = self.last_look()
        others = sorted(item for item in request.query_params.items() if item[0] != "lang")
        # With the date: while a state is remembered a look may find what was saved since.
        asked = repr((request.path, self.language, others, self.last_change))
        return making.for_all(asked, lambda: self.finalize_response(request, self.made(request)).render())

    def last_look(self) -> datetime.datetime | None:
        return Look.last().changed_at

    def made(self, request: Request) -> Response:
        rows = self.all_of(self.found().order_by("pk"))
        return Response(self.written(rows))

    def all_of(self, rows: QuerySet) -> list[Any]:
        return at_most(list(rows[: MOST + 1]))

    def facts(self, rows: Any) -> Any:
        """What the list would show of them."""
        return self.get_serializer(rows, many=True).data

    def written(self, rows: list[Any]) -> Any:
        raise NotImplementedError


class Undated(File):
    """One that also tells the office's name, and when each row was published. A look compares neither, so the
    file has a tag and no date."""

    def last_look(self) -> None:
        return None
