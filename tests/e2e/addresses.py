"""Every address of the program, asked of its URL resolver: no new page can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.auth.tokens import default_token_generator
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from contacts.models import Document, User
from portal.preview import PREVIEWED
from reminders.done import link_for
from reminders.due import office_today
from reminders.models import Reminder
from tests.e2e.rows import fullest

MODELS = {model._meta.label: model for model in admin.site._registry}


class Named(NamedTuple):
    name: str
    route: str
    arguments: tuple[str, ...]

    @property
    def group(self) -> str:
        """The model that a page of the admin is about, else the part of the program."""
        for label in MODELS:
            if self.name.startswith(f"admin:{label.lower().replace('.', '_')}_"):
                return label
        return self.route.partition("/")[0] or "root"

    def urls(self) -> Iterator[str]:
        """Opened with rows of the demo; an address of verbs once with each, of previews with each kind."""
        model = Document if self.group == "files" else MODELS.get(self.group)
        if "verb" in self.arguments and model:
            for verb in admin.site._registry[model].verbs:  # type: ignore[attr-defined]
                yield self.url(fullest(model, where=verb.possible), verb=verb.name)
        elif self.name == "preview":
            for label, previewed in PREVIEWED.items():
                for is_public in (True, False):
                    row = fullest(
                        previewed, where=lambda row, is_public=is_public: row.is_published == is_public
                    )
                    yield self.url(row, model=label)
        else:
            yield self.url(fullest(model) if model and self.arguments else None)

    def url(self, row: models.Model | None, **known: Any) -> str:
        values = {name: known[name] if name in known else value_for(name, row) for name in self.arguments}
        if any(name.isdecimal() for name in self.arguments):
            return reverse(self.name, args=list(values.values()))
        return reverse(self.name, kwargs=values)


def every(resolver: URLResolver, namespace: str = "", route: str = "") -> Iterator[Named]:
    for pattern in resolver.url_patterns:
        here = f"{route}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            within = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from every(pattern, within, here)
        elif pattern.name:
            yield Named(f"{namespace}{pattern.name}", here, arguments_of(pattern))


def arguments_of(pattern: URLPattern) -> tuple[str, ...]:
    """Their names; numbers where they have none."""
    regex = pattern.pattern.regex
    return tuple(regex.groupindex) or tuple(str(number) for number in range(1, regex.groups + 1))


def value_for(argument: str, row: models.Model | None) -> Any:
    if row is not None and argument in ("1", "object_id", "id", "pk", row._meta.model_name):
        return row.pk
    if row is not None and argument in ("2", "version_id", "version"):
        return row.history.first().pk  # type: ignore[attr-defined]
    if argument == "signed":
        reminder = Reminder.objects.filter(follow_up__state="open").first()
        assert reminder is not None
        return link_for(reminder, today=office_today()).split("/")[-2]
    member = User.objects.get(username="reader")
    return {
        "app_label": "contacts",
        "model": "contacts.document",
        "field": "file",
        "kind": "csv",
        "content_type_id": 1,
        "object_id": 1,
        "id": member.pk,
        "pk": 1,
        "uidb64": urlsafe_base64_encode(force_bytes(member.pk)),
        "key": "gbcal_unknown",
        "token": default_token_generator.make_token(member),
    }[argument]


ADDRESSES = list(every(get_resolver("config.urls")))
GROUPS = {address.group: [each for each in ADDRESSES if each.group == address.group] for address in ADDRESSES}
