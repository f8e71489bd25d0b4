"""Writes notices: the true ones, the probes that WeChat sends on purpose, and forgeries for the merchant to refuse.

Owns the wording of a notice and the named ways to forge one. Sends nothing.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.wechat_simulator.answers import order_json, refund_notice_json
from deploy.wechat_simulator.bank import Bank
from deploy.wechat_simulator.records import Notice, instant_text
from deploy.wechat_simulator.signing import SCHEME, Seal, encrypt

PROBE_PREFIX = "WECHATPAY/SIGNTEST/"
OLD = timedelta(days=-30)
FUTURE = timedelta(days=1)
SIGNATURE_BYTES = 256

_REFUND_EVENTS = {"SUCCESS": "REFUND.SUCCESS", "ABNORMAL": "REFUND.ABNORMAL", "CLOSED": "REFUND.CLOSED"}
_SUMMARIES = {
    "TRANSACTION.SUCCESS": "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice ready to be sent: what goes over the wire and nothing else."""

    url: str
    headers: dict[str, str]
    body: bytes


class NoticeWriter:
    def __init__(self, bank: Bank, *, app_id: str, merchant_id: str, api_v3_key: str, seal: Seal) -> None:
        self._bank = bank
        self._app_id = app_id
        self._merchant_id = merchant_id
        self._api_v3_key = api_v3_key
        self._seal = seal
        # A stranger's key, for forgeries.
        self._other_seal = Seal(seal.key_id, rsa.generate_private_key(public_exponent=65537, key_size=2048))
        self._ways: dict[str, Callable[[Notice, datetime], Letter]] = {
            "wrong_signature": self._wrong_signature,
            "other_key": self._other_key,
            "unknown_serial": self._unknown_serial,
            "unknown_certificate": self._unknown_certificate,
            "body_changed": self._body_changed,
            "signature_of_another": self._signature_of_another,
            "timestamp_old": lambda notice, now: self._signed(notice, now + OLD),
            "timestamp_future": lambda notice, now: self._signed(notice, now + FUTURE),
            "timestamp_changed": self._timestamp_changed,
            "nonce_missing": lambda notice, now: _without(self.true(notice, now), "Wechatpay-Nonce"),
            "signature_missing": lambda notice, now: _without(self.true(notice, now), "Wechatpay-Signature"),
            "headers_missing": self._headers_missing,
            "other_algorithm": self._other_algorithm,
            "ciphertext_tampered": self._ciphertext_tampered,
            "other_api_key": self._other_api_key,
            "probe": self._probe,
            "wrong_merchant": lambda notice, now: self._signed(notice, now, mchid="1900000001"),
            "wrong_app": lambda notice, now: self._signed(notice, now, appid="wx0000000000000000"),
            "wrong_currency": self._wrong_currency,
        }

    @property
    def ways(self) -> list[str]:
        return list(self._ways)

    def true(self, notice: Notice, now: datetime) -> Letter:
        return self._signed(notice, now)

    def probe(self, notice: Notice, now: datetime) -> Letter:
        return self._probe(notice, now)

    def forged(self, notice: Notice, way: str, now: datetime) -> Letter:
        """Raises ValueError for a way that has no name here."""
        if way not in self._ways:
            raise ValueError(f"way must be one of {', '.join(self._ways)}")
        return self._ways[way](notice, now)

    def _inside(self, notice: Notice) -> tuple[str, dict[str, Any]]:
        """Event type and what will be encrypted."""
        order = self._bank.get_order(notice.order_no)
        if notice.subject == "refund":
            refund = self._bank.get_refund(notice.number)
            return _REFUND_EVENTS[refund.status], refund_notice_json(refund, order, merchant_id=self._merchant_id)
        inside = order_json(order, app_id=self._app_id, merchant_id=self._merchant_id)
        # The notice speaks of the moment of payment, also when a refund has followed since.
        return "TRANSACTION.SUCCESS", inside | {"trade_state": "SUCCESS", "trade_state_desc": "支付成功"}

    def _body(self, notice: Notice, *, api_v3_key: str | None = None, **changed: Any) -> dict[str, Any]:
        event, inside = self._inside(notice)
        original = "refund" if notice.subject == "refund" else "transaction"
        plain = json.dumps(inside | changed, ensure_ascii=False).encode()
        resource = encrypt(plain, api_v3_key=api_v3_key or self._api_v3_key, associated=original)
        return {
            "id": notice.notice_id,
            "create_time": instant_text(notice.created_at),
            "event_type": event,
            "resource_type": "encrypt-resource",
            "summary": _SUMMARIES[event],
            "resource": resource | {"original_type": original},
        }

    def _signed(self, notice: Notice, now: datetime, **changed: Any) -> Letter:
        return self._letter(notice, self._body(notice, **changed), now)

    def _letter(self, notice: Notice, body: dict[str, Any], now: datetime, *, seal: Seal | None = None) -> Letter:
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **(seal or self._seal).headers(content, now=now)}
        return Letter(notice.url, headers, content)

    def _wrong_signature(self, notice: Notice, now: datetime) -> Letter:
        noise = base64.b64encode(secrets.token_bytes(SIGNATURE_BYTES)).decode()
        return _with(self.true(notice, now), "Wechatpay-Signature", noise)

    def _probe(self, notice: Notice, now: datetime) -> Letter:
        noise = base64.b64encode(secrets.token_bytes(SIGNATURE_BYTES)).decode()
        return _with(self.true(notice, now), "Wechatpay-Signature", PROBE_PREFIX + noise)

    def _other_key(self, notice: Notice, now: datetime) -> Letter:
        return self._letter(notice, self._body(notice), now, seal=self._other_seal)

    def _unknown_serial(self, notice: Notice, now: datetime) -> Letter:
        stranger = Seal(f"PUB_KEY_ID_SIMULATED_{secrets.token_hex(8).upper()}", self._other_seal.key)
        return self._letter(notice, self._body(notice), now, seal=stranger)

    def _unknown_certificate(self, notice: Notice, now: datetime) -> Letter:
        """A serial in the form of a platform certificate: tempts the receiver to go and download it."""
        stranger = Seal(secrets.token_hex(20).upper(), self._other_seal.key)
        return self._letter(notice, self._body(notice), now, seal=stranger)

    def _body_changed(self, notice: Notice, now: datetime) -> Letter:
        """Means the same JSON, but is not the same bytes."""
        letter = self.true(notice, now)
        return Letter(letter.url, letter.headers, letter.body.replace(b'": ', b'":', 1))

    def _signature_of_another(self, notice: Notice, now: datetime) -> Letter:
        """The headers of one true notice over the body of another."""
        return Letter(notice.url, self.true(notice, now).headers, self.true(notice, now).body)

    def _timestamp_changed(self, notice: Notice, now: datetime) -> Letter:
        """An old notice made young again by its header alone."""
        return _with(self._signed(notice, now + OLD), "Wechatpay-Timestamp", str(int(now.timestamp())))

    def _headers_missing(self, notice: Notice, now: datetime) -> Letter:
        letter = self.true(notice, now)
        return Letter(letter.url, {"Content-Type": "application/json"}, letter.body)

    def _other_algorithm(self, notice: Notice, now: datetime) -> Letter:
        return _with(self.true(notice, now), "Wechatpay-Signature-Type", SCHEME.replace("SHA256", "MD5"))

    def _ciphertext_tampered(self, notice: Notice, now: datetime) -> Letter:
        """Rightly signed around a ciphertext of which one bit is turned."""
        body = self._body(notice)
        sealed = bytearray(base64.b64decode(body["resource"]["ciphertext"]))
        sealed[0] ^= 1
        body["resource"]["ciphertext"] = base64.b64encode(sealed).decode()
        return self._letter(notice, body, now)

    def _other_api_key(self, notice: Notice, now: datetime) -> Letter:
        return self._letter(notice, self._body(notice, api_v3_key=secrets.token_hex(16)), now)

    def _wrong_currency(self, notice: Notice, now: datetime) -> Letter:
        _event, inside = self._inside(notice)
        return self._signed(notice, now, amount=inside["amount"] | {"currency": "USD"})


def _with(letter: Letter, name: str, value: str) -> Letter:
    return Letter(letter.url, letter.headers | {name: value}, letter.body)


def _without(letter: Letter, name: str) -> Letter:
    return Letter(letter.url, {key: value for key, value in letter.headers.items() if key != name}, letter.body)
