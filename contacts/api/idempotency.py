"""`Idempotency-Key`: what a program sends again, because it never heard the answer, is done once.

After draft-ietf-httpapi-idempotency-key-header. The answer is kept by the transaction that did the work, so a
crash leaves both or neither. A refusal does nothing, so it is not kept: the key can be used for the corrected
request. The key belongs to one user; the answer is given again to the same request only, and only while the
user may see the same fields of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.serializers import restricted_of
from contacts.models import KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_HEADERS = ("Location", "ETag")
# A structured string, or the same without its quotation marks, as many programs send it.
_KEY = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})')


class StillRunning(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = _("The first request with this key has not ended yet. Send it again in a moment.")
    default_code = "still_running"
    wait = 1  # becomes Retry-After

    errors = [{"field": HEADER, "code": default_code, "detail": default_detail}]


class KeyOfAnother(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = _(
        "This key was used for another request, or you could see other fields then. "
        "Take a new key for what is new."
    )
    default_code = "key_reused"

    errors = [{"field": HEADER, "code": default_code, "detail": default_detail}]


def once(method: Callable) -> Callable:
    """For a method of a viewset that answers a POST: one transaction, and one only for each key."""

    @wraps(method)
    @transaction.atomic
    def act(self: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        sent = request.headers.get(HEADER)
        if sent is None:
            return method(self, request, *args, **kwargs)
        key, asked = _key(request, sent), _asked(self, request)
        _take(key)
        KeptAnswer.objects.old().filter(key=key).delete()
        kept = KeptAnswer.objects.filter(key=key).first()
        if kept is None:
            response = method(self, request, *args, **kwargs)
            _keep(self, response, key=key, request=asked)
            return response
        if kept.request != asked:
            raise KeyOfAnother
        headers = {**kept.headers, REPLAYED: "true"}
        return HttpResponse(
            kept.body, status=kept.status, headers=headers, content_type=JSONRenderer.media_type
        )

    act.takes_a_key = True  # type: ignore[attr-defined]
    return act


def _key(request: Request, sent: str) -> str:
    found = _KEY.fullmatch(sent.strip())
    if found is None:
        text = _("Give 1 to 255 letters, digits or signs of ASCII without blanks, best a new UUID.")
        raise serializers.ValidationError({HEADER: [serializers.ErrorDetail(str(text), code="invalid")]})
    return _digest([request.user.pk, found[1] or found[2]])


def _asked(view: Any, request: Request) -> str:
    """All that decides on the answer, the fields that its sender may see included."""
    user: Any = request.user
    seen = sorted(right for right in restricted_of(view.serializer_class).values() if user.sees(right))
    address, version = request.get_full_path(), request.headers.get("If-Match")
    return _digest([request.method, address, version, request.data, seen])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _take(key: str) -> None:
    """Let nobody else use the key until the transaction ends."""
    if connection.vendor != "postgresql":
        return  # SQLite has one writer at a time: the second has waited for the first already
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int(key[:16], 16) - 2**63])
        if not cursor.fetchone()[0]:
            raise StillRunning


def _keep(view: Any, response: Response, *, key: str, request: str) -> None:
    chosen: Any = view.request
    body = chosen.accepted_renderer.render(
        response.data, chosen.accepted_media_type, view.get_renderer_context()
    )
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    KeptAnswer.objects.create(
        key=key,
        request=request,
        status=response.status_code,
        headers={**headers, "Content-Language": get_language()},
        body=body.decode(),
    )
