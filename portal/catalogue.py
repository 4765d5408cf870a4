"""The catalogue of open data (DCAT-AP 3, as JSON-LD): what there is to fetch, from whom, under which terms.

Portals of open data read it from here. Titles and descriptions are in German and in English.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.described import DescribedBy
from contacts.models import Office
from portal.files import OneFormat, address_of, file_address
from portal.linked import JsonLd, filled
from portal.views import Asked, PublicView

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
}
AUTHORITY = "http://publications.europa.eu/resource/authority"
LANGUAGES = {"de": "DEU", "en": "ENG"}
# International issues, in the European vocabulary of themes.
THEME = f"{AUTHORITY}/data-theme/INTR"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True)
class Dataset:
    name: str
    title: Promise
    about: Promise
    files: tuple[str, ...] = ()
    has_list: bool = True


DATASETS = (
    Dataset(
        "partnerships",
        _("Partnerships of the city"),
        _("Ties with other cities: kind, status, founding date, both cities with where they lie."),
        ("partnerships.geojson", "partnerships.csv"),
    ),
    Dataset(
        "anniversaries",
        _("Anniversaries of the partnerships"),
        _("Which anniversary is when, as exactly as the founding is known."),
        ("anniversaries.ics",),
    ),
    Dataset(
        "visits",
        pgettext_lazy("to the public", "Visits"),
        _("Visits to and from other cities, with their stops."),
        ("visits.ics",),
    ),
    Dataset("projects", _("Projects"), _("What cities do together.")),
    Dataset("cities", _("Cities"), _("Cities that partnerships, visits and projects name.")),
    Dataset("themes", _("Themes"), _("Themes of partnerships, visits and projects.")),
    Dataset("news", _("News"), _("The visits and projects published last."), ("news.rss",), has_list=False),
)
# By how an address ends: the kind of file in the European vocabulary, where it has one, and the media type.
FORMATS = {
    "geojson": ("GEOJSON", "application/geo+json"),
    "csv": ("CSV", "text/csv"),
    "ics": ("", "text/calendar"),
    "rss": ("RSS", "application/rss+xml"),
    "json": ("JSON", "application/json"),
}


class Catalogue(PublicView):
    """The catalogue of open data after DCAT-AP 3, for portals that collect such."""

    schema = DescribedBy("portal.schema.CatalogueSchema")
    renderer_classes = (JsonLd,)
    content_negotiation_class = OneFormat

    def parameters(self, action: str | None = None) -> set[str]:
        return set(Asked().fields)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        Asked(data=request.query_params.dict()).is_valid(raise_exception=True)

    def get(self, request: Request) -> Response:
        return Response({"@context": CONTEXT, **catalogue(Office.current())})


def catalogue(office: Office) -> dict[str, Any]:
    publisher = {"@id": file_address("catalog.jsonld") + "#publisher"}
    datasets = [dataset(each, publisher) for each in DATASETS]
    return filled(
        {
            "@id": file_address("catalog.jsonld"),
            "@type": "dcat:Catalog",
            "dct:title": texts(_("Open data of international work")),
            "dct:description": texts(_("Partnerships, projects and visits, as the office publishes them.")),
            "dct:publisher": {**publisher, "@type": "foaf:Agent", "foaf:name": office.title},
            "dct:language": [{"@id": f"{AUTHORITY}/language/{code}"} for code in LANGUAGES.values()],
            "dct:license": licence(),
            "dcat:themeTaxonomy": {"@id": f"{AUTHORITY}/data-theme"},
            "dcat:dataset": datasets,
            "dcat:service": service([each["@id"] for each in datasets]),
        }
    )


def dataset(each: Dataset, publisher: dict[str, Any]) -> dict[str, Any]:
    return {
        "@id": f"{file_address('catalog.jsonld')}#{each.name}",
        "@type": "dcat:Dataset",
        "dct:identifier": each.name,
        "dct:title": texts(each.title),
        "dct:description": texts(each.about),
        "dct:publisher": publisher,
        "dcat:theme": {"@id": THEME},
        "dcat:distribution": [distribution(address) for address in addresses_of(each)],
    }


def addresses_of(each: Dataset) -> Iterator[str]:
    if each.has_list:
        yield address_of(each.name)
    yield from map(file_address, each.files)


def distribution(address: str) -> dict[str, Any]:
    name = address.rstrip("/").rpartition("/")[2]
    ending = "json" if address.endswith("/") else name.rpartition(".")[2]
    kind, media_type = FORMATS[ending]
    return filled(
        {
            "@id": f"{file_address('catalog.jsonld')}#file-{name}",
            "@type": "dcat:Distribution",
            "dct:title": f"{name} ({ending.upper()})",
            "dcat:accessURL": {"@id": address},
            # A list comes in pages; a file is all there at once.
            "dcat:downloadURL": None if ending == "json" else {"@id": address},
            "dcat:mediaType": {"@id": MEDIA_TYPES + media_type},
            "dct:format": {"@id": f"{AUTHORITY}/file-type/{kind}"} if kind else None,
            "dct:license": licence(),
        }
    )


def service(served: list[str]) -> dict[str, Any]:
    return filled(
        {
            "@id": file_address("catalog.jsonld") + "#service",
            "@type": "dcat:DataService",
            "dct:title": texts(_("Public data by program")),
            "dcat:endpointURL": {"@id": address_of()},
            "dcat:endpointDescription": {"@id": address_of("schema")},
            "dcat:servesDataset": [{"@id": one} for one in served],
            "dct:license": licence(),
        }
    )


def texts(words: Promise) -> list[dict[str, str]]:
    """In each of our languages."""
    found = []
    for language in LANGUAGES:
        with translation.override(language):
            found.append({"@language": language, "@value": str(words)})
    return found


def licence() -> dict[str, str] | None:
    return {"@id": settings.PORTAL_LICENCE} if settings.PORTAL_LICENCE else None
