"""The description of the public API. Loaded once somebody asks for it."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response

from portal.urls import ADDRESS, addresses
from portal.views import PublicView

WORDS = (
    "What the office has published: read only, without a sign-in, free to be called from any page. A "
    "date may be known to the day, the month or the year: 1989-11-17, 2004-07, 2004. A parameter that "
    "an address does not know is refused; every error is a problem after RFC 9457. Lists come in pages: "
    "follow next. Keep the ETag of an answer and send it as If-None-Match: what has not changed is "
    "answered by 304. Lists of what has rows of its own take changed_since, so that they can be mirrored "
    "with one call a day. People appear as holders of a public office only, with the post that they held "
    "then."
)


@cache
def description() -> dict[str, Any]:
    """Made once in each process: it takes a second, and anybody may ask for it."""
    with translation.override("en"):
        found = SchemaGenerator(patterns=addresses).get_schema(public=True)
    info = {"title": "Goldenbook, public data", "version": "1", "description": WORDS}
    return {**found, "info": info, "servers": [{"url": ADDRESS}]}


class DescriptionView(PublicView):
    schema = None

    def get(self, request: Request) -> Response:
        return Response(description())


view = DescriptionView.as_view()
