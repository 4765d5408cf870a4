"""`make test-breaks`: each patch in a folder breaks/ goes into a copy of this checkout; its test must fail.

A patch begins with what it breaks, and with lines “Red: <test> says <words>”: the test must fail, and for
that reason. A patch that no longer fits, and a test that stays green, end this with an error.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATCHES = "tests/*/breaks/*.patch"
SERVERS = ("DATABASE_URL", "CELERY_BROKER_URL")
RED = re.compile(r"^Red: (?P<test>\S+) says (?P<words>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Red:
    test: str
    words: str

    @property
    def name(self) -> str:
        return self.test.rpartition("::")[2]

    @property
    def is_there(self) -> bool:
        """Its file has such a function; with which parameters, only the run can tell."""
        file, _colons, function = self.test.partition("[")[0].partition("::")
        return (ROOT / file).is_file() and f"\ndef {function}(" in (ROOT / file).read_text(encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make test-breaks")
    parser.add_argument("names", nargs="*", help="only the patches whose names contain one of these")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    patches = [
        patch
        for patch in sorted(ROOT.glob(PATCHES))
        if not options.names or any(name in patch.name for name in options.names)
    ]
    problems = 0
    for patch in patches:
        started = time.monotonic()
        verdict = judge(patch, seed=options.seed)
        problems += verdict != "red"
        print(f"{patch.stem:<32} {verdict}  ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"{len(patches)} breaks, {problems} not found out")
    sys.exit(bool(problems))


def judge(patch: Path, *, seed: str) -> str:
    """“red” if each named test failed with the words it should; else what happened instead."""
    wanted = reds(patch)
    if not wanted:
        return "names no test"
    with tempfile.TemporaryDirectory(prefix="broken-") as folder:
        Path(folder).chmod(0o755)  # for the account that PostgreSQL runs under
        copy = Path(folder, "checkout")
        copy_checkout(copy)
        if problem := apply(patch, to=copy):
            return f"does not fit any more: {problem}"
        tests = list(dict.fromkeys(red.test for red in wanted))
        command = [sys.executable, "-m", *runner(tests, seed=seed, folder=folder), *tests]
        environment = {name: value for name, value in os.environ.items() if name not in SERVERS}
        # With CI, pytest says in full why it failed.
        environment |= {"TMPDIR": folder, "CI": "1"}
        ran = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
        said = failures(Path(folder))
        for red in wanted:
            if red.name not in said:
                return f"{red.name} did not fail\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"
            if red.words not in said[red.name]:
                return f"{red.name} failed, but does not say “{red.words}”\n{in_short(said[red.name])}"
    return "red"


def reds(patch: Path) -> list[Red]:
    return [Red(**found.groupdict()) for found in RED.finditer(patch.read_text(encoding="utf-8"))]


def apply(patch: Path, *options: str, to: Path) -> str:
    """What git has to say against it; nothing where it fits."""
    command = ["git", "apply", "-C1", *options, str(patch)]
    done = subprocess.run(command, cwd=to, capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""


def runner(tests: list[str], *, seed: str, folder: str) -> list[str]:
    """Only the faults need servers of their own."""
    if any(test.startswith("tests/faults/") for test in tests):
        return ["tests.faults", "--short", "--seed", seed, "--junit", folder]
    return ["pytest", "-q", f"--junit-xml={folder}/tests.xml"]


def copy_checkout(to: Path) -> None:
    """What is under version control, and what is new and will be."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def failures(folder: Path) -> dict[str, str]:
    """What each failed test said; a test that could not even begin has not failed."""
    cases = (case for file in folder.glob("*.xml") for case in ElementTree.parse(file).iter("testcase"))
    return {
        case.attrib["name"]: f"{failure.get('message')}\n{failure.text}"
        for case in cases
        if (failure := case.find("failure")) is not None
    }


def in_short(said: str) -> str:
    """What a worker said last can be much; the truth that did not hold comes after it."""
    return said if len(said) < 4000 else f"{said[:1000]}\n[…]\n{said[-3000:]}"


if __name__ == "__main__":
    main()
