"""What an access token of the staff API can be limited to: the one table of scopes.

Each group is read (`visits:read`) or written (`visits:write`). A right of a model belongs to the group that
names the model; a right of none is open to no token. The rooms read the table as `settings.API_SCOPES`.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "cities": (_("Cities"), ("contacts.city", "contacts.citydate", "contacts.place")),
    "people": (
        _("People, posts and institutions"),
        (
            *("contacts.person", "contacts.post", "contacts.organisation", "contacts.tenure"),
            "contacts.user",
        ),
    ),
    "documents": (_("Documents"), ("contacts.document", "contacts.statement")),
    "ties": (
        _("Ties and projects"),
        (
            *("relations.theme", "relations.partnership", "relations.partnershipevent"),
            *("relations.agreement", "relations.signature", "relations.councildecision"),
            *("relations.project", "relations.occasion", "relations.interaction"),
        ),
    ),
    "visits": (
        _("Visits and follow-ups"),
        (
            *("delegations.delegation", "delegations.stop", "delegations.participant"),
            *("delegations.programmeitem", "delegations.outcome", "delegations.followup"),
            "delegations.jubileestep",
        ),
    ),
    "gifts": (
        _("Gifts, Golden Book and costs"),
        ("delegations.gift", "delegations.goldenbookentry", "delegations.cost"),
    ),
    "reminders": (_("Reminders and mails"), ("reminders.rule", "reminders.reminder", "reminders.mail")),
}
