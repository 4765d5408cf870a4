"""One sender process of the bench: says that it is ready, waits for its sign, sends until nothing is left."""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from reminders import guard, outbox  # noqa: E402

settings.EMAIL_BACKEND = outbox.SMTP
settings.INSTANCE_FILE = os.environ["BENCH_INSTANCE_FILE"]
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["BENCH_SMTP_PORT"])
guard.may_send(now=timezone.now())
print("ready", flush=True)
sys.stdin.readline()
outbox.send()
