"""Measure the reminders: `make bench-reminders MAILS=10000 TIES=1000000`. Prints ratios of one run."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable

from tests.bench import scanning, sending
from tests.bench.database import own_database


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-reminders", description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--ties", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5, help="turns that ours and the yardstick take")
    parser.add_argument("--by", default="", help="a command that runs the scans that are timed: nice -n -10")
    options = parser.parse_args()
    if options.ties:
        show(scanning.measure(options.ties, by=shlex.split(options.by)))
    if options.mails:
        with own_database():
            show(sending.measure(options.mails, rounds=options.rounds))


def show(figures: Iterable[tuple[str, str]]) -> None:
    for what, figure in figures:
        print(f"{what:<70} {figure:>20}", flush=True)


if __name__ == "__main__":
    main()
