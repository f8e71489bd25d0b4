"""The states of a payment order and the only ways between them: forward, never back.

Owns the table of moves and what a move does to the reserved months. Whether money that came in may make a move is
``settlement``; who may ask for one is the use case's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from services.dues.domain.refusal import Refusal, refuse


class OrderState(StrEnum):
    CREATED = "created"
    PAYING = "paying"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"
    FAILED = "failed"
    LATE_PAID = "late_paid"
    REFUND_REQUESTED = "refund_requested"
    REFUNDED = "refunded"


class OrderEvent(StrEnum):
    """What happens to an order, in the past tense."""

    PREPARED = "prepared"  # the provider knows the order
    PAID = "paid"
    PAYMENT_FAILED = "payment_failed"
    CLOSED = "closed"  # expired, or given up by the payer; closed at the provider first
    PAID_LATE = "paid_late"  # money came after the order had been closed
    REFUND_ASKED = "refund_asked"  # all that was paid is promised back
    REFUND_CONFIRMED = "refund_confirmed"  # all of it went back
    PART_REFUND_ASKED = "part_refund_asked"  # the other lines stay paid
    PART_REFUND_CONFIRMED = "part_refund_confirmed"  # a part went back; other money stays, or is still on its way


_S, _E = OrderState, OrderEvent

MOVES: Mapping[tuple[OrderState, OrderEvent], OrderState] = MappingProxyType(
    {
        (_S.CREATED, _E.PREPARED): _S.PAYING,
        (_S.CREATED, _E.CLOSED): _S.CLOSED,
        # The provider may tell of success before the answer to the preparation is stored: money outruns our own note.
        (_S.CREATED, _E.PAID): _S.SUCCEEDED,
        (_S.PAYING, _E.PAID): _S.SUCCEEDED,
        (_S.PAYING, _E.PAYMENT_FAILED): _S.FAILED,
        (_S.PAYING, _E.CLOSED): _S.CLOSED,
        (_S.CLOSED, _E.PAID_LATE): _S.LATE_PAID,
        (_S.FAILED, _E.PAID_LATE): _S.LATE_PAID,
        (_S.SUCCEEDED, _E.REFUND_ASKED): _S.REFUND_REQUESTED,
        (_S.LATE_PAID, _E.REFUND_ASKED): _S.REFUND_REQUESTED,
        (_S.REFUND_REQUESTED, _E.REFUND_CONFIRMED): _S.REFUNDED,
        # An order of which a part went back is a paid order still: its other lines are.
        (_S.SUCCEEDED, _E.PART_REFUND_ASKED): _S.SUCCEEDED,
        (_S.SUCCEEDED, _E.PART_REFUND_CONFIRMED): _S.SUCCEEDED,
        (_S.REFUND_REQUESTED, _E.PART_REFUND_CONFIRMED): _S.REFUND_REQUESTED,
    }
)
"""Every move there is. What is not here is refused."""

AWAITING_MONEY = frozenset({OrderState.CREATED, OrderState.PAYING})
"""States in which a payment settles the order; its months are reserved."""

RELEASING = frozenset({OrderEvent.CLOSED, OrderEvent.PAYMENT_FAILED, OrderEvent.REFUND_CONFIRMED})
"""Events after which none of the order's lines holds its member-month. A refunded line lets its own go when the refund is
approved: then it is unpaid, whenever the money arrives."""


def refund_promised(*, promised_fen: int, paid_fen: int) -> OrderEvent:
    """What a promise is to an order of which ``promised_fen`` are promised back with it, those sent before among them."""
    if not 0 < promised_fen <= paid_fen:
        raise ValueError("a refund is of some of what was paid, and never of more")
    return OrderEvent.REFUND_ASKED if promised_fen == paid_fen else OrderEvent.PART_REFUND_ASKED


def refund_sent(*, sent_fen: int, paid_fen: int) -> OrderEvent:
    """What a confirmed refund is to an order of which ``sent_fen`` went back with it."""
    if not 0 < sent_fen <= paid_fen:
        raise ValueError("no more goes back than was paid")
    return OrderEvent.REFUND_CONFIRMED if sent_fen == paid_fen else OrderEvent.PART_REFUND_CONFIRMED


def move(state: OrderState, event: OrderEvent) -> OrderState | Refusal:
    """The state after an event, or ``dues.order_state_forbids``."""
    after = MOVES.get((state, event))
    if after is None:
        return refuse("dues.order_state_forbids", state=state.value, event=event.value)
    return after
