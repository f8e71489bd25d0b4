"""Signing in over HTTP as the people of the demonstration do."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

from deploy.demo.accounts import Account
from deploy.demo.http import Gateway, Refused, request_id
from services.chassis.clock import Clock

DEVICE = "demonstration loader"
STEP_S = 30
"""How long a code of an authenticator holds. It works once."""
SECOND_FACTOR_TRIES = 3
RENEW_AFTER = timedelta(minutes=8)
"""An access token lives ten."""


class SignedIn:
    """A person's access token, renewed by signing in again before it ends."""

    def __init__(self, gateway: Gateway, account: Account, clock: Clock) -> None:
        self._gateway = gateway
        self._account = account
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._since: datetime | None = None

    @property
    def token(self) -> str:
        with self._lock:
            now = self._clock.now()
            if self._since is None or now - self._since > RENEW_AFTER:
                self._token = sign_in(self._gateway, self._account, self._clock)
                self._since = now
            return self._token


def sign_in(gateway: Gateway, account: Account, clock: Clock) -> str:
    """The access token. Raises Refused."""
    for attempt in range(SECOND_FACTOR_TRIES):
        now = clock.now()
        body = {"phone": account.phone, "password": account.password, "device": DEVICE}
        answer = gateway.post("/v1/sign-ins/password", body, key=request_id("sign-in", account.key, now, attempt))
        if answer["step"] == "signed_in":
            return str(answer["access_token"])
        code = {"challenge": answer["challenge"], "code": account.code(clock.now())}
        try:
            answer = gateway.post("/v1/sign-ins/second-factor", code, key=request_id("code", account.key, now, attempt))
            return str(answer["access_token"])
        except Refused as refusal:
            # A code that was used a moment ago, before an interruption: the next one is different.
            if refusal.code != "members.second_factor_refused" or attempt == SECOND_FACTOR_TRIES - 1:
                raise
            time.sleep(STEP_S - clock.now().timestamp() % STEP_S + 0.5)
    raise AssertionError("the last try returns or raises")
