from typing import Any

from django.db import migrations

from contacts.first_versions import keep_first_versions


def keep_those_of_steps(apps: Any, schema_editor: Any) -> None:
    keep_first_versions(apps, "delegations", "JubileeStep")


class Migration(migrations.Migration):
    dependencies = [("delegations", "0005_find_what_changed")]

    operations = [migrations.RunPython(keep_those_of_steps, migrations.RunPython.noop)]
