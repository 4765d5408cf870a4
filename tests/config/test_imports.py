"""What a process of the web holds from its start on: memory in each, and time until the first answer."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The queue of the workers, workbooks, holidays, pictures, mails, calendars: who needs one imports it then.
LATER = {"celery", "kombu", "amqp", "openpyxl", "holidays", "PIL", "css_inline", "icalendar"}


def test_the_web_starts_without_what_few_requests_need():
    program = (
        "import sys, config.wsgi, django.urls; django.urls.reverse('admin:index'); "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    held = set(answer.stdout.split())

    assert {"django", "rest_framework", "babel"} <= held
    assert held & LATER == set()
