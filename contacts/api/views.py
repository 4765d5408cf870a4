"""The one base of all viewsets: a resource says its rows, serializer, filters and verbs, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api.filters import FieldFilters, Search
from contacts.api.pages import CursorPages
from contacts.api.problems import Outdated
from contacts.api.serializers import StrictSerializer, with_relations


class ModelRights(permissions.BasePermission):
    """Asks for the right that Django keeps for the model: view, add, change, delete, or a verb's own."""

    BY_METHOD: ClassVar = {"POST": "add", "PUT": "change", "PATCH": "change", "DELETE": "delete"}

    def has_permission(self, request: Request, view: Any) -> bool:
        options = view.queryset.model._meta
        right = view.right or self.BY_METHOD.get(request.method or "", "view")
        return request.user.is_authenticated and request.user.has_perm(
            f"{options.app_label}.{right}_{options.model_name}"
        )


class StrictParameters:
    """Refuses query parameters that the view does not name: a misspelled filter would show everything."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        known = self.parameters() if getattr(self, "action", None) == "list" else set()
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

    def parameters(self) -> set[str]:
        """The query parameters that a list takes."""
        raise NotImplementedError


class StaffViewSet(StrictParameters, viewsets.GenericViewSet):
    """Lists and shows rows, in pages; only what a viewset names can be filtered, searched and ordered by."""

    permission_classes = (ModelRights,)
    pagination_class = CursorPages
    filter_backends: Any = (FieldFilters, Search)
    lookup_value_converter = "int"

    queryset: Any
    filterset_fields: tuple[str, ...] = ()
    ordering: tuple[str, ...] = ()
    ordering_fields: tuple[str, ...] = ()
    right: str | None = None

    def parameters(self) -> set[str]:
        filters = (backend().names(self) for backend in self.filter_backends)
        return {*CursorPages.parameters}.union(*filters)

    def ordering_names(self) -> list[str]:
        default = [term.removeprefix("-") for term in self.ordering]
        return list(dict.fromkeys([*default, *self.ordering_fields]))

    def get_queryset(self) -> models.QuerySet:
        return with_relations(self.rows(), self.get_serializer())

    def rows(self) -> models.QuerySet:
        """All rows, with what is computed for them."""
        return self.queryset.all()

    def add_computed(self, rows: list[Any]) -> None:
        """Give the rows of an answer what no query of theirs can tell."""

    def get_object(self) -> Any:
        row = super().get_object()
        self.add_computed([row])
        return row

    def list(self, request: Request) -> Response:
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        self.add_computed(page)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        return self.answer(self.get_object())

    def answer(self, row: models.Model, status: int = status.HTTP_200_OK) -> Response:
        headers = {"ETag": f'"{row.version}"'} if hasattr(row, "version") else {}
        return Response(self.get_serializer(row).data, status=status, headers=headers)


class RecordViewSet(StaffViewSet):
    """Also writes. Validation and saving are one transaction: all of a request is kept, or nothing."""

    @transaction.atomic
    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        response = self.answer_anew(serializer.save(), status=status.HTTP_201_CREATED)
        response["Location"] = self.reverse_action("detail", args=[response.data["id"]])
        return response

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
        rows = self.queryset.model._default_manager.select_for_update()
        rows.filter(pk=self.kwargs["pk"]).first()
        row = super().get_object()
        expected = self.request.headers.get("If-Match", "*")
        if expected != "*" and f'"{row.version}"' not in [tag.strip() for tag in expected.split(",")]:
            raise Outdated
        return row

    def answer_anew(self, row: models.Model, status: int = status.HTTP_200_OK) -> Response:
        """As it stands now: what is computed, and relations, are read again."""
        anew = self.get_queryset().get(pk=row.pk)
        self.add_computed([anew])
        return self.answer(anew, status=status)


def verb(
    facts: type[serializers.Serializer] = StrictSerializer,
    *,
    right: str = "change",
    url_path: str = "",
    creates: bool = False,
) -> Callable:
    """A verb of the model as `POST …/{id}/<verb>/`, its facts in the body, the row as answer.

    The method takes the row and the facts. One that creates returns the row that came of it.
    """

    def decorate(method: Callable) -> Callable:
        @extend_schema(request=facts if facts is not StrictSerializer else None)
        @action(detail=True, methods=["post"], right=right, url_path=url_path or method.__name__)
        @transaction.atomic
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
