"""The description of the staff API, and the page that shows it. Loaded once somebody asks for one of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import get_language
from drf_spectacular.authentication import BasicScheme
from drf_spectacular.plumbing import get_lib_doc_excludes
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

from config.api import CountedPassword, StrictRequest
from contacts.api.serializers import CleanModelSerializer, RowSerializer, StrictSerializer
from contacts.api.views import PublishableViewSet, RecordViewSet, StaffViewSet, StrictParameters
from portal.door import PUBLIC


class CountedPasswordScheme(BasicScheme):
    """It reads as basic authentication."""

    target_class = CountedPassword  # type: ignore[assignment]


class DescriptionView(StrictRequest, SpectacularAPIView):
    """Made once in each process and language: it takes seconds, and anybody may ask for it."""

    made: ClassVar[dict[tuple[str | None, str], bytes]] = {}

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer: Any = request.accepted_renderer
        key = (get_language(), renderer.media_type)
        if key not in self.made:
            self.made[key] = renderer.render(super().get(request, *args, **kwargs).data, renderer.media_type)
        return HttpResponse(self.made[key], content_type=f"{renderer.media_type}; charset=utf-8")


def inherited_words() -> list[type]:
    """Base classes whose docstrings speak to us, not to the reader."""
    bases = (StrictSerializer, CleanModelSerializer, RowSerializer)
    viewsets = (StrictParameters, StrictRequest, StaffViewSet, RecordViewSet, PublishableViewSet)
    return [*get_lib_doc_excludes(), *bases, *viewsets]


def staff_only(endpoints: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [endpoint for endpoint in endpoints if not endpoint[0].startswith(PUBLIC)]


schema = DescriptionView.as_view()
docs = SpectacularSwaggerSplitView.as_view(url_name="api-schema")
