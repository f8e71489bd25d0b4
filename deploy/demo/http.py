"""The gateway's HTTP interface as the loader speaks it: JSON, request ids, patience.

A write carries a request id that follows from what it does, so that a load that broke off can be repeated: what was done answers
as it did. Refusals that pass (busy, too many, in flight, a lost answer) are waited for, within bounds.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

TIMEOUT_S = 60.0
TRIES = 12
LONGEST_WAIT_S = 65.0
"""A rate limit's window is a minute."""
PASSING = frozenset({409, 429, 500, 502, 503, 504})
MAX_ANSWER_BYTES = 4 * 1024**2

_COMMON = frozenset({"type", "title", "status", "code", "trace_id", "instance"})


class Refused(Exception):
    """The gateway's final no: the HTTP status, the stable code and its parameters."""

    def __init__(self, status: int, code: str, problem: dict[str, Any]) -> None:
        detail = problem.get("detail") or {name: problem[name] for name in problem.keys() - _COMMON}
        super().__init__(f"{status} {code} {detail}")
        self.status = status
        self.code = code
        self.problem = problem


class Unreachable(Exception):
    """No answer within all tries."""


def request_id(*parts: object) -> str:
    """A UUID of version 4's form that follows from these parts."""
    digest = bytearray(hashlib.sha256("\0".join(str(part) for part in parts).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x40
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Gateway:
    """One address; ``token`` is who asks."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    def get(self, path: str, token: str | None = None, **query: str | int) -> Any:
        return self._patiently("GET", f"{path}?{urlencode(query)}" if query else path, token)

    def post(self, path: str, body: Any, *, key: str, token: str | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        return self._patiently("POST", path, token, content=content, kind="application/json", key=key)

    def upload(self, path: str, content: bytes, kind: str, *, key: str, token: str) -> Any:
        return self._patiently("POST", path, token, content=content, kind=kind, key=key)

    def _patiently(self, method: str, path: str, token: str | None, **sending: Any) -> Any:
        fault: Exception | None = None
        for attempt in range(TRIES):
            try:
                return self._once(method, path, token, **sending)
            except Refused as refusal:
                if refusal.status not in PASSING or (refusal.status == 409 and refusal.code != "request.in_flight"):
                    raise
                fault, wait_s = refusal, float(refusal.problem.get("retry_after_s", 1 + attempt))
            except (OSError, http.client.HTTPException) as lost:
                fault, wait_s = lost, 1.0 + attempt
            time.sleep(min(wait_s, LONGEST_WAIT_S))
        raise Unreachable(f"{method} {path}: {fault}") from fault

    def _once(
        self, method: str, path: str, token: str | None, *, content: bytes | None = None, kind: str = "", key: str = ""
    ) -> Any:
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        if content is not None:
            headers["Content-Type"] = kind
        request = urllib.request.Request(self.address + path, content, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 (an address of our own)
                text = answer.read(MAX_ANSWER_BYTES)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        return json.loads(text) if text else None


def _refusal(error: urllib.error.HTTPError) -> Refused:
    try:
        problem = json.loads(error.read(MAX_ANSWER_BYTES))
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    retry = error.headers.get("Retry-After", "")
    if retry.isdigit():
        problem["retry_after_s"] = int(retry)
    return Refused(error.code, str(problem.get("code", "")), problem)
