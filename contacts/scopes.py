"""Which scope of an access token a right asks for; the table stands in `settings.API_SCOPES`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext as _

READ, WRITE = "read", "write"
# To take a list away as a file: which lists, the scope of their rows says.
OF_EVERY_GROUP = frozenset({"contacts.export_lists"})


def every_scope() -> list[str]:
    return [f"{group}:{how}" for group in settings.API_SCOPES for how in (READ, WRITE)]


def scope_of(right: str) -> str | None:
    """`contacts.view_city` asks for cities:read, each other right to a city for cities:write."""
    return _scopes().get(right)


@cache
def _scopes() -> dict[str, str]:
    found = {}
    for group, (_label, models) in settings.API_SCOPES.items():
        for label in models:
            options = apps.get_model(label)._meta
            own = (f"{action}_{options.model_name}" for action in options.default_permissions)
            for name in (*own, *(codename for codename, _words in options.permissions)):
                how = READ if name.startswith("view_") else WRITE
                found[f"{options.app_label}.{name}"] = f"{group}:{how}"
    return found


def in_words(scopes: Iterable[str]) -> list[tuple[Any, Any]]:
    """The label of each group that there is a scope of, with what may be done there."""
    held = set(scopes)
    return [
        (label, _("read and write") if f"{group}:{WRITE}" in held else _("read only"))
        for group, (label, _models) in settings.API_SCOPES.items()
        if held & {f"{group}:{READ}", f"{group}:{WRITE}"}
    ]
