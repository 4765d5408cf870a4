"""Every address, asked of the URL resolver, and what the table says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from contacts.keys import Secret, hash_of
from contacts.models import AccessToken, Office
from portal.models import Delivery, Endpoint
from reminders.models import Clock
from tests.factories import UserFactory, factory_of, token_for
from tests.rights import table

PAGES = ("GET", "POST")
ALL = ("GET", "POST", "PUT", "PATCH", "DELETE")
Methods = dict[str, str]
LOOK_FIRST = ("history", "shipped", "preview")


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str
    arguments: tuple[str, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        return ALL if self.pattern.startswith("api/") else PAGES


def every_route(resolver: URLResolver | None = None, within: str = "", before: str = "") -> Iterator[Route]:
    for each in (resolver or get_resolver()).url_patterns:
        pattern = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from every_route(each, f"{within}{each.namespace}:" if each.namespace else within, pattern)
        else:
            yield Route(f"{within}{each.name}" if each.name else "", pattern, arguments_of(each))


def arguments_of(each: URLPattern) -> tuple[str, ...]:
    return tuple(each.pattern.regex.groupindex) or ("",) * each.pattern.regex.groups


# --- what the table says ---


def rights_of(model: str) -> dict[str, str]:
    kinds = ("sees", "adds", "changes", "deletes", "history")
    return dict(zip(kinds, table.MODELS[model].replace("-", "").split(" "), strict=True))


def verbs_of(model: str) -> Methods:
    return {verb: who for verbs, who in table.VERBS.get(model, {}).items() for verb in verbs.split()}


def expected(route: Route) -> Methods | None:
    """The methods of the address, each with who may; None where the table has no line for it."""
    if not route.name:
        return next((who for end, who in table.UNNAMED.items() if route.pattern.endswith(end)), None)
    if route.name.startswith(table.PUBLIC):
        return {"GET": table.EVERYBODY}
    return table.ADDRESSES.get(route.name) or of_page(route) or of_resource(route)


def of_page(route: Route) -> Methods | None:
    space, _colon, name = route.name.partition(":")
    app, _line, rest = name.partition("_")
    model, _line, page = rest.partition("_")
    label = f"{app}.{model}"
    if space != "admin" or label not in table.MODELS:
        return None
    may = rights_of(label)
    log = may["history"] or may["sees"]
    exports = "".join(letter for letter in may["sees"] if letter in table.EXPORT)
    return {
        "changelist": {"GET": may["sees"], "POST": may["sees"]},
        "add": {"GET": may["adds"], "POST": may["adds"]},
        "change": {"GET": may["sees"], "POST": may["changes"]},
        "delete": {"GET": may["deletes"], "POST": may["deletes"]},
        "history": {"GET": log, "POST": log},
        "simple_history": {"GET": may["history"], "POST": may["history"]},
        "export": {"GET": exports, "POST": exports},
        # By each verb of the model: see test_verbs.py.
        "do": {"GET": table.STAFF, "POST": table.STAFF},
    }.get(page)


def of_resource(route: Route) -> Methods | None:
    """`follow-ups-list`, `follow-ups-complete`: the longest resource that the name begins with."""
    fitting = [name for name in table.RESOURCES if route.name.startswith(f"{name}-")]
    if not fitting:
        return None
    resource = max(fitting, key=len)
    model, _blank, only = table.RESOURCES[resource].partition(" ")
    what, may = route.name.removeprefix(f"{resource}-"), rights_of(model)
    rules: dict[str, Methods] = {
        "list": {"GET": may["sees"], "POST": may["adds"]},
        "bulk-create": {"POST": may["adds"]},
        "deleted": {"GET": may["sees"]},
        "detail": {
            "GET": may["sees"],
            "PUT": may["changes"],
            "PATCH": may["changes"],
            "DELETE": may["deletes"],
        },
    }
    if only == "read":
        return {"GET": rules[what]["GET"]} if what in ("list", "detail") else None
    verbs = {verb.replace("_", "-"): who for verb, who in verbs_of(model).items()}
    return rules.get(what) or ({"POST": verbs[what]} if what in verbs else None)


# --- a row of each model, for pages that look for it before they ask for the right ---


def an_endpoint() -> Endpoint:
    return Endpoint.objects.get_or_create(name="Portal", url="https://portal.example.org/told")[0]


MAKERS: dict[type[models.Model], Callable[[], models.Model]] = {
    Office: Office.current,
    AccessToken: lambda: AccessToken.objects.get(digest=hash_of(Secret(token_for(UserFactory())))),
    Endpoint: an_endpoint,
    Delivery: lambda: Delivery.objects.create(
        **{"endpoint": an_endpoint(), "next_try_at": timezone.now(), "happened_at": timezone.now()},
        **{"resource": "projects", "key": 7, "happened": "changed"},
    ),
    Clock: Clock.current,
    Group: lambda: Group.objects.create(name="choir"),
}


def a_row_of_each() -> dict[str, Any]:
    """By the beginning of the names of their pages: `contacts_city`."""
    models_shown = [apps.get_model(model._meta.label) for model in admin.site._registry]
    return {
        f"{model._meta.app_label}_{model._meta.model_name}": (MAKERS.get(model) or factory_of(model))()
        for model in models_shown
    }


def url_of(route: Route, rows: dict[str, Any]) -> str:
    """With a row that there is not; but with one that there is for pages that look for it first."""
    page = route.name.removeprefix("admin:")
    row = rows.get("_".join(page.split("_")[:2])) if page.endswith(LOOK_FIRST) else None
    known: dict[str, Any] = {
        "app_label": "contacts",
        "model": "contacts.document",
        "field": "file",
        "kind": "csv",
        "key": "gbcal_unknown",
        "signed": "unknown",
        "uidb64": "x",
        "token": "x",
        "verb": "unknown",
        "object_id": row.pk if row is not None else 0,
    }
    if row is not None and page.endswith("simple_history"):
        known["version_id"] = row.history.first().pk
    values = {name: known.get(name, 0) for name in route.arguments if name}
    numbers = [known["object_id"], known.get("version_id", 0)][: route.arguments.count("")]
    if not route.name:
        return "/" + route.pattern.replace("(?P<url>.*)$", "no/such/page/").replace("<path:object_id>", "0")
    url = reverse(route.name, args=numbers or None, kwargs=values or None)
    if route.name == "admin:autocomplete":
        url += "?app_label=delegations&model_name=delegation&field_name=home"
    return url


def parameters_of(address: str) -> set[str]:
    """Which query parameters an address of the APIs takes."""
    view = resolve(address).func
    if hasattr(view, "loads"):
        view = import_string(view.loads)
    return view.cls(**view.initkwargs).parameters(getattr(view, "actions", {}).get("get"))
