"""A list as CSV or XLSX: the columns of its JSON laid flat, all of its rows, in its order.

What lies deeper is called by its path: `home.id` and `home.name` of a relation, `form_spoken.de` of a text by
language, further languages in `form_spoken.other`. Of a list the values stand in one cell with semicolons
between them. Days, moments in the office's time and numbers are such; yes and no are true and false; the rest
are texts, none of which a spreadsheet would run.

As on the pages it takes the right to export, and leaves a line in the log.
"""

from __future__ import annotations

import datetime
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from contacts import tables
from contacts.api.fields import ExpandedField, RelationField

logger = logging.getLogger(__name__)

PARAMETER = "format"
MOST_ROWS = 10_000
AT_ONCE = 500
# So many files are made at the same moment, for one user and for all: beside four of them a page took others
# four times as long, and hardly more files were made. Whoever dies gives the place back late.
PLACES = 1, 2
HELD_FOR = 120
ASK_AGAIN_AFTER = 5


class Csv(BaseRenderer):
    media_type, format, charset = "text/csv", "csv", "utf-8"
    write = staticmethod(tables.write_csv)


class Xlsx(BaseRenderer):
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format, charset = "xlsx", None
    write = staticmethod(tables.write_xlsx)


SHEETS = (Csv, Xlsx)
FORMATS = ("json", *(sheet.format for sheet in SHEETS))


class FormatOrAccept(DefaultContentNegotiation):
    """`?format=` where a view takes it, else the header Accept."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        asked = request.query_params.get(PARAMETER)
        if asked is None or not any(isinstance(renderer, SHEETS) for renderer in renderers):
            return super().select_renderer(request, renderers, format_suffix)
        for renderer in renderers:
            if renderer.format == asked:
                return renderer, renderer.media_type
        message = _("Choose among: %(allowed)s.") % {"allowed": ", ".join(FORMATS)}
        raise _refusal(message, code="invalid_choice")


def _refusal(message: str, *, code: str) -> serializers.ValidationError:
    return serializers.ValidationError({PARAMETER: [serializers.ErrorDetail(message, code=code)]})


def sheet_of(view: Any, rows: Any, *, only_pages: tuple[str, ...]) -> FileResponse:
    """The rows, which are filtered already, as the file that was asked for."""
    request, renderer = view.request, view.request.accepted_renderer
    if not request.user.has_perm(tables.RIGHT):
        view.permission_denied(request, message=_("You may read this list, but not take it away as a file."))
    for name in only_pages:
        if name in request.query_params:
            message = _("A file has no pages: leave this out.")
            raise serializers.ValidationError({name: [serializers.ErrorDetail(message, code="no_pages")]})
    _refuse_too_many(view, rows)
    columns = list(columns_of(view.get_serializer()))
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    with ExitStack() as failing:
        failing.callback(file.close)
        with _place_for(request.user):
            titles = [column.title for column in columns]
            written = renderer.write(file, titles, _lines(view, rows, columns))
        failing.pop_all()
    label = view.queryset.model._meta.label
    logger.info("User %s exported %s rows of %s as %s.", request.user.pk, written, label, renderer.format)
    file.seek(0)
    name = f"{view.basename} {timezone.localdate()}.{renderer.format}"
    charset = f"; charset={renderer.charset}" if renderer.charset else ""
    return FileResponse(file, as_attachment=True, filename=name, content_type=renderer.media_type + charset)


def _refuse_too_many(view: Any, rows: Any) -> None:
    count = rows.count()
    if count > MOST_ROWS:
        message = _(
            "These are %(count)d rows, at most %(most)d fit into one file. Narrow the list by: %(filters)s."
        )
        filters = sorted(view.filter_names())
        facts = {"count": count, "most": MOST_ROWS, "filters": ", ".join(filters)}
        raise _refusal(message % facts, code="too_many")


@contextmanager
def _place_for(user: Any) -> Iterator[None]:
    """Many files at once would hold up everybody's work."""
    taken: list[str] = []
    try:
        for who, places in zip((user.pk, "all"), PLACES, strict=True):
            keys = (f"sheets:{who}:{place}" for place in range(places))
            key = next((key for key in keys if cache.add(key, True, HELD_FOR)), None)
            if key is None:
                raise exceptions.Throttled(ASK_AGAIN_AFTER, _("Enough files are being made at the moment."))
            taken.append(key)
        yield
    finally:
        cache.delete_many(taken)


def _lines(view: Any, rows: Any, columns: list[Column]) -> Iterator[list[Any]]:
    serializer = view.get_serializer()
    found = rows.iterator(chunk_size=AT_ONCE)
    while batch := list(islice(found, AT_ONCE)):
        view.compute(batch)
        for row in batch:
            shown = serializer.to_representation(row)
            yield [column.read(shown) for column in columns]


# --- columns ---


@dataclass(frozen=True)
class Column:
    path: tuple[str, ...]
    value: Callable[[Any], Any]

    @property
    def title(self) -> str:
        return ".".join(self.path)

    def read(self, row: Any) -> Any:
        found = _reach(row, self.path)
        return _joined(found) if isinstance(found, list) else self.value(found)


@dataclass(frozen=True)
class OtherLanguages(Column):
    """What a text by language says in languages that have no column of their own."""

    def read(self, row: Any) -> Any:
        texts = _reach(row, self.path[:-1])
        return _joined([_others(each) for each in texts]) if isinstance(texts, list) else _others(texts)


def _others(texts: dict[str, str] | None) -> str | None:
    ours = dict(settings.LANGUAGES)
    found = (f"{code}: {text}" for code, text in (texts or {}).items() if code not in ours)
    return "; ".join(found) or None


def columns_of(serializer: Any, path: tuple[str, ...] = ()) -> Iterator[Column]:
    for name, field in serializer.fields.items():
        if not field.write_only:
            yield from _columns(field, (*path, name))


def _columns(field: Any, path: tuple[str, ...]) -> Iterator[Column]:
    match field:
        case RelationField():
            yield Column((*path, "id"), _as_it_is)
            yield Column((*path, "name"), _as_it_is)
        case serializers.ManyRelatedField():
            yield from _columns(field.child_relation, path)
        case ExpandedField():
            yield from columns_of(field.row, path)
        case serializers.ListSerializer():
            yield from _columns(field.child, path)
        case serializers.Serializer():
            yield from columns_of(field, path)
        case serializers.DictField():
            for code, _name in settings.LANGUAGES:
                yield Column((*path, code), _as_it_is)
            yield OtherLanguages((*path, "other"), _as_it_is)
        case _:
            yield Column(path, _reader(field))


def _reader(field: Any) -> Callable[[Any], Any]:
    for kind, read in READERS.items():
        if isinstance(field, kind):
            return read
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, int | float) else value or None


def _moment(value: Any) -> datetime.datetime | None:
    # Spreadsheets know no time zones: it is the office's clock.
    return value and timezone.localtime(datetime.datetime.fromisoformat(value)).replace(tzinfo=None)


def _day(value: Any) -> datetime.date | None:
    return value and datetime.date.fromisoformat(value)


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


READERS: dict[type[serializers.Field], Callable[[Any], Any]] = {
    serializers.DateTimeField: _moment,
    serializers.DateField: _day,
    serializers.DecimalField: _number,
}


def _reach(value: Any, path: tuple[str, ...]) -> Any:
    """What lies at the end of a path within JSON; of a list, what lies there in each of its entries."""
    if isinstance(value, list):
        return [_reach(each, path) for each in value]
    if value is None or not path:
        return value
    return _reach(value.get(path[0]), path[1:])


def _joined(values: list[Any]) -> str | None:
    texts = [_joined(each) if isinstance(each, list) else _as_it_is(each) for each in values]
    return "; ".join("" if text is None else str(text) for text in texts) or None
