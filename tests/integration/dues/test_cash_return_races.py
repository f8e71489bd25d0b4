"""Refunds of cash that meet: the box gives each fen once, and a line goes back once, whoever acts at one moment (PAY-11)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.dues import errors as e
from services.contracts.errors import ServiceError
from services.dues.cash import box
from services.dues.domain import cash_return as rules
from services.dues.domain.cash_return import BranchCash
from services.dues.orders import store as order_store
from services.dues.refunding import store as refund_store
from services.dues.storage.cash import cash_box
from tests.faults.interleavings import GUARDS_OF_REFUNDS
from tests.integration.dues.cashdesk import SECOND
from tests.integration.dues.county import County, member
from tests.integration.dues.refund_till import BOSS, CASHIER, FINANCE
from tests.integration.dues.return_desk import TOWNSHIP, ReturnDesk, populate

LI, WANG = member("li"), member("wang")
AUGUST, SEPTEMBER = "2026-08", "2026-09"
PATIENCE_S = 20
GUARDS_OF_BOX = (
    "ALTER TABLE cash_box DROP CONSTRAINT cash_box_promise_in_hand",
    "ALTER TABLE cash_box DROP CONSTRAINT cash_box_not_below_zero",
)
GUARDS_OF_RETURNS = (*GUARDS_OF_REFUNDS, *GUARDS_OF_BOX, "DROP INDEX posting_refund_step_once")


@pytest.fixture
def desk(county: County) -> ReturnDesk:
    return populate(county, "li", "wang")


def together(*acts: Callable[[], Any]) -> list[str]:
    """What became of each: ``done``, a refusal's reason or code, or the fault's name."""
    ready = threading.Barrier(len(acts))

    def one(act: Callable[[], Any]) -> str:
        ready.wait()
        try:
            act()
        except ServiceError as refusal:
            return str(refusal.detail.get("reason", refusal.code))
        except Exception as fault:  # noqa: BLE001 (what the database says, for the twins)
            return type(fault).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def two_for_one_box(desk: ReturnDesk) -> tuple[str, str]:
    """Two refunds of 20 each, and 20 in the box that are not on their way to the bank."""
    li, wang = desk.pay_cash("li", AUGUST), desk.pay_cash("wang", AUGUST)
    desk.cash.hand_in(20)
    return desk.approve("li", li, AUGUST), desk.approve("wang", wang, AUGUST)


def record_both(desk: ReturnDesk, first: str, second: str) -> list[str]:
    return together(
        lambda: desk.record(first, voucher="领-01"), lambda: desk.record(second, voucher="领-02", by=SECOND)
    )


def test_two_refunds_at_once_never_take_the_same_cash(desk: ReturnDesk) -> None:
    first, second = two_for_one_box(desk)
    assert record_both(desk, first, second) == ["box_too_low", "done"]
    assert (desk.box(), desk.broken()) == ((40, 40, 0), {})


def look_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the box's lock: both have read what there is before either takes it."""
    both = threading.Barrier(2)

    def unlocked(work: Any, branch_id: str) -> BranchCash:
        c = cash_box.c
        row = work.db.execute(sa.select(c.held_fen, c.promised_fen, c.banked_fen).where(c.branch_id == branch_id)).one()
        both.wait(PATIENCE_S)
        return BranchCash(*row)

    monkeypatch.setattr(box, "locked", unlocked)


def test_without_the_lock_the_database_alone_gives_no_more_than_the_box_holds(
    desk: ReturnDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_for_one_box(desk)
    look_together(monkeypatch)
    assert record_both(desk, first, second) == ["IntegrityError", "done"]
    assert desk.box() == (40, 40, 0)


def test_without_lock_and_guard_the_box_promises_what_it_has_not_and_the_checker_says_so(
    desk: ReturnDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: between two refunds and one box stand these two, and nothing else."""
    first, second = two_for_one_box(desk)
    for statement in GUARDS_OF_BOX:
        desk.county.sql(statement)
    look_together(monkeypatch)
    assert record_both(desk, first, second) == ["done", "done"]
    assert desk.box() == (40, 60, 0)
    assert "cash_box_as_booked" in desk.broken()


def test_the_bank_and_the_payer_never_get_the_same_cash(desk: ReturnDesk) -> None:
    order = desk.pay_cash("li", AUGUST, SEPTEMBER)
    refund_id = desk.approve("li", order, SEPTEMBER)
    outcomes = together(lambda: desk.record(refund_id), lambda: desk.cash.hand_in(30))
    assert outcomes in (["box_too_low", "done"], ["done", e.CashNotEnough.code])
    assert desk.broken() == {}


def test_several_who_confirm_at_once_pay_out_once(desk: ReturnDesk) -> None:
    order = desk.pay_cash("li", AUGUST, SEPTEMBER)
    refund_id = desk.approve("li", order, SEPTEMBER)
    desk.record(refund_id)
    outcomes = together(*(lambda by=by: desk.confirm(refund_id, by) for by in (SECOND, TOWNSHIP, SECOND)))
    assert outcomes == ["already_returned", "already_returned", "done"]
    assert desk.balances() == {"cash": 20, "branch_dues_income": -20}
    assert desk.broken() == {}


def test_one_confirms_while_another_strikes_it_out_and_only_one_of_them_does(desk: ReturnDesk) -> None:
    order = desk.pay_cash("li", AUGUST, SEPTEMBER)
    refund_id = desk.approve("li", order, SEPTEMBER)
    desk.record(refund_id)
    outcomes = together(lambda: desk.confirm(refund_id, TOWNSHIP), lambda: desk.release(refund_id, SECOND))
    assert outcomes in (["already_returned", "done"], ["done", "nothing_recorded"])
    assert desk.broken() == {}


def test_whoever_asked_takes_it_back_or_another_approves_it_never_both(desk: ReturnDesk) -> None:
    order = desk.pay_cash("li", AUGUST, SEPTEMBER)
    asked = desk.ask_back(LI, order, ("li", SEPTEMBER))
    outcomes = together(
        lambda: desk.ask("withdraw_refund", LI, id=asked["id"]),
        lambda: desk.ask("approve_refund", FINANCE, id=asked["id"]),
        lambda: desk.ask("approve_refund", CASHIER, id=asked["id"]),
        lambda: desk.ask("refuse_refund", BOSS, id=asked["id"], words="no"),
    )
    assert outcomes == ["done", *[e.RefundNotWaiting.code] * 3]
    assert desk.broken() == {}


def confirm_together(desk: ReturnDesk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Without the order's lock: both have judged, and read nothing of the other's, before either pays out."""
    order = desk.pay_cash("li", AUGUST, SEPTEMBER)
    refund_id = desk.approve("li", order, SEPTEMBER)
    desk.record(refund_id)
    both, judge = threading.Barrier(2), rules.confirm
    found_order, read = order_store.find_order, refund_store.paid_postings

    def judged(*given: Any) -> Any:
        answer = judge(*given)
        both.wait(PATIENCE_S)
        return answer

    monkeypatch.setattr(rules, "confirm", judged)
    monkeypatch.setattr(order_store, "find_order", lambda db, **said: found_order(db, **(said | {"lock": False})))
    monkeypatch.setattr(refund_store, "taken_back_fen", lambda *_, **__: 0)
    monkeypatch.setattr(
        refund_store, "paid_postings", lambda db, one: [each for each in read(db, one) if each.posting.reverses is None]
    )
    return together(lambda: desk.confirm(refund_id, SECOND), lambda: desk.confirm(refund_id, TOWNSHIP))


def test_without_the_lock_the_database_alone_lets_no_line_go_back_twice(
    desk: ReturnDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert confirm_together(desk, monkeypatch) == ["IntegrityError", "done"]
    assert desk.balances() == {"cash": 20, "branch_dues_income": -20}


def test_without_lock_and_guards_a_line_goes_back_twice_and_the_checker_says_so(
    desk: ReturnDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for statement in GUARDS_OF_RETURNS:
        desk.county.sql(statement)
    assert confirm_together(desk, monkeypatch) == ["done", "done"]
    assert desk.balances() == {}, "20 of 40 were asked back, and 40 went"
    assert {"line_refunded_once", "refund_booked_once"} <= set(desk.broken())
