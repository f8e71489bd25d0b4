"""Signatures and encryption of APIv3, both ways: who the merchant is, and that it is WeChat who speaks.

Pure cryptography over given keys; knows no order. Written against the public description of APIv3 and independent of the
platform's own adapter, so that a shared mistake cannot hide.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from deploy.wechat_simulator.records import WechatRefusal

SCHEME = "WECHATPAY2-SHA256-RSA2048"
MAX_SKEW_S = 300
GCM_NONCE_CHARACTERS = 12
_FIELD = re.compile(r'([a-z_]{1,32})="([^"]{0,1024})"', re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


def sign(key: RSAPrivateKey, *lines: str | bytes) -> str:
    return base64.b64encode(key.sign(_joined(lines), PKCS1v15(), SHA256())).decode()


def verify(key: RSAPublicKey, signature: str, *lines: str | bytes) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), _joined(lines), PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class MerchantCheck:
    """Knows the one merchant's public key and tells its requests from others."""

    merchant_id: str
    serial: str
    public_key: RSAPublicKey

    def check(self, *, authorization: str, method: str, path: str, body: bytes, now: datetime) -> None:
        """Raises WechatRefusal 401 SIGN_ERROR. ``path`` includes the query, exactly as it was sent."""
        scheme, _, rest = authorization.partition(" ")
        fields = dict(_FIELD.findall(rest))
        if scheme != SCHEME or not {"mchid", "nonce_str", "timestamp", "serial_no", "signature"} <= set(fields):
            raise _sign_error("Authorization 的格式不对")
        if (fields["mchid"], fields["serial_no"]) != (self.merchant_id, self.serial):
            raise _sign_error("商户号或商户证书序列号不对")
        timestamp = fields["timestamp"]
        if _TIMESTAMP.fullmatch(timestamp) is None or abs(int(timestamp) - int(now.timestamp())) > MAX_SKEW_S:
            raise _sign_error("请求时间戳与微信支付相差过大")
        if not verify(self.public_key, fields["signature"], method, path, timestamp, fields["nonce_str"], body):
            raise _sign_error("签名验证不通过")

    def check_phone(self, app_id: str, timestamp: str, nonce: str, package: str, signature: str) -> bool:
        """Whether the merchant signed the parameters that a phone brings."""
        return verify(self.public_key, signature, app_id, timestamp, nonce, package)


@dataclass(frozen=True, slots=True)
class Seal:
    """WeChat's own voice: signs answers and notices."""

    key_id: str
    key: RSAPrivateKey

    def headers(self, body: bytes, *, now: datetime) -> dict[str, str]:
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self.key_id,
            "Wechatpay-Signature": sign(self.key, timestamp, nonce, body),
            "Wechatpay-Signature-Type": SCHEME,
        }


def encrypt(plain: bytes, *, api_v3_key: str, associated: str) -> dict[str, str]:
    """The ``resource`` of a notice, without its ``original_type``."""
    nonce = secrets.token_hex(GCM_NONCE_CHARACTERS // 2)
    sealed = AESGCM(api_v3_key.encode()).encrypt(nonce.encode(), plain, associated.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": associated,
        "nonce": nonce,
    }


def _joined(lines: tuple[str | bytes, ...]) -> bytes:
    return b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)


def _sign_error(message: str) -> WechatRefusal:
    return WechatRefusal(401, "SIGN_ERROR", message)
