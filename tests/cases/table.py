"""Facts that stand in one field of one row, told as a table: path, row, field and what is read there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.cases.reading import Facts, Staff

Reader = Callable[[Staff, str], None]
LEAF = object()
"""What is read is the leaf itself."""

# Where a path of fields goes on in another row.
LEADS_TO = {
    "counterpart_posts": "posts",
    "decision": "decisions",
    "document": "documents",
    "documents": "documents",
    "occasion": "occasions",
    "organisation": "organisations",
    "organisations": "organisations",
    "organiser": "organisations",
    "partnership": "partnerships",
    "partnerships": "partnerships",
    "post": "posts",
    "predecessor": "partnerships",
    "source": "documents",
    "statements": "statements",
    "stop": "stops",
}


@dataclass(frozen=True)
class Row:
    """The one row of a resource that has these values; a relation is told by its name."""

    resource: str
    where: tuple[tuple[str, Any], ...]

    def read(self, api: Staff, path: str) -> Any:
        return _follow(api, api.one(self.resource, **dict(self.where)), path.split("."))

    def has(self, path: str, expected: Any = LEAF) -> Reader:
        def reader(api: Staff, leaf: str) -> None:
            assert self.read(api, path) == (leaf if expected is LEAF else expected)

        return reader

    def lists(self, path: str, expected: Any = LEAF) -> Reader:
        """What is read is a list, and this stands in it once."""

        def reader(api: Staff, leaf: str) -> None:
            assert self.read(api, path).count(leaf if expected is LEAF else expected) == 1

        return reader


def row(resource: str, **where: Any) -> Row:
    return Row(resource, tuple(where.items()))


def nothing(resource: str, **where: Any) -> Reader:
    """There is no such row."""

    def reader(api: Staff, _leaf: str) -> None:
        assert api.all(resource, **where) == []

    return reader


def found_by(resource: str, text: str, *expected: str) -> Reader:
    """The search finds these rows and no others."""

    def reader(api: Staff, _leaf: str) -> None:
        assert api.found(resource, text) == list(expected)

    return reader


def both(*readers: Reader) -> Reader:
    """A leaf that stands in more than one place."""

    def reader(api: Staff, leaf: str) -> None:
        for one in readers:
            one(api, leaf)

    return reader


def tell(facts: Facts, table: dict[str, Reader]) -> None:
    for path, reader in table.items():
        facts.fact(path)(reader)


def _follow(api: Staff, value: Any, path: list[str]) -> Any:
    """The value at the end of a path; a relation at its end is told by its name, a list one by one."""
    if isinstance(value, list):
        return [_follow(api, one, path) for one in value]
    if not path:
        return value["name"] if isinstance(value, dict) and "name" in value else value
    first, *rest = path
    below = value[first]
    if rest and below and first in LEADS_TO:
        resource = LEADS_TO[first]
        if isinstance(below, list):
            below = [api.row(resource, relation) for relation in below]
        else:
            below = api.row(resource, below)
    return _follow(api, below, rest)
