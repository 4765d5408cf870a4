from django.db import migrations

from contacts import search_index


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]

    operations = [search_index.create("contacts")]
