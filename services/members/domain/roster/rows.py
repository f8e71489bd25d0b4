"""One row of the sheet of members: from plain cells to a checked row, or to everything that is wrong with it.

Owns what a row can tell by itself. What needs the tree or the present roster (unknown branch, duplicate, move) is for ``plan``.
A problem names row, column, a stable code and impersonal parameters. It never carries the content of a cell: in a sheet whose
columns have slipped, that content may be anybody's identity number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from services.members.domain.identity_number import IdentityNumber, IdentityNumberFault, Sex, read_identity_number
from services.members.domain.membership import Status
from services.members.domain.names import is_name, normal_name
from services.members.domain.nations import normal_nation
from services.members.domain.organisation import normal_code
from services.members.domain.roster import form
from services.members.domain.roster.form import Column, MemberClass
from services.members.domain.sign_in import normal_phone

Cell = str | int | date | None
"""What a sheet holds, told plainly: trimmed text, a whole number, a day, nothing. Never a float."""

T = TypeVar("T")

FOUNDING_DAY = date(1921, 7, 1)
"""Nobody was admitted before there was a Party."""
_DAY_TEXT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})", re.ASCII)


class ProblemCode(StrEnum):
    """Everything that can be wrong with a row, but for what is wrong with an identity number (``IdentityNumberFault``)."""

    MISSING = "missing_field"
    TEXT_EXPECTED = "text_expected"
    """A number or a date where words belong, often a code that the spreadsheet took for a date."""
    TOO_LONG = "too_long"
    CONTROL_CHARACTERS = "control_characters"
    LOOKS_LIKE_FORMULA = "looks_like_formula"
    NAME_FORM = "name_form"
    IDENTITY_NUMBER_AS_NUMBER = "identity_number_as_number"
    """Stored as a number, so that the spreadsheet has lost its last digits for ever."""
    IDENTITY_NUMBER_REPEATED = "identity_number_repeated"
    SEX_UNKNOWN = "sex_unknown"
    SEX_DISAGREES = "sex_disagrees_with_identity_number"
    NATION_UNKNOWN = "nation_unknown"
    PHONE_FORM = "phone_form"
    CODE_FORM = "code_form"
    STATUS_UNKNOWN = "status_unknown"
    CLASS_UNKNOWN = "class_unknown"
    DATE_FORM = "date_form"
    DATE_IN_FUTURE = "date_in_future"
    DATE_TOO_EARLY = "date_too_early"
    DATE_ORDER = "date_order"
    FULL_DATE_UNEXPECTED = "full_date_of_probationary_member"
    AWAY_UNKNOWN = "away_unknown"
    PLACE_WITHOUT_AWAY = "place_without_away"

    ORGANISATION_UNKNOWN = "organisation_unknown"
    ORGANISATION_NOT_A_BRANCH = "organisation_not_a_branch"
    ORGANISATION_NAME_DIFFERS = "organisation_name_differs"
    ORGANISATION_OUTSIDE = "organisation_outside_reach"
    MEMBER_OUTSIDE = "member_outside_reach"
    """He stands in another organisation's roster; he comes by a transfer, not by a list."""
    NEW_MEMBER_NOT_ACTIVE = "new_member_not_active"
    STATUS_NOT_NEXT = "status_may_not_follow"

    CODE_REPEATED = "code_repeated"
    KIND_UNKNOWN = "kind_unknown"
    KIND_FIXED = "kind_fixed"
    PARENT_UNKNOWN = "parent_unknown"
    PLACE_NOT_ALLOWED = "may_not_stand_there"
    SECOND_COUNTY_COMMITTEE = "second_county_committee"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one row; ``other`` is the other row, column or figure that it speaks of."""

    row: int
    column: str
    code: str
    other: str = ""

    def __str__(self) -> str:
        """As lists carry it: ``identity_number_repeated:公民身份号码:17``."""
        return ":".join(part for part in (self.code, self.column, self.other) if part)


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it came: its number as the spreadsheet shows it, and its cells by column."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row that holds together, in codes and written forms."""

    number: int
    name: str
    identity_number: str
    birth_date: date
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


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """The outcome of a row's own check. Name and identity number are there when they are right, so that a bad row still counts
    as seen; ``row`` only when nothing is wrong."""

    number: int
    name: str
    identity_number: str
    row: RosterRow | None
    problems: tuple[Problem, ...]


def check_row(raw: RawRow, today: date) -> CheckedRow:
    """Reads a row. Lists all problems at once, each column at most once, so that a file is mended in one go."""
    cells = Cells(raw)
    name = cells.name()
    identity = cells.identity_number(today)
    sex = cells.choice(Column.SEX, form.SEXES, ProblemCode.SEX_UNKNOWN)
    if identity and sex and identity.sex is not sex:
        cells.add(Column.SEX, ProblemCode.SEX_DISAGREES)
    nation = cells.nation()
    phone = cells.phone()
    branch_code = cells.code(Column.BRANCH_CODE)
    branch_name = cells.text(Column.BRANCH_NAME, form.MAX_ORGANISATION_NAME)
    status = cells.choice(Column.STATUS, form.STATUSES, ProblemCode.STATUS_UNKNOWN)
    member_class = cells.choice(Column.MEMBER_CLASS, form.CLASSES, ProblemCode.CLASS_UNKNOWN)
    joined_on = cells.day(Column.JOINED_ON, today, needed=True)
    full_on = cells.day(Column.FULL_ON, today)
    branch_since = cells.day(Column.BRANCH_SINCE, today)
    _check_order(cells, identity.birth_date if identity else None, joined_on, full_on, branch_since)
    if status is Status.PROBATIONARY and full_on:
        cells.add(Column.FULL_ON, ProblemCode.FULL_DATE_UNEXPECTED)
    household = cells.text(Column.HOUSEHOLD, form.MAX_HOUSEHOLD)
    away = cells.away()
    away_place = cells.text(Column.AWAY_PLACE, form.MAX_PLACE)
    if away_place and not away:
        cells.add(Column.AWAY_PLACE, ProblemCode.PLACE_WITHOUT_AWAY)
    row = None
    if not cells.problems:
        # An empty needed field is a problem, so that without problems all are there: one fact, not five.
        assert identity and sex and status and member_class and joined_on  # noqa: PT018
        row = RosterRow(
            number=raw.number,
            name=name,
            identity_number=identity.text,
            birth_date=identity.birth_date,
            sex=sex,
            nation=nation,
            phone=phone,
            branch_code=branch_code,
            branch_name=branch_name,
            status=status,
            member_class=member_class,
            joined_on=joined_on,
            full_on=full_on,
            branch_since=branch_since,
            household=household,
            away=away,
            away_place=away_place,
        )
    return CheckedRow(raw.number, name, identity.text if identity else "", row, tuple(cells.problems.values()))


def _check_order(
    cells: Cells, born_on: date | None, joined_on: date | None, full_on: date | None, branch_since: date | None
) -> None:
    """Birth, admission, full membership, this branch: in this order. A branch may be older than the full membership."""
    if joined_on and born_on and joined_on <= born_on:
        cells.add(Column.JOINED_ON, ProblemCode.DATE_ORDER, Column.IDENTITY_NUMBER)
    if joined_on and full_on and full_on < joined_on:
        cells.add(Column.FULL_ON, ProblemCode.DATE_ORDER, Column.JOINED_ON)
    if joined_on and branch_since and branch_since < joined_on:
        cells.add(Column.BRANCH_SINCE, ProblemCode.DATE_ORDER, Column.JOINED_ON)


@dataclass(slots=True)
class Cells:
    """Reads the cells of one row and keeps what is wrong with them, the first problem of each column."""

    raw: RawRow
    problems: dict[str, Problem] = field(default_factory=dict)

    def add(self, column: str, code: str, other: str = "") -> None:
        self.problems.setdefault(column, Problem(self.raw.number, column, code, other))

    def text(self, column: str, longest: int, *, needed: bool = False, numbers: bool = True) -> str:
        """The words of a cell, empty when there are none or when they are wrong. A whole number may stand for its digits."""
        cell = self.raw.cells.get(column)
        written = "" if cell is None else str(cell).strip()
        if not written:
            if needed:
                self.add(column, ProblemCode.MISSING)
            return ""
        if isinstance(cell, date) or (isinstance(cell, int) and not numbers):
            self.add(column, ProblemCode.TEXT_EXPECTED)
            return ""
        text = form.unguarded(written)
        if text is None:
            self.add(column, ProblemCode.LOOKS_LIKE_FORMULA)
        elif len(text) > longest:
            self.add(column, ProblemCode.TOO_LONG, str(longest))
        elif not text.isprintable() and any(unicodedata.category(c) in {"Cc", "Cs"} for c in text):
            self.add(column, ProblemCode.CONTROL_CHARACTERS)
        else:
            return text
        return ""

    def name(self) -> str:
        name = normal_name(self.text(Column.NAME, 2 * form.MAX_PLACE, needed=True, numbers=False))
        if Column.NAME not in self.problems and not is_name(name):
            self.add(Column.NAME, ProblemCode.NAME_FORM)
        return "" if Column.NAME in self.problems else name

    def identity_number(self, today: date) -> IdentityNumber | None:
        column = Column.IDENTITY_NUMBER
        if isinstance(self.raw.cells.get(column), int):
            self.add(column, ProblemCode.IDENTITY_NUMBER_AS_NUMBER)
            return None
        text = self.text(column, form.MAX_PLACE, needed=True)
        if not text:
            return None
        found = read_identity_number("".join(unicodedata.normalize("NFKC", text).split()), today)
        if isinstance(found, IdentityNumberFault):
            self.add(column, found)
            return None
        return found

    def nation(self) -> str:
        text = self.text(Column.NATION, form.MAX_PLACE, needed=True)
        nation = normal_nation(text)
        if text and nation is None:
            self.add(Column.NATION, ProblemCode.NATION_UNKNOWN)
        return nation or ""

    def phone(self) -> str:
        cell = self.raw.cells.get(Column.PHONE)
        if isinstance(cell, str) and cell.startswith("+86"):
            # The one sign at the front that belongs to the thing itself.
            text = cell[: form.MAX_PLACE]
        else:
            text = self.text(Column.PHONE, form.MAX_PLACE)
        phone = normal_phone(text)
        if text and phone is None:
            self.add(Column.PHONE, ProblemCode.PHONE_FORM)
        return phone or ""

    def code(self, column: str, *, needed: bool = True) -> str:
        text = self.text(column, form.MAX_PLACE, needed=needed)
        code = normal_code(text)
        if text and code is None:
            self.add(column, ProblemCode.CODE_FORM)
        return code or ""

    def choice(self, column: str, choices: Mapping[str, T], unknown: ProblemCode) -> T | None:
        text = unicodedata.normalize("NFKC", self.text(column, form.MAX_PLACE, needed=True))
        choice = choices.get(text)
        if text and choice is None:
            self.add(column, unknown)
        return choice

    def away(self) -> bool:
        text = self.text(Column.AWAY, form.MAX_PLACE)
        if text not in ("", form.YES, form.NO):
            self.add(Column.AWAY, ProblemCode.AWAY_UNKNOWN)
        return text == form.YES

    def day(self, column: str, today: date, *, needed: bool = False) -> date | None:
        cell = self.raw.cells.get(column)
        if cell is None or cell == "":
            if needed:
                self.add(column, ProblemCode.MISSING)
            return None
        day = read_day(cell)
        if day is None:
            self.add(column, ProblemCode.DATE_FORM)
        elif day > today:
            self.add(column, ProblemCode.DATE_IN_FUTURE)
        elif day < FOUNDING_DAY:
            self.add(column, ProblemCode.DATE_TOO_EARLY)
        else:
            return day
        return None


def read_day(cell: Cell) -> date | None:
    """A day from a date cell or from 2019-07-01, 2019/7/1, 2019.7.1, 2019年7月1日, 20190701; None for anything else."""
    if isinstance(cell, date):
        return cell
    match = _DAY_TEXT.fullmatch(unicodedata.normalize("NFKC", str(cell)).strip())
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None
