"""The API of what ties us."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import models
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contacts.api.fields import PartialDateField, RelationField
from contacts.api.filters import StaffFilterSet
from contacts.api.serializers import PUBLISHED, RECORD, CleanModelSerializer, RowSerializer, StrictSerializer
from contacts.api.views import PublishableViewSet, RecordViewSet, verb
from contacts.models import City, Document
from relations.models import (
    Agreement,
    CouncilDecision,
    Funding,
    Interaction,
    Occasion,
    Partnership,
    PartnershipEvent,
    Project,
    ProjectPartner,
    ProjectPlace,
    Signature,
    Theme,
)


class ThemeSerializer(CleanModelSerializer):
    class Meta:
        model = Theme
        fields = (*RECORD, "name_de", "name_en", "slug", "parent", "sdgs")


class ThemeViewSet(RecordViewSet):
    queryset = Theme.objects.all()
    serializer_class = ThemeSerializer
    expandable = ("parent",)
    filterset_fields = ("slug", "parent")
    ordering = ("name",)
    ordering_fields = ("changed_at",)


# --- ties ---


class PartnershipSerializer(CleanModelSerializer):
    status = serializers.ChoiceField(choices=Partnership.Status.choices, read_only=True)

    class Meta:
        model = Partnership
        fields = (
            *RECORD,
            *("home", "partner", "further_cities", "kind", "partner_term", "motto", "founded"),
            *("founded_note", "status", "predecessor", "decision", "themes", "responsible"),
            *("counterpart_posts", "statements", "ended_on", "story", "rgre_code", "wikidata_id"),
            *PUBLISHED,
        )


class EventFacts(StrictSerializer):
    """What is known of a change in the life of a tie."""

    on = PartialDateField(required=False, allow_null=True)
    level = serializers.ChoiceField(choices=PartnershipEvent.Level.choices, required=False, allow_blank=True)
    reason = serializers.CharField(required=False, allow_blank=True)
    decided_by = serializers.CharField(required=False, allow_blank=True)
    decision = RelationField(queryset=CouncilDecision.objects.all(), required=False, allow_null=True)
    review_on = serializers.DateField(required=False, allow_null=True)
    source = RelationField(queryset=Document.objects.all(), required=False, allow_null=True)  # type: ignore[assignment]


class MergerFacts(EventFacts):
    into = RelationField(queryset=Partnership.objects.all())


class StepUpFacts(EventFacts):
    kind = serializers.ChoiceField(choices=Partnership.Kind.choices)
    founded = PartialDateField(required=False, allow_null=True)


class PartnershipFilterSet(StaffFilterSet):
    status = django_filters.ChoiceFilter(choices=Partnership.Status.choices, field_name="status_then")
    city = extend_schema_field(OpenApiTypes.INT)(
        django_filters.ModelChoiceFilter(
            queryset=City.objects.all(), method="of_city", label="In the tie on whichever side."
        )
    )

    class Meta(StaffFilterSet.Meta):
        model = Partnership
        fields = (
            *("home", "partner", "further_cities", "kind", "founded", "ended_on", "predecessor", "decision"),
            *("themes", "responsible", "counterpart_posts", "rgre_code", "wikidata_id"),
        )

    def of_city(self, queryset: Any, name: str, city: City) -> models.QuerySet:
        return queryset.of_city(city)


class PartnershipViewSet(PublishableViewSet):
    queryset = Partnership.objects.all()
    serializer_class = PartnershipSerializer
    expandable = (
        *("home", "partner", "further_cities", "predecessor"),
        *("decision", "themes", "counterpart_posts", "statements"),
    )
    filterset_class = PartnershipFilterSet
    # Most ties are those of one city of ours: by its name first, each page would sort them all.
    ordering = ("partner__name", "home__name")
    ordering_fields = ("founded", "ended_on", "changed_at")

    def rows(self) -> models.QuerySet:
        return self.queryset.with_status(timezone.localdate())

    @verb(EventFacts)
    def suspend(self, row: Partnership, **facts: Any) -> None:
        """Rest the tie, wholly or between the administrations only."""
        row.suspend(**facts)

    @verb(EventFacts)
    def resume(self, row: Partnership, **facts: Any) -> None:
        """Take it up again."""
        row.resume(**facts)

    @verb(EventFacts)
    def end(self, row: Partnership, **facts: Any) -> None:
        """End the tie for good."""
        row.end(**facts)

    @verb(MergerFacts)
    def merge(self, row: Partnership, **facts: Any) -> None:
        """This tie goes on in another one."""
        row.merge(**facts)

    @verb(StepUpFacts, url_path="step-up", creates=True)
    def step_up(self, row: Partnership, **facts: Any) -> Partnership:
        """Make a closer tie out of this one; the answer is the closer one."""
        return row.step_up(**facts)


class PartnershipEventSerializer(CleanModelSerializer):
    class Meta:
        model = PartnershipEvent
        fields = (
            *RECORD,
            *("partnership", "kind", "on", "level", "reason", "decided_by", "decision", "review_on"),
            *("merged_into", "source"),
        )


class PartnershipEventViewSet(RecordViewSet):
    queryset = PartnershipEvent.objects.all()
    serializer_class = PartnershipEventSerializer
    expandable = ("partnership", "decision", "merged_into", "source")
    filterset_fields = (
        *("partnership", "kind", "on", "level", "decision", "review_on", "merged_into", "source"),
    )
    ordering = ("on",)
    ordering_fields = ("review_on", "changed_at")


class OccasionSerializer(CleanModelSerializer):
    class Meta:
        model = Occasion
        fields = (
            *RECORD,
            *("partnership", "years", "label", "celebrated_from", "celebrated_until", "state", "reason"),
            *("motto", "budget"),
        )


class OccasionViewSet(RecordViewSet):
    queryset = Occasion.objects.all()
    serializer_class = OccasionSerializer
    expandable = ("partnership",)
    filterset_fields = ("partnership", "years", "state", "celebrated_from", "celebrated_until")
    ordering = ("-celebrated_from",)
    ordering_fields = ("years", "changed_at")


# --- papers ---


class CouncilDecisionSerializer(CleanModelSerializer):
    class Meta:
        model = CouncilDecision
        fields = (*RECORD, "body", "number", "on", "title", "url", "result")


class CouncilDecisionViewSet(RecordViewSet):
    queryset = CouncilDecision.objects.all()
    serializer_class = CouncilDecisionSerializer
    filterset_fields = ("body", "number", "on")
    ordering = ("-on",)
    ordering_fields = ("body", "number", "changed_at")


class AgreementSerializer(CleanModelSerializer):
    class Meta:
        model = Agreement
        fields = (
            *RECORD,
            *("title", "kind", "partnership", "cities", "organisations", "state", "sent_on", "signed_on"),
            *("place", "valid_from", "valid_until", "notice_days", "renews_by_months", "decision"),
            "documents",
            *PUBLISHED,
        )


class Signing(StrictSerializer):
    on = PartialDateField(required=False, allow_null=True)
    place = serializers.CharField(required=False, allow_blank=True)


class AgreementViewSet(PublishableViewSet):
    queryset = Agreement.objects.all()
    serializer_class = AgreementSerializer
    expandable = ("partnership", "cities", "organisations", "decision", "documents")
    filterset_fields = (
        *("title", "kind", "partnership", "cities", "organisations", "state", "sent_on", "signed_on"),
        *("valid_from", "valid_until", "decision", "documents"),
    )
    ordering = ("-signed_on", "title")
    ordering_fields = ("valid_until", "changed_at")

    @verb(Signing)
    def sign(self, row: Agreement, **facts: Any) -> None:
        """It is signed; the day and the place as far as they are known."""
        row.sign(**facts)

    @verb()
    def terminate(self, row: Agreement) -> None:
        """One side has given notice."""
        row.terminate()


class SignatureSerializer(CleanModelSerializer):
    class Meta:
        model = Signature
        fields = (*RECORD, "agreement", "person", "post", "for_city", "on", "is_witness")


class SignatureViewSet(RecordViewSet):
    queryset = Signature.objects.all()
    serializer_class = SignatureSerializer
    expandable = ("agreement", "person", "post", "for_city")
    filterset_fields = ("agreement", "person", "post", "for_city", "on", "is_witness")
    ordering = ("agreement__title", "created_at")
    ordering_fields = ("on", "changed_at")


# --- projects ---


class ProjectPartnerRow(RowSerializer):
    class Meta(RowSerializer.Meta):
        model = ProjectPartner
        link = "project"
        fields = ("id", "organisation", "role")


class ProjectPlaceRow(RowSerializer):
    class Meta(RowSerializer.Meta):
        model = ProjectPlace
        link = "project"
        fields = ("id", "city", "venue", "since", "until")


class FundingRow(RowSerializer):
    class Meta(RowSerializer.Meta):
        model = Funding
        link = "project"
        fields = ("id", "programme", "amount", "currency", "reference")


class ProjectSerializer(CleanModelSerializer):
    partners = ProjectPartnerRow(source="project_partners", many=True, required=False)
    places = ProjectPlaceRow(many=True, required=False)
    funding = FundingRow(many=True, required=False)

    class Meta:
        model = Project
        fields = (
            *RECORD,
            *("title", "kind", "state", "summary", "cities", "partnerships", "partners", "people"),
            *("starts_on", "ends_on", "places", "themes", "sdgs", "funding", "statements", "responsible"),
            "result",
            *PUBLISHED,
        )


class ProjectViewSet(PublishableViewSet):
    queryset = Project.objects.all()
    serializer_class = ProjectSerializer
    expandable = ("cities", "partnerships", "people", "themes", "statements")
    filterset_fields = (
        *("title", "kind", "state", "cities", "partnerships", "partners", "people", "starts_on", "ends_on"),
        *("themes", "responsible"),
    )
    ordering = ("name",)
    ordering_fields = ("starts_on", "ends_on", "changed_at")


# --- contacts ---


class InteractionSerializer(CleanModelSerializer):
    class Meta:
        model = Interaction
        fields = (
            *RECORD,
            *("on", "time", "kind", "summary", "people", "organisations", "city", "partnership", "project"),
            *("by", "documents"),
        )
        extra_kwargs = {"by": {"help_text": "Which of us it was; not given: whoever sends the note."}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None:
            attrs.setdefault("by", self.context["request"].user)
        return super().validate(attrs)


class InteractionFilterSet(StaffFilterSet):
    tie = extend_schema_field(OpenApiTypes.INT)(
        django_filters.ModelChoiceFilter(
            queryset=Partnership.objects.all(),
            method="of_tie",
            label="Counts as a contact of this tie: names it, a project of it, or its city and no tie.",
        )
    )

    class Meta(StaffFilterSet.Meta):
        model = Interaction
        fields = (
            *("on", "kind", "people", "organisations", "city", "partnership", "project", "by", "documents"),
        )

    def of_tie(self, queryset: Any, name: str, tie: Partnership) -> models.QuerySet:
        return queryset.of_tie(tie)


class InteractionViewSet(RecordViewSet):
    queryset = Interaction.objects.all()
    serializer_class = InteractionSerializer
    expandable = ("people", "organisations", "city", "partnership", "project", "documents")
    filterset_class = InteractionFilterSet
    ordering = ("-on",)
    ordering_fields = ("kind", "changed_at")
