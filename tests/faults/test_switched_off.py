"""Each mechanism that keeps money whole, switched off alone: then the damage that it prevents is there, and the checker names it.

One directed scenario for each, with the mechanism and without. Twins that stand elsewhere are listed in the runbook fault-bench.
"""

from __future__ import annotations

import copy
import dataclasses
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from deploy.audit.between import taken_is_booked
from deploy.audit.checker import invariants_of
from deploy.audit.invariant import Taken
from services.chassis import failpoints
from services.chassis.database import Statement
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.caller import Role, gateway
from services.contracts.dues import errors as e
from services.dues import errands
from services.dues.domain.settlement import Settle
from services.dues.orders import closing, hot_settlement, notices, receipts, settling
from services.dues.orders.settling import PaymentTold
from services.dues.providers.payments import ProviderUnavailable
from tests.integration.dues.county import COUNTY, County, holder, member, person
from tests.integration.dues.till import Till

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
LI = member("li")
MEET_S = 1.0
"""Two threads wait this long for each other; where one holds a lock that the other needs, they never meet."""


@pytest.fixture
def till(county: County) -> Till:
    county.roster(person("li", household="H1"), person("mei", household="H1"), person("wang", household="H1"))
    county.ask("open_month", BOSS, month="2026-09")
    return Till(county)


@pytest.fixture
def armed(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "failpoints"
    folder.mkdir()
    failpoints.set_up(folder)
    yield folder
    failpoints.set_up(None)


def paid(till: Till, name: str) -> Any:
    """An order for one person's month whose payer has paid; nobody has told of it yet."""
    order = till.order(LI, 20, (name, "2026-09"))
    till.prepare(LI, order)
    till.provider.payer_pays(order["number"])
    return order


def told(till: Till, order: Any, **changed: Any) -> PaymentTold:
    payment = till.provider.find_payment(order["number"])
    assert payment is not None
    return PaymentTold(dataclasses.replace(payment, **changed), "query")


def broken(till: Till, taken: list[Taken] | None = None) -> set[str]:
    """Names of the invariants that do not hold."""
    with till.county.database.snapshot() as db:
        found = {one.name for one in invariants_of("dues", at_rest=False) if one.check(db).total}
        if taken is not None and taken_is_booked(db, db, taken, at_rest=True).total:
            found.add("taken_is_booked")
    return found


def settle(till: Till, one: PaymentTold) -> Any:
    return till.county.core.desk().run(settling.settle, one).outcome


def side_by_side(monkeypatch: pytest.MonkeyPatch, till: Till, first: PaymentTold, second: PaymentTold) -> list[Any]:
    """Both are judged before either is written, if nothing keeps them apart: their outcomes, or what they raised."""
    meeting, write = threading.Barrier(2), settling._write

    def meet_and_write(*arguments: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            meeting.wait(MEET_S)
        write(*arguments)

    monkeypatch.setattr(settling, "_write", meet_and_write)
    with ThreadPoolExecutor(2) as pool:
        under_way: list[Future[Any]] = [pool.submit(settle, till, one) for one in (first, second)]
        return [one.exception() or one.result() for one in under_way]


# The order's row lock, and the states that only go forward


def without(statement: Statement, clause: str) -> Statement:
    """The same statement without a clause of it, under a name of its own."""
    assert clause in statement.preparation
    changed, name = copy.copy(statement), f"{statement.name}_switched_off"
    changed.name = name
    changed.preparation = statement.preparation.replace(clause, "").replace(statement.name, name, 1)
    changed.execution = statement.execution.replace(statement.name, name, 1)
    return changed


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot_settlement, "_LOCK", without(hot_settlement._LOCK, " FOR UPDATE"))


def without_states(monkeypatch: pytest.MonkeyPatch) -> None:
    clause = " AND orders.state IN ('created', 'paying')"
    monkeypatch.setattr(hot_settlement, "_WRITE", without(hot_settlement._WRITE, clause))


def without_constraints(till: Till, *tables: str) -> None:
    """Drops what makes rows unique, and the check against overpaying."""
    for table in tables:
        for (name,) in till.county.sql(
            "SELECT conname FROM pg_constraint WHERE conrelid = CAST(:t AS regclass) AND contype IN ('p', 'u', 'c')",
            t=table,
        ):
            till.county.sql(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE")
        for (index,) in till.county.sql(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = CAST(:t AS regclass) AND indisunique",
            t=table,
        ):
            till.county.sql(f"DROP INDEX {index}")


def test_notice_and_query_at_the_same_moment_settle_once(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid(till, "mei")
    outcomes = side_by_side(monkeypatch, till, told(till, order), told(till, order))
    assert sorted(map(str, outcomes)) == ["already_known", "settled"]
    assert broken(till) == set()


def test_without_the_row_lock_one_of_them_fails(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nets beneath hold the money: the other one is not told, it breaks."""
    without_lock(monkeypatch)
    order = paid(till, "mei")
    outcomes = side_by_side(monkeypatch, till, told(till, order), told(till, order))
    assert [isinstance(one, Exception) for one in outcomes].count(True) == 1
    assert broken(till) == set()


def test_without_lock_states_and_constraints_the_money_is_there_twice(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_lock(monkeypatch)
    without_states(monkeypatch)
    without_constraints(till, "provider_payment", "posting", "obligation", "receipt")
    order = paid(till, "mei")
    outcomes = side_by_side(monkeypatch, till, told(till, order), told(till, order))
    assert list(map(str, outcomes)) == ["settled", "settled"]
    assert broken(till) >= {"payment_once", "month_settled_once", "line_booked_once"}


# The provider's transaction id is unique


def test_one_transaction_pays_one_order(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = told(till, paid(till, "mei")), paid(till, "wang")
    stolen = told(till, second, transaction_id=first.payment.transaction_id)
    side_by_side(monkeypatch, till, first, stolen)
    assert broken(till) == set()
    assert till.county.sql("SELECT count(*) FROM provider_payment") == [(1,)]


def test_without_unique_transactions_one_pays_two_orders(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    without_constraints(till, "provider_payment")
    first, second = told(till, paid(till, "mei")), paid(till, "wang")
    stolen = told(till, second, transaction_id=first.payment.transaction_id)
    side_by_side(monkeypatch, till, first, stolen)
    assert "payment_once" in broken(till)


# The amount is compared


def test_another_amount_credits_nobody(till: Till) -> None:
    order = paid(till, "mei")
    assert settle(till, told(till, order, amount_fen=19)) == "exception"
    assert broken(till, [Taken(order["number"], told(till, order).payment.transaction_id or "", 19)]) == set()


def test_without_the_comparison_another_amount_pays_the_order(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.dues.domain.settlement.judge_payment", lambda *_: Settle())
    order = paid(till, "mei")
    settle(till, told(till, order, amount_fen=19))
    assert "order_total_true" in broken(till)


# A receipt's number is taken in the transaction that uses it


def settle_at_the_second_try(till: Till, armed: Path) -> None:
    (armed / "settling.written").write_text("raise")
    order = paid(till, "mei")
    with pytest.raises(failpoints.FailpointReached):
        settle(till, told(till, order))
    assert settle(till, told(till, order)) == "settled"


def test_a_settlement_that_broke_leaves_no_gap(till: Till, armed: Path) -> None:
    settle_at_the_second_try(till, armed)
    assert broken(till) == set()


def test_with_numbers_of_their_own_transaction_there_is_a_gap(
    till: Till, armed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = receipts.take_numbers

    def take_apart(_: Any, *arguments: Any) -> Any:
        with till.county.database.transaction() as db:
            return take(db, *arguments)

    monkeypatch.setattr(receipts, "take_numbers", take_apart)
    settle_at_the_second_try(till, armed)
    assert "receipt_numbers_without_gap" in broken(till)


# Events are written in the transaction of their effect


def events_after_a_crash(till: Till, armed: Path) -> tuple[Any, Any]:
    """A process that dies right after its commit: the order's state, and how many events will be told."""
    order = paid(till, "mei")
    till.ask("accept_payment_notice", gateway(COUNTY), **till.paid_notice(order))
    (armed / "notices.settled").write_text("raise")
    with suppress(failpoints.FailpointReached):
        notices.settle_notices(till.county.core.desk())
    ((state,),) = till.county.sql("SELECT state FROM orders WHERE number = :n", n=order["number"])
    ((events,),) = till.county.sql("SELECT count(*) FROM outbox WHERE type = 'dues.order_settled'")
    return state, events


def test_a_crash_after_the_commit_loses_no_event(till: Till, armed: Path) -> None:
    assert events_after_a_crash(till, armed) == ("succeeded", 1)


def test_with_a_second_write_for_events_a_crash_in_between_loses_them(
    till: Till, armed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, rows = notices.settle_notices, []

    def settle_then_tell(desk: Any) -> int:
        settled = real(desk)
        desk.run(lambda work, _: work.db.execute(sa.text("INSERT INTO outbox SELECT * FROM outbox")), None)
        return settled

    monkeypatch.setattr(Work, "event_rows", lambda self, event, messages: rows.append(event) or [])
    monkeypatch.setattr(notices, "settle_notices", settle_then_tell)
    assert events_after_a_crash(till, armed) == ("succeeded", 0)
    assert rows, "there was an event to tell"


# The order's own number, committed before WeChat is asked


def orders_at_the_provider(till: Till) -> int:
    """How many a payer could pay after a lost answer, for one order of ours."""
    order = till.order(LI, 20, ("mei", "2026-09"))
    till.provider.lose_answer("prepay", ProviderUnavailable("timeout"))
    with pytest.raises(e.PaymentProviderUnavailable):
        till.prepare(LI, order)
    with suppress(e.PaymentProviderRefused):
        till.prepare(LI, order)
    return len({number for operation, number in till.provider.calls if operation == "prepay"})


def test_a_lost_prepay_leaves_one_order_to_pay(till: Till) -> None:
    assert orders_at_the_provider(till) == 1


def test_with_a_new_number_for_each_try_there_are_two_to_pay(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    payable = closing.payable_order
    monkeypatch.setattr(
        closing,
        "payable_order",
        lambda work, order_id: dataclasses.replace(payable(work, order_id), number=new_id().replace("-", "")),
    )
    assert orders_at_the_provider(till) == 2


# What is let go is closed at the provider first


def can_still_be_paid(till: Till) -> bool:
    order = till.order(LI, 20, ("mei", "2026-09"))
    till.prepare(LI, order)
    assert till.ask("close_order", LI, id=order["id"])["state"] == "closed"
    with suppress(AssertionError):
        till.provider.payer_pays(order["number"])
        return True
    return False


def test_an_order_that_was_let_go_can_not_be_paid(till: Till) -> None:
    assert not can_still_be_paid(till)


def test_without_closing_at_the_provider_it_can(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "_closed_or_paid", lambda *_: None)
    assert can_still_be_paid(till)


# The query job


def state_without_a_notice(till: Till, *, asks: bool) -> Any:
    order = paid(till, "mei")
    till.clock.advance(closing.query_wait(0))
    if asks:
        till.query_job()
    return till.ask("get_order", LI, id=order["id"])["state"]


@pytest.mark.parametrize(("asks", "state"), [(True, "succeeded"), (False, "paying")])
def test_without_the_query_job_a_lost_notice_is_lost_money(till: Till, asks: bool, state: str) -> None:
    assert state_without_a_notice(till, asks=asks) == state
    order_no = till.county.sql("SELECT number FROM orders")[0][0]
    payment = till.provider.find_payment(order_no)
    assert payment is not None
    taken = [Taken(order_no, payment.transaction_id or "", 20)]
    assert broken(till, taken) == (set() if asks else {"taken_is_booked"})


# The tables' own guards


GUARDS = {
    "posting": ("UPDATE posting SET amount_fen = amount_fen + 1", "ALTER TABLE posting DISABLE TRIGGER USER"),
    "overpaid": (
        "UPDATE obligation SET paid_fen = paid_fen + 20 WHERE paid_fen > 0",
        "ALTER TABLE obligation DROP CONSTRAINT obligation_not_overpaid",
    ),
    "booked twice": (
        "INSERT INTO posting SELECT gen_random_uuid(), county_id, entry, debit_kind, debit_owner, credit_kind, credit_owner, "
        "amount_fen, order_id, line_no, member_id, month, booked_month, reverses, booked_at FROM posting",
        "DROP INDEX posting_line_paid_once",
    ),
    "two live orders": (
        "INSERT INTO order_line SELECT order_id, line_no + 50, member_id, month, branch_id, amount_fen, live FROM order_line",
        "DROP INDEX order_line_live",
    ),
    "a state that is none": (
        "UPDATE orders SET state = 'nearly'",
        "ALTER TABLE orders DROP CONSTRAINT orders_state",
    ),
    "one number for two receipts": (
        "INSERT INTO receipt SELECT gen_random_uuid(), county_id, number || '0', branch_id, year, running_number, order_id, "
        "gen_random_uuid(), payer_id, member_name, payer_name, branch_name, months, amount_fen, channel, simulated, void, "
        "check_code || '0', issued_at FROM receipt",
        "ALTER TABLE receipt DROP CONSTRAINT receipt_running_once",
    ),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_a_table_refuses_what_the_checker_would_find(till: Till, guard: str) -> None:
    wrong, switch_off = GUARDS[guard]
    settle(till, told(till, paid(till, "mei")))
    assert broken(till) == set()
    with pytest.raises(DBAPIError):
        till.county.sql(wrong)
    assert broken(till) == set()
    till.county.sql(switch_off)
    till.county.sql(wrong)
    assert broken(till) != set()
