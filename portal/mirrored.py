"""Resources that can be mirrored: what changed since a moment, with tombstones for what was withdrawn."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.described import DescribedBy
from portal.models import Look, Seen
from portal.views import AskedOfList, PublicPages, PublicViewSet

RFC_3339 = re.compile(
    r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
SINCE = (
    "Instead of the list: what was published, changed or withdrawn after this moment (RFC 3339, such as "
    "2026-11-27T06:00:00Z), oldest change first. Rows are as on their own page, with changed_at; of what "
    "is no longer public only id, changed_at and withdrawn_at are left. Begin with 1970-01-01T00:00:00Z, "
    "follow next to the end, and send the changed_until of the last page next time. A row may be told "
    "twice, but none is missed. While much is being saved the answer is 503: ask again. Can be combined with "
    "lang and page_size."
)


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field):
    def to_internal_value(self, text: str) -> datetime.datetime:
        try:
            if not RFC_3339.fullmatch(text.upper()):
                raise ValueError
            return datetime.datetime.fromisoformat(text.upper()).astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            message = gettext("Write a moment as RFC 3339 does: 2026-11-27T06:00:00Z. A + is sent as %2B.")
            raise serializers.ValidationError(message) from None


class AskedOfMirrored(AskedOfList):
    changed_since = MomentField(required=False, help_text=SINCE)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "changed_since" not in asked:
            return asked
        message = gettext("Not together with changed_since: what leaves the selection would be missed.")
        if others := asked.keys() - {"changed_since", "lang"}:
            raise serializers.ValidationError({name: message for name in sorted(others)})
        return asked


class ChangePages(PublicPages):
    """In the order of change, which is that of the keys."""

    def _ordering(self) -> list[str]:
        return []


class MirroredViewSet(PublicViewSet):
    """A resource with rows of its own: it knows when each was published, last changed, or withdrawn."""

    schema = DescribedBy("portal.schema.MirroredSchema")
    query_class = AskedOfMirrored

    queryset: Any
    resource: str
    """Its name in the table of what was last seen."""

    def changes(self, request: Request, since: datetime.datetime) -> Response:
        now, last = timezone.now(), Look.last()
        self.last_change = last.changed_at
        # Stamps may run ahead of the clock by a second or two, and are sent back to us.
        if since > max(now, last.changed_at or now):
            raise serializers.ValidationError(
                {"changed_since": [gettext("This moment is still to come. Give one that has passed.")]}
            )
        pages = ChangePages()
        page = pages.paginate_queryset(Seen.objects.after(since, resource=self.resource), request, view=self)
        present = self._present([row.key for row in page if row.withdrawn_at is None])
        answer = pages.get_paginated_response(
            [present.get(row.key, self._left_of(row, now)) | {"changed_at": row.changed_at} for row in page]
        )
        answer.data["changed_until"] = max(since, last.changed_at or since)
        return answer

    def _present(self, keys: list[int]) -> dict[int, dict[str, Any]]:
        """As they are now; what was withdrawn since the last look is not among them."""
        rows = self.detailed(self.rows()).filter(pk__in=keys)
        shown = self.detail_class or self.serializer_class
        data = shown(rows, many=True, context=self.get_serializer_context()).data
        return {row["id"]: row for row in data}

    def _left_of(self, row: Seen, now: datetime.datetime) -> dict[str, Any]:
        return {"id": row.key, "withdrawn_at": row.withdrawn_at or now.replace(microsecond=0)}

    def retrieve(self, request: Request, pk: Any) -> Response:
        seen = Seen.objects.public().filter(resource=self.resource, key=pk).first()
        self.last_change = seen.changed_at if seen else None
        return super().retrieve(request, pk)

    def list(self, request: Request) -> Response:
        since = self.asked.get("changed_since")
        return super().list(request) if since is None else self.changes(request, since)
