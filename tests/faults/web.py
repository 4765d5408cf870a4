"""The web process, and a member of staff who writes through its API."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from contacts.models import User
from tests.factories import token_for
from tests.faults.patience import until
from tests.faults.servers import free_port
from tests.faults.workers import Installation


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    seconds: float


@dataclass
class Writer:
    port: int
    token: str
    answers: list[Answer] = field(default_factory=list)

    @classmethod
    def of(cls, user: User, *, port: int) -> Writer:
        return cls(port, token_for(user))

    def write(self, method: str, path: str, row: dict[str, Any]) -> Answer:
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
            connection.request(method, f"/api/v1/{path}", json.dumps(row), headers)
            response = connection.getresponse()
            body = response.read().decode(errors="replace")
        finally:
            connection.close()
        answer = Answer(response.status, body, time.monotonic() - started)
        self.answers.append(answer)
        return answer


@contextmanager
def running(office: Installation) -> Iterator[int]:
    """As many threads as `make demo` has; yields the port."""
    port = free_port()
    command = ("gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8")
    with office.running(*command):

        def answers() -> bool:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                connection.request("GET", "/health/")
                return connection.getresponse().status in (200, 503)
            except OSError:
                return False
            finally:
                connection.close()

        until(answers)
        yield port
