"""Addresses of the public API."""

from __future__ import annotations

from typing import Any

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from contacts.api.described import loaded_later
from portal import api
from portal.calendars import AnniversaryCalendar, VisitCalendar
from portal.catalogue import Catalogue
from portal.feeds import News, PartnershipMap, PartnershipTable
from portal.linked import LINKED
from portal.views import NothingHere

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


urlpatterns = [
    *addresses,
    path("schema/", loaded_later("portal.description.view"), name="public-schema"),
    re_path("", NothingHere.as_view()),
]
