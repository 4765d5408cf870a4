from typing import Any

from django.db import migrations

from reminders.shipped import ship


def ship_rules(apps: Any, schema_editor: Any) -> None:
    ship(apps.get_model("reminders", "Rule"), apps.get_model("reminders", "Stage"))


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial")]

    operations = [migrations.RunPython(ship_rules, migrations.RunPython.noop)]
