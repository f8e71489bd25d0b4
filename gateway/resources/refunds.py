"""Refunds of paid orders: asked for line by line, decided by another, mended where the provider can't send them, handed back
where they were paid in cash (PAY-11)."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.dues import methods as dues

_TAG = "dues: refunds"


class OrderRefundRequests(Resource):
    on_get = asks(
        dues.LIST_ORDER_REFUNDS, "What of my order may be asked back, and what was", path={"id": "id"}, tag=_TAG
    )
    on_post = sends(
        dues.ASK_REFUND,
        "Ask for the money of whole lines of an order; somebody else decides",
        path={"id": "order_id"},
        tag=_TAG,
        status=201,
    )


class PaidOrder(Resource):
    on_get = asks(
        dues.FIND_PAID_ORDER,
        "A paid order by the number that its payer reads in WeChat, or that its taking tells; the lines of my branches",
        path={"number": "number"},
        tag=_TAG,
    )


class RefundRequests(Resource):
    on_get = asks(dues.LIST_REFUND_REQUESTS, "Requests for refunds in my reach, the longest waiting first", tag=_TAG)


class RefundApprovals(Resource):
    on_post = sends(
        dues.APPROVE_REFUND,
        "Give the lines' money back; their months are due again, of cash once it was handed back",
        path={"id": "id"},
        tag=_TAG,
    )


class RefundWithdrawals(Resource):
    on_post = sends(
        dues.WITHDRAW_REFUND, "Take back what I asked for, before anybody has decided", path={"id": "id"}, tag=_TAG
    )


class RefundRefusals(Resource):
    on_post = sends(dues.REFUSE_REFUND, "Say no to a refund, with words", path={"id": "id"}, tag=_TAG)


class StuckRefunds(Resource):
    on_get = asks(
        dues.LIST_STUCK_REFUNDS, "Refunds that the provider could not send and that wait for a person", tag=_TAG
    )


class RefundRetries(Resource):
    on_post = sends(dues.RETRY_REFUND, "Let the provider try again under the same number", path={"id": "id"}, tag=_TAG)


class HandPayments(Resource):
    on_post = sends(
        dues.ENTER_HAND_PAYMENT,
        "Enter how a refund was paid by hand, for another to confirm",
        path={"id": "id"},
        tag=_TAG,
    )


class HandPaymentConfirmations(Resource):
    on_post = sends(
        dues.CONFIRM_HAND_PAYMENT, "Confirm what another entered: the refund is done", path={"id": "id"}, tag=_TAG
    )


class CashReturns(Resource):
    on_get = asks(
        dues.LIST_CASH_RETURNS,
        "Refunds of cash of an organisation and all beneath: to be handed back, or done",
        path={"id": "org_id"},
        tag=_TAG,
    )


class CashReturnRecords(Resource):
    on_post = sends(
        dues.RECORD_CASH_RETURN,
        "Record cash as handed back, with the voucher that its payer signed, for another to confirm",
        path={"id": "id"},
        tag=_TAG,
    )


class CashReturnConfirmations(Resource):
    on_post = sends(
        dues.CONFIRM_CASH_RETURN,
        "Confirm what another recorded: it is booked, and the months are due again",
        path={"id": "id"},
        tag=_TAG,
    )


class CashReturnReleases(Resource):
    on_post = sends(
        dues.RELEASE_CASH_RETURN, "Strike out what was recorded; it waits again", path={"id": "id"}, tag=_TAG
    )
