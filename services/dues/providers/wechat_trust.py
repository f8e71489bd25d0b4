"""What makes a message of WeChat Pay believable: window of time, known key, signature over the raw bytes, decryption.

Pure: no network, no clock of its own, no log. ``wechatpayv3`` does the cryptography (``rsa_sign``, ``rsa_verify``,
``aes_decrypt``) and nothing more. Its own way of receiving is not used because it accepts a notice of any age, and goes
out to download certificates when a stranger names an unknown serial: here there is one known key, so there is nothing
to fetch.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wechatpayv3.utils import aes_decrypt, load_public_key, rsa_verify

from services.dues.providers.payments import NoticeRefused, Refusal

MAX_CLOCK_SKEW_S = 300
"""WeChat's own advice: a message whose timestamp is five minutes off is a replay."""

SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"
"""WeChat now and then sends a signature that is wrong on purpose, to see whether the merchant checks."""

SIGNED_HEADERS = ("timestamp", "nonce", "serial", "signature", "signature-type")
"""After ``Wechatpay-``. The last may be missing, since there is one algorithm here whatever a header says."""

MAX_HEADER_CHARACTERS = 1024
GCM_NONCE_BYTES = range(8, 129)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}", re.ASCII)
_VISIBLE = re.compile(r"[\x21-\x7e]+", re.ASCII)


class WechatTrust:
    """Holds WeChat Pay's one public key and the merchant's APIv3 key."""

    def __init__(self, *, key_id: str, public_key_pem: str, api_v3_key: str) -> None:
        self._key_id = key_id
        self._public_key = load_public_key(public_key_pem)
        self._api_v3_key = api_v3_key

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Raises NoticeRefused unless WeChat Pay signed exactly these bytes within the last (or next) five minutes.

        The cheap checks come first, so that a flood of forgeries costs no public-key arithmetic.
        """
        signed = _signed_headers(headers)
        timestamp, nonce, serial = signed["timestamp"], signed["nonce"], signed["serial"]
        if signed.get("signature-type", SIGNATURE_TYPE) != SIGNATURE_TYPE:
            raise NoticeRefused(Refusal.ALGORITHM_UNKNOWN)
        if abs(int(timestamp) - int(now.timestamp())) > MAX_CLOCK_SKEW_S:
            raise NoticeRefused(Refusal.TIMESTAMP_OUT_OF_WINDOW)
        if serial != self._key_id:
            raise NoticeRefused(Refusal.SERIAL_UNKNOWN)
        if signed["signature"].startswith(PROBE_PREFIX):
            raise NoticeRefused(Refusal.SIGNATURE_PROBE)
        if _BASE64.fullmatch(signed["signature"]) is None:
            raise NoticeRefused(Refusal.SIGNATURE_WRONG)
        try:
            # Strict UTF-8 is a one-to-one map, so signing the text is signing the raw bytes.
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise NoticeRefused(Refusal.SIGNATURE_WRONG) from None
        if not rsa_verify(timestamp, nonce, text, signed["signature"], self._public_key):
            raise NoticeRefused(Refusal.SIGNATURE_WRONG)

    def decrypt(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The object inside a notice's ``resource``. Raises NoticeRefused."""
        nonce, ciphertext = resource.get("nonce"), resource.get("ciphertext")
        associated = resource.get("associated_data") or ""
        if resource.get("algorithm") != "AEAD_AES_256_GCM":
            raise NoticeRefused(Refusal.ALGORITHM_UNKNOWN)
        if not (isinstance(nonce, str) and isinstance(ciphertext, str) and isinstance(associated, str)):
            raise NoticeRefused(Refusal.BODY_MALFORMED)
        if len(nonce.encode()) not in GCM_NONCE_BYTES:
            raise NoticeRefused(Refusal.BODY_MALFORMED)
        try:
            text = aes_decrypt(nonce, ciphertext, associated, self._api_v3_key)
        except (binascii.Error, ValueError):
            raise NoticeRefused(Refusal.NOT_DECRYPTED) from None
        if text is None:
            raise NoticeRefused(Refusal.NOT_DECRYPTED)
        return read_object(text)


def read_object(text: str | bytes) -> dict[str, Any]:
    """A JSON object. Raises NoticeRefused for anything else."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise NoticeRefused(Refusal.BODY_MALFORMED) from None
    if not isinstance(value, dict):
        raise NoticeRefused(Refusal.BODY_MALFORMED)
    return value


def _signed_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The ``Wechatpay-*`` headers without their prefix. One name under two spellings is a trick and is refused."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        # A WSGI server takes - and _ for the same, so one name can hide behind the other.
        prefix, _, short = name.lower().replace("_", "-").partition("-")
        if prefix != "wechatpay" or short not in SIGNED_HEADERS:
            continue
        if short in found or len(value) > MAX_HEADER_CHARACTERS or (value and _VISIBLE.fullmatch(value) is None):
            raise NoticeRefused(Refusal.HEADER_MALFORMED)
        found[short] = value
    if not all(found.get(name) for name in SIGNED_HEADERS if name != "signature-type"):
        raise NoticeRefused(Refusal.HEADER_MISSING)
    if _TIMESTAMP.fullmatch(found["timestamp"]) is None:
        raise NoticeRefused(Refusal.HEADER_MALFORMED)
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
