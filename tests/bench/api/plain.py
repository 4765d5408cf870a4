"""The yardstick of the staff API: projects as the framework's tutorial shows them, without a query a row."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.urls import include, path
from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.routers import DefaultRouter
from rest_framework.viewsets import ModelViewSet

from contacts.models import City, Organisation, Person, Statement, User
from relations.models import Funding, Partnership, Project, ProjectPartner, ProjectPlace, Theme


class CitySerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="__str__")

    class Meta:
        model = City
        fields = ("id", "name")


class ThemeSerializer(CitySerializer):
    class Meta(CitySerializer.Meta):
        model = Theme


class TieSerializer(CitySerializer):
    class Meta(CitySerializer.Meta):
        model = Partnership


class OrganisationSerializer(CitySerializer):
    class Meta(CitySerializer.Meta):
        model = Organisation


class PersonSerializer(CitySerializer):
    class Meta(CitySerializer.Meta):
        model = Person


class UserSerializer(CitySerializer):
    class Meta(CitySerializer.Meta):
        model = User


class StatementSerializer(CitySerializer):
    class Meta(CitySerializer.Meta):
        model = Statement


class PartnerSerializer(serializers.ModelSerializer):
    organisation = OrganisationSerializer()

    class Meta:
        model = ProjectPartner
        fields = ("id", "organisation", "role")


class PlaceSerializer(serializers.ModelSerializer):
    city = CitySerializer()

    class Meta:
        model = ProjectPlace
        fields = ("id", "city", "venue", "since", "until")


class FundingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Funding
        fields = ("id", "programme", "amount", "currency", "reference")


class ProjectSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="__str__")
    cities = CitySerializer(many=True)
    partnerships = TieSerializer(many=True)
    partners = PartnerSerializer(source="project_partners", many=True)
    people = PersonSerializer(many=True)
    places = PlaceSerializer(many=True)
    themes = ThemeSerializer(many=True)
    funding = FundingSerializer(many=True)
    statements = StatementSerializer(many=True)
    responsible = UserSerializer()
    published_by = UserSerializer()
    sdgs = serializers.ListField()

    class Meta:
        model = Project
        fields = (
            *("id", "name", "created_at", "changed_at", "version"),
            *("title", "kind", "state", "summary", "cities", "partnerships", "partners", "people"),
            *("starts_on", "ends_on", "places", "themes", "sdgs", "funding", "statements", "responsible"),
            *("result", "published_at", "published_by", "withdrawn_at"),
        )


class NewProjectSerializer(serializers.ModelSerializer):
    class Meta:
        model = Project
        fields = ("title", "kind", "state", "summary", "starts_on", "cities", "themes")

    def to_representation(self, instance: Any) -> Any:
        return ProjectSerializer(instance, context=self.context).data


class Pages(PageNumberPagination):
    page_size = 50


class ProjectViewSet(ModelViewSet):
    pagination_class = Pages
    queryset = (
        Project.objects.select_related("responsible", "published_by")
        .prefetch_related(
            Prefetch("cities", City.objects.select_related("parent")),
            Prefetch("partnerships", Partnership.objects.select_related("home", "partner")),
            Prefetch("project_partners", ProjectPartner.objects.select_related("organisation__city")),
            Prefetch("places", ProjectPlace.objects.select_related("city__parent")),
            *("people", "themes", "funding", "statements"),
        )
        .order_by("sort", "pk")
    )

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return NewProjectSerializer if self.action == "create" else ProjectSerializer


router = DefaultRouter()
router.register("projects", ProjectViewSet)
urlpatterns = [path("", include(router.urls))]
