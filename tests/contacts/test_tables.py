"""Tables that other programs open: what is a number stays one, what looks like a formula runs nowhere."""

import csv
import datetime
import io
from decimal import Decimal

import openpyxl
import pytest
from django.utils import translation

from contacts.tables import is_like_a_formula, write_csv, write_xlsx

FORMULAS = [
    "=1+1",
    '=HYPERLINK("https://example.org";"Brief")',
    "+49 211 123",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    " =1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u00a0=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "=cmd|' /C calc'!A0",
    "-",
]
TEXTS = ["Berlin", "1989-11", "a=b", "Nora's", "'=1", "3+4", "胡衡华", "#Stadt", ""]


def as_csv(*rows: list, titles: tuple[str, ...] = ("Spalte",)) -> bytes:
    file = io.BytesIO()
    write_csv(file, titles, rows)
    return file.getvalue()


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def sheet_of(*rows: list, titles: tuple[str, ...] = ("Spalte",)):
    file = io.BytesIO()
    write_xlsx(file, titles, rows)
    return openpyxl.load_workbook(file).active


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_stands_behind_an_apostrophe_in_csv(text):
    cell = read_csv(as_csv([text]))[1][0]

    assert cell[0] == "'"
    assert "\x00" not in cell


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_a_text_in_xlsx_and_stays_one_when_edited(text):
    cell = sheet_of([text])["A2"]

    assert cell.data_type == "s"
    assert cell.quotePrefix


@pytest.mark.parametrize("text", FORMULAS)
def test_a_title_runs_nowhere_either(text):
    assert read_csv(as_csv(titles=(text,)))[0][0][0] == "'"
    assert sheet_of(titles=(text,))["A1"].data_type == "s"


@pytest.mark.parametrize("text", TEXTS)
def test_an_ordinary_text_is_left_as_it_is(text):
    assert not is_like_a_formula(text)
    assert read_csv(as_csv([text]))[1] == [text]
    assert (sheet_of([text])["A2"].value or "") == text


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#DIV/0!"])
def test_what_reads_like_an_error_is_a_text(text):
    assert sheet_of([text])["A2"].data_type == "s"


@pytest.mark.parametrize("text", ["a\x00b", "a\x0bb", "a\x1fb", "a\ufffeb", "a\ud800b"])
def test_what_no_table_can_hold_is_left_out(text):
    assert read_csv(as_csv([text]))[1] == ["ab"]
    assert sheet_of([text])["A2"].value == "ab"


@pytest.mark.parametrize("text", ["a;b", 'a"b', "a\nb", "a,=1+1", "a\t=1+1"])
def test_a_text_stays_in_its_cell(text):
    assert read_csv(as_csv([text, "next"]))[1] == [text, "next"]
    assert f'"{text}"'.replace('a"b', 'a""b').encode() in as_csv([text])


def test_excel_sees_by_a_mark_that_it_is_utf_8():
    assert as_csv(["Köln"]).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(("language", "number"), [("de", "6,78"), ("en", "6.78")])
def test_numbers_have_the_decimal_mark_of_the_reader(language, number):
    with translation.override(language):
        content = as_csv([Decimal("6.78"), 6.78, 12, -3, None])

    assert content.splitlines()[1].decode() == f"{number};{number};12;-3;"


def test_days_and_times_are_written_as_everybody_reads_them():
    day, moment = datetime.date(2024, 6, 22), datetime.datetime(2024, 6, 22, 8, 30)

    assert as_csv([day, moment]).splitlines()[1] == b"2024-06-22;2024-06-22 08:30"


def test_numbers_and_days_are_such_in_xlsx():
    day, moment = datetime.date(2024, 6, 22), datetime.datetime(2024, 6, 22, 8, 30)
    cells = sheet_of([Decimal("6.78"), 12, day, moment])[2]

    assert [(cell.data_type, cell.value) for cell in cells] == [
        ("n", 6.78),
        ("n", 12),
        ("d", datetime.datetime(2024, 6, 22)),
        ("d", moment),
    ]


def test_a_day_before_excel_began_to_count_is_a_text():
    assert sheet_of([datetime.date(1836, 5, 1)])["A2"].value == "1836-05-01"


def test_a_very_long_text_is_whole_in_csv():
    assert read_csv(as_csv(["a" * 100_000]))[1] == ["a" * 100_000]
    assert len(sheet_of(["a" * 100_000])["A2"].value) == 32_767
