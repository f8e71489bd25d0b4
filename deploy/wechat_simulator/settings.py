"""What the simulator is told at start, and the wall that keeps it away from real money.

Every refusal is one sentence that names the variable and what to do. Secrets never show in ``repr``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

SIMULATED_KEY_MARK = "SIMULATED"
WECHAT_DOMAINS = ("weixin.qq.com", "wechatpay.cn", "tenpay.com")
DEFAULT_TIME_FACTOR = "1/60"
DEFAULT_PROBE_EVERY = 10
MAX_PROBE_EVERY = 1_000_000
API_V3_KEY_BYTES = 32
MAX_PEM_BYTES = 16 * 1024


class RefusesToStart(Exception):
    """The simulator must not or cannot run like this; the message is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    host: str
    port: int
    data: Path
    app_id: str
    app_secret: str = field(repr=False)
    merchant_id: str
    merchant_serial: str
    merchant_name: str
    merchant_public_key: RSAPublicKey = field(repr=False)
    api_v3_key: str = field(repr=False)
    platform_key_id: str
    platform_key: RSAPrivateKey = field(repr=False)
    time_factor: Fraction
    probe_every: int
    """Each n-th notice is first sent with a signature that is wrong on purpose; 0 for never."""

    origins: tuple[str, ...]
    """Where the merchant's pages live: they may call the cashier and receive sign-in codes."""

    control_key: str | None = field(repr=False)
    """None: the control API does not exist."""

    users_file: Path | None

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> SimulatorSettings:
        """Raises RefusesToStart."""
        _refuse_beside_real_money(env)
        api_v3_key = _needed(env, "WECHAT_API_V3_KEY")
        if len(api_v3_key.encode()) != API_V3_KEY_BYTES:
            raise RefusesToStart(f"WECHAT_API_V3_KEY must have {API_V3_KEY_BYTES} bytes.")
        users_file = env.get("WECHAT_SIMULATOR_USERS", "").strip()
        return cls(
            host=env.get("WECHAT_SIMULATOR_HOST", "").strip() or "127.0.0.1",
            port=_whole(env, "WECHAT_SIMULATOR_PORT", None, 0, 65535),
            data=Path(_needed(env, "WECHAT_SIMULATOR_DATA")),
            app_id=_needed(env, "WECHAT_APP_ID"),
            app_secret=_needed(env, "WECHAT_APP_SECRET"),
            merchant_id=_needed(env, "WECHAT_MERCHANT_ID"),
            merchant_serial=_needed(env, "WECHAT_MERCHANT_SERIAL"),
            merchant_name=env.get("WECHAT_SIMULATOR_MERCHANT_NAME", "").strip() or "党费缴纳（模拟商户）",
            merchant_public_key=_public_key(env, "WECHAT_SIMULATOR_MERCHANT_PUBLIC_KEY"),
            api_v3_key=api_v3_key,
            platform_key_id=_needed(env, "WECHAT_PLATFORM_PUBLIC_KEY_ID"),
            platform_key=_private_key(env, "WECHAT_SIMULATOR_PLATFORM_KEY"),
            time_factor=_factor(env),
            probe_every=_whole(env, "WECHAT_SIMULATOR_PROBE_EVERY", DEFAULT_PROBE_EVERY, 0, MAX_PROBE_EVERY),
            origins=_origins(env),
            control_key=env.get("WECHAT_SIMULATOR_CONTROL_KEY", "").strip() or None,
            users_file=Path(users_file) if users_file else None,
        )


def _refuse_beside_real_money(env: Mapping[str, str]) -> None:
    mode = env.get("WECHAT_MODE", "").strip()
    if mode != "simulated":
        found = f"it is {mode!r}" if mode else "it is not set"
        raise RefusesToStart(
            f"The WeChat simulator runs only with WECHAT_MODE=simulated ({found}): "
            "it pretends that money was paid and must never stand beside a real merchant."
        )
    if SIMULATED_KEY_MARK not in _needed(env, "WECHAT_PLATFORM_PUBLIC_KEY_ID"):
        raise RefusesToStart(
            "WECHAT_PLATFORM_PUBLIC_KEY_ID is not a simulator's: real merchant keys are set. "
            "Unset them, or set WECHAT_MODE=real and do not start the simulator."
        )
    for name in ("WECHAT_API_URL", "WECHAT_LOGIN_URL", "WECHAT_AUTHORIZE_URL"):
        host = urlsplit(env.get(name, "")).hostname or ""
        if any(host == domain or host.endswith("." + domain) for domain in WECHAT_DOMAINS):
            raise RefusesToStart(f"{name} points at the real WeChat, so the simulator does not start beside it.")


def _origins(env: Mapping[str, str]) -> tuple[str, ...]:
    text = env.get("WECHAT_SIMULATOR_ORIGINS", "").strip() or _needed(env, "PUBLIC_URL")
    origins = tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    for origin in origins:
        address = urlsplit(origin)
        if address.scheme not in ("http", "https") or not address.netloc or address.path or address.query:
            raise RefusesToStart("WECHAT_SIMULATOR_ORIGINS must be addresses like http://127.0.0.1:8080.")
    return origins


def _factor(env: Mapping[str, str]) -> Fraction:
    text = env.get("WECHAT_SIMULATOR_TIME_FACTOR", "").strip() or DEFAULT_TIME_FACTOR
    try:
        factor = Fraction(text)
    except (ValueError, ZeroDivisionError):
        factor = Fraction(0)
    if not 0 < factor <= 1:
        raise RefusesToStart("WECHAT_SIMULATOR_TIME_FACTOR must be a fraction above 0 and up to 1, like 1/60.")
    return factor


def _needed(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise RefusesToStart(
            f"{name} is not set; `python -m deploy.wechat_simulator.keys FOLDER` makes what is needed."
        )
    return value


def _whole(env: Mapping[str, str], name: str, default: int | None, low: int, high: int) -> int:
    text = _needed(env, name) if default is None else env.get(name, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise RefusesToStart(f"{name} must be a whole number from {low} to {high}.")
    return int(text)


def _pem(env: Mapping[str, str], name: str) -> bytes:
    value = _needed(env, name)
    if value.startswith("-----BEGIN"):
        return value.replace("\\n", "\n").encode()
    try:
        with Path(value).open("rb") as file:
            return file.read(MAX_PEM_BYTES)
    except OSError:
        raise RefusesToStart(f"{name} is neither a PEM nor a file that can be read.") from None


def _public_key(env: Mapping[str, str], name: str) -> RSAPublicKey:
    try:
        key = load_pem_public_key(_pem(env, name))
    except ValueError:
        key = None
    if not isinstance(key, RSAPublicKey):
        raise RefusesToStart(f"{name} is not the PEM of an RSA public key.")
    return key


def _private_key(env: Mapping[str, str], name: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(_pem(env, name), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise RefusesToStart(f"{name} is not the PEM of an RSA private key.")
    return key
