"""What tests need beside Python is demanded where everything must be proven, and else only missed."""

import shutil

import pytest

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
