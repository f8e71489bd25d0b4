"""Who asks: the bearer token, verified, becomes the contracts' Caller, and the operation's authority rule has its first word.

The services check again, and where in the tree; this look only spares them calls that can't succeed. Owns also the guard of
the one operation that works from a cookie: a foreign page can make a browser send a cookie, but not a header of ours.
"""

from __future__ import annotations

from time import monotonic
from urllib.parse import urlsplit

from gateway.ended_sessions import EndedSessions, may_end_sessions
from gateway.http import Request, Response
from gateway.operation import find_operation
from gateway.problems import ForeignOrigin
from gateway.tokens import Tokens
from services.contracts.caller import Caller
from services.contracts.errors import Unauthenticated

SCHEME = "bearer "


class OperationMiddleware:
    """Looks up what the request is for, before anything is decided about it, and until when it must be answered."""

    def process_resource(self, req: Request, _resp: Response, resource: object, _params: dict[str, str]) -> None:
        operation = find_operation(resource, req.method)
        if operation is not None:
            req.context.operation = operation
            req.context.deadline_s = req.context.started_at_s + operation.timeout_s


class SessionMiddleware:
    def __init__(self, tokens: Tokens, ended: EndedSessions, county_id: str, public_url: str) -> None:
        self._tokens = tokens
        self._ended = ended
        self._county_id = county_id
        self._own_host = urlsplit(public_url).netloc

    def process_resource(self, req: Request, _resp: Response, _resource: object, _params: dict[str, str]) -> None:
        operation = req.context.operation
        if operation is None:
            return
        if operation.cookie:
            self._check_origin(req)
        caller = operation.stranger(self._county_id) if operation.is_open else self._person(req)
        operation.check(caller)
        req.context.caller = caller

    def process_response(self, req: Request, _resp: Response, _resource: object, succeeded: bool) -> None:
        """What has ended sessions is known to this process before its answer leaves."""
        operation = req.context.operation
        if succeeded and operation is not None and may_end_sessions(operation):
            self._ended.look(req.context.deadline_s - monotonic())

    def _person(self, req: Request) -> Caller:
        header = req.get_header("Authorization") or ""
        if header[: len(SCHEME)].lower() != SCHEME:
            raise Unauthenticated
        caller = self._tokens.caller(header[len(SCHEME) :].strip())
        self._ended.check(caller)
        return caller

    def _check_origin(self, req: Request) -> None:
        """Raises ForeignOrigin for a request that a page of another site made.

        Browsers send at least one of the two headers with a POST; a client without both is no browser and has no one's cookie.
        """
        if (req.get_header("Sec-Fetch-Site") or "same-origin") != "same-origin":
            raise ForeignOrigin
        origin = req.get_header("Origin")
        if origin is not None and urlsplit(origin).netloc.lower() not in (self._own_host, (req.netloc or "").lower()):
            raise ForeignOrigin
