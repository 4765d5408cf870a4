"""What is read of a request's body."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# Nothing of ours is deeper than a row in a list of a row.
DEEPEST = 20


class ShallowJSONParser(JSONParser):
    """JSON of few levels, so that nothing which walks through it runs out of stack."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            data = super().parse(*args, **kwargs)
        except RecursionError as error:
            raise _too_deep() from error
        level = [data]
        for _level in range(DEEPEST):
            level = [each for outer in level for each in _inner(outer)]
            if not level:
                return data
        raise _too_deep()


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _too_deep() -> ParseError:
    return ParseError(_("The JSON is nested too deep."))
