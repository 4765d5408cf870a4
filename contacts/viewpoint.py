"""The one home city that a member of staff looks at for now; the session remembers it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from contacts.models import City

KEY = "home_city"


def chosen_home(request: HttpRequest) -> City | None:
    """The city that lists and pages are narrowed to; None where all are shown."""
    if not hasattr(request, "chosen_home"):
        pk = request.session.get(KEY) if hasattr(request, "session") else None
        found = City.objects.home().labelled().filter(pk=pk).first() if pk else None
        request.chosen_home = found  # type: ignore[attr-defined]
    return request.chosen_home  # type: ignore[attr-defined]


def choose_home(request: HttpRequest, city: City | None) -> None:
    """Narrow everything to the city from now on; None shows all again."""
    if city is None:
        request.session.pop(KEY, None)
    else:
        request.session[KEY] = city.pk
    request.chosen_home = city  # type: ignore[attr-defined]


def narrowed(rows: Any, city: City | None) -> Any:
    """Those of the city, where the kind of row has one (its QuerySet knows `of_home`); all others stay."""
    return rows.of_home(city) if city is not None and hasattr(rows, "of_home") else rows
