"""The worker's own program, with its longest waits divided by the number in HURRY.

The minute, five, fifteen minutes … until the next try, the minute between two questions to a mail server that
is away, and the minute between two wake-ups. Nothing else differs from `celery -A config`, and with HURRY=1
nothing does. Which wake-ups really ran is written down beside it.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

import django
from celery.signals import task_prerun

from config.celery import app

django.setup()

from reminders import outbox  # noqa: E402  its models need Django set up

HURRY = int(os.environ.get("HURRY", "1"))

outbox.BACKOFF = [wait / HURRY for wait in outbox.BACKOFF]
outbox.PROBE_EVERY = outbox.PROBE_EVERY / HURRY
if HURRY > 1:
    app.conf.beat_schedule["send"]["schedule"] = 60 / HURRY


@task_prerun.connect
def write_down(task_id: str, task: Any, **kwargs: Any) -> None:
    line = {"id": task_id, "name": task.name, "expires": task.request.expires, "at": time.time()}
    with open(os.environ["RUNS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
