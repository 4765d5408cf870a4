"""What the description of the API says of every address, so that no resource has to."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiParameter, inline_serializer
from rest_framework import serializers

from contacts.api.bulk import MOST_ROWS
from contacts.api.fields import RelationField
from contacts.api.idempotency import HEADER, REPLAYED
from contacts.api.problems import MEDIA_TYPE, OutdatedProblem, Problem
from contacts.api.selection import READING, parameters_described
from contacts.api.serializers import CleanModelSerializer, RowSerializer
from contacts.api.sheets import FORMATS, SHEETS, Csv
from contacts.api.sheets import PARAMETER as FORMAT
from contacts.api.tokens import TokenAuthentication
from contacts.scopes import scope_of

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
WITH_BODY = ("POST", "PUT", "PATCH")


def _header(
    name: str, text: str, kind: OpenApiTypes = OpenApiTypes.STR, response: list[str] | None = None
) -> OpenApiParameter:
    """A header of the request, or of the answers named."""
    return OpenApiParameter(name, kind, "header", description=text, response=response or False)


REFERENCE = ResolvedComponent(
    name="Reference",
    type=ResolvedComponent.SCHEMA,
    object=RelationField,
    schema={
        "type": "object",
        "description": "Another row; with ?expand= it has all of its fields.",
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
        "required": ["id", "name"],
    },
)


class RelationSchema(OpenApiSerializerFieldExtension):
    target_class = RelationField

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        if direction == "request":
            return {"type": "integer"}
        auto_schema.registry.register_on_missing(REFERENCE)
        return REFERENCE.ref


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of a member of staff, in the header Authorization: Token gb_… (or Bearer "
            "gb_…). Each operation names the scope that a token needs; :write lets read as well.",
        }


class StaffSchema(AutoSchema):
    view: Any

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        if self._says("creates"):
            bodies["201"] = bodies.pop("200")
        if self._is_list():
            for sheet in SHEETS:
                schema = {"type": "string", **({} if sheet is Csv else {"format": "binary"})}
                bodies["200"]["content"][sheet.media_type] = {"schema": schema}
        if hasattr(self.view, "poll") and getattr(self.view, "action", None) == "list":
            bodies["304"] = {"description": "Not changed since the ETag that was sent as If-None-Match."}
        if getattr(self.view, "action", None) == "create":
            bodies["201"]["links"] = self._links()
        for code in self._problems():
            problem = OutdatedProblem if code == "412" else Problem
            bodies.setdefault(code, self._get_response_for_code(problem, code, [MEDIA_TYPE], direction))
        return bodies

    def _links(self) -> dict[str, Any]:
        """Where the new row is read, changed and deleted."""
        resource = self.get_operation_id().removesuffix("_create")
        return {
            action: {"operationId": f"{resource}_{action}", "parameters": {"id": "$response.body#/id"}}
            for action in ("retrieve", "update", "partial_update", "destroy")
            if hasattr(self.view, action)
        }

    def _get_serializer_field_meta(self, field: Any, direction: Direction) -> dict[str, Any]:
        """Without what people call the field: generators would call classes so, in each language anew."""
        meta = super()._get_serializer_field_meta(field, direction)
        meta.pop("title", None)
        return meta

    def get_operation_id(self) -> str:
        """A verb is called as it is: partnerships_suspend, not partnerships_suspend_create."""
        found = super().get_operation_id()
        action = getattr(self.view, "action", None)
        is_verb = self.method == "POST" and action not in ("create", "bulk_create")
        return found.removesuffix("_create") if is_verb else found

    def get_request_serializer(self) -> Any:
        found = super().get_request_serializer()
        if not self._says("takes_rows"):
            return found
        name = f"{self._get_serializer_name(found, 'response')}Rows"
        serializer_class: Any = type(found)
        rows = serializer_class(many=True, allow_empty=False, max_length=MOST_ROWS)
        return inline_serializer(name, {"rows": rows})

    def get_auth(self) -> list[dict[str, Any]]:
        """With the scope that a token needs."""
        right_for = next(
            (one.right_for for one in self.view.permission_classes if hasattr(one, "right_for")), None
        )
        scope = scope_of(right_for(self.view, self.method)) if right_for else None
        return [
            {name: [scope] if name == TokenScheme.name and scope else scopes for name, scopes in auth.items()}
            for auth in super().get_auth()
        ]

    def _map_serializer(
        self, serializer: Any, direction: Direction, bypass_extensions: bool = False
    ) -> dict[str, Any]:
        """A row may come without any of its fields: by ?fields=, or because one may not see it."""
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        is_row = isinstance(serializer, CleanModelSerializer) and not isinstance(serializer, RowSerializer)
        if direction == "response" and is_row:
            schema.pop("required", None)
        return schema

    def _map_serializer_field(
        self, field: Any, direction: Direction, bypass_extensions: bool = False
    ) -> dict[str, Any]:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        most = getattr(field, "max_length", None)
        if isinstance(field, serializers.ListSerializer) and most:
            schema |= {"minItems": 0 if field.allow_empty else 1, "maxItems": most}
        return schema

    def _problems(self) -> list[str]:
        codes = ["400", "401", "403", "406"]
        if "{id}" in self.path:
            codes.append("404")
        if self.method in UNSAFE:
            codes.append("409")
        if self._names_a_version():
            codes.append("412")
        if self.method in WITH_BODY:
            codes += ["413", "415"]
        if self._counts_tries() or self._is_list():
            codes.append("429")
        if self._says("takes_a_key"):
            codes.append("422")
        return codes

    def _says(self, name: str) -> bool:
        """What the decorators of a method note on it."""
        action = getattr(self.view, getattr(self.view, "action", None) or "", None)
        return getattr(action, name, False)

    def _is_list(self) -> bool:
        """Whether it is a list that can be had as a file, too."""
        return getattr(self.view, "action", None) == "list" and hasattr(self.view, "expandable")

    def _counts_tries(self) -> bool:
        return getattr(self.view, "counts_tries", False)

    def _headers(self) -> list[OpenApiParameter]:
        """What an answer says beside its body."""
        found = []
        if self._names_a_version():
            found.append(_header("ETag", "The version of the row.", response=["412"]))
        if self._counts_tries() or self._is_list():
            found.append(_header("Retry-After", "Seconds until the next try.", OpenApiTypes.INT, ["429"]))
        if self._says("takes_a_key"):
            text = "Seconds until the next try, where the first request with the key has not ended."
            found.append(_header("Retry-After", text, OpenApiTypes.INT, ["409"]))
            text = "`true` where the answer is that of an earlier request with the same key."
            found.append(_header(REPLAYED, text, response=["200", "201"]))
        return found

    def get_override_parameters(self) -> list[Any]:
        parameters = [*super().get_override_parameters(), *self._headers()]
        if getattr(self.view, "action", "") in READING and hasattr(self.view, "expandable"):
            parameters += parameters_described(self.view, list(self.view.get_serializer().fields))
        if self._is_list():
            text = (
                "`csv` and `xlsx` give all rows as a file, as does the header Accept. Its columns are those "
                "of the JSON, what lies deeper by its path: `home.name`. It takes the right to export."
            )
            parameters.append(OpenApiParameter(FORMAT, enum=FORMATS, default="json", description=text))
        if self._names_a_version():
            text = "The ETag of the version that you loaded; an older one is refused."
            parameters.append(_header("If-Match", text))
        if self._says("takes_a_key"):
            text = (
                "A text of your own choice, best a new UUID, in quotation marks or without: sent again with "
                "it within 23 hours, the request is not done again, and the answer is the same."
            )
            parameters.append(_header(HEADER, text))
        return parameters

    def _names_a_version(self) -> bool:
        return self.method in UNSAFE and "{id}" in self.path
