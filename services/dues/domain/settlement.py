"""What to do with a payment that the provider tells of (PAY-9, PAY-11): notice, query and day bill all ask here.

Owns the judgement alone. Signatures, serials and timestamps are proven before this; books and states change after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.contracts.values import OrderId
from services.dues.domain.order_state import AWAITING_MONEY, OrderState

CURRENCY = "CNY"


class PaymentState(StrEnum):
    """How the provider says a payment stands, in our words; each provider's own words are translated at the edge."""

    SUCCESS = "success"
    PENDING = "pending"
    CLOSED = "closed"
    FAILED = "failed"
    REFUNDED = "refunded"


class PaymentField(StrEnum):
    """What must agree between order and payment (PAY-9)."""

    ORDER = "order"
    MERCHANT = "merchant"
    APP = "app"
    CURRENCY = "currency"
    AMOUNT = "amount"
    TRANSACTION = "transaction"


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What of an order a payment is held against. ``credited_transaction_id`` is the payment already booked for it."""

    order_id: OrderId
    merchant_id: str
    app_id: str
    total_fen: int
    state: OrderState
    credited_transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment as the provider tells it."""

    order_id: OrderId
    transaction_id: str
    merchant_id: str
    app_id: str
    currency: str
    amount_fen: int
    state: PaymentState


@dataclass(frozen=True, slots=True)
class Settle:
    """Credit the order's lines: once, now."""


@dataclass(frozen=True, slots=True)
class LatePaid:
    """Real money for an order that no longer holds its months: into suspense, and back to the payer."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something does not agree: nothing changes, a person looks at it."""

    field: PaymentField


@dataclass(frozen=True, slots=True)
class AlreadySettled:
    """The same payment told again: the first answer stands."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """No success, so nothing to credit."""

    state: PaymentState


Judgement = Settle | LatePaid | Mismatch | AlreadySettled | Ignore


def _disagreeing_field(order: OrderFacts, payment: PaymentFacts) -> PaymentField | None:
    agreements = (
        (PaymentField.ORDER, order.order_id == payment.order_id),
        (PaymentField.MERCHANT, order.merchant_id == payment.merchant_id),
        (PaymentField.APP, order.app_id == payment.app_id),
        (PaymentField.CURRENCY, payment.currency == CURRENCY),
        (PaymentField.AMOUNT, order.total_fen == payment.amount_fen),
    )
    return next((field for field, agrees in agreements if not agrees), None)


def judge_payment(order: OrderFacts, payment: PaymentFacts) -> Judgement:
    """What this payment means for this order.

    Agreement is checked before repetition: a repeat with another amount is no repeat. An order takes one payment in its
    life; a second transaction for it is a case for a person, since the provider promises that it cannot happen.
    The order's state decides what is late, not the clock: as long as the months are reserved the payment may have them.
    """
    if payment.state is not PaymentState.SUCCESS:
        return Ignore(payment.state)
    field = _disagreeing_field(order, payment)
    if field is not None:
        return Mismatch(field)
    if order.credited_transaction_id is not None:
        same = order.credited_transaction_id == payment.transaction_id
        return AlreadySettled() if same else Mismatch(PaymentField.TRANSACTION)
    if order.state in AWAITING_MONEY:
        return Settle()
    if order.state in (OrderState.CLOSED, OrderState.FAILED):
        return LatePaid()
    # Succeeded or refunded without a booked transaction: our own books are at fault, never the payer's second payment.
    return Mismatch(PaymentField.TRANSACTION)
