import os

from celery import Celery

from config import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

broker.take_over()
app = Celery("goldenbook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
