"""Fill in a form of the admin as a browser would: everything that stands in it is sent back."""

from html.parser import HTMLParser
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse


class _Fields(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.data: dict[str, list[str]] = {}
        self.within = False
        self.select = ""
        self.area = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        name = given.get("name", "")
        if tag == "form":
            self.within = given.get("id") == self.form_id
        elif not self.within or "__prefix__" in name or "disabled" in given:
            return
        elif tag == "input" and name and given.get("type") not in ("submit", "file", "button"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                ticked = "on" if given.get("type") == "checkbox" else ""
                self.data.setdefault(name, []).append(given.get("value", ticked))
        elif tag == "textarea":
            self.area = name
            self.data[name] = [""]
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given and self.select:
            self.data.setdefault(self.select, []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.within = False
        elif tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.data[self.area] = [(self.data[self.area][0] + data).removeprefix("\n")]


def form_on(page: HttpResponse, model: str) -> dict[str, Any]:
    """What a browser would send if nothing were changed."""
    fields = _Fields(f"{model}_form")
    fields.feed(page.content.decode())
    return dict(fields.data)


def url_of(record: Any, page: str = "change") -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_{page}", args=[record.pk])


def save(client: Client, url: str, model: str, **changes: Any) -> HttpResponse:
    """Open a form, change some fields, send it."""
    data = form_on(client.get(url), model) | {name.replace("__", "-"): to for name, to in changes.items()}
    return client.post(url, data)


def new_row(prefix: str, number: int, **fields: Any) -> dict[str, Any]:
    """The fields of a row added to a table within a form."""
    return {
        f"{prefix}-TOTAL_FORMS": number + 1,
        **{f"{prefix}-{number}-{name}": value for name, value in fields.items()},
    }


def errors_on(page: HttpResponse) -> dict[str, list[str]]:
    """The errors of the form itself and of its rows: by field, with the prefix of the row."""
    found = {}
    forms = [page.context["adminform"].form]
    for group in page.context["inline_admin_formsets"]:
        forms += group.formset.forms
        if group.formset.non_form_errors():
            found[group.formset.prefix] = list(group.formset.non_form_errors())
    for form in forms:
        for field, sentences in form.errors.items():
            found[form.add_prefix(field)] = [str(sentence) for sentence in sentences]
    return found


def said_on(page: HttpResponse) -> list[str]:
    return [str(message) for message in get_messages(page.wsgi_request)]
