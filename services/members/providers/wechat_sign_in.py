"""WeChat sign-in: a one-time code that the phone brings becomes the openid of its WeChat account.

Owns that one exchange (``/sns/oauth2/access_token``) and its errors. Knows no account and no roster; keeps no token,
because nothing more is asked of WeChat in the person's name. Never logs a code, an openid or the app's secret, which is
also why ``http.client`` carries the request: the address holds the secret, and other clients log or quote addresses.
"""

from __future__ import annotations

import http.client
import json
import logging
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

DEFAULT_LOGIN_URL = "https://api.weixin.qq.com"
WECHAT_DOMAIN = "weixin.qq.com"
MODES = ("simulated", "real")
STEP_TIMEOUT_S = 5
TOTAL_TIMEOUT_S = 10
"""A person waits on the phone."""

MAX_ANSWER_BYTES = 16 * 1024
MAX_CODE_CHARACTERS = 512

# 40029: not a code of ours, or older than five minutes. 40163: used before. 42003: too old. 41008: empty.
CODE_REFUSED = {40029: "invalid", 40163: "used", 42003: "expired", 41008: "missing"}
# -1: WeChat asks to come again. 45009, 45011: too many calls.
BUSY = frozenset({-1, 45009, 45011})

_OPENID = re.compile(r"[0-9A-Za-z_-]{1,128}", re.ASCII)
_log = logging.getLogger(__name__)


class SignInError(Exception):
    """The exchange gave no openid. Never carries the code or the secret."""


class CodeRefused(SignInError):
    """The code is wrong, used or too old: the person starts again. ``reason`` is ``invalid``, ``used``, ``expired`` or
    ``missing``."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"WeChat refused the code: {reason}")
        self.reason = reason


class SignInUnavailable(SignInError):
    """WeChat gave no usable answer. The code may be spent, so the person starts again a little later.

    ``reason`` is ``timeout``, ``connection``, ``busy``, ``status``, ``malformed`` or ``configuration``: the last means that
    WeChat does not accept the app id, the secret or this server's address, and an administrator must act.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"WeChat sign-in is not available: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class WechatIdentity:
    """Who signed in: stable for one person and one app."""

    openid: str = field(repr=False)
    unionid: str | None = field(default=None, repr=False)
    """Only when the county's apps are joined on WeChat's open platform."""


class WechatSignIn(Protocol):
    def exchange(self, code: str) -> WechatIdentity:
        """Raises CodeRefused, SignInUnavailable. A code works once: never repeat a call."""
        ...


@dataclass(frozen=True, slots=True)
class WechatSignInSettings:
    app_id: str
    app_secret: str = field(repr=False)
    login_url: str = DEFAULT_LOGIN_URL

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> WechatSignInSettings:
        """From the process's environment. Raises ValueError with one sentence that names the variable."""
        for name in ("WECHAT_MODE", "WECHAT_APP_ID", "WECHAT_APP_SECRET"):
            if not env.get(name, "").strip():
                raise ValueError(f"{name} is not set")
        login_url = (env.get("WECHAT_LOGIN_URL", "").strip() or DEFAULT_LOGIN_URL).rstrip("/")
        _check_mode(env["WECHAT_MODE"].strip(), login_url)
        return cls(env["WECHAT_APP_ID"].strip(), env["WECHAT_APP_SECRET"].strip(), login_url)


class WechatSignInClient:
    """The real adapter of ``WechatSignIn``. Holds its configuration only; safe to share between workers."""

    def __init__(self, settings: WechatSignInSettings) -> None:
        self._settings = settings
        self._address = urlsplit(settings.login_url)
        # Loading the machine's certificates takes longer than the exchange, so it is done once.
        self._tls = ssl.create_default_context() if self._address.scheme == "https" else None

    def exchange(self, code: str) -> WechatIdentity:
        if not code:
            raise CodeRefused("missing")
        if len(code) > MAX_CODE_CHARACTERS:
            raise CodeRefused("invalid")
        started = time.monotonic()
        try:
            identity = _identity(self._ask(code))
        except SignInError as error:
            _log.warning("wechat sign-in: %s in %d ms", error, round((time.monotonic() - started) * 1000))
            raise
        _log.info("wechat sign-in: done in %d ms", round((time.monotonic() - started) * 1000))
        return identity

    def _ask(self, code: str) -> bytes:
        query = urlencode(
            {
                "appid": self._settings.app_id,
                "secret": self._settings.app_secret,
                "code": code,
                "grant_type": "authorization_code",
            }
        )
        connection = self._connection()
        try:
            connection.request("GET", f"{self._address.path}/sns/oauth2/access_token?{query}")
            with connection.getresponse() as response:
                if response.status != http.HTTPStatus.OK:
                    raise SignInUnavailable("status")
                return _read_bounded(response, time.monotonic() + TOTAL_TIMEOUT_S)
        except TimeoutError:
            raise SignInUnavailable("timeout") from None
        except (OSError, http.client.HTTPException):
            # The cause may quote the address, which holds the secret.
            raise SignInUnavailable("connection") from None
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._address.hostname or "", self._address.port
        if self._tls is not None:
            return http.client.HTTPSConnection(host, port, timeout=STEP_TIMEOUT_S, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=STEP_TIMEOUT_S)


def _read_bounded(response: http.client.HTTPResponse, deadline: float) -> bytes:
    content = bytearray()
    while time.monotonic() < deadline:
        chunk = response.read1(MAX_ANSWER_BYTES)
        if not chunk:
            return bytes(content)
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise SignInUnavailable("malformed")
    raise SignInUnavailable("timeout")


def _identity(content: bytes) -> WechatIdentity:
    """WeChat answers 200 for success and failure alike; ``errcode`` tells them apart."""
    try:
        answer: Any = json.loads(content)
    except (ValueError, RecursionError):
        raise SignInUnavailable("malformed") from None
    if not isinstance(answer, dict):
        raise SignInUnavailable("malformed")
    error = answer.get("errcode", 0)
    if not isinstance(error, int):
        raise SignInUnavailable("malformed")
    if error in CODE_REFUSED:
        raise CodeRefused(CODE_REFUSED[error])
    if error != 0:
        raise SignInUnavailable("busy" if error in BUSY else "configuration")
    openid, unionid = answer.get("openid"), answer.get("unionid")
    if not isinstance(openid, str) or _OPENID.fullmatch(openid) is None:
        raise SignInUnavailable("malformed")
    return WechatIdentity(openid, unionid if isinstance(unionid, str) and unionid else None)


def _check_mode(mode: str, login_url: str) -> None:
    """A code is worth an account, so beside real money it travels encrypted; a simulator never asks the real WeChat."""
    if mode not in MODES:
        raise ValueError(f"WECHAT_MODE must be one of {', '.join(MODES)}")
    address = urlsplit(login_url)
    host = address.hostname or ""
    if address.scheme not in ("http", "https") or not host or address.query or address.fragment or address.username:
        raise ValueError("WECHAT_LOGIN_URL must be a plain http or https address")
    if mode == "real" and address.scheme != "https":
        raise ValueError("WECHAT_LOGIN_URL must begin with https:// when WECHAT_MODE is real")
    if mode == "simulated" and (host == WECHAT_DOMAIN or host.endswith("." + WECHAT_DOMAIN)):
        raise ValueError("WECHAT_MODE is simulated but WECHAT_LOGIN_URL points at the real WeChat")
