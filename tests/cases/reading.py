"""The facts of a source, written down by hand, and the staff API that must give back each of them.

`facts/<case>.yaml` says what the source says, independently of the fixture. Each leaf of it has a path
("people.link.office"; an entry of a list is a leaf named by itself, "topics.culture"). A test module
registers who reads which leaves, and which are left out, and why:

    facts = Facts("duisburg")

    @facts.fact("people.*.office")
    def office_at_the_visit(api, office, who): ...

The reader gets the value of the leaf and whatever the stars stand for, as far as it asks for them.
`facts.counts()` sees to it that each leaf is read or left out, never both, never twice.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rest_framework.test import APIClient

FOLDER = Path(__file__).parent / "facts"


class Staff:
    """A member of staff at the API, the only way these tests look at the cases; nothing is asked twice."""

    def __init__(self, user: Any) -> None:
        self.client = APIClient()
        self.client.force_authenticate(user)
        self._lists: dict[str, list[dict[str, Any]]] = {}
        self._answers: dict[tuple[Any, ...], Any] = {}

    def get(self, address: str, **parameters: Any) -> Any:
        asked = (address, *sorted(parameters.items()))
        if asked not in self._answers:
            answer = self.client.get(f"/api/v1/{address}/", parameters)
            assert answer.status_code == 200, answer.json()
            self._answers[asked] = answer.json()
        return self._answers[asked]

    def all(self, resource: str, **wanted: Any) -> list[dict[str, Any]]:
        """The rows whose fields are as wanted; a relation is given by its name, or as the row itself."""
        if resource not in self._lists:
            page = self.get(resource, page_size=500)
            assert page["next"] is None
            self._lists[resource] = page["results"]
        rows = self._lists[resource]
        return [row for row in rows if all(_is(row[name], value) for name, value in wanted.items())]

    def one(self, resource: str, **wanted: Any) -> dict[str, Any]:
        rows = self.all(resource, **wanted)
        assert len(rows) == 1, f"{len(rows)} {resource} with {wanted}"
        return rows[0]

    def row(self, resource: str, relation: dict[str, Any]) -> dict[str, Any]:
        """The whole row behind a relation, which is read as id and name."""
        return self.one(resource, id=relation["id"])

    def found(self, resource: str, text: str) -> list[str]:
        """The names of what a search finds."""
        return names(self.get(resource, search=text)["results"])


def _is(value: Any, wanted: Any) -> bool:
    if isinstance(value, dict) and "id" in value:
        return value["id"] == wanted["id"] if isinstance(wanted, dict) else value["name"] == wanted
    if isinstance(value, list) and not isinstance(wanted, list):
        return any(_is(one, wanted) for one in value)
    return value == wanted


def names(relations: list[dict[str, Any]]) -> list[str]:
    return [relation["name"] for relation in relations]


@dataclass(frozen=True)
class Reading:
    path: str
    read: Callable[..., None]
    arguments: tuple[Any, ...]

    def __call__(self, api: Staff) -> None:
        wanted = len(inspect.signature(self.read).parameters) - 1
        self.read(api, *self.arguments[:wanted])

    def __str__(self) -> str:
        return self.path


class Facts:
    def __init__(self, case: str) -> None:
        self.case = case
        text = (FOLDER / f"{case}.yaml").read_text(encoding="utf-8")
        # All scalars as texts: "2004" is a year of a source, no number.
        self.leaves: dict[str, Any] = dict(_leaves(yaml.load(text, Loader=yaml.BaseLoader)))
        self.readings: list[Reading] = []
        self.left_out: dict[str, str] = {}
        self._unmatched: list[str] = []

    def fact(self, *patterns: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Register who reads the leaves of these paths; a star stands for one part of a path."""

        def register(read: Callable[..., None]) -> Callable[..., None]:
            for pattern in patterns:
                for path, stars in self._matching(pattern):
                    self.readings.append(Reading(path, read, (self.leaves[path], *stars)))
            return read

        return register

    def leave_out(self, reason: str, *patterns: str) -> None:
        for pattern in patterns:
            for path, _stars in self._matching(pattern):
                assert path not in self.left_out, f"{path} is left out twice"
                self.left_out[path] = reason

    def counts(self) -> tuple[int, int]:
        """How many leaves are read, and how many left out; each leaf is exactly one of the two."""
        assert self._unmatched == []
        read = [reading.path for reading in self.readings]
        assert sorted([*read, *self.left_out]) == sorted(self.leaves)
        return len(read), len(self.left_out)

    def _matching(self, pattern: str) -> list[tuple[str, tuple[str, ...]]]:
        shape = re.compile(
            r"\.".join("([^.]+)" if part == "*" else re.escape(part) for part in pattern.split("."))
        )
        found = [(path, match.groups()) for path in self.leaves if (match := shape.fullmatch(path))]
        if not found:
            self._unmatched.append(pattern)
        return found


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    match value:
        case dict() if value:
            for key, below in value.items():
                yield from _leaves(below, (*path, key))
        case list() if value:
            for text in value:
                assert isinstance(text, str), f"{path}: an entry with facts of its own needs a name"
                yield from _leaves(text, (*path, text))
        case _:
            assert not any("." in part for part in path), f"{path}: no point within a name"
            yield ".".join(path), value
