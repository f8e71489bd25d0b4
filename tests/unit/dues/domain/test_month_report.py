"""Who reports to whom and how far a month has come: worked trees, and what holds of any (BOOK-1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import OrgId, OrgPath, YearMonth
from services.dues.domain.month_report import Level, Numbers, Stage, Tree, Unit, is_over, level_of, superior_path, total

COUNTY = Unit(OrgId("yt"), OrgPath("yt"), Level.COUNTY)
T1, T2 = (Unit(OrgId(name), OrgPath(f"yt.{name}"), Level.COMMITTEE) for name in ("t1", "t2"))
B1, B2, B3 = (
    Unit(OrgId(path.rpartition(".")[2]), OrgPath(path), Level.BRANCH) for path in ("yt.t1.b1", "yt.t1.g.b2", "yt.t2.b3")
)
DIRECT = Unit(OrgId("d"), OrgPath("yt.d"), Level.BRANCH)
UNITS = (COUNTY, T1, T2, B1, B2, B3, DIRECT)
ALL = Tree(UNITS, {"b1", "b2", "b3", "d"})


def _paths(units: object) -> list[str]:
    return [unit.path for unit in units]  # type: ignore[attr-defined]


def test_a_branch_reports_to_the_nearest_committee_else_to_the_county() -> None:
    assert _paths(ALL.reporters_to(T1.path)) == ["yt.t1.b1", "yt.t1.g.b2"]
    assert _paths(ALL.reporters_to(COUNTY.path)) == ["yt.d", "yt.t1", "yt.t2"]
    assert superior_path(DIRECT, [T1.path]) == "yt"
    assert superior_path(COUNTY, [T1.path]) is None


def test_who_holds_nothing_of_the_month_has_nothing_to_report() -> None:
    tree = Tree(UNITS, {"b1"})
    assert _paths(tree.reporters_to(COUNTY.path)) == ["yt.t1"]
    assert tree.missing(T2.path, set()) == []


def test_the_numbers_of_a_report_are_those_of_its_branches() -> None:
    numbers = {OrgId(name): Numbers(1, 20, 15, 1, 5) for name in ("b1", "b2", "b3", "d")}
    assert total(ALL.branches_of(COUNTY.path), numbers) == Numbers(4, 80, 60, 4, 20)
    assert total(ALL.branches_of(T1.path), numbers) == Numbers(2, 40, 30, 2, 10)


@pytest.mark.parametrize(
    ("standing", "unit", "stage"),
    [
        ((), B1, Stage.OPEN),
        (("b1",), B1, Stage.BRANCH_REPORTED),
        (("b1",), T1, Stage.OPEN),
        (("b1", "b2"), T1, Stage.BRANCH_REPORTED),
        (("b1", "b2", "t1"), T1, Stage.COMMITTEE_REPORTED),
        (("b1", "b2", "t1"), B2, Stage.COMMITTEE_REPORTED),
        (("b1", "b2", "t1"), COUNTY, Stage.OPEN),
        (("b1", "b2", "b3", "t1", "t2", "d"), COUNTY, Stage.COMMITTEE_REPORTED),
        (("d",), DIRECT, Stage.BRANCH_REPORTED),
    ],
)
def test_how_far_the_month_is(standing: tuple[str, ...], unit: Unit, stage: Stage) -> None:
    assert ALL.stage(unit, Stage.OPEN, {OrgId(one) for one in standing}) is stage


@given(standing=st.sets(st.sampled_from(["b1", "b2", "b3", "d", "t1", "t2"])))
def test_a_settled_month_is_settled_for_everybody_and_a_draft_a_draft(standing: set[str]) -> None:
    reported = {OrgId(one) for one in standing}
    for stage in (Stage.SETTLED, Stage.DRAFT):
        assert {ALL.stage(unit, stage, reported) for unit in UNITS} == {stage}


@given(standing=st.sets(st.sampled_from(["b1", "b2", "b3", "d", "t1", "t2"])))
def test_nobody_above_is_further_than_its_gate_lets_him(standing: set[str]) -> None:
    reported = {OrgId(one) for one in standing}
    for unit in (T1, T2, COUNTY):
        if ALL.missing(unit.path, reported) and unit.org_id not in reported:
            assert ALL.stage(unit, Stage.OPEN, reported) is Stage.OPEN


@pytest.mark.parametrize(
    ("kind", "path", "level"),
    [
        ("county_committee", "yt", Level.COUNTY),
        ("township_committee", "yt.t1", Level.COMMITTEE),
        ("department_committee", "yt.d1", Level.COMMITTEE),
        ("branch", "yt.t1.b1", Level.BRANCH),
        ("general_branch", "yt.t1.g1", None),
        ("group", "yt.t1.b1.z", None),
    ],
)
def test_which_step_an_organisation_takes(kind: str, path: str, level: Level | None) -> None:
    assert level_of(kind, OrgPath(path)) is level


def test_the_running_month_is_never_over() -> None:
    assert not is_over(YearMonth(2026, 9), YearMonth(2026, 9))
    assert is_over(YearMonth(2026, 8), YearMonth(2026, 9))
