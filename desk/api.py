"""Answers that look across rooms."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import exceptions, permissions, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from contacts.api.described import described
from contacts.api.fields import CountryCodeField, PartialDateField, RelationField
from contacts.api.idempotency import once
from contacts.api.serializers import StrictSerializer
from contacts.api.views import ModelRights, StrictParameters, verb
from contacts.dates import PartialDate, Precision
from contacts.models import City
from contacts.names import is_too_short
from delegations import jubilee
from desk.anniversaries import Anniversary, anniversaries, ties_of
from desk.clashes import Kind
from desk.forecast import EARLIEST, LATEST, forecast, years_asked
from desk.plans import MAY_PLAN
from desk.search import KINDS, LONGEST, SHOWN, Hit, search
from relations.anniversaries import Milestone
from relations.api import OccasionSerializer, OccasionViewSet, PartnershipSerializer, PartnershipViewSet
from relations.models import Occasion, Partnership
from reminders.contact import is_quiet, last_contacts
from reminders.due import office_today

LONGEST_RANGE = relativedelta(years=50)


# --- jubilees, with their plans ---


class PlanSerializer(serializers.Serializer):
    """How far the plan has come."""

    steps = serializers.IntegerField()
    done = serializers.IntegerField()
    dropped = serializers.IntegerField()
    next = RelationField(read_only=True, allow_null=True, help_text="The open follow-up that is due first.")
    next_due_on = PartialDateField(source="next.due_on", read_only=True, allow_null=True, default=None)


@extend_schema_serializer(component_name="Occasion")
class JubileeSerializer(OccasionSerializer):
    plan = PlanSerializer(read_only=True, allow_null=True, help_text="Null where no plan was begun.")

    class Meta(OccasionSerializer.Meta):
        fields = (*OccasionSerializer.Meta.fields, "plan")  # type: ignore[assignment]
        restricted: ClassVar = {"plan": "delegations.view_followup"}

    def _keep(self, attrs: dict[str, Any]) -> Any:
        """As its verbs do: where steps of the plan change, it takes the right to these."""
        occasion: Any = super()._keep(attrs)
        user = self.context["request"].user
        if jubilee.follow(occasion, today=office_today()) and not user.has_perms(jubilee.RIGHTS_TO_MOVE):
            raise exceptions.PermissionDenied
        return occasion


class NewCelebration(StrictSerializer):
    celebrated_from = PartialDateField()
    celebrated_until = PartialDateField(required=False, allow_null=True)


class WhyPostponed(StrictSerializer):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class WhySkipped(StrictSerializer):
    reason = serializers.CharField(max_length=300, help_text="Stands beside each step that falls away.")


class JubileeViewSet(OccasionViewSet):
    serializer_class = JubileeSerializer
    computed = ("plan",)

    def add_computed(self, rows: list[Any]) -> None:
        plans = jubilee.progress_of(rows, today=office_today())
        for row in rows:
            row.plan = plans.get(row.pk)

    @verb(also_needs=jubilee.RIGHTS_TO_PLAN, url_path="plan-jubilee")
    def plan_jubilee(self, row: Occasion) -> None:
        """Begin its plan; one that is there stays as it is."""
        jubilee.plan_for(row, today=office_today())

    @verb(NewCelebration, also_needs=jubilee.RIGHTS_TO_MOVE)
    def move(self, row: Occasion, **dates: PartialDate | None) -> None:
        """It is celebrated then; open steps of the plan move along."""
        jubilee.move(row, **dates, today=office_today())  # type: ignore[arg-type]

    @verb(WhyPostponed, also_needs=jubilee.RIGHTS_TO_MOVE)
    def postpone(self, row: Occasion, reason: str = "") -> None:
        """Nobody knows until when; open steps of the plan lose their dates."""
        jubilee.postpone(row, reason=reason, today=office_today())

    @verb()
    def celebrate(self, row: Occasion) -> None:
        """It was celebrated."""
        row.celebrate()

    @verb(WhySkipped, also_needs=jubilee.RIGHTS_TO_MOVE)
    def skip(self, row: Occasion, reason: str) -> None:
        """It is not celebrated; open steps of the plan fall away."""
        jubilee.skip(row, reason=reason, today=office_today())

    @verb(also_needs=jubilee.RIGHTS_TO_MOVE, url_path="take-up")
    def take_up(self, row: Occasion) -> None:
        """It is planned again, with the steps that fell away with it."""
        jubilee.take_up(row, today=office_today())


# --- ties, with what is known of their contacts ---


@extend_schema_serializer(component_name="Partnership")
class TieSerializer(PartnershipSerializer):
    last_contact_on = PartialDateField(read_only=True, allow_null=True)
    is_quiet = serializers.BooleanField(
        read_only=True, help_text="Whether no contact of the last twelve months is on record."
    )

    class Meta(PartnershipSerializer.Meta):
        fields = (*PartnershipSerializer.Meta.fields, "last_contact_on", "is_quiet")  # type: ignore[assignment]
        # A visit may have been the last contact.
        restricted: ClassVar = dict.fromkeys(("last_contact_on", "is_quiet"), "delegations.view_delegation")
        # What is computed asks the tie for them as well.
        asked_by_others = ("further_cities",)

    def _keep(self, attrs: dict[str, Any]) -> Any:
        tie: Any = super()._keep(attrs)
        if "founded" in attrs:
            jubilee.follow_tie(tie, today=office_today())
        return tie


class JubileeYears(StrictSerializer):
    years = serializers.IntegerField(
        min_value=1,
        max_value=9999,
        required=False,
        help_text="A round anniversary; not given: the next one.",
    )


class TieViewSet(PartnershipViewSet):
    serializer_class = TieSerializer
    computed = ("last_contact_on", "is_quiet")

    @described(request=JubileeYears, responses={200: JubileeSerializer, 201: JubileeSerializer})
    @action(
        detail=True,
        methods=["post"],
        right="change",
        also_needs=jubilee.RIGHTS_TO_PLAN,
        url_path="plan-jubilee",
    )
    @once
    def plan_jubilee(self, request: Request, pk: int) -> Response:
        """Make the occasion of a round anniversary with its plan; the answer is the occasion.

        201 where the plan was begun, 200 where it was there already.
        """
        tie = self.get_object()
        sent = JubileeYears(data=request.data)
        sent.is_valid(raise_exception=True)
        planned = jubilee.progress_of(tie.occasions.all(), today=office_today())
        occasion: Any = jubilee.plan(tie, **sent.validated_data, today=office_today())
        occasion.plan = jubilee.progress_of([occasion], today=office_today())[occasion.pk]
        code = status.HTTP_200_OK if occasion.pk in planned else status.HTTP_201_CREATED
        answer = JubileeSerializer(occasion, context=self.get_serializer_context()).data
        location = reverse("occasions-detail", args=[occasion.pk], request=request)
        return Response(answer, status=code, headers={"Location": location, "ETag": f'"{occasion.version}"'})

    def add_computed(self, rows: list[Any]) -> None:
        today = timezone.localdate()
        contacts = last_contacts(rows, today=today)
        for row in rows:
            contact = contacts.get(row.pk)
            day = contact.on if contact else None
            row.last_contact_on = day
            row.is_quiet = is_quiet(day, today=today)


# --- search ---


class SearchQuery(StrictSerializer):
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST,
        help_text="The words to be found, however they are spelled; without any nothing is found.",
    )
    type = serializers.ChoiceField(
        choices=[kind.resource for kind in KINDS], required=False, help_text="Only rows of this resource."
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=50, default=SHOWN, help_text="Rows of each type at most."
    )

    def validate_q(self, text: str) -> str:
        if text and is_too_short(text):
            message = _("Ask for at least two letters; of Chinese, Japanese or Korean one is enough.")
            raise serializers.ValidationError(message, code="too_short")
        return text


class HitSerializer(serializers.Serializer):
    type = serializers.CharField(source="kind.resource", help_text="The resource that the row is of.")
    id = serializers.IntegerField()
    name = serializers.CharField()
    hint = serializers.CharField(help_text="What tells it from its like, for people; may be empty.")
    url = serializers.SerializerMethodField(help_text="Its page for the staff.")

    def get_url(self, hit: Hit) -> str:
        return self.context["request"].build_absolute_uri(hit.url)


class HitGroupSerializer(serializers.Serializer):
    type = serializers.CharField(source="kind.resource")
    name = serializers.CharField(source="kind.label", help_text="What people call the type.")
    count = serializers.IntegerField(help_text="How many rows of the type there are in all.")
    results = HitSerializer(source="hits", many=True)


class SearchAnswer(serializers.Serializer):
    groups = HitGroupSerializer(many=True)


class SeesSomething(permissions.BasePermission):
    """For whoever may see rows of at least one type that is searched."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user.is_authenticated and any(kind.is_seen_by(request.user) for kind in KINDS)


class SearchViewSet(StrictParameters, viewsets.ViewSet):
    """Rows of all types that hold the words, by type, the best of each first; exact names before others.

    Only types that you may see are searched. All rows of one type: its own list with `?search=`.
    """

    permission_classes = (SeesSomething,)

    def parameters(self, action: str | None = "list") -> set[str]:
        return set(SearchQuery().fields)

    @described(parameters=[SearchQuery], responses=forced_singular_serializer(SearchAnswer))
    def list(self, request: Request) -> Response:
        query = SearchQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        groups = search(
            asked.get("q", ""),
            user=request.user,
            today=timezone.localdate(),
            shown=asked["limit"],
            only=[asked["type"]] if "type" in asked else (),
        )
        return Response(SearchAnswer({"groups": groups}, context={"request": request}).data)


# --- anniversaries ---


class AnniversaryQuery(StrictSerializer):
    to = serializers.DateField(required=False, help_text="Without it: a year from the first day.")
    milestone = serializers.ChoiceField(choices=Milestone.choices, required=False)
    partnership = serializers.PrimaryKeyRelatedField(queryset=Partnership.objects.all(), required=False)
    kind = serializers.ChoiceField(choices=Partnership.Kind.choices, required=False)
    home = serializers.PrimaryKeyRelatedField(
        queryset=City.objects.home(), required=False, help_text="One of our own cities; its districts too."
    )
    country = CountryCodeField(required=False, help_text="Of the partner city: two letters of ISO 3166.")

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
    partnership = RelationField(source="tie", read_only=True)
    founded = PartialDateField()
    precision = serializers.ChoiceField(choices=Precision.choices)
    years = serializers.IntegerField()
    on = serializers.DateField(help_text="The day, or the first day of the month or year.")
    milestone = serializers.ChoiceField(choices=Milestone.choices)
    occasion = RelationField(read_only=True, allow_null=True)
    plan_jubilee = serializers.SerializerMethodField(
        help_text="Where its plan is begun, by POST of the years; null where there is one or nothing to plan."
    )

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_plan_jubilee(self, entry: Anniversary) -> str | None:
        request = self.context["request"]
        if not entry.can_be_planned(today=self.context["today"]) or not request.user.has_perms(MAY_PLAN):
            return None
        return reverse("partnerships-plan-jubilee", args=[entry.tie.pk], request=request)


class AnniversaryPage(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AnniversarySerializer(many=True)


class AnniversaryViewSet(StrictParameters, viewsets.ViewSet):
    """The anniversaries of the ties on the books, in order: all of the range on one page."""

    queryset = Partnership.objects.all()
    permission_classes = (ModelRights,)
    right = "view"

    def parameters(self, action: str | None = "list") -> set[str]:
        return set(AnniversaryQuery().fields)

    @described(parameters=[AnniversaryQuery], responses=forced_singular_serializer(AnniversaryPage))
    def list(self, request: Request) -> Response:
        query = AnniversaryQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        today = timezone.localdate()
        asked = {**query.validated_data}
        span = {"start": asked.pop("from"), "end": asked.pop("to"), "milestone": asked.pop("milestone", "")}
        ties = ties_of(today=today, homes=[asked.pop("home", None)], **asked)
        context = {"request": request, "today": today}
        rows = AnniversarySerializer(anniversaries(ties, **span), many=True, context=context).data
        return Response({"next": None, "previous": None, "results": rows})


# --- the years ahead ---


class ForecastQuery(StrictSerializer):
    to = serializers.IntegerField(
        min_value=EARLIEST, max_value=LATEST, required=False, help_text="Without it: ten years later."
    )
    at_least = serializers.ChoiceField(
        choices=Milestone.choices,
        default=Milestone.ROUND,
        help_text="`round` leaves out years that are not round, `jubilee` all but 25, 50, 75 and so on.",
    )
    home = serializers.PrimaryKeyRelatedField(
        queryset=City.objects.home(), required=False, help_text="One of our own cities; its districts too."
    )
    country = CountryCodeField(required=False, help_text="Of the partner city: two letters of ISO 3166.")

    def get_fields(self) -> dict[str, serializers.Field]:
        begin = serializers.IntegerField(
            min_value=EARLIEST, max_value=LATEST, required=False, help_text="A year. Without it: this one."
        )
        return {"from": begin, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        today = timezone.localdate()
        attrs["from"], attrs["to"] = years_asked(attrs.get("from"), attrs.get("to"), today=today)
        return attrs


class YearSerializer(serializers.Serializer):
    year = serializers.IntegerField()
    round = serializers.IntegerField(source="count", help_text="How many round ones, jubilees included.")
    is_full = serializers.BooleanField(help_text="Whether these are three or more.")


class ClashSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=Kind.choices)
    start = serializers.DateField(help_text="Its first day; of what returns each year the next time.")
    title = serializers.CharField()
    text = serializers.CharField(help_text="For people, in the language asked for.")
    anniversaries = AnniversarySerializer(many=True)
    visit = RelationField(read_only=True, allow_null=True)
    city_date = RelationField(read_only=True, allow_null=True)


class CalmSerializer(serializers.Serializer):
    start = serializers.DateField()
    end = serializers.DateField()


class LeftOutSerializer(serializers.Serializer):
    partnership = RelationField(source="tie", read_only=True)
    reason = serializers.CharField()


class ForecastAnswer(serializers.Serializer):
    headline = serializers.CharField(help_text="What matters, in a sentence or two.")
    years = YearSerializer(many=True)
    anniversaries = AnniversarySerializer(source="all", many=True)
    clashes = ClashSerializer(many=True)
    calm = CalmSerializer(many=True, help_text="Stretches of a year or more without a round one.")
    left_out = LeftOutSerializer(many=True, help_text="Ties that have no anniversaries, and why.")


class ForecastViewSet(StrictParameters, viewsets.ViewSet):
    """The years ahead: round anniversaries, what gets in each other's way, and where it stays calm.

    Years are whole years. Visits are compared only if you may see them.
    """

    queryset = Partnership.objects.all()
    permission_classes = (ModelRights,)
    right = "view"

    def parameters(self, action: str | None = "list") -> set[str]:
        return set(ForecastQuery().fields)

    @described(parameters=[ForecastQuery], responses=forced_singular_serializer(ForecastAnswer))
    def list(self, request: Request) -> Response:
        query = ForecastQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked, today = query.validated_data, timezone.localdate()
        found = forecast(
            today=today,
            first=asked["from"],
            last=asked["to"],
            user=request.user,
            at_least=asked["at_least"],
            homes=[asked.get("home")],
            country=asked.get("country", ""),
        )
        return Response(ForecastAnswer(found, context={"request": request, "today": today}).data)
