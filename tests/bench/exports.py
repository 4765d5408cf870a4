"""How others fare while fifty ask for whole files at once: `python -m tests.bench.exports`.

The web is as docs/operations.md has it, three processes of four threads. Two callers open pages, lists and
rows all the time: first alone, then beside fifty who each fetch one file after the other. They fetch the
same public files, then each others by its own language, then, as ten of the staff, whole lists as sheets. Who
is told to come again does so after as long as was said.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from string import ascii_lowercase
from typing import Any

from tests.bench.database import analyse, own_database

API = "/api/public/v1/"
FILES = (
    "partnerships.csv",
    "partnerships.geojson",
    "anniversaries.ics",
    "visits.ics",
    "news.rss",
    "catalog.jsonld",
)
PAGES = (
    f"{API}partnerships/",
    f"{API}projects/",
    f"{API}cities/?page_size=50",
    "/embed/?lang=en",
    f"{API}visits/",
)
SHEETS = (
    "/api/v1/partnerships/?format=xlsx",
    "/api/v1/delegations/?format=csv",
    "/api/v1/cities/?format=xlsx",
)
CALLERS, OTHERS, STAFF = 50, 2, 10
FIRST = 1_000_000
PUBLISHED = "2001-02-03T04:05:06Z"
# What somebody is told who shall come again.
BUSY = (429, 503)
Took = list[tuple[int, float]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.exports", description=__doc__)
    parser.add_argument("--ties", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    with own_database(settings="tests.bench.api.settings"):
        from tests.bench.api.measuring import line
        from tests.bench.api.serving import serving

        fill(options.ties)
        tokens = tokens_of_staff()
        web = {"settings": "tests.bench.api.settings", "asked": PAGES[0], "workers": 3, "threads": 4}
        with serving("config.wsgi", **web) as server:  # type: ignore[arg-type]
            for page in PAGES * 6:
                server.ask(page)
            calm = p95(opening(server, options.seconds))
            print(f"{options.ties:,} ties, {options.ties:,} visits, {CALLERS} callers at once")
            print(line("others alone, p95", f"{calm * 1000:.0f} ms"))
            for what, addresses, headers in (
                ("the same files", same, [""]),
                ("files of their own", of_their_own, [""]),
                ("sheets of the staff", sheets, tokens),
            ):
                with beside(server, addresses, headers, options.seconds) as fetched:
                    others = opening(server, options.seconds)
                for told in figures(what, calm, others, fetched()):
                    print(line(*told))


def fill(ties: int) -> None:
    """Published ties of a city with so many others, and as many visits."""
    from tests import factories as make
    from tests.bench.scanning import multiply

    facts = {"published_at": PUBLISHED, "published_by": make.UserFactory()}
    home, city, theme = make.HomeCityFactory(), make.CityFactory(), make.ThemeFactory()
    tie = make.PartnershipFactory(home=home, partner=city, founded="1989-11-17", **facts)
    visit = make.DelegationFactory(home=home, partnership=tie, starts_on="2024-06-03", **facts)
    stop = make.StopFactory(delegation=visit, city=city, order=1, arrives_on="2024-06-03")
    for row in (tie, visit):
        row.themes.add(theme)
    key, numbers = f"n + {FIRST}", range(ties)
    multiply(city, numbers, id=key, name_de="'Stadt ' || n", name_en="'Town ' || n")
    multiply(tie, numbers, id=key, partner_id=key, founded="(1950 + n % 70)::text || '-11-17'")
    multiply(visit, numbers, id=key, partnership_id=key, title="'Besuch ' || n")
    multiply(stop, numbers, id=key, delegation_id=key, city_id=key)
    for model, row, column in ((type(tie), tie, "partnership_id"), (type(visit), visit, "delegation_id")):
        pair = model.themes.through.objects.get(**{column: row.pk})  # type: ignore[attr-defined]
        multiply(pair, numbers, **{column: key})
    analyse()


def tokens_of_staff() -> list[str]:
    from tests import factories as make

    users = [make.user_in("head") for _number in range(STAFF)]
    return [f"Authorization: Token {make.token_for(user)}\r\n" for user in users]


# --- who asks ---


def same(_caller: int) -> Iterator[str]:
    return itertools.cycle(API + name for name in FILES)


def of_their_own(caller: int) -> Iterator[str]:
    """No two the same, but all as large: a language that nobody has a name in."""
    codes = map("".join, itertools.product(ascii_lowercase, repeat=3))
    for code, name in zip(
        itertools.islice(codes, caller, None, CALLERS), itertools.cycle(FILES), strict=False
    ):
        yield f"{API}{name}?lang={code}"


def sheets(caller: int) -> Iterator[str]:
    return itertools.islice(itertools.cycle(SHEETS), caller % len(SHEETS), None)


def opening(server: Any, seconds: float) -> Took:
    found: Took = []

    def open_pages(first: int) -> None:
        until = time.perf_counter() + seconds
        for page in itertools.islice(itertools.cycle(PAGES), first, None):
            if time.perf_counter() > until:
                return
            answer = server.ask(page)
            found.append((answer.status, answer.seconds))
            time.sleep(0.05)

    in_threads(open_pages, OTHERS)
    return found


class beside:
    """The fifty, in a process of their own, so that they take no time of the others' client."""

    def __init__(
        self, server: Any, addresses: Callable[[int], Iterator[str]], headers: list[str], seconds: float
    ) -> None:
        self.mine, theirs = multiprocessing.Pipe(duplex=False)
        its = (server, addresses, headers, seconds, theirs)
        self.process = multiprocessing.Process(target=fetch, args=its)

    def __enter__(self) -> Callable[[], Took]:
        self.process.start()
        return lambda: self.fetched

    def __exit__(self, *exception: object) -> None:
        self.fetched: Took = self.mine.recv()
        self.process.join()


def fetch(
    server: Any, addresses: Callable[[int], Iterator[str]], headers: list[str], seconds: float, pipe: Any
) -> None:
    found: Took = []

    def go(caller: int) -> None:
        until = time.perf_counter() + seconds
        for address in addresses(caller):
            while time.perf_counter() < until:
                answer = server.ask(address, headers=headers[caller % len(headers)])
                found.append((answer.status, answer.seconds))
                if answer.status not in BUSY:
                    break
                again = re.search(r"^retry-after: (\d+)", answer.head, re.IGNORECASE | re.MULTILINE)
                assert again
                time.sleep(int(again[1]))
            else:
                return

    in_threads(go, CALLERS)
    pipe.send(found)


def in_threads(do: Callable[[int], None], count: int) -> None:
    threads = [threading.Thread(target=do, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- what comes of it ---


def p95(found: Took) -> float:
    assert {status for status, _seconds in found} == {200}, found[:3]
    return statistics.quantiles((seconds for _status, seconds in found), n=20)[-1]


def figures(what: str, calm: float, others: Took, fetched: Took) -> Iterator[tuple[str, ...]]:
    given = [seconds for status, seconds in fetched if status == 200]
    later = [seconds for status, seconds in fetched if status in BUSY]
    assert len(given) + len(later) == len(fetched)
    yield f"{what}: given", str(len(given)), "≥ 1", f"and {len(later)} times told to come again"
    longest = max(seconds for _status, seconds in fetched)
    yield f"{what}: longest answer, seconds", f"{longest:.2f}", "≤ 1"
    yield f"{what}: others' p95, seconds", f"{p95(others):.2f}", "≤ 1", f"{len(others)} pages"
    yield f"{what}: others' p95 to calm", f"{p95(others) / calm:.2f}", "≤ 2"


if __name__ == "__main__":
    main()
