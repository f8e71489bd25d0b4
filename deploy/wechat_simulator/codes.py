"""One-time sign-in codes: five minutes, one use. In memory only, since a code outlives no restart worth caring about."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

CODE_LIFE = timedelta(minutes=5)
MAX_CODES = 20_000


class CodeInvalid(Exception):
    """Never made, or older than five minutes: WeChat's 40029."""


class CodeUsed(Exception):
    """WeChat's 40163."""


@dataclass(slots=True)
class _Code:
    openid: str
    scope: str
    made_at: datetime
    is_used: bool = False


class Codes:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._codes: OrderedDict[str, _Code] = OrderedDict()

    def make(self, openid: str, scope: str) -> str:
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = _Code(openid, scope, self._now())
            while len(self._codes) > MAX_CODES:
                self._codes.popitem(last=False)
        return code

    def use(self, code: str) -> tuple[str, str]:
        """The openid and the scope. Raises CodeInvalid, CodeUsed."""
        with self._lock:
            known = self._codes.get(code)
            if known is None or self._now() - known.made_at > CODE_LIFE:
                raise CodeInvalid
            if known.is_used:
                raise CodeUsed
            known.is_used = True
            return known.openid, known.scope
