"""One interleaving: an order of two people's months, what may be done with it, and what must be true when all is done."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from services.contracts.caller import Caller
from services.dues.providers.payments import PaymentState, RefundState, RefundStatus
from tests.fakes.payments import FakePayments
from tests.integration.dues.county import member
from tests.integration.dues.refund_till import BOSS, CASHIER, FINANCE, SECRETARY
from tests.integration.dues.return_desk import ReturnDesk
from tests.integration.dues.till import forwarded

T = TypeVar("T")
MONTHS = ("2026-08", "2026-09")
FEN = 20
RUNS_OUT = timedelta(minutes=31)
ABNORMAL = 0.15
"""The part of refunds that the provider can't send."""
_LEGAL = {
    "created": lambda taken, sent, total: taken == 0,
    "paying": lambda taken, sent, total: taken == 0,
    "closed": lambda taken, sent, total: taken == 0,
    "succeeded": lambda taken, sent, total: taken < total,
    "refund_requested": lambda taken, sent, total: taken == total > sent,
    "refunded": lambda taken, sent, total: sent == total,
}
STEPS = {
    "ask": 4,
    "approve": 6,
    "refuse": 1,
    "withdraw": 1,
    "pay": 2,
    "notice": 3,
    "refund_job": 3,
    "refund_notice": 3,
    "query_job": 1,
    "run_out": 1,
    "close": 1,
    "pay_anew": 2,
    "mend": 1,
}
"""What may be done, and how often it comes in a script."""


@dataclass(slots=True)
class LockedPayments(FakePayments):
    """The provider in memory for several threads: he does one thing at a time, as a real one's database would."""

    alone: Any = field(default_factory=threading.RLock)

    def _call(self, operation: str, number: str, act: Callable[[], T]) -> T:
        with self.alone:
            return FakePayments._call(self, operation, number, act)

    def payer_pays(self, order_no: str, *, amount_fen: int | None = None, late: bool = False) -> PaymentState:
        with self.alone:
            return FakePayments.payer_pays(self, order_no, amount_fen=amount_fen, late=late)

    def provider_finishes_refund(self, refund_no: str, *, status: RefundStatus = RefundStatus.SUCCEEDED) -> RefundState:
        """What went back stays so."""
        with self.alone:
            now = self._refunds[refund_no][1]
            if now.status is RefundStatus.SUCCEEDED:
                return now
            return FakePayments.provider_finishes_refund(self, refund_no, status=status)

    def finished(self, refund_no: str) -> bool:
        known = self._refunds.get(refund_no)
        return known is not None and known[1].status is not RefundStatus.PROCESSING

    def knows_refund(self, refund_no: str) -> bool:
        return refund_no in self._refunds

    def took(self, order_no: str) -> bool:
        known = self._orders.get(order_no)
        return known is not None and known.state.was_paid


class Round:
    """``begin`` alone, ``do`` from several threads, ``end`` alone."""

    steps: ClassVar[dict[str, int]] = STEPS

    def __init__(self, till: ReturnDesk, index: int, dice: random.Random) -> None:
        self.till, self.index, self.dice = till, index, dice
        self.people = (f"a{index}", f"b{index}")
        self.payer = member(self.people[0])
        counts = dice.choice(((1, 0), (2, 0), (1, 1), (2, 1), (2, 2), (2, 2)))
        self.lines = [
            (name, month) for name, count in zip(self.people, counts, strict=True) for month in MONTHS[:count]
        ]
        self.order: Any = None

    def script(self, steps: int) -> list[str]:
        return self.dice.choices(list(self.steps), list(self.steps.values()), k=steps)

    def dice_seed(self, script: list[str]) -> str:
        return f"{self.index}/{self.dice.random()}/{script}"

    def begin(self) -> None:
        """Placed and known to the provider; mostly paid already, and sometimes a refund waits."""
        self.order = self.till.order(self.payer, FEN * len(self.lines), *self.lines)
        self.till.prepare(self.payer, self.order)
        if self.dice.random() < 0.8:
            self.till.provider.payer_pays(self.order["number"])
            self.till.notify(self.till.paid_notice(self.order))
            if self.dice.random() < 0.6:
                self._ask(self.dice, self.payer)

    def do(self, step: str, dice: random.Random) -> None:
        """One step; raises what the platform answers when it refuses."""
        self._ways()[step](dice)

    def _ways(self) -> dict[str, Callable[[random.Random], None]]:
        return {
            "ask": self._ask,
            "approve": self._approve,
            "refuse": self._refuse,
            "withdraw": self._withdraw,
            "pay": self._pay,
            "notice": self._notice,
            "refund_job": lambda _: self._jobs(self.till.refund_job),
            "refund_notice": self._refund_notice,
            "query_job": lambda _: self._jobs(self.till.query_job),
            "run_out": self._run_out,
            "close": lambda _: self.till.ask("close_order", self.payer, id=self.order["id"]),
            "pay_anew": self._pay_anew,
            "mend": self._mend,
        }

    def end(self) -> None:
        """What is on its way arrives: a notice of payment, the refunds, so that the next interleaving begins alone."""
        if self._provider.took(self.order["number"]):
            self.till.notify(self.till.paid_notice(self.order))
        self.till.refund_job()
        for number in self._refunds():
            if self._provider.knows_refund(number) and not self._provider.finished(number):
                self.till.provider_sends(number)

    def broken(self) -> list[str]:
        """Over-refunds and states that are none, of this order alone; the checker looks at the rest."""
        ((state, total, promised, taken, sent),) = self._sql(
            "SELECT orders.state, total_fen, coalesce(sum(amount_fen), 0)::bigint, coalesce(sum(amount_fen) FILTER "
            "(WHERE refund.channel <> 'cash' OR refund.state = 'succeeded'), 0)::bigint, "
            "coalesce(sum(amount_fen) FILTER (WHERE refund.state = 'succeeded'), 0)::bigint "
            "FROM orders LEFT JOIN refund USING (order_id) WHERE order_id = :order GROUP BY orders.state, total_fen"
        )
        ((kept,),) = self._sql(
            "SELECT coalesce(sum(CASE WHEN debit_kind = ANY (:money) THEN amount_fen ELSE 0 END "
            "- CASE WHEN credit_kind = ANY (:money) THEN amount_fen ELSE 0 END), 0)::bigint "
            "FROM posting WHERE order_id = :order",
            money=["provider_clearing", "cash", "bank"],
        )
        found = []
        if promised > total:
            found.append(f"over-refunded: {promised} fen of {total}")
        if state not in _LEGAL or not _LEGAL[state](taken, sent, total):
            found.append(f"{state} with {taken} fen taken back and {sent} sent of {total}")
        if kept not in (0, total - sent):
            found.append(f"provider, box and bank keep {kept} fen of {total} with {sent} sent")
        return [f"interleaving {self.index}, order {self.order['id']}: {one}" for one in found]

    @property
    def _provider(self) -> LockedPayments:
        assert isinstance(self.till.provider, LockedPayments)
        return self.till.provider

    def _sql(self, statement: str, **given: Any) -> list[Any]:
        return self.till.county.sql(statement, order=self.order["id"], **given)

    def _refunds(self) -> list[str]:
        return [number for (number,) in self._sql("SELECT number FROM refund WHERE order_id = :order ORDER BY 1")]

    def _waiting(self) -> list[str]:
        found = self._sql(
            "SELECT refund_request_id::text FROM refund_request WHERE order_id = :order AND state = 'waiting'"
        )
        return [request_id for (request_id,) in found]

    def _ask(self, dice: random.Random, asker: Caller | None = None) -> None:
        lines = dice.sample(self.lines, dice.randint(1, len(self.lines)))
        officer = dice.choice((self.payer, self.payer, FINANCE, SECRETARY))
        self.till.ask_back(asker or officer, self.order, *lines)

    def _approve(self, dice: random.Random) -> None:
        for request_id in self._waiting()[:1]:
            self.till.ask("approve_refund", dice.choice((BOSS, FINANCE, CASHIER)), id=request_id)

    def _refuse(self, dice: random.Random) -> None:
        for request_id in self._waiting()[-1:]:
            self.till.ask("refuse_refund", dice.choice((BOSS, CASHIER)), id=request_id, words="no")

    def _withdraw(self, dice: random.Random) -> None:
        for request_id in self._waiting()[:1]:
            self.till.ask("withdraw_refund", dice.choice((self.payer, self.payer, FINANCE)), id=request_id)

    def _pay(self, _: random.Random) -> None:
        """Also of an order that was let go meanwhile: WeChat tells of it late."""
        with suppress(AssertionError):  # it is paid already
            self._provider.payer_pays(self.order["number"], late=True)

    def _notice(self, _: random.Random) -> None:
        if self._provider.took(self.order["number"]):
            self.till.notify(self.till.paid_notice(self.order))

    def _jobs(self, job: Callable[[], int]) -> None:
        self.till.clock.advance(timedelta(seconds=15))
        job()

    def _refund_notice(self, dice: random.Random) -> None:
        known = [number for number in self._refunds() if self._provider.knows_refund(number)]
        if not known:
            return
        number = dice.choice(known)
        status = RefundStatus.ABNORMAL if dice.random() < ABNORMAL else RefundStatus.SUCCEEDED
        self._provider.provider_finishes_refund(number, status=status)
        self.till.notify(forwarded(*self._provider.refund_notice(number)), "accept_refund_notice")

    def _run_out(self, _: random.Random) -> None:
        self.till.clock.advance(RUNS_OUT)
        self.till.query_job()

    def _pay_anew(self, dice: random.Random) -> None:
        """Somebody else pays one of the months, as soon as it is free."""
        name, month = dice.choice(self.lines)
        other = member(self.people[1])
        order = self.till.order(other, FEN, (name, month))
        self.till.prepare(other, order)
        with suppress(AssertionError):  # it has run out meanwhile
            self._provider.payer_pays(order["number"])
            self.till.notify(self.till.paid_notice(order))

    def _mend(self, dice: random.Random) -> None:
        """What is stuck is tried again or paid by hand."""
        found = self._sql("SELECT refund_id::text FROM refund WHERE order_id = :order AND state = 'abnormal'")
        for (refund_id,) in found[:1]:
            if dice.random() < 0.5:
                self.till.ask("retry_refund", BOSS, id=refund_id)
            else:
                self.till.ask("enter_hand_payment", FINANCE, id=refund_id, words="bank transfer")
                self.till.ask("confirm_hand_payment", CASHIER, id=refund_id)
