from __future__ import annotations

from django.db import models
from rest_framework import serializers

from contacts.api.serializers import RECORD, CleanModelSerializer
from contacts.api.views import RecordViewSet, StaffViewSet
from contacts.models import City, CityDate, Place


class CitySerializer(CleanModelSerializer):
    class Meta:
        model = City
        fields = (
            *RECORD,
            *("name_de", "name_en", "name_local", "other_names", "kind", "country", "region", "parent"),
            *("latitude", "longitude", "population", "population_year", "timezone", "website"),
            *("wikidata_id", "geonames_id", "is_home", "documents", "notes"),
        )


class CityViewSet(RecordViewSet):
    queryset = City.objects.all()
    serializer_class = CitySerializer
    expandable = ("parent", "documents")
    filterset_fields = (
        *("kind", "country", "region", "parent", "is_home", "wikidata_id", "geonames_id", "documents"),
    )
    ordering = ("name",)
    ordering_fields = ("country", "population", "changed_at")


class CityDateSerializer(CleanModelSerializer):
    class Meta:
        model = CityDate
        fields = (*RECORD, "city", "kind", "on", "label")


class CityDateViewSet(RecordViewSet):
    queryset = CityDate.objects.all()
    serializer_class = CityDateSerializer
    expandable = ("city",)
    filterset_fields = ("city", "kind", "on")
    ordering = ("city__name", "on")
    ordering_fields = ("changed_at",)


class PlaceSerializer(CleanModelSerializer):
    # The gazetteer's own name of the place, not a label.
    name = serializers.CharField(read_only=True)

    class Meta:
        model = Place
        fields = (
            *("id", "name", "names", "country", "latitude", "longitude", "population", "timezone"),
            "geonames_id",
        )


class PlaceViewSet(StaffViewSet):
    """The gazetteer. A search gives those called exactly so first (`called`), then the largest.

    Data: GeoNames (geonames.org), CC BY 4.0.
    """

    queryset = Place.objects.all()
    serializer_class = PlaceSerializer
    filterset_fields = ("country", "geonames_id")
    ordering: tuple[str, ...] = ("-population", "name")
    ordering_fields = ("called",)

    def rows(self) -> models.QuerySet:
        # The description of the API asks without a request.
        text = self.request.query_params.get("search", "") if self.request else ""
        if text:
            # Without one none is called so, and no index could begin with what is the same everywhere.
            self.ordering = ("-called", *type(self).ordering)
        return Place.objects.with_called(text)
