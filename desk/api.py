"""Answers that look across rooms."""

from __future__ import annotations

import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.fields import PartialDateField, RelationField
from contacts.api.serializers import StrictSerializer
from contacts.api.views import ModelRights, StrictParameters
from contacts.dates import Precision
from relations.anniversaries import Milestone, Occurrence, occurrences
from relations.api import PartnershipSerializer, PartnershipViewSet
from relations.models import Occasion, Partnership
from reminders.contact import day_of, last_visits

LONGEST_RANGE = relativedelta(years=50)
QUIET_AFTER = relativedelta(months=12)


# --- ties, with what is known of their contacts ---


@extend_schema_serializer(component_name="Partnership")
class TieSerializer(PartnershipSerializer):
    last_contact_on = PartialDateField(read_only=True, allow_null=True)
    is_quiet = serializers.BooleanField(
        read_only=True, help_text="Whether no contact of the last twelve months is on record."
    )

    class Meta(PartnershipSerializer.Meta):
        fields = (*PartnershipSerializer.Meta.fields, "last_contact_on", "is_quiet")  # type: ignore[assignment]


class TieViewSet(PartnershipViewSet):
    serializer_class = TieSerializer

    def add_computed(self, rows: list[Any]) -> None:
        today = timezone.localdate()
        visits = last_visits(rows, today=today)
        for row in rows:
            visit = visits.get(row.pk)
            day = day_of(visit) if visit else None
            row.last_contact_on = day
            row.is_quiet = day is None or day.last_day < today - QUIET_AFTER


# --- anniversaries ---


class AnniversaryQuery(StrictSerializer):
    to = serializers.DateField(required=False, help_text="Without it: a year from the first day.")
    milestone = serializers.ChoiceField(choices=Milestone.choices, required=False)
    partnership = serializers.PrimaryKeyRelatedField(queryset=Partnership.objects.all(), required=False)
    kind = serializers.ChoiceField(choices=Partnership.Kind.choices, required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        begin = serializers.DateField(required=False, help_text="Without it: today.")
        return {"from": begin, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        begin = attrs.setdefault("from", timezone.localdate())
        end = attrs.setdefault("to", _later(begin, relativedelta(years=1)))
        if end < begin:
            message = _("The end lies before the beginning. Correct one of the two.")
            raise serializers.ValidationError({"to": message}, code="order")
        if end > _later(begin, LONGEST_RANGE):
            message = _("Ask for at most %(years)s years.") % {"years": LONGEST_RANGE.years}
            raise serializers.ValidationError({"to": message}, code="too_long")
        return attrs


def _later(day: datetime.date, span: relativedelta) -> datetime.date:
    try:
        return day + span
    except ValueError:  # after the year 9999
        return datetime.date.max


class AnniversarySerializer(serializers.Serializer):
    partnership = RelationField(read_only=True)
    founded = PartialDateField()
    precision = serializers.ChoiceField(choices=Precision.choices)
    years = serializers.IntegerField()
    on = serializers.DateField(help_text="The day, or the first day of the month or year.")
    milestone = serializers.ChoiceField(choices=Milestone.choices)
    occasion = RelationField(read_only=True, allow_null=True)


class AnniversaryPage(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AnniversarySerializer(many=True)


@extend_schema_view(
    list=extend_schema(parameters=[AnniversaryQuery], responses=forced_singular_serializer(AnniversaryPage))
)
class AnniversaryViewSet(StrictParameters, viewsets.ViewSet):
    """The anniversaries of the ties on the books, in order: all of the range on one page."""

    queryset = Partnership.objects.all()
    permission_classes = (ModelRights,)
    right = "view"

    def parameters(self) -> set[str]:
        return set(AnniversaryQuery().fields)

    def list(self, request: Request) -> Response:
        query = AnniversaryQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        found = anniversaries(today=timezone.localdate(), **_named(query.validated_data))
        return Response(
            {"next": None, "previous": None, "results": AnniversarySerializer(found, many=True).data}
        )


def _named(query: dict[str, Any]) -> dict[str, Any]:
    return {{"from": "start", "to": "end"}.get(name, name): value for name, value in query.items()}


def anniversaries(
    *,
    start: datetime.date,
    end: datetime.date,
    today: datetime.date,
    milestone: str = "",
    partnership: Partnership | None = None,
    kind: str = "",
) -> list[dict[str, Any]]:
    """Those from start to end, both included, of the ties that are on the books today."""
    ties = Partnership.objects.reminded(today).labelled()
    if partnership:
        ties = ties.filter(pk=partnership.pk)
    if kind:
        ties = ties.filter(kind=kind)
    found = [
        (tie, occurrence)
        for tie in ties
        for occurrence in (occurrences(tie.founded, start, end) if tie.founded else ())
        if milestone in ("", occurrence.milestone)
    ]
    found.sort(key=lambda pair: (pair[1].on, str(pair[0]), pair[0].pk))
    celebrated = _celebrated(found)
    return [_entry(tie, occurrence, celebrated) for tie, occurrence in found]


def _celebrated(found: list[tuple[Partnership, Occurrence]]) -> dict[tuple[int, int], Occasion]:
    occasions = Occasion.objects.labelled().filter(
        partnership__in={tie.pk for tie, _occurrence in found},
        years__in={occurrence.years for _tie, occurrence in found},
    )
    return {(occasion.partnership_id, occasion.years): occasion for occasion in occasions}


def _entry(
    tie: Partnership, occurrence: Occurrence, celebrated: dict[tuple[int, int], Occasion]
) -> dict[str, Any]:
    return {
        "partnership": tie,
        "founded": occurrence.founded,
        "precision": occurrence.precision,
        "years": occurrence.years,
        "on": occurrence.on,
        "milestone": occurrence.milestone,
        "occasion": celebrated.get((tie.pk, occurrence.years)),
    }
