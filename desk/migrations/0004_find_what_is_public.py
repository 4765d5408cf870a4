"""On PostgreSQL an index alone tells which public rows name a city or a theme.

Where few cities have thousands of projects each, the database takes any city for one that does, and reads the
whole table to learn of the others that they have none.
"""

from django.db import migrations

PAIRS = {
    "relations_partnership_further_cities": "city_id, partnership_id",
    "relations_project_cities": "city_id, project_id",
    "delegations_stop": "city_id, delegation_id",
    "relations_partnership_themes": "theme_id, partnership_id",
    "relations_project_themes": "theme_id, project_id",
    "delegations_delegation_themes": "theme_id, delegation_id",
}


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, columns in PAIRS.items():
            schema_editor.execute(f"CREATE INDEX {table}_pairs ON {table} ({columns})")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in PAIRS:
            schema_editor.execute(f"DROP INDEX IF EXISTS {table}_pairs")


class Migration(migrations.Migration):
    dependencies = [("desk", "0003_read_every_order")]

    operations = [migrations.RunPython(create, drop)]
