"""One interleaving about cash: taken, confirmed, asked back, handed back out of box or account, by whoever comes first."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar

from services.contracts.errors import ServiceError
from tests.faults.refund_round import FEN, MONTHS, Round
from tests.integration.dues.cashdesk import SECOND, SECRETARY, TOWNSHIP
from tests.integration.dues.refund_till import CASHIER, FINANCE
from tests.integration.dues.return_desk import ReturnDesk

_WAITING = "SELECT refund_id::text, hand_source FROM refund WHERE order_id = :order AND state = 'requested' ORDER BY 1"


class CashRound(Round):
    """The months are those of the payer alone: nobody pays in cash for another (PAY-5)."""

    steps: ClassVar[dict[str, int]] = {
        **dict.fromkeys(("ask", "record"), 4),
        **dict.fromkeys(("approve", "confirm_return"), 6),
        **dict.fromkeys(("release_return", "bank", "pay_anew"), 2),
        **dict.fromkeys(("refuse", "withdraw", "confirm_cash", "release_cash"), 1),
    }

    def __init__(self, till: ReturnDesk, index: int, dice: random.Random) -> None:
        super().__init__(till, index, dice)
        self.lines = [(self.people[0], month) for month in MONTHS[: dice.choice((1, 2, 2))]]
        self.taking_id = ""

    def begin(self) -> None:
        """Taken, mostly confirmed by a second person, and sometimes a refund waits to be decided or handed back."""
        taken = self.till.cash.take(FEN * len(self.lines), *self.lines)
        self.taking_id = taken["id"]
        ((order_id, number),) = self.till.county.sql(
            "SELECT order_id::text, number FROM orders WHERE taking_id = :id", id=self.taking_id
        )
        self.order = {"id": order_id, "number": number}
        if self.dice.random() < 0.85:
            self._confirm_cash(self.dice)
            if self.dice.random() < 0.7:
                self._ask(self.dice, self.payer)
            if self.dice.random() < 0.6:
                self._approve(self.dice)
            if self.dice.random() < 0.5:
                with suppress(ServiceError):  # nothing of it is banked
                    self._record(self.dice)

    def end(self) -> None:
        """What is recorded stays so: cash has nothing on its way."""

    def _ways(self) -> dict[str, Callable[[random.Random], None]]:
        return {
            **super()._ways(),
            "record": self._record,
            "confirm_return": self._confirm_return,
            "release_return": self._release_return,
            "bank": self._bank,
            "confirm_cash": self._confirm_cash,
            "release_cash": lambda _: self.till.cash.release({"id": self.taking_id}),
        }

    def _confirm_cash(self, dice: random.Random) -> None:
        self.till.cash.confirm({"id": self.taking_id}, dice.choice((SECOND, TOWNSHIP)))

    def _record(self, dice: random.Random) -> None:
        for refund_id, _ in self._sql(_WAITING)[:1]:
            source = dice.choice(("box", "box", "bank"))
            by = FINANCE if source == "bank" else dice.choice((SECRETARY, SECOND))
            self.till.record(refund_id, source, f"{self.index}-{dice.random():.12f}", by)

    def _confirm_return(self, dice: random.Random) -> None:
        for refund_id, source in self._sql(_WAITING)[:1]:
            by = (FINANCE, CASHIER) if source == "bank" else (SECRETARY, SECOND, TOWNSHIP)
            self.till.confirm(refund_id, dice.choice(by))

    def _release_return(self, dice: random.Random) -> None:
        for refund_id, _ in self._sql(_WAITING)[-1:]:
            self.till.release(refund_id, dice.choice((SECOND, FINANCE)))

    def _bank(self, dice: random.Random) -> None:
        """Some of the box, whoever's it was: cash is alike."""
        self.till.bank(FEN, f"S{self.index}-{dice.randrange(10**12)}")
