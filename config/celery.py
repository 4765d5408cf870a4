"""The workers and their beat: `celery -A config`. The web queues nothing and never imports this."""

import os

from celery import Celery
from celery.schedules import crontab

from config import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

broker.take_over()
app = Celery("goldenbook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # The full hour of any zone is a quarter of an hour here; of the four only one finds something to do.
    "scan": {
        "task": "reminders.tasks.scan",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 14 * 60},
    },
    # In the night: files that no row refers to any more, and access tokens that have ended.
    "sweep": {
        "task": "contacts.tasks.sweep",
        "schedule": crontab(minute=30, hour=3),
        "options": {"expires": 60 * 60},
    },
    # In the night too: mails that are kept no longer.
    "forget": {
        "task": "reminders.tasks.forget",
        "schedule": crontab(minute=50, hour=3),
        "options": {"expires": 60 * 60},
    },
    # What is public: whoever mirrors it is told within a minute.
    "look": {
        "task": "portal.tasks.look",
        "schedule": crontab(),
        "options": {"expires": 50},
    },
    "tell": {
        "task": "portal.tasks.tell",
        "schedule": crontab(),
        "options": {"expires": 50},
    },
    # Every hour: answers that are kept for programs which ask twice.
    "forget_answers": {
        "task": "contacts.tasks.forget_answers",
        "schedule": crontab(minute=20),
        "options": {"expires": 50 * 60},
    },
    # A wake-up older than a minute is of no use: the next one is there.
    "send": {
        "task": "reminders.tasks.send",
        "schedule": crontab(),
        "options": {"expires": 50},
    },
}
