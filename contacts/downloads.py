"""Files are handed out here alone: to those who may see the row and the field, each time anew."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import models
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from contacts.uploads import Upload, UploadField


@require_safe
@login_required
def file(request: HttpRequest, model: str, pk: int, field: str) -> FileResponse:
    """`/files/contacts.document/5/file/`: the file of a row, for those who may view the row."""
    upload_field = _upload_field(model, field, request.user)
    if not request.user.has_perm(_right_to_view(upload_field.model)):
        raise PermissionDenied
    return download(getattr(get_object_or_404(upload_field.model, pk=pk), field))


@require_safe
@login_required
def former_file(request: HttpRequest, model: str, pk: int, field: str, version: int) -> FileResponse:
    """`/files/contacts.document/5/file/17/`: as it was in a former version, for those who may see these."""
    upload_field = _upload_field(model, field, request.user)
    former = getattr(upload_field.model, "history", None)
    if former is None or not upload_field.keeps_former:
        raise Http404
    if not request.user.has_perm(_right_to_view(former.model)):
        raise PermissionDenied
    row = get_object_or_404(upload_field.model, pk=pk)
    instance = get_object_or_404(former.model, history_id=version, id=row.pk).instance
    return download(getattr(instance, field))


def download(upload: Upload) -> FileResponse:
    """The answer that hands out a file: to be saved, never to be shown or run, and kept by no proxy."""
    if not upload:
        raise Http404
    try:
        content = upload.storage.open(str(upload.name), "rb")
    except FileNotFoundError as problem:
        raise Http404 from problem
    return FileResponse(
        content,
        as_attachment=True,
        filename=upload.original_name,
        content_type=upload.media_type,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )


def may_see(user: Any, field: models.Field) -> bool:
    """False for a field that the model restricts to those with a right, for all others."""
    right = getattr(field.model, "restricted", {}).get(field.name)
    return right is None or user.has_perm(right)


def _upload_field(model: str, field: str, user: Any) -> UploadField:
    try:
        found = apps.get_model(model)._meta.get_field(field)
    except (LookupError, ValueError, FieldDoesNotExist) as problem:
        raise Http404 from problem
    if not isinstance(found, UploadField) or not may_see(user, found):
        raise Http404
    return found


def _right_to_view(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.view_{model._meta.model_name}"
