"""What the descriptions of the APIs say, noted where it belongs, and handed on when somebody asks for one.

What makes a description brings with it the framework's tools for tests: six megabytes in each process, of
which hardly any is ever asked for one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from rest_framework.schemas.inspectors import ViewInspector

Method = TypeVar("Method", bound=Callable)
_noted: list[tuple[Callable, dict[str, Any]]] = []
_is_asked_for = False


def described(**words: Any) -> Callable[[Method], Method]:
    """Like `extend_schema` of drf-spectacular, for the method of a view and with the same words."""

    def note(method: Method) -> Method:
        _noted.append((method, words))
        return method

    return note


def hand_on(endpoints: list[Any]) -> list[Any]:
    """Before a description is made: what was noted until now."""
    global _is_asked_for
    _is_asked_for = True
    while _noted:
        method, words = _noted.pop()
        extend_schema(**words)(method)
    return endpoints


class DescribedBy(ViewInspector):
    """The class that describes a view, by its path: `schema = DescribedBy("portal.schema.FileSchema")`."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def __get__(self, view: Any, owner: type) -> ViewInspector:
        # Set by the library for a method with words of its own.
        own: ViewInspector = super().__get__(view, owner)
        # The routers look through all that a class has, long before anybody asks for a description.
        if own is not self or (view is None and not _is_asked_for):
            return own
        found: ViewInspector = import_string(self.path)()
        found.view = view
        return found


def loaded_later(path: str) -> Callable[..., HttpResponseBase]:
    """A view of an API, loaded at its first request. Forms are not checked, as with any of them."""

    @csrf_exempt
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return import_string(path)(request, *args, **kwargs)

    view.loads = path  # type: ignore[attr-defined]
    return view
