"""Files for maps, tables and readers of news: GeoJSON, CSV and RSS."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping
from html import escape
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.dates import PartialDate
from contacts.models import Office
from contacts.tables import tidy_text, write_csv
from delegations.models import Delegation
from portal.api import EventQuery, PartnershipViewSet, ProjectViewSet, VisitViewSet
from portal.files import AsItIs, File, Undated, address_of, file_address
from portal.serializers import PlacedPartnershipSerializer
from portal.views import Json, PublicViewSet
from relations.models import Partnership

# --- maps ---


class GeoJson(Json):
    media_type = "application/geo+json"
    format = "geojson"


class PointSerializer(serializers.Serializer):
    type = serializers.ChoiceField(choices=["Point"])
    coordinates = serializers.ListField(
        child=serializers.FloatField(), min_length=2, max_length=2, help_text="Longitude, then latitude."
    )


class FeatureSerializer(serializers.Serializer):
    type = serializers.ChoiceField(choices=["Feature"])
    id = serializers.IntegerField()
    geometry = PointSerializer(allow_null=True, help_text="Null where nobody has entered where the city is.")
    properties = PlacedPartnershipSerializer()


@extend_schema_serializer(many=False)
class FeatureCollectionSerializer(serializers.Serializer):
    type = serializers.ChoiceField(choices=["FeatureCollection"])
    features = FeatureSerializer(many=True)


class PartnershipMap(File, PartnershipViewSet):
    """Ties as a map (RFC 7946): each at the place of the partner city, with both cities in its properties."""

    renderer_classes = (GeoJson,)
    serializer_class = PlacedPartnershipSerializer
    about = "GeoJSON after RFC 7946."
    holds = FeatureCollectionSerializer

    def written(self, rows: list[Any]) -> dict[str, Any]:
        return {"type": "FeatureCollection", "features": [feature(facts) for facts in self.facts(rows)]}


def feature(facts: Mapping[str, Any]) -> dict[str, Any]:
    place = point(facts["partner"])
    geometry = {"type": "Point", "coordinates": place} if place else None
    return {"type": "Feature", "id": facts["id"], "geometry": geometry, "properties": facts}


def point(city: Mapping[str, Any]) -> list[float] | None:
    """Longitude first, as in all of these formats."""
    return None if city["latitude"] is None else [city["longitude"], city["latitude"]]


# --- tables ---

# What the German section of CEMR calls them in its data base. It has no word for a climate partnership.
RGRE_KINDS = {
    Partnership.Kind.PARTNERSHIP: "Partnerschaft",
    Partnership.Kind.FRIENDSHIP: "Freundschaft",
    Partnership.Kind.CONTACT: "Kontakt",
    Partnership.Kind.PROJECT: "Projektpartnerschaft",
}
BETWEEN = " | "

# Each column, and what it holds.
COLUMNS = {
    "id": "Our number of the tie; in the address of its page",
    "kind": "partnership, friendship, contact, project or climate",
    "rgre_kind": "The word of the RGRE's data base; empty where it has none",
    "rgre_code": "Number in the RGRE's data base",
    "wikidata_id": "Of the tie itself",
    "status": "proposed, active, dormant, suspended, ended or unknown, as of today",
    "founded": "1989-11-17, 1989-11 or 1989, as far as it is known",
    "founded_precision": "day, month or year: spreadsheets make a day of any month",
    "ended_on": "As founded",
    "home": "Our city, in the language asked for",
    "home_country": "ISO 3166, two letters",
    "home_wikidata_id": "Q and digits",
    "home_geonames_id": "Digits",
    "home_point": "POINT (longitude latitude) in WGS 84, the same in every language",
    "partner": "The partner city, in the language asked for",
    "partner_country": "ISO 3166, two letters",
    "partner_wikidata_id": "Q and digits",
    "partner_geonames_id": "Digits",
    "partner_point": "As home_point",
    "further_cities": "Other cities of the tie, with | between them",
    "further_wikidata_ids": "Theirs, in the same order",
    "partner_term": "What the partner city calls the tie",
    "motto": "Of the tie",
    "themes": "Their slugs, with | between them",
    "url": "Its page in this API",
}


class Csv(AsItIs):
    media_type = "text/csv"
    format = "csv"


class PartnershipTable(File, PartnershipViewSet):
    """Ties as a table, in the words of the RGRE's data base and with the ids of Wikidata and GeoNames.

    UTF-8 with a byte order mark, semicolons, texts quoted, an apostrophe before what a spreadsheet would run.
    """

    renderer_classes = (Csv,)
    serializer_class = PlacedPartnershipSerializer
    about = "CSV. Its columns: " + "; ".join(f"{name}: {held}" for name, held in COLUMNS.items()) + "."

    def written(self, rows: list[Any]) -> bytes:
        file = io.BytesIO()
        write_csv(file, [*COLUMNS], map(row_of, self.facts(rows)))
        return file.getvalue()


def row_of(facts: Mapping[str, Any]) -> list[Any]:
    further = facts["further_cities"]
    founded = facts["founded"]
    cells: dict[str, Any] = {
        "id": facts["id"],
        "kind": facts["kind"],
        "rgre_kind": RGRE_KINDS.get(facts["kind"], ""),
        "rgre_code": facts["rgre_code"],
        "wikidata_id": facts["wikidata_id"],
        "status": facts["status"],
        "founded": founded,
        "founded_precision": PartialDate.parse(founded).precision.value if founded else None,
        "ended_on": facts["ended_on"],
        **cells_of("home", facts["home"]),
        **cells_of("partner", facts["partner"]),
        "further_cities": BETWEEN.join(city["name"] for city in further),
        "further_wikidata_ids": BETWEEN.join(city["wikidata_id"] for city in further),
        "partner_term": facts["partner_term"],
        "motto": facts["motto"],
        "themes": BETWEEN.join(theme["slug"] for theme in facts["themes"]),
        "url": address_of("partnerships", facts["id"]),
    }
    return [cells[name] for name in COLUMNS]


def cells_of(side: str, city: Mapping[str, Any]) -> dict[str, Any]:
    place = point(city)
    return {
        side: city["name"],
        f"{side}_country": city["country"],
        f"{side}_wikidata_id": city["wikidata_id"],
        f"{side}_geonames_id": city["geonames_id"],
        f"{side}_point": f"POINT ({place[0]} {place[1]})" if place else "",
    }


# --- news ---

MOST_NEWS = 50


class Rss(AsItIs):
    media_type = "application/rss+xml"
    format = "rss"


class Channel(Rss201rev2Feed):
    def latest_post_date(self) -> Any:
        """The same bytes for the same news: a channel without any has no moment of its own."""
        published = (item["pubdate"] for item in self.items)
        return max(published, default=datetime.datetime.fromtimestamp(0, datetime.UTC))


class News(Undated):
    """The visits and projects published last, the newest first, fifty at most (RSS 2.0)."""

    renderer_classes = (Rss,)
    queryset = Delegation.objects.none()
    query_class = EventQuery
    about = "RSS 2.0. Descriptions are plain text."
    told: Mapping[str, type[PublicViewSet]] = {"visits": VisitViewSet, "projects": ProjectViewSet}

    def made(self, request: Request) -> Response:
        found = [(name, *pair) for name in self.told for pair in self.latest(name)]
        found.sort(key=lambda news: (news[1].published_at, news[0], news[1].pk), reverse=True)
        return Response(self.channel(found[:MOST_NEWS]).writeString("utf-8").encode())

    def latest(self, name: str) -> list[tuple[Any, Any]]:
        """The last rows of one kind, each with what its own list shows of it."""
        asked: Any = {"asked": self.asked, "today": self.today, "language": self.language}
        resource = self.told[name](request=self.request, format_kwarg=None, action="list", **asked)
        rows: QuerySet = resource.found().defer(None).order_by("-published_at", "-pk")
        latest = list(rows[:MOST_NEWS])
        return list(zip(latest, resource.get_serializer(latest, many=True).data, strict=True))

    def channel(self, news: list[tuple[str, Any, Any]]) -> Channel:
        words = {
            "visits": pgettext("to the public", "Visit"),
            "projects": pgettext("to the public", "Project"),
        }
        made = Channel(
            title=_("News: %(office)s") % {"office": Office.current().title},
            link=address_of(),
            description=_("Visits and projects of our international work"),
            language=translation.get_language(),
            feed_url=file_address("news.rss"),
        )
        for name, row, facts in news:
            made.add_item(
                title=tidy_text(facts["name"]),
                link=address_of(name, row.pk),
                # Readers take it for HTML.
                description=escape(tidy_text(facts["summary"] or facts.get("purpose", "")), quote=False),
                pubdate=row.published_at,
                unique_id=address_of(name, row.pk),
                unique_id_is_permalink=True,
                categories=[words[name], *(tidy_text(theme["name"]) for theme in facts["themes"])],
            )
        return made
