"""What the description of the public API says of every address. Loaded once somebody asks for it."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiParameter, OpenApiResponse

from contacts.api.problems import MEDIA_TYPE, Problem
from portal.files import File
from portal.mirrored import ChangePages, MirroredViewSet
from portal.views import Asked

COME_AGAIN = OpenApiParameter(
    "Retry-After",
    OpenApiTypes.INT,
    "header",
    description="Seconds until it is worth while to ask again.",
    response=["503"],
)


class PublicSchema(AutoSchema):
    view: Any

    def get_override_parameters(self) -> list[Any]:
        asked = [*super().get_override_parameters(), self.view.asked_class(self.view.action)]
        return [*asked, COME_AGAIN] if self.may_be_busy() else asked

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        bodies["304"] = {"description": "Not changed since the ETag that was sent."}
        found = ["400", "406", *(["404"] if "{id}" in self.path else [])]
        for code in [*found, *(["503"] if self.may_be_busy() else [])]:
            bodies[code] = self._get_response_for_code(Problem, code, [MEDIA_TYPE], direction)
        return bodies

    def may_be_busy(self) -> bool:
        """Whether somebody may be told to come again."""
        return False


class MirroredSchema(PublicSchema):
    def may_be_busy(self) -> bool:
        return bool(self.view.action == "list")

    def _get_response_for_code(
        self, serializer: Any, status_code: str, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        found = super()._get_response_for_code(serializer, status_code, *args, **kwargs)
        if self.view.action == "list" and status_code == "200":
            for body in found["content"].values():
                # Both fit a page without rows.
                body["schema"] = {"anyOf": [body["schema"], self._changes()]}
        return found

    def _changes(self) -> dict[str, Any]:
        view: MirroredViewSet = self.view
        row = self.resolve_serializer(view.detail_class or view.serializer_class, "response").ref
        moment = {"type": "string", "format": "date-time"}
        left = {"id": {"type": "integer"}, "changed_at": moment, "withdrawn_at": moment}
        dated = {"type": "object", "required": ["changed_at"], "properties": {"changed_at": moment}}
        tombstone = {"type": "object", "required": [*left], "properties": left, "additionalProperties": False}
        found = ChangePages().get_paginated_response_schema(
            {"type": "array", "items": {"oneOf": [{"allOf": [row, dated]}, tombstone]}}
        )
        found["required"].append("changed_until")
        found["properties"]["changed_until"] = moment
        return {**found, "description": "With changed_since."}


class FileSchema(PublicSchema):
    def get_operation_id(self) -> str:
        return re.sub(r"[^a-z]+", "_", self.path.lower().replace("{id}", "")).strip("_")

    def get_response_serializers(self) -> Any:
        return {200: OpenApiResponse(self.view.holds, description=self.view.about)}

    def may_be_busy(self) -> bool:
        return isinstance(self.view, File)

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        del bodies["406"]  # the address says the format
        return bodies


class LinkedSchema(FileSchema):
    def get_response_serializers(self) -> Any:
        return OpenApiTypes.OBJECT


class CatalogueSchema(FileSchema):
    def get_response_serializers(self) -> Any:
        return OpenApiTypes.OBJECT

    def get_override_parameters(self) -> list[Any]:
        return [Asked]
