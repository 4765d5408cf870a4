"""The API of what is due and of who was told. Rules are edited, what follows from them is only read."""

from __future__ import annotations

from contacts.api.filters import FieldFilters
from contacts.api.serializers import RECORD, CleanModelSerializer, RowSerializer
from contacts.api.views import RecordViewSet, StaffViewSet
from reminders.models import Attempt, Mail, Reminder, Rule, Stage


class StageRow(RowSerializer):
    class Meta(RowSerializer.Meta):
        model = Stage
        link = "rule"
        fields = ("id", "days", "repeat_days", "addressee", "subject", "text", "is_active")


class RuleSerializer(CleanModelSerializer):
    stages = StageRow(many=True, required=False)

    class Meta:
        model = Rule
        fields = (*RECORD, "subject", "milestone", "title", "is_active", "stages")


class RuleViewSet(RecordViewSet):
    queryset = Rule.objects.all()
    serializer_class = RuleSerializer
    filter_backends = (FieldFilters,)
    filterset_fields = ("subject", "milestone", "is_active")
    ordering = ("subject", "milestone")
    ordering_fields = ("changed_at",)


class ReminderSerializer(CleanModelSerializer):
    class Meta:
        model = Reminder
        fields = (
            *("id", "name", "created_at", "changed_at", "stage", "partnership", "agreement", "follow_up"),
            *("delegation", "city", "city_date", "occurrence", "occurs_on", "addressee", "state", "due_on"),
            *("key", "mail"),
        )


class ReminderViewSet(StaffViewSet):
    queryset = Reminder.objects.all()
    serializer_class = ReminderSerializer
    filter_backends = (FieldFilters,)
    filterset_fields = (
        *("stage", "partnership", "agreement", "follow_up", "delegation", "city", "city_date"),
        *("occurrence", "occurs_on", "addressee", "state", "due_on", "key", "mail"),
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
