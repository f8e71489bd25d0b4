"""The county's administrator at the gateway, for measurements: one connection, one token, as many looks as are wanted."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from deploy.local.stack import Stack
from gateway.tokens import Tokens
from services.chassis.clock import SystemClock
from services.chassis.ids import new_id
from services.chassis.sealed import decode_key
from services.contracts.caller import Grant, Role
from services.contracts.members.messages import Session
from services.contracts.values import OrgId, OrgPath

TIMEOUT_S = 30
NEWS_WITHIN_S = 10.0
"""An office counts once the gateway has heard from ``members`` which sessions have ended, so that service runs beside."""


class Office:
    def __init__(self, stack: Stack, org_id: str, path: str) -> None:
        settings = stack.environment()
        session = Session(
            session_id=new_id(),
            account_id=new_id(),
            member_id=None,
            county_id=settings["COUNTY_ID"],
            grants=(Grant(role=Role.COUNTY_ADMIN, org_id=OrgId(org_id), path=OrgPath(path)),),
            refresh_token="x" * 43,
            refresh_expires_at=SystemClock().now(),
        )
        token = Tokens(decode_key(settings["TOKEN_KEY"]), settings["COUNTY_ID"], SystemClock()).issue(session)
        parts = urlsplit(stack.gateway_url)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT_S)

    def close(self) -> None:
        self._connection.close()

    def wait_for_news(self, path: str) -> None:
        """Until this is answered. Raises RuntimeError."""
        until = time.monotonic() + NEWS_WITHIN_S
        while True:
            status, body = self._get(path)
            if status == http.client.OK:
                return
            if time.monotonic() > until:
                raise RuntimeError(f"{path} answered {status}: {body[:200]!r}")
            time.sleep(0.2)

    def look_ms(self, path: str) -> float:
        """How long the whole answer took. Raises RuntimeError for an answer that is none."""
        began = time.perf_counter()
        status, body = self._get(path)
        if status != http.client.OK:
            raise RuntimeError(f"{path} answered {status}: {body[:200]!r}")
        return (time.perf_counter() - began) * 1000

    def _get(self, path: str) -> tuple[int, bytes]:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()
