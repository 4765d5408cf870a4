"""On PostgreSQL each list of the APIs begins at its first row, and each page at its cursor, whatever else there is.

Here, and not with each model: SQLite, which does not sort unknown dates last by an index, needs none of them.
"""

from django.db import migrations

PUBLIC = "WHERE published_at IS NOT NULL AND withdrawn_at IS NULL"
# The orders of the staff's lists, and of the public ones.
INDEXES = {
    "contacts_user_in_order": "contacts_user (sort, id)",
    "contacts_city_in_order": "contacts_city (sort, id)",
    "contacts_organisation_in_order": "contacts_organisation (sort, id)",
    "contacts_person_in_order": "contacts_person (sort, id)",
    "contacts_tenure_in_order": "contacts_tenure (since DESC NULLS LAST, id)",
    "contacts_document_in_order": "contacts_document (published_on DESC NULLS LAST, sort, id)",
    "contacts_statement_in_order": 'contacts_statement ("on" DESC NULLS LAST, id)',
    "relations_theme_in_order": "relations_theme (sort, id)",
    "relations_partnershipevent_in_order": 'relations_partnershipevent ("on", id)',
    "relations_agreement_in_order": "relations_agreement (signed_on DESC NULLS LAST, title, id)",
    "relations_councildecision_in_order": 'relations_councildecision ("on" DESC NULLS LAST, id)',
    "relations_project_in_order": "relations_project (sort, id)",
    "relations_occasion_in_order": "relations_occasion (celebrated_from DESC NULLS LAST, id)",
    "relations_interaction_in_order": 'relations_interaction ("on" DESC, id)',
    "delegations_delegation_in_order": "delegations_delegation (starts_on DESC NULLS LAST, title, id)",
    "delegations_followup_in_order": "delegations_followup (due_on, priority DESC, id)",
    "delegations_jubileestep_in_order": 'delegations_jubileestep ("order", id)',
    "delegations_gift_in_order": 'delegations_gift ("on" DESC NULLS LAST, id)',
    "delegations_goldenbookentry_in_order": 'delegations_goldenbookentry ("on" DESC NULLS LAST, id)',
    "reminders_reminder_in_order": "reminders_reminder (due_on DESC, id)",
    "reminders_mail_in_order": "reminders_mail (day DESC, id)",
    "relations_partnership_public": f"relations_partnership (id) {PUBLIC}",
    "relations_project_public": f"relations_project (id) {PUBLIC}",
    "delegations_delegation_public": f"delegations_delegation (starts_on DESC NULLS LAST, id) {PUBLIC}",
}


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, definition in INDEXES.items():
            schema_editor.execute(f"CREATE INDEX {name} ON {definition}")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0001_initial"),
        ("contacts", "0008_find_what_changed"),
        ("relations", "0007_deadlines_in_order"),
        ("delegations", "0006_first_versions"),
        ("reminders", "0010_sign_of_life"),
    ]

    operations = [migrations.RunPython(create, drop)]
