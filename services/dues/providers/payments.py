"""The port to whoever takes the money: what dues asks of a payment provider and what it hears back.

Plain values and a Protocol. Amounts are integer fen, instants aware and in UTC. A provider's word is passed on as it is
found: what disagrees with us (PAY-9) arrives as ``differences`` for the exceptions list and is never judged here; what is
not proven to come from the provider raises ``NoticeRefused`` and must change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

CURRENCY = "CNY"


class ProviderError(Exception):
    """Something went wrong with the provider. Never carries a name, an openid or a body."""


class ProviderUnavailable(ProviderError):
    """No believable answer came, and the effect is unknown: ask again later with the same numbers.

    ``reason`` is stable: ``timeout``, ``connection``, ``status``, ``busy``, ``too_large``, ``malformed``, ``untrusted``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the payment provider gave no believable answer: {reason}")
        self.reason = reason


class ProviderRefused(ProviderError):
    """The provider said no, for a cause that the same question will meet again. ``code`` is the provider's own."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"the payment provider refused: {code}")
        self.code = code
        self.message = message
        """The provider's sentence, in Chinese: for the exceptions list, not for logs."""


class NoticeRefused(ProviderError):
    """A notice that is not proven to be the provider's, or says nothing that can be read. Nothing may follow from it.

    ``reason`` is one of the ``Refusal`` values.
    """

    def __init__(self, reason: Refusal) -> None:
        super().__init__(f"notice refused: {reason.value}")
        self.reason = reason


class Refusal(StrEnum):
    """Why a notice was refused; stable, counted by the metrics."""

    TOO_LARGE = "too_large"
    HEADER_MISSING = "header_missing"
    HEADER_MALFORMED = "header_malformed"
    ALGORITHM_UNKNOWN = "algorithm_unknown"
    TIMESTAMP_OUT_OF_WINDOW = "timestamp_out_of_window"
    SERIAL_UNKNOWN = "serial_unknown"
    SIGNATURE_PROBE = "signature_probe"
    SIGNATURE_WRONG = "signature_wrong"
    BODY_MALFORMED = "body_malformed"
    EVENT_UNEXPECTED = "event_unexpected"
    NOT_DECRYPTED = "not_decrypted"


class PaymentStatus(StrEnum):
    """How the payment of one order stands at the provider."""

    NOT_PAID = "not_paid"
    PAYING = "paying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLOSED = "closed"
    REFUNDED = "refunded"
    """Was paid, and at least a part has been sent back."""


class RefundStatus(StrEnum):
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"
    ABNORMAL = "abnormal"
    """The provider cannot give the money back by itself: a person acts on the merchant platform."""


class Closing(StrEnum):
    """What became of the wish to close an order at the provider."""

    CLOSED = "closed"
    ALREADY_PAID = "already_paid"
    """The payer was faster: find the payment and settle it."""
    NEVER_OPENED = "never_opened"
    """The provider does not know the order, so nobody can pay it."""


class DifferenceKind(StrEnum):
    MERCHANT = "merchant"
    APP = "app"
    CURRENCY = "currency"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which a proven statement of the provider and our own books do not agree (PAY-9)."""

    kind: DifferenceKind
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class PrepayRequest:
    """One order to be paid by one payer. Repeating it with equal values is safe; with other values it is refused."""

    order_no: str
    amount_fen: int
    description: str
    payer_openid: str = field(repr=False)
    expires_at: datetime
    notify_url: str


@dataclass(frozen=True, slots=True)
class Prepay:
    prepay_id: str


@dataclass(frozen=True, slots=True)
class PhoneParameters:
    """What the phone's browser hands to WeChat to open the pay sheet, signed by the merchant."""

    app_id: str
    time_stamp: str
    nonce_str: str
    package: str
    sign_type: str
    pay_sign: str

    def as_bridge_parameters(self) -> dict[str, str]:
        """Under the names that ``WeixinJSBridge.invoke('getBrandWCPayRequest', ...)`` expects."""
        return {
            "appId": self.app_id,
            "timeStamp": self.time_stamp,
            "nonceStr": self.nonce_str,
            "package": self.package,
            "signType": self.sign_type,
            "paySign": self.pay_sign,
        }


@dataclass(frozen=True, slots=True)
class PaymentState:
    """How one order stands at the provider. For a paid one transaction, amount and instant are always there."""

    order_no: str
    status: PaymentStatus
    transaction_id: str | None
    amount_fen: int | None
    payer_openid: str | None = field(repr=False)
    succeeded_at: datetime | None
    differences: tuple[Difference, ...] = ()

    @property
    def was_paid(self) -> bool:
        return self.status in (PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDED)

    def differences_from(self, amount_fen: int) -> tuple[Difference, ...]:
        """All that disagrees with us, the order's own amount included. Empty means: may be credited (PAY-9)."""
        return (*self.differences, *_amount_difference(amount_fen, self.amount_fen))


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money back to the payer of an order. The same ``refund_no`` is paid out once, however often it is asked."""

    refund_no: str
    order_no: str
    refund_fen: int
    order_fen: int
    reason: str
    notify_url: str


@dataclass(frozen=True, slots=True)
class RefundState:
    refund_no: str
    refund_id: str
    order_no: str
    transaction_id: str
    status: RefundStatus
    refund_fen: int
    order_fen: int
    succeeded_at: datetime | None
    differences: tuple[Difference, ...] = ()

    def differences_from(self, refund_fen: int) -> tuple[Difference, ...]:
        """All that disagrees with us, the refund's own amount included."""
        return (*self.differences, *_amount_difference(refund_fen, self.refund_fen))


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """The provider's proven message that an order was paid. The same payment may be told many times."""

    notice_id: str
    event_type: str
    created_at: datetime
    payment: PaymentState


@dataclass(frozen=True, slots=True)
class RefundNotice:
    notice_id: str
    event_type: str
    created_at: datetime
    refund: RefundState


class PaymentProvider(Protocol):
    """Each call may raise ``ProviderUnavailable``; each may be repeated with the same values without another effect."""

    def prepay(self, request: PrepayRequest) -> Prepay:
        """Opens the order at the provider. Raises ``ProviderRefused``."""
        ...

    def phone_parameters(self, prepay_id: str) -> PhoneParameters:
        """Signed fresh on each call, without asking the provider."""
        ...

    def find_payment(self, order_no: str) -> PaymentState | None:
        """None when the provider does not know the order. Raises ``ProviderRefused``."""
        ...

    def close_order(self, order_no: str) -> Closing:
        """After ``Closing.CLOSED`` nobody can begin to pay; a payment under way may still arrive (late_paid)."""
        ...

    def refund(self, request: RefundRequest) -> RefundState:
        """Raises ``ProviderRefused``, with ``NOT_ENOUGH`` when the merchant's balance does not reach."""
        ...

    def find_refund(self, refund_no: str) -> RefundState | None:
        """None when the provider does not know the refund. Raises ``ProviderRefused``."""
        ...

    def parse_payment_notice(self, headers: Mapping[str, str], body: bytes) -> PaymentNotice:
        """From the raw headers and the raw bytes as they came. Never calls out. Raises ``NoticeRefused``."""
        ...

    def parse_refund_notice(self, headers: Mapping[str, str], body: bytes) -> RefundNotice:
        """As ``parse_payment_notice``."""
        ...


def _amount_difference(expected_fen: int, found_fen: int | None) -> tuple[Difference, ...]:
    if found_fen == expected_fen:
        return ()
    return (Difference(DifferenceKind.AMOUNT, str(expected_fen), "" if found_fen is None else str(found_fen)),)
