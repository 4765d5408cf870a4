"""The same table as a workbook of Excel; contacts/tables.py says what a table may hold."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from contacts.tables import is_like_a_formula, tidy_text

_DAY, _TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
WIDEST = 60


def write(file: IO[bytes], titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Goldenbook")
    sheet.freeze_panes = "B2"
    for number, title in enumerate(titles, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = min(max(len(title) + 4, 12), WIDEST)
    head = [_text_cell(sheet, tidy_text(title)) for title in titles]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    count = 0
    for row in rows:
        sheet.append([_as_xlsx(sheet, value) for value in row])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(titles))}{count + 1}"
    book.save(file)
    return count


def _as_xlsx(sheet: Any, value: Any) -> Any:
    match value:
        case None | int() | float() | Decimal() | datetime.time():
            return value
        case datetime.datetime():
            return _styled(sheet, value, _TIME)
        case datetime.date():
            return _styled(sheet, value, _DAY)
    text = tidy_text(str(value))
    # What is made a cell of its own here takes five times as long.
    return _text_cell(sheet, text) if is_like_a_formula(text) or text in ERROR_CODES else text


def _text_cell(sheet: Any, text: str) -> Any:
    cell: Any = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = is_like_a_formula(text)
    return cell


def _styled(sheet: Any, value: datetime.date, number_format: str) -> Any:
    if value.year < 1900:  # earlier than the days that Excel can count
        return value.isoformat()
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = number_format
    return cell
