"""The API of visits and of what was promised on them."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.described import described
from contacts.api.fields import PartialDateField
from contacts.api.filters import FieldFilters, StaffFilterSet, YesNoFilter
from contacts.api.serializers import PUBLISHED, RECORD, CleanModelSerializer, RowSerializer, StrictSerializer
from contacts.api.views import PublishableViewSet, RecordViewSet, verb
from contacts.dates import PartialDate
from delegations.models import (
    Cost,
    Delegation,
    DelegationPartner,
    FollowUp,
    Gift,
    GoldenBookEntry,
    GoldenBookSigner,
    JubileeStep,
    Outcome,
    Participant,
    ProgrammeItem,
    Stop,
)


class DelegationPartnerRow(RowSerializer):
    class Meta(RowSerializer.Meta):
        model = DelegationPartner
        link = "delegation"
        fields = ("id", "organisation", "role")


class DelegationSerializer(CleanModelSerializer):
    partners = DelegationPartnerRow(source="delegation_partners", many=True, required=False)

    class Meta:
        model = Delegation
        fields = (
            *RECORD,
            *("title", "direction", "kind", "sent_by", "home", "host", "partnership", "occasion", "purpose"),
            *("starts_on", "ends_on", "dates_note", "state", "parent", "themes", "decision", "responsible"),
            *("size", "benches", "partners", "documents", "statements", "summary", "report"),
            *PUBLISHED,
        )


class NewDates(StrictSerializer):
    """Without dates nobody knows until when."""

    starts_on = PartialDateField(required=False, allow_null=True)
    ends_on = PartialDateField(required=False, allow_null=True)


class DelegationViewSet(PublishableViewSet):
    queryset = Delegation.objects.all()
    serializer_class = DelegationSerializer
    expandable = (
        *("sent_by", "home", "host", "partnership", "occasion"),
        *("parent", "themes", "decision", "documents", "statements"),
    )
    filterset_fields = (
        *("title", "direction", "kind", "sent_by", "home", "host", "partnership", "occasion", "starts_on"),
        *("ends_on", "state", "parent", "themes", "decision", "responsible", "partners", "documents"),
    )
    ordering = ("-starts_on", "title")
    ordering_fields = ("ends_on", "state", "changed_at")

    @verb()
    def complete(self, row: Delegation) -> None:
        """It took place and is over."""
        row.complete()

    @verb(NewDates)
    def postpone(self, row: Delegation, **dates: PartialDate | None) -> None:
        """Put it off, to new dates where they are known."""
        row.postpone(**dates)

    @verb()
    def cancel(self, row: Delegation) -> None:
        """It will not take place."""
        row.cancel()


class StopSerializer(CleanModelSerializer):
    class Meta:
        model = Stop
        fields = (*RECORD, "delegation", "order", "city", "arrives_on", "departs_on", "note")


class StopViewSet(RecordViewSet):
    queryset = Stop.objects.all()
    serializer_class = StopSerializer
    expandable = ("delegation", "city")
    filterset_fields = ("delegation", "city", "arrives_on", "departs_on")
    ordering = ("delegation__title", "order")
    ordering_fields = ("arrives_on", "changed_at")


class ParticipantSerializer(CleanModelSerializer):
    class Meta:
        model = Participant
        fields = (
            *RECORD,
            *("delegation", "person", "group", "post", "organisation", "side", "role", "bench", "order"),
            *("reply", "attended", "stop", "diet", "access_needs", "note"),
        )


class ParticipantViewSet(RecordViewSet):
    queryset = Participant.objects.all()
    serializer_class = ParticipantSerializer
    expandable = ("delegation", "person", "post", "organisation", "stop")
    filterset_fields = (
        *("delegation", "person", "post", "organisation", "side", "role", "bench", "reply", "attended"),
        "stop",
    )
    ordering = ("delegation__title", "order")
    ordering_fields = ("changed_at",)


class ProgrammeItemSerializer(CleanModelSerializer):
    is_first_meeting = serializers.BooleanField(read_only=True, allow_null=True)

    class Meta:
        model = ProgrammeItem
        fields = (
            *RECORD,
            *("delegation", "stop", "order", "title", "kind", "state", "on", "starts_at", "ends_at", "place"),
            *("organisations", "organiser", "hosts", "attendees", "project", "agreement", "is_highlight"),
            *("is_first_meeting", "topic", "talking_points", "note"),
            *PUBLISHED,
        )


class ProgrammeItemViewSet(PublishableViewSet):
    queryset = ProgrammeItem.objects.all()
    serializer_class = ProgrammeItemSerializer
    expandable = (
        *("delegation", "stop", "organisations", "organiser"),
        *("hosts", "attendees", "project", "agreement"),
    )
    filterset_fields = (
        *("delegation", "stop", "title", "kind", "state", "on", "organisations", "organiser", "hosts"),
        *("attendees", "project", "agreement", "is_highlight"),
    )
    ordering = ("delegation__title", "order")
    ordering_fields = ("on", "changed_at")

    def rows(self) -> models.QuerySet:
        return self.queryset.with_first_meeting()

    @verb(url_path="took-place")
    def took_place(self, row: ProgrammeItem) -> None:
        """It took place."""
        row.mark_took_place()

    @verb()
    def cancel(self, row: ProgrammeItem) -> None:
        """It was called off."""
        row.cancel()


class OutcomeSerializer(CleanModelSerializer):
    class Meta:
        model = Outcome
        fields = (*RECORD, "delegation", "programme_item", "text", "project", "agreement", "decision")


class OutcomeViewSet(RecordViewSet):
    queryset = Outcome.objects.all()
    serializer_class = OutcomeSerializer
    expandable = ("delegation", "programme_item", "project", "agreement", "decision")
    filterset_fields = ("delegation", "programme_item", "project", "agreement", "decision")
    ordering = ("delegation__title", "created_at")
    ordering_fields = ("changed_at",)


# --- promises ---


class FollowUpSerializer(CleanModelSerializer):
    class Meta:
        model = FollowUp
        fields = (
            *RECORD,
            *("title", "text", "owed_by", "assignee", "counterpart", "organisation", "due_on", "state"),
            *("done_on", "delegation", "programme_item", "outcome", "interaction", "agreement", "project"),
            *("partnership", "city", "occasion", "priority", "dropped_because", "step", "offset"),
            "planned_on",
        )


class FollowUpFilterSet(StaffFilterSet):
    is_overdue = YesNoFilter(method="overdue", label="Open, and the last day it was due has passed.")

    class Meta(StaffFilterSet.Meta):
        model = FollowUp
        fields = (
            *("owed_by", "assignee", "counterpart", "organisation", "due_on", "state", "done_on"),
            *("delegation", "programme_item", "outcome", "interaction", "agreement", "project"),
            *("partnership", "city", "occasion", "priority", "step"),
        )

    def overdue(self, queryset: Any, name: str, wanted: bool) -> models.QuerySet:
        overdue = FollowUp.objects.overdue(timezone.localdate()).values("pk")
        return queryset.filter(pk__in=overdue) if wanted else queryset.exclude(pk__in=overdue)


class DoneOn(StrictSerializer):
    """Today, unless another day is given."""

    on = serializers.DateField(required=False)


class Dropping(StrictSerializer):
    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=300, help_text="Why it will not be kept."
    )


class DueAnew(StrictSerializer):
    to = PartialDateField()


class FollowUpViewSet(RecordViewSet):
    queryset = FollowUp.objects.all()
    serializer_class = FollowUpSerializer
    expandable = (
        *("counterpart", "organisation", "delegation", "programme_item", "outcome", "interaction"),
        *("agreement", "project", "partnership", "city", "occasion", "step"),
    )
    filterset_class = FollowUpFilterSet
    ordering = ("due_on", "-priority")
    ordering_fields = ("done_on", "changed_at")

    @verb(DoneOn)
    def complete(self, row: FollowUp, on: datetime.date | None = None) -> None:
        """The promise was kept."""
        row.complete(on=on or timezone.localdate())

    @verb(DueAnew)
    def postpone(self, row: FollowUp, to: PartialDate) -> None:
        """It is due later."""
        row.postpone(to=to)

    @verb(Dropping)
    def drop(self, row: FollowUp, reason: str = "") -> None:
        """It will not be kept; that it was promised stays on record."""
        row.drop(reason=reason)

    @verb()
    def reopen(self, row: FollowUp) -> None:
        """It is open again."""
        row.reopen()


# --- what jubilee plans consist of ---


class JubileeStepSerializer(CleanModelSerializer):
    class Meta:
        model = JubileeStep
        fields = (*RECORD, "key", "title", "text", "count", "unit", "side", "owner", "order", "is_active")


class JubileeStepViewSet(RecordViewSet):
    queryset = JubileeStep.objects.all()
    serializer_class = JubileeStepSerializer
    filter_backends = (FieldFilters,)
    filterset_fields = ("key", "unit", "side", "owner", "is_active")
    ordering = ("order",)
    ordering_fields = ("changed_at",)

    @verb()
    def reset(self, row: JubileeStep) -> None:
        """As it came with the house; a step of your own is refused."""
        row.reset()


# --- the Golden Book ---


class GoldenBookSignerRow(RowSerializer):
    class Meta(RowSerializer.Meta):
        model = GoldenBookSigner
        link = "entry"
        fields = ("id", "person", "post")


class GoldenBookEntrySerializer(CleanModelSerializer):
    signers = GoldenBookSignerRow(source="entry_signers", many=True, required=False)

    class Meta:
        model = GoldenBookEntry
        fields = (
            *RECORD,
            *("on", "signers", "city", "volume", "page", "occasion_text", "delegation", "photo"),
        )


class GoldenBookEntryViewSet(RecordViewSet):
    queryset = GoldenBookEntry.objects.all()
    serializer_class = GoldenBookEntrySerializer
    expandable = ("city", "delegation", "photo")
    filterset_fields = ("on", "signers", "city", "delegation")
    ordering = ("-on",)
    ordering_fields = ("changed_at",)


# --- gifts and costs ---


class GiftSerializer(CleanModelSerializer):
    class Meta:
        model = Gift
        fields = (
            *RECORD,
            *("direction", "on", "delegation", "person", "organisation", "what", "value", "currency"),
            *("decision", "whereabouts", "approved_by"),
        )


class GiftViewSet(RecordViewSet):
    queryset = Gift.objects.all()
    serializer_class = GiftSerializer
    expandable = ("delegation", "person", "organisation")
    filterset_fields = (
        *("direction", "on", "delegation", "person", "organisation", "currency", "decision", "approved_by"),
    )
    ordering = ("-on",)
    ordering_fields = ("value", "changed_at")


class CostSerializer(CleanModelSerializer):
    class Meta:
        model = Cost
        fields = (
            *RECORD,
            *("delegation", "kind", "planned", "actual", "currency", "borne_by", "budget_line", "note"),
        )


class CostTotalSerializer(serializers.Serializer):
    """The sum in one currency; null where no amount is known at all."""

    currency = serializers.CharField()
    planned = serializers.DecimalField(max_digits=None, decimal_places=2, allow_null=True)  # type: ignore[arg-type]
    actual = serializers.DecimalField(max_digits=None, decimal_places=2, allow_null=True)  # type: ignore[arg-type]


class CostViewSet(RecordViewSet):
    sums = ("totals",)
    queryset = Cost.objects.all()
    serializer_class = CostSerializer
    expandable = ("delegation",)
    filterset_fields = ("delegation", "kind", "currency", "borne_by", "budget_line")
    ordering = ("delegation__title", "kind")
    ordering_fields = ("planned", "actual", "changed_at")

    @described(responses=CostTotalSerializer(many=True), filters=True)
    @action(detail=False, right="view", pagination_class=None)
    def totals(self, request: Request) -> Response:
        """Planned and actual in all, one entry a currency: of the costs that the filters leave."""
        costs: Any = self.filter_queryset(self.queryset.all())
        return Response(CostTotalSerializer(costs.totals(), many=True).data)
