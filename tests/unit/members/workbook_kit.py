"""Excel files made by code: good ones by the writer, odd ones by xlsxwriter, bad ones by cutting a good one open."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter

from services.members.domain.identity_number import Sex
from services.members.domain.membership import Status
from services.members.domain.organisation import Organisation
from services.members.domain.roster.form import (
    MEMBERS_SHEET,
    ORGANISATIONS_SHEET,
    Column,
    MemberClass,
    OrganisationColumn,
)
from services.members.spreadsheets.roster_writer import RosterLine, write_roster
from tests.unit.members.roster_kit import GOOD, ORGANISATIONS, identity_number

MADE_AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SHEET, SHEET_2 = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
HEADER: tuple[str, ...] = tuple(Column)
ROW: tuple[Any, ...] = tuple(GOOD[column] for column in Column)


def line(**changes: Any) -> RosterLine:
    """A good line with these fields changed."""
    fields: dict[str, Any] = {
        "name": "李晓峰",
        "identity_number": identity_number(),
        "sex": Sex.MALE,
        "nation": "汉族",
        "phone": "15400000001",
        "branch_code": "t01v01",
        "branch_name": "青龙村党支部",
        "status": Status.FULL,
        "member_class": MemberClass.FARMER,
        "joined_on": date(2015, 7, 1),
        "full_on": date(2016, 7, 1),
        "branch_since": date(2020, 5, 20),
        "household": "001",
        "away": False,
        "away_place": "",
    }
    return RosterLine(**{**fields, **changes})


def written(lines: Iterable[RosterLine], organisations: Iterable[Organisation] = ORGANISATIONS.values()) -> bytes:
    target = io.BytesIO()
    write_roster(target, organisations, lines, MADE_AT)
    return target.getvalue()


def good() -> bytes:
    return written([line()])


def workbook(sheets: dict[str, Sequence[Sequence[Any]]], tweak: Callable[[Any], None] | None = None) -> bytes:
    """A workbook by xlsxwriter itself, shared strings and all, with these cells; ``tweak`` may do more to it."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False})
    day = book.add_format({"num_format": "yyyy/m/d"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                elif cell is not None:
                    sheet.write_number(number, place, cell)
    if tweak:
        tweak(book)
    book.close()
    return target.getvalue()


def roster_book(
    *rows: Sequence[Any], header: Sequence[Any] = HEADER, tweak: Callable[[Any], None] | None = None
) -> bytes:
    return workbook({MEMBERS_SHEET: [header, *(rows or (ROW,))]}, tweak)


def organisation_book(*rows: Sequence[Any], header: Sequence[Any] = tuple(OrganisationColumn)) -> bytes:
    return workbook({MEMBERS_SHEET: [HEADER], ORGANISATIONS_SHEET: [header, *rows]})


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist()}


def zipped(content: Iterable[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as book:
        for name, data in content:
            book.writestr(name, data)
    return target.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The workbook with this part added or put in the place of the one of that name."""
    return zipped({**parts(data), name: content}.items())


def without_part(data: bytes, name: str) -> bytes:
    return zipped((part, content) for part, content in parts(data).items() if part != name)


def replaced(data: bytes, old: bytes, new: bytes, name: str = SHEET) -> bytes:
    """The workbook with the first such bytes of a part replaced. They must be there, or the case would test nothing."""
    content = parts(data)[name]
    assert old in content
    return with_part(data, name, content.replace(old, new, 1))


def patched(data: bytes, offset_from_end: int, form: str, *values: int) -> bytes:
    """The file with figures of its end record overwritten, counted from the start of that record."""
    start = data.rindex(b"PK\x05\x06") + offset_from_end
    size = struct.calcsize(form)
    return data[:start] + struct.pack(form, *values) + data[start + size :]
