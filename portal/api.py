"""The public resources: which rows each has, what is shown of them, and what they can be asked for by."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.fields import CountryCodeField
from contacts.dates import PartialDate
from contacts.models import City
from delegations.models import Delegation
from portal import published
from portal.mirrored import AskedOfMirrored, MirroredViewSet
from portal.models import Look
from portal.serializers import (
    AnniversarySerializer,
    CitySerializer,
    Code,
    PartnershipDetailSerializer,
    PartnershipSerializer,
    ProjectSerializer,
    ThemeSerializer,
    VisitDetailSerializer,
    VisitSerializer,
)
from portal.views import PublicViewSet
from relations.anniversaries import Occurrence
from relations.models import Partnership, Project, Theme
from relations.models.partnerships import Status

THEME = "The slug of a theme."
COUNTRY = "Two letters of ISO 3166."


def in_year(year: int) -> Q:
    """What may have gone on in that year; where no end is known, in the year of its beginning alone."""
    first, last = PartialDate(year, 1, 1), PartialDate(year, 12, 31)
    spans = Q(starts_on__on_or_before=last, ends_on__on_or_after=first)
    begins = Q(starts_on__within=PartialDate(year), ends_on__isnull=True)
    return spans | begins


# --- cities and themes ---


class CityQuery(AskedOfMirrored):
    country = CountryCodeField(required=False, help_text=COUNTRY)
    kind = Code(City.Kind, required=False)


class CityViewSet(MirroredViewSet):
    """Cities that something published names."""

    resource = "cities"
    queryset = City.objects.none()
    serializer_class = CitySerializer
    query_class = CityQuery
    search_paths = ("search",)
    ordering = ("name",)

    def rows(self) -> QuerySet:
        return published.cities()

    def narrowed(self, rows: QuerySet, **asked: Any) -> QuerySet:
        return rows.filter(**asked)


class ThemeViewSet(MirroredViewSet):
    """Themes that something published is about."""

    resource = "themes"
    queryset = Theme.objects.none()
    serializer_class = ThemeSerializer
    search_paths = ("search",)
    ordering = ("name",)

    def rows(self) -> QuerySet:
        return published.themes()


# --- ties ---


class PartnershipQuery(AskedOfMirrored):
    country = CountryCodeField(required=False, help_text=f"Of the partner city: {COUNTRY}")
    kind = Code(Partnership.Kind, required=False)
    status = Code(Status, required=False)
    theme = serializers.SlugField(required=False, max_length=60, help_text=THEME)
    year = serializers.IntegerField(required=False, min_value=1, max_value=9999, help_text="Founded in it.")


class PartnershipViewSet(MirroredViewSet):
    """Ties between cities."""

    resource = "partnerships"
    queryset = Partnership.objects.none()
    serializer_class = PartnershipSerializer
    detail_class = PartnershipDetailSerializer
    query_class = PartnershipQuery
    search_paths = ("home__search", "partner__search", "further_cities__search")

    def rows(self) -> QuerySet:
        return published.partnerships(self.today)

    def detailed(self, rows: QuerySet) -> QuerySet:
        return published.with_agreements(rows)

    def narrowed(self, rows: QuerySet, *, year: int | None = None, **asked: Any) -> QuerySet:
        founded = {"founded__within": PartialDate(year)} if year else {}
        return narrowed_ties(rows, **asked).filter(**founded)


def narrowed_ties(
    rows: Any, *, country: str = "", kind: str = "", status: str = "", theme: str = ""
) -> QuerySet:
    if country:
        rows = rows.with_country(country)
    if kind:
        rows = rows.filter(kind=kind)
    if status:
        rows = rows.filter(status_then=status)
    return rows.filter(themes__slug=theme) if theme else rows


class AnniversaryQuery(PartnershipQuery):
    year = serializers.IntegerField(
        required=False, min_value=1, max_value=9999, help_text="In which they are. Without it: this year."
    )
    # They have no rows of their own: a mirror reckons them from the ties.
    changed_since = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Anniversary:
    tie: Partnership
    occurrence: Occurrence

    @property
    def id(self) -> str:
        return f"{self.tie.pk}-{self.occurrence.years}"


class AnniversaryViewSet(PublicViewSet):
    """The anniversaries of ties in one year, from January to December.

    One whose month is not known comes first, one whose day is not known at the beginning of its month.
    """

    queryset = Partnership.objects.none()
    serializer_class = AnniversarySerializer
    query_class = AnniversaryQuery
    search_paths = ("home__search", "partner__search", "further_cities__search")
    # A tie has one anniversary a year, so this is the order of their days.
    ordering = ("founded_month_day",)
    lookup_value_converter = "str"

    year = 0

    def rows(self) -> QuerySet:
        return published.celebrated(self.today).filter(founded__lt=PartialDate(self.year))

    def narrowed(self, rows: QuerySet, **asked: Any) -> QuerySet:
        return narrowed_ties(rows, **asked)

    def list(self, request: Request) -> Response:
        self.year = self.asked.pop("year", self.today.year)
        return super().list(request)

    def retrieve(self, request: Request, pk: str) -> Response:
        found = re.fullmatch(r"([0-9]{1,18})-([1-9][0-9]{0,3})", pk)
        if found is None:
            raise exceptions.NotFound
        self.last_change = Look.last().changed_at
        tie = published.celebrated(self.today).filter(pk=int(found[1])).first()
        self.year = tie.founded.year + int(found[2]) if tie and tie.founded else 0
        if tie is None or self.year > 9999:
            raise exceptions.NotFound
        return Response(self.get_serializer(self.shown([tie])[0]).data)

    def modified_at(self) -> datetime.datetime | None:
        """Without a year asked for they are others from New Year on, though nothing was saved."""
        found = super().modified_at()
        new_year = timezone.make_aware(datetime.datetime(self.today.year, 1, 1))
        return found and max(found, new_year)

    def shown(self, rows: Any) -> Any:
        return [Anniversary(tie, Occurrence(tie.founded, self.year - tie.founded.year)) for tie in rows]


# --- projects and visits ---


class EventQuery(AskedOfMirrored):
    """Of what goes on for a while, in some cities."""

    country = CountryCodeField(required=False, help_text=f"Of one of its cities: {COUNTRY}")
    theme = serializers.SlugField(required=False, max_length=60, help_text=THEME)
    year = serializers.IntegerField(
        required=False, min_value=1, max_value=9999, help_text="In which it goes on."
    )


class ProjectQuery(EventQuery):
    kind = Code(Project.Kind, required=False)


class ProjectViewSet(MirroredViewSet):
    """What cities do together."""

    resource = "projects"
    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    query_class = ProjectQuery
    search_paths = ("search", "cities__search")

    def rows(self) -> QuerySet:
        return published.projects()

    def narrowed(self, rows: QuerySet, **asked: Any) -> QuerySet:
        return narrowed_events(rows, cities="cities", **asked)


class VisitQuery(EventQuery):
    country = CountryCodeField(required=False, help_text=f"Of one of its stops: {COUNTRY}")
    kind = Code(Delegation.Kind, required=False)


class VisitViewSet(MirroredViewSet):
    """Visits, the latest first; those without a date last."""

    resource = "visits"
    queryset = Delegation.objects.none()
    serializer_class = VisitSerializer
    detail_class = VisitDetailSerializer
    query_class = VisitQuery
    search_paths = ("search", "stops__city__search")
    ordering = ("-starts_on",)

    def rows(self) -> QuerySet:
        return published.visits()

    def detailed(self, rows: QuerySet) -> QuerySet:
        return published.with_programme(rows)

    def narrowed(self, rows: QuerySet, **asked: Any) -> QuerySet:
        return narrowed_events(rows, cities="stops__city", **asked)


def narrowed_events(
    rows: Any, *, cities: str, country: str = "", kind: str = "", theme: str = "", year: int | None = None
) -> QuerySet:
    if country:
        # A plain join would give a row once for each of its cities.
        there = rows.model._base_manager.filter(**{f"{cities}__country": country})
        rows = rows.filter(pk__in=there.values("pk"))
    if kind:
        rows = rows.filter(kind=kind)
    if theme:
        rows = rows.filter(themes__slug=theme)
    return rows.filter(in_year(year)) if year else rows
