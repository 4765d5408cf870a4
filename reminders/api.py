"""The API of what is due and of who was told. Rules are edited, what follows from them is only read."""

from __future__ import annotations

from django.contrib.auth.models import Group
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.described import described
from contacts.api.fields import ManyRelationField, PartialDateField, RelationField
from contacts.api.filters import FieldFilters
from contacts.api.serializers import RECORD, CleanModelSerializer, RowSerializer
from contacts.api.views import RecordViewSet, StaffViewSet
from reminders import in_words, outlook
from reminders.due import office_today
from reminders.models import Attempt, Mail, Reminder, Rule, Stage
from reminders.months import title_of
from reminders.outlook import Foreseen


class StageRow(RowSerializer):
    roles = ManyRelationField(
        child_relation=serializers.SlugRelatedField(slug_field="name", queryset=Group.objects.all()),
        required=False,
        help_text="Everybody in these roles gets it, too; by their keys, such as protocol.",
    )

    class Meta(RowSerializer.Meta):
        model = Stage
        link = "rule"
        fields = (
            *("id", "days", "repeat_days", "addressee", "roles", "users", "subject", "text", "is_active"),
        )


class RuleSerializer(CleanModelSerializer):
    stages = StageRow(many=True, required=False)

    class Meta:
        model = Rule
        fields = (*RECORD, "subject", "milestone", "title", "is_active", "stages")


class SubjectSerializer(serializers.Serializer):
    """What a reminder is about."""

    type = serializers.CharField(source="_meta.model_name", help_text="Such as partnership, or followup.")
    id = serializers.IntegerField(source="pk")


class ForeseenSerializer(serializers.Serializer):
    """A reminder that would be sent."""

    on = serializers.DateField(help_text="The day of the reminder; its mail may wait for a working day.")
    about = SubjectSerializer(source="standing.happening.subject")
    title = serializers.SerializerMethodField(help_text="What it is about, in words.")
    occurs_on = PartialDateField(source="standing.happening.occurs_on")
    stage = RelationField(read_only=True)
    addressee = serializers.ChoiceField(
        choices=Stage.Addressee.choices,
        source="standing.to.addressee",
        help_text="The part they have; named: because the stage names them or a role of theirs.",
    )
    recipient = RelationField(
        source="addressee.user",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="Who that is today; null where there is nobody.",
    )

    def get_title(self, foreseen: Foreseen) -> str:
        return title_of(foreseen.standing)


class OutlookSerializer(serializers.Serializer):
    """What a rule would send as it is stored, if the data stay as they are. Nothing is planned by asking."""

    in_words = serializers.CharField(help_text="The rule as an office would say it.")
    since = serializers.DateField(help_text="Today.")
    until = serializers.DateField()
    count = serializers.IntegerField()
    reminders = ForeseenSerializer(many=True)


class RuleViewSet(RecordViewSet):
    queryset = Rule.objects.all()
    serializer_class = RuleSerializer
    filter_backends = (FieldFilters,)
    filterset_fields = ("subject", "milestone", "is_active")
    ordering = ("subject", "milestone")
    ordering_fields = ("changed_at",)

    @described(summary="What it would send in the next 24 months", responses=OutlookSerializer)
    @action(detail=True, methods=["get"], right="view")
    def preview(self, request: Request, pk: int) -> Response:
        """Found by the scan's own walk over the data as they are today; nothing is planned or sent."""
        rule, today = self.get_object(), office_today()
        stages = list(rule.stages.prefetch_related("roles", "users"))
        found = outlook.stored(rule, today=today)
        answer = {
            "in_words": in_words.sentence(rule, stages),
            "since": today,
            "until": outlook.until(today),
            "count": len(found),
            "reminders": found,
        }
        return Response(OutlookSerializer(answer, context=self.get_serializer_context()).data)


class ReminderSerializer(CleanModelSerializer):
    class Meta:
        model = Reminder
        fields = (
            *("id", "name", "created_at", "changed_at", "stage", "partnership", "agreement", "follow_up"),
            *("delegation", "city", "city_date", "office", "occurrence", "occurs_on", "addressee", "named"),
            *("state", "due_on", "key", "mail", "mailed_on"),
        )


class ReminderViewSet(StaffViewSet):
    queryset = Reminder.objects.all()
    serializer_class = ReminderSerializer
    expandable = ("partnership", "agreement", "follow_up", "delegation", "city", "city_date", "mail")
    filter_backends = (FieldFilters,)
    filterset_fields = (
        *("stage", "partnership", "agreement", "follow_up", "delegation", "city", "city_date"),
        *("office", "occurrence", "occurs_on", "addressee", "named", "state", "due_on", "key", "mail"),
        "mailed_on",
    )
    ordering = ("-due_on",)
    ordering_fields = ("occurs_on", "changed_at")


class AttemptRow(RowSerializer):
    class Meta(RowSerializer.Meta):
        model = Attempt
        fields = ("started_at", "ended_at", "outcome", "reached_data", "code")


class MailSerializer(CleanModelSerializer):
    attempts = AttemptRow(many=True, read_only=True)

    class Meta:
        model = Mail
        fields = (
            *("id", "name", "created_at", "changed_at", "recipient", "address", "day", "number"),
            *("is_urgent", "language", "subject", "text", "html", "message_id", "state", "tries"),
            *("not_before", "next_try_at", "sent_at", "error", "attempts"),
        )


class MailViewSet(StaffViewSet):
    queryset = Mail.objects.all()
    serializer_class = MailSerializer
    filter_backends = (FieldFilters,)
    filterset_fields = ("recipient", "day", "is_urgent", "state", "message_id")
    ordering = ("-day",)
    ordering_fields = ("next_try_at", "sent_at", "changed_at")
