"""Tables for other programs: the same rows as CSV and as XLSX, with nothing in them that a program would run.

A text that begins like a formula stays a text: XLSX says so by its cell (and by the mark that keeps it one
when somebody edits it), CSV by an apostrophe before it, because a CSV file has no other way to say so.

CSV is made for the Excel of a German office: UTF-8 with a byte order mark, or Excel takes it for
Windows-1252; semicolons, because Excel there splits at nothing else, and every other program takes them, too;
numbers with the decimal mark of the reader's language, or Excel there reads 6.78 as a day in July. All texts
are quoted, so that a program that splits at commas cannot cut a formula out of the middle of one.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO, Any

from django.utils import formats

# The full-width forms are folded to the plain ones by spreadsheets of East Asia.
_STARTS_A_FORMULA = set("=+-@\t\r\n＝＋－＠")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# One right for all lists, on the pages and over the API: a file outlives the rights of its reader.
RIGHT = "contacts.export_lists"


def is_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet might run it: also behind blanks and characters that cannot be seen."""
    seen = (each for each in text if not (each == " " or unicodedata.category(each) in ("Cf", "Zs")))
    return text[:1] in _STARTS_A_FORMULA or next(seen, "") in _STARTS_A_FORMULA


def tidy_text(text: str) -> str:
    """Without what no table can hold: NUL and its like; line ends all of one kind."""
    return _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def write_csv(file: IO[bytes], titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """The number of rows written, the line of titles not counted."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([_as_csv(title) for title in titles])
    count = 0
    for row in rows:
        writer.writerow([_as_csv(value) for value in row])
        count += 1
    text.flush()
    text.detach()
    return count


class _Plain(float):
    """A number written as it is, which the writer does not quote because it takes it for one."""

    def __new__(cls, text: str) -> _Plain:
        number = super().__new__(cls, 0)
        number.text = text
        return number

    text: str

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


def _as_csv(value: Any) -> Any:
    match value:
        case None:
            return _Plain("")
        case Decimal() | float():
            number = f"{Decimal(str(value)):f}"  # of a float no digits that nobody entered
            return _Plain(number.replace(".", formats.get_format("DECIMAL_SEPARATOR")))
        case int():
            return value
        case datetime.datetime():
            return _Plain(value.isoformat(sep=" ", timespec="minutes"))
        case datetime.date() | datetime.time():
            return _Plain(value.isoformat())
    text = tidy_text(str(value))
    return f"'{text}" if is_like_a_formula(text) else text


def write_xlsx(file: IO[bytes], titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """The number of rows written, the titles not counted. Texts end at 32,767 characters, as Excel's do."""
    # Its library is six megabytes, which only the processes hold that ever write a workbook.
    from contacts.workbook import write

    return write(file, titles, rows)
