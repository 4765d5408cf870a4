"""The process that the bench scans in: takes days, scans each, prints what each took and how memory grew."""

import datetime
import json
import os
import re
import sys
import time
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from reminders import due  # noqa: E402


def most_memory() -> int:
    """The most that this process has held so far, in kilobytes."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0])


for argument in sys.argv[1:]:
    day = datetime.date.fromisoformat(argument)
    now = datetime.datetime.combine(day, datetime.time(6), tzinfo=datetime.UTC)
    before = most_memory()
    started = time.perf_counter()
    added = due.scan(today=day, now=now)
    seconds = time.perf_counter() - started
    grown = most_memory() - before
    print(json.dumps({"seconds": seconds, "added": added, "kilobytes": grown}), flush=True)
