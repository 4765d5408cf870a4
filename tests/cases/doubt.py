"""Whether a reader of a fact can fail at all: it reads again with one thing changed, and must notice it.

What is changed is the fact itself or, where a reader says the fact in its own words, one value of what the
API gives back: first those of fields the reader looks at, then the lists it asks for. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.cases.reading import Reading, Staff


def other(value: Any) -> Any:
    """Something else of the same kind."""
    match value:
        case None:
            return "something"
        case bool():
            return not value
        case int():
            return value + 1
        case []:
            return ["something"]
        case list():
            return [other(one) for one in value]
        case str() if digits := [place for place, letter in enumerate(value) if letter.isdigit()]:
            last = digits[-1]
            return f"{value[:last]}{(int(value[last]) + 1) % 10}{value[last + 1 :]}"
        case _:
            return f"{value}x"


class Doubt:
    """Counts what is looked at, and changes the one thing that is in doubt."""

    def __init__(self, about: int | None = None) -> None:
        self.about, self.seen = about, 0

    def look(self, value: Any, change: Callable[[Any], Any] = other) -> Any:
        self.seen += 1
        return change(value) if self.seen == self.about else value


class Looked(dict[str, Any]):
    """A row that notices which of its fields is read; what looks rows up does so unnoticed."""

    doubt: Doubt

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return value if _holds_rows(value) else self.doubt.look(value)


def _holds_rows(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(one, dict) for one in value)
    )


class DoubtfulStaff(Staff):
    """The same answers as another reader had, but for one value."""

    def __init__(self, staff: Staff, *, fields: Doubt, lists: Doubt) -> None:
        self.client, self._lists, self._answers = staff.client, staff._lists, staff._answers
        self.fields, self.lists = fields, lists

    def get(self, address: str, **parameters: Any) -> Any:
        answer = super().get(address, **parameters)
        if parameters == {"page_size": 500}:
            return answer  # a list as a whole, for what is looked up in it
        if "results" not in answer:
            return self._looked(answer)
        return {"results": self._list(answer["results"])}

    def all(self, resource: str, **wanted: Any) -> list[dict[str, Any]]:
        return self._list(self._rows(resource, wanted))

    def one(self, resource: str, **wanted: Any) -> dict[str, Any]:
        [row] = self._rows(resource, wanted)
        return self._looked(row)

    def row(self, resource: str, relation: dict[str, Any]) -> dict[str, Any]:
        return self.one(resource, id=relation.get("id"))

    def found(self, resource: str, text: str) -> list[str]:
        names = [row["name"] for row in super().get(resource, search=text)["results"]]
        return self.fields.look(names)

    def _rows(self, resource: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        plain = {name: {**value} if isinstance(value, Looked) else value for name, value in wanted.items()}
        return super().all(resource, **plain)

    def _list(self, rows: list[dict[str, Any]]) -> Any:
        return self.lists.look([self._looked(row) for row in rows], lambda given: given[:-1] or [{}])

    def _looked(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._looked(one) for one in value]
        if not isinstance(value, dict):
            return value
        row = Looked({name: self._looked(below) for name, below in value.items()})
        row.doubt = self.fields
        return row


def passes(reading: Reading, api: Staff) -> bool:
    try:
        reading(api)
    except Exception:
        return False
    return True


def why_it_can_fail(reading: Reading, api: Staff) -> str:
    """ "fact" or "answer": what a change of makes the reading fail; empty if nothing does."""
    leaf, *stars = reading.arguments
    # An entry of a list is its own name in the path.
    changed = [other(star) if star == leaf else star for star in stars]
    if not passes(replace(reading, arguments=(other(leaf), *changed)), api):
        return "fact"
    fields, lists = Doubt(), Doubt()
    assert passes(reading, DoubtfulStaff(api, fields=fields, lists=lists)), f"{reading} fails undoubted"
    for about in range(1, fields.seen + 1):
        if not passes(reading, DoubtfulStaff(api, fields=Doubt(about), lists=Doubt())):
            return "answer"
    for about in range(1, lists.seen + 1):
        if not passes(reading, DoubtfulStaff(api, fields=Doubt(), lists=Doubt(about))):
            return "answer"
    return ""
