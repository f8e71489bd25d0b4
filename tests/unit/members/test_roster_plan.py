"""What an import would do, and that doing it twice does nothing (REG-1, REG-2)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.values import OrgPath
from services.members.domain.membership import Status
from services.members.domain.roster.form import Column
from services.members.domain.roster.organisations import Outcome
from services.members.domain.roster.plan import ImportPlan, Move, StatusStep
from services.members.domain.roster.rows import RawRow
from tests.unit.members.roster_kit import TODAY, MemoryRoster, identity_number, index, raw, renumbered

LATER = TODAY + timedelta(days=30)


def imported(*rows: RawRow) -> MemoryRoster:
    roster = MemoryRoster()
    roster.apply(roster.plan(rows or [raw()]))
    return roster


def codes(plan: ImportPlan) -> list[list[str]]:
    return [[str(problem) for problem in outcome.problems] for outcome in plan.members]


def test_new_member_is_added_since_the_day_that_the_row_names() -> None:
    roster = imported()
    (member,) = roster.members.values()
    assert member.branch_since == date(2020, 5, 20)
    plan = roster.plan([raw()])
    assert [one.outcome for one in plan.members] == [Outcome.UNCHANGED]
    assert plan.counts.unchanged == plan.counts.total == 1


def test_row_without_a_day_counts_from_the_import() -> None:
    (member,) = imported(raw(BRANCH_SINCE=None)).members.values()
    assert member.branch_since == TODAY


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"NAME": "李小峰"}, Column.NAME),
        ({"NATION": "羌族"}, Column.NATION),
        ({"PHONE": "15400000002"}, Column.PHONE),
        ({"PHONE": None}, Column.PHONE),
        ({"MEMBER_CLASS": "企业人员"}, Column.MEMBER_CLASS),
        ({"JOINED_ON": date(2015, 6, 30)}, Column.JOINED_ON),
        ({"FULL_ON": date(2016, 7, 2)}, Column.FULL_ON),
        ({"HOUSEHOLD": "002"}, Column.HOUSEHOLD),
        ({"AWAY": "是"}, Column.AWAY),
        ({"STATUS": "停止党籍"}, Column.STATUS),
    ],
)
def test_each_changed_field_is_named_and_only_it(changes: dict[str, Any], column: Column) -> None:
    roster = imported()
    (outcome,) = roster.plan([raw(**changes)]).members
    assert (outcome.outcome, outcome.changed, outcome.reasons) == (Outcome.CHANGED, (column,), (column.value,))
    assert outcome.move is None


def test_day_of_the_branch_is_read_only_with_a_move() -> None:
    roster = imported()
    (outcome,) = roster.plan([raw(BRANCH_SINCE=date(2021, 1, 1))]).members
    assert outcome.outcome is Outcome.UNCHANGED


def test_move_takes_the_named_day_or_today() -> None:
    roster = imported()
    to: dict[str, Any] = {"BRANCH_CODE": "t02v01", "BRANCH_NAME": "蚕丝村党支部"}
    (named,) = roster.plan([raw(**to, BRANCH_SINCE=date(2025, 1, 2))]).members
    assert named.outcome is Outcome.MOVED
    assert named.move == Move("t01v01", "t02v01", date(2025, 1, 2))
    for day in (None, date(2020, 5, 20), date(2019, 1, 1)):
        (outcome,) = roster.plan([raw(**to, BRANCH_SINCE=day)], LATER).members
        assert outcome.move == Move("t01v01", "t02v01", LATER)


def test_probation_ends_on_the_day_that_the_row_names() -> None:
    roster = imported(raw(STATUS="预备党员", FULL_ON=None))
    (outcome,) = roster.plan([raw()]).members
    assert outcome.status_step == StatusStep(Status.PROBATIONARY, Status.FULL, date(2016, 7, 1))
    (outcome,) = roster.plan([raw(FULL_ON=None)]).members
    assert outcome.status_step == StatusStep(Status.PROBATIONARY, Status.FULL, TODAY)


def test_leaving_ends_the_membership_and_ignores_the_branch_of_the_row() -> None:
    roster = imported()
    plan = roster.plan([raw(STATUS="已转出", BRANCH_CODE="t02v01", BRANCH_NAME=None)], LATER)
    (outcome,) = plan.members
    assert outcome.move is None
    assert outcome.status_step == StatusStep(Status.FULL, Status.TRANSFERRED_OUT, LATER)
    roster.apply(plan, LATER)
    assert roster.histories[index(identity_number())].branch is None
    (back,) = roster.plan([raw(BRANCH_CODE="t02v01", BRANCH_NAME=None)], LATER + timedelta(days=9)).members
    assert back.outcome is Outcome.MOVED
    assert back.move == Move("", "t02v01", LATER + timedelta(days=9))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"BRANCH_CODE": "t99"}, "organisation_unknown:所在党支部编码"),
        ({"BRANCH_CODE": "t01"}, "organisation_not_a_branch:所在党支部编码"),
        ({"BRANCH_CODE": "t02v01g1"}, "organisation_not_a_branch:所在党支部编码"),
        ({"BRANCH_CODE": "t02v01"}, "organisation_name_differs:所在党支部"),
        ({"STATUS": "除名"}, "new_member_not_active:党员状态"),
        ({"STATUS": "已转出"}, "new_member_not_active:党员状态"),
    ],
)
def test_new_row_that_does_not_fit_names_the_reason(changes: dict[str, Any], problem: str) -> None:
    plan = MemoryRoster().plan([raw(**changes)])
    assert codes(plan) == [[problem]]
    assert not plan.can_be_applied


def test_status_that_may_not_follow_does_not_match() -> None:
    roster = imported()
    assert codes(roster.plan([raw(STATUS="预备党员", FULL_ON=None)])) == [["status_may_not_follow:党员状态"]]
    roster.apply(roster.plan([raw(STATUS="除名")], LATER), LATER)
    assert codes(roster.plan([raw()], LATER)) == [["status_may_not_follow:党员状态"]]
    (removed,) = roster.plan([raw(STATUS="出党")], LATER).members
    assert removed.outcome is Outcome.UNCHANGED


def test_identity_number_that_stands_twice_names_both_rows() -> None:
    plan = MemoryRoster().plan([raw(2), raw(3, NAME="王明"), raw(4, IDENTITY_NUMBER=identity_number(place=1))])
    assert codes(plan) == [
        ["identity_number_repeated:公民身份号码:3"],
        ["identity_number_repeated:公民身份号码:2"],
        [],
    ]
    assert (plan.counts.unmatched, plan.counts.added) == (2, 1)


def test_repeated_number_is_seen_even_when_the_first_row_has_other_faults() -> None:
    plan = MemoryRoster().plan([raw(2, SEX=None), raw(3), raw(4)])
    assert codes(plan) == [
        ["missing_field:性别", "identity_number_repeated:公民身份号码:3"],
        ["identity_number_repeated:公民身份号码:2"],
        ["identity_number_repeated:公民身份号码:2"],
    ]


def test_who_is_left_out_is_listed_and_never_removed() -> None:
    other = raw(3, IDENTITY_NUMBER=identity_number(place=1), NAME="王明")
    roster = imported(raw(2), other)
    plan = roster.plan([raw(2, HOUSEHOLD="9")])
    assert [(one.outcome, one.name, one.row) for one in plan.missing] == [(Outcome.MISSING, "王明", 0)]
    roster.apply(plan)
    assert len(roster.members) == 2
    assert roster.histories[index(identity_number(place=1))].branch == "t01v01"


def test_bad_row_still_counts_as_seen() -> None:
    plan = imported().plan([raw(SEX="女")])
    assert plan.counts.missing == 0


def test_who_has_left_is_not_missed() -> None:
    roster = imported()
    roster.apply(roster.plan([raw(STATUS="已转出")]))
    assert roster.plan([]).counts.missing == 0


TOWN = OrgPath("yt.t01")


def test_importer_reaches_his_subtree_only() -> None:
    there: dict[str, Any] = {"BRANCH_CODE": "t02v01", "BRANCH_NAME": None}
    assert codes(MemoryRoster().plan([raw(**there)], scope=TOWN)) == [["organisation_outside_reach:所在党支部编码"]]
    elsewhere = imported(raw(**there))
    assert codes(elsewhere.plan([raw()], scope=TOWN)) == [["member_outside_reach:公民身份号码"]]
    assert elsewhere.plan([], scope=TOWN).counts.missing == 0
    assert elsewhere.plan([], scope=OrgPath("yt.t02")).counts.missing == 1


def test_digest_tells_whether_the_roster_changed_since_the_dry_run() -> None:
    roster = imported()
    file = [raw(HOUSEHOLD="2"), raw(3, IDENTITY_NUMBER=identity_number(place=1))]
    shown = roster.plan(file)
    assert roster.plan(file).digest == shown.digest
    assert roster.plan(renumbered(reversed(file))).digest != shown.digest
    roster.apply(roster.plan([raw(PHONE=None)]))
    assert roster.plan(file).digest != shown.digest


def test_plan_of_an_empty_file_changes_nothing() -> None:
    plan = imported().plan([])
    assert (plan.counts.total, plan.counts.missing, plan.can_be_applied) == (0, 1, True)


PEOPLE = [identity_number(date(1960 + year, 3, 14), 1) for year in range(6)]
ROWS = st.builds(
    lambda person, branch, status, day, household: raw(
        IDENTITY_NUMBER=person,
        BRANCH_CODE=branch,
        BRANCH_NAME=None,
        STATUS=status,
        FULL_ON=None if status == "预备党员" else date(2016, 7, 1),
        BRANCH_SINCE=day,
        HOUSEHOLD=household,
    ),
    st.sampled_from(PEOPLE),
    st.sampled_from(["t01v01", "t01v02", "t02v01"]),
    st.sampled_from(["正式党员", "预备党员", "停止党籍", "除名", "已转出"]),
    st.sampled_from([None, date(2020, 5, 20), date(2024, 1, 1), TODAY]),
    st.sampled_from([None, "1", "2"]),
)
FILES = st.lists(st.lists(ROWS, max_size=6, unique_by=lambda row: row.cells[Column.IDENTITY_NUMBER]), max_size=4)


@settings(max_examples=300, deadline=None)
@given(FILES, st.lists(st.integers(0, 400), min_size=4, max_size=4))
def test_applying_a_file_twice_changes_nothing_the_second_time(files: list[list[RawRow]], days: list[int]) -> None:
    roster, today = MemoryRoster(), TODAY
    for file, pause in zip(files, days, strict=False):
        today += timedelta(days=pause)
        rows = renumbered(file)
        plan = roster.plan(rows, today)
        fitting = [row for row, outcome in zip(rows, plan.members, strict=True) if not outcome.problems]
        first = roster.plan(fitting, today)
        held = set(roster.members)
        roster.apply(first, today)
        assert held <= set(roster.members)
        for later in (today, today + timedelta(days=1)):
            again = roster.plan(fitting, later)
            assert [one.outcome for one in again.members] == [Outcome.UNCHANGED] * len(fitting)
