"""Who may do what: the one table. The rooms only ask `user.has_perm`.

A role is a group of Django's; its name is its key here and stays. `manage.py sync_roles` makes groups and
rights equal to this table, whatever was changed by hand; who is in a group is decided in the administration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import pgettext_lazy

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
    "relations.interaction",
)
VISITS = (
    *("delegations.delegation", "delegations.delegationpartner", "delegations.stop"),
    *("delegations.participant", "delegations.programmeitem", "delegations.outcome", "delegations.followup"),
    "delegations.jubileestep",
)
GIFTS = ("delegations.gift",)
COSTS = ("delegations.cost",)
HONOURS = ("delegations.goldenbookentry", "delegations.goldenbooksigner")
RULES = ("reminders.rule", "reminders.stage")
DUE = ("reminders.reminder", "reminders.clock")
MAILS = ("reminders.mail", "reminders.attempt")
PORTALS = ("portal.endpoint",)
TOLD = ("portal.delivery", "portal.deliveryattempt")
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

READ = rights("view", (*KEPT_BY_OFFICERS, *GIFTS, *HONOURS, *RULES, *DUE, *OFFICE))
EDIT = rights("add change delete", KEPT_BY_OFFICERS) | history_of(KEPT_BY_OFFICERS)
# Whoever brings a gift home enters it; that it came is struck off by protocol and the head only.
RECORD_GIFTS = rights("add change", GIFTS) | history_of(GIFTS)
# What a visit costs concerns those who plan and answer for it.
READ_COSTS = rights("view", COSTS)
SPEND = READ_COSTS | rights("add change delete", COSTS) | history_of(COSTS)
READ_MAILS = rights("view", MAILS)
# To have a failed mail tried again; nobody changes what it says.
RESEND_MAILS = frozenset({"reminders.resend_mail"})
HONOUR = rights("add change delete", HONOURS) | history_of(HONOURS) | rights("delete", GIFTS)
SET_RULES = rights("add change delete", RULES) | history_of(RULES)
PUBLISH = rights("publish", PUBLISHABLE)
# Whoever prepares a visit must know what is to be said and who eats what.
PREPARE = frozenset({"delegations.view_talking_points", "delegations.view_needs"})
# Any list as a file, with all the people in it: for those who write invitations and guest lists, and for data
# protection. Who only reads, publishes or keeps accounts has no use for a copy that outlives their rights.
EXPORT = frozenset({"contacts.export_lists"})
CONFIDENTIAL = frozenset({"contacts.view_address", "contacts.view_protocol_notes"})
ALL_HISTORY = (
    history_of((*KEPT_BY_OFFICERS, *GIFTS, *COSTS, *HONOURS, *RULES))
    | rights("view", HISTORY_WITH_RESTRICTED_FIELDS)
    | frozenset({"contacts.view_historicaloffice"})
)

OFFICER = READ | EDIT | RECORD_GIFTS | SPEND | PREPARE | READ_MAILS | EXPORT

ROLES: dict[str, frozenset[str]] = {
    "reader": READ,
    "officer": OFFICER,
    "protocol": OFFICER | CONFIDENTIAL | HONOUR,
    HEAD: OFFICER
    | CONFIDENTIAL
    | HONOUR
    | SET_RULES
    | RESEND_MAILS
    | PUBLISH
    | rights("change", ["contacts.office"]),
    # Texts for the public, and what may be seen of it.
    "portal editor": READ
    | PUBLISH
    | rights("add change", ["relations.theme"])
    | rights("change", ["relations.partnership"]),
    # Data protection: sees all that is kept, also what it was before; corrects and erases people.
    "privacy": READ
    | READ_COSTS
    | READ_MAILS
    | PREPARE
    | CONFIDENTIAL
    | EXPORT
    | ALL_HISTORY
    | rights("change delete", ["contacts.person", "delegations.participant"]),
    # Accounts and who is in which role; what a role may do is said here alone.
    "administrator": READ
    | READ_MAILS
    | RESEND_MAILS
    | SET_RULES
    | rights("add change", ["contacts.user"])
    | rights("change", ["contacts.office"])
    | rights("view delete", ["contacts.accesstoken"])
    # Which program outside is told of what is published, and whether it was.
    | rights("view add change delete", PORTALS)
    | rights("view", TOLD)
    | {"portal.resend_delivery"},
}

# How the staff's pages call a role; they look it up by its key.
TITLES = {
    "reader": pgettext_lazy("role", "reader"),
    "officer": pgettext_lazy("role", "officer"),
    "protocol": pgettext_lazy("role", "protocol"),
    HEAD: pgettext_lazy("role", "head"),
    "portal editor": pgettext_lazy("role", "portal editor"),
    "privacy": pgettext_lazy("role", "privacy"),
    "administrator": pgettext_lazy("role", "administrator"),
}


@transaction.atomic
def sync() -> list[str]:
    """Make groups and their rights equal to the table; returns what changed, a line each."""
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    wanted = frozenset().union(*ROLES.values())
    if missing := sorted(wanted - known.keys()):
        raise LookupError(f"The table of roles names rights that no model has: {', '.join(missing)}.")
    groups = Group.objects.in_bulk(ROLES, field_name="name")
    new = Group.objects.bulk_create(Group(name=role) for role in ROLES if role not in groups)
    groups |= {group.name: group for group in new}
    present, rights = _rights_of(groups.values()), Group.permissions.through
    added, changes = [], []
    for role, names in ROLES.items():
        group, due = groups[role], {known[name] for name in names}
        given, taken = due - present[group.pk], present[group.pk] - due
        if group in new or given or taken:
            changes.append(f"{role}: {len(given)} rights given, {len(taken)} taken away")
        if taken:
            group.permissions.remove(*taken)
        added += [rights(group_id=group.pk, permission_id=right) for right in sorted(given)]
    rights.objects.bulk_create(added)
    office = Office.current()
    if office.head_group is None:
        office.head_group = Group.objects.get(name=HEAD)
        office.save(update_fields=["head_group"])
        changes.append(f"office: led by the group {HEAD}")
    return changes


def _rights_of(groups: Iterable[Group]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    pairs = Group.permissions.through.objects.filter(group__in=groups)
    for group, right in pairs.values_list("group_id", "permission_id"):
        found[group].add(right)
    return found
