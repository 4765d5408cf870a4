"""What Django answers outside the views: a page for people, a problem (RFC 9457) for programs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from contacts.api import problems


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problems.outside(400) if _asks_api(request) else defaults.bad_request(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problems.outside(404) if _asks_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return problems.outside(500) if _asks_api(request) else defaults.server_error(request)


def _asks_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
