"""Writes a roster file in the form of ``domain.roster.form``, so that what is exported can be imported again without a change.

Owns the look of the file and the order of its columns; ``sheet_rows`` puts the rows in. Everything is written as text but the
dates: identity numbers and phones keep all their digits, and nothing that somebody once typed can become a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, BinaryIO

import xlsxwriter

from services.members.domain.identity_number import Sex
from services.members.domain.membership import Status
from services.members.domain.organisation import Organisation
from services.members.domain.roster import form
from services.members.domain.roster.form import Column, MemberClass, OrganisationColumn
from services.members.spreadsheets.scan import MAX_ROWS
from services.members.spreadsheets.sheet_rows import SheetCell, fill_sheets

ROWS_A_BREATH = 500
_WIDTHS: dict[str, int] = {
    Column.IDENTITY_NUMBER: 22,
    Column.PHONE: 14,
    Column.BRANCH_CODE: 16,
    Column.BRANCH_NAME: 36,
    Column.MEMBER_CLASS: 20,
    Column.JOINED_ON: 26,
    Column.FULL_ON: 13,
    Column.BRANCH_SINCE: 16,
    Column.HOUSEHOLD: 16,
    Column.AWAY_PLACE: 24,
    OrganisationColumn.CODE: 18,
    OrganisationColumn.NAME: 44,
    OrganisationColumn.PARENT_CODE: 18,
}
_USUAL_WIDTH = 11
_DAYS = frozenset({Column.JOINED_ON, Column.FULL_ON, Column.BRANCH_SINCE})
_CHOICES: dict[Column, list[str]] = {
    Column.SEX: list(form.SEX_WORDS.values()),
    Column.STATUS: list(form.STATUS_WORDS.values()),
    Column.MEMBER_CLASS: list(form.CLASS_WORDS.values()),
    Column.AWAY: [form.YES, form.NO],
}
"""Offered as drop-down lists to whoever fills the form."""


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One member as the form shows him, identity number and phone in full."""

    name: str
    identity_number: str
    sex: Sex
    nation: str
    phone: str
    branch_code: str
    branch_name: str
    status: Status
    member_class: MemberClass
    joined_on: date
    full_on: date | None
    branch_since: date | None
    household: str
    away: bool
    away_place: str


class TooManyLines(Exception):
    """More members than a file of this form may hold; nothing usable was written."""


def write_roster(
    target: BinaryIO,
    organisations: Iterable[Organisation],
    members: Iterable[RosterLine],
    made_at: datetime,
    breathe: Callable[[], None] = lambda: None,
) -> int:
    """Writes both sheets to ``target``, holding a few hundred rows at most, and says how many members were written. The same
    content made at the same instant gives the same bytes."""
    counted = _Counted(members, breathe)
    rows = {form.MEMBERS_SHEET: counted.cells(), form.ORGANISATIONS_SHEET: map(_organisation_cells, organisations)}
    fill_sheets(_frame(made_at), target, rows)
    return counted.count


class _Counted:
    """Turns members into cells, counts them, and lets others work in between."""

    def __init__(self, members: Iterable[RosterLine], breathe: Callable[[], None]) -> None:
        self.count = 0
        self._members = members
        self._breathe = breathe

    def cells(self) -> Iterator[tuple[SheetCell, ...]]:
        for line in self._members:
            self.count += 1
            if self.count >= MAX_ROWS:
                raise TooManyLines
            if self.count % ROWS_A_BREATH == 0:
                self._breathe()
            yield _member_cells(line)


def _member_cells(line: RosterLine) -> tuple[SheetCell, ...]:
    """In the order of ``Column``. Texts that people choose freely are guarded; the others are of the form's own words."""
    return (
        form.guarded(line.name),
        line.identity_number,
        form.SEX_WORDS[line.sex],
        line.nation,
        line.phone,
        line.branch_code,
        form.guarded(line.branch_name),
        form.STATUS_WORDS[line.status],
        form.CLASS_WORDS[line.member_class],
        line.joined_on,
        line.full_on,
        line.branch_since,
        form.guarded(line.household),
        form.YES if line.away else form.NO,
        form.guarded(line.away_place),
    )


def _organisation_cells(one: Organisation) -> tuple[SheetCell, ...]:
    return (one.code, form.guarded(one.name), form.KIND_WORDS[one.kind], one.parent_code)


def _frame(made_at: datetime) -> BytesIO:
    """The workbook with its headers and without a row."""
    frame = BytesIO()
    book = xlsxwriter.Workbook(frame, {"in_memory": True})
    book.set_properties({"created": made_at.replace(tzinfo=None)})
    header = book.add_format({"bold": True, "bottom": 1, "num_format": "@", "text_wrap": True, "valign": "vcenter"})
    text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "yyyy-mm-dd"})
    members = book.add_worksheet(form.MEMBERS_SHEET)
    _head(members, tuple(Column), header, lambda column: day if column in _DAYS else text)
    for place, column in enumerate(Column):
        if column in _CHOICES:
            members.data_validation(1, place, MAX_ROWS - 1, place, {"validate": "list", "source": _CHOICES[column]})
    organisations = book.add_worksheet(form.ORGANISATIONS_SHEET)
    _head(organisations, tuple(OrganisationColumn), header, lambda _column: text)
    book.close()
    return frame


def _head(sheet: Any, columns: tuple[str, ...], header: Any, look: Callable[[str], Any]) -> None:
    """Header, widths, and the look of the empty cells beneath, so that what somebody adds later stays text too."""
    sheet.freeze_panes(1, 1)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDTHS.get(column, _USUAL_WIDTH), look(column))
        sheet.write_string(0, place, column, header)
