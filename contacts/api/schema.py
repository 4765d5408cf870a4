"""What the description of the API says of every address, so that no resource has to."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiParameter

from contacts.api.problems import MEDIA_TYPE, Problem

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


class StaffSchema(AutoSchema):
    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        action = getattr(self.view, getattr(self.view, "action", None) or "", None)
        if getattr(action, "creates", False):
            bodies["201"] = bodies.pop("200")
        for code in self._problems():
            bodies.setdefault(code, self._get_response_for_code(Problem, code, [MEDIA_TYPE], direction))
        return bodies

    def _problems(self) -> list[str]:
        codes = ["400", "401", "403"]
        if "{id}" in self.path:
            codes.append("404")
        if self.method in UNSAFE:
            codes.append("409")
        if self._names_a_version():
            codes.append("412")
        return codes

    def get_override_parameters(self) -> list[Any]:
        parameters = super().get_override_parameters()
        if not self._names_a_version():
            return parameters
        if_match = OpenApiParameter(
            "If-Match",
            OpenApiTypes.STR,
            OpenApiParameter.HEADER,
            description="The ETag of the version that you loaded; an older one is refused.",
        )
        return [*parameters, if_match]

    def _names_a_version(self) -> bool:
        return self.method in UNSAFE and "{id}" in self.path
