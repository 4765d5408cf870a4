"""Measure both APIs: `make bench-api ROWS=100000`. Prints ratios of one run, medians of interleaved rounds.

Beside ours stand two yardsticks on the same PostgreSQL: *bare* (bare.py: a function, one joined query,
orjson) beside the portal, *plain* (plain.py: the framework as its tutorial shows it) beside the staff API;
start and memory beside the least that Django and its API framework take (minimal.py).
"""

from __future__ import annotations

import argparse

from tests.bench.database import own_database

LEVELS = (1_000, 10_000, 100_000, 1_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-api", description=__doc__)
    parser.add_argument("--rows", type=int, default=LEVELS[-1], help="no more ties than so many")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with own_database(settings="tests.bench.api.settings"):
        # Only now: there are models once Django is set up.
        from tests.bench.api import measuring

        levels = [level for level in LEVELS if level <= options.rows]
        for line in measuring.measure(levels, rounds=options.rounds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
