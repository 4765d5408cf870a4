from __future__ import annotations

from typing import Any

import django_filters
from django.db import models

from contacts.api.filters import FieldFilters, StaffFilterSet
from contacts.api.serializers import RECORD, CleanModelSerializer
from contacts.api.uploads import uploads_at
from contacts.api.views import RecordViewSet, StaffViewSet
from contacts.models import Person, Tenure, User


class UserSerializer(CleanModelSerializer):
    class Meta:
        model = User
        fields = ("id", "name")


class UserViewSet(StaffViewSet):
    """Staff, to choose who is responsible. Accounts are kept on the administration's pages."""

    queryset = User.objects.active()
    serializer_class = UserSerializer
    filter_backends = (FieldFilters,)
    ordering = ("name",)


class PersonSerializer(CleanModelSerializer):
    class Meta:
        model = Person
        fields = (
            *RECORD,
            *("given_names", "family_name", "family_name_first", "name_local", "other_names"),
            *("title_before", "title_after", "honorific", "gender", "correspondence_language", "languages"),
            *("email", "phone", "address", "photo", "photo_name", "deceased_on"),
            *("do_not_contact", "do_not_contact_reason", "legal_basis", "purpose", "source", "informed_on"),
            *("retain_until", "protocol_notes"),
        )


class PersonViewSet(uploads_at("photo"), RecordViewSet):  # type: ignore[misc]
    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    filterset_fields = (
        *("family_name", "given_names", "gender", "correspondence_language", "do_not_contact"),
        *("deceased_on", "informed_on", "retain_until"),
    )
    ordering = ("name",)
    ordering_fields = ("changed_at",)


class TenureSerializer(CleanModelSerializer):
    class Meta:
        model = Tenure
        fields = (*RECORD, "person", "post", "since", "until", "end_reason", "is_acting", "source")


class TenureFilterSet(StaffFilterSet):
    on = django_filters.DateFilter(method="held_on", label="Held on that day, as far as the dates are known.")

    class Meta(StaffFilterSet.Meta):
        model = Tenure
        fields = ("person", "post", "since", "until", "end_reason", "is_acting", "source")

    def held_on(self, queryset: Any, name: str, day: Any) -> models.QuerySet:
        return queryset.on(day)


class TenureViewSet(RecordViewSet):
    queryset = Tenure.objects.all()
    serializer_class = TenureSerializer
    expandable = ("person", "post", "source")
    filterset_class = TenureFilterSet
    ordering = ("-since",)
    ordering_fields = ("until", "person__name", "changed_at")
