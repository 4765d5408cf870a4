"""On PostgreSQL each list of the APIs is read from an index in every order that it can be asked for.

See 0002_read_lists_in_order for the orders that the lists have of themselves. Rows that are alike in a column
come by their keys in either direction, so most columns need an index for each. Titles and moments are
hardly ever alike; one index of them serves both.
"""

from django.db import migrations

# Columns that are always known, by table.
KNOWN = {
    "contacts_city": ["country"],
    "contacts_citydate": ["on"],
    "contacts_organisation": ["kind"],
    "contacts_place": ["population"],
    "relations_occasion": ["years"],
    "relations_councildecision": ["body", "number"],
    "relations_interaction": ["kind"],
    "delegations_delegation": ["state"],
    "delegations_stop": ["order"],
    "delegations_programmeitem": ["order"],
    "delegations_followup": ["priority"],
    "delegations_cost": ["kind"],
}
# Those that need not be.
PERHAPS = {
    "contacts_city": ["population"],
    "contacts_post": ["rank"],
    "contacts_tenure": ["until"],
    "contacts_document": ["published_on"],
    "relations_partnership": ["founded", "ended_on"],
    "relations_partnershipevent": ["review_on"],
    "relations_agreement": ["signed_on", "valid_until"],
    "relations_signature": ["on"],
    "relations_project": ["starts_on", "ends_on"],
    "delegations_delegation": ["starts_on", "ends_on"],
    "delegations_stop": ["arrives_on"],
    "delegations_participant": ["order"],
    "delegations_programmeitem": ["on"],
    "delegations_followup": ["due_on", "done_on"],
    "delegations_gift": ["value"],
    "delegations_cost": ["planned", "actual"],
    "reminders_reminder": ["occurs_on"],
    "reminders_mail": ["sent_at"],
}
# Hardly ever alike, or by an index of 0002 the other way round.
ONE_WAY = {
    "contacts_post": ["sort"],
    "contacts_place": ["name"],
    "contacts_tenure": ["since"],
    "contacts_document": ["sort"],
    "contacts_statement": ["on"],
    "relations_agreement": ["title"],
    "relations_signature": ["created_at"],
    "relations_councildecision": ["on"],
    "relations_occasion": ["celebrated_from"],
    "relations_interaction": ["on"],
    "delegations_delegation": ["title"],
    "delegations_outcome": ["created_at"],
    "delegations_gift": ["on"],
    "delegations_goldenbookentry": ["on"],
    "reminders_reminder": ["due_on", "changed_at"],
    "reminders_mail": ["day", "next_try_at", "changed_at"],
}
PUBLIC = "WHERE published_at IS NOT NULL AND withdrawn_at IS NULL"
OTHERS = {
    "contacts_place_in_order": "contacts_place (population DESC, name, id)",
    "relations_partnershipevent_by_on_down": 'relations_partnershipevent ("on" DESC NULLS LAST, id)',
    # A kind that few public rows are of.
    "relations_partnership_public_kind": f"relations_partnership (kind, id) {PUBLIC}",
    "relations_project_public_kind": f"relations_project (kind, id) {PUBLIC}",
    "delegations_delegation_public_kind": (
        f"delegations_delegation (kind, starts_on DESC NULLS LAST, id) {PUBLIC}"
    ),
    # Ours, and whether something public names one of them.
    "contacts_city_at_home": "contacts_city (sort, id) WHERE is_home",
    "relations_partnership_public_home": f"relations_partnership (home_id, published_at) {PUBLIC}",
    "delegations_delegation_public_home": f"delegations_delegation (home_id, published_at) {PUBLIC}",
}
WAYS = (
    (KNOWN, "", ""),
    (KNOWN, "_down", " DESC"),
    (PERHAPS, "", ""),
    (PERHAPS, "_down", " DESC NULLS LAST"),
    (ONE_WAY, "", ""),
)


def indexes(apps):
    for tables, name, way in WAYS:
        for table, columns in tables.items():
            for column in columns:
                yield f"{table}_by_{column}{name}", f'{table} ("{column}"{way}, id)'
    yield from OTHERS.items()
    # What was deleted is told in the order in which it was.
    for model in apps.get_models():
        table = model._meta.db_table
        if any(field.name == "history_type" for field in model._meta.fields):
            yield f"{table}_deleted", f"{table} (history_date, history_id) WHERE history_type = '-'"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, definition in indexes(apps):
            schema_editor.execute(f"CREATE INDEX {name} ON {definition}")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, _definition in indexes(apps):
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [("desk", "0002_read_lists_in_order"), ("contacts", "0010_access_tokens")]

    operations = [migrations.RunPython(create, drop)]
