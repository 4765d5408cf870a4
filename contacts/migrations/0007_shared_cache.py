from django.core.management import call_command
from django.db import migrations


def make_table(apps, schema_editor):
    """The table of the shared cache, made also where a Redis is used now: it may not be tomorrow."""
    call_command("createcachetable", "shared_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0006_forms_sent_once'),
    ]

    operations = [
        migrations.RunPython(make_table, migrations.RunPython.noop),
    ]
