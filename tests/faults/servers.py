"""A PostgreSQL and a Redis of this suite's own, to be stopped, flushed and restarted as it likes.

Both are daemons that a folder knows: whoever has the folder can stop and start them. They listen on free
ports of this machine alone, and nothing else uses them.
"""

from __future__ import annotations

import os
import pwd
import random
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from tests.faults.table import record

STARTS_WITHIN = 30


def program(name: str) -> str:
    """Where it is; Debian keeps those of PostgreSQL apart."""
    found = [
        shutil.which(name),
        *sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True),
    ]
    for path in filter(None, found):
        return path
    sys.exit(f"The faults need servers of their own: {name} is missing; install PostgreSQL and Redis.")


def free_port() -> int:
    """None that the system gives to whoever connects: what is closed for a while is still free then."""
    while True:
        port = random.SystemRandom().randrange(20_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@dataclass(frozen=True)
class Postgres:
    folder: Path
    port: int

    @classmethod
    def create(cls, folder: Path) -> Postgres:
        postgres = cls(folder, free_port())
        folder.mkdir()
        if os.getuid() == 0:
            # It refuses to run as root.
            shutil.chown(folder, "postgres", "postgres")
        how = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres")
        postgres._do("initdb", "--pgdata", folder / "data", *how)
        postgres.start()
        return postgres

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        # What a process wrote outlives it without fsync too; it is the machine that does not die here.
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        options += " -c fsync=off -c max_connections=200"
        log = self.folder / "log"
        self._do("pg_ctl", "start", "--wait", "--pgdata", self.folder / "data", "--log", log, "-o", options)

    def crash(self) -> None:
        """At once, without a word to anybody; the next start recovers."""
        self._do("pg_ctl", "stop", "--wait", "--mode=immediate", "--pgdata", self.folder / "data")

    def destroy(self) -> None:
        # A case that was stopped may have left it down.
        with suppress(RuntimeError):
            self.crash()
        shutil.rmtree(self.folder)

    def _do(self, name: str, *arguments: str | Path) -> None:
        command = [program(name), *map(str, arguments)]
        if os.getuid() == 0:
            account = pwd.getpwnam("postgres")
            who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        else:
            who = {}
        # Into nothing: a daemon keeps what it inherits, and whoever reads that would wait for it.
        nothing = subprocess.DEVNULL
        done = subprocess.run(command, cwd="/", stdin=nothing, stdout=nothing, stderr=nothing, **who)
        if done.returncode:
            raise RuntimeError(f"{name} ended with {done.returncode}; {self.folder / 'log'} may say why")


@dataclass(frozen=True)
class Redis:
    folder: Path
    port: int

    @classmethod
    def create(cls, folder: Path) -> Redis:
        server = cls(folder, free_port())
        folder.mkdir()
        server.start()
        return server

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self.folder,
            "pidfile": self.folder / "pid",
            "logfile": self.folder / "log",
            "daemonize": "yes",
            "appendonly": "yes",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        subprocess.run([program("redis-server"), *words], check=True, stdout=subprocess.DEVNULL)
        until = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                return self._ask("PING")
            except redis.ConnectionError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """Its messages are on the disk and come back with it."""
        with suppress(redis.ConnectionError):
            self._ask("SHUTDOWN")
        while (self.folder / "pid").exists():
            time.sleep(0.05)

    def flush(self) -> None:
        self._ask("FLUSHALL")

    def destroy(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _ask(self, *words: str) -> None:
        with closing(redis.Redis(port=self.port, socket_timeout=10)) as client:
            client.execute_command(*words)


@dataclass(frozen=True)
class RabbitMQ:
    """The one this machine has, which others use too: nothing of it is stopped or flushed."""

    url: str

    @classmethod
    def of_this_machine(cls) -> RabbitMQ:
        """Without one its case fails, but not for whoever says that there is none."""
        url = os.environ.get("FAULTS_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
        if not url:
            record("RabbitMQ", note="NOT RUN: FAULTS_AMQP_URL says that there is none")
            pytest.skip("FAULTS_AMQP_URL says that there is no RabbitMQ")
        server = cls(url)
        if not server.answers():
            host, port = server.address
            pytest.fail(f"No RabbitMQ answers at {host}:{port}. FAULTS_AMQP_URL says where; empty: nowhere.")
        return server

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or 5672

    def at(self, port: int) -> str:
        """The same through a relay."""
        parts = urlsplit(self.url)
        account, _at, _host = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{account}@127.0.0.1:{port}").geturl()

    def answers(self) -> bool:
        try:
            socket.create_connection(self.address, timeout=2).close()
        except OSError:
            return False
        return True
