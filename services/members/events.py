"""What the members service does about what others tell: it tells the person concerned (PAY-7).

Each handler runs once for an event, since the chassis keeps the event's id in the same transaction. Decides nothing about money.
"""

from __future__ import annotations

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.dues.messages import (
    CashRefundApproved,
    OrderRefunded,
    OrderSettled,
    RefundApproved,
    RefundRefused,
)
from services.contracts.members.messages import (
    CASH_CONFIRMED,
    CASH_REFUND_READY,
    CASH_RETURNED,
    MONTH_REOPENED,
    ORDER,
    PAID_FOR_YOU,
    RECEIPT,
    REFUND_REFUSED,
    REFUND_SENT,
)
from services.members.storage import notices

CASH = "cash"
"""The channel of an order that an administrator entered."""


def order_settled(work: Work, event: OrderSettled) -> None:
    """The beneficiary is told what was paid for him: his own months and amount. Who paid stands on his receipt, not here.

    What a member paid for himself he knows; of cash that was entered in his name he is told, so that he can compare (PAY-5). A
    beneficiary whom the roster does not hold breaks the reference, so the event is
    parked for a person to look at.
    """
    is_cash = event.channel == CASH
    if event.payer_member_id == event.member_id and not is_cash:
        return
    notices.add(
        work.db,
        {
            "id": new_id(),
            "county_id": work.caller.county_id,
            "member_id": event.member_id,
            "kind": CASH_CONFIRMED if is_cash else PAID_FOR_YOU,
            "months": sorted(month.number for month in event.months),
            "amount_fen": event.amount_fen,
            "reference_kind": RECEIPT,
            "reference_id": event.receipt_id,
            "told_at": work.now,
        },
    )


def refund_approved(work: Work, event: RefundApproved) -> None:
    """The beneficiary is told that his months are due again, whoever paid: the payer hears of his money when it has gone back."""
    months = sorted(month.number for month in event.months)
    mine = event.member_id == event.payer_member_id
    order = {"reference_kind": ORDER, "reference_id": event.order_id} if mine else {}
    _tell(work, event.member_id, MONTH_REOPENED, event.amount_fen, months=months, **order)


def refund_refused(work: Work, event: RefundRefused) -> None:
    """The payer is told; why stands at his order."""
    order = {"reference_kind": ORDER, "reference_id": event.order_id}
    _tell(work, event.payer_member_id, REFUND_REFUSED, event.amount_fen, months=[], **order)


def cash_refund_approved(work: Work, event: CashRefundApproved) -> None:
    """The payer is told that his cash waits for him."""
    order = {"reference_kind": ORDER, "reference_id": event.order_id}
    _tell(work, event.payer_member_id, CASH_REFUND_READY, event.amount_fen, months=[], **order)


def order_refunded(work: Work, event: OrderRefunded) -> None:
    """The payer is told that the money has gone back, late money too; of cash, so that he can compare."""
    kind = CASH_RETURNED if event.channel == CASH else REFUND_SENT
    order = {"reference_kind": ORDER, "reference_id": event.order_id}
    _tell(work, event.payer_member_id, kind, event.amount_fen, months=[], **order)


def _tell(work: Work, member_id: str, kind: str, amount_fen: int, **beside: object) -> None:
    values = {"id": new_id(), "county_id": work.caller.county_id, "member_id": member_id, "kind": kind}
    notices.add(work.db, {**values, "amount_fen": amount_fen, "told_at": work.now, **beside})
