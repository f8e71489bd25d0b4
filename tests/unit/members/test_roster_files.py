"""Roster files that are good: what Excel and people do to them, and that an exported file comes in again unchanged."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.members.domain.organisation import Kind, Organisation
from services.members.domain.roster.form import Column, OrganisationColumn
from services.members.domain.roster.organisations import Outcome, plan_organisations
from services.members.domain.roster.rows import RawRow, check_row
from services.members.spreadsheets import roster_writer
from services.members.spreadsheets.roster_reader import RosterFile, plain_cell, read_roster
from services.members.spreadsheets.roster_writer import RosterLine, TooManyLines
from tests.unit.members.roster_kit import COUNTY, ORGANISATIONS, TODAY, MemoryRoster, identity_number
from tests.unit.members.workbook_kit import (
    HEADER,
    ROW,
    SHEET,
    good,
    line,
    parts,
    replaced,
    roster_book,
    workbook,
    written,
)


def opened(data: bytes) -> RosterFile:
    return read_roster(io.BytesIO(data))


def read(data: bytes) -> list[RawRow]:
    return list(opened(data).members())


def test_rows_carry_the_numbers_that_excel_shows() -> None:
    rows = read(roster_book(ROW, (None,) * 15, ROW))
    assert [row.number for row in rows] == [2, 4]
    assert rows[0].cells[Column.JOINED_ON] == date(2015, 7, 1)
    assert opened(roster_book(ROW, (None,) * 15, ROW)).member_rows == 3


def test_columns_stand_in_any_order_and_headers_may_be_adorned() -> None:
    header = tuple(reversed([f"*{name[:2]}\n{name[2:]} " for name in HEADER]))
    assert read(roster_book(tuple(reversed(ROW)), header=header))[0].cells == read(roster_book())[0].cells


def test_sheet_may_begin_in_another_column() -> None:
    shifted = workbook({"党员名册": [(None, *HEADER), (None, *ROW)]})
    assert read(shifted)[0].cells == read(roster_book())[0].cells


def test_both_sheets_can_be_gone_through_again() -> None:
    file = opened(good())
    assert list(file.members()) == list(file.members())
    assert [row.cells[OrganisationColumn.CODE] for row in file.organisations] == list(ORGANISATIONS)


def test_sheet_of_organisations_may_be_left_out_and_that_of_members_be_empty() -> None:
    assert opened(roster_book()).organisations == ()
    assert read(written([])) == []


def test_other_sheets_notes_and_drop_down_lists_do_no_harm() -> None:
    def tweak(book: Any) -> None:
        notes = book.add_worksheet("填表说明")
        notes.write_string(0, 0, "姓名应与身份证一致")
        sheet = book.worksheets()[0]
        sheet.write_comment(1, 0, "请核对")
        sheet.write_url(30, 0, "https://example.org/")
        sheet.data_validation(1, 7, 9, 7, {"validate": "list", "source": "=填表说明!$A$1:$A$3"})
        sheet.conditional_format(1, 0, 9, 0, {"type": "formula", "criteria": "=$A1>1", "format": book.add_format()})
        book.define_name("区域", "=填表说明!$A$1")

    assert len(read(roster_book(tweak=tweak))) == 2


def test_references_of_newer_drop_down_lists_are_no_formulas() -> None:
    extension = (
        b'<extLst><ext><x14:f xmlns:x14="http://schemas.microsoft.com/office/excel/2006/main">'
        b"Sheet2!$A$1</x14:f></ext></extLst></worksheet>"
    )
    assert len(read(replaced(good(), b"</worksheet>", extension))) == 1


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("  x\u3000", "x"),
        ("   ", None),
        ("", None),
        (None, None),
        (17.0, 17),
        (1.5, "1.5"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (True, "True"),
        (datetime(2020, 1, 2, 3, 4), date(2020, 1, 2)),  # noqa: DTZ001 - Excel's times have no zone
        (date(2020, 1, 2), date(2020, 1, 2)),
        (1e300, int(1e300)),
    ],
)
def test_cells_become_plain(value: Any, cell: Any) -> None:
    assert plain_cell(value) == cell
    assert type(plain_cell(value)) is type(cell)


def test_identity_number_kept_as_a_number_is_told_apart() -> None:
    broken = list(ROW)
    broken[1] = 510799199003149996
    (row,) = read(roster_book(broken))
    assert [str(problem) for problem in check_row(row, TODAY).problems] == ["identity_number_as_number:公民身份号码"]


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufffe\uffff"), max_size=12
).map(str.strip)
TRICKY = st.one_of(
    WORDS,
    st.sampled_from(
        [
            "=1+1",
            "+1",
            "-1",
            "@x",
            "'",
            "'=1",
            "''-1",
            "<r>x</r>",
            "<r><t>a</t></r>",
            "a&b",
            "]]>",
            "_x0041_",
            "_x005F_",
            '"',
            "&lt;",
        ]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TRICKY, TRICKY), max_size=4), st.dates(date(1950, 1, 1), date(2026, 1, 1)))
def test_every_text_comes_back_as_it_was(texts: list[tuple[str, str]], day: date) -> None:
    lines = [
        line(
            household=household,
            away=bool(place),
            away_place=place,
            branch_since=day,
            joined_on=date(1949, 10, 1),
            identity_number=identity_number(date(1930, 1, 1)),
            full_on=None,
        )
        for household, place in texts
    ]
    rows = [check_row(row, TODAY).row for row in read(written([*lines, line()]))][: len(lines)]
    for before, after in zip(lines, rows, strict=True):
        assert after is not None
        assert (after.household, after.away_place, after.branch_since) == (before.household, before.away_place, day)


PEOPLE = [
    line(),
    line(
        name="吉克·木呷", nation="彝族", identity_number=identity_number(date(1970, 1, 31), 1), phone="", household=""
    ),
    line(name="陈\U0002b5af䶮", identity_number=identity_number(date(1955, 2, 28), 3), away=True, away_place="=成都"),
    line(
        name="马\U0002cc56",
        identity_number=identity_number(date(1999, 12, 31), 5),
        full_on=None,
        branch_since=date(2026, 11, 24),
    ),
]


def test_exported_file_comes_in_again_without_a_change() -> None:
    first = opened(written(PEOPLE))
    roster = MemoryRoster()
    roster.apply(roster.plan(first.members(), organisation_rows=first.organisations))
    again = opened(written(PEOPLE))
    plan = roster.plan(again.members(), organisation_rows=again.organisations)
    assert plan.counts.unchanged == plan.counts.total == len(PEOPLE)
    assert [one.outcome for one in plan.organisations.outcomes] == [Outcome.UNCHANGED] * len(ORGANISATIONS)


def test_organisations_with_names_that_look_like_formulas_survive() -> None:
    odd = Organisation("t09", "=党委", Kind.TOWNSHIP_COMMITTEE, "yt")
    file = opened(written([line()], [*ORGANISATIONS.values(), odd]))
    plan = plan_organisations({**ORGANISATIONS, "t09": odd}, file.organisations, COUNTY)
    assert {one.outcome for one in plan.outcomes} == {Outcome.UNCHANGED}


def test_rows_read_the_same_as_those_that_xlsxwriter_writes() -> None:
    assert read(good())[0].cells == read(roster_book())[0].cells


def test_same_content_gives_the_same_bytes() -> None:
    assert written(PEOPLE) == written(PEOPLE)


def test_no_cell_of_an_export_is_a_formula_or_a_number_but_the_dates() -> None:
    sheet = parts(written([line(household="=1+1", away=True, away_place="@SUM(A1)")]))[SHEET].decode()
    assert "<f>" not in sheet
    assert ">&#39;=1+1<" in sheet or ">'=1+1<" in sheet
    assert sheet.count("<v>") == 3 + len(HEADER)


def test_text_cells_and_dates_keep_their_look_beneath_the_header() -> None:
    content = parts(good())
    assert content[SHEET].count(b'<dataValidation type="list"') == 4
    assert b'state="frozen"' in content[SHEET]
    with zipfile.ZipFile(io.BytesIO(good())) as book:
        assert book.testzip() is None


def test_member_whom_no_form_can_hold_any_more_stops_the_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster_writer, "MAX_ROWS", 3)
    assert len(read(written([line(), line()]))) == 2
    with pytest.raises(TooManyLines):
        written([line()] * 3)


def test_export_lets_others_work_in_between() -> None:
    breaths: list[int] = []
    members: list[RosterLine] = [line()] * 1200
    roster_writer.write_roster(io.BytesIO(), [], members, datetime(2026, 1, 1), lambda: breaths.append(1))  # noqa: DTZ001
    assert len(breaths) == 2
    target = io.BytesIO(written(members))
    assert len(list(read_roster(target, lambda: breaths.append(1)).members())) == 1200
    assert len(breaths) > 10
