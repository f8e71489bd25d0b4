"""What dues asks of WeChat Pay: always with no transaction open, then exactly one command.

The query job and the notices end at the same ``settle_all``, so it does not matter which of them comes first, or how often.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta

from services.chassis import failpoints
from services.chassis.at_once import Hand
from services.chassis.clock import Clock
from services.chassis.core import Desk
from services.chassis.logging import get_logger
from services.contracts.common import ById
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import InvalidMessage
from services.dues.domain.order_state import OrderState
from services.dues.orders import closing, notices, refunds, settling
from services.dues.providers.payments import (
    Closing,
    NoticeRefused,
    PaymentProvider,
    PaymentState,
    PrepayRequest,
    ProviderRefused,
    ProviderUnavailable,
    RefundRequest,
)

_log = get_logger(__name__)
PAYMENT_NOTICES, REFUND_NOTICES = "/v1/wechat/payment-notices", "/v1/wechat/refund-notices"
DESCRIPTION = "党费缴纳"
REFUND_REASON = "订单关闭后到账,原路退回"
ASKED_REFUND_REASON = "党费退款,原路退回"


def prepare_payment(
    desk: Desk, request: m.PreparePayment, provider: PaymentProvider, wall_clock: Clock
) -> m.JsapiParameters:
    """Opens the order at WeChat Pay under its own number, which a second try reuses, and signs what the phone needs."""
    if not request.payer_openid:
        raise e.PayerWithoutWeChat
    order = desk.read(closing.payable_order, request.order_id)
    try:
        prepay_id = (
            order.prepay_id
            or provider.prepay(
                PrepayRequest(
                    order_no=order.number,
                    amount_fen=order.total_fen,
                    description=DESCRIPTION,
                    payer_openid=request.payer_openid,
                    expires_at=_real_instant(desk, order.expires_at, wall_clock),
                    notify_url=desk.settings.public_url.rstrip("/") + PAYMENT_NOTICES,
                )
            ).prepay_id
        )
    except ProviderUnavailable:
        raise e.PaymentProviderUnavailable from None
    except ProviderRefused as refused:
        raise e.PaymentProviderRefused(provider_code=refused.code) from None
    failpoints.reach("errands.prepared_at_provider")
    signed = provider.phone_parameters(prepay_id)
    parameters = m.JsapiParameters(
        app_id=signed.app_id,
        time_stamp=signed.time_stamp,
        nonce_str=signed.nonce_str,
        package=signed.package,
        sign_type=signed.sign_type,
        pay_sign=signed.pay_sign,
    )
    return desk.run(closing.record_prepay, closing.Prepared(order.order_id, prepay_id, parameters))


def _real_instant(desk: Desk, shown: datetime, wall_clock: Clock) -> datetime:
    """WeChat lives in real time even where a demonstration shows another day."""
    left: timedelta = shown - desk.clock.now()
    return wall_clock.now() + left


def close_order(desk: Desk, request: ById, provider: PaymentProvider) -> m.OrderView:
    """Closes an order at WeChat Pay first, so that nobody can begin to pay what we let go."""
    order = desk.read(closing.closable_order, request.id)
    if order.state is OrderState.CLOSED:
        return desk.run(closing.close, order.order_id)
    try:
        faster = _closed_or_paid(provider, order.number)
    except (ProviderUnavailable, ProviderRefused):
        raise e.PaymentProviderUnavailable from None
    failpoints.reach("errands.closed_at_provider")
    if faster is not None:
        return desk.run(closing.settle_instead, closing.FasterPayment(order.order_id, faster))
    return desk.run(closing.close, order.order_id)


def _closed_or_paid(provider: PaymentProvider, number: str) -> PaymentState | None:
    """None when the order is closed at the provider, else the payment that was faster."""
    if provider.close_order(number) is not Closing.ALREADY_PAID:
        return None
    payment = provider.find_payment(number)
    if payment is None or not payment.was_paid:
        raise ProviderUnavailable("busy")
    return payment


def accept_payment_notice(desk: Desk, request: m.AcceptNotice, provider: PaymentProvider) -> m.NoticeResult:
    """Believes a notice only when it proves to be WeChat's, then stores it to be settled. A forged one changes nothing and calls
    nobody."""
    return desk.run(notices.keep, _proven(request, provider))


def accept_payment_notice_at_once(
    hand: Hand, request: m.AcceptNotice, provider: PaymentProvider
) -> m.NoticeResult | None:
    """The same in one statement."""
    return notices.keep_at_once(hand, _proven(request, provider))


def _proven(request: m.AcceptNotice, provider: PaymentProvider) -> PaymentState:
    try:
        payment = provider.parse_payment_notice(request.headers, _body(request)).payment
    except NoticeRefused as refused:
        raise e.NoticeRefused(reason=str(refused.reason)) from None
    failpoints.reach("errands.notice_believed")
    return payment


def accept_refund_notice(desk: Desk, request: m.AcceptNotice, provider: PaymentProvider) -> m.NoticeResult:
    try:
        notice = provider.parse_refund_notice(request.headers, _body(request))
    except NoticeRefused as refused:
        raise e.NoticeRefused(reason=str(refused.reason)) from None
    return desk.run(refunds.take_answer, notice.refund)


def _body(request: m.AcceptNotice) -> bytes:
    try:
        return base64.b64decode(request.body_base64, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidMessage(fields={"body_base64": "not base64"}) from None


def ask_after_payments(desk: Desk, provider: PaymentProvider) -> int:
    """The query job: what no notice told. Expired orders are closed at WeChat first, then here."""
    due = desk.run(closing.take_due_orders, None)
    for order in due:
        try:
            payment = provider.find_payment(order.number)
            failpoints.reach("errands.payment_asked_after")
            if payment is not None and payment.was_paid:
                desk.run(settling.settle, settling.PaymentTold(payment, "query"))
            elif order.expired:
                faster = _closed_or_paid(provider, order.number)
                if faster is not None:
                    desk.run(settling.settle, settling.PaymentTold(faster, "close"))
                else:
                    desk.run(closing.close, order.order_id)
        except (ProviderUnavailable, ProviderRefused) as fault:
            _log.warning("payment_not_asked_after", order_id=order.order_id, error=str(fault))
    return len(due)


def send_refunds(desk: Desk, provider: PaymentProvider) -> int:
    """The refund job: sends what was promised back, and asks after what was sent."""
    due = desk.run(refunds.take_due_refunds, None)
    for each in due:
        try:
            answer = provider.find_refund(each.number) if each.asked_before else None
            if answer is None:
                answer = provider.refund(
                    RefundRequest(
                        refund_no=each.number,
                        order_no=each.order_number,
                        refund_fen=each.amount_fen,
                        order_fen=each.order_fen,
                        reason=REFUND_REASON if each.reason == settling.LATE_PAID else ASKED_REFUND_REASON,
                        notify_url=desk.settings.public_url.rstrip("/") + REFUND_NOTICES,
                    )
                )
            failpoints.reach("errands.refund_sent")
            desk.run(refunds.take_answer, answer)
        except ProviderUnavailable as fault:
            _log.warning("refund_not_sent", refund_id=each.refund_id, error=str(fault))
        except ProviderRefused as refused:
            desk.run(refunds.note_refused, refunds.RefusedRefund(each.refund_id, refused.code))
    return len(due)
