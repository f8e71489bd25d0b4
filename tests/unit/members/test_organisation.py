"""The tree of organisations (REG-8) and the warnings of REG-3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.members.messages import OrgKind
from services.contracts.values import OrgPath, is_within
from services.members.domain.organisation import (
    MAX_DEPTH,
    PARENTS,
    BranchFigures,
    Kind,
    Organisation,
    Tree,
    WarningCode,
    branch_warnings,
    child_path,
    may_stand_under,
    normal_code,
)

COUNTY = Organisation("yt", "县委", Kind.COUNTY_COMMITTEE, "")
TOWNSHIP = Organisation("t01", "云溪镇党委", Kind.TOWNSHIP_COMMITTEE, "yt")
GENERAL = Organisation("t01v01", "青龙村党总支", Kind.GENERAL_BRANCH, "t01")
BRANCH = Organisation("t01v01b1", "青龙村第一党支部", Kind.BRANCH, "t01v01")
GROUP = Organisation("t01v01b1g1", "第一党小组", Kind.GROUP, "t01v01b1")
ALL = (COUNTY, TOWNSHIP, GENERAL, BRANCH, GROUP)


def test_kinds_are_those_of_the_contracts() -> None:
    assert [kind.value for kind in Kind] == [kind.value for kind in OrgKind]


def test_path_leads_from_the_county_down() -> None:
    tree = Tree(ALL)
    assert tree.find_path("t01v01b1g1") == OrgPath("yt.t01.t01v01.t01v01b1.t01v01b1g1")
    assert tree.find_path("yt") == "yt"
    assert "t01" in tree
    assert tree.find("t99") is None
    assert child_path(None, "yt") == "yt"
    assert child_path(OrgPath("yt"), "t01") == "yt.t01"
    with pytest.raises(ValueError, match="not an organisation path"):
        child_path(OrgPath("yt"), "T 01")


def test_branch_keeps_its_code_when_its_parent_moves() -> None:
    moved = Organisation(GENERAL.code, GENERAL.name, GENERAL.kind, "d01")
    office = Organisation("d01", "县委办公室党委", Kind.DEPARTMENT_COMMITTEE, "yt")
    tree = Tree((COUNTY, TOWNSHIP, office, moved, BRANCH))
    assert tree.find_path(BRANCH.code) == "yt.d01.t01v01.t01v01b1"


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("parent", [None, *Kind])
def test_only_the_places_of_reg_8_are_allowed(kind: Kind, parent: Kind | None) -> None:
    allowed = {
        (Kind.COUNTY_COMMITTEE, None),
        (Kind.TOWNSHIP_COMMITTEE, Kind.COUNTY_COMMITTEE),
        (Kind.DEPARTMENT_COMMITTEE, Kind.COUNTY_COMMITTEE),
        (Kind.GENERAL_BRANCH, Kind.TOWNSHIP_COMMITTEE),
        (Kind.GENERAL_BRANCH, Kind.DEPARTMENT_COMMITTEE),
        (Kind.BRANCH, Kind.TOWNSHIP_COMMITTEE),
        (Kind.BRANCH, Kind.DEPARTMENT_COMMITTEE),
        (Kind.BRANCH, Kind.GENERAL_BRANCH),
        (Kind.GROUP, Kind.BRANCH),
    }
    assert may_stand_under(kind, parent) is ((kind, parent) in allowed)


def test_no_line_is_longer_than_the_bound() -> None:
    def depth(kind: Kind) -> int:
        return 1 + max((depth(parent) for parent in PARENTS[kind]), default=0)

    assert max(depth(kind) for kind in Kind) == MAX_DEPTH


def test_ring_orphan_and_misplaced_have_no_path() -> None:
    ring = (
        Organisation("a", "甲", Kind.GENERAL_BRANCH, "b"),
        Organisation("b", "乙", Kind.GENERAL_BRANCH, "a"),
        Organisation("c", "丙", Kind.BRANCH, "c"),
        Organisation("d", "丁", Kind.BRANCH, "nowhere"),
        Organisation("e", "戊", Kind.GROUP, "t01"),
        Organisation("f", "己", Kind.COUNTY_COMMITTEE, "nowhere"),
        Organisation("g", "庚", Kind.BRANCH, "e"),
    )
    tree = Tree((*ALL, *ring))
    assert all(tree.find_path(one.code) is None for one in ring)
    assert all(tree.find_path(one.code) is not None for one in ALL)


@given(
    st.lists(
        st.builds(
            Organisation,
            st.sampled_from("abcdefgh"),
            st.just("名"),
            st.sampled_from(list(Kind)),
            st.sampled_from(["", *"abcdefgh"]),
        ),
        max_size=12,
    )
)
def test_every_path_there_is_goes_through_the_parents_path(organisations: list[Organisation]) -> None:
    tree = Tree(organisations)
    for code in "abcdefgh":
        path, one = tree.find_path(code), tree.find(code)
        if path is None:
            continue
        assert one is not None
        parent = tree.find(one.parent_code)
        assert may_stand_under(one.kind, parent.kind if parent else None)
        parent_path = tree.find_path(one.parent_code)
        assert (parent_path is None) == (parent is None)
        assert parent_path is None or is_within(path, parent_path)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("T03B012", "t03b012"),
        (" t01 ", "t01"),
        ("Ｔ０１", "t01"),
        ("051", "051"),
        ("", None),
        ("t-1", None),
        ("县", None),
    ],
)
def test_code_has_one_written_form(text: str, code: str | None) -> None:
    assert normal_code(text) == code
    assert normal_code("x" * 32) == "x" * 32
    assert normal_code("x" * 33) is None


@pytest.mark.parametrize(
    ("figures", "codes"),
    [
        (BranchFigures(3, 3), []),
        (BranchFigures(2, 9), [WarningCode.TOO_FEW_FULL_MEMBERS]),
        (BranchFigures(50, 50), []),
        (BranchFigures(50, 51), [WarningCode.MORE_MEMBERS_THAN_USUAL]),
        (BranchFigures(6, 6, committee_seats=0), []),
        (BranchFigures(7, 7, committee_seats=0), [WarningCode.COMMITTEE_MISSING]),
        (BranchFigures(7, 7, committee_seats=2), [WarningCode.COMMITTEE_TOO_SMALL]),
        (BranchFigures(7, 7, committee_seats=3), []),
        (BranchFigures(7, 7, committee_seats=5), []),
        (BranchFigures(7, 7, committee_seats=6), [WarningCode.COMMITTEE_LARGER_THAN_USUAL]),
        (BranchFigures(7, 7, committee_seats=8), [WarningCode.COMMITTEE_TOO_LARGE]),
        (BranchFigures(7, 7, units=5), []),
        (BranchFigures(7, 7, units=6), [WarningCode.TOO_MANY_JOINT_UNITS]),
        (
            BranchFigures(1, 60, committee_seats=1, units=9),
            [
                WarningCode.TOO_FEW_FULL_MEMBERS,
                WarningCode.MORE_MEMBERS_THAN_USUAL,
                WarningCode.COMMITTEE_TOO_SMALL,
                WarningCode.TOO_MANY_JOINT_UNITS,
            ],
        ),
    ],
)
def test_warnings_of_reg_3_at_their_edges(figures: BranchFigures, codes: list[WarningCode]) -> None:
    found = branch_warnings(figures)
    assert [warning.code for warning in found] == codes
    assert all(warning.found != warning.limit or warning.code is WarningCode.COMMITTEE_MISSING for warning in found)
