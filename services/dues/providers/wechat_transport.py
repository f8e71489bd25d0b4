"""One signed question to WeChat Pay over HTTPS and its verified answer.

The library's own transport is not used: it has no time-out unless told, reads answers of any length, verifies a text
that was decoded by guesswork, follows an unknown serial out to the network and writes headers, openids and bodies to its
log. Here ``requests`` carries the bytes (it is cooperative in a service) and everything is bounded.

Holds its configuration and a pool of connections, nothing else. Logs operation, HTTP status and duration: never an
address, a header or a body.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as urllib3_errors
from wechatpayv3.utils import load_private_key, rsa_sign

from services.chassis.clock import Clock
from services.dues.providers.payments import NoticeRefused, ProviderRefused, ProviderUnavailable
from services.dues.providers.wechat_settings import WechatPaySettings
from services.dues.providers.wechat_trust import SIGNATURE_TYPE, WechatTrust, read_object

CONNECT_TIMEOUT_S = 3
READ_TIMEOUT_S = 8
TOTAL_TIMEOUT_S = 15
"""For a whole answer, so that a server that sends a byte now and then cannot hold a worker."""

DOWNLOAD_TIMEOUT_S = 300
"""For a whole bill of a day: 256 MiB at a megabyte a second."""

MAX_ANSWER_BYTES = 256 * 1024
CHUNK_BYTES = 16 * 1024
MAX_CONNECTIONS = 16
MAX_CODE_CHARACTERS = 64
MAX_MESSAGE_CHARACTERS = 256
USER_AGENT = "county-party-platform/1"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified answer: 200 with an object, 204 with none, or a refusal with WeChat's code."""

    status: int
    content: Mapping[str, Any]


class WechatTransport:
    def __init__(self, settings: WechatPaySettings, trust: WechatTrust, clock: Clock) -> None:
        self._api_url = settings.api_url
        self._merchant_id = settings.merchant_id
        self._merchant_serial = settings.merchant_serial
        self._private_key = load_private_key(settings.merchant_key_pem)
        self._platform_key_id = settings.platform_public_key_id
        self._trust = trust
        self._clock = clock
        self._session = _closed_session()

    def sign(self, *lines: str) -> str:
        """The merchant's signature over lines that each end with a line feed."""
        return str(rsa_sign(self._private_key, "".join(f"{line}\n" for line in lines)))

    def timestamp(self) -> str:
        return str(int(self._clock.now().timestamp()))

    def ask(self, operation: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Sends one question and reads its answer. ``path`` includes the query.

        Raises ProviderUnavailable when no believable answer came; a 4xx is an ``Answer`` for the caller to judge.
        """
        payload = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        started = time.monotonic()
        try:
            response = self._session.request(
                method,
                self._api_url + path,
                data=payload or None,
                headers=self._headers(method, path, payload),
                timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = _read_bounded(response, started + TOTAL_TIMEOUT_S)
        except (requests.Timeout, urllib3_errors.TimeoutError):
            raise _unavailable(operation, "timeout", started) from None
        except (requests.RequestException, urllib3_errors.HTTPError, OSError):
            # The exception quotes the address; its kind is all that is passed on.
            raise _unavailable(operation, "connection", started) from None
        except ProviderUnavailable as error:
            raise _unavailable(operation, error.reason, started) from None
        return self._judge(operation, response, content, started)

    @contextmanager
    def download(self, operation: str, path: str, max_bytes: int) -> Iterator[Iterator[bytes]]:
        """A file of WeChat's, block by block, as it travels. Its answer carries no signature: the caller knows its hash.

        Raises ProviderUnavailable, also while the blocks are read.
        """
        started = time.monotonic()
        try:
            response = self._session.request(
                "GET",
                self._api_url + path,
                headers=self._headers("GET", path, b""),
                timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                allow_redirects=False,
                stream=True,
            )
            with response:
                if response.status_code != HTTPStatus.OK:
                    raise ProviderUnavailable("status")
                yield _blocks(response, started + DOWNLOAD_TIMEOUT_S, max_bytes)
        except (requests.Timeout, urllib3_errors.TimeoutError):
            raise _unavailable(operation, "timeout", started) from None
        except (requests.RequestException, urllib3_errors.HTTPError):
            raise _unavailable(operation, "connection", started) from None
        except ProviderUnavailable as error:
            raise _unavailable(operation, error.reason, started) from None
        _log.info("wechat pay %s: 200 in %d ms", operation, _since(started))

    def _judge(self, operation: str, response: requests.Response, content: bytes, started: float) -> Answer:
        """The answer, once it is believed.

        What says that something was done must be signed. A refusal may come unsigned (WeChat's outer gateway sends
        such), yet one that claims a signature must have a right one.
        """
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise _unavailable(operation, "busy", started)
        is_done = status in (HTTPStatus.OK, HTTPStatus.NO_CONTENT)
        is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        if not (is_done or is_refusal):
            raise _unavailable(operation, "status", started)
        try:
            if is_done or "Wechatpay-Signature" in response.headers:
                self._trust.verify(response.headers, content, now=self._clock.now())
        except NoticeRefused:
            raise _unavailable(operation, "untrusted", started) from None
        try:
            message = {} if status == HTTPStatus.NO_CONTENT else read_object(content)
        except NoticeRefused:
            raise _unavailable(operation, "malformed", started) from None
        if is_refusal and not isinstance(message.get("code"), str):
            raise _unavailable(operation, "malformed", started)
        _log.info("wechat pay %s: %d in %d ms", operation, status, _since(started))
        return Answer(status, message)

    def _headers(self, method: str, path: str, payload: bytes) -> dict[str, str]:
        timestamp, nonce = self.timestamp(), secrets.token_hex(16).upper()
        signature = self.sign(method, path, timestamp, nonce, payload.decode())
        fields = {
            "mchid": self._merchant_id,
            "nonce_str": nonce,
            "signature": signature,
            "timestamp": timestamp,
            "serial_no": self._merchant_serial,
        }
        return {
            "Authorization": f"{SIGNATURE_TYPE} " + ",".join(f'{name}="{value}"' for name, value in fields.items()),
            "Accept": "application/json",
            # What is signed is the body as it is: an answer may not be compressed, so no small one can unpack to a big.
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Wechatpay-Serial": self._platform_key_id,
        }


def refusal(answer: Answer) -> ProviderRefused:
    """The refusal that an answer of 4xx carries."""
    message = answer.content.get("message")
    return ProviderRefused(
        str(answer.content["code"])[:MAX_CODE_CHARACTERS],
        message[:MAX_MESSAGE_CHARACTERS] if isinstance(message, str) else "",
    )


def _closed_session() -> requests.Session:
    """A session that the machine's surroundings cannot bend.

    With ``trust_env`` on, a ``.netrc`` would replace our Authorization header. Cookies would be state; a retry inside
    would hide itself from the caller's own bounded retries.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    pool = HTTPAdapter(pool_connections=1, pool_maxsize=MAX_CONNECTIONS, max_retries=0)
    session.mount("https://", pool)
    session.mount("http://", pool)
    return session


def _read_bounded(response: requests.Response, deadline: float) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise ProviderUnavailable("malformed")
    content = bytearray()
    while time.monotonic() < deadline:
        chunk = response.raw.read1(CHUNK_BYTES, decode_content=False)
        if not chunk:
            return bytes(content)
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise ProviderUnavailable("too_large")
    raise ProviderUnavailable("timeout")


def _blocks(response: requests.Response, deadline: float, max_bytes: int) -> Iterator[bytes]:
    """The body until its end, which comes by its length, its size or the deadline."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise ProviderUnavailable("malformed")
    size = 0
    while time.monotonic() < deadline:
        block = response.raw.read1(CHUNK_BYTES, decode_content=False)
        if not block:
            length = response.headers.get("Content-Length", str(size))
            if length != str(size):
                raise ProviderUnavailable("connection")
            return
        size += len(block)
        if size > max_bytes:
            raise ProviderUnavailable("too_large")
        yield block
    raise ProviderUnavailable("timeout")


def _unavailable(operation: str, reason: str, started: float) -> ProviderUnavailable:
    _log.warning("wechat pay %s: no believable answer (%s) in %d ms", operation, reason, _since(started))
    return ProviderUnavailable(reason)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
