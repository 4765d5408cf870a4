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
from typing import IO, NamedTuple

import django
from django.core.management import call_command

from config import safety

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
FOLDER = Path(__file__).resolve().parent.parent / "var" / "demo"
LOCK = FOLDER.with_suffix(".lock")
# Written when everything is loaded; a start that was broken off loads again.
LOADED = FOLDER / "loaded"
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STARTS_WITHIN = 60
STOPS_WITHIN = 15


class Stopped(BaseException):
    """Somebody pressed Ctrl+C or ended us."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--reset", action="store_true", help="throw the demo's data away and start over")
    options = parser.parse_args()

    for number in ENDINGS:
        signal.signal(number, stop)
    try:
        FOLDER.parent.mkdir(exist_ok=True)
        with LOCK.open("a+") as lock:
            check_alone(lock, port=options.port)
            check_port(options.port)
            if options.reset:
                shutil.rmtree(FOLDER, ignore_errors=True)
            set_environment(port=options.port)
            fill()
            with running("web", web(options.port)) as page, running("worker", worker()) as clock:
                wait_for_page(options.port, page)
                print_welcome(options.port)
                keep_running(page, clock)
    except Stopped:
        say("\nStopped. `make demo` goes on where you left off, `make demo RESET=1` starts over.")


def say(text: str) -> None:
    print(text, flush=True)


def stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def check_alone(lock: IO[str], *, port: int) -> None:
    """Two demos would share one database and wake each other's sender."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        sys.exit(f"The demo of this checkout is running already: http://localhost:{lock.read() or port}/")
    lock.truncate(0)
    lock.write(str(port))
    lock.flush()


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OverflowError:
            sys.exit(f"Port {port} does not exist; take one from 1024 to 65535: make demo PORT=8010")
        except OSError as problem:
            why = "is taken" if problem.errno == errno.EADDRINUSE else f"cannot be used ({problem.strerror})"
            sys.exit(f"Port {port} {why}; take another one: make demo PORT={8010 if port != 8010 else 8020}")


def set_environment(*, port: int) -> None:
    for name in safety.variables():
        os.environ.pop(name, None)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        ENV_FILE="",
        DEBUG="1",
        VAR_DIR=str(FOLDER),
        SITE_URL=f"http://localhost:{port}",
        PYTHONUNBUFFERED="1",
    )


def fill() -> None:
    django.setup()
    say("Preparing the database …")
    call_command("migrate", verbosity=0)
    call_command("sync_roles", stdout=io.StringIO())
    if LOADED.exists():
        return
    say("Loading the five cases …")
    call_command("load_cases", stdout=io.StringIO())
    say("Loading invented staff and follow-ups …")
    call_command("load_demo", stdout=io.StringIO())
    say("Looking for what is due …")
    call_command("remind", stdout=io.StringIO())
    LOADED.touch()


def web(port: int) -> list[str]:
    return [
        *("gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "1", "--threads", "8", "--log-level", "warning"),
    ]


def worker() -> list[str]:
    return ["celery", "-A", "config", "worker", "-B", "-P", "solo", "--loglevel", "INFO"]


@dataclass
class Part:
    name: str
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> Path:
        return log_of(self.name)

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


@contextmanager
def running(name: str, command: list[str]) -> Iterator[Part]:
    """A process in a session of its own, so that Ctrl+C reaches us alone; we end it with its children."""
    log_of(name).parent.mkdir(exist_ok=True)
    with log_of(name).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    part = Part(name, process)
    try:
        yield part
    finally:
        # A second Ctrl+C must not leave half of it behind.
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        part.end()


def log_of(name: str) -> Path:
    return FOLDER / "log" / f"{name}.log"


def wait_for_page(port: int, page: Part) -> None:
    say("Starting web and worker …")
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        page.check_alive()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/admin/login/", timeout=STARTS_WITHIN):
                return
        except urllib.error.HTTPError as problem:
            sys.exit(f"The first page answers {problem.code}; what happened stands in {page.log}")
        except OSError:
            time.sleep(0.2)
    sys.exit(f"No page within {STARTS_WITHIN} seconds; what happened stands in {page.log}")


def print_welcome(port: int) -> None:
    say(
        f"""
Goldenbook is running:  http://localhost:{port}/
  Sign in as            {" ".join(STAFF)}
  Password of each      {PASSWORD}
  Mails                 http://localhost:{port}/admin/reminders/mail/
                        {FOLDER / "mail"}
Ctrl+C stops it.
"""
    )


def keep_running(*parts: Part) -> None:
    """Until one of them ends, or whoever started us is gone."""
    parent = os.getppid()
    while os.getppid() == parent:
        for part in parts:
            part.check_alive()
        time.sleep(0.5)


if __name__ == "__main__":
    main()
