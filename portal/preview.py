"""What the public would see if a row were published now, asked of the public's own view.

Within a transaction the row is marked as published, the view is asked, and all is rolled back: no rendering
of its own that could say something else, and no moment in which anybody sees what is not public yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contacts.models import Document
from contacts.records import PublishableRecord
from delegations.models import Delegation, ProgrammeItem
from portal.in_words import Lines, lines
from portal.urls import ADDRESS, RESOURCES
from relations.models import Agreement, Partnership, Project, Signature

PREVIEWED: dict[str, type[PublishableRecord]] = {
    model._meta.label_lower: model
    for model in (Partnership, Agreement, Project, Delegation, ProgrammeItem, Document)
}
NAMES: dict[type[PublishableRecord], str] = {
    Partnership: "partnerships",
    Project: "projects",
    Delegation: "visits",
}
# Of the visits that name a paper so many are shown; it looks alike in all of them.
MOST_PLACES = 5


@dataclass(frozen=True)
class Place:
    """A page of the public, as it would be."""

    whole: Any
    facts: Mapping[str, Any]
    lines: Lines
    hidden: list[str]

    @property
    def address(self) -> str:
        return f"{ADDRESS}/{NAMES[type(self.whole)]}/{self.whole.pk}/"

    @property
    def as_programs_read_it(self) -> str:
        return json.dumps(self.facts, ensure_ascii=False, indent=2)


def wholes_of(row: Any) -> list[Any]:
    """The rows on whose pages it is seen: its own, or that of what it belongs to."""
    match row:
        case Agreement():
            return [row.partnership] if row.partnership else []
        case ProgrammeItem():
            return [row.delegation]
        case Document():
            return list(Delegation.objects.filter(documents=row)[:MOST_PLACES])
    return [row]


def seen(whole: Any, *, as_if_public: Iterable[Any], language: str) -> Mapping[str, Any]:
    """What the public gets on the page of that row, as if these rows were published as well."""
    with transaction.atomic():
        for row in as_if_public:
            model: Any = type(row)
            model.objects.filter(pk=row.pk).update(published_at=timezone.now(), withdrawn_at=None)
        answer = _answer(NAMES[type(whole)], whole.pk, language)
        transaction.set_rollback(True)
    if answer.status_code != 200:
        raise Http404(_("The public gets no page of this. Perhaps somebody has just deleted it."))
    facts: Mapping[str, Any] = json.loads(answer.content)
    return facts


def _answer(name: str, pk: int, language: str) -> Any:
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = f"{ADDRESS}/{name}/{pk}/"
    request.GET = QueryDict(f"lang={language}")
    return RESOURCES[name].as_view({"get": "retrieve"})(request, pk=pk)


def places_of(row: Any, *, language: str) -> Iterator[Place]:
    for whole in wholes_of(row):
        as_if_public = [each for each in dict.fromkeys((row, whole)) if not each.is_published]
        facts = seen(whole, as_if_public=as_if_public, language=language)
        serializer = RESOURCES[NAMES[type(whole)]]
        yield Place(
            whole=whole,
            facts=facts,
            lines=lines((serializer.detail_class or serializer.serializer_class)(), facts),
            hidden=list(hidden_of(whole, facts)),
        )


# --- what stays hidden ---


def hidden_of(whole: Any, facts: Mapping[str, Any]) -> Iterator[str]:
    """What belongs to it and is not shown, counted: the rows there are, less those that are shown."""
    match whole:
        case Partnership():
            agreements = [agreement["id"] for agreement in facts["agreements"]]
            signatures = [one for agreement in facts["agreements"] for one in agreement["signatures"]]
            yield from _less(whole.agreements, agreements, _("Agreements that are not published"))
            signed = Signature.objects.filter(agreement__in=agreements)
            yield from _less(signed, signatures, _("Signatures without a public office"))
        case Project():
            shown = facts["partnerships"]
            yield from _less(whole.partnerships, shown, _("Partnerships that are not published"))
        case Delegation():
            unnamed = _("Participants without a public office, there privately, or not there at all")
            yield from _less(whole.participants, facts["participants"], unnamed)
            yield from _less(whole.programme, facts["programme"], _("Programme items that are not published"))
            yield from _less(whole.documents, facts["documents"], _("Documents that are not published"))
            if whole.partnership_id and facts["partnership"] is None:
                yield _("The partnership, which is not published")


def _less(rows: Any, shown: Sized, title: str) -> Iterator[str]:
    if count := rows.count() - len(shown):
        yield f"{title}: {count}"


# --- the page ---


def may_preview(user: Any, model: type[models.Model]) -> bool:
    """Whoever may publish it."""
    known = PREVIEWED.get(model._meta.label_lower)
    return known is not None and user.has_perms(
        f"{model._meta.app_label}.{action}_{model._meta.model_name}" for action in ("view", "publish")
    )


@require_safe
def preview(request: HttpRequest, model: str, pk: int) -> HttpResponse:
    """How the public sees a row, or would see it."""
    kind: Any = PREVIEWED.get(model)
    if kind is None:
        raise Http404
    if not may_preview(request.user, kind):
        raise PermissionDenied
    row = get_object_or_404(kind.objects.labelled(), pk=pk)
    request.current_app = admin.site.name  # type: ignore[attr-defined]
    places = list(places_of(row, language=translation.get_language() or settings.LANGUAGE_CODE))
    context = {
        **admin.site.each_context(request),
        "title": _("Preview: as the public sees it"),
        "subtitle": str(row),
        "opts": kind._meta,
        "original": row,
        "places": places,
        "unseen": _unseen(row, places),
        "is_open": settings.PORTAL,
        "hides_file": isinstance(row, Document) and bool(row.file),
        "do": {verb: _address_of(row, verb) for verb in ("publish", "withdraw")},
    }
    return TemplateResponse(request, "portal/preview.html", context)


def _address_of(row: Any, verb: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_do", args=[row.pk, verb])


def _unseen(row: Any, places: list[Place]) -> str:
    """Why it would be seen nowhere, though it were published."""
    if places:
        return ""
    if isinstance(row, Agreement):
        return _("It would be seen nowhere: agreements stand on the page of their partnership.")
    return _("It would be seen nowhere: documents stand on the pages of the visits that they belong to.")
