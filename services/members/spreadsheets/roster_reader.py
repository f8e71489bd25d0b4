"""Reads a roster file: the two sheets of ``domain.roster.form`` as plain rows with the row numbers that Excel shows.

Owns the way from a file to plain cells. Judges the file as a whole (``FileRefused``), never a row: what a row means and whether
it fits is for the domain.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

import python_calamine

from services.members.domain.roster.form import MEMBERS_SHEET, ORGANISATIONS_SHEET, Column, OrganisationColumn
from services.members.domain.roster.rows import Cell, RawRow
from services.members.spreadsheets.package import MAX_SHEETS, Breathe, clean_copy
from services.members.spreadsheets.refusal import FileFault, FileRefused

MAX_ORGANISATIONS = 5_000
"""Three times the branches of the product's county."""
ROWS_A_BREATH = 500

_MARKS = str.maketrans("", "", "*※ \n\r\t\u3000")
"""What people put into a header beside the name: a star for what is needed, a line break to make it narrow."""


class RosterFile:
    """A file that can be read. Rows are made one at a time; both sheets may be gone through again."""

    def __init__(self, organisations: list[RawRow], members: Any, columns: dict[int, str], breathe: Breathe) -> None:
        self.organisations = tuple(organisations)
        self._members = members
        self._columns = columns
        self._breathe = breathe

    @property
    def member_rows(self) -> int:
        """How many rows the sheet of members has at most: blank ones are counted here and not given out."""
        return _rows_beneath_header(self._members)

    def members(self) -> Iterator[RawRow]:
        return _rows(self._members, self._columns, self._breathe)


def read_roster(file: BinaryIO, breathe: Breathe = lambda: None) -> RosterFile:
    """Opens a roster file. Raises FileRefused for what makes the whole file unusable; nothing else gets out of a bad file.

    ``breathe`` is called now and then, so that a process that has other things to do can do them in between.
    """
    copy = clean_copy(file, breathe)
    sheets = _sheets(copy)
    if MEMBERS_SHEET not in sheets:
        raise FileRefused(FileFault.SHEET_MISSING, sheet=MEMBERS_SHEET)
    columns = _columns(sheets[MEMBERS_SHEET], MEMBERS_SHEET, tuple(Column))
    organisations: list[RawRow] = []
    if ORGANISATIONS_SHEET in sheets:
        sheet = sheets[ORGANISATIONS_SHEET]
        wanted = _columns(sheet, ORGANISATIONS_SHEET, tuple(OrganisationColumn))
        if _rows_beneath_header(sheet) > MAX_ORGANISATIONS:
            raise FileRefused(FileFault.TOO_MANY_ROWS, limit=str(MAX_ORGANISATIONS), sheet=ORGANISATIONS_SHEET)
        organisations = list(_rows(sheet, wanted, breathe))
    roster = RosterFile(organisations, sheets[MEMBERS_SHEET], columns, breathe)
    if not organisations and next(roster.members(), None) is None:
        raise FileRefused(FileFault.NO_ROWS)
    return roster


def _sheets(copy: BinaryIO) -> dict[str, Any]:
    """The sheets of the form that the file has. calamine is written in Rust, whose panics come as a BaseException of a class that
    can't be imported: whatever the checks before it have missed must end as a refusal, not as the end of the process."""
    try:
        workbook = python_calamine.load_workbook(copy)
        names = workbook.sheet_names
        if len(names) > MAX_SHEETS:
            raise FileRefused(FileFault.TOO_MANY_SHEETS, limit=str(MAX_SHEETS))
        wanted = [name for name in (MEMBERS_SHEET, ORGANISATIONS_SHEET) if name in names]
        return {name: workbook.get_sheet_by_name(name) for name in wanted}
    except (python_calamine.CalamineError, OSError, ValueError):
        raise FileRefused(FileFault.DAMAGED) from None
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise FileRefused(FileFault.DAMAGED) from None
        raise


def _columns(sheet: Any, sheet_name: str, wanted: tuple[str, ...]) -> dict[int, str]:
    """Which column stands where. A column that is missing, unknown or there twice is refused: a mistyped header would lose a
    column in silence. Unknown ones are told by their letter: a sheet without a header has people's data in its first row."""
    header: list[Any] = next(sheet.iter_rows(), [])
    offset = sheet.start[1] if sheet.start else 0
    found: dict[int, str] = {}
    unknown: list[str] = []
    for place, value in enumerate(header):
        name = unicodedata.normalize("NFKC", str(value)).translate(_MARKS)
        if name in wanted:
            found[place] = name
        elif name:
            unknown.append(chr(ord("A") + offset + place))
    names = list(found.values())
    wrong = {
        "missing": [str(name) for name in wanted if name not in names],
        "unknown": unknown,
        "repeated": [str(name) for name in wanted if names.count(name) > 1],
    }
    if any(wrong.values()):
        detail = {kind: " ".join(columns) for kind, columns in wrong.items() if columns}
        raise FileRefused(FileFault.COLUMNS_WRONG, sheet=sheet_name, **detail)
    return found


def _rows_beneath_header(sheet: Any) -> int:
    """calamine counts the last row from 0, the header being row 0."""
    return int(sheet.end[0]) if sheet.end else 0


def _rows(sheet: Any, columns: dict[int, str], breathe: Breathe) -> Iterator[RawRow]:
    """The rows beneath the header that hold anything."""
    for number, values in enumerate(sheet.iter_rows(), start=1):
        if number == 1:
            continue
        cells = {column: plain_cell(values[place]) for place, column in columns.items()}
        if any(cell is not None for cell in cells.values()):
            yield RawRow(number, cells)
        if number % ROWS_A_BREATH == 0:
            breathe()


def plain_cell(value: Any) -> Cell:
    """A cell as the domain takes it: trimmed text, a whole number, a day or nothing. Numbers with a fraction, times and truth
    values become text, which no column of the form accepts for anything but words."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else str(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, (int, date)):
        return value
    return None if value is None else str(value)
