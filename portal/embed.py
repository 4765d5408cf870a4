"""What a page of the city drops in: a script with its map (`embedded/`), and a page for a frame.

Both read the public API as any program does. Their addresses stay as they are: v1 becomes v2 only where pages
that use them would have to change.
"""

from __future__ import annotations

import datetime
import gzip
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from csp.decorators import csp_replace
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.dates import PartialDate
from portal import published
from portal.api import PartnershipQuery, narrowed_ties
from portal.naming import name_of
from portal.views import PublicPages, PublicView
from relations.anniversaries import next_anniversary
from relations.models.partnerships import Status

FOLDER = Path(__file__).resolve().parent / "embedded"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# A new version of the house reaches the pages within this time.
KEPT_SECONDS = 300


# --- the script and what it loads ---


class File(NamedTuple):
    tag: str
    plain: bytes
    compressed: bytes


@lru_cache
def _read(file: Path, changed: int) -> File:
    content = file.read_bytes()
    return File(hashlib.sha256(content).hexdigest()[:32], content, gzip.compress(content, mtime=0))


@require_safe
def embedded(request: HttpRequest, name: str) -> Any:
    """A file that pages of any origin may load and caches may keep."""
    file = FOLDER / name
    found = _read(file, file.stat().st_mtime_ns)
    is_compressed = re.search(r"\bgzip\b", request.headers.get("Accept-Encoding", ""))
    tag = f'"{found.tag}-gzip"' if is_compressed else f'"{found.tag}"'
    answer: Any = HttpResponse(
        found.compressed if is_compressed else found.plain,
        content_type=f"{TYPES[file.suffix]}; charset=utf-8",
        headers={
            "ETag": tag,
            "Cache-Control": f"public, max-age={KEPT_SECONDS}",
        },
    )
    if is_compressed:
        answer["Content-Encoding"] = "gzip"
    patch_vary_headers(answer, ["Accept-Encoding"])
    answer = get_conditional_response(request, etag=tag, response=answer)
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


# --- the page for a frame ---

PARTS = ("map", "list", "anniversaries")
FILTERS = ("country", "kind", "status", "theme")
# That a tie is alive needs no word.
TOLD = (Status.PROPOSED, Status.DORMANT, Status.SUSPENDED, Status.ENDED)


class PartsField(serializers.CharField):
    """Some of the parts, in the order in which they are to stand."""

    default_error_messages = {"unknown": _("“{part}” is no part of this page. Possible: {known}.")}

    def to_internal_value(self, data: Any) -> str:
        parts = super().to_internal_value(data).replace(",", " ").split()
        for part in parts:
            if part not in PARTS:
                self.fail("unknown", part=part, known=", ".join(PARTS))
        return " ".join(dict.fromkeys(parts))


class EmbedQuery(PartnershipQuery):
    """What the attributes of the element are to the script, the parameters are to the page."""

    year = None  # type: ignore[assignment]
    search = None  # type: ignore[assignment]
    changed_since = None  # type: ignore[assignment]
    show = PartsField(required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, help_text="Anniversaries.")


class EmbedPages(PublicPages):
    """Of ties, where no script runs."""

    page_size = 100
    parameters: tuple[str, ...] = ("cursor",)


class EmbedPage(PublicView):
    """The element on a page of ours. Without JavaScript it shows lists that the server has written."""

    schema = None
    renderer_classes = (TemplateHTMLRenderer,)
    ordering = ("partner__name",)

    def parameters(self, action: str | None = None) -> set[str]:
        return {*EmbedQuery().fields, *EmbedPages.parameters}

    def get(self, request: Request) -> Response:
        sent = request.query_params.dict()
        query = EmbedQuery(
            data={name: text for name, text in sent.items() if name not in EmbedPages.parameters}
        )
        query.is_valid(raise_exception=True)
        asked = {"show": " ".join(PARTS), "limit": 6, **query.validated_data, "lang": self.language}
        filters = {name: asked[name] for name in FILTERS if name in asked}
        today, pages = timezone.localdate(), EmbedPages()
        # Of them only what a line says, and after what the next page begins.
        ties = published.partnerships(today).prefetch_related(None)
        ties = ties.only(*published.PARTNERSHIP, "partner__sort")
        page = pages.paginate_queryset(narrowed_ties(ties, **filters), request, view=self)
        celebrated = narrowed_ties(published.celebrated(today), **filters)
        context = {
            "asked": asked,
            "language": translation.get_language(),
            "ties": self.ties(page),
            "links": pages.get_paginated_response([]).data,
            "coming": self.coming(celebrated, today, limit=asked["limit"]),
        }
        return Response(context, template_name="portal/embed.html")

    def ties(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [
            {
                "name": name_of(tie.partner, self.language),
                "home": name_of(tie.home, self.language),
                "country": tie.partner.country.name,
                "kind": tie.get_kind_display(),
                "founded": tie.founded,
                "status": Status(tie.status_then).label if tie.status_then in TOLD else "",
            }
            for tie in rows
        ]

    def coming(self, ties: Any, today: datetime.date, *, limit: int) -> list[dict[str, Any]]:
        """The next anniversary of each tie, in their order: what is left of this year, then the next one."""
        is_ahead = Q(founded_month_day__gte=f"{today:%m-%d}") | Q(founded_month_day__in=["", f"{today:%m}"])
        this_year = Q(founded__lt=PartialDate(today.year)) & is_ahead
        next_year = Q(founded__lt=PartialDate(today.year + 1)) & ~this_year
        found: list[Any] = []
        for year in (this_year, next_year):
            found += ties.filter(year).order_by("founded_month_day", "pk")[: limit - len(found)]
        return [
            {"name": name_of(tie, self.language), "years": each.years, "on": each.when, "of": each.milestone}
            for tie in found
            if (each := next_anniversary(tie.founded, today))
        ]

    def handle_exception(self, error: Exception) -> Response:
        """A page that says what is wrong with the address: whoever sets up a frame sees it there."""
        answer = super().handle_exception(error)
        self.request.accepted_renderer = TemplateHTMLRenderer()
        self.request.accepted_media_type = TemplateHTMLRenderer.media_type
        context = {"problem": answer.data, "language": translation.get_language()}
        return Response(context, status=answer.status_code, template_name="portal/embed_problem.html")


# Any page may frame it, for it shows what is public and takes nothing; all else of our policy holds.
framed = xframe_options_exempt(csp_replace({"frame-ancestors": ["*"]})(EmbedPage.as_view()))


def address_of(file: Path) -> URLPattern:
    name = file.relative_to(FOLDER).as_posix()
    return path(name, embedded, {"name": name}, name=f"embed-{file.name}")


urlpatterns = [
    path("", framed, name="embed"),
    *(address_of(file) for file in sorted(FOLDER.rglob("*.*"))),
]
