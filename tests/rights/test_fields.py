"""Every field × role: who reads it, who writes it, through the API and on the pages."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from rest_framework.test import APIClient

from tests.api.rows import TABLES, WRITABLE, make_full, model_of
from tests.factories import ParticipantFactory, PersonFactory, ProgrammeItemFactory, factory_of, user_in
from tests.rights import table
from tests.rights.routes import rights_of
from tests.test_dictionary import DICTIONARY, RECORD

pytestmark = pytest.mark.django_db

# A text that stands in one field only, so that it can be looked for wherever somebody reads.
CANARY = "canary-of-"
MAKERS = {
    "contacts.person": PersonFactory,
    "delegations.participant": ParticipantFactory,
    "delegations.programmeitem": ProgrammeItemFactory,
}
OF_RESOURCE = {"people": "contacts.person", "participants": "delegations.participant"} | {
    "programme-items": "delegations.programmeitem"
}


def client_for(role):
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.default_format = "json"
    client.force_authenticate(user_in(role))
    return client


def fields_of(name: str) -> set[str]:
    """What the table says that the resource has, for those who see all of it."""
    if name in table.FIELDS:
        return set(table.FIELDS[name].split())
    of_model = f"name {RECORD} {DICTIONARY[model_of(name)._meta.label]} {table.BESIDE.get(name, '')}"
    return set(of_model.split()) - {"is_published"}


def restricted_of(name: str) -> dict[str, str]:
    return table.RESTRICTED.get(table.RESOURCES[name].split()[0], {})


def expanding(model):
    """The resources that show rows of the model in full where asked to, and by which relation."""
    return [
        (name, relation)
        for name, viewset in TABLES.items()
        for relation in viewset.expandable
        if model_of(name)._meta.get_field(relation).related_model._meta.label_lower == model
    ]


@pytest.fixture
def canaries():
    """A row of each model that restricts fields; in each of these a canary, and behind every relation too."""
    texts = {model: {field: f"{CANARY}{field}" for field in table.RESTRICTED[model]} for model in MAKERS}
    rows = {model: make(**texts[model]) for model, make in MAKERS.items()}
    for model, make in MAKERS.items():
        make(**texts[model]).delete()
    for name in {name for model in MAKERS for name, _relation in expanding(model)}:
        make_full(name, 1)
    for model, row in rows.items():
        type(row)._base_manager.update(**texts[model])
    return rows


def test_the_table_names_every_field_that_a_model_restricts_and_no_other():
    """A field that the model lets go of, or restricts anew, is decided on in the table too."""
    found = {
        model_of(name)._meta.label_lower: set(getattr(model_of(name), "restricted", {}))
        for name in TABLES
        if getattr(model_of(name), "restricted", {})
    }

    assert found == {model: set(table.RESTRICTED[model]) for model in MAKERS}


@pytest.mark.parametrize(("letter", "role"), table.ROLES.items())
def test_a_role_reads_every_field_but_those_that_are_restricted_to_others(letter, role):
    client = client_for(role)
    found, due = {}, {}
    for name in TABLES:
        if letter not in rights_of(table.RESOURCES[name].split()[0])["sees"]:
            continue
        row = factory_of(model_of(name))()
        hidden = {field for field, who in restricted_of(name).items() if letter not in who}
        found[name] = set(client.get(f"/api/v1/{name}/{row.pk}/").json())
        due[name] = fields_of(name) - hidden

    assert found == due


@pytest.mark.parametrize(("letter", "role"), table.ROLES.items())
def test_a_role_writes_every_field_of_rows_it_changes_but_those_that_are_restricted_to_others(letter, role):
    """All are sent, with a value of no kind: what is unknown or only read is refused before that is seen."""
    client = client_for(role)
    found, due = {}, {}
    for name in WRITABLE:
        if letter not in rights_of(table.RESOURCES[name])["changes"]:
            continue
        row = factory_of(model_of(name))()
        sent = {field: {"no": "kind"} for field in fields_of(name)}
        errors = client.patch(f"/api/v1/{name}/{row.pk}/", sent).json()["errors"]
        refused = {error["field"] for error in errors if error["code"] in ("unknown_field", "read_only")}
        found[name] = fields_of(name) - refused
        hidden = {field for field, who in restricted_of(name).items() if letter not in who}
        due[name] = fields_of(name) - hidden - set(table.ONLY_READ.get(name, "").split())

    assert found == due


@pytest.mark.parametrize(("letter", "role"), table.ROLES.items())
def test_what_is_restricted_stands_nowhere_that_others_read(canaries, letter, role):
    """Neither in the API nor on a page: list, search, form, former versions, file, what is to be deleted.

    Nor where it was deleted, or where another row shows it in full.
    """
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user_in(role))
    told = {}
    for model, row in canaries.items():
        page = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        resource = next(name for name, label in OF_RESOURCE.items() if label == model)
        version = row.history.first().pk
        addresses = [
            reverse(f"{page}_changelist"),
            reverse(f"{page}_changelist") + f"?q={CANARY}",
            reverse(f"{page}_change", args=[row.pk]),
            reverse(f"{page}_delete", args=[row.pk]),
            reverse(f"{page}_history", args=[row.pk]),
            reverse(f"{page}_simple_history", args=[row.pk, version]),
            reverse(f"{page}_export", args=["csv"]),
            f"/api/v1/{resource}/",
            f"/api/v1/{resource}/{row.pk}/",
            f"/api/v1/{resource}/?search={CANARY}",
            f"/api/v1/{resource}/?format=csv",
            f"/api/v1/{resource}/?format=xlsx",
            f"/api/v1/{resource}/deleted/",
            f"/api/v1/search/?q={CANARY}",
            f"/admin/search/?q={CANARY}",
        ]
        addresses += [f"/api/v1/{resource}/?fields={field}" for field in table.RESTRICTED[model]]
        for name, relation in expanding(model):
            expanded = f"/api/v1/{name}/?expand={relation}"
            addresses += [expanded, f"{expanded}&format=csv", f"{expanded}&format=xlsx"]
            pk = model_of(name)._base_manager.order_by("pk").last().pk
            addresses += [f"/api/v1/{name}/{pk}/?expand={relation}"]
        if model != "contacts.person":
            visit = row.delegation
            addresses += [
                reverse("admin:delegations_delegation_change", args=[visit.pk]),
                reverse("admin:delegations_delegation_history", args=[visit.pk]),
            ]
        text = "".join(read(client, address) for address in addresses)
        told |= {f"{model}.{field}": f"{CANARY}{field}" in text for field in table.RESTRICTED[model]}

    assert told == {
        f"{model}.{field}": letter in who
        for model in MAKERS
        for field, who in table.RESTRICTED[model].items()
    }


@pytest.mark.parametrize(("letter", "role"), table.ROLES.items())
def test_a_row_shown_in_full_by_another_has_the_restricted_fields_of_those_who_may(canaries, letter, role):
    """That the addresses above lead to the canaries: each expansion by itself, as JSON and as a file."""
    client = client_for(role)
    for model in MAKERS:
        due = {field: letter in who for field, who in table.RESTRICTED[model].items()}
        for name, relation in expanding(model):
            if letter not in rights_of(table.RESOURCES[name].split()[0])["sees"]:
                continue
            for kind in ("json", "csv", "xlsx") if letter in table.EXPORT else ("json",):
                text = read(client, f"/api/v1/{name}/?expand={relation}&format={kind}")
                told = {field: f"{CANARY}{field}" in text for field in table.RESTRICTED[model]}
                assert told == due, (name, relation, kind)


def read(client, address):
    content = b"".join(client.get(address))
    if content.startswith(b"PK"):
        return str(list(load_workbook(BytesIO(content)).active.values))
    return content.decode("utf-8", errors="replace")


@pytest.mark.parametrize("model", MAKERS)
def test_a_form_sent_by_others_leaves_what_is_restricted_alone(canaries, model):
    """Whoever writes a field into the form by hand, though it is not on it."""
    row = canaries[model]
    for letter, role in table.ROLES.items():
        fields = {field for field, who in table.RESTRICTED[model].items() if letter not in who}
        client = Client()
        client.force_login(user_in(role))
        page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        client.post(page, {"family_name": "Other", **dict.fromkeys(fields, "overwritten")})
        row.refresh_from_db()

        assert {field: getattr(row, field) for field in fields} == {
            field: f"{CANARY}{field}" for field in fields
        }
