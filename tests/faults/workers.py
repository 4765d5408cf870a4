"""Real Celery workers in a process group of their own, and a beat that wakes them."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from celery import Celery
from django.db import connection
from kombu.exceptions import OperationalError

ROOT = Path(__file__).resolve().parents[2]
# Django's checks have passed before; a hundred restarts need not repeat them.
CELERY = ("celery", "--skip-checks", "-A", "tests.faults.hurried")
# Seconds, as the beat has it.
USEFUL_FOR = 50


def database_url() -> str:
    """Where this test's own database is, for another process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{quote(database['USER'])}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


@dataclass
class Installation:
    """What the processes of one case have in common: its environment and its folder."""

    folder: Path
    smtp_port: int
    broker: str
    hurry: int = 1
    email_timeout: int = 2
    """Seconds one step with the mail server may take; a try as a whole takes three times as long."""
    queue: str = "celery"
    beat_every: float = 0
    """Seconds between two messages of each kind that beat sends; 0: as in the schedule."""

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV_FILE": "",
            "DEBUG": "1",
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": self.broker,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "EMAIL_TIMEOUT": str(self.email_timeout),
            "HURRY": str(self.hurry),
            "BEAT_EVERY": str(self.beat_every),
            "RUNS": str(self.runs_file),
            "CALLS": str(self.calls_file),
        }

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def runs_file(self) -> Path:
        return self.folder / "runs"

    def runs(self) -> list[dict[str, Any]]:
        """The tasks that really ran."""
        if not self.runs_file.exists():
            return []
        return [json.loads(line) for line in self.runs_file.read_text().splitlines()]

    @property
    def calls_file(self) -> Path:
        return self.folder / "calls"

    def calls(self) -> list[float]:
        """When the mail server was called, whether its port was open or not."""
        if not self.calls_file.exists():
            return []
        return [float(line) for line in self.calls_file.read_text().splitlines()]

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @contextmanager
    def running(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """Killed with its whole group in the end, whatever it is doing."""
        process = self.start(*command)
        try:
            yield process
        finally:
            kill(process)

    @contextmanager
    def in_turn(self, *command: str) -> Iterator[Callable[[], Any]]:
        """One after the other, each killed in the end: the next starts while one is at work, and waits for
        its turn with all imported, so that there is one again at once."""
        waiting: list[tuple[subprocess.Popen[bytes], Path]] = []
        turns = count()

        def start_another() -> None:
            turn = self.folder / f"turn{next(turns)}"
            waiting.append((self.start(*command, TURN=str(turn)), turn))

        @contextmanager
        def next_one() -> Iterator[subprocess.Popen[bytes]]:
            process, turn = waiting.pop()
            turn.touch()
            start_another()
            try:
                yield process
            finally:
                kill(process)

        start_another()
        try:
            yield next_one
        finally:
            for process, _turn in waiting:
                kill(process)

    def _worker(self, processes: int) -> list[str]:
        pool = ("-P", "prefork", "-c", str(processes))
        quiet = ("--without-mingle", "--without-gossip", "-l", "INFO")
        return [*CELERY, "worker", *pool, *quiet, "-Q", self.queue]

    def worker(self, processes: int) -> Any:
        return self.running(*self._worker(processes))

    def workers(self, processes: int) -> Any:
        return self.in_turn(*self._worker(processes))

    def beat(self) -> Any:
        return self.running(*CELERY, "beat", "-l", "INFO")

    def demo_workers(self) -> Any:
        """Beat and worker in one process, as `make demo` starts it."""
        return self.in_turn(*CELERY, "worker", "-B", "-P", "solo", "-l", "INFO")

    @contextmanager
    def woken(self, *, every: float = 1) -> Iterator[None]:
        """As beat does, but as often as a test that divides the minutes needs it."""
        app = Celery("waker", set_as_current=False)
        # The environment says where the broker of the suite is, which need not be that of this case.
        app.conf.update(broker_write_url=self.broker, broker_connection_timeout=2, task_ignore_result=True)
        over = threading.Event()

        def wake() -> None:
            while not over.is_set():
                with suppress(OperationalError, OSError):
                    app.send_task("reminders.tasks.send", queue=self.queue, expires=USEFUL_FOR, retry=False)
                over.wait(every)

        thread = threading.Thread(target=wake, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            app.close()


def published(run: dict[str, Any]) -> float:
    """A wake-up says until when it is of use, fifty seconds after it was sent."""
    return datetime.datetime.fromisoformat(run["expires"]).timestamp() - USEFUL_FOR


def kill(process: subprocess.Popen[bytes]) -> None:
    """The whole group at once: no rollback, no `finally`, no goodbye."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
