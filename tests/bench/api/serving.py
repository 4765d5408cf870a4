"""What is measured, each behind a gunicorn of two workers, and a client that asks it and waits."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WORKERS = 2


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: str
    body: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    pid: int
    started_in: float

    def ask(self, path: str, *, headers: str = "", body: bytes = b"") -> Answer:
        """One request on a connection of its own; the time is that until the last byte."""
        method = "POST" if body else "GET"
        if body:
            headers += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        request = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
        started = time.perf_counter()
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(request.encode() + body)
            parts = []
            while part := connection.recv(262_144):
                parts.append(part)
        seconds = time.perf_counter() - started
        head, _blank, content = b"".join(parts).partition(b"\r\n\r\n")
        return Answer(int(head.split(b" ", 2)[1]), head.decode("latin-1"), content, seconds)

    def answers_a_second(self, path: str, *, clients: int, seconds: float, headers: str = "") -> float:
        until, done = time.perf_counter() + seconds, [0] * clients

        def go(number: int) -> None:
            while time.perf_counter() < until:
                assert self.ask(path, headers=headers).status == 200
                done[number] += 1

        threads = [threading.Thread(target=go, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(done) / seconds

    def megabytes(self) -> float:
        """What its largest worker holds."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        held = [re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0] for pid in workers]
        return max(map(int, held)) / 1024


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def serving(
    application: str,
    *,
    settings: str = "",
    asked: str,
    headers: str = "",
    workers: int = WORKERS,
    threads: int = 1,
) -> Iterator[Server]:
    """The application under gunicorn, ready once it answers this path."""
    port = free_port()
    environment = {**os.environ, **({"DJANGO_SETTINGS_MODULE": settings} if settings else {})}
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(workers), "--threads", str(threads), "--log-level", "warning"]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment)
    try:
        server = Server(port, process.pid, 0)
        while True:
            try:
                answer = server.ask(asked, headers=headers)
                break
            except (OSError, IndexError):
                if process.poll() is not None:
                    raise SystemExit(f"{application} does not start.") from None
                time.sleep(0.01)
        assert answer.status == 200, answer
        yield Server(port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait()
