"""Files over the API: fetched, replaced and removed at an address of their own below their row."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.described import described
from contacts.api.serializers import StrictSerializer
from contacts.downloads import download, may_see
from contacts.uploads import ALL_KINDS, ANY_MEDIA_TYPE

# The last is of files whose name tells no kind; generators of clients know by it that all of them are bytes.
MEDIA_TYPES_OF_FILES = (*(kind.media_type for kind in ALL_KINDS), ANY_MEDIA_TYPE)


class AnyMediaType(JSONRenderer):
    """Lets a program ask for application/pdf, say; what goes wrong is told in JSON all the same."""

    media_type = "*/*"


def uploads_at(name: str) -> type:
    """The views of the upload field of this name, for the viewset of its model to inherit.

    `GET …/{id}/<name>/` hands the file out, `PUT` takes a new one as the part <name> of a multipart form and
    answers with the row, `DELETE` removes it.
    """
    sent: Any = type(
        f"{name.capitalize()}UploadSerializer",
        (StrictSerializer,),
        {name: serializers.FileField(), "__doc__": None},
    )

    class UploadViews:
        @described(
            summary="Fetch the file",
            responses={(200, media_type): OpenApiTypes.BINARY for media_type in MEDIA_TYPES_OF_FILES},
        )
        @action(
            detail=True,
            url_path=name,
            url_name=name,
            parser_classes=[MultiPartParser],
            renderer_classes=[JSONRenderer, AnyMediaType],
        )
        def download_file(self: Any, request: Request, pk: int) -> FileResponse:
            return download(getattr(self._row_with_file(), name))

        @described(
            summary="Upload a file in place of what is there",
            description="PDF, PNG, JPEG, DOCX or XLSX, found out by its bytes. "
            "Pictures are kept without what their file says of place and camera.",
            request={"multipart/form-data": sent},
        )
        @download_file.mapping.put
        @transaction.atomic
        def upload_file(self: Any, request: Request, pk: int) -> Response:
            row = self._row_with_file()
            serializer = sent(data=request.data)
            serializer.is_valid(raise_exception=True)
            setattr(row, name, serializer.validated_data[name])
            row.full_clean()
            row.save()
            return self.answer_anew(row)

        @described(summary="Remove the file")
        @download_file.mapping.delete
        @transaction.atomic
        def remove_file(self: Any, request: Request, pk: int) -> Response:
            row = self._row_with_file()
            setattr(row, name, "")
            row.save()
            return Response(status=status.HTTP_204_NO_CONTENT)

        def _row_with_file(self: Any) -> Any:
            row = self.get_object()
            if not may_see(self.request.user, row._meta.get_field(name)):
                raise Http404
            return row

    return UploadViews
