"""The worker's own program, with its longest waits divided by the number in HURRY.

The minute, five, fifteen minutes … until the next try, the minute between two questions to a mail server that
is away, and the minute between two wake-ups. BEAT_EVERY makes the seconds between two messages of beat the
same for all that it sends. Nothing else differs from `celery -A config`, and with HURRY=1 and without
BEAT_EVERY nothing does. Which tasks really ran is written down beside it, and each call of the mail server.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import django
from celery.signals import task_prerun

from config.celery import app

django.setup()

from reminders import outbox, transport  # noqa: E402  its models need Django set up

HURRY = int(os.environ.get("HURRY", "1"))
BEAT_EVERY = float(os.environ.get("BEAT_EVERY", "0"))

outbox.BACKOFF = [wait / HURRY for wait in outbox.BACKOFF]
outbox.PROBE_EVERY = outbox.PROBE_EVERY / HURRY
if HURRY > 1:
    app.conf.beat_schedule["send"]["schedule"] = 60 / HURRY
if BEAT_EVERY:
    for each in app.conf.beat_schedule.values():
        each["schedule"] = BEAT_EVERY
# Whoever takes turns has all imported when its turn comes.
while (turn := os.environ.get("TURN")) and not Path(turn).exists():
    time.sleep(0.02)
# The line is a program of its own; this one is the same and tells whom it calls.
transport.__file__ = str(Path(__file__).with_name("overheard.py"))


@task_prerun.connect
def write_down(task_id: str, task: Any, **kwargs: Any) -> None:
    line = {"id": task_id, "name": task.name, "expires": task.request.expires, "at": time.time()}
    with open(os.environ["RUNS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
