"""The site of the staff: its name, and its menu, which is grouped by work instead of by app."""

from __future__ import annotations

import math
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config.tries import TooManyTries, Tries
from contacts.models import City
from contacts.names import sort_key
from contacts.viewpoint import chosen_home
from delegations.models import FollowUp
from desk.alarms import alarms_for
from portal.alarms import alarms_for as of_portals

# Each line stands here once: a model by its label, a page by the name of its address. A line whose model is
# not registered, or whose address there is not, is left out, and so is what the reader may not see.
MENU: list[tuple[str, Any, list[str]]] = [
    ("today", _("Today"), ["desk:home", "desk:calendar", "desk:forecast", "delegations.FollowUp"]),
    (
        "ties",
        _("Partner cities"),
        [
            "desk:map",
            "contacts.City",
            "relations.Partnership",
            "relations.Occasion",
            "relations.Agreement",
            "relations.Interaction",
        ],
    ),
    ("people", _("People"), ["contacts.Person", "contacts.Post", "contacts.Organisation"]),
    (
        "visits",
        _("Visits"),
        [
            "delegations.Delegation",
            "delegations.Outcome",
            "delegations.Gift",
            "delegations.GoldenBookEntry",
            "delegations.Cost",
        ],
    ),
    ("work", _("Projects and papers"), ["relations.Project", "relations.Theme", "contacts.Document"]),
    (
        "reminders",
        _("Reminders"),
        ["reminders.Reminder", "reminders.Mail", "reminders.Rule", "delegations.JubileeStep"],
    ),
    (
        "office",
        _("Administration"),
        [
            *("contacts.Office", "contacts.User", "auth.Group", "contacts.AccessToken"),
            *("portal.Endpoint", "portal.Delivery"),
        ],
    ),
    (
        "rare",
        _("More lists"),
        [
            "relations.PartnershipEvent",
            "relations.CouncilDecision",
            "contacts.CityDate",
            "contacts.Tenure",
            "contacts.Statement",
            "delegations.Participant",
            "delegations.ProgrammeItem",
            "contacts.Place",
        ],
    ),
]
# Seldom opened from the menu: folded, unless the page now is one of them.
FOLDED = {"rare", "more"}
PAGES: dict[str, Any] = {
    "delegations.JubileeStep": _("Steps of a jubilee"),
    "contacts.AccessToken": _("Access keys"),
    "desk:home": _("My day"),
    "desk:calendar": _("Calendar"),
    "desk:forecast": _("The years ahead"),
    "desk:map": _("World map"),
}
# Names of drawings in icons.svg.
ICONS = {
    "desk:home": "today",
    "desk:calendar": "calendar",
    "desk:forecast": "jubilee",
    "desk:map": "map",
    "delegations.FollowUp": "bell",
    "contacts.City": "city",
    "relations.Partnership": "tie",
    "relations.Occasion": "jubilee",
    "relations.Agreement": "paper",
    "relations.Interaction": "quote",
    "contacts.Person": "person",
    "contacts.Post": "post",
    "contacts.Organisation": "house",
    "delegations.Delegation": "route",
    "delegations.Outcome": "check",
    "delegations.Gift": "gift",
    "delegations.GoldenBookEntry": "book",
    "delegations.Cost": "coins",
    "relations.Project": "project",
    "relations.Theme": "ruler",
    "contacts.Document": "paper",
    "reminders.Reminder": "clock",
    "reminders.Mail": "mail",
    "reminders.Rule": "log",
    "delegations.JubileeStep": "jubilee",
    "contacts.Office": "house",
    "contacts.User": "users",
    "auth.Group": "users",
    "contacts.AccessToken": "key",
    "portal.Endpoint": "portal",
    "portal.Delivery": "log",
}


class SignInForm(AdminAuthenticationForm):
    """Name and password, with every wrong try counted as at the API."""

    wait: int | None = None

    def clean(self) -> dict[str, Any]:
        account = self.cleaned_data.get("username")
        if not account or not self.cleaned_data.get("password"):
            return super().clean()
        try:
            tries = Tries(self.request, account)
        except TooManyTries as refusal:
            self.wait = refusal.wait
            minutes = math.ceil(refusal.wait / 60)
            text = ngettext(
                "Too many wrong tries. Wait %(count)d minute, then try again.",
                "Too many wrong tries. Wait %(count)d minutes, then try again.",
                minutes,
            )
            raise ValidationError(text % {"count": minutes}, code="throttled") from refusal
        cleaned = super().clean()
        tries.succeeded()
        return cleaned


class GoldenbookSite(admin.AdminSite):
    site_title = "Goldenbook"
    site_header = "Goldenbook"
    index_title = _("Overview")
    # The staff's pages are the site; there is nothing behind them to view.
    site_url = None
    enable_nav_sidebar = False  # Django's own; ours stands in base.html
    login_form = SignInForm

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the status of its kind where there were too many wrong tries."""
        response: Any = super().login(request, extra_context)
        wait = getattr((getattr(response, "context_data", None) or {}).get("form"), "wait", None)
        if wait:
            response.status_code, response["Retry-After"] = 429, str(wait)
        return response

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """With menu, switch of views and alarms, which are worked out only where a page shows them."""
        return {
            **super().each_context(request),
            "menu": SimpleLazyObject(lambda: self.menu(request)),
            "home_cities": City.objects.home().labelled(),
            "chosen_home": SimpleLazyObject(lambda: chosen_home(request)),
            "alarms": SimpleLazyObject(lambda: [*alarms_for(request.user), *of_portals(request.user)]),
        }

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        if app_label is not None:
            rooms: list[dict[str, Any]] = super().get_app_list(request, app_label)
            for room in rooms:
                room["models"].sort(key=lambda model: sort_key(str(model["name"])))
            return rooms
        found = {
            model["model"]._meta.label: model
            for app in super().get_app_list(request)
            for model in app["models"]
        }
        groups = [
            (label, name, [found.pop(line) for line in lines if line in found]) for label, name, lines in MENU
        ]
        groups.append(("more", _("More"), list(found.values())))
        return [
            {"app_label": label, "name": name, "models": rows, "has_module_perms": True}
            for label, name, rows in groups
            if rows
        ]

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> Any:
        title = apps.get_app_config(app_label).verbose_name if app_label in apps.app_configs else ""
        return super().app_index(request, app_label, {"title": title, **(extra_context or {})})

    def menu(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The groups of the sidebar with their lines, the one for the page now marked."""
        models = {
            model["model"]._meta.label: model
            for group in self.get_app_list(request)
            for model in group["models"]
            if model["admin_url"]
        }
        listed = {line for _label, _name, lines in MENU for line in lines}
        rest = [line for line in models if line not in listed]
        counts = _counts(request.user)
        groups = []
        for label, name, names in [*MENU, ("more", _("More"), rest)]:
            lines = [line for line in (_line(name, models) for name in names) if line]
            for line in lines:
                line["count"] = counts.get(line["key"])
                line["is_here"] = _is_here(line, request.path)
            if lines:
                groups.append({"label": label, "name": name, "lines": lines})
        for group in groups:
            group["is_here"] = any(line["is_here"] for line in group["lines"])
            group["is_folded"] = group["label"] in FOLDED and not group["is_here"]
        return groups


def _line(key: str, models: dict[str, Any]) -> dict[str, Any] | None:
    line = {"key": key, "icon": ICONS.get(key, "paper")}
    if ":" not in key:
        model = models.get(key)
        name = PAGES.get(key) or (model and model["name"])
        return {**line, "name": name, "url": model["admin_url"]} if model else None
    try:
        return {**line, "name": PAGES[key], "url": reverse(key)}
    except NoReverseMatch:
        return None


def _is_here(line: dict[str, Any], path: str) -> bool:
    """The page itself, or one of the rows behind a list."""
    is_list = ":" not in line["key"]
    return path == line["url"] or (is_list and path.startswith(line["url"]))


def _counts(user: Any) -> dict[str, dict[str, Any]]:
    """My promises: open ones beside their list, late ones beside the day."""
    if not user.has_perm("delegations.view_followup"):
        return {}
    mine = FollowUp.objects.with_responsible().filter(answering=user.pk)  # type: ignore[misc]
    late = mine.overdue(timezone.localdate()).count()
    due = mine.open().count()
    late_words = ngettext("%(count)d overdue", "%(count)d overdue", late) % {"count": late}
    due_words = ngettext("%(count)d open", "%(count)d open", due) % {"count": due}
    counts = {
        "desk:home": {"number": late, "is_late": True, "words": late_words},
        "delegations.FollowUp": {"number": due, "is_late": False, "words": due_words},
    }
    return {key: count for key, count in counts.items() if count["number"]}
