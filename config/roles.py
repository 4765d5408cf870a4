"""Who may do what: the one table. The rooms only ask `user.has_perm`.

A role is a group of Django's; its name is its key here and stays. `manage.py sync_roles` makes groups and
rights equal to this table, whatever was changed by hand; who is in a group is decided in the administration.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from contacts.models import Office

HEAD = "head"

# --- what there is, by who keeps it ---

CONTACTS = (
    *("contacts.city", "contacts.citydate", "contacts.organisation", "contacts.post", "contacts.person"),
    *("contacts.tenure", "contacts.document", "contacts.statement"),
)
RELATIONS = (
    *("relations.theme", "relations.partnership", "relations.partnershipevent", "relations.agreement"),
    *("relations.signature", "relations.councildecision", "relations.project", "relations.projectpartner"),
    *("relations.projectplace", "relations.funding", "relations.occasion"),
)
VISITS = (
    *("delegations.delegation", "delegations.delegationpartner", "delegations.stop"),
    *("delegations.participant", "delegations.programmeitem", "delegations.outcome", "delegations.followup"),
)
HONOURS = ("delegations.goldenbookentry", "delegations.goldenbooksigner")
RULES = ("reminders.rule", "reminders.stage")
DUE = ("reminders.reminder", "reminders.clock")
MAILS = ("reminders.mail", "reminders.attempt")
OFFICE = ("contacts.office", "contacts.user", "contacts.place", "auth.group")
PUBLISHABLE = (
    *("contacts.document", "relations.partnership", "relations.agreement", "relations.project"),
    *("delegations.delegation", "delegations.programmeitem"),
)
HISTORY_WITH_RESTRICTED_FIELDS = (
    *(
        "contacts.historicalperson",
        "delegations.historicalparticipant",
        "delegations.historicalprogrammeitem",
    ),
    "contacts.historicaluser",
)

# --- rights ---


def rights(actions: str, models: Iterable[str]) -> frozenset[str]:
    """`rights("view add", ["contacts.city"])` is contacts.view_city and contacts.add_city."""
    pairs = (model.split(".") for model in models)
    return frozenset(f"{app}.{action}_{model}" for app, model in pairs for action in actions.split())


def history_of(models: Iterable[str]) -> frozenset[str]:
    pairs = (model.split(".") for model in models)
    historical = {f"{app}.historical{model}" for app, model in pairs}
    return rights("view", historical - set(HISTORY_WITH_RESTRICTED_FIELDS))


KEPT_BY_OFFICERS = (*CONTACTS, *RELATIONS, *VISITS)

READ = rights("view", (*KEPT_BY_OFFICERS, *HONOURS, *RULES, *DUE, *OFFICE))
EDIT = rights("add change delete", KEPT_BY_OFFICERS) | history_of(KEPT_BY_OFFICERS)
READ_MAILS = rights("view", MAILS)
HONOUR = rights("add change delete", HONOURS) | history_of(HONOURS)
SET_RULES = rights("add change delete", RULES) | history_of(RULES)
PUBLISH = rights("publish", PUBLISHABLE)
# Whoever prepares a visit must know what is to be said and who eats what.
PREPARE = frozenset({"delegations.view_talking_points", "delegations.view_needs"})
CONFIDENTIAL = frozenset({"contacts.view_address", "contacts.view_protocol_notes"})
ALL_HISTORY = (
    history_of((*KEPT_BY_OFFICERS, *HONOURS, *RULES))
    | rights("view", HISTORY_WITH_RESTRICTED_FIELDS)
    | frozenset({"contacts.view_historicaloffice"})
)

OFFICER = READ | EDIT | PREPARE | READ_MAILS

ROLES: dict[str, frozenset[str]] = {
    "reader": READ,
    "officer": OFFICER,
    "protocol": OFFICER | CONFIDENTIAL | HONOUR,
    HEAD: OFFICER | CONFIDENTIAL | HONOUR | SET_RULES | PUBLISH | rights("change", ["contacts.office"]),
    # Texts for the public, and what may be seen of it.
    "portal editor": READ
    | PUBLISH
    | rights("add change", ["relations.theme"])
    | rights("change", ["relations.partnership"]),
    # Data protection: sees all that is kept, also what it was before; corrects and erases people.
    "privacy": READ
    | READ_MAILS
    | PREPARE
    | CONFIDENTIAL
    | ALL_HISTORY
    | rights("change delete", ["contacts.person", "delegations.participant"]),
    # Accounts and who is in which role; what a role may do is said here alone.
    "administrator": READ
    | READ_MAILS
    | SET_RULES
    | rights("add change", ["contacts.user"])
    | rights("change", ["contacts.office"])
    | rights("view delete", ["knox.authtoken"]),
}


@transaction.atomic
def sync() -> list[str]:
    """Make groups and their rights equal to the table; returns what changed, a line each."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    wanted = frozenset().union(*ROLES.values())
    if missing := sorted(wanted - known.keys()):
        raise LookupError(f"The table of roles names rights that no model has: {', '.join(missing)}.")
    changes = []
    for role, names in ROLES.items():
        group, created = Group.objects.get_or_create(name=role)
        present = {f"{app}.{codename}" for app, codename in _rights_of(group)}
        if created or present != names:
            group.permissions.set(known[name] for name in names)
            changes.append(f"{role}: {len(names - present)} rights given, {len(present - names)} taken away")
    office = Office.current()
    if office.head_group is None:
        office.head_group = Group.objects.get(name=HEAD)
        office.save(update_fields=["head_group"])
        changes.append(f"office: led by the group {HEAD}")
    return changes


def _rights_of(group: Group) -> Iterable[tuple[str, str]]:
    return group.permissions.values_list("content_type__app_label", "codename")
