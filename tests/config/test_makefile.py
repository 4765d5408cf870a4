"""What `make` says where something is missing: stand-ins for the tools, the real Makefile."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OLD = "#!/bin/sh\nexit 1\n"
# New enough, but the part of Python that makes environments is not there.
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n'


@pytest.fixture
def make(tmp_path):
    def make(**tools: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "sh").symlink_to(shutil.which("sh"))
        for name, script in tools.items():
            (folder / name).write_text(script, encoding="utf-8")
            (folder / name).chmod(0o755)
        return subprocess.run(
            [shutil.which("make"), "--no-print-directory", f"VENV={tmp_path / 'venv'}", ".venv"],
            cwd=ROOT,
            env={"PATH": str(folder)},
            capture_output=True,
            text=True,
        )

    return make


def test_missing_python_is_said_in_one_sentence(make):
    result = make(git="#!/bin/sh\n")

    assert result.stdout == (
        "Goldenbook needs Python 3.11 or newer: install the packages python3 and python3-venv.\n"
    )
    assert result.returncode == 2


def test_python_that_is_too_old_counts_as_missing(make):
    result = make(git="#!/bin/sh\n", python3=OLD)

    assert result.stdout == (
        "Goldenbook needs Python 3.11 or newer: install the packages python3 and python3-venv.\n"
    )


def test_missing_venv_is_said_in_one_sentence(make):
    result = make(git="#!/bin/sh\n", python3=WITHOUT_VENV)

    assert result.stdout == (
        "Goldenbook needs Python's venv: install it for python3, "
        "on Debian and Ubuntu the package python3-venv.\n"
    )


def test_missing_git_is_said_in_one_sentence(make):
    result = make(python3="#!/bin/sh\n")

    assert result.stdout == "Goldenbook needs git: install the package git.\n"
