"""`make test-faults`: brings servers of its own, runs the cases, prints the table of figures.

--short takes small numbers and leaves out what is marked long, unless it is named; --seed repeats the dice.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from pathlib import Path

from tests.faults.servers import Postgres, Redis
from tests.faults.table import record, table

CASES = "tests/faults"
# On SQLite, with a broker of files, as `make demo` runs. All of it takes long.
DEMO = f"{CASES}/test_demo.py"
# In one process, by a clock of their own: T5, machines that were off, clocks that jump, copies, silence.
CLOCKS = [f"tests/reminders/test_{name}.py" for name in ("clocks", "guard", "silence", "watchdog")]
PYTEST = (sys.executable, "-m", "pytest", "-q", "--ds", "tests.faults.settings")


def file_of(case: str) -> str:
    return case.partition("::")[0]


def record_clocks(results: Path, figures: Path) -> None:
    """A line for each of their files: what they count is whether they hold."""
    os.environ["FAULTS_FIGURES"] = str(figures)
    by_file: dict[str, list[bool]] = defaultdict(list)
    for case in ElementTree.parse(results).iter("testcase"):
        held = case.find("failure") is None and case.find("error") is None
        by_file[case.attrib["classname"].rpartition(".")[2]].append(held)
    for file, held in by_file.items():
        record(file.replace("test_", "in one process: "), note=f"{sum(held)} of {len(held)} cases hold")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make test-faults")
    parser.add_argument("cases", nargs="*", help="files or tests; all, if none is named")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("-k", dest="named", default="")
    parser.add_argument("--junit", type=Path, help="folder for the results as XML")
    options = parser.parse_args()
    # Whoever ends us ends the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    folder.chmod(0o755)  # for the account that PostgreSQL runs under
    figures = folder / "figures"
    figures.touch()
    print(f"seed {options.seed}", flush=True)
    postgres, redis = Postgres.create(folder / "postgres"), Redis.create(folder / "redis")
    environment = os.environ | {
        "FAULTS_FOLDER": str(folder),
        "FAULTS_FIGURES": str(figures),
        "FAULTS_SHORT": "1" if options.short else "",
        "FAULTS_SEED": str(options.seed),
        "FAULTS_POSTGRES_PORT": str(postgres.port),
        "FAULTS_REDIS_PORT": str(redis.port),
        "CELERY_BROKER_URL": redis.url,
    }
    more = ["-k", options.named] if options.named else []
    chosen = options.cases or [CASES] if options.short else options.cases or [CASES, *CLOCKS, DEMO]
    if options.short and not options.cases:
        more += ["-m", "not long"]
    results = options.junit or folder
    codes = []
    try:
        for name, url, cases in (
            ("servers", postgres.url, [case for case in chosen if file_of(case) not in (*CLOCKS, DEMO)]),
            ("clocks", postgres.url, [case for case in chosen if file_of(case) in CLOCKS]),
            ("demo", "", [case for case in chosen if file_of(case) == DEMO]),
        ):
            if cases:
                command = [*PYTEST, "--basetemp", str(folder / name), *more]
                if url:
                    command += ["--ignore", DEMO]
                command.append(f"--junit-xml={results / name}.xml")
                done = subprocess.run([*command, *cases], env=environment | {"DATABASE_URL": url})
                codes.append(done.returncode)
                if name == "clocks":
                    record_clocks(results / f"{name}.xml", figures)
    finally:
        postgres.destroy()
        redis.destroy()
    if any(codes):
        print(f"What the workers said lies in {folder}")
    print(f"\n{table(figures)}\n\n{time.monotonic() - started:.0f} seconds, seed {options.seed}")
    if not any(codes):
        shutil.rmtree(folder)
    sys.exit(max(codes))


main()
