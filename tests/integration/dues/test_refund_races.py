"""Refunds that meet: a line goes back once whoever asks and decides at one moment, and the database itself says so (PAY-11)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.dues import errors as e
from services.contracts.errors import ServiceError
from services.dues.domain.refund import PaidOrder
from services.dues.orders import store as order_store
from services.dues.refunding import store as refund_store
from tests.faults.interleavings import GUARDS_OF_REFUNDS, MONTHS, run, staged
from tests.integration.dues.county import County, member, person
from tests.integration.dues.refund_till import BOSS, CASHIER, FINANCE, RefundTill

LI = member("li")
AT_ONCE = 4
PATIENCE_S = 20
"""The other one comes, or has failed on his way."""
SHORT = 60
"""Interleavings inside the tests; the command plays thousands."""


@pytest.fixture
def till(county: County) -> RefundTill:
    county.roster(person("li", shown="李大山"))
    for month in MONTHS:
        county.ask("open_month", BOSS, month=month)
    return RefundTill(county)


@pytest.fixture
def order(till: RefundTill) -> Any:
    return till.pay(LI, 40, *(("li", month) for month in MONTHS))


def together(act: Callable[[int], Any]) -> list[str]:
    """What became of it for each of some who do it at once."""
    ready = threading.Barrier(AT_ONCE)

    def one(place: int) -> str:
        ready.wait()
        try:
            act(place)
        except ServiceError as refusal:
            return str(refusal.code)
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(one, range(AT_ONCE)))


def promised(till: RefundTill) -> list[tuple[int, int]]:
    return [
        (int(fen), int(total))
        for fen, total in till.county.sql(
            "SELECT coalesce(sum(refund.amount_fen), 0), total_fen FROM orders LEFT JOIN refund USING (order_id) "
            "GROUP BY order_id, total_fen"
        )
    ]


def test_a_line_that_several_ask_back_at_once_is_asked_back_once(till: RefundTill, order: Any) -> None:
    outcomes = together(lambda _: till.ask_back(LI, order, ("li", "2026-09")))
    assert outcomes == ["done", *["dues.refund_not_possible"] * (AT_ONCE - 1)]


def test_a_refund_that_several_approve_at_once_is_promised_once(till: RefundTill, order: Any) -> None:
    asked = till.ask_back(LI, order, ("li", "2026-08"), ("li", "2026-09"))
    deciders = (BOSS, FINANCE, CASHIER, BOSS)
    outcomes = together(lambda place: till.ask("approve_refund", deciders[place], id=asked["id"]))
    assert outcomes == ["done", *["dues.refund_not_waiting"] * (AT_ONCE - 1)]
    assert promised(till) == [(40, 40)]
    assert till.broken() == {}


def meet_before_deciding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rows' locks: two have read all that they decide by before either has decided."""
    both = threading.Barrier(2)
    read = refund_store.paid_postings
    monkeypatch.setattr(refund_store, "paid_order", lambda _, order: PaidOrder(order.state, order.total_fen, 0, 0, 0))
    monkeypatch.setattr(refund_store, "taken_back_fen", lambda *_, **__: 0)
    monkeypatch.setattr(
        refund_store, "paid_postings", lambda db, one: [each for each in read(db, one) if each.posting.reverses is None]
    )
    found_order, found_request = order_store.find_order, refund_store.find_request

    def unlocked(db: Any, request_id: str, *, lock: bool = False) -> Any:
        found = found_request(db, request_id)
        if lock:
            both.wait(PATIENCE_S)
        return found

    monkeypatch.setattr(order_store, "find_order", lambda db, **said: found_order(db, **(said | {"lock": False})))
    monkeypatch.setattr(refund_store, "find_request", unlocked)


def approve_twice(till: RefundTill, order: Any) -> list[BaseException | None]:
    asked = till.ask_back(LI, order, ("li", "2026-08"), ("li", "2026-09"))
    with ThreadPoolExecutor(2) as pool:
        decided = [pool.submit(till.ask, "approve_refund", who, id=asked["id"]) for who in (FINANCE, CASHIER)]
        return [one.exception() for one in decided]


def test_without_the_locks_the_database_alone_lets_no_fen_go_back_twice(
    till: RefundTill, order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_before_deciding(monkeypatch)
    faults = approve_twice(till, order)
    assert [type(one) for one in faults].count(sa.exc.IntegrityError) == 1
    assert promised(till) == [(40, 40)]


def test_without_locks_and_guards_more_goes_back_than_was_paid_and_the_checker_says_so(
    till: RefundTill, order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: what stands between two approvals and the money is these two, and nothing else."""
    for statement in GUARDS_OF_REFUNDS:
        till.county.sql(statement)
    meet_before_deciding(monkeypatch)
    assert approve_twice(till, order) == [None, None]
    assert promised(till) == [(80, 40)]
    assert "refunds_within_payment" in till.broken()


def test_the_database_counts_each_refund_and_takes_none_beyond_the_payment(till: RefundTill, order: Any) -> None:
    till.refund(LI, order, ("li", "2026-09"))
    again = (
        "INSERT INTO refund (refund_id, number, order_id, county_id, amount_fen, reason, state, next_try_at, asked_at) "
        "SELECT gen_random_uuid(), 'another', order_id, county_id, :fen, 'x', 'requested', now(), now() FROM refund LIMIT 1"
    )
    with pytest.raises(sa.exc.IntegrityError, match="orders_refunded_within_total"):
        till.county.sql(again, fen=21)
    with pytest.raises(sa.exc.DBAPIError, match="keeps its order and its amount"):
        till.county.sql("UPDATE refund SET amount_fen = 1")
    with pytest.raises(sa.exc.DBAPIError, match="never deleted"):
        till.county.sql("DELETE FROM refund")


def test_an_approved_refund_and_one_who_pays_the_month_anew_never_meet_in_the_middle(
    till: RefundTill, order: Any
) -> None:
    asked = till.ask_back(LI, order, ("li", "2026-09"))

    def act(place: int) -> None:
        if place == 0:
            till.ask("approve_refund", FINANCE, id=asked["id"])
        else:
            till.order(LI, 20, ("li", "2026-09"))

    outcomes = together(act)
    assert set(outcomes) <= {"done", "dues.month_already_paid", "dues.month_reserved", "dues.total_changed"}
    assert till.county.sql("SELECT count(*) FROM order_line WHERE live AND month = 202609")[0][0] <= 1
    assert till.broken() == {}


def test_random_interleavings_leave_the_books_sound(county: County, tmp_path: Any) -> None:
    with staged(county.url, tmp_path, SHORT) as till:
        verdict = run(till, SHORT, seed=20_260_915)
    assert verdict.broken == []
    assert verdict.interleavings == SHORT
    steps = ("ask", "approve", "withdraw", "notice", "refund_notice", "run_out", "record", "confirm_return", "bank")
    assert min(verdict.done[step] for step in steps) > 0


def test_a_refused_request_can_not_be_approved_at_the_same_moment(till: RefundTill, order: Any) -> None:
    asked = till.ask_back(LI, order, ("li", "2026-09"))

    def act(place: int) -> None:
        way, words = ("approve_refund", "") if place % 2 else ("refuse_refund", "no")
        till.ask(way, (FINANCE, CASHIER)[place % 2], id=asked["id"], words=words)

    assert together(act) == ["done", *[e.RefundNotWaiting.code] * (AT_ONCE - 1)]
    assert till.broken() == {}
