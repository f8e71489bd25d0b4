"""What a sheet of organisations would do to the tree (REG-8)."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.values import OrgPath
from services.members.domain.organisation import Kind, Organisation
from services.members.domain.roster.organisations import OrganisationsPlan, Outcome, plan_organisations
from tests.unit.members.roster_kit import COUNTY, ORGANISATIONS, MemoryRoster, raw, raw_organisation

Line = tuple[Any, Any, Any, Any]


def plan(*lines: Line, scope: OrgPath = COUNTY, existing: dict[str, Organisation] = ORGANISATIONS) -> OrganisationsPlan:
    return plan_organisations(existing, [raw_organisation(row, *line) for row, line in enumerate(lines, 2)], scope)


def outcomes(found: OrganisationsPlan) -> list[str]:
    return [one.outcome.value for one in found.outcomes]


def problems(found: OrganisationsPlan) -> list[str]:
    return [str(problem) for one in found.outcomes for problem in one.problems]


def test_children_may_stand_before_their_parents_in_the_sheet() -> None:
    found = plan(
        ("d01u1b1", "机关第一党支部", "党支部", "d01u1"),
        ("d01u1", "机关党总支", "党总支", "D01"),
        ("d01", "中共县委办公室委员会", "部门党委", "yt"),
    )
    assert outcomes(found) == ["added"] * 3
    assert found.tree.find_path("d01u1b1") == "yt.d01.d01u1.d01u1b1"
    assert [one.organisation.code for one in found.in_order_of_tree() if one.organisation] == [
        "d01",
        "d01u1",
        "d01u1b1",
    ]


def test_same_sheet_changes_nothing() -> None:
    found = plan(("yt", "中共盐亭县委员会", "县委", None), ("t01", "中共云溪镇委员会", "乡镇党委", "yt"))
    assert outcomes(found) == ["unchanged"] * 2
    assert found.in_order_of_tree() == ()


def test_new_name_changes_and_new_parent_moves() -> None:
    found = plan(("t01v01", "新青龙村党支部", "党支部", "t01"), ("t01v02", "桑园村党支部", "党支部", "t02"))
    assert outcomes(found) == ["changed", "moved"]
    assert found.tree.find_path("t01v02") == "yt.t02.t01v02"


def test_what_the_sheet_leaves_out_stays() -> None:
    assert all(found in plan(("yt", "中共盐亭县委员会", "县委", None)).tree for found in ORGANISATIONS)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ((None, "某党支部", "党支部", "t01"), "missing_field:编码"),
        (("t 01", "某党支部", "党支部", "t01"), "code_form:编码"),
        (("t01v09", None, "党支部", "t01"), "missing_field:名称"),
        (("t01v09", "=某党支部", "党支部", "t01"), "looks_like_formula:名称"),
        (("t01v09", "名" * 61, "党支部", "t01"), "too_long:名称:60"),
        (("t01v09", "某党支部", "支部", "t01"), "kind_unknown:类别"),
        (("t01v09", "某党支部", "党支部", None), "missing_field:上级编码"),
        (("t01v09", "某党支部", "党支部", "t77"), "parent_unknown:上级编码"),
        (("t01v09", "某党支部", "党支部", "yt"), "may_not_stand_there:上级编码"),
        (("t01v09", "某党小组", "党小组", "t01"), "may_not_stand_there:上级编码"),
        (("t01v09", "某党支部", "党支部", "t01v09"), "may_not_stand_there:上级编码"),
        (("t01v01", "青龙村党总支", "党总支", "t01"), "kind_fixed:类别"),
        (("yt2", "另一县委", "县委", None), "second_county_committee:类别"),
        (("yt", "中共盐亭县委员会", "县委", "t01"), "may_not_stand_there:上级编码"),
    ],
)
def test_line_that_does_not_fit_names_the_reason(line: Line, problem: str) -> None:
    found = plan(line)
    assert problems(found) == [problem]
    assert outcomes(found) == ["unmatched"]


def test_code_that_stands_twice_names_both_rows() -> None:
    found = plan(("t01v09", "甲党支部", "党支部", "t01"), ("T01V09", "乙党支部", "党支部", "t01"))
    assert problems(found) == ["code_repeated:编码:3", "code_repeated:编码:2"]
    assert "t01v09" not in found.tree


def test_child_of_a_misplaced_parent_hangs_in_the_air_and_members_with_it() -> None:
    roster = MemoryRoster()
    rows = [
        raw_organisation(2, "d01u1", "机关党总支", "党总支", "yt"),
        raw_organisation(3, "d01u1b1", "机关党支部", "党支部", "d01u1"),
    ]
    found = roster.plan([raw(BRANCH_CODE="d01u1b1", BRANCH_NAME=None)], organisation_rows=rows)
    assert problems(found.organisations) == ["may_not_stand_there:上级编码", "parent_unknown:上级编码"]
    assert [str(problem) for problem in found.members[0].problems] == ["organisation_unknown:所在党支部编码"]
    assert not found.can_be_applied


def test_misplaced_move_leaves_the_members_beneath_matched() -> None:
    rows = [raw_organisation(2, "t01", "中共云溪镇委员会", "乡镇党委", "t02")]
    found = MemoryRoster().plan([raw()], organisation_rows=rows)
    assert found.counts.organisations_unmatched == 1
    assert found.counts.added == 1


def test_member_comes_into_a_branch_of_the_same_file() -> None:
    roster = MemoryRoster()
    rows = [raw_organisation(2, "t01v09", "新村党支部", "党支部", "t01")]
    found = roster.plan([raw(BRANCH_CODE="t01v09", BRANCH_NAME="新村党支部")], organisation_rows=rows)
    assert (found.counts.organisations_added, found.counts.added) == (1, 1)
    roster.apply(found)
    assert roster.organisations["t01v09"].kind is Kind.BRANCH


TOWN = OrgPath("yt.t01")


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (("t01v09", "新村党支部", "党支部", "t01"), Outcome.ADDED),
        (("t02v09", "新村党支部", "党支部", "t02"), Outcome.UNMATCHED),
        (("t01v01", "新青龙村党支部", "党支部", "t01"), Outcome.CHANGED),
        (("t01v01", "青龙村党支部", "党支部", "t02"), Outcome.UNMATCHED),
        (("t02v01", "蚕丝村党支部", "党支部", "t01"), Outcome.UNMATCHED),
        (("t02v01", "蚕丝村党支部", "党支部", "t02"), Outcome.UNCHANGED),
        (("t01", "中共新云溪镇委员会", "乡镇党委", "yt"), Outcome.CHANGED),
        (("yt", "新县委", "县委", None), Outcome.UNMATCHED),
    ],
)
def test_committee_changes_its_own_subtree_only(line: Line, outcome: Outcome) -> None:
    assert outcomes(plan(line, scope=TOWN)) == [outcome.value]


def test_top_of_a_reach_is_not_moved_away_from_under_it() -> None:
    existing = {
        **ORGANISATIONS,
        "z": Organisation("z", "总支", Kind.GENERAL_BRANCH, "t01"),
        "z2": Organisation("z2", "总支二", Kind.GENERAL_BRANCH, "t01"),
        "b": Organisation("b", "支部", Kind.BRANCH, "z"),
    }
    found = plan(("b", "支部", "党支部", "z2"), scope=OrgPath("yt.t01.z.b"), existing=existing)
    assert outcomes(found) == ["unmatched"]
    assert outcomes(plan(("b", "支部", "党支部", "z2"), scope=TOWN, existing=existing)) == ["moved"]
