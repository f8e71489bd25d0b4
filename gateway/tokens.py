"""Access tokens: what the gateway says of a signed-in person to itself, for ten minutes (SEC-4).

A JWT, HS256 and nothing else, every claim required. Owns the claims; the services see a Caller, never a token.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import jwt
import jwt.types

from services.chassis.clock import Clock
from services.contracts.caller import MAX_GRANTS, Caller, CallerKind, Grant, Role
from services.contracts.errors import Unauthenticated
from services.contracts.members.messages import Session
from services.contracts.values import OrgPath

ALGORITHM: Final = "HS256"
LIFE_S: Final = 600
"""The refresh token asks the members service anew. A session that ends earlier takes its token along (``ended_sessions``)."""
MAX_TOKEN = 10_000
"""Characters: 20 grants with the longest paths there can be make 9,000, real ones 2,000. What is longer is not looked at."""
KEPT_TOKENS = 4_096
"""People at the same time; 10 MB at most."""
CLAIMS: Final = ("sub", "sid", "mid", "cid", "gr", "iat", "exp")
_OPTIONS: Final[jwt.types.Options] = {
    "require": list(CLAIMS),
    "verify_exp": False,  # checked below against the injected clock
    "verify_iat": False,
    "verify_sub": True,
}


class Tokens:
    def __init__(self, key: bytes, county_id: str, clock: Clock) -> None:
        self._key = key
        self._county_id = county_id
        self._clock = clock
        # PERF: a page makes several requests with one token; its signature, a fifth of the gateway's work on a request,
        # is checked once. Refusals are not kept, and whether the token's time is over is asked each time.
        self._verified = lru_cache(KEPT_TOKENS)(self._verify)

    def issue(self, session: Session) -> str:
        now_s = int(self._clock.now().timestamp())
        claims = {
            "sub": session.account_id,
            "sid": session.session_id,
            "mid": session.member_id or "",
            "cid": session.county_id,
            "gr": [[grant.role.value, grant.org_id, grant.path] for grant in session.grants[:MAX_GRANTS]],
            "iat": now_s,
            "exp": now_s + LIFE_S,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def caller(self, token: str) -> Caller:
        """The person that the token is about. Raises Unauthenticated for any token that is not ours, whole and in time."""
        if len(token) > MAX_TOKEN:
            raise Unauthenticated
        caller, expires_s = self._verified(token)
        if self._clock.now().timestamp() >= expires_s:
            raise Unauthenticated
        return caller

    def _verify(self, token: str) -> tuple[Caller, int]:
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM], options=_OPTIONS)
            caller = Caller(
                kind=CallerKind.PERSON,
                county_id=claims["cid"],
                account_id=claims["sub"],
                member_id=claims["mid"] or None,
                session_id=claims["sid"],
                grants=tuple(
                    Grant(role=Role(role), org_id=org_id, path=OrgPath(path)) for role, org_id, path in claims["gr"]
                ),
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Unauthenticated from None
        issued_s, expires_s = claims["iat"], claims["exp"]
        if type(issued_s) is not int or type(expires_s) is not int or expires_s - issued_s > LIFE_S:
            raise Unauthenticated
        if caller.county_id != self._county_id:
            raise Unauthenticated
        return caller, expires_s
