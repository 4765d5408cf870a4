"""The one base of all public views: read only, without a sign-in, strict, and the same for everybody.

An answer hangs on nothing but the address, its parameters and the data: not on cookies or languages of a
browser. So any cache may keep it; how long, and what it asks before it shows it again, is said here.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext
from rest_framework import exceptions, serializers, views, viewsets
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.described import DescribedBy
from contacts.api.pages import CursorPages
from contacts.api.polls import Poll, tag_of
from contacts.api.serializers import StrictSerializer
from contacts.api.views import StrictParameters
from contacts.names import fold
from portal import state
from portal.models import Look

# A withdrawal acts everywhere within a minute: no cache may keep an answer longer without asking again.
KEPT_SECONDS = 30
CACHED = f"public, max-age={KEPT_SECONDS}"
MOST_WORDS = 10
# The `search_paths` of all resources in words.
SEARCHED = (
    "Rows that hold every word, however it is spelled. Read are, and nothing else: of a city its names in "
    "every language on record; of a theme its names and its slug; of a partnership or anniversary the "
    "names of its cities; of a project its title, its summary and the names of its cities; of a visit its "
    "title, its purpose and the names of the cities where it stops."
)
GERMAN = "de"


class Json(JSONRenderer):
    """The same bytes whatever the request says of white space."""

    def get_indent(self, accepted_media_type: str, renderer_context: Any) -> None:
        return None


class Asked(StrictSerializer):
    """Parameters that every address takes."""

    lang = serializers.RegexField(
        r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$",
        required=False,
        max_length=35,
        help_text="Names in this language where they are known in it, else in German.",
    )


class AskedOfList(Asked):
    search = serializers.CharField(required=False, max_length=200, help_text=SEARCHED)

    def validate_search(self, text: str) -> str:
        if not fold(text)[0]:
            # There is no word in it, and a search without words would show everything.
            raise serializers.ValidationError(gettext("There is neither a letter nor a digit in it."))
        if len(text.split()) > MOST_WORDS:
            message = gettext("Give at most %(most)s words.") % {"most": MOST_WORDS}
            raise serializers.ValidationError(message)
        return text


class PublicPages(CursorPages):
    """Never counted, in one order only."""

    parameters: tuple[str, ...] = ("cursor", "page_size")

    def _wants_count(self) -> bool:
        return False

    def _ordering(self) -> list[str]:
        return list(self.view.ordering)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        found = super().get_schema_operation_parameters(view)
        return [parameter for parameter in found if parameter["name"] in self.parameters]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        found = super().get_paginated_response_schema(schema)
        del found["properties"]["count"]
        return found


class PublicView(StrictParameters, views.APIView):
    authentication_classes = ()
    permission_classes = ()
    renderer_classes: Any = (Json,)
    http_method_names = ("get", "head")

    language = GERMAN

    def parameters(self, action: str | None = "list") -> set[str]:
        return set()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.language = _primary(request.query_params.get("lang", GERMAN))
        # What goes wrong is told in it as well, as far as we speak it.
        translation.activate(self.language if self.language in dict(settings.LANGUAGES) else GERMAN)
        super().initial(request, *args, **kwargs)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        poll = Poll(request, state.lately)
        if unchanged := poll.unchanged():
            unchanged["Cache-Control"] = CACHED
            return unchanged
        answer = self.answer(request, *args, **kwargs)
        if answer.status_code != 200:
            answer["Cache-Control"] = "no-store"
            return answer
        answer["Cache-Control"] = CACHED
        answer["ETag"] = tag_of(answer)
        poll.remember(answer)
        return self.unless_known(request, answer)

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with translation.override(GERMAN):
            made: Any = super().dispatch(request, *args, **kwargs)
            if isinstance(made, Response):
                made.render()
            made["Content-Language"] = translation.get_language() or GERMAN
        return made

    def unless_known(self, request: HttpRequest, answer: HttpResponse) -> Any:
        """The answer, or that the client has it already, by its tag, which is made of its bytes.

        Whether it is still the one of a date takes more than this answer to tell: see the door.
        """
        modified_at = self.modified_at()
        stamp = int(modified_at.timestamp()) if modified_at else None
        is_dated = "If-Modified-Since" in request.headers
        known = get_conditional_response(
            request, etag=answer["ETag"], last_modified=None if is_dated else stamp, response=answer
        )
        # One by its tag has no date, so that it is the same whether or not the answer had to be made for it.
        if known is answer and stamp:
            answer["Last-Modified"] = http_date(stamp)
        return known

    def modified_at(self) -> datetime.datetime | None:
        """When the answer last changed, or anything that it could hang on, as the last look found it."""
        return None


def _primary(language: str) -> str:
    """tr of tr-TR: names are not known any closer."""
    return language.partition("-")[0].lower()


class PublicViewSet(PublicView, viewsets.GenericViewSet):
    """A resource says its rows, what is shown of them, and what they can be asked for by."""

    schema = DescribedBy("portal.schema.PublicSchema")
    pagination_class = PublicPages
    filter_backends = ()
    lookup_value_converter = "int"

    query_class: type[AskedOfList] = AskedOfList
    serializer_class: Any
    detail_class: Any = None
    """What the page of a single row shows, where that is more."""
    detail_format = "json"
    last_change: datetime.datetime | None = None
    """As it was when the rows were read or before: what is shown may be newer than its date, never older."""
    search_paths: tuple[str, ...] = ()
    """The folded columns that a search reads: made of published words alone."""
    ordering: tuple[str, ...] = ()

    def asked_class(self, action: str | None) -> type[Asked]:
        return self.query_class if action == "list" else Asked

    def parameters(self, action: str | None = "list") -> set[str]:
        pages = PublicPages.parameters if action == "list" else ()
        return {*self.asked_class(action)._declared_fields, *pages}

    def ordering_names(self) -> list[str]:
        return list(self.ordering)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        sent = request.query_params.dict()
        query = self.asked_class(self.action)(
            data={name: text for name, text in sent.items() if name not in PublicPages.parameters}
        )
        query.is_valid(raise_exception=True)
        self.asked = query.validated_data
        self.today = timezone.localdate()

    def rows(self) -> QuerySet:
        """All that are public."""
        raise NotImplementedError

    def narrowed(self, rows: QuerySet, **asked: Any) -> QuerySet:
        """Those asked for, by what `query_class` knows besides the language and the search."""
        return rows

    def detailed(self, rows: QuerySet) -> QuerySet:
        """With what only the page of a single row shows."""
        return rows

    def shown(self, rows: Any) -> Any:
        """What the serializer gets to see of them."""
        return rows

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The page of a thing names its other form."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        if self.action == "retrieve" and self.detail_format == "json" and answer.status_code == 200:
            language = f"?lang={self.asked['lang']}" if "lang" in self.asked else ""
            other = f"{request.path.rstrip('/')}.jsonld{language}"
            answer["Link"] = f'<{other}>; rel="alternate"; type="application/ld+json"'
        return answer

    def modified_at(self) -> datetime.datetime | None:
        """Any change anywhere: what a list is narrowed by stands in rows of other resources too."""
        return self.last_change

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "language": self.language}

    def get_serializer_class(self) -> type[serializers.Serializer]:
        return (self.action == "retrieve" and self.detail_class) or self.serializer_class

    def found(self) -> QuerySet:
        """The rows that are asked for."""
        asked = {name: value for name, value in self.asked.items() if name != "lang"}
        text = asked.pop("search", "")
        rows = self.narrowed(self.rows(), **asked)
        if text:
            rows = rows.search(text, paths=self.search_paths)  # type: ignore[attr-defined]
        return rows

    def list(self, request: Request) -> Response:
        page: Any = self.paginate_queryset(self.found().annotate(last_change=Look.last_change()))
        if page:
            self.last_change = page[0].last_change
        show = self.reader.to_representation
        return self.get_paginated_response([show(row) for row in self.shown(page)])

    def retrieve(self, request: Request, pk: Any) -> Response:
        row = self.detailed(self.rows()).filter(pk=pk).first()
        if row is None:
            raise exceptions.NotFound
        return Response(self.reader.to_representation(self.shown([row])[0]))

    @property
    def reader(self) -> serializers.Serializer:
        return _reader(self.get_serializer_class(), self.language)


@lru_cache(maxsize=100)
def _reader(serializer_class: type[serializers.Serializer], language: str) -> serializers.Serializer:
    """One for all answers in a language: it knows of no request, and to make one takes a while."""
    return serializer_class(context={"language": language})


class NothingHere(PublicView):
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound
