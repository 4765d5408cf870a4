from typing import Any

from django.db import migrations

from contacts.first_versions import keep_first_versions


def keep_those_of_rules(apps: Any, schema_editor: Any) -> None:
    keep_first_versions(apps, "reminders", "Rule", "Stage")


class Migration(migrations.Migration):
    dependencies = [("reminders", "0007_find_what_changed")]

    operations = [migrations.RunPython(keep_those_of_rules, migrations.RunPython.noop)]
