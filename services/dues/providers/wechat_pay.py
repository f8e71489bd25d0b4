"""WeChat Pay, JSAPI, direct merchant, APIv3 in public-key mode: the real adapter of ``PaymentProvider``.

``wechatpayv3`` 2.0.4 is used for its cryptography (signing, verifying, AES-GCM, loading keys). Its client class is not:
it accepts a signed notice of any age, downloads certificates when a notice names an unknown serial, has no default
time-out, prints openids and bodies to its log, and raises bare ``Exception``. What it would have done is done here in
``wechat_trust`` (whom to believe), ``wechat_transport`` (how to ask) and ``wechat_messages`` (what the fields mean).

Never logs an openid or a body. Decides nothing about orders: it hands over what WeChat said, with what disagrees (PAY-9).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from services.chassis.clock import Clock
from services.dues.providers.payments import (
    Closing,
    NoticeRefused,
    PaymentNotice,
    PaymentState,
    PhoneParameters,
    Prepay,
    PrepayRequest,
    ProviderUnavailable,
    RefundNotice,
    RefundRequest,
    RefundState,
    Refusal,
)
from services.dues.providers.wechat_messages import (
    Malformed,
    Merchant,
    check_order_no,
    check_refund_no,
    instant_of,
    payment_state,
    prepay_body,
    refund_body,
    refund_state,
    text_of,
)
from services.dues.providers.wechat_settings import WechatPaySettings
from services.dues.providers.wechat_transport import Answer, WechatTransport, refusal
from services.dues.providers.wechat_trust import WechatTrust, read_object

MAX_NOTICE_BYTES = 64 * 1024
"""A notice has about two kilobytes."""

# WeChat's pages of different years spell these codes differently; both spellings are met.
ORDER_UNKNOWN_CODES = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
REFUND_UNKNOWN_CODES = frozenset({"RESOURCE_NOT_EXISTS", "REFUND_NOT_EXISTS"})
ORDER_PAID_CODES = frozenset({"ORDERPAID", "ORDER_PAID"})
ORDER_CLOSED_CODES = frozenset({"ORDERCLOSED", "ORDER_CLOSED"})

_PREPAY_ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


class WechatPay:
    """One merchant's WeChat Pay. Safe to share between workers.

    ``clock`` must run on real time even where the rest of the platform shows another day: WeChat and we accept five
    minutes of difference.
    """

    def __init__(self, settings: WechatPaySettings, clock: Clock) -> None:
        self._merchant = Merchant(settings.app_id, settings.merchant_id)
        self._clock = clock
        self._trust = WechatTrust(
            key_id=settings.platform_public_key_id,
            public_key_pem=settings.platform_public_key_pem,
            api_v3_key=settings.api_v3_key,
        )
        self._transport = WechatTransport(settings, self._trust, clock)

    def prepay(self, request: PrepayRequest) -> Prepay:
        """As the port says. Raises ValueError for a request that WeChat could never accept."""
        body = prepay_body(self._merchant, request)
        answer = self._done(self._transport.ask("prepay", "POST", "/v3/pay/transactions/jsapi", body))
        prepay_id = answer.content.get("prepay_id")
        if not isinstance(prepay_id, str) or _PREPAY_ID.fullmatch(prepay_id) is None:
            raise ProviderUnavailable("malformed")
        return Prepay(prepay_id)

    def phone_parameters(self, prepay_id: str) -> PhoneParameters:
        if _PREPAY_ID.fullmatch(prepay_id) is None:
            raise ValueError("not a prepay id")
        timestamp, nonce, package = self._transport.timestamp(), secrets.token_hex(16), f"prepay_id={prepay_id}"
        signature = self._transport.sign(self._merchant.app_id, timestamp, nonce, package)
        return PhoneParameters(self._merchant.app_id, timestamp, nonce, package, "RSA", signature)

    def find_payment(self, order_no: str) -> PaymentState | None:
        path = f"/v3/pay/transactions/out-trade-no/{check_order_no(order_no)}?mchid={self._merchant.merchant_id}"
        answer = self._transport.ask("find_payment", "GET", path)
        if _has_code(answer, ORDER_UNKNOWN_CODES):
            return None
        content = self._done(answer).content
        try:
            state = payment_state(self._merchant, content)
        except Malformed:
            raise ProviderUnavailable("malformed") from None
        _check_same_number(state.order_no, order_no)
        return state

    def close_order(self, order_no: str) -> Closing:
        path = f"/v3/pay/transactions/out-trade-no/{check_order_no(order_no)}/close"
        answer = self._transport.ask("close_order", "POST", path, {"mchid": self._merchant.merchant_id})
        if answer.status == HTTPStatus.NO_CONTENT or _has_code(answer, ORDER_CLOSED_CODES):
            return Closing.CLOSED
        if _has_code(answer, ORDER_PAID_CODES):
            return Closing.ALREADY_PAID
        if _has_code(answer, ORDER_UNKNOWN_CODES):
            return Closing.NEVER_OPENED
        self._done(answer)
        raise ProviderUnavailable("malformed")

    def refund(self, request: RefundRequest) -> RefundState:
        """As the port says. Raises ValueError for a request that WeChat could never accept."""
        answer = self._transport.ask("refund", "POST", "/v3/refund/domestic/refunds", refund_body(request))
        return self._refund_state(self._done(answer), request.refund_no)

    def find_refund(self, refund_no: str) -> RefundState | None:
        path = f"/v3/refund/domestic/refunds/{check_refund_no(refund_no)}"
        answer = self._transport.ask("find_refund", "GET", path)
        if _has_code(answer, REFUND_UNKNOWN_CODES):
            return None
        return self._refund_state(self._done(answer), refund_no)

    def parse_payment_notice(self, headers: Mapping[str, str], body: bytes) -> PaymentNotice:
        notice, inside = self._open_notice(headers, body, events=("TRANSACTION.SUCCESS",))
        try:
            state = payment_state(self._merchant, inside)
            created_at = instant_of(notice, "create_time")
            return PaymentNotice(text_of(notice, "id"), text_of(notice, "event_type"), created_at, state)
        except Malformed:
            raise NoticeRefused(Refusal.BODY_MALFORMED) from None

    def parse_refund_notice(self, headers: Mapping[str, str], body: bytes) -> RefundNotice:
        events = ("REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED")
        notice, inside = self._open_notice(headers, body, events=events)
        try:
            state = refund_state(self._merchant, inside, status_field="refund_status")
            created_at = instant_of(notice, "create_time")
            return RefundNotice(text_of(notice, "id"), text_of(notice, "event_type"), created_at, state)
        except Malformed:
            raise NoticeRefused(Refusal.BODY_MALFORMED) from None

    def _open_notice(
        self, headers: Mapping[str, str], body: bytes, *, events: tuple[str, ...]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The envelope and the decrypted object. Nothing inside is read before the signature is proven."""
        if len(body) > MAX_NOTICE_BYTES:
            raise NoticeRefused(Refusal.TOO_LARGE)
        self._trust.verify(headers, body, now=self._clock.now())
        notice = read_object(body)
        if notice.get("event_type") not in events:
            raise NoticeRefused(Refusal.EVENT_UNEXPECTED)
        resource = notice.get("resource")
        if notice.get("resource_type") != "encrypt-resource" or not isinstance(resource, dict):
            raise NoticeRefused(Refusal.BODY_MALFORMED)
        return notice, self._trust.decrypt(resource)

    def _refund_state(self, answer: Answer, refund_no: str) -> RefundState:
        try:
            state = refund_state(self._merchant, answer.content, status_field="status")
        except Malformed:
            raise ProviderUnavailable("malformed") from None
        _check_same_number(state.refund_no, refund_no)
        return state

    def _done(self, answer: Answer) -> Answer:
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise refusal(answer)
        return answer


def _has_code(answer: Answer, codes: frozenset[str]) -> bool:
    return answer.status >= HTTPStatus.BAD_REQUEST and answer.content["code"] in codes


def _check_same_number(found: str, asked: str) -> None:
    """An answer about another number is no answer: a signed answer to an earlier question could be played back."""
    if found != asked:
        raise ProviderUnavailable("untrusted")
