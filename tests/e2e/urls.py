"""The program's own addresses, and one that fails, for the page that then appears."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as own


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("This page fails so that somebody sees what staff see then.")


urlpatterns = [*own, path("fails/", fails, name="fails")]
