"""WeChat sign-in in memory: the twin of ``WechatSignInClient`` for tests of members. A code works once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from services.members.providers.wechat_sign_in import CodeRefused, SignInError, WechatIdentity, WechatSignIn


@dataclass(slots=True)
class FakeWechatSignIn:
    calls: int = 0
    _codes: dict[str, str] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _failures: deque[SignInError] = field(default_factory=deque)

    def person_agrees(self, openid: str) -> str:
        """The code that WeChat sends to the page."""
        code = f"code-{len(self._codes) + 1}"
        self._codes[code] = openid
        return code

    def fail(self, error: SignInError) -> None:
        self._failures.append(error)

    def exchange(self, code: str) -> WechatIdentity:
        self.calls += 1
        if self._failures:
            raise self._failures.popleft()
        if code in self._used:
            raise CodeRefused("used")
        if code not in self._codes:
            raise CodeRefused("invalid")
        self._used.add(code)
        return WechatIdentity(self._codes[code])


def _is_the_port(fake: FakeWechatSignIn) -> WechatSignIn:
    """Read by the type checker: the twin has the shape of the port."""
    return fake
