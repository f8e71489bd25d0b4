"""Sessions: renewing the access token by the cookie, the list of devices, signing out here and everywhere."""

from __future__ import annotations

from gateway.forward import Resource, asks
from gateway.http import Request, Response, write_json
from gateway.operation import Limit, Operation, operation
from gateway.resources.answers import AccessToken
from gateway.resources.sign_in import COOKIE, begin_session, end_cookie
from gateway.tokens import LIFE_S
from services.contracts.common import Nothing
from services.contracts.errors import InvalidMessage, RemoteError, Unauthenticated
from services.contracts.members import methods as members
from services.contracts.members.errors import SessionEnded
from services.contracts.members.messages import RefreshSession
from services.contracts.wire import dump, load

_TAG = "sessions"


class SessionRenewals(Resource):
    @operation(
        Operation(
            name="refresh_session",
            summary="Renew the access token by the session's cookie, which is replaced by a new one",
            tag=_TAG,
            calls=(members.REFRESH_SESSION,),
            answer=AccessToken,
            limit=Limit.WRITE,
            cookie=True,
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        tokens = req.get_cookie_values(COOKIE) or [""]
        try:
            request = load(RefreshSession, {"refresh_token": tokens[0]})
        except InvalidMessage:
            raise SessionEnded from None
        try:
            answer = self.ask(req, resp, members.REFRESH_SESSION, request)
        except RemoteError as refusal:
            if refusal.status == Unauthenticated.status:
                end_cookie(resp)
            raise
        session = self.with_.services.read(members.REFRESH_SESSION, answer)
        access_token = begin_session(self.with_, resp, session)
        write_json(resp, dump(AccessToken(access_token=access_token, expires_in_s=LIFE_S)))


class CurrentSession(Resource):
    @operation(
        Operation(name="end_session", summary="Sign out here", tag=_TAG, calls=(members.END_SESSION,), status=204)
    )
    def on_delete(self, req: Request, resp: Response) -> None:
        self.ask(req, resp, members.END_SESSION, Nothing())
        end_cookie(resp)
        resp.status = 204


class Sessions(Resource):
    on_get = asks(members.LIST_SESSIONS, "The devices on which I am signed in", tag=_TAG)

    @operation(
        Operation(
            name="end_all_sessions",
            summary="Sign out everywhere",
            tag=_TAG,
            calls=(members.END_ALL_SESSIONS,),
            status=204,
        )
    )
    def on_delete(self, req: Request, resp: Response) -> None:
        self.ask(req, resp, members.END_ALL_SESSIONS, Nothing())
        end_cookie(resp)
        resp.status = 204
