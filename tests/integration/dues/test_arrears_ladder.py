"""The ladder down the tree, reasons, the meeting's file: who sees what, and that nobody's status changes (ARR-1 to ARR-4)."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.caller import Role
from services.contracts.dues.errors import ArrearsOfBranchOnly, ArrearsReasonRefused
from services.contracts.errors import Forbidden, NotFound
from tests.integration.dues.county import County, holder, ident, member
from tests.integration.dues.debtors import BOSS, MONTH_FEN, OTHER_SECRETARY, SECRETARY, TOWNSHIP, Debtors

MONTHS = ("2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08")
REASON = {"first_day": "2026-09-01", "last_day": "2026-12-31", "words": "长期住院"}


@pytest.fixture
def debtors(county: County) -> Debtors:
    """甲 owes seven months, 乙 four, 丙 one, all of b1; 丁 of b2 seven; 戊 of b3 four; 己 of b1 nothing."""
    debtors = Debtors(county)
    debtors.owing("甲", "乙", "丙", "己")
    debtors.owing("丁", branch="b2")
    debtors.owing("戊", branch="b3")
    debtors.open(*MONTHS)
    debtors.paid("乙", 202602, 202603, 202604)
    debtors.paid("丙", *range(202602, 202608))
    debtors.paid("己", *range(202602, 202609))
    debtors.paid("戊", 202602, 202603, 202604)
    debtors.keep()
    return debtors


def names(items: list[Any]) -> list[str]:
    return [each["name"] for each in items]


def test_the_longest_run_comes_first_and_who_owes_nothing_is_not_there(debtors: Debtors) -> None:
    assert names(debtors.ladder()) == ["甲", "乙", "丙"]
    assert [each["step"] for each in debtors.ladder()] == [
        "review_self_withdrawal",
        "education_and_deadline",
        "arrears",
    ]


def test_pages_go_on_where_the_last_one_ended(debtors: Debtors) -> None:
    seen: list[str] = []
    cursor = None
    for _ in range(5):
        more = {"cursor": cursor} if cursor else {}
        page = debtors.ask("list_arrears", BOSS, org_id=ident("county"), limit=1, **more)
        seen += names(page["items"])
        cursor = page["next_cursor"]
    assert cursor is None
    assert sorted(seen) == sorted(["甲", "丁", "乙", "戊", "丙"])
    assert {seen[0], seen[1]} == {"甲", "丁"}


def test_the_ladder_narrows_to_a_step(debtors: Debtors) -> None:
    assert names(debtors.ladder(step="education_and_deadline")) == ["乙"]
    assert sorted(names(debtors.ladder(BOSS, "county", step="review_self_withdrawal"))) == sorted(["甲", "丁"])


def test_counts_go_down_the_tree(debtors: Debtors) -> None:
    county = debtors.ask("get_arrears_summary", BOSS, org_id=ident("county"))
    owed = MONTH_FEN * (7 + 4 + 1 + 7 + 4)
    assert county["counts"] == {
        "arrears": 1,
        "education_and_deadline": 2,
        "review_self_withdrawal": 2,
        "owed_fen": owed,
    }
    assert [each["name"] for each in county["beneath"]] == ["组织t1", "组织t2"]
    township = debtors.ask("get_arrears_summary", TOWNSHIP, org_id=ident("t1"))
    assert township["counts"] == county["beneath"][0]["counts"]
    assert [(each["name"], each["counts"]["review_self_withdrawal"]) for each in township["beneath"]] == [
        ("组织b1", 1),
        ("组织b2", 1),
    ]
    branch = debtors.ask("get_arrears_summary", SECRETARY, org_id=ident("b1"))
    assert (branch["counts"]["owed_fen"], branch["beneath"]) == (12 * MONTH_FEN, [])


@pytest.mark.parametrize("method", ["get_arrears_summary", "list_arrears", "remind_arrears", "get_arrears_file"])
def test_another_branch_does_not_exist_for_a_secretary(debtors: Debtors, method: str) -> None:
    for caller, org in ((OTHER_SECRETARY, "b1"), (SECRETARY, "t1"), (TOWNSHIP, "b3"), (BOSS, "nowhere")):
        with pytest.raises(NotFound):
            debtors.ask(method, caller, org_id=ident(org))
    with pytest.raises(Forbidden):
        debtors.ask(method, member("甲"), org_id=ident("b1"))


def test_a_recorded_reason_stops_the_flag_and_not_the_debt(debtors: Debtors) -> None:
    reason = debtors.ask("record_arrears_reason", SECRETARY, member_id=ident("甲"), **REASON)
    assert (reason["words"], reason["recorded_by"], reason["removed_at"]) == ("长期住院", "组织b1", None)
    debtors.keep()
    rung = debtors.rung("甲")
    assert (rung["step"], rung["owed_fen"], rung["unpaid_run"]) == ("education_and_deadline", 7 * MONTH_FEN, 7)
    assert rung["excused_until"] == "2026-12-31"
    debtors.ask("remove_arrears_reason", SECRETARY, id=reason["id"])
    debtors.keep()
    assert (debtors.rung("甲")["step"], debtors.rung("甲")["excused_until"]) == ("review_self_withdrawal", None)


def test_a_reason_that_has_ended_lets_the_flag_come_back_by_itself(debtors: Debtors) -> None:
    short = REASON | {"last_day": "2026-09-20"}
    debtors.ask("record_arrears_reason", SECRETARY, member_id=ident("甲"), **short)
    debtors.keep()
    assert debtors.rung("甲")["step"] == "education_and_deadline"
    debtors.county.it_is("2026-09-21")
    debtors.keep()
    assert debtors.rung("甲")["step"] == "review_self_withdrawal"


def test_the_words_of_a_reason_are_sealed_and_who_recorded_and_removed_it_is_on_record(debtors: Debtors) -> None:
    reason = debtors.ask("record_arrears_reason", SECRETARY, member_id=ident("甲"), **REASON)
    debtors.ask("remove_arrears_reason", TOWNSHIP, id=reason["id"])
    debtors.ask("remove_arrears_reason", SECRETARY, id=reason["id"])
    (row,) = debtors.county.sql(
        "SELECT words_sealed, recorded_by_account::text, removed_by_account::text FROM arrears_reason"
    )
    assert "长期住院".encode() not in bytes(row.words_sealed)
    assert (row.recorded_by_account, row.removed_by_account) == (SECRETARY.account_id, TOWNSHIP.account_id)
    entries = debtors.county.sql(
        "SELECT action, about_member_id::text FROM audit WHERE action LIKE 'dues.arrears_reason%'"
    )
    assert [tuple(each) for each in entries] == [
        ("dues.arrears_reason_recorded", ident("甲")),
        ("dues.arrears_reason_removed", ident("甲")),
    ]


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (("2026-09-10", "2026-09-09"), "days_reversed"),
        (("2026-09-10", "2027-09-11"), "too_long"),
        (("2023-01-01", "2023-02-01"), "too_old"),
        (("9999-12-01", "9999-12-31"), "too_early"),
    ],
)
def test_a_reason_for_impossible_days_is_refused(debtors: Debtors, days: tuple[str, str], why: str) -> None:
    with pytest.raises(ArrearsReasonRefused) as refusal:
        debtors.ask(
            "record_arrears_reason", SECRETARY, member_id=ident("甲"), first_day=days[0], last_day=days[1], words="外出"
        )
    assert refusal.value.detail["reason"] == why


def test_a_strangers_member_and_reason_do_not_exist(debtors: Debtors) -> None:
    reason = debtors.ask("record_arrears_reason", SECRETARY, member_id=ident("甲"), **REASON)
    with pytest.raises(NotFound):
        debtors.ask("remove_arrears_reason", OTHER_SECRETARY, id=reason["id"])
    with pytest.raises(NotFound):
        debtors.ask("record_arrears_reason", OTHER_SECRETARY, member_id=ident("甲"), **REASON)
    with pytest.raises(NotFound):
        debtors.ask("get_member_arrears", OTHER_SECRETARY, member_id=ident("甲"))


def test_a_look_at_one_member_is_in_the_trail_that_he_reads(debtors: Debtors) -> None:
    debtors.ask("record_arrears_reason", SECRETARY, member_id=ident("甲"), **REASON)
    seen = debtors.ask("get_member_arrears", SECRETARY, member_id=ident("甲"))
    assert (seen["name"], seen["owed_months"], seen["reasons"][0]["words"]) == ("甲", 7, "长期住院")
    looks = debtors.county.sql("SELECT about_member_id::text FROM audit WHERE action = 'dues.arrears_seen'")
    assert [tuple(each) for each in looks] == [(ident("甲"),)]


def test_the_meetings_file_holds_the_upper_two_steps_with_months_and_reasons(debtors: Debtors) -> None:
    debtors.ask("record_arrears_reason", SECRETARY, member_id=ident("甲"), **REASON)
    debtors.keep()
    file = debtors.ask("get_arrears_file", SECRETARY, org_id=ident("b1"))
    assert (file["branch_name"], file["above_name"], file["left_out"]) == ("组织b1", "组织t1", 0)
    assert names(file["members"]) == ["甲", "乙"]
    first = file["members"][0]
    assert [each["month"] for each in first["months"]] == list(MONTHS)
    assert [each["words"] for each in first["reasons"]] == ["长期住院"]
    assert sum(each["owed_fen"] for each in first["months"]) == first["owed_fen"]
    looks = debtors.county.sql("SELECT about_member_id::text FROM audit WHERE action = 'dues.arrears_file_made'")
    assert {row[0] for row in looks} == {ident("甲"), ident("乙")}


def test_the_file_is_of_one_branch(debtors: Debtors) -> None:
    with pytest.raises(ArrearsOfBranchOnly):
        debtors.ask("get_arrears_file", TOWNSHIP, org_id=ident("t1"))


def test_finance_sees_sums_in_the_ledger_and_no_names_on_the_ladder(debtors: Debtors) -> None:
    with pytest.raises(Forbidden):
        debtors.ladder(holder("cashier", Role.FINANCE, "county"), "county")


def test_nothing_of_the_ladder_changes_a_status(debtors: Debtors) -> None:
    before = debtors.county.sql("SELECT member_id, status, statuses FROM member ORDER BY member_id")
    debtors.ask("record_arrears_reason", SECRETARY, member_id=ident("甲"), **REASON)
    debtors.remind()
    debtors.tell()
    debtors.ask("get_arrears_file", SECRETARY, org_id=ident("b1"))
    debtors.county.it_is("2027-06-01")
    debtors.keep()
    assert debtors.county.sql("SELECT member_id, status, statuses FROM member ORDER BY member_id") == before
