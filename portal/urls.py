"""Addresses of the public API, and the description of it all."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.urls import include, path, re_path
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from portal import api
from portal.calendars import AnniversaryCalendar, VisitCalendar
from portal.catalogue import Catalogue
from portal.feeds import News, PartnershipMap, PartnershipTable
from portal.linked import LINKED
from portal.views import NothingHere, PublicView

ADDRESS = "/api/public/v1"
RESOURCES: dict[str, Any] = {
    "cities": api.CityViewSet,
    "partnerships": api.PartnershipViewSet,
    "projects": api.ProjectViewSet,
    "visits": api.VisitViewSet,
    "anniversaries": api.AnniversaryViewSet,
    "themes": api.ThemeViewSet,
}
FILES: dict[str, Any] = {
    "partnerships.geojson": PartnershipMap,
    "partnerships.csv": PartnershipTable,
    "anniversaries.ics": AnniversaryCalendar,
    "visits.ics": VisitCalendar,
    "news.rss": News,
}
WORDS = (
    "What the office has published: read only, without a sign-in, free to be called from any page. A "
    "date may be known to the day, the month or the year: 1989-11-17, 2004-07, 2004. A parameter that "
    "an address does not know is refused; every error is a problem after RFC 9457. Lists come in pages: "
    "follow next. Keep the ETag of an answer and send it as If-None-Match: what has not changed is "
    "answered by 304. Lists of what has rows of its own take changed_since, so that they can be mirrored "
    "with one call a day. People appear as holders of a public office only, with the post that they held "
    "then."
)

router = SimpleRouter(use_regex_path=False)
for name, viewset in RESOURCES.items():
    router.register(name, viewset, basename=f"public-{name}")

addresses = [
    path("", include(router.urls)),
    *(path(name, view.as_view({"get": "file"}), name=f"public-{name}") for name, view in FILES.items()),
    *(
        path(
            f"{view.of}/<{view.lookup_value_converter}:pk>.jsonld",
            view.as_view({"get": "retrieve"}),
            name=f"public-{view.of}-linked",
        )
        for view in LINKED
    ),
    path("catalog.jsonld", Catalogue.as_view(), name="public-catalogue"),
]


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


urlpatterns = [
    *addresses,
    path("schema/", DescriptionView.as_view(), name="public-schema"),
    re_path("", NothingHere.as_view()),
]
