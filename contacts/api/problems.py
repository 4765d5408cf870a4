"""Errors as problem details (RFC 9457): one shape, whatever went wrong, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import IntegrityError, OperationalError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: _("The request is not valid"),
    401: _("Not signed in"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("This cannot be done here"),
    406: _("No such format"),
    409: _("In conflict with what is stored"),
    412: _("Changed in the meantime"),
    413: _("Too large"),
    415: _("No such format"),
    422: _("The key belongs to something else"),
    429: _("Too many requests"),
    500: _("The server failed"),
    503: _("Too much at once"),
}
# What is refused, or breaks, before or outside the views of the API.
OUTSIDE = {
    400: _("This request cannot be read"),
    404: _("There is nothing at this address."),
    500: _("The fault is ours, and it is on record. Try again later."),
    503: _("Too many ask for large files just now. Ask again after the seconds that Retry-After names."),
}
NAMED_AT_MOST = 20
# PostgreSQL ended one of two that waited for each other: serialization failure, deadlock.
LET_ANOTHER_PASS = ("40001", "40P01")


class Referenced(exceptions.APIException):
    """Something on record refers to what should be deleted."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _("This is still in use and cannot be deleted. What refers to it is listed.")
    default_code = "referenced"

    def __init__(self, referring: Any) -> None:
        super().__init__()
        self.errors = [
            {
                "field": api_settings.NON_FIELD_ERRORS_KEY,
                "code": "referenced",
                "detail": f"{row._meta.verbose_name}: {row}",
            }
            for row in _read_anew(sorted(referring, key=lambda row: (row._meta.label, row.pk)))
        ]


def _read_anew(rows: list[Any]) -> Iterator[Any]:
    """As they are now, with what their labels need: meanwhile someone else may have deleted some of it."""
    for row in rows[:NAMED_AT_MOST]:
        label_relations = getattr(row, "label_relations", ())
        anew = type(row)._base_manager.filter(pk=row.pk)
        yield from anew.select_related(*label_relations) if label_relations else anew


class Conflict(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = _("Someone else saved something at the same moment. Load it again and repeat.")
    default_code = "conflict"


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The request is larger than the server reads. Files have an address of their own.")
    default_code = "too_large"


class Outdated(exceptions.APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = _("This was changed after you loaded it. Load it again and repeat.")
    default_code = "outdated"

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version
        detail = _("Version %(version)s is the current one.") % {"version": version}
        self.errors = [{"field": "If-Match", "code": "outdated", "detail": detail}]


def as_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The exception handler of the API; None for what only a programmer can mend."""
    error = _translated(error)
    response = exception_handler(error, context)
    if response is None:
        return None
    errors = getattr(error, "errors", [])
    detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
    if isinstance(error, exceptions.ValidationError):
        errors = entries(error)
        detail = _("One thing needs correction.") if len(errors) == 1 else _("Some things need correction.")
    if response.status_code == status.HTTP_403_FORBIDDEN and (lacked := _lacked_scopes(context)):
        errors = [{"field": "Authorization", "code": "scope", "detail": scope} for scope in lacked]
        detail = _("The token is not made for this: it lacks the scope %(scopes)s.") % {
            "scopes": ", ".join(lacked)
        }
    response.data = _problem(response.status_code, detail, errors, title=response.status_text)
    if isinstance(error, Outdated):
        response.data["version"] = error.version
        response["ETag"] = f'"{error.version}"'
    response.content_type = MEDIA_TYPE
    if request := context.get("request"):
        # Whatever the answer would have been written in.
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
    return response


def _lacked_scopes(context: dict[str, Any]) -> tuple[str, ...]:
    """What the token of this request does not allow, though its owner may do it."""
    request = context.get("request")
    return getattr(request.auth, "lacked", ()) if request else ()


def outside(status: int) -> JsonResponse:
    """The same shape for what no view of the API has answered."""
    return JsonResponse(_problem(status, OUTSIDE[status], []), status=status, content_type=MEDIA_TYPE)


def entries(error: serializers.ValidationError | ModelValidationError) -> list[dict[str, str]]:
    """What is not valid, as it stands in the errors of a problem."""
    found: Any = _translated(error)
    return list(_flat(found.detail))


def _problem(status: int, detail: Any, errors: list[Any], *, title: str = "") -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": TITLES.get(status, title),
        "status": status,
        "detail": detail,
        "errors": errors,
    }


def _translated(error: Exception) -> Exception:
    match error:
        case Http404():
            # Django's own sentence names the model, and in English only.
            return exceptions.NotFound()
        case RequestDataTooBig():
            return TooLarge()
        case SuspiciousOperation() | BadRequest():
            # More fields than a request may have, say; Django's own words are for the log.
            return exceptions.ParseError(OUTSIDE[400])
        case ProtectedError():
            return Referenced(error.protected_objects)
        case RestrictedError():
            return Referenced(error.restricted_objects)
        case IntegrityError():
            # The models check their rules first; what only the database found is a race.
            return Conflict()
        case OperationalError() if getattr(error.__cause__, "sqlstate", "") in LET_ANOTHER_PASS:
            return Conflict()
        case ModelValidationError():
            return exceptions.ValidationError(serializers.as_serializer_error(error))
    return error


def _flat(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Each sentence with its field; a field within a list is `partners.0.organisation`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flat(inner, path if isinstance(inner, str) else f"{path}.{index}")
    else:
        field = path or api_settings.NON_FIELD_ERRORS_KEY
        yield {"field": field, "code": detail.code, "detail": str(detail)}


class ProblemEntry(serializers.Serializer):
    row = serializers.IntegerField(
        required=False, help_text="Only of bulk creates: which row it was, counted from 0."
    )
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer):
    """Problem details after RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemEntry(many=True)  # type: ignore[assignment]


class OutdatedProblem(Problem):
    """The row has been changed since; version is the current one."""

    version = serializers.IntegerField()
