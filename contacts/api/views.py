"""The one base of all viewsets: a resource says its rows, serializer, filters and verbs, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.db import models, transaction
from django.http import FileResponse
from django.utils.cache import get_conditional_response
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import permissions, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts import state
from contacts.api.bulk import CreatedRows, create_rows
from contacts.api.changes import DeletedPages, DeletedSerializer, DeletedSince, deleted_rows
from contacts.api.described import DescribedBy, described
from contacts.api.fields import ExpandedField
from contacts.api.filters import FieldFilters, Search
from contacts.api.idempotency import once
from contacts.api.pages import CursorPages
from contacts.api.polls import Poll, tag_of
from contacts.api.problems import Outdated
from contacts.api.selection import PARAMETERS, READING, Selection
from contacts.api.serializers import StrictSerializer, with_relations
from contacts.api.sheets import PARAMETER as FORMAT
from contacts.api.sheets import SHEETS, FormatOrAccept, sheet_of
from contacts.records import hold


class ModelRights(permissions.BasePermission):
    """Asks for the right that Django keeps for the model: view, add, change, delete, or a verb's own."""

    BY_METHOD: ClassVar = {"POST": "add", "PUT": "change", "PATCH": "change", "DELETE": "delete"}

    def has_permission(self, request: Request, view: Any) -> bool:
        right = self.right_for(view, request.method)
        return request.user.is_authenticated and request.user.has_perm(right)

    @classmethod
    def right_for(cls, view: Any, method: str | None) -> str:
        options = view.queryset.model._meta
        right = view.right or cls.BY_METHOD.get(method or "", "view")
        return f"{options.app_label}.{right}_{options.model_name}"


class StrictParameters:
    """Refuses query parameters that the view does not name: a misspelled filter would show everything."""

    schema: Any = DescribedBy("contacts.api.schema.StaffSchema")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        known = self.parameters(getattr(self, "action", None))
        errors = {}
        for name, values in request.query_params.lists():
            if name not in known:
                errors[name] = [
                    serializers.ErrorDetail(_("There is no such parameter."), code="unknown_parameter")
                ]
            elif len(values) > 1:
                errors[name] = [serializers.ErrorDetail(_("Give this parameter once."), code="repeated")]
        if errors:
            raise serializers.ValidationError(errors)

    def parameters(self, action: str | None = "list") -> set[str]:
        """The query parameters that an action takes."""
        raise NotImplementedError


class StaffViewSet(StrictParameters, viewsets.GenericViewSet):
    """Lists and shows rows, in pages; only what a viewset names can be filtered, searched and ordered by."""

    permission_classes = (ModelRights,)
    pagination_class = CursorPages
    content_negotiation_class = FormatOrAccept
    filter_backends: Any = (FieldFilters, Search)
    lookup_value_converter = "int"

    queryset: Any
    filterset_fields: tuple[str, ...] = ()
    ordering: tuple[str, ...] = ()
    ordering_fields: tuple[str, ...] = ()
    expandable: tuple[str, ...] = ()
    """Relations that can be shown as full rows; views that cannot list them take no such parameter."""
    computed: tuple[str, ...] = ()
    """The fields that `add_computed` fills."""
    shown_by: ClassVar[dict[type[models.Model], Callable[..., Any]]] = {}
    """Which viewset shows the rows of a model: said by the router, for a room knows no upper one."""
    right: str | None = None
    also_needs: tuple[str, ...] = ()
    sums: ClassVar[tuple[str, ...]] = ()
    """Actions that sum up a list: they take its filters, but have no pages and no order."""

    def parameters(self, action: str | None = "list") -> set[str]:
        chosen = set(PARAMETERS[: 2 if self.expandable else 1]) if action in READING else set()
        if action not in ("list", "deleted", *self.sums):
            return chosen
        if action in self.sums:
            return self.filter_names()
        chosen |= {FORMAT} if action == "list" else set()
        return self.filter_names() | chosen | set(self.pagination_class.parameters)

    def filter_names(self) -> set[str]:
        return set().union(*(backend().names(self) for backend in self.filter_backends))

    def get_renderers(self) -> list[Any]:
        sheets = SHEETS if getattr(self, "action", None) == "list" else ()
        return [*super().get_renderers(), *(sheet() for sheet in sheets)]

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if not request.user.has_perms(self.also_needs):
            self.permission_denied(request)

    def ordering_names(self) -> list[str]:
        default = [term.removeprefix("-") for term in self.ordering]
        return list(dict.fromkeys([*default, *self.ordering_fields]))

    @cached_property
    def reader(self) -> Any:
        """One serializer for all that an answer shows: to make one takes as long as to show ten rows."""
        return self.get_serializer()

    @cached_property
    def selection(self) -> Selection:
        return Selection.read(self.request) if self.request and self.action in READING else Selection()

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        serializer = super().get_serializer(*args, **kwargs)
        self.selection.apply(getattr(serializer, "child", serializer), self)
        return serializer

    def get_queryset(self) -> models.QuerySet:
        return with_relations(self.rows(), self.reader)

    def rows(self) -> models.QuerySet:
        """All rows, with what is computed for them."""
        return self.queryset.all()

    def add_computed(self, rows: list[Any]) -> None:
        """Give the rows of an answer what no query of theirs can tell."""

    def get_object(self) -> Any:
        row = super().get_object()
        self.compute([row])
        return row

    def compute(self, rows: list[Any]) -> None:
        """What is computed of the rows, and of those that they are expanded by."""
        if not self.reader.fields.keys().isdisjoint(self.computed):
            self.add_computed(rows)
        if self.selection.expanded:
            for field in self.reader.fields.values():
                if isinstance(field, ExpandedField):
                    field.add_computed(rows)

    def list(self, request: Request) -> Response | FileResponse:
        rows = self.filter_queryset(self.get_queryset())
        if isinstance(request.accepted_renderer, SHEETS):
            rows = self.pagination_class().in_order(rows, request, self)
            return sheet_of(self, rows, only_pages=("cursor", "page_size", "count"))
        page: Any = self.paginate_queryset(rows)
        self.compute(page)
        return self.get_paginated_response([self.reader.to_representation(row) for row in page])

    def retrieve(self, request: Request, pk: int) -> Response:
        return self.answer(self.get_object())

    def answer(self, row: models.Model, status: int = status.HTTP_200_OK) -> Response:
        headers = {"ETag": f'"{row.version}"'} if hasattr(row, "version") else {}
        return Response(self.reader.to_representation(row), status=status, headers=headers)


class RecordViewSet(StaffViewSet):
    """Also writes. Validation and saving are one transaction: all of a request is kept, or nothing.

    Its lists have a tag. Other lists are made of rows without a history, of which nobody knows the state.
    """

    poll: Poll | None = None

    def list(self, request: Request) -> Response | FileResponse:
        # Of a token as far as its scopes go: what was told to a wider one says nothing to this one.
        rights = sorted(request.user.get_all_permissions())
        also = (str(request.user.pk), get_language() or "", *rights)
        self.poll = Poll(request, state.of_everything, also=also)
        unchanged: Any = self.poll.unchanged()
        return unchanged or super().list(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        # A sheet is a file: nobody polls it, and its bytes are not read twice.
        if self.poll is None or response.status_code != status.HTTP_200_OK or response.streaming:
            return response
        response.render()
        response["ETag"] = tag = tag_of(response)
        self.poll.remember(response)
        return get_conditional_response(request, etag=tag, response=response)

    @once
    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        response = self.answer_anew(serializer.save(), status=status.HTTP_201_CREATED)
        response["Location"] = self.reverse_action("detail", args=[response.data["id"]])
        return response

    @described(
        summary="Create up to 500 rows, all of them or none",
        description="Each is validated like one that comes alone, in the order of the list. Where one is "
        "refused nothing is saved, and each error names its row, counted from 0.",
        responses={201: CreatedRows},
    )
    @action(detail=False, methods=["post"], right="add", url_path="bulk")
    @once
    def bulk_create(self, request: Request) -> Response:
        created = create_rows(self.get_serializer(), request.data)
        named = self.queryset.labelled().in_bulk([row.pk for row in created])
        rows = [{"id": row.pk, "name": str(named[row.pk])} for row in created]
        return Response({"rows": rows}, status=status.HTTP_201_CREATED)

    bulk_create.takes_rows = True  # type: ignore[attr-defined]

    @described(summary="What was deleted", responses=DeletedSerializer(many=True), filters=True)
    @action(
        detail=False,
        right="view",
        filter_backends=[DeletedSince],
        pagination_class=DeletedPages,
    )
    def deleted(self, request: Request) -> Response:
        """The ids of rows that are gone, so that a copy can let them go too."""
        page = self.paginate_queryset(self.filter_queryset(deleted_rows(self.queryset.model)))
        return self.get_paginated_response(DeletedSerializer(page, many=True).data)

    @transaction.atomic
    def update(self, request: Request, pk: int, *, partial: bool = False) -> Response:
        serializer = self.get_serializer(self.get_object(), data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return self.answer_anew(serializer.save())

    def partial_update(self, request: Request, pk: int) -> Response:
        return self.update(request, pk, partial=True)

    @transaction.atomic
    def destroy(self, request: Request, pk: int) -> Response:
        self.get_object().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def get_object(self) -> Any:
        if self.request.method in permissions.SAFE_METHODS:
            return super().get_object()
        # Writers of one row take turns, so that If-Match speaks of the version that is really there.
        hold(self.queryset.model, self.kwargs["pk"])
        row = super().get_object()
        expected = self.request.headers.get("If-Match")
        if expected is not None and not matches(expected, f'"{row.version}"'):
            raise Outdated(row.version)
        return row

    def answer_anew(self, row: models.Model, status: int = status.HTTP_200_OK) -> Response:
        """As it stands now: what is computed, and relations, are read again."""
        anew = self.get_queryset().get(pk=row.pk)
        self.compute([anew])
        return self.answer(anew, status=status)


_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"[ \t]*(?:,[ \t]*)*{_TAG}(?:[ \t]*,[ \t]*(?:{_TAG})?)*[ \t]*")


def matches(if_match: str, etag: str) -> bool:
    """Whether the header names the tag, after RFC 9110, 13.1.1: `*` is any, a weak tag is never the same."""
    if if_match.strip() == "*":
        return True
    if not _TAGS.fullmatch(if_match):
        message = _('If-Match takes what ETag gave, such as "3", several with commas, or *.')
        raise serializers.ValidationError({"If-Match": [serializers.ErrorDetail(message, code="invalid")]})
    return etag in re.findall(_TAG, if_match)


def verb(
    facts: type[serializers.Serializer] = StrictSerializer,
    *,
    right: str = "change",
    also_needs: tuple[str, ...] = (),
    url_path: str = "",
    creates: bool = False,
) -> Callable:
    """A verb of the model as `POST …/{id}/<verb>/`, its facts in the body, the row as answer.

    The method takes the row and the facts. One that creates returns the row that came of it. Rights of other
    models that it needs too are named in full.
    """

    def decorate(method: Callable) -> Callable:
        needs: Any = {"right": right, "also_needs": also_needs}

        @described(request=facts if facts is not StrictSerializer else None)
        @action(detail=True, methods=["post"], url_path=url_path or method.__name__, **needs)
        @once
        @wraps(method)
        def act(self: RecordViewSet, request: Request, pk: int) -> Response:
            row = self.get_object()
            sent = facts(data=request.data, context=self.get_serializer_context())
            sent.is_valid(raise_exception=True)
            created = method(self, row, **sent.validated_data)
            if creates:
                return self.answer_anew(created, status=status.HTTP_201_CREATED)
            return self.answer_anew(row)

        act.creates = creates  # type: ignore[attr-defined]
        return act

    return decorate


class PublishableViewSet(RecordViewSet):
    @verb(right="publish")
    def publish(self, row: Any) -> None:
        """Show it to the public."""
        row.publish(by=self.request.user)

    @verb(right="publish")
    def withdraw(self, row: Any) -> None:
        """Take it back from the public."""
        row.withdraw()
