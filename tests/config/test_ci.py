"""`.ci/run` itself: stand-ins for all that it starts, the real script."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("bash", "cat", "dirname", "env", "id", "sed")
FINE = "#!/bin/sh\nexit 0\n"
FAILS = "#!/bin/sh\nexit 1\n"
# Whatever it is asked to do it does; its version is all it says.
PYTHON = '#!/bin/sh\ncase "$2" in *version_info*) echo 3.11;; esac\n'


class Run:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".ci").mkdir()
        shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
        (folder / "bin").mkdir()
        for name in NEEDED:
            (folder / "bin" / name).symlink_to(shutil.which(name))
        self.put("bin/make", FINE)
        self.put("bin/chromium", FINE)
        self.put(".venv/bin/python", PYTHON)
        for name in ("ruff", "mypy", "lint-imports"):
            self.put(f".venv/bin/{name}", FINE)

    def put(self, path: str, script: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(script, encoding="utf-8")
        file.chmod(0o755)

    def python_of_this_suite(self) -> None:
        """The servers are asked by a real one."""
        python = self.folder / ".venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")

    def start(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.folder / ".ci" / "run"],
            env={"PATH": str(self.folder / "bin"), "LANG": "C.UTF-8", **environment},
            capture_output=True,
            text=True,
        )


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def last_line(result):
    return result.stdout.splitlines()[-1]


def test_a_machine_with_one_python_passes(run):
    result = run.start()

    assert (result.returncode, result.stderr) == (0, "")
    assert last_line(result).startswith("=== passed: the packages are installed, ")
    assert ", the suite on SQLite, the migrations run on PostgreSQL, " in last_line(result)
    assert last_line(result).endswith(", production settings")


def test_every_suite_is_told_to_leave_nothing_out(run):
    told = '#!/bin/sh\necho "CI=$CI" >> told\n'
    run.put("bin/make", told)
    run.put(".venv/bin/python", told + PYTHON.removeprefix("#!/bin/sh\n"))
    run.start()

    assert set((run.folder / "told").read_text(encoding="utf-8").split()) == {"CI=1"}


def test_a_newer_python_takes_the_suite_on_sqlite(run):
    run.put("bin/python3.12", FINE)
    run.put("bin/python3.13", FAILS)  # a name on the PATH, with nothing behind it

    result = run.start()

    assert result.returncode == 0
    assert ", the suite on SQLite and Python 3.12, " in last_line(result)
    assert "the suite on SQLite, the" not in last_line(result)


def test_what_fails_is_named_and_ends_the_run(run):
    run.put(".venv/bin/ruff", FAILS)

    result = run.start()

    assert (result.returncode, last_line(result)) == (1, "=== FAILED: ruff")


def test_the_migrated_database_is_dropped_whatever_fails(run):
    run.put(".venv/bin/python", f'{PYTHON}echo "$*" >>"{run.folder}/called"\n')
    run.put(".venv/bin/ruff", FAILS)

    run.start()

    called = (run.folder / "called").read_text(encoding="utf-8").splitlines()
    made, dropped = [line for line in called if "tests.template" in line]
    assert re.fullmatch(r"-m tests\.template make goldenbook_template_\d+", made)
    assert dropped == made.replace("make", "drop")


@pytest.mark.parametrize(
    ("broker", "said"),
    [
        ("redis://127.0.0.1:1/0", "The broker of CELERY_BROKER_URL does not answer: "),
        (
            "memory://",
            "CELERY_BROKER_URL begins with “memory:”, which is no server; write redis:// or amqp://.",
        ),
        ("filesystem://", "CELERY_BROKER_URL begins with “filesystem:”, which is no server; "),
    ],
)
def test_servers_that_do_not_answer_are_all_named_and_end_the_run(run, broker, said):
    run.python_of_this_suite()

    result = run.start(DATABASE_URL="postgres://nobody@127.0.0.1:1/x", CELERY_BROKER_URL=broker)

    assert (result.returncode, last_line(result)) == (1, "=== FAILED: the servers answer")
    assert result.stderr.startswith("The PostgreSQL server of DATABASE_URL does not answer: ")
    assert f"\n{said}" in result.stderr
