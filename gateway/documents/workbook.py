"""Tables as an Excel workbook. A text that a spreadsheet would read as a formula is written as text and marked as such."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO

import xlsxwriter

from gateway.documents.sheets import MAX_ROWS, Fen, Rate, Sheet, Value

FORMULA_STARTS = ("=", "+", "-", "@")
"""What makes a cell a formula where the file is opened, saved as text and opened again."""
MAX_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
MONEY_FORMAT, RATE_FORMAT, WHOLE_FORMAT = "#,##0.00", "0.00%", "#,##0"


def write_workbook(sheets: Sequence[Sheet]) -> bytes:
    """One worksheet each. Amounts are numbers of yuan and rates are numbers, so that they can be added up."""
    target = BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    for sheet in sheets:
        _write(book, sheet)
    book.close()
    return target.getvalue()


def escaped(text: str) -> str:
    """A text that begins like a formula gets the apostrophe with which spreadsheets mark a text."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _write(book: xlsxwriter.Workbook, sheet: Sheet) -> None:
    page = book.add_worksheet(_NOT_IN_TITLES.sub(" ", sheet.title)[:MAX_TITLE])
    bold = book.add_format({"bold": True})
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#F7F5F2", "text_wrap": True})
    money, share = book.add_format({"num_format": MONEY_FORMAT}), book.add_format({"num_format": RATE_FORMAT})
    formats = {Fen: money, Rate: share, int: book.add_format({"num_format": WHOLE_FORMAT})}
    page.write_string(0, 0, escaped(sheet.title), bold)
    above = [*sheet.facts, *(["模拟支付环境 · 本表不代表真实缴费"] if sheet.simulated else [])]
    for line, fact in enumerate(above, start=1):
        page.write_string(line, 0, escaped(fact))
    top = len(above) + 2
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, max(10, column.width * 2))
        page.write_string(top, place, escaped(column.title), head)
    page.freeze_panes(top + 1, 1)
    lines = (*sheet.rows[:MAX_ROWS], *((sheet.total,) if sheet.total is not None else ()))
    for line_no, row in enumerate(lines, start=top + 1):
        for place, value in enumerate(row):
            _cell(page, line_no, place, value, formats)
    for line_no, note in enumerate(sheet.notes, start=top + len(lines) + 2):
        page.write_string(line_no, 0, escaped(note))


def _cell(page: object, line: int, place: int, value: Value, formats: dict[type, object]) -> None:
    write_number, write_string = page.write_number, page.write_string  # type: ignore[attr-defined]
    if isinstance(value, Fen):
        # An exact decimal: the file writes it with all its digits.
        write_number(line, place, Decimal(value.amount).scaleb(-2), formats[Fen])
    elif isinstance(value, Rate):
        write_number(line, place, Decimal(value.basis_points).scaleb(-4), formats[Rate])
    elif isinstance(value, int):
        write_number(line, place, value, formats[int])
    elif value is not None:
        write_string(line, place, escaped(value))
