"""What WeChat Pay needs to know about this county, checked at start so that a wrong key is found before the first payer.

Owns the reading of the ``WECHAT_*`` variables of payment and the wall between simulated and real money: keys of the
simulator carry a mark, and a mode that does not fit the keys or the address is refused. Never shows a secret, neither
in an error nor in ``repr``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

MODES = ("simulated", "real")
DEFAULT_API_URL = "https://api.mch.weixin.qq.com"
SIMULATED_KEY_MARK = "SIMULATED"
"""Part of the public-key id of every simulator and of no real one."""

WECHAT_DOMAINS = ("weixin.qq.com", "wechatpay.cn", "tenpay.com")
API_V3_KEY_BYTES = 32
MIN_RSA_BITS = 2048
MAX_PEM_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class WechatPaySettings:
    """The merchant's identity and both halves of trust: our private key, WeChat Pay's public key."""

    mode: str
    app_id: str
    merchant_id: str
    merchant_serial: str
    merchant_key_pem: str = field(repr=False)
    api_v3_key: str = field(repr=False)
    platform_public_key_id: str
    platform_public_key_pem: str = field(repr=False)
    api_url: str = DEFAULT_API_URL

    def __post_init__(self) -> None:
        _check_mode(self.mode, self.platform_public_key_id, self.api_url)
        if len(self.api_v3_key.encode()) != API_V3_KEY_BYTES:
            raise ValueError(f"WECHAT_API_V3_KEY must have {API_V3_KEY_BYTES} bytes")
        private = _load(load_pem_private_key, "WECHAT_MERCHANT_KEY", self.merchant_key_pem, password=None)
        public = _load(load_pem_public_key, "WECHAT_PLATFORM_PUBLIC_KEY", self.platform_public_key_pem)
        if not isinstance(private, RSAPrivateKey) or private.key_size < MIN_RSA_BITS:
            raise ValueError(f"WECHAT_MERCHANT_KEY must be an RSA key of {MIN_RSA_BITS} bits or more")
        if not isinstance(public, RSAPublicKey) or public.key_size < MIN_RSA_BITS:
            raise ValueError(f"WECHAT_PLATFORM_PUBLIC_KEY must be an RSA key of {MIN_RSA_BITS} bits or more")

    @property
    def is_simulated(self) -> bool:
        return self.mode == "simulated"

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> WechatPaySettings:
        """From the process's environment. Raises ValueError with one sentence that names the variable."""
        return cls(
            mode=_needed(env, "WECHAT_MODE"),
            app_id=_needed(env, "WECHAT_APP_ID"),
            merchant_id=_needed(env, "WECHAT_MERCHANT_ID"),
            merchant_serial=_needed(env, "WECHAT_MERCHANT_SERIAL"),
            merchant_key_pem=_pem(env, "WECHAT_MERCHANT_KEY"),
            api_v3_key=_needed(env, "WECHAT_API_V3_KEY"),
            platform_public_key_id=_needed(env, "WECHAT_PLATFORM_PUBLIC_KEY_ID"),
            platform_public_key_pem=_pem(env, "WECHAT_PLATFORM_PUBLIC_KEY"),
            api_url=(env.get("WECHAT_API_URL", "").strip() or DEFAULT_API_URL).rstrip("/"),
        )


def _check_mode(mode: str, key_id: str, api_url: str) -> None:
    """Simulated money and real money never meet: mode, key and address must tell the same story."""
    if mode not in MODES:
        raise ValueError(f"WECHAT_MODE must be one of {', '.join(MODES)}")
    address = urlsplit(api_url)
    host = address.hostname or ""
    if address.scheme not in ("http", "https") or not host or address.query or address.fragment or address.username:
        raise ValueError("WECHAT_API_URL must be a plain http or https address")
    key_is_simulated = SIMULATED_KEY_MARK in key_id
    if mode == "real":
        if key_is_simulated:
            raise ValueError("WECHAT_MODE is real but WECHAT_PLATFORM_PUBLIC_KEY_ID belongs to a simulator")
        if address.scheme != "https":
            raise ValueError("WECHAT_API_URL must begin with https:// when WECHAT_MODE is real")
        if _is_loopback(host):
            raise ValueError("WECHAT_MODE is real but WECHAT_API_URL points at this machine")
        return
    if not key_is_simulated:
        raise ValueError("WECHAT_MODE is simulated but WECHAT_PLATFORM_PUBLIC_KEY_ID is not a simulator's")
    if any(host == domain or host.endswith("." + domain) for domain in WECHAT_DOMAINS):
        raise ValueError("WECHAT_MODE is simulated but WECHAT_API_URL points at the real WeChat")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _needed(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise ValueError(f"{name} is not set")
    return value


def _pem(env: Mapping[str, str], name: str) -> str:
    """The value itself when it is a PEM (``\\n`` written out is allowed), else the content of the file that it names."""
    value = _needed(env, name)
    if value.startswith("-----BEGIN"):
        return value.replace("\\n", "\n")
    try:
        with Path(value).open("rb") as file:
            content = file.read(MAX_PEM_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{name} is neither a PEM nor a file that can be read") from error
    if len(content) > MAX_PEM_BYTES:
        raise ValueError(f"{name} names a file that is too large for a key")
    return content.decode("ascii", errors="replace")


def _load(loader: Any, name: str, pem: str, **options: Any) -> object:
    """The parsed key. The cause is left out of the message on purpose: it may quote the key."""
    try:
        return loader(pem.encode(), **options)
    except Exception:  # noqa: BLE001 - the library raises ValueError, TypeError and its own kinds for a wrong key
        raise ValueError(f"{name} is not a readable PEM key") from None
