"""A payment provider that lives in memory: the twin of ``WechatPay`` for tests of dues.

Behaves like the port says, with the rules that matter to the caller: repeated requests are one, a closed order cannot be
paid, a paid one cannot be closed, refunds never exceed the payment. A notice is a plain JSON document with a mark that stands
for the signature. What a payer or a provider does is a method of its own, named for it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from services.chassis.clock import Clock, parse_instant
from services.dues.providers.payments import (
    Closing,
    Difference,
    DifferenceKind,
    NoticeRefused,
    PaymentNotice,
    PaymentProvider,
    PaymentState,
    PaymentStatus,
    PhoneParameters,
    Prepay,
    PrepayRequest,
    ProviderError,
    ProviderRefused,
    RefundNotice,
    RefundRequest,
    RefundState,
    RefundStatus,
    Refusal,
)

SIGNATURE_HEADER = "Wechatpay-Signature"
RIGHT_SIGNATURE = "signed-by-the-fake"
T = TypeVar("T")


@dataclass(slots=True)
class _Order:
    request: PrepayRequest
    state: PaymentState


@dataclass(slots=True)
class FakePayments:
    """``calls`` lists each question that went out, as (operation, number): a notice must never add one."""

    clock: Clock
    calls: list[tuple[str, str]] = field(default_factory=list)
    _orders: dict[str, _Order] = field(default_factory=dict)
    _refunds: dict[str, tuple[RefundRequest, RefundState]] = field(default_factory=dict)
    _failures: dict[str, deque[ProviderError]] = field(default_factory=dict)
    _lost: dict[str, deque[ProviderError]] = field(default_factory=dict)

    # What the tests make happen.

    def fail(self, operation: str, error: ProviderError) -> None:
        """The next call of the operation fails and has no effect."""
        self._failures.setdefault(operation, deque()).append(error)

    def lose_answer(self, operation: str, error: ProviderError) -> None:
        """The next call of the operation takes effect, and the caller hears only the error."""
        self._lost.setdefault(operation, deque()).append(error)

    def payer_pays(self, order_no: str, *, amount_fen: int | None = None, late: bool = False) -> PaymentState:
        """``late``: the payer was faster than the closing, and the provider says so only now."""
        order = self._orders[order_no]
        if order.state.status is not PaymentStatus.NOT_PAID and not (
            late and order.state.status is PaymentStatus.CLOSED
        ):
            raise AssertionError(f"an order that is {order.state.status} cannot be paid")
        order.state = replace(
            order.state,
            status=PaymentStatus.SUCCEEDED,
            transaction_id=f"42000000{len(self._orders):04d}{order_no[-16:]}",
            amount_fen=order.request.amount_fen if amount_fen is None else amount_fen,
            succeeded_at=self.clock.now(),
        )
        return order.state

    def provider_finishes_refund(self, refund_no: str, *, status: RefundStatus = RefundStatus.SUCCEEDED) -> RefundState:
        request, state = self._refunds[refund_no]
        done_at = self.clock.now() if status is RefundStatus.SUCCEEDED else None
        self._refunds[refund_no] = (request, replace(state, status=status, succeeded_at=done_at))
        return self._refunds[refund_no][1]

    def payment_notice(self, order_no: str, /, *, notice_id: str = "", **changed: Any) -> tuple[dict[str, str], bytes]:
        """Headers and body as the provider would send them; ``changed`` fields are still rightly signed."""
        state = self._orders[order_no].state
        assert state.succeeded_at is not None
        inside = {
            "kind": "payment",
            "id": notice_id or f"EV-{order_no}",
            "created_at": self.clock.now().isoformat(),
            "order_no": order_no,
            "transaction_id": state.transaction_id,
            "amount_fen": state.amount_fen,
            "payer_openid": state.payer_openid,
            "succeeded_at": state.succeeded_at.isoformat(),
            "merchant": "ours",
        } | changed
        return {SIGNATURE_HEADER: RIGHT_SIGNATURE}, json.dumps(inside).encode()

    def refund_notice(self, refund_no: str, *, notice_id: str = "") -> tuple[dict[str, str], bytes]:
        state = self._refunds[refund_no][1]
        inside = {
            "kind": "refund",
            "id": notice_id or f"EV-{refund_no}",
            "created_at": self.clock.now().isoformat(),
            "refund_no": refund_no,
        }
        assert state.status is not RefundStatus.PROCESSING
        return {SIGNATURE_HEADER: RIGHT_SIGNATURE}, json.dumps(inside).encode()

    def forged_notice(self, order_no: str) -> tuple[dict[str, str], bytes]:
        """Says that an order was paid, without the provider's mark."""
        inside = {"kind": "payment", "id": "EV-forged", "order_no": order_no}
        return {SIGNATURE_HEADER: "forged"}, json.dumps(inside).encode()

    # The port.

    def prepay(self, request: PrepayRequest) -> Prepay:
        return self._call("prepay", request.order_no, lambda: self._prepay(request))

    def phone_parameters(self, prepay_id: str) -> PhoneParameters:
        stamp = str(int(self.clock.now().timestamp()))
        return PhoneParameters("wx-fake", stamp, "nonce", f"prepay_id={prepay_id}", "RSA", f"signed {prepay_id}")

    def find_payment(self, order_no: str) -> PaymentState | None:
        return self._call("find_payment", order_no, lambda: self._find_payment(order_no))

    def close_order(self, order_no: str) -> Closing:
        return self._call("close_order", order_no, lambda: self._close(order_no))

    def refund(self, request: RefundRequest) -> RefundState:
        return self._call("refund", request.refund_no, lambda: self._refund(request))

    def find_refund(self, refund_no: str) -> RefundState | None:
        return self._call("find_refund", refund_no, lambda: self._find_refund(refund_no))

    def parse_payment_notice(self, headers: Mapping[str, str], body: bytes) -> PaymentNotice:
        inside = _opened(headers, body, "payment")
        merchant = inside["merchant"]
        wrong = () if merchant == "ours" else (Difference(DifferenceKind.MERCHANT, "ours", merchant),)
        state = PaymentState(
            order_no=inside["order_no"],
            status=PaymentStatus.SUCCEEDED,
            transaction_id=inside["transaction_id"],
            amount_fen=inside["amount_fen"],
            payer_openid=inside["payer_openid"],
            succeeded_at=parse_instant(inside["succeeded_at"]),
            differences=wrong,
        )
        return PaymentNotice(inside["id"], "TRANSACTION.SUCCESS", _created(inside), state)

    def parse_refund_notice(self, headers: Mapping[str, str], body: bytes) -> RefundNotice:
        inside = _opened(headers, body, "refund")
        state = self._refunds[inside["refund_no"]][1]
        return RefundNotice(inside["id"], f"REFUND.{state.status.name}", _created(inside), state)

    def _call(self, operation: str, number: str, act: Callable[[], T]) -> T:
        self.calls.append((operation, number))
        if self._failures.get(operation):
            raise self._failures[operation].popleft()
        answer = act()
        if self._lost.get(operation):
            raise self._lost[operation].popleft()
        return answer

    def _prepay(self, request: PrepayRequest) -> Prepay:
        known = self._orders.get(request.order_no)
        if known is None:
            openid, number = request.payer_openid, request.order_no
            state = PaymentState(number, PaymentStatus.NOT_PAID, None, request.amount_fen, openid, None)
            self._orders[number] = _Order(request, state)
        elif known.state.status is not PaymentStatus.NOT_PAID:
            raise ProviderRefused("OUT_TRADE_NO_USED")
        elif known.request != request:
            raise ProviderRefused("INVALID_REQUEST")
        return Prepay(f"wx-prepay-{request.order_no}")

    def _find_payment(self, order_no: str) -> PaymentState | None:
        order = self._orders.get(order_no)
        return None if order is None else order.state

    def _close(self, order_no: str) -> Closing:
        order = self._orders.get(order_no)
        if order is None:
            return Closing.NEVER_OPENED
        if order.state.was_paid:
            return Closing.ALREADY_PAID
        order.state = replace(order.state, status=PaymentStatus.CLOSED)
        return Closing.CLOSED

    def _refund(self, request: RefundRequest) -> RefundState:
        if request.refund_no in self._refunds:
            known, state = self._refunds[request.refund_no]
            if known != request:
                raise ProviderRefused("INVALID_REQUEST")
            return state
        order = self._orders.get(request.order_no)
        if order is None:
            raise ProviderRefused("RESOURCE_NOT_EXISTS")
        earlier = sum(made.refund_fen for made, _state in self._refunds.values() if made.order_no == request.order_no)
        paid_fen = order.state.amount_fen or 0
        if not order.state.was_paid or request.order_fen != paid_fen or earlier + request.refund_fen > paid_fen:
            raise ProviderRefused("INVALID_REQUEST")
        state = RefundState(
            refund_no=request.refund_no,
            refund_id=f"50300000{request.refund_no[-16:]}",
            order_no=request.order_no,
            transaction_id=order.state.transaction_id or "",
            status=RefundStatus.PROCESSING,
            refund_fen=request.refund_fen,
            order_fen=request.order_fen,
            succeeded_at=None,
        )
        self._refunds[request.refund_no] = (request, state)
        order.state = replace(order.state, status=PaymentStatus.REFUNDED)
        return state

    def _find_refund(self, refund_no: str) -> RefundState | None:
        return self._refunds[refund_no][1] if refund_no in self._refunds else None


def _opened(headers: Mapping[str, str], body: bytes, kind: str) -> dict[str, Any]:
    if headers.get(SIGNATURE_HEADER) != RIGHT_SIGNATURE:
        raise NoticeRefused(Refusal.SIGNATURE_WRONG)
    inside: dict[str, Any] = json.loads(body)
    if inside["kind"] != kind:
        raise NoticeRefused(Refusal.EVENT_UNEXPECTED)
    return inside


def _created(inside: Mapping[str, Any]) -> datetime:
    return parse_instant(inside["created_at"])


def _is_the_port(fake: FakePayments) -> PaymentProvider:
    """Read by the type checker: the twin has the shape of the port."""
    return fake
