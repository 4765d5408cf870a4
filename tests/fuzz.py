"""Throw requests at both APIs over the data of the demo, and count what came back.

    python -m tests.fuzz --requests 10000 --seeds 5

First each operation once as it is meant, with rows that are there, and again without its token or with a
wrong one; by methods that it does not know; and by somebody who has not signed in. Then rows are created, and
read, changed and deleted along the links of the description: what was deleted is gone. Then at random, after
the description: at the public door as anybody, at the staff's as reader, officer, head and administrator;
half of it valid, half not, with the ids of real rows. Each has the rights of its role and no others: nobody
is a superuser. How far each came is told. Ends with an error where the server failed, an answer was not as
described, fewer than nine in ten operations of a door reached a 2xx, or one that creates, changes or deletes
did not.

The data lies in a database of its own: on the PostgreSQL server of DATABASE_URL if it is set, else in SQLite.
TEST_TEMPLATE is a database in which the migrations have run (tests/template.py), which saves half a minute.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import math
import os
import random
import shutil
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).resolve().parent.parent / "var" / "fuzz"
# What a verb must be told.
FACTS = {
    "end": {"on": "2024"},
    "merge": {"on": "2024"},
    "step-up": {"kind": "climate"},
    "follow-ups/{id}/postpone": {"to": "2031-05"},
}


NOBODY = "nobody"
"""Who has not signed in."""
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
STEPS = 6
"""Along links, one after the other."""


@contextlib.contextmanager
def own_database() -> Iterator[str]:
    """The address of a database of its own, which on a server is dropped in the end."""
    server = os.environ.get("DATABASE_URL", "")
    if urlsplit(server).scheme not in ("postgres", "postgresql"):
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        yield f"sqlite:///{FOLDER / 'fuzz.sqlite3'}"
        return
    import psycopg
    from psycopg import sql

    name, template = f"goldenbook_fuzz_{os.getpid()}", os.environ.get("TEST_TEMPLATE")
    quoted = sql.Identifier(name)
    copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}{}").format(quoted, copied))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


def prepare(database: str) -> None:
    """Fill it as the demo is."""
    os.environ["DATABASE_URL"] = database
    # Where processes remember what they were asked, as they do in production.
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.api.settings"
    # Only now, for the settings read the environment when they are imported; so with all of ours below.
    import django

    django.setup()
    logging.disable(logging.WARNING)  # thousands of refusals are what this is about
    from django.core.management import call_command

    for command, options in [
        ("migrate", {"run_syncdb": True, "verbosity": 0}),
        ("createcachetable", {"verbosity": 0}),
        ("sync_roles", {"stdout": io.StringIO()}),
        ("load_cases", {"stdout": io.StringIO()}),
        ("load_demo", {"stdout": io.StringIO()}),
    ]:
        call_command(command, **options)
    publish_everything()


def publish_everything() -> None:
    """So that the public door has something to answer."""
    from django.apps import apps
    from django.utils import timezone

    from contacts.records import PublishableRecord

    for model in apps.get_models():
        if issubclass(model, PublishableRecord):
            model._base_manager.update(published_at=timezone.now(), withdrawn_at=None)


def serve() -> str:
    """A server that answers on a port of this machine; returns its address."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Silent(WSGIRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    server = ThreadedWSGIServer(("localhost", 0), Silent)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://localhost:{server.server_port}"


class Fuzz:
    """At the staff's API."""

    prefix = "/api/v1/"
    # The head publishes and keeps the Golden Book, which neither officers nor administrators do.
    roles: tuple[str, ...] = ("reader", "officer", "head", "administrator")
    is_shut = True

    def __init__(self, base: str) -> None:
        import schemathesis
        import schemathesis.specs.openapi.checks as openapi
        from schemathesis import checks

        self.schema = schemathesis.openapi.from_url(f"{base}{self.prefix}schema/", timeout=120)
        self.base = base
        self.operations = [found.ok() for found in self.schema.get_all_operations()]
        self.checks = [
            checks.not_a_server_error,
            openapi.status_code_conformance,
            openapi.content_type_conformance,
            openapi.response_headers_conformance,
            openapi.response_schema_conformance,
        ]
        # Of each operation how often which role was answered what.
        self.codes: dict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
        self.failures: dict[str, str] = {}
        self.headers: dict[str, dict[str, str]] = {role: self._signed_in(role) for role in self.roles}
        self.headers[NOBODY] = {}
        self.needs_token = openapi.ignored_auth
        self.stays_gone = openapi.use_after_free

    def _signed_in(self, role: str) -> dict[str, str]:
        from tests.factories import token_for, user_in

        return {"Authorization": f"Token {token_for(user_in(role))}", "Accept-Language": "en"}

    @property
    def requests(self) -> int:
        return sum(sum(codes.values()) for codes in self.codes.values())

    def send(self, case: object, role: str, *, also: tuple[object, ...] = (), **headers: str) -> object:
        label = case.operation.label
        sent = {**self.headers[role], **headers}
        if label.endswith("auth/logout/") and role != NOBODY and "Authorization" not in headers:
            sent = self._signed_in(role)
        how = {"base_url": self.base, "headers": sent, "timeout": 60}
        response = case.call(**how)
        self.judge(case, response, role, checks=[*self.checks, *also], headers=sent, transport_kwargs=how)
        return response

    def judge(self, case: object, response: object, role: str, **how: object) -> None:
        from schemathesis.core.failures import FailureGroup

        label, code = case.operation.label, response.status_code
        self.codes[label][role, code] += 1
        if role == NOBODY and code not in (401, 403):
            self.failures.setdefault(f"{label}: open to anybody ({code})", response.text[:400])
        try:
            case.validate_response(response, **how)
        except FailureGroup as group:
            for failure in group.exceptions:
                key = f"{label}: {failure.title} ({code})"
                text = f"{failure.message}\n    body sent: {case.body!r:.300}\n    {response.text[:400]}"
                self.failures.setdefault(key, text)

    # --- as it is meant ---

    def walk(self, role: str) -> None:
        by_label = {operation.label: operation for operation in self.operations}
        for label, operation in by_label.items():
            if "auth/" not in label:
                self._walk(label, operation, role)
        self._sign_in(by_label["POST /api/v1/auth/login/"], role)
        self.send(by_label["POST /api/v1/auth/logout/"].Case(), role)

    def _walk(self, label: str, operation: object, role: str) -> None:
        from tests.api.rows import TABLES, fields_of, make

        method, path = label.split(" ")
        name, *rest = path.removeprefix("/api/v1/").strip("/").split("/")
        if not rest and method == "GET":
            if name in TABLES:
                make(name)
            self.send(operation.Case(), role, also=(self.needs_token,))
            return
        row = make(name)
        address = {"path_parameters": {"id": row.pk}} if "{id}" in path else {}
        if len(rest) > 1:
            body = FACTS.get(f"{name}/{{id}}/{rest[1]}", FACTS.get(rest[1], {}))
            if rest[1] == "merge":
                body = body | {"into": make(name).pk}
            kwargs = {"body": body, "media_type": "application/json"} if operation.body else {}
            self.send(operation.Case(**address, **kwargs), role, also=(self.needs_token,))
            return
        if method in ("GET", "DELETE"):
            self.send(operation.Case(**address), role, also=(self.needs_token,))
            return
        read = self.schema[f"/api/v1/{name}/{{id}}/"]["GET"]
        shown = read.Case(path_parameters={"id": row.pk}).call(base_url=self.base, headers=self.headers[role])
        read_only = [field for field, kind in fields_of(name).items() if kind.read_only]
        body = {field: _as_written(value) for field, value in shown.json().items() if field not in read_only}
        if method == "POST":
            row.delete()
        if rest == ["bulk"]:
            body = {"rows": [body]}
        case = operation.Case(**address, body=body, media_type="application/json")
        self.send(case, role, also=(self.needs_token,))

    def _sign_in(self, operation: object, role: str) -> None:
        import base64

        from tests.factories import PASSWORD, user_in

        word = base64.b64encode(f"{user_in(role).username}:{PASSWORD}".encode()).decode()
        self.send(operation.Case(), role, Authorization=f"Basic {word}")

    # --- as it is not meant ---

    def knock(self) -> None:
        """At every operation, without having signed in."""
        for operation in self.operations:
            self.send(operation.Case(**self._address(operation)), NOBODY)

    def misuse(self, role: str) -> None:
        """Every address by the methods that it does not have."""
        by_path = defaultdict(list)
        for operation in self.operations:
            by_path[operation.path].append(operation)
        for path, operations in by_path.items():
            known = {operation.method.upper() for operation in operations}
            for method in sorted(METHODS - known):
                case = operations[0].Case(method=method, **self._address(operations[0]))
                answer = case.call(base_url=self.base, headers=self.headers[role], timeout=60)
                allow = ", ".join(answer.headers.get("allow", []))
                allowed = set(allow.split(", ")) & METHODS
                self.codes[operations[0].label][role, answer.status_code] += 1
                # Rights are asked for first.
                if answer.status_code not in (401, 403) and (answer.status_code, allowed) != (405, known):
                    text = f"Allow: {allow}\n    {answer.text[:400]}"
                    self.failures.setdefault(f"{method} {path}: no such method ({answer.status_code})", text)

    def _address(self, operation: object) -> dict[str, dict[str, object]]:
        """That of a row which is there, where it is one of a row."""
        if "{id}" not in operation.path:
            return {}
        return {"path_parameters": {"id": (self._ids(operation) or [1])[0]}}

    # --- along the links ---

    def follow(self, *, seed: int, role: str, lives: int) -> None:
        """Create rows, and go on with each as the links say; what was deleted is gone."""
        import hypothesis

        fuzz, dice = self, random.Random(seed)

        class Life(self.schema.as_state_machine()):
            def before_call(self, case: object) -> None:
                if isinstance(case.body, dict):
                    fuzz._point_to_rows(case, dice)

            def get_call_kwargs(self, case: object) -> dict[str, object]:
                return {"base_url": fuzz.base, "headers": fuzz.headers[role], "timeout": 60}

            def validate_response(self, response: object, case: object, **how: object) -> None:
                self.recorder.record_response(case_id=case.id, response=response)
                checks = [*fuzz.checks, fuzz.stays_gone]
                fuzz.judge(case, response, role, checks=checks, transport_kwargs=how, recorder=self.recorder)

        hypothesis.seed(seed)(Life).run(
            settings=hypothesis.settings(
                max_examples=lives,
                stateful_step_count=STEPS,
                database=None,
                deadline=None,
                phases=[hypothesis.Phase.generate],
                suppress_health_check=list(hypothesis.HealthCheck),
            )
        )

    # --- at random ---

    def storm(self, *, seed: int, role: str, examples: int) -> None:
        for index, operation in enumerate(self.operations):
            self._storm(operation, role=role, seed=seed * 1000 + index, examples=examples)

    def _storm(self, operation: object, *, role: str, seed: int, examples: int) -> None:
        import hypothesis
        from schemathesis import GenerationMode

        dice = random.Random(seed)
        ids = self._ids(operation)
        mode = dice.choice([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def throw(case: object) -> None:
            if case.path_parameters and ids and (role == NOBODY or dice.random() < 0.7):
                case.path_parameters["id"] = dice.choice(ids)
            if isinstance(case.body, dict):
                self._point_to_rows(case, dice)
            self.send(case, role)

        # Where there is no parameter and no body, nothing wrong can be sent.
        with contextlib.suppress(hypothesis.errors.Unsatisfiable):
            throw()

    def _ids(self, operation: object) -> list[int]:
        from tests.api.rows import TABLES, model_of

        name = operation.path.removeprefix("/api/v1/").split("/")[0]
        return list(model_of(name)._base_manager.values_list("pk", flat=True)[:50]) if name in TABLES else []

    def _point_to_rows(self, case: object, dice: random.Random) -> None:
        """Most relations of a body made by chance name rows that are there."""
        from contacts.api.fields import RelationField
        from tests.api.rows import TABLES, fields_of, model_of

        name = case.operation.path.removeprefix("/api/v1/").split("/")[0]
        if name not in TABLES:
            return
        many = case.body.get("rows")
        for body in filter(_is_object, many if isinstance(many, list) else [case.body]):
            for field, kind in fields_of(name).items():
                if field in body and isinstance(kind, RelationField) and dice.random() < 0.7:
                    related = model_of(name)._meta.get_field(kind.source).related_model
                    rows = list(related._base_manager.values_list("pk", flat=True)[:20])
                    body[field] = dice.choice(rows) if rows else None

    def throw(self, *, requests: int, seeds: int) -> None:
        """As it is meant, then at random until there were at least so many."""
        for role in self.roles:
            self.walk(role)
        print(f"{self.prefix} as it is meant: {self.requests} requests", flush=True)
        self.misuse(self.roles[-1])
        if self.is_shut:
            self.knock()
            for seed in range(1, seeds + 1):
                self.storm(seed=seed, role=NOBODY, examples=1)
                self.follow(seed=seed, role="officer", lives=max(10, requests // 100 // seeds))
        print(f"{self.prefix} as it is not, and along the links: {self.requests} requests", flush=True)
        turns = [(seed, role) for seed in range(1, seeds + 1) for role in self.roles]
        for turn, (seed, role) in enumerate(turns):
            missing = max(requests - self.requests, 0)
            examples = max(1, math.ceil(missing / (len(turns) - turn) / len(self.operations)))
            self.storm(seed=seed, role=role, examples=examples)
            print(f"{self.prefix} seed {seed} as {role}: {self.requests} requests", flush=True)

    # --- what came of it ---

    def verdict(self) -> list[str]:
        labels = [operation.label for operation in self.operations]
        by_role = {role: {label for label in labels if self._reached(label, role)} for role in self.roles}
        reached = set().union(*by_role.values())
        missed = [label for label in labels if label not in reached]
        needed = [label for label in missed if _creates_changes_or_deletes(label)]
        print(f"{self.prefix} never reached a 2xx: " + (", ".join(missed) or "none"))
        print(f"requests {self.requests}, operations {len(labels)}, reached a 2xx {len(reached)}")
        for role in self.roles:
            answers = sorted(self._answers(role).items())
            print(f"as {role}: a 2xx of {len(by_role[role])} operations; answers", end=" ")
            print(", ".join(f"{code}: {count}" for code, count in answers), flush=True)
        problems = [f"{key}\n    {text}" for key, text in self.failures.items()]
        problems += [f"{label} never reached a 2xx: {dict(self.codes[label])}" for label in needed]
        if len(reached) < 0.9 * len(labels):
            problems.append(f"Only {len(reached)} of {len(labels)} operations reached a 2xx: {missed}")
        return problems

    def _reached(self, label: str, role: str) -> bool:
        return any(who == role and 200 <= code < 300 for who, code in self.codes[label])

    def _answers(self, role: str) -> Counter[int]:
        found: Counter[int] = Counter()
        for codes in self.codes.values():
            found.update({code: count for (who, code), count in codes.items() if who == role})
        return found


class PublicFuzz(Fuzz):
    """At the public door, as anybody."""

    prefix = "/api/public/v1/"
    roles = ("anybody",)
    is_shut = False

    def __init__(self, base: str) -> None:
        super().__init__(base)
        self.base = f"{base}{self.prefix.rstrip('/')}"

    def _signed_in(self, role: str) -> dict[str, str]:
        return {}

    def walk(self, role: str) -> None:
        for operation in self.operations:
            self.send(operation.Case(**self._address(operation)), role)

    def _ids(self, operation: object) -> list[object]:
        """Those that the list of the same name shows; files have none."""
        if "{id}" not in operation.path:
            return []
        resource = operation.path.strip("/").partition("/")[0]
        found = self.schema[f"/{resource}/"]["GET"].Case().call(base_url=self.base)
        return [row["id"] for row in found.json()["results"]]

    def _point_to_rows(self, case: object, dice: random.Random) -> None:
        """Nothing here has a body."""


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _as_written(value: object) -> object:
    """A relation is read with its name and written as its id."""
    if isinstance(value, dict) and set(value) == {"id", "name"}:
        return value["id"]
    if isinstance(value, list):
        return [_as_written(one) for one in value]
    return value


def _creates_changes_or_deletes(label: str) -> bool:
    method, path = label.split(" ")
    return method != "GET" and path.count("/") - path.count("{id}") <= 4 and "auth/" not in path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10000, help="at least so many")
    parser.add_argument("--seeds", type=int, default=5, help="how many different seeds")
    options = parser.parse_args()
    with own_database() as database:
        prepare(database)
        problems = thrown(requests=options.requests, seeds=options.seeds)
        # What the server's threads hold open goes with the database.
    for problem in problems:
        print(f"\n{problem}")
    return 1 if problems else 0


def thrown(*, requests: int, seeds: int) -> list[str]:
    base = serve()
    doors = [PublicFuzz(base), Fuzz(base)]
    # One part in four as anybody.
    for door, its in zip(doors, (requests // 4, requests * 3 // 4), strict=True):
        door.throw(requests=its, seeds=seeds)
    return [problem for door in doors for problem in door.verdict()]


if __name__ == "__main__":
    sys.exit(main())
