"""`make demo`: the whole program on this machine, out of this checkout alone.

Sets the environment that settings.py reads, fills the database and keeps a web process and a worker running.
"""

import argparse
import errno
import fcntl
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import django
from django.core.management import call_command

from config import safety

FOLDER = Path(__file__).resolve().parent.parent / "var" / "demo"
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STARTS_WITHIN = 60
STOPS_WITHIN = 15

PASSWORD = "goldenbook-demo"


class Member(NamedTuple):
    """Nobody who lives: one for each role of config/roles.py."""

    first_name: str
    last_name: str
    role: str


STAFF = {
    "admin": Member("Ada", "Muster", "administrator"),
    "officer": Member("Nora", "Beispiel", "officer"),
    "head": Member("Hanno", "Mustermann", "head"),
    "protocol": Member("Paula", "Probe", "protocol"),
    "reader": Member("Rita", "Exempel", "reader"),
    "portal": Member("Theo", "Testfall", "portal editor"),
    "privacy": Member("Dana", "Platzhalter", "privacy"),
}


class Stopped(BaseException):
    """Somebody pressed Ctrl+C or ended us."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--reset", action="store_true", help="throw the demo's data away and start over")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where its data lies")
    options = parser.parse_args()
    demo = Demo(options.folder.resolve(), options.port)

    for number in ENDINGS:
        signal.signal(number, stop)
    try:
        with demo.alone():
            demo.check_port()
            if options.reset:
                shutil.rmtree(demo.folder, ignore_errors=True)
            demo.set_environment()
            demo.fill()
            demo.run()
    except Stopped:
        say("\nStopped. `make demo` goes on where you left off, `make demo RESET=1` starts over.")


def stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def say(text: str) -> None:
    print(text, flush=True)


@dataclass
class Demo:
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Two demos in one folder would share a database and wake each other's sender."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside the folder, for that is thrown away when the demo starts over.
        with self.folder.with_suffix(".lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                sys.exit(f"The demo of this checkout is running already: {lock.read() or self.url}")
            lock.truncate(0)
            lock.write(self.url)
            lock.flush()
            yield

    def check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OverflowError:
                sys.exit(f"Port {self.port} does not exist; take another one: make demo PORT={free_port()}")
            except OSError as problem:
                taken = problem.errno == errno.EADDRINUSE
                why = "is taken" if taken else f"cannot be used ({problem.strerror})"
                sys.exit(f"Port {self.port} {why}; take another one: make demo PORT={free_port()}")

    def set_environment(self) -> None:
        for name in safety.variables():
            os.environ.pop(name, None)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="config.settings",
            ENV_FILE="",
            DEBUG="1",
            VAR_DIR=str(self.folder),
            SITE_URL=self.url,
            PORTAL_LICENCE="https://creativecommons.org/licenses/by/4.0/",
            PYTHONUNBUFFERED="1",
        )

    def fill(self) -> None:
        # Written when everything is loaded; a start that was broken off loads again.
        loaded = self.folder / "loaded"
        django.setup()
        say("Preparing the database …")
        call_command("migrate", verbosity=0)
        call_command("sync_roles", stdout=io.StringIO())
        if not loaded.exists():
            say("Loading the five cases …")
            call_command("load_cases", stdout=io.StringIO())
            say("Loading invented staff and follow-ups …")
        # On a later day this moves the follow-ups to where they stand around that day.
        call_command("load_demo", stdout=io.StringIO())
        say("Looking for what is due …")
        call_command("remind", stdout=io.StringIO())
        loaded.touch()

    def run(self) -> None:
        say("Starting web and worker …")
        with self.running("web", web(self.port)) as page, self.running("worker", WORKER) as worker:
            wait_for_page(f"http://127.0.0.1:{self.port}/admin/login/", page)
            self.print_welcome()
            keep_running(page, worker)

    @contextmanager
    def running(self, name: str, command: tuple[str, ...]) -> Iterator["Part"]:
        """A process in a session of its own, so that Ctrl+C reaches us alone; we end it with its children."""
        log = self.folder / "log" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        part = Part(name, process, log)
        try:
            yield part
        finally:
            # A second Ctrl+C must not leave half of it behind.
            for number in ENDINGS:
                signal.signal(number, signal.SIG_IGN)
            part.end()

    def print_welcome(self) -> None:
        say(
            f"""
Goldenbook is running:  {self.url}/
  Sign in as            {" ".join(STAFF)}
  Password of each      {PASSWORD}
  For the public        {self.url}/api/public/v1/partnerships.geojson
  Mails                 {self.url}/admin/reminders/mail/
                        {self.folder / "mail"}
Ctrl+C stops it.
"""
        )


@dataclass
class Part:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check_alive(self) -> None:
        if self.process.poll() is not None:
            last = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
            sys.exit(f"The {self.name} process ended by itself; {self.log} ends with:\n{last}")

    def end(self) -> None:
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=STOPS_WITHIN)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


WORKER = ("celery", "-A", "config", "worker", "-B", "-P", "solo", "--loglevel", "INFO")


def web(port: int) -> tuple[str, ...]:
    return (
        *("gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "1", "--threads", "8", "--log-level", "warning"),
        # A browser keeps its connection open; stopping need not wait for it.
        *("--graceful-timeout", "2"),
    )


def wait_for_page(address: str, page: Part) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        page.check_alive()
        try:
            with urllib.request.urlopen(address, timeout=STARTS_WITHIN):
                return
        except urllib.error.HTTPError as problem:
            sys.exit(f"The first page answers {problem.code}; what happened stands in {page.log}")
        except OSError:
            time.sleep(0.2)
    sys.exit(f"No page within {STARTS_WITHIN} seconds; what happened stands in {page.log}")


def keep_running(*parts: Part) -> None:
    """Until one of them ends, or whoever started us is gone."""
    parent = os.getppid()
    while os.getppid() == parent:
        for part in parts:
            part.check_alive()
        time.sleep(0.5)


def free_port() -> int:
    for port in range(8010, 8100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    return 8010


if __name__ == "__main__":
    main()
