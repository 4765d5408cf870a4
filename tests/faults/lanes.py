"""Cases that run one after the other, with servers of their own, while other lanes run beside them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.servers import Postgres, Redis

PYTEST = (sys.executable, "-m", "pytest", "-q", "--ds", "tests.faults.settings")
# Seconds for a stopped case to end its processes.
GOODBYE = 20


@dataclass
class Lane:
    name: str
    cases: list[str]
    folder: Path
    results: Path
    options: list[str]
    """Of pytest."""
    is_demo: bool = False
    """On SQLite, with a broker of files, as `make demo` runs."""
    minutes: float = 0
    code: int | None = None
    """How it ended; none while it has not, nor where it was stopped."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _is_stopped: bool = False

    @property
    def figures(self) -> Path:
        return self.folder / "figures"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def run(self, environment: dict[str, str]) -> None:
        started = time.monotonic()
        self.folder.mkdir(mode=0o755)
        self.figures.touch()
        command = [*PYTEST, "--basetemp", str(self.folder / "cases"), *self.options, *self.cases]
        command.append(f"--junit-xml={self.results}")
        with self._servers() as servers, self.log.open("wb") as log:
            if self._is_stopped:
                return
            self._process = subprocess.Popen(
                command,
                env=environment | servers,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            code = self._process.wait()
            self.minutes = (time.monotonic() - started) / 60
        if not self._is_stopped:
            self.code = code

    @contextmanager
    def _servers(self) -> Iterator[dict[str, str]]:
        with ExitStack() as ended:
            redis = Redis.create(self.folder / "redis")
            ended.callback(redis.destroy)
            servers = {
                "FAULTS_FOLDER": str(self.folder),
                "FAULTS_FIGURES": str(self.figures),
                "FAULTS_REDIS_PORT": str(redis.port),
                "CELERY_BROKER_URL": redis.url,
                "DATABASE_URL": "",
            }
            if not self.is_demo:
                postgres = Postgres.create(self.folder / "postgres")
                ended.callback(postgres.destroy)
                servers |= {"FAULTS_POSTGRES_PORT": str(postgres.port), "DATABASE_URL": postgres.url}
            yield servers

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Not to be begun any more; the case that runs is asked to end what it started."""
        self._is_stopped = True
        if self._process is not None and self.is_running:
            self._process.terminate()

    def end(self) -> None:
        """Whatever does not end by itself."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GOODBYE)
        for process in self._left_behind():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _left_behind(self) -> list[int]:
        """Whoever was started for this lane, its servers aside; they are stopped by those who have them."""
        mark = f"FAULTS_FOLDER={self.folder}\0".encode()
        found = []
        for environment in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                name = environment.with_name("comm").read_text()
                if mark in environment.read_bytes() and not name.startswith(("postgres", "redis")):
                    found.append(int(environment.parent.name))
        return found
