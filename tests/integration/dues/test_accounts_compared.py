"""The night's comparison: two ways of working accounts out agree on any months, and a wrong account is found and mended."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from services.chassis.clock import parse_instant
from services.contracts.members.messages import MemberStatus
from services.contracts.values import YearMonth
from services.dues.arrears import comparison
from tests.integration.dues.county import County, ident, person
from tests.integration.dues.debtors import SECRETARY, Debtors

PEOPLE = 120
DELAY = "delay_id, county_id, member_id, month, branch_id, billed_in, reason, put_by, put_by_path, put_at"
BEGIN, RUNNING = YearMonth(2025, 1), YearMonth(2026, 9)


@pytest.fixture
def debtors(county: County) -> Debtors:
    return Debtors(county)


def compared(debtors: Debtors) -> int:
    return debtors.county.core.desk().run(comparison.compare, None)


def scatter(debtors: Debtors, seed: int) -> None:
    """Months of every kind, reasons, people who left: drawn, the same for the same seed."""
    chosen = random.Random(seed)
    statuses = [MemberStatus.FULL] * 8 + [MemberStatus.PROBATIONARY, MemberStatus.REMOVED]
    names = [f"党员{number}" for number in range(PEOPLE)]
    debtors.county.roster(*(person(name, status=chosen.choice(statuses)) for name in names))
    rows = []
    for name in names:
        habit = chosen.random()
        for step in range(BEGIN.months_until(RUNNING) + 3):
            month = BEGIN.plus(step)
            if chosen.random() < 0.05:
                continue
            amount = chosen.choice([None, 0, 20]) if chosen.random() < 0.15 else chosen.choice([20, 800])
            paid = 0 if not amount or chosen.random() > habit else chosen.choice([amount, amount, amount // 2])
            ahead = month > RUNNING or (month == RUNNING and chosen.random() < 0.2)
            rows.append((name, month.number, amount, paid, ahead))
    for name, number, amount, paid, ahead in rows:
        debtors.county.sql(
            "INSERT INTO obligation (member_id, month, county_id, branch_id, branch_path, member_class, amount_fen, paid_fen, "
            "basis, billed_in, ahead) SELECT :id, :month, 'yanting', branch_id, branch_path, 'farmer', :amount, :paid, 'flat', "
            ":month, :ahead FROM member WHERE member_id = :id",
            id=ident(name), month=number, amount=amount, paid=paid, ahead=ahead,
        )  # fmt: skip
    for name, number, *_ in chosen.sample([row for row in rows if row[2]], PEOPLE):
        debtors.county.sql(
            f"INSERT INTO delay ({DELAY}) "
            "SELECT gen_random_uuid(), county_id, member_id, :month, branch_id, :month, '外出务工', gen_random_uuid(), '', now() "
            "FROM member WHERE member_id = :id",
            id=ident(name), month=number,
        )  # fmt: skip
    for name in chosen.sample(names, PEOPLE // 3):
        first = date(2025, 10, 1) + timedelta(days=chosen.randrange(360))
        last = first + timedelta(days=chosen.randrange(200))
        days = {"first_day": first.isoformat(), "last_day": last.isoformat()}
        debtors.ask("record_arrears_reason", SECRETARY, member_id=ident(name), words="外出务工", **days)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_rule_and_the_statement_agree_on_whatever_months_there_are(debtors: Debtors, seed: int) -> None:
    scatter(debtors, seed)
    debtors.keep()
    steps = {row.step for row in debtors.county.sql("SELECT DISTINCT step FROM member_account")}
    assert steps == {"none", "arrears", "education_and_deadline", "review_self_withdrawal"}
    assert compared(debtors) == 0
    for day in ("2026-10-01", "2026-11-20"):
        debtors.county.it_is(day)
        debtors.keep()
        assert compared(debtors) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE member_account SET owed_fen = owed_fen + 1 WHERE member_id = :id",
        "UPDATE member_account SET step = 'none' WHERE member_id = :id",
        "UPDATE member_account SET unpaid_run = 1, unexcused_run = 1, step = 'arrears' WHERE member_id = :id",
        "DELETE FROM member_account WHERE member_id = :id",
    ],
)
def test_a_wrong_account_is_found_and_mended(debtors: Debtors, wrong: str) -> None:
    debtors.owing("甲", "乙")
    debtors.open("2026-05", "2026-06", "2026-07", "2026-08")
    debtors.keep()
    before = debtors.account("甲")
    debtors.county.sql(wrong, id=ident("甲"))
    assert compared(debtors) == 1
    assert debtors.keep() == 1
    after = debtors.account("甲")
    assert (after.owed_fen, after.unpaid_run, after.step) == (before.owed_fen, before.unpaid_run, before.step)
    assert compared(debtors) == 0


def test_what_waits_to_be_worked_out_is_no_difference(debtors: Debtors) -> None:
    debtors.owing("甲")
    debtors.open("2026-08")
    assert compared(debtors) == 0


@pytest.mark.parametrize(("at", "times"), [("2026-09-15T01:59:00+08:00", 0), ("2026-09-15T02:00:00+08:00", 1)])
def test_it_is_compared_once_a_night(debtors: Debtors, at: str, times: int) -> None:
    debtors.county.core.settings.clock.set(parse_instant(at))
    nightly = comparison.Nightly()
    runs = [comparison.compare_at_night(debtors.county.core.desk(), nightly) for _ in range(3)]
    assert sum(run is not None for run in runs) == times


def test_a_month_on_the_delayed_list_counts_for_no_run_until_it_is_taken_off(debtors: Debtors) -> None:
    debtors.owing("甲")
    debtors.open("2026-05", "2026-06", "2026-07", "2026-08")
    debtors.keep()
    assert debtors.account("甲").unpaid_run == 4
    debtors.county.sql(
        f"INSERT INTO delay ({DELAY}) "
        "SELECT gen_random_uuid(), county_id, member_id, 202607, branch_id, 202607, '住院', gen_random_uuid(), '', now() "
        "FROM member WHERE member_id = :id",
        id=ident("甲"),
    )
    debtors.keep()
    assert (debtors.account("甲").unpaid_run, debtors.account("甲").owed_months) == (3, 4), "the debt stays (ARR-3)"
    debtors.county.sql("UPDATE delay SET ended_by = gen_random_uuid(), ended_why = 'taken_off', ended_at = now()")
    debtors.keep()
    assert debtors.account("甲").unpaid_run == 4
