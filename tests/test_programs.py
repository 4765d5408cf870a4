"""What tests need beside Python is demanded where everything must be proven, and else only missed."""

import shutil
import socket

import pytest

from tests.faults.servers import RabbitMQ
from tests.faults.table import table
from tests.programs import program

MISSING = "no-such-program-of-anybody"


def test_a_program_that_is_here_is_found():
    assert program("sh", needed_for="tests") == shutil.which("sh")


def test_without_a_program_the_test_is_left_out(monkeypatch):
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=f"Install {MISSING}: tests need it."):
        program("sh", MISSING, needed_for="tests need it")


def test_where_everything_must_be_proven_it_fails(monkeypatch):
    monkeypatch.setenv("CI", "1")

    with pytest.raises(pytest.fail.Exception, match=f"Install {MISSING}: tests need it."):
        program("sh", MISSING, needed_for="tests need it")


# --- the RabbitMQ of `make test-faults` ---


@pytest.fixture
def port(monkeypatch):
    """Where a RabbitMQ is to be; nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("FAULTS_AMQP_URL", f"amqp://guest:secret@127.0.0.1:{port}//")
    return port


def test_a_rabbitmq_that_answers_is_found(port):
    with socket.create_server(("127.0.0.1", port)):
        assert RabbitMQ.of_this_machine().address == ("127.0.0.1", port)


def test_without_a_rabbitmq_its_case_fails(port):
    with pytest.raises(pytest.fail.Exception, match=f"No RabbitMQ answers at 127.0.0.1:{port}"):
        RabbitMQ.of_this_machine()


def test_whoever_says_that_there_is_no_rabbitmq_leaves_its_case_out_and_reads_so(monkeypatch, tmp_path):
    monkeypatch.setenv("FAULTS_AMQP_URL", "")
    monkeypatch.setenv("FAULTS_FIGURES", str(tmp_path / "figures"))

    with pytest.raises(pytest.skip.Exception, match="there is no RabbitMQ"):
        RabbitMQ.of_this_machine()

    assert "NOT RUN" in table([tmp_path / "figures"])
