"""What is asked of whom, and the lines of the table."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

from django.db import connection
from django.urls import resolve
from django.utils import timezone
from django.utils.http import http_date
from rest_framework.test import APIRequestFactory, force_authenticate

from contacts.api.pages import Cursor, Key
from contacts.models import City
from delegations.models import Delegation, Stop
from portal.looking import look
from relations.models import Partnership
from tests import factories
from tests.api.many import Many
from tests.bench.api.rows import FIRST, RARE, SUMMARY, Projects
from tests.bench.api.serving import Server, serving

PORTAL, STAFF, PLAIN = "/api/public/v1/projects/", "/api/v1/projects/", "/projects/"
# Lists of others in other orders; they are as many as the projects.
OTHERS = {
    "portal": ("visits", "cities", "partnerships"),
    "staff": ("delegations", "cities", "partnerships"),
}
SERVED_UP_TO = 100_000
ASKED, CLIENTS, SECONDS = 20, 8, 2.0
LARGEST_PAGE = 500
NO_ROWS = "a statement without rows"
DEEP = 50
"""So many rows follow after the deepest page's cursor."""
MANY = 8
"""Relations to many that the staff see of a project: cities, ties, partners, people, places, themes, funding,
statements."""
SQL = {"portal": "≤ 4", "staff": f"≤ {2 + MANY}"}
Figures = dict[str, list[float]]


def measure(levels: list[int], *, rounds: int) -> Iterator[str]:
    projects, user = Projects(), factories.user_in("head")
    others, count = Many({City, Partnership, Delegation, Stop}), 0
    token = f"Authorization: Token {factories.token_for(user)}\r\n"
    in_database: dict[str, list[float]] = {}
    for level in levels:
        others.grow(range(count, level))
        count = level
        projects.grow(level)
        yield f"\n{level:,} projects"
        if level <= SERVED_UP_TO:
            with ExitStack() as stack:
                asked = Asked(stack, token, projects)
                yield from asked.figures(rounds)
        for name, taken in database_times(user).items():
            in_database.setdefault(name, []).append(taken)
            yield line(f"database time, {name}", f"{taken * 1000:.1f} ms")
    yield ""
    # A level is measured minutes after the one before: how the machine's own pace changed is taken out.
    pace = in_database.pop(NO_ROWS)
    for name, seconds in in_database.items():
        grown = f"{levels[0]:,} to {levels[-1]:,} projects"
        factor = seconds[-1] / seconds[0] / (pace[-1] / pace[0])
        yield line(f"database time, {name}, {grown}", factor, "≤ 1.5")
    for name, number in statements(user).items():
        door, what, _place = name.split(", ")
        yield line(f"SQL of a page, {name}", str(number), SQL[door] if what == "projects" else "")
    yield from starts(rounds, token)


def line(what: str, figure: str | float, wanted: str = "", of: str = "") -> str:
    """One of the table: a figure that something is wanted of, "≤ 4.5", is told to hold or to miss it."""
    text = figure if isinstance(figure, str) else f"{figure:.2f}"
    return f"{what:<66} {text:>10}  {wanted:<6} {verdict(text, wanted):<6} {of}".rstrip()


def verdict(figure: str, wanted: str) -> str:
    if not wanted:
        return ""
    sign, limit = wanted.split()
    is_met = float(figure) <= float(limit) if sign == "≤" else float(figure) >= float(limit)
    return "holds" if is_met else "MISSED"


# --- over HTTP ---


class Asked:
    """The three servers, over the same rows."""

    def __init__(self, stack: ExitStack, token: str, projects: Projects) -> None:
        self.projects = projects
        ours = {"settings": "tests.bench.api.settings", "headers": token}
        plain = {"settings": "tests.bench.api.plain_settings", "headers": token}
        self.ours = stack.enter_context(serving("config.wsgi", asked=STAFF, **ours))
        self.plain = stack.enter_context(serving("tests.bench.api.plain_wsgi", asked=PLAIN, **plain))
        self.bare = stack.enter_context(serving("tests.bench.api.bare", asked="/"))
        self.token = token
        self.lists: dict[str, tuple[Server, str, str]] = {
            "portal": (self.ours, PORTAL, ""),
            "bare": (self.bare, "/", ""),
            "staff": (self.ours, STAFF, token),
            "plain": (self.plain, PLAIN, token),
        }

    def figures(self, rounds: int) -> Iterator[str]:
        times = interleaved({name: self.asking(*its) for name, its in self.lists.items()}, rounds)
        yield compared("list of 50, portal to bare", times, "portal", "bare", "≤ 4.5")
        yield compared("list of 50, staff to plain", times, "staff", "plain", "≤ 0.8")
        speeds: Figures = {name: [] for name in self.lists}
        for _round in range(rounds):
            for name, (server, path, headers) in self.lists.items():
                speed = server.answers_a_second(path, clients=CLIENTS, seconds=SECONDS, headers=headers)
                speeds[name].append(speed)
        for ours, theirs, wanted in (("portal", "bare", "≥ 0.18"), ("staff", "plain", "≥ 1")):
            what = f"answers a second, {CLIENTS} clients, {ours} to {theirs}"
            of = f"{statistics.median(speeds[ours]):.0f} of {statistics.median(speeds[theirs]):.0f} a second"
            yield line(what, ratio(speeds, ours, theirs), wanted, of)
        yield from self.searched(rounds)
        yield from self.polled(rounds)
        yield from self.single(rounds)

    def searched(self, rounds: int) -> Iterator[str]:
        search = f"?search={RARE}"
        times = interleaved(
            {
                "portal": self.asking(self.ours, PORTAL),
                "portal, rare": self.asking(self.ours, PORTAL + search),
                "staff": self.asking(self.ours, STAFF, self.token),
                "staff, rare": self.asking(self.ours, STAFF + search, self.token),
            },
            rounds,
        )
        for name in ("portal", "staff"):
            yield compared(f"search of a rare word, {name}", times, f"{name}, rare", name, "≤ 2")

    def polled(self, rounds: int) -> Iterator[str]:
        known = {
            "portal": self.known(PORTAL, ""),
            "staff": self.known(STAFF, self.token),
        }
        asking: dict[str, Callable[[], float]] = {}
        for name, (path, headers, tag) in known.items():
            if not tag:
                yield line(f"unchanged poll, {name}", "no ETag")
                continue
            asking[name] = self.asking(self.ours, path, headers)
            tagged = f"{headers}If-None-Match: {tag}\r\n"
            asking[f"{name}, 304"] = self.asking(self.ours, path, tagged, status=304)
        # Only what a look has seen has a date.
        look(now=timezone.now())
        dated = f"If-Modified-Since: {http_date(time.time() + 60)}\r\n"
        asking["portal, by date, 304"] = self.asking(self.ours, PORTAL, dated, status=304)
        times = interleaved(asking, rounds)
        yield compared(
            "unchanged poll by its date, portal", times, "portal, by date, 304", "portal", "≤ 0.25"
        )
        for name, wanted in (("portal", "≤ 0.25"), ("staff", "≤ 0.4")):
            if name in times:
                yield compared(f"unchanged poll, {name}", times, f"{name}, 304", name, wanted)

    def known(self, path: str, headers: str) -> tuple[str, str, str]:
        head = self.ours.ask(path, headers=headers).head
        tags = [field[5:].strip() for field in head.split("\r\n") if field.lower().startswith("etag:")]
        return path, headers, tags[0] if tags else ""

    def single(self, rounds: int) -> Iterator[str]:
        numbers = count()
        times = interleaved(
            {
                "detail, staff": self.asking(self.ours, f"{STAFF}{FIRST + 1}/", self.token),
                "detail, plain": self.asking(self.plain, f"{PLAIN}{FIRST + 1}/", self.token),
                "create, staff": lambda: self.create(self.ours, STAFF, next(numbers)),
                "create, plain": lambda: self.create(self.plain, PLAIN, next(numbers)),
            },
            rounds,
        )
        yield compared("detail, staff to plain", times, "detail, staff", "detail, plain", "≤ 1.1")
        yield compared("create and history, staff to plain", times, "create, staff", "create, plain", "≤ 1.6")
        clear_created()

    def create(self, server: Server, path: str, number: int) -> float:
        first = {name: rows[0].pk for name, rows in self.projects.others.items()}
        sent = {
            "title": f"Neu {number}",
            "kind": "exchange",
            "state": "idea",
            "summary": SUMMARY,
            "starts_on": "1999-05",
            "cities": [first["cities"], first["cities"] + 1],
            "themes": [first["themes"]],
        }
        answer = server.ask(path, headers=self.token, body=json.dumps(sent).encode())
        assert answer.status == 201, answer
        return answer.seconds

    def asking(self, server: Server, path: str, headers: str = "", *, status: int = 200) -> Any:
        def ask() -> float:
            answer = server.ask(path, headers=headers)
            assert answer.status == status, answer
            return answer.seconds

        return ask


def clear_created() -> None:
    """What has been created is no part of the rows that are counted; its history may stay."""
    from relations.models import Project

    made = Project.objects.filter(title__startswith="Neu ")
    for name in ("cities", "themes"):
        getattr(Project, name).through.objects.filter(project__in=made).delete()
    made.order_by()._raw_delete(made.db)


def interleaved(asking: dict[str, Callable[[], float]], rounds: int) -> Figures:
    """Median seconds of each round; within it all take turns."""
    for ask in asking.values():
        for _warm in range(3):
            ask()
    found: Figures = {name: [] for name in asking}
    for _round in range(rounds):
        taken: Figures = {name: [] for name in asking}
        for _number in range(ASKED):
            for name, ask in asking.items():
                taken[name].append(ask())
        for name, seconds in taken.items():
            found[name].append(statistics.median(seconds))
    return found


def ratio(figures: Figures, ours: str, theirs: str) -> float:
    """Of each round, then the median: a busy moment slows both."""
    return statistics.median(mine / yours for mine, yours in zip(figures[ours], figures[theirs], strict=True))


def compared(what: str, times: Figures, ours: str, theirs: str, wanted: str) -> str:
    of = f"{statistics.median(times[ours]) * 1000:.1f} of {statistics.median(times[theirs]) * 1000:.1f} ms"
    return line(what, ratio(times, ours, theirs), wanted, of)


# --- within this process ---


def answered(path: str, user: Any = None) -> Any:
    """By the view itself, past the middleware and the sign-in."""
    request = APIRequestFactory().get(path)
    if user:
        force_authenticate(request, user)
    found = resolve(path.partition("?")[0])
    answer = found.func(request, *found.args, **found.kwargs)
    assert answer.status_code == 200, answer.content
    return answer.render() if hasattr(answer, "render") else answer


class Statements:
    """Counts and times what is asked of the database."""

    def __init__(self) -> None:
        self.number, self.seconds = 0, 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.number += 1
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - started


def watched(path: str, user: Any = None) -> Statements:
    found = Statements()
    with connection.execute_wrapper(found):
        answered(path, user)
    return found


def pages(user: Any) -> dict[str, tuple[str, Any]]:
    doors = {"portal": ("/api/public/v1/", None), "staff": ("/api/v1/", user)}
    found = {}
    for door, (prefix, who) in doors.items():
        for name in ("projects", *OTHERS[door]):
            path = f"{prefix}{name}/"
            found[f"{door}, {name}, first page"] = (path, who)
            found[f"{door}, {name}, deepest page"] = (deepest(path), who)
    return found


def deepest(path: str) -> str:
    """The page before the last row, reached as from the one before it.

    Where not all are known by what they are ordered by, among the last of those that are.
    """
    view = resolve(path).func.cls
    order = [*view.ordering, "pk"]
    keys = [Key.of(term, model=view.queryset.model) for term in order]
    rows = view.queryset.model._default_manager.order_by(*(key.order(backward=True) for key in keys))
    if not keys[0].is_always_known:
        rows = rows.filter(**{f"{keys[0].path}__isnull": False})
    row = rows[DEEP]
    return f"{path}?cursor={Cursor(order, False, [key.value(row) for key in keys])}"


def database_times(user: Any) -> dict[str, float]:
    """Seconds that the database takes for each page, and for a statement that knows of no row."""
    user.get_all_permissions()
    asking: dict[str, Callable[[], float]] = {
        name: lambda its=its: watched(*its).seconds  # type: ignore[misc]
        for name, its in pages(user).items()
    }
    times = interleaved({**asking, NO_ROWS: without_rows}, 5)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def without_rows() -> float:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM generate_series(1, 20000)")
    return time.perf_counter() - started


def statements(user: Any) -> dict[str, int]:
    found = {}
    for name, (path, who) in pages(user).items():
        sign = "&" if "?" in path else "?"
        numbers = {watched(f"{path}{sign}page_size={size}", who).number for size in (1, 50, LARGEST_PAGE)}
        found[name] = max(numbers)
    return found


# --- start and memory ---


def starts(rounds: int, token: str) -> Iterator[str]:
    ours = {"application": "config.wsgi", "settings": "tests.bench.api.settings"}
    applications: dict[str, dict[str, str]] = {
        "portal": {**ours, "asked": PORTAL},
        "staff": {**ours, "asked": STAFF, "headers": token},
        "minimal": {"application": "tests.bench.api.minimal", "asked": "/groups/"},
    }
    seconds: Figures = {name: [] for name in applications}
    held: Figures = {name: [] for name in applications}
    for _round in range(rounds):
        for name, its in applications.items():
            with serving(**its) as server:  # type: ignore[arg-type]
                seconds[name].append(server.started_in)
                for _number in range(ASKED):
                    server.ask(its["asked"], headers=its.get("headers", ""))
                held[name].append(server.megabytes())
    for door in ("portal", "staff"):
        took, least = (statistics.median(seconds[name]) for name in (door, "minimal"))
        of = f"{took:.1f} of {least:.1f} s"
        what = f"start to the first answer, {door} to minimal"
        yield line(what, ratio(seconds, door, "minimal"), "≤ 2", of)
        holds, least = (statistics.median(held[name]) for name in (door, "minimal"))
        of = f"{holds:.0f} of {least:.0f} MB"
        what = f"memory of a worker, {door} to minimal"
        yield line(what, ratio(held, door, "minimal"), "≤ 1.6", of)
