"""The money side of the year: orders placed and paid, late ones, refunds, and the provider's bill beside the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.caller import gateway
from services.contracts.dues import errors as e
from services.contracts.values import YearMonth
from services.dues.orders import notices
from tests.integration.dues.bill_day import file_of
from tests.integration.dues.cashdesk import CashDesk
from tests.integration.dues.county import COUNTY, ident, member
from tests.integration.dues.refund_till import CASHIER, FINANCE
from tests.integration.dues.year.model import Line, Model, Order
from tests.integration.dues.year.world import World, officer, second
from tests.load.bills import Row

PATIENCE = timedelta(minutes=16)
"""Longer than an order waits."""


class Tellers:
    def __init__(self, world: World, model: Model) -> None:
        self.world, self.model, self.till = world, model, world.till
        self.cash = CashDesk(world)
        self.waiting: list[Order] = []
        self.taken: dict[date, list[Row]] = defaultdict(list)
        """The provider's own books, by day."""
        self.bills = self.refunds = 0
        self.in_hand: defaultdict[str, int] = defaultdict(int)
        """Cash of each branch that is not banked."""
        self.handed_back: dict[str, int] = defaultdict(int)
        """Fen of cash that went back, by out of which money."""

    @property
    def running(self) -> YearMonth:
        return YearMonth.of(self.world.today)

    # Paying

    def order(self, payer: str, wished: Sequence[tuple[str, YearMonth]]) -> Order | None:
        """Placed at the sum that the rules give, not at one that was asked for; prepared, not paid. None: nothing to pay."""
        found = (self.model.line(name, month) for name, month in wished)
        lines = tuple(line for line in found if line is not None)
        if not lines:
            return None
        placed = self.place(payer, lines)
        self.till.prepare(member(payer), placed)
        return Order(placed["id"], placed["number"], payer, lines, self.world.today, "")

    def place(self, payer: str, lines: Sequence[Line]) -> Any:
        total = sum(line.fen for line in lines)
        return self.till.order(member(payer), total, *((line.name, str(line.month)) for line in lines))

    def pay(self, payer: str, *wished: tuple[str, YearMonth]) -> Order | None:
        """Ordered and paid; its notice waits with the others of the day."""
        order = self.order(payer, wished)
        if order is not None:
            self.paid(order)
        return order

    def paid(self, order: Order) -> None:
        self._takes(order)
        assert self.till.ask(
            "accept_payment_notice", gateway(COUNTY), **self.till.paid_notice({"number": order.number})
        )
        self.waiting.append(order)

    def _takes(self, order: Order, *, late: bool = False) -> None:
        order.transaction = str(self.till.provider.payer_pays(order.number, late=late).transaction_id)
        self.taken[self.world.today].append(
            Row(self._at(), order.transaction, order.number, sum(line.fen for line in order.lines))
        )

    def settle(self) -> None:
        """One batch, as the job does it; then the model is told."""
        notices.settle_notices(self.world.core.desk())
        for order in self.waiting:
            self.model.credit(order, self.running)
        self.waiting = []

    def take(self, branch: str, wished: Sequence[tuple[str, YearMonth]]) -> None:
        """Cash taken by the branch and confirmed by a second person."""
        found = (self.model.line(name, month) for name, month in wished)
        lines = [line for line in found if line is not None]
        total = sum(line.fen for line in lines)
        by, day = officer(branch), self.world.today
        wish = [(line.name, str(line.month)) for line in lines]
        taken = self.cash.take(total, *wish, by=by, branch=branch)
        assert self.cash.confirm(taken, second(branch))["state"] == "confirmed"
        rows = self.world.sql(
            "SELECT order_id::text, number, payer_id::text FROM orders WHERE taking_id = :id", id=taken["id"]
        )
        names = {ident(line.name): line.name for line in lines}
        for order_id, number, payer_id in rows:
            own = tuple(line for line in lines if line.name == names[payer_id])
            self.model.credit(Order(order_id, number, names[payer_id], own, day, "", cash=True), self.running)
        self.in_hand[branch] += total

    def bank(self) -> None:
        """What the branches have in hand is banked and found on the statement (BOOK-3)."""
        for branch, fen in self.in_hand.items():
            if fen == 0:
                continue
            slip = f"{branch}-{self.world.today:%Y%m%d}"
            body = {"amount_fen": fen, "banked_on": self.world.today.isoformat(), "slip_number": slip}
            deposit = self.cash.ask("hand_in_cash", officer(branch), org_id=ident(branch), **body)
            assert self.cash.match(deposit, fen, slip)["state"] == "confirmed"
        self.in_hand.clear()

    # Two payers for one month (PAY-11)

    def late(self, name: str, other: str, month: YearMonth) -> None:
        """He orders and waits too long; another pays the month; then his money comes after all and goes back by itself."""
        first = self.order(name, [(name, month)])
        if first is None:
            return
        with pytest.raises(e.MonthReserved):
            self.place(other, first.lines)
        self.world.clock.advance(PATIENCE)
        assert self.till.query_job() == 1
        self.pay(other, (name, month))
        self.settle()
        with pytest.raises(e.MonthAlreadyPaid):
            self.place(name, first.lines)
        first.late = True
        self._takes(first, late=True)
        assert self.till.notify(self.till.paid_notice({"number": first.number})) == "late"
        self._send_back(first)

    # Refunds, as PAY-11 has them

    def give_back(self, order: Order, lines: Sequence[Line]) -> None:
        """Asked for by the payer, approved by the county's finance, reversed in the running month."""
        if order.cash:
            self.hand_back(order, lines, "bank")
            return
        wished = [(line.name, str(line.month)) for line in lines]
        approved = self.till.refund(member(order.payer), {"id": order.order_id}, *wished, by=FINANCE)
        fen = self.model.give_back(order, lines, self.running)
        assert approved["amount_fen"] == fen
        self.refunds += 1
        self._send_back(order)

    def hand_back(self, order: Order, lines: Sequence[Line], source: str) -> None:
        """The same of cash: until two persons have said that it went back, its months stay paid."""
        wished = [(line.name, str(line.month)) for line in lines]
        before = self.seen(order.payer)
        approved = self.till.refund(member(order.payer), {"id": order.order_id}, *wished, by=FINANCE)
        assert (approved["standing"], self.seen(order.payer)) == ("approved", before)
        branch = lines[0].branch
        (waiting,) = self.till.ask("list_cash_returns", officer(branch), org_id=ident(branch))["items"]
        by, other = (officer(branch), second(branch)) if source == "box" else (FINANCE, CASHIER)
        said = {"id": waiting["id"], "source": source, "voucher": f"{order.number[:8]}-{self.world.today}"}
        self.till.ask("record_cash_return", by, **said)
        with pytest.raises(e.RefundNeedsAnother):
            self.till.ask("confirm_cash_return", by, id=waiting["id"])
        assert self.till.ask("confirm_cash_return", other, id=waiting["id"])["state"] == "returned"
        fen = self.model.give_back(order, lines, self.running)
        assert waiting["amount_fen"] == fen
        self.refunds += 1
        self.handed_back[source] += fen
        if source == "box":
            self.in_hand[branch] -= fen

    def _send_back(self, order: Order) -> None:
        self.till.refund_job()
        rows = self.world.sql(
            "SELECT number, amount_fen FROM refund WHERE order_id = :id AND succeeded_at IS NULL", id=order.order_id
        )
        for number, fen in rows:
            assert self.till.provider_sends(number) == "settled"
            self.model.sent_back.append((self.world.today, number, fen, order))
            row = Row(self._at(), order.transaction, order.number, fen, refund_no=number)
            self.taken[self.world.today].append(row)

    def _at(self) -> str:
        return f"{self.world.today} 10:30:00"

    # The day bill (BOOK-8)

    def bill(self, *, planted: bool = False) -> None:
        """Yesterday's bill is brought and agrees; planted, it lacks a payment and has one that nobody knows."""
        day = self.world.today - timedelta(days=1)
        rows = list(self.taken[day])
        if not rows:
            return
        expected = set()
        if planted:
            gone = next(row for row in rows if not row.refund_no)
            rows = [row for row in rows if row.transaction_id != gone.transaction_id]
            rows.append(Row(f"{day} 11:00:00", f"x{day}", "unknown", 33))
            expected = {("payment_only_in_ledger", gone.transaction_id), ("payment_of_unknown_order", f"x{day}")}
            backs = [row for row in self.taken[day] if row.refund_no and row.transaction_id == gone.transaction_id]
            expected |= {("refund_only_in_ledger", row.refund_no) for row in backs}
        desk = self.world.bills
        assert desk.brought(file_of(*rows), day)["state"] == "matched"
        assert desk.found(day=day.isoformat()) == expected, day
        told = desk.day(day)
        assert (told["state"], told["open"]) == (("differs", len(expected)) if expected else ("agreed", 0))
        taken = sum(row.amount_fen for row in self.taken[day] if not row.refund_no)
        assert told["ledger_payment_fen"] == taken, day
        self.bills += 1

    def months_of(self, name: str, until: YearMonth) -> list[tuple[str, YearMonth]]:
        return [(name, month) for month in self.model.unpaid(name, until)]

    def seen(self, name: str) -> dict[str, tuple[int | None, int]]:
        """His own page."""
        found = self.world.ask("get_my_dues", member(name))["months"]
        return {one["month"]: (one["amount_fen"], one["paid_fen"]) for one in found}
