"""WeChat messages: a few fields in a template of the county's account reach the phone of one who follows it.

Owns that one call (``/cgi-bin/message/template/send``), the app's token that it needs (``/cgi-bin/stable_token``) and their
errors. Knows no member and no dues. Never logs an openid, a token or the app's secret; the address holds the token, so
``http.client`` carries the request here too (see ``wechat_sign_in``).
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from services.members.providers.wechat_sign_in import WechatSignInSettings

STEP_TIMEOUT_S = 5
MAX_ANSWER_BYTES = 16 * 1024
TOKEN_MARGIN_S = 300
"""A token that ends within this is renewed before it is used."""
MAX_FIELD = 20
"""Characters of a field of a template of the kind ``thing``; WeChat refuses more."""

# 43004: does not follow the account. 43101: took the consent back. 40003: an openid of another app.
REFUSED = {43004: "not_following", 43101: "not_wanted", 40003: "openid_unknown"}
# The token is not the present one: another process has renewed it.
STALE_TOKEN = frozenset({40001, 40014, 42001})
# -1: WeChat asks to come again. 45009, 45011: too many calls.
BUSY = frozenset({-1, 45009, 45011})


class MessageError(Exception):
    """The message was not taken. Never carries the openid, the token or the secret."""


class MessageRefused(MessageError):
    """This person gets no such message; trying again changes nothing. ``reason`` is one of ``REFUSED``."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"WeChat refused the message: {reason}")
        self.reason = reason


class MessagesUnavailable(MessageError):
    """WeChat gave no usable answer: the message is tried again. ``reason`` is ``timeout``, ``connection``, ``busy``, ``status``,
    ``malformed`` or ``configuration``: the last means that an administrator must look at app id, secret or template."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"WeChat messages are not available: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TemplateMessage:
    """``message_id`` is told to WeChat, which delivers one message for it however often it is sent."""

    message_id: str
    openid: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    page: str = ""
    """Where a tap leads."""


class WechatMessages(Protocol):
    @property
    def set_up(self) -> bool:
        """Whether the county has a template at WeChat; else nothing is sent."""
        ...

    def send(self, message: TemplateMessage) -> None:
        """Raises MessageRefused, MessagesUnavailable."""
        ...


class WechatMessageClient:
    """The real adapter of ``WechatMessages``. Keeps the app's token; safe to share between workers."""

    def __init__(self, settings: WechatSignInSettings, template_id: str) -> None:
        self._settings = settings
        self._template_id = template_id
        self._address = urlsplit(settings.login_url)
        self._tls = ssl.create_default_context() if self._address.scheme == "https" else None
        self._lock = threading.Lock()
        self._token, self._token_until = "", 0.0

    @property
    def set_up(self) -> bool:
        return bool(self._template_id)

    def send(self, message: TemplateMessage) -> None:
        body = {
            "touser": message.openid,
            "template_id": self._template_id,
            "url": message.page,
            "client_msg_id": message.message_id.replace("-", ""),
            "data": {name: {"value": text[:MAX_FIELD]} for name, text in message.fields.items()},
        }
        error = self._sent(body)
        if error in STALE_TOKEN:
            self._forget_token()
            error = self._sent(body)
        if error in REFUSED:
            raise MessageRefused(REFUSED[error])
        if error != 0:
            raise MessagesUnavailable("busy" if error in BUSY else "configuration")

    def _sent(self, body: Mapping[str, Any]) -> int:
        """WeChat's error code, 0 for a message that it took."""
        query = urlencode({"access_token": self._present_token()})
        return _error_code(self._post(f"/cgi-bin/message/template/send?{query}", body))

    def _present_token(self) -> str:
        with self._lock:
            if self._token and time.monotonic() < self._token_until - TOKEN_MARGIN_S:
                return self._token
        asked = {
            "grant_type": "client_credential",
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret,
        }
        answer = self._post("/cgi-bin/stable_token", asked)
        token, lives_s = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lives_s, int):
            raise MessagesUnavailable("busy" if _error_code(answer) in BUSY else "configuration")
        with self._lock:
            self._token, self._token_until = token, time.monotonic() + lives_s
        return token

    def _forget_token(self) -> None:
        with self._lock:
            self._token = ""

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        connection = self._connection()
        content = json.dumps(body, ensure_ascii=False).encode()
        try:
            headers = {"Content-Type": "application/json; charset=utf-8"}
            connection.request("POST", self._address.path + path, body=content, headers=headers)
            with connection.getresponse() as response:
                if response.status != http.HTTPStatus.OK:
                    raise MessagesUnavailable("status")
                answer = response.read(MAX_ANSWER_BYTES + 1)
        except TimeoutError:
            raise MessagesUnavailable("timeout") from None
        except (OSError, http.client.HTTPException):
            # The cause may quote the address, which holds the token.
            raise MessagesUnavailable("connection") from None
        finally:
            connection.close()
        return _read(answer)

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._address.hostname or "", self._address.port
        if self._tls is not None:
            return http.client.HTTPSConnection(host, port, timeout=STEP_TIMEOUT_S, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=STEP_TIMEOUT_S)


def _read(content: bytes) -> dict[str, Any]:
    try:
        answer: Any = json.loads(content) if len(content) <= MAX_ANSWER_BYTES else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise MessagesUnavailable("malformed")
    return answer


def _error_code(answer: Mapping[str, Any]) -> int:
    error = answer.get("errcode", 0)
    if not isinstance(error, int):
        raise MessagesUnavailable("malformed")
    return error
