"""Accounts follow what touches them: months, payments, moves, days. The audit works them out in its own way and agrees."""

from __future__ import annotations

from datetime import date

import pytest

from services.contracts.members.messages import MemberStatus
from services.dues.arrears import accounts
from tests.integration.dues.county import LONG_AGO, County, branch_period, ident, person
from tests.integration.dues.debtors import BOSS, MONTH_FEN, SECRETARY, Debtors
from tests.integration.dues.till import Till

SIX = ("2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08")


@pytest.fixture
def debtors(county: County) -> Debtors:
    return Debtors(county)


def test_opening_months_puts_who_has_not_paid_on_the_ladder(debtors: Debtors) -> None:
    debtors.owing("甲")
    debtors.open(*SIX, "2026-09")
    assert debtors.keep() == 1
    rung = debtors.rung("甲")
    assert (rung["step"], rung["unpaid_run"], rung["since"]) == ("review_self_withdrawal", 6, "2026-03")
    assert (rung["owed_fen"], rung["owed_months"]) == (6 * MONTH_FEN, 6)


def test_a_payment_takes_its_member_off_the_ladder(debtors: Debtors) -> None:
    debtors.owing("甲")
    debtors.open("2026-07", "2026-08")
    debtors.keep()
    payer = SECRETARY.__class__(
        kind=SECRETARY.kind, county_id=SECRETARY.county_id, account_id=ident("account of 甲"), member_id=ident("甲")
    )
    Till(debtors.county).pay(payer, 2 * MONTH_FEN, ("甲", "2026-07"), ("甲", "2026-08"))
    assert debtors.rung("甲") is not None, "until the job has run the ladder is as it was"
    assert debtors.keep() == 1
    assert debtors.rung("甲") is None
    assert debtors.account("甲").step == "none"


def test_without_the_trigger_a_payment_would_leave_the_ladder_as_it_was(debtors: Debtors) -> None:
    """The twin: what the test above claims is the trigger's doing."""
    debtors.owing("甲")
    debtors.open("2026-08")
    debtors.keep()
    debtors.county.sql("ALTER TABLE obligation DISABLE TRIGGER USER")
    debtors.paid("甲", 202608)
    assert debtors.keep() == 0
    assert debtors.rung("甲") is not None


def test_what_is_touched_while_it_is_worked_out_is_worked_out_again(debtors: Debtors) -> None:
    debtors.owing("甲", "乙")
    debtors.open("2026-08")
    core = debtors.county.core
    with core.database.transaction() as other:
        other.exec_driver_sql("UPDATE obligation SET paid_fen = amount_fen WHERE month = 202608")
        assert debtors.keep() == 2, "the opening is taken up, the payment is not there yet"
        assert debtors.rung("甲") is not None
    assert debtors.keep() == 2
    assert debtors.rung("甲") is None


def test_only_one_transaction_at_a_time_works_accounts_out(debtors: Debtors) -> None:
    debtors.owing("甲")
    debtors.open("2026-08")
    with debtors.county.core.database.transaction() as other:
        other.exec_driver_sql(f"SELECT pg_advisory_xact_lock({accounts._ACCOUNTS_LOCK})")
        assert debtors.keep() == 0
    assert debtors.keep() == 1


def test_a_month_that_ends_moves_the_ladder_by_itself(debtors: Debtors) -> None:
    debtors.owing("甲")
    debtors.open("2026-07", "2026-08", "2026-09")
    debtors.keep()
    assert debtors.rung("甲")["unpaid_run"] == 2
    debtors.county.it_is("2026-10-01")
    page = debtors.ask("list_arrears", BOSS, org_id=ident("county"))
    assert page["as_of"] == "2026-09-30T16:00:00Z", "the ladder says that it is of the night before"
    assert debtors.keep() == 1
    assert (debtors.rung("甲")["unpaid_run"], debtors.rung("甲")["step"]) == (3, "education_and_deadline")
    assert debtors.ask("list_arrears", BOSS, org_id=ident("county"))["as_of"] == "2026-10-01T02:00:00Z"


def test_who_moves_takes_his_place_along(debtors: Debtors) -> None:
    debtors.owing("甲")
    debtors.open("2026-08")
    debtors.keep()
    moved = (branch_period("b1", LONG_AGO, date(2026, 9, 10)), branch_period("b3", date(2026, 9, 10)))
    debtors.county.roster(person("甲", version=2, branches=moved))
    debtors.keep()
    assert debtors.ladder() == []
    assert debtors.rung("甲")["branch_name"] == "组织b3"


@pytest.mark.parametrize("status", [MemberStatus.REMOVED, MemberStatus.TRANSFERRED_OUT, MemberStatus.SUSPENDED])
def test_who_is_no_member_here_any_more_stands_on_no_step(debtors: Debtors, status: MemberStatus) -> None:
    debtors.owing("甲")
    debtors.open(*SIX)
    debtors.keep()
    debtors.county.roster(person("甲", version=2, status=status))
    debtors.keep()
    assert (debtors.account("甲").step, debtors.account("甲").owed_fen) == ("none", 6 * MONTH_FEN)


def test_an_account_that_did_not_change_is_not_written(debtors: Debtors) -> None:
    debtors.owing("甲")
    debtors.open("2026-08")
    debtors.keep()
    version = debtors.account("甲").version
    debtors.county.sql("UPDATE obligation SET paid_fen = paid_fen")
    assert debtors.keep() == 1
    assert debtors.account("甲").version == version


def test_more_than_a_batch_is_taken_up_in_one_round(debtors: Debtors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "BATCH", 3)
    debtors.owing(*(f"党员{number}" for number in range(10)))
    debtors.open("2026-08")
    assert debtors.keep() == 10
    assert len(debtors.ladder()) == 10
