"""Each case is told its size and its seed; what it found goes into the table at the end.

`make test-faults` brings the servers along; without them there is nothing to collect here.
"""

import os
import random
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from tests.faults.servers import Postgres, RabbitMQ, Redis

collect_ignore_glob = [] if "FAULTS_FOLDER" in os.environ else ["test_*.py"]


T = TypeVar("T", int, float)


def pytest_configure(config: pytest.Config) -> None:
    if "FAULTS_FOLDER" in os.environ:
        # Whoever stops us waits until each case has ended what it started.
        signal.signal(signal.SIGTERM, lambda *_: pytest.exit("Stopped.", returncode=1))
    config.addinivalue_line("markers", "long: takes its time in small numbers too")


@dataclass(frozen=True)
class Size:
    is_short: bool

    def of(self, full: T, *, short: T) -> T:
        return short if self.is_short else full


@pytest.fixture
def size() -> Size:
    return Size(bool(os.environ["FAULTS_SHORT"]))


@pytest.fixture
def seed() -> int:
    return int(os.environ["FAULTS_SEED"])


@pytest.fixture
def dice(seed, request) -> random.Random:
    return random.Random(f"{seed} {request.node.name}")


@pytest.fixture
def postgres() -> Postgres:
    return Postgres(Path(os.environ["FAULTS_FOLDER"], "postgres"), int(os.environ["FAULTS_POSTGRES_PORT"]))


@pytest.fixture
def redis() -> Redis:
    return Redis(Path(os.environ["FAULTS_FOLDER"], "redis"), int(os.environ["FAULTS_REDIS_PORT"]))


@pytest.fixture
def rabbitmq() -> RabbitMQ:
    return RabbitMQ.of_this_machine()
