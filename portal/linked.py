"""Each public thing as linked data: JSON-LD in the words of schema.org.

Made of what its page shows, and of nothing else. The context stands within, so that nobody has to fetch it.
What is not known is left out; a date known to the month or year stays one ("1989-11", "1989"), as ISO 8601
has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.described import DescribedBy
from portal import api
from portal.files import OneFormat, address_of
from portal.views import Json, PublicViewSet
from reminders.phrases import years_of

Facts = Mapping[str, Any]

SCHEMA = "https://schema.org/"
CONTEXT = {
    "@vocab": SCHEMA,
    "sameAs": {"@type": "@id"},
    "url": {"@type": "@id"},
    "eventStatus": {"@type": "@vocab"},
    "eventAttendanceMode": {"@type": "@vocab"},
}
WIKIDATA = "http://www.wikidata.org/entity/"
GEONAMES = "https://sws.geonames.org/"


class JsonLd(Json):
    media_type = "application/ld+json"
    format = "jsonld"


class Linked(PublicViewSet):
    """Mixed into a resource: one of its things as linked data."""

    schema = DescribedBy("portal.schema.LinkedSchema")
    renderer_classes = (JsonLd,)
    content_negotiation_class = OneFormat
    detail_format = "jsonld"
    of: ClassVar[str]
    """The name of the resource."""

    def described(self, facts: Facts) -> Facts:
        raise NotImplementedError

    def retrieve(self, request: Request, pk: Any) -> Response:
        facts: Facts = super().retrieve(request, pk).data
        thing = {"@id": address_of(self.of, facts["id"]), **self.described(facts)}
        return Response({"@context": CONTEXT, **filled(thing)})


def filled(found: Facts) -> dict[str, Any]:
    return {word: value for word, value in found.items() if value not in (None, "", [], {})}


def named(name: str, kind: str, facts: Facts | None) -> dict[str, Any] | None:
    """A thing that another one names."""
    if facts is None:
        return None
    return {"@id": address_of(name, facts["id"]), "@type": kind, "name": facts["name"]}


def all_named(name: str, kind: str, many: Iterable[Facts]) -> list[Any]:
    return [named(name, kind, facts) for facts in many]


# --- cities and themes ---


def city(facts: Facts) -> Facts:
    known = facts["latitude"] is not None
    others = [*facts["names"].values(), facts["name_local"], *facts["other_names"]]
    population = {
        "@type": "PropertyValue",
        "name": "population",
        "value": facts["population"],
        "valueReference": facts["population_year"],
    }
    return {
        "@type": "City" if facts["kind"] == "city" else "AdministrativeArea",
        "name": facts["name"],
        "alternateName": sorted({name for name in others if name} - {facts["name"]}),
        "address": filled(
            {
                "@type": "PostalAddress",
                "addressCountry": facts["country"],
                "addressRegion": facts["region"],
            }
        ),
        "geo": {
            "@type": "GeoCoordinates",
            "latitude": facts["latitude"],
            "longitude": facts["longitude"],
        }
        if known
        else None,
        "containedInPlace": named("cities", "Place", facts["parent"]),
        "url": facts["website"],
        "sameAs": [
            *([WIKIDATA + facts["wikidata_id"]] if facts["wikidata_id"] else []),
            *([f"{GEONAMES}{facts['geonames_id']}/"] if facts["geonames_id"] else []),
        ],
        "additionalProperty": filled(population) if facts["population"] is not None else None,
    }


def theme(facts: Facts) -> Facts:
    return {
        "@type": "DefinedTerm",
        "name": facts["name"],
        "alternateName": sorted({*facts["names"].values()} - {facts["name"]}),
        "termCode": facts["slug"],
    }


def terms(facts: Facts) -> list[Any]:
    return all_named("themes", "DefinedTerm", facts["themes"])


# --- ties ---


def partnership(facts: Facts) -> Facts:
    """An organisation that two cities have founded: nothing in schema.org is nearer to it."""
    code = {"@type": "PropertyValue", "propertyID": "RGRE", "value": facts["rgre_code"]}
    cities = [facts["home"], facts["partner"], *facts["further_cities"]]
    return {
        "@type": "Organization",
        "name": facts["name"],
        "description": facts["story"],
        "slogan": facts["motto"],
        "foundingDate": facts["founded"],
        "dissolutionDate": facts["ended_on"],
        "areaServed": all_named("cities", "Place", cities),
        "knowsAbout": terms(facts),
        "identifier": code if facts["rgre_code"] else None,
        "sameAs": WIKIDATA + facts["wikidata_id"] if facts["wikidata_id"] else None,
        "subjectOf": [agreement(each) for each in facts["agreements"]],
    }


def agreement(facts: Facts) -> Facts:
    place = {"@type": "Place", "name": facts["place"]}
    return filled(
        {
            "@type": "CreativeWork",
            "name": facts["title"],
            "dateCreated": facts["signed_on"],
            "locationCreated": place if facts["place"] else None,
            "contributor": [person(each) for each in facts["signatures"]],
        }
    )


def person(facts: Facts) -> Facts:
    """A holder of a public office, with the post of then."""
    organisation = {"@type": "Organization", "name": facts["organisation"]}
    return filled(
        {
            "@type": "Person",
            "name": facts["name"],
            "jobTitle": facts["post"],
            "affiliation": organisation if facts["organisation"] else None,
        }
    )


def anniversary(facts: Facts) -> Facts:
    return {
        "@type": "Event",
        "name": years_of(facts["partnership"]["name"], facts["years"]),
        "startDate": facts["on"],
        "about": named("partnerships", "Organization", facts["partnership"]),
    }


# --- projects and visits ---


def project(facts: Facts) -> Facts:
    return {
        "@type": "Project",
        "name": facts["name"],
        "description": facts["summary"],
        "foundingDate": facts["starts_on"],
        "dissolutionDate": facts["ends_on"],
        "areaServed": all_named("cities", "Place", facts["cities"]),
        "parentOrganization": all_named("partnerships", "Organization", facts["partnerships"]),
        "knowsAbout": terms(facts),
    }


STATUS = {"cancelled": "EventCancelled", "postponed": "EventPostponed"}


def visit(facts: Facts) -> Facts:
    tie = named("partnerships", "Organization", facts["partnership"])
    is_online = facts["direction"] == "online"
    return {
        "@type": "Event",
        "name": facts["name"],
        "description": facts["summary"] or facts["purpose"],
        "startDate": facts["starts_on"],
        "endDate": facts["ends_on"],
        "eventStatus": STATUS.get(facts["state"], "EventScheduled"),
        "eventAttendanceMode": "OnlineEventAttendanceMode" if is_online else "OfflineEventAttendanceMode",
        "location": all_named("cities", "Place", [stop["city"] for stop in facts["stops"]]),
        "about": [*([tie] if tie else []), *terms(facts)],
        "attendee": [person(each) for each in facts["participants"]],
        "subEvent": [item(each) for each in facts["programme"]],
        "subjectOf": [document(each) for each in facts["documents"]],
    }


def item(facts: Facts) -> Facts:
    place = {"@type": "Place", "name": facts["place"]} if facts["place"] else None
    return filled(
        {
            "@type": "Event",
            "name": facts["title"],
            "startDate": moment(facts["on"], facts["starts_at"]),
            "endDate": moment(facts["on"], facts["ends_at"]) if facts["ends_at"] else None,
            "eventStatus": STATUS.get(facts["state"], "EventScheduled"),
            "location": [one for one in (place, named("cities", "Place", facts["city"])) if one],
        }
    )


def moment(day: str | None, time: str | None) -> str | None:
    """A time of the city's own clock, where the day is known as well."""
    return f"{day}T{time}" if day and len(day) == len("1989-11-17") and time else day


def document(facts: Facts) -> Facts:
    return filled(
        {
            "@type": "CreativeWork",
            "name": facts["title"],
            "url": facts["url"],
            "datePublished": facts["published_on"],
            "inLanguage": facts["language"],
            "license": facts["licence"],
            "creditText": facts["credit"],
        }
    )


# --- their addresses ---


class LinkedCity(Linked, api.CityViewSet):
    of = "cities"
    described = staticmethod(city)


class LinkedPartnership(Linked, api.PartnershipViewSet):
    of = "partnerships"
    described = staticmethod(partnership)


class LinkedProject(Linked, api.ProjectViewSet):
    of = "projects"
    described = staticmethod(project)


class LinkedVisit(Linked, api.VisitViewSet):
    of = "visits"
    described = staticmethod(visit)


class LinkedAnniversary(Linked, api.AnniversaryViewSet):
    of = "anniversaries"
    described = staticmethod(anniversary)


class LinkedTheme(Linked, api.ThemeViewSet):
    of = "themes"
    described = staticmethod(theme)


LINKED = (LinkedCity, LinkedPartnership, LinkedProject, LinkedVisit, LinkedAnniversary, LinkedTheme)
