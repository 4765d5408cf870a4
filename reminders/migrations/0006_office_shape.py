from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from reminders.shipped import ship


def ship_rules(apps: Any, schema_editor: Any) -> None:
    """The day of partner cities, and four weeks' notice of a city's day where nobody has changed that rule."""
    rules, stages = apps.get_model("reminders", "Rule"), apps.get_model("reminders", "Stage")
    ship(rules, stages, only="partner_cities_day")
    for rule in rules.objects.filter(subject="city_date", version=1):
        if list(rule.stages.values_list("days", "addressee", "version")) == [(7, "responsible", 1)]:
            stages.objects.create(rule=rule, days=28, addressee="responsible")


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0007_shared_cache'),
        ('delegations', '0003_gifts_and_costs'),
        ('relations', '0004_sorted_names'),
        ('reminders', '0005_placeholders'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reminder',
            name='reminders_reminder_one_subject',
        ),
        migrations.RemoveConstraint(
            model_name='reminder',
            name='reminders_reminder_mailed_by_mail',
        ),
        migrations.AddField(
            model_name='reminder',
            name='done_link_used_at',
            field=models.DateTimeField(blank=True, help_text='The link in a mail that marks a follow-up done works once.', null=True, verbose_name='marked done from its mail'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='mailed_on',
            field=models.DateField(blank=True, help_text='Of a mail that is no longer kept.', null=True, verbose_name='mailed on'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='office',
            field=models.ForeignKey(blank=True, help_text='Where it concerns the office as a whole and none of its ties.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='contacts.office', verbose_name='office'),
        ),
        migrations.AlterField(
            model_name='historicalrule',
            name='subject',
            field=models.CharField(choices=[('anniversary', 'anniversaries'), ('agreement_expiry', 'ends of agreements'), ('follow_up', 'follow-ups'), ('delegation', 'departures'), ('report', 'missing reports'), ('quiet_tie', 'quiet ties'), ('city_date', 'greetings on days of partner cities'), ('partner_cities_day', 'day of partner cities')], max_length=20, verbose_name='about'),
        ),
        migrations.AlterField(
            model_name='rule',
            name='subject',
            field=models.CharField(choices=[('anniversary', 'anniversaries'), ('agreement_expiry', 'ends of agreements'), ('follow_up', 'follow-ups'), ('delegation', 'departures'), ('report', 'missing reports'), ('quiet_tie', 'quiet ties'), ('city_date', 'greetings on days of partner cities'), ('partner_cities_day', 'day of partner cities')], max_length=20, verbose_name='about'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreement__isnull', True), ('city__isnull', True), ('delegation__isnull', True), ('follow_up__isnull', True), ('office__isnull', True), ('partnership__isnull', False)), models.Q(('agreement__isnull', False), ('city__isnull', True), ('delegation__isnull', True), ('follow_up__isnull', True), ('office__isnull', True), ('partnership__isnull', True)), models.Q(('agreement__isnull', True), ('city__isnull', True), ('delegation__isnull', True), ('follow_up__isnull', False), ('office__isnull', True), ('partnership__isnull', True)), models.Q(('agreement__isnull', True), ('city__isnull', True), ('delegation__isnull', False), ('follow_up__isnull', True), ('office__isnull', True), ('partnership__isnull', True)), models.Q(('agreement__isnull', True), ('city__isnull', False), ('delegation__isnull', True), ('follow_up__isnull', True), ('office__isnull', True), ('partnership__isnull', True)), models.Q(('agreement__isnull', True), ('city__isnull', True), ('delegation__isnull', True), ('follow_up__isnull', True), ('office__isnull', False), ('partnership__isnull', True)), _connector='OR'), name='reminders_reminder_one_subject', violation_error_code='one_subject', violation_error_message='A reminder is about one thing.'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'mailed'), _negated=True), ('mail__isnull', False), ('mailed_on__isnull', False), _connector='OR'), name='reminders_reminder_mailed_by_mail', violation_error_code='mail:required', violation_error_message='What was mailed names its mail, or the day of one kept no longer.'),
        ),
        migrations.RunPython(ship_rules, migrations.RunPython.noop),
    ]
