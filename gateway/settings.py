"""What the gateway is told by its environment. Read once at its start; no other module reads the environment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from services.chassis.limits import CALLS_IN_FLIGHT
from services.chassis.settings import (
    BlobSettings,
    ProcessSettings,
    Secret,
    Variable,
    address,
    key_of_32_bytes,
    one_of,
    port,
    text_of,
    whole_number,
)
from services.contracts.topology import SERVICES

H5_FOLDER = Path(__file__).parent / "h5" / "dist"
RECEIPT_FONT = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
"""Where Debian's package fonts-noto-cjk puts it."""
THREADS_TO_SPARE = 16
"""Beside the calls that wait for services: pages, documents and probes are answered even when every call waits."""
MAX_THREADS = 1024


def origin(text: str) -> str:
    """Scheme, host and port, and nothing behind them."""
    parts = urlsplit(address("https", "http")(text.rstrip("/")))
    if parts.path or parts.query or parts.fragment or parts.username:
        raise ValueError("with more than scheme, host and port")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


def yes_or_no(text: str) -> bool:
    return one_of("yes", "no")(text) == "yes"


def short_text(text: str) -> str:
    if len(text) > 30 or not text.isprintable():
        raise ValueError("not a name of up to 30 characters")
    return text


def absolute(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute():
        raise ValueError("not an absolute path")
    return path


@dataclasses.dataclass(frozen=True, kw_only=True)
class GatewaySettings(ProcessSettings, BlobSettings):
    service: ClassVar[str] = "gateway"

    token_key: Annotated[
        Secret[bytes],
        Variable("TOKEN_KEY", key_of_32_bytes, "base64 of 32 random bytes (openssl rand -base64 32).", secret=True),
    ]
    public_url: Annotated[
        str,
        Variable(
            "PUBLIC_URL", origin, "the address under which phones reach the platform, such as https://dy.example.cn."
        ),
    ]
    county_name: Annotated[
        str, Variable("COUNTY_NAME", short_text, "the county's name as its people write it, such as 盐亭县.")
    ] = "本县"
    wechat_mode: Annotated[
        str, Variable("WECHAT_MODE", one_of("simulated", "real"), "simulated, or real with a merchant's keys.")
    ]
    wechat_app_id: Annotated[
        str, Variable("WECHAT_APP_ID", text_of(r"[0-9A-Za-z_-]{1,64}"), "the official account's app id.")
    ]
    wechat_authorize_url: Annotated[
        str,
        Variable("WECHAT_AUTHORIZE_URL", address("https", "http"), "WeChat's sign-in page; unset, the real one."),
    ] = "https://open.weixin.qq.com/connect/oauth2/authorize"
    wechat_bridge_url: Annotated[
        str | None,
        Variable(
            "WECHAT_BRIDGE_URL", address("https", "http"), "the simulator's bridge script; unset outside a simulation."
        ),
    ] = None
    host: Annotated[
        str,
        Variable(
            "GATEWAY_HOST", text_of(r"[0-9a-zA-Z.:-]{1,253}"), "the address to listen on; in a container 0.0.0.0."
        ),
    ] = "127.0.0.1"
    port: Annotated[int, Variable("GATEWAY_PORT", port, "a free port.")] = 8080
    workers: Annotated[int, Variable("GATEWAY_WORKERS", whole_number(1, 64), "processes; about one for each core.")] = 1
    calls_in_flight: Annotated[
        int, Variable("GATEWAY_CALLS_IN_FLIGHT", whole_number(2, 200), "calls to one service at once, in each process.")
    ] = CALLS_IN_FLIGHT
    trusted_proxies: Annotated[
        int, Variable("GATEWAY_TRUSTED_PROXIES", whole_number(0, 5), "how many proxies of ours stand in front.")
    ] = 0
    rate_limit_scale: Annotated[
        int, Variable("GATEWAY_RATE_LIMIT_SCALE", whole_number(1, 100_000), "what rate limits are multiplied by.")
    ] = 1
    open_metrics: Annotated[
        bool, Variable("GATEWAY_OPEN_METRICS", yes_or_no, "yes, when /metrics may be read from other machines.")
    ] = False
    h5_folder: Annotated[Path, Variable("GATEWAY_H5_FOLDER", absolute, "where the built phone pages lie.")] = H5_FOLDER
    receipt_font: Annotated[Path, Variable("GATEWAY_RECEIPT_FONT", absolute, "the font collection for receipts.")] = (
        RECEIPT_FONT
    )

    @property
    def is_simulated(self) -> bool:
        return self.wechat_mode == "simulated"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def threads(self) -> int:
        """More than all calls in flight and all that wait for a place, so that frozen services never take the last thread."""
        return 2 * self.calls_in_flight * len(SERVICES) + THREADS_TO_SPARE

    def conflicts(self) -> Iterable[str]:
        yield from super().conflicts()
        if self.wechat_bridge_url and not self.is_simulated:
            yield "WECHAT_BRIDGE_URL belongs to a simulation: unset it where WECHAT_MODE is real"
        if not self.is_simulated and not self.is_https and not is_loopback(self.public_url):
            yield "PUBLIC_URL must begin with https:// where WECHAT_MODE is real: people's sessions pass over it"
        if self.threads > MAX_THREADS:
            yield f"GATEWAY_CALLS_IN_FLIGHT asks for {self.threads} threads, more than {MAX_THREADS}"
