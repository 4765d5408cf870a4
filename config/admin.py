"""The site of the staff: its name, and its menu, which is grouped by work instead of by app."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

# Each model that has a line in the menu stands here once; tests see to it.
MENU: list[tuple[str, Any, list[str]]] = [
    (
        "ties",
        _("Ties"),
        [
            "relations.Partnership",
            "contacts.City",
            "relations.PartnershipEvent",
            "relations.Agreement",
            "relations.CouncilDecision",
            "relations.Occasion",
            "contacts.CityDate",
        ],
    ),
    ("people", _("People"), ["contacts.Person", "contacts.Post", "contacts.Tenure", "contacts.Organisation"]),
    (
        "visits",
        _("Visits"),
        [
            "delegations.Delegation",
            "delegations.Participant",
            "delegations.ProgrammeItem",
            "delegations.Outcome",
            "delegations.GoldenBookEntry",
        ],
    ),
    (
        "work",
        _("Projects and promises"),
        ["delegations.FollowUp", "relations.Project", "relations.Theme"],
    ),
    ("papers", _("Papers and sources"), ["contacts.Document", "contacts.Statement"]),
    ("reminders", _("Reminders"), ["reminders.Rule", "reminders.Reminder", "reminders.Mail"]),
    (
        "office",
        _("Administration"),
        ["contacts.Office", "contacts.User", "auth.Group", "knox.AuthToken", "contacts.Place"],
    ),
]


class GoldenbookSite(admin.AdminSite):
    site_title = "Goldenbook"
    site_header = "Goldenbook"
    index_title = _("Overview")
    # The staff's pages are the site; there is nothing behind them to view.
    site_url = None

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        if app_label is not None:
            return super().get_app_list(request, app_label)
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
