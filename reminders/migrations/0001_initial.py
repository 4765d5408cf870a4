import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import contacts.dates
import contacts.fields
import reminders.models.reminders


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("contacts", "0001_initial"),
        ("delegations", "0001_initial"),
        ("relations", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Clock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scanned_until', models.DateField(blank=True, null=True, verbose_name='scanned until')),
                ('scanned_at', models.DateTimeField(blank=True, null=True, verbose_name='last scan')),
                ('first_scan_on', models.DateField(blank=True, null=True, verbose_name='first scan')),
                ('is_paused', models.BooleanField(default=False, help_text='Until someone says `manage.py resume-sending`.', verbose_name='sending waits')),
                ('site', models.CharField(blank=True, help_text='A copy of the data that stands elsewhere does not send.', max_length=200, verbose_name='sends from')),
                ('server_down_since', models.DateTimeField(blank=True, null=True, verbose_name='mail server away since')),
                ('next_probe_at', models.DateTimeField(blank=True, null=True, verbose_name='asks the mail server again')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
            ],
            options={
                'verbose_name': 'clock',
                'verbose_name_plural': 'clock',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='reminders_clock_only_one', violation_error_code='only_one', violation_error_message='There is only one clock.')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalRule',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                ('changed_at', models.DateTimeField(blank=True, editable=False, verbose_name='changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('subject', models.CharField(choices=[('anniversary', 'anniversaries'), ('agreement_expiry', 'ends of agreements'), ('follow_up', 'follow-ups'), ('delegation', 'departures'), ('report', 'missing reports'), ('quiet_tie', 'quiet ties'), ('city_date', 'days of partner cities')], max_length=20, verbose_name='about')),
                ('milestone', models.CharField(blank=True, choices=[('every', 'every year'), ('round', 'round years'), ('jubilee', 'jubilees')], help_text='For anniversaries only. Of the rules that match, the rarest counts.', max_length=10, verbose_name='years')),
                ('title', models.CharField(blank=True, help_text='Empty: named after what it is about.', max_length=200, verbose_name='title')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical rule',
                'verbose_name_plural': 'historical rules',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Mail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(blank=True, max_length=254, verbose_name='address')),
                ('day', models.DateField(verbose_name='day of the office')),
                ('number', models.PositiveSmallIntegerField(default=1, help_text='1 is the mail of the day; what presses makes further ones.', verbose_name='number of that day')),
                ('is_urgent', models.BooleanField(default=False, verbose_name='urgent')),
                ('language', models.CharField(choices=[('de', 'German'), ('en', 'English')], max_length=2, verbose_name='language')),
                ('subject', models.CharField(blank=True, max_length=300, verbose_name='subject')),
                ('text', models.TextField(blank=True, verbose_name='text')),
                ('html', models.TextField(blank=True, verbose_name='HTML')),
                ('message_id', models.CharField(max_length=300, unique=True, verbose_name='message id')),
                ('raw', models.BinaryField(blank=True, default=bytes)),
                ('is_frozen', models.BooleanField(default=False, help_text='May have reached the server, so that it must not change.', verbose_name='fixed')),
                ('state', models.CharField(choices=[('due', 'due'), ('sending', 'being sent'), ('sent', 'sent'), ('failed', 'failed'), ('cancelled', 'nothing left to say')], default='due', max_length=10, verbose_name='state')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('not_before', models.DateTimeField(verbose_name='may go out from')),
                ('next_try_at', models.DateTimeField(verbose_name='next try')),
                ('give_up_at', models.DateTimeField(blank=True, null=True, verbose_name='given up at')),
                ('lease_until', models.DateTimeField(blank=True, null=True, verbose_name='claimed until')),
                ('token', models.UUIDField(blank=True, null=True, verbose_name='token')),
                ('error', models.TextField(blank=True, verbose_name='last error')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mails', to=settings.AUTH_USER_MODEL, verbose_name='recipient')),
            ],
            options={
                'verbose_name': 'mail',
                'verbose_name_plural': 'mails',
                'ordering': ('-day', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('outcome', models.CharField(blank=True, choices=[('', 'under way'), ('accepted', 'accepted'), ('temporary', 'refused for now'), ('permanent', 'refused'), ('unknown', 'not known')], default='', max_length=10, verbose_name='outcome')),
                ('reached_data', models.BooleanField(default=False, verbose_name='reached the server')),
                ('code', models.CharField(blank=True, max_length=500, verbose_name='answer')),
                ('mail', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='reminders.mail', verbose_name='mail')),
            ],
            options={
                'verbose_name': 'attempt',
                'verbose_name_plural': 'attempts',
                'ordering': ('mail', 'started_at', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('subject', models.CharField(choices=[('anniversary', 'anniversaries'), ('agreement_expiry', 'ends of agreements'), ('follow_up', 'follow-ups'), ('delegation', 'departures'), ('report', 'missing reports'), ('quiet_tie', 'quiet ties'), ('city_date', 'days of partner cities')], max_length=20, verbose_name='about')),
                ('milestone', models.CharField(blank=True, choices=[('every', 'every year'), ('round', 'round years'), ('jubilee', 'jubilees')], help_text='For anniversaries only. Of the rules that match, the rarest counts.', max_length=10, verbose_name='years')),
                ('title', models.CharField(blank=True, help_text='Empty: named after what it is about.', max_length=200, verbose_name='title')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'rule',
                'verbose_name_plural': 'rules',
                'ordering': ('subject', 'milestone', 'pk'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('subject', 'milestone'), name='reminders_rule_once', violation_error_code='subject:unique', violation_error_message='There is a rule for this already. Change its stages.'), models.CheckConstraint(condition=models.Q(models.Q(('subject', 'anniversary'), models.Q(('milestone', ''), _negated=True)), models.Q(models.Q(('subject', 'anniversary'), _negated=True), ('milestone', '')), _connector='OR'), name='reminders_rule_milestone_of_anniversaries', violation_error_code='milestone:anniversaries', violation_error_message='Anniversaries, and only they, count years: say which ones.')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalStage',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                ('changed_at', models.DateTimeField(blank=True, editable=False, verbose_name='changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('days', models.SmallIntegerField(help_text='30 for thirty days before, 0 for the day itself, -7 for a week after.', verbose_name='days before')),
                ('repeat_days', models.PositiveSmallIntegerField(blank=True, help_text='Until it is done. For follow-ups and missing reports only.', null=True, verbose_name='again every … days')),
                ('addressee', models.CharField(choices=[('responsible', 'whoever is responsible'), ('head', 'head of office')], default='responsible', max_length=20, verbose_name='to')),
                ('subject', contacts.fields.LanguageTextField(blank=True, default=dict, help_text='Instead of ours. {name}, {date}, {days} and {years} are filled in.', verbose_name='own heading')),
                ('text', contacts.fields.LanguageTextField(blank=True, default=dict, help_text='Stands below. {name}, {date}, {days} and {years} are filled in.', verbose_name='own text')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rule', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='reminders.rule', verbose_name='rule')),
            ],
            options={
                'verbose_name': 'historical stage',
                'verbose_name_plural': 'historical stages',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('days', models.SmallIntegerField(help_text='30 for thirty days before, 0 for the day itself, -7 for a week after.', verbose_name='days before')),
                ('repeat_days', models.PositiveSmallIntegerField(blank=True, help_text='Until it is done. For follow-ups and missing reports only.', null=True, verbose_name='again every … days')),
                ('addressee', models.CharField(choices=[('responsible', 'whoever is responsible'), ('head', 'head of office')], default='responsible', max_length=20, verbose_name='to')),
                ('subject', contacts.fields.LanguageTextField(blank=True, default=dict, help_text='Instead of ours. {name}, {date}, {days} and {years} are filled in.', verbose_name='own heading')),
                ('text', contacts.fields.LanguageTextField(blank=True, default=dict, help_text='Stands below. {name}, {date}, {days} and {years} are filled in.', verbose_name='own text')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='reminders.rule', verbose_name='rule')),
            ],
            options={
                'verbose_name': 'stage',
                'verbose_name_plural': 'stages',
                'ordering': ('rule', '-days', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occurrence', models.CharField(help_text='The year of an anniversary, else the date.', max_length=10, verbose_name='occurrence')),
                ('occurs_on', contacts.dates.PartialDateField(verbose_name='happens')),
                ('addressee', models.CharField(choices=[('responsible', 'whoever is responsible'), ('head', 'head of office')], max_length=20, verbose_name='to')),
                ('state', models.CharField(choices=[('due', 'due'), ('mailed', 'mailed'), ('cancelled', 'settled before it was mailed'), ('missed', 'missed')], default='due', max_length=10, verbose_name='state')),
                ('due_on', models.DateField(verbose_name='due')),
                ('key', models.CharField(max_length=200, unique=True, verbose_name='key')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('agreement', models.ForeignKey(blank=True, null=True, on_delete=reminders.models.reminders.keep_what_was_mailed, related_name='reminders', to='relations.agreement', verbose_name='agreement')),
                ('city', models.ForeignKey(blank=True, null=True, on_delete=reminders.models.reminders.keep_what_was_mailed, related_name='reminders', to='contacts.city', verbose_name='city')),
                ('city_date', models.ForeignKey(blank=True, help_text="Which one of the city's days.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reminders', to='contacts.citydate', verbose_name='day of the city')),
                ('delegation', models.ForeignKey(blank=True, null=True, on_delete=reminders.models.reminders.keep_what_was_mailed, related_name='reminders', to='delegations.delegation', verbose_name='delegation')),
                ('follow_up', models.ForeignKey(blank=True, null=True, on_delete=reminders.models.reminders.keep_what_was_mailed, related_name='reminders', to='delegations.followup', verbose_name='follow-up')),
                ('mail', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='reminders.mail', verbose_name='mail')),
                ('partnership', models.ForeignKey(blank=True, null=True, on_delete=reminders.models.reminders.keep_what_was_mailed, related_name='reminders', to='relations.partnership', verbose_name='partnership')),
                ('stage', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='reminders.stage', verbose_name='stage')),
            ],
            options={
                'verbose_name': 'reminder',
                'verbose_name_plural': 'reminders',
                'ordering': ('-due_on', '-pk'),
            },
        ),
        migrations.AddIndex(
            model_name='mail',
            index=models.Index(condition=models.Q(('state__in', ['due', 'sending'])), fields=['state', 'next_try_at'], name='reminders_mail_waiting'),
        ),
        migrations.AddConstraint(
            model_name='mail',
            constraint=models.UniqueConstraint(fields=('recipient', 'day', 'number'), name='reminders_mail_once', violation_error_code='number:unique', violation_error_message='This mail of the day is there already.'),
        ),
        migrations.AddConstraint(
            model_name='mail',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('state', 'sending'), ('token__isnull', False)), models.Q(models.Q(('state', 'sending'), _negated=True), ('lease_until__isnull', True), ('token__isnull', True)), _connector='OR'), name='reminders_mail_claimed_while_sending', violation_error_code='state:claim', violation_error_message='A mail is claimed while it is being sent, and only then.'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.UniqueConstraint(fields=('rule', 'days', 'addressee'), name='reminders_stage_once', violation_error_code='days:unique', violation_error_message='This rule has a stage on that day for them already.'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.CheckConstraint(condition=models.Q(('repeat_days__isnull', True), models.Q(('days__lte', 0), ('repeat_days__gte', 1)), _connector='OR'), name='reminders_stage_repeats', violation_error_code='repeat_days:late', violation_error_message='Only what is late is asked for again, and at most once a day.'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.CheckConstraint(condition=models.Q(('days__range', (-3660, 3660))), name='reminders_stage_within_ten_years', violation_error_code='days:range', violation_error_message='Stay within ten years.'),
        ),
        migrations.AddIndex(
            model_name='reminder',
            index=models.Index(condition=models.Q(('mail__isnull', True), ('state', 'due')), fields=['due_on'], name='reminders_reminder_waiting'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreement__isnull', True), ('city__isnull', True), ('delegation__isnull', True), ('follow_up__isnull', True), ('partnership__isnull', False)), models.Q(('agreement__isnull', False), ('city__isnull', True), ('delegation__isnull', True), ('follow_up__isnull', True), ('partnership__isnull', True)), models.Q(('agreement__isnull', True), ('city__isnull', True), ('delegation__isnull', True), ('follow_up__isnull', False), ('partnership__isnull', True)), models.Q(('agreement__isnull', True), ('city__isnull', True), ('delegation__isnull', False), ('follow_up__isnull', True), ('partnership__isnull', True)), models.Q(('agreement__isnull', True), ('city__isnull', False), ('delegation__isnull', True), ('follow_up__isnull', True), ('partnership__isnull', True)), _connector='OR'), name='reminders_reminder_one_subject', violation_error_code='one_subject', violation_error_message='A reminder is about one thing.'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'mailed'), _negated=True), ('mail__isnull', False), _connector='OR'), name='reminders_reminder_mailed_by_mail', violation_error_code='mail:required', violation_error_message='What was mailed names its mail.'),
        ),
    ]
