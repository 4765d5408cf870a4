"""`make test-faults`: runs the cases beside each other, and prints the table of figures.

Most of their time is waiting: for a worker that starts, a lease that ends, a broker that is away. So each
file of cases is a lane with servers of its own, which only its cases stop, and some lanes run at a time.

--short takes small numbers and leaves out what takes long all the same, unless it is named; --seed repeats
the dice.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.faults.lanes import Lane
from tests.faults.table import record, table

CASES = sorted(map(str, Path("tests/faults").glob("test_*.py")))
# In one process, by a clock of their own: T5, machines that were off, clocks that jump, copies, silence.
CLOCKS = [f"tests/reminders/test_{name}.py" for name in ("clocks", "guard", "silence", "watchdog")]
# Files in which no case is quick, in small numbers either.
SLOW = ("clock_days", "demo", "named", "rabbitmq", "silence")
LONG = {f"tests/faults/test_{name}.py" for name in SLOW} | {*CLOCKS}
# What takes longest begins first.
LONGEST = ("kill", "outage", "broker", "clock_days", "named", "demo", "smtp", "rabbitmq")
# Lanes at a time.
TOGETHER = 4
# Minutes for all cases, on a busy machine too; what still runs then is stopped.
ALLOWED, ALLOWED_IN_SHORT = 60, 3


def main() -> None:
    parser = argparse.ArgumentParser(prog="make test-faults")
    parser.add_argument("cases", nargs="*", help="files or tests; all, if none is named")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--minutes", type=float, help="after which all is stopped")
    parser.add_argument("-k", dest="named", default="")
    parser.add_argument("--junit", type=Path, help="folder for the results as XML")
    options = parser.parse_args()
    # Whoever names cases knows how long they take.
    allowed = options.minutes
    if not options.cases:
        allowed = allowed or (ALLOWED_IN_SHORT if options.short else ALLOWED)
    # Whoever ends us ends what we started too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    folder.chmod(0o755)  # for the account that PostgreSQL runs under
    print(f"seed {options.seed}; what is said meanwhile lies in {folder}", flush=True)
    more = ["-k", options.named] if options.named else []
    if options.short and not options.cases:
        more += ["-m", "not long"]
    lanes = [
        Lane(
            name,
            cases,
            folder / name,
            results=(options.junit or folder) / f"{name}.xml",
            options=more,
            is_demo=name == "demo",
        )
        for name, cases in by_lane(options.cases or everything(is_short=options.short)).items()
    ]
    environment = os.environ | {
        "FAULTS_SHORT": "1" if options.short else "",
        "FAULTS_SEED": str(options.seed),
    }
    run(lanes, environment, seconds=60 * allowed if allowed else None)

    print(f"\n{table([lane.figures for lane in lanes])}\n")
    minutes = (time.monotonic() - started) / 60
    of_how_many = f" of {allowed:g} allowed" if allowed else ""
    print(f"{minutes:.1f} minutes{of_how_many}, seed {options.seed}")
    over = [lane.name for lane in lanes if lane.code is None]
    if over:
        print(f"TOO LONG: stopped before the end of {', '.join(over)}.")
    failed = [lane.name for lane in lanes if lane.code]
    if failed:
        print(f"FAILED: {', '.join(failed)}.")
    if over or failed:
        sys.exit(f"What was said lies in {folder}")
    shutil.rmtree(folder)


def everything(*, is_short: bool) -> list[str]:
    return [case for case in (*CASES, *CLOCKS) if not (is_short and case in LONG)]


def by_lane(cases: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        file = case.partition("::")[0]
        found["in_one_process" if file in CLOCKS else Path(file).stem.removeprefix("test_")].append(case)
    order = {name: place for place, name in enumerate(LONGEST)}
    return dict(sorted(found.items(), key=lambda lane: order.get(lane[0], len(order))))


def run(lanes: list[Lane], environment: dict[str, str], *, seconds: float | None) -> None:
    """All of them, or what of them fits into that time; what was said in a lane is printed when it ends."""
    pool = ThreadPoolExecutor(TOGETHER)
    running = {pool.submit(lane.run, environment): lane for lane in lanes}
    try:
        for ended in as_completed(running, timeout=seconds):
            ended.result()
            show(running[ended])
    except TimeoutError:
        pass
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        stopped = [lane for lane in lanes if lane.is_running]
        for lane in lanes:
            lane.stop()
        for lane in stopped:
            lane.end()
        pool.shutdown()
    for lane in stopped:
        show(lane)


def show(lane: Lane) -> None:
    print(
        f"\n=== {lane.name}, {lane.minutes:.1f} minutes\n{lane.log.read_text(errors='replace')}", flush=True
    )
    if lane.name == "in_one_process":
        record_files(lane)


def record_files(lane: Lane) -> None:
    """A line for each file: what they count is whether they hold."""
    if not lane.results.exists():
        return
    by_file: dict[str, list[bool]] = defaultdict(list)
    for case in ElementTree.parse(lane.results).iter("testcase"):
        held = case.find("failure") is None and case.find("error") is None
        by_file[case.attrib["classname"].rpartition(".")[2]].append(held)
    for file, held in by_file.items():
        case = file.replace("test_", "in one process: ")
        record(case, file=lane.figures, note=f"{sum(held)} of {len(held)} cases hold")


if __name__ == "__main__":
    main()
