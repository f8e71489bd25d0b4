"""Signing in: each step asks the members service, and a step that ends in a session gives the two tokens.

The access token goes into the answer, for the page's memory; the refresh token into a cookie that no script can read and that
browsers send to /v1/sessions alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.collaborators import Collaborators
from gateway.forward import Resource, read_body
from gateway.http import Request, Response, write_json
from gateway.operation import JsonBody, Limit, Operation, operation
from gateway.resources.answers import SignInAnswer
from gateway.tokens import LIFE_S
from services.contracts.members import methods as members
from services.contracts.members.messages import Session, SignInResult
from services.contracts.method import Kind, Method
from services.contracts.wire import dump, load

COOKIE = "refresh"
COOKIE_PATH = "/v1/sessions"
MAX_BODY_BYTES = 4 * 1024


def begin_session(with_: Collaborators, resp: Response, session: Session) -> str:
    """The access token of a new or refreshed session; its refresh token becomes the cookie."""
    life_s = int((session.refresh_expires_at - with_.clock.now()).total_seconds())
    resp.set_cookie(
        COOKIE,
        session.refresh_token,
        max_age=max(0, life_s),
        path=COOKIE_PATH,
        secure=with_.settings.is_https,
        http_only=True,
        same_site="Strict",
    )
    return with_.tokens.issue(session)


def end_cookie(resp: Response) -> None:
    resp.unset_cookie(COOKIE, path=COOKIE_PATH, same_site="Strict")


def _step(method: Method[Any, SignInResult], summary: str) -> Callable[..., None]:
    body = JsonBody(method.request, max_bytes=MAX_BODY_BYTES)
    declared = Operation(
        name=method.name,
        summary=summary,
        tag="sign-in",
        calls=(method,),
        body=body,
        answer=SignInAnswer,
        limit=Limit.SIGN_IN,
    )

    @operation(declared)
    def respond(self: Resource, req: Request, resp: Response) -> None:
        message = load(method.request, read_body(req, body))
        # A code of WeChat's works once: a second try by ourselves could only spoil the first one's answer.
        repeatable = method.kind is not Kind.ERRAND
        answer = self.ask(req, resp, method, message, repeatable=repeatable)
        result = self.with_.services.read(method, answer)
        session = result.session
        token = begin_session(self.with_, resp, session) if session is not None else None
        step = SignInAnswer(
            step=result.step,
            access_token=token,
            expires_in_s=LIFE_S if token is not None else None,
            challenge=result.challenge,
            binding_token=result.binding_token,
        )
        write_json(resp, dump(step))

    return respond


class PasswordSignIns(Resource):
    on_post = _step(members.SIGN_IN_WITH_PASSWORD, "Sign in with phone and password")


class SecondFactorSignIns(Resource):
    on_post = _step(members.ANSWER_SECOND_FACTOR, "Answer the challenge with the authenticator's code (SEC-4)")


class WeChatSignIns(Resource):
    on_post = _step(members.SIGN_IN_WITH_WECHAT, "Sign in with the code that WeChat gave the page")


class WeChatBindings(Resource):
    on_post = _step(
        members.BIND_WECHAT, "Bind this WeChat account, once, to the roster entry that agrees in all details"
    )


class Activations(Resource):
    on_post = _step(members.ACTIVATE, "Set the first password, with the one-time code from the branch administrator")
