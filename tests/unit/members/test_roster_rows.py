"""What a row of the roster can tell by itself, and what is wrong with it, row and column named."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.members.messages import MemberClass as ContractClass
from services.contracts.members.messages import MemberStatus
from services.members.domain.identity_number import Sex
from services.members.domain.membership import Status
from services.members.domain.roster import form
from services.members.domain.roster.form import Column, MemberClass, guarded, unguarded
from services.members.domain.roster.rows import RawRow, check_row, read_day
from tests.unit.members.roster_kit import GOOD, TODAY, identity_number, raw


def test_good_row_comes_out_in_codes() -> None:
    row = check_row(raw(), TODAY).row
    assert row is not None
    assert (row.name, row.sex, row.status, row.member_class) == ("李晓峰", Sex.MALE, Status.FULL, MemberClass.FARMER)
    assert (row.birth_date, row.joined_on, row.branch_since) == (date(1990, 3, 14), date(2015, 7, 1), date(2020, 5, 20))
    assert (row.away, row.away_place, row.household) == (False, "", "001")


def test_codes_are_those_of_the_contracts() -> None:
    assert [code.value for code in MemberClass] == [code.value for code in ContractClass]
    assert [code.value for code in Status] == [code.value for code in MemberStatus]


def test_every_code_has_a_word_and_every_word_leads_back() -> None:
    assert {form.STATUSES[word] for word in form.STATUS_WORDS.values()} == set(Status)
    assert {form.CLASSES[word] for word in form.CLASS_WORDS.values()} == set(MemberClass)
    assert set(form.KIND_WORDS.values()) <= set(form.KINDS)
    assert form.STATUSES["出党"] is form.STATUSES["除名"] is Status.REMOVED


@pytest.mark.parametrize(
    "changes",
    [
        {"NAME": "李 晓\u3000峰"},
        {"IDENTITY_NUMBER": identity_number(place=1).lower()},
        {"IDENTITY_NUMBER": " 510799 19900314 9996 "},
        {"NATION": "汉"},
        {"PHONE": None},
        {"PHONE": 15400000001},
        {"PHONE": "+86 154 0000 0001"},
        {"PHONE": "'+8615400000001"},
        {"BRANCH_CODE": "T01V01"},
        {"BRANCH_NAME": None},
        {"MEMBER_CLASS": "村（社区）干部"},
        {"MEMBER_CLASS": "村干部"},
        {"JOINED_ON": "2015年7月1日"},
        {"JOINED_ON": 20150701},
        {"FULL_ON": None},
        {"BRANCH_SINCE": None},
        {"HOUSEHOLD": 17},
        {"HOUSEHOLD": "'=1+1"},
        {"AWAY": None},
        {"AWAY": "是"},
        {"AWAY": "是", "AWAY_PLACE": "四川省成都市"},
        {"STATUS": "预备党员", "FULL_ON": None},
        {"JOINED_ON": date(2016, 7, 1)},
    ],
)
def test_what_people_write_differently_is_understood(changes: dict[str, Any]) -> None:
    assert check_row(raw(**changes), TODAY).problems == ()


FUTURE = date(2026, 11, 25)
BAD_CELLS: list[tuple[dict[str, Any], str, str]] = [
    ({"NAME": None}, "NAME", "missing_field"),
    ({"NAME": "   "}, "NAME", "missing_field"),
    ({"NAME": 7}, "NAME", "text_expected"),
    ({"NAME": "李3"}, "NAME", "name_form"),
    ({"NAME": "李\ue863"}, "NAME", "name_form"),
    ({"NAME": "=李晓峰"}, "NAME", "looks_like_formula"),
    ({"NAME": "李" * 200}, "NAME", "too_long"),
    ({"IDENTITY_NUMBER": None}, "IDENTITY_NUMBER", "missing_field"),
    ({"IDENTITY_NUMBER": 510799199003149952}, "IDENTITY_NUMBER", "identity_number_as_number"),
    ({"IDENTITY_NUMBER": "5107991990031499"}, "IDENTITY_NUMBER", "identity_number_length"),
    ({"IDENTITY_NUMBER": "51079919900314999Z"}, "IDENTITY_NUMBER", "identity_number_characters"),
    ({"IDENTITY_NUMBER": "510799199002309990"}, "IDENTITY_NUMBER", "identity_number_birth_date"),
    ({"IDENTITY_NUMBER": "510799199003149990"}, "IDENTITY_NUMBER", "identity_number_check_digit"),
    ({"SEX": None}, "SEX", "missing_field"),
    ({"SEX": "M"}, "SEX", "sex_unknown"),
    ({"SEX": "女"}, "SEX", "sex_disagrees_with_identity_number"),
    ({"NATION": None}, "NATION", "missing_field"),
    ({"NATION": "火星"}, "NATION", "nation_unknown"),
    ({"PHONE": "1381234"}, "PHONE", "phone_form"),
    ({"PHONE": "12345678901"}, "PHONE", "phone_form"),
    ({"PHONE": "-15400000001"}, "PHONE", "looks_like_formula"),
    ({"BRANCH_CODE": None}, "BRANCH_CODE", "missing_field"),
    ({"BRANCH_CODE": "t-01"}, "BRANCH_CODE", "code_form"),
    ({"BRANCH_CODE": date(2026, 3, 12)}, "BRANCH_CODE", "text_expected"),
    ({"BRANCH_NAME": "名" * 61}, "BRANCH_NAME", "too_long"),
    ({"STATUS": None}, "STATUS", "missing_field"),
    ({"STATUS": "党员"}, "STATUS", "status_unknown"),
    ({"MEMBER_CLASS": None}, "MEMBER_CLASS", "missing_field"),
    ({"MEMBER_CLASS": "农民工"}, "MEMBER_CLASS", "class_unknown"),
    ({"JOINED_ON": None}, "JOINED_ON", "missing_field"),
    ({"JOINED_ON": "去年"}, "JOINED_ON", "date_form"),
    ({"JOINED_ON": "2015-02-30"}, "JOINED_ON", "date_form"),
    ({"JOINED_ON": 42186}, "JOINED_ON", "date_form"),
    ({"JOINED_ON": FUTURE}, "JOINED_ON", "date_in_future"),
    ({"JOINED_ON": date(1921, 6, 30)}, "JOINED_ON", "date_too_early"),
    ({"JOINED_ON": date(1990, 3, 14)}, "JOINED_ON", "date_order"),
    ({"FULL_ON": date(2015, 6, 30)}, "FULL_ON", "date_order"),
    ({"FULL_ON": FUTURE}, "FULL_ON", "date_in_future"),
    ({"STATUS": "预备党员"}, "FULL_ON", "full_date_of_probationary_member"),
    ({"BRANCH_SINCE": date(2015, 6, 30)}, "BRANCH_SINCE", "date_order"),
    ({"BRANCH_SINCE": FUTURE}, "BRANCH_SINCE", "date_in_future"),
    ({"HOUSEHOLD": "户\x07"}, "HOUSEHOLD", "control_characters"),
    ({"HOUSEHOLD": "户" * 41}, "HOUSEHOLD", "too_long"),
    ({"HOUSEHOLD": "@SUM(A1)"}, "HOUSEHOLD", "looks_like_formula"),
    ({"HOUSEHOLD": date(2026, 3, 12)}, "HOUSEHOLD", "text_expected"),
    ({"AWAY": "也许"}, "AWAY", "away_unknown"),
    ({"AWAY_PLACE": "四川省成都市"}, "AWAY_PLACE", "place_without_away"),
    ({"AWAY": "是", "AWAY_PLACE": "+成都"}, "AWAY_PLACE", "looks_like_formula"),
]


@pytest.mark.parametrize(("changes", "column", "code"), BAD_CELLS)
def test_each_bad_cell_is_named_by_row_column_and_code(changes: dict[str, Any], column: str, code: str) -> None:
    checked = check_row(raw(17, **changes), TODAY)
    assert checked.row is None
    assert [(one.row, one.column, one.code) for one in checked.problems] == [(17, Column[column], code)]


def test_all_problems_of_a_row_come_at_once() -> None:
    empty = RawRow(5, dict.fromkeys(Column))
    assert {problem.column for problem in check_row(empty, TODAY).problems} == {
        *(Column.NAME, Column.IDENTITY_NUMBER, Column.SEX, Column.NATION, Column.BRANCH_CODE, Column.STATUS),
        *(Column.MEMBER_CLASS, Column.JOINED_ON),
    }


@given(st.dictionaries(st.sampled_from(list(Column)), st.one_of(st.none(), st.text(), st.integers(), st.dates())))
def test_any_cells_are_judged_and_none_is_repeated_to_anybody(changes: dict[str, Any]) -> None:
    checked = check_row(RawRow(9, {**GOOD, **changes}), TODAY)
    assert (checked.row is None) == bool(checked.problems)
    for problem in checked.problems:
        assert problem.other in {"", *Column, str(form.MAX_HOUSEHOLD), str(form.MAX_PLACE), str(2 * form.MAX_PLACE)}


@given(st.text())
def test_guard_is_taken_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(form.FORMULA_SIGNS)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2015-7-1", date(2015, 7, 1)),
        ("2015/07/01", date(2015, 7, 1)),
        ("2015.7.1", date(2015, 7, 1)),
        ("2015年07月01日", date(2015, 7, 1)),
        ("２０１５-７-１", date(2015, 7, 1)),
        ("20150701", date(2015, 7, 1)),
        (20150701, date(2015, 7, 1)),
        ("2015年7月", None),
        ("1.7.2015", None),
        ("2015-13-01", None),
        ("", None),
        (None, None),
    ],
)
def test_ways_to_write_a_day(cell: Any, day: date | None) -> None:
    assert read_day(cell) == day
