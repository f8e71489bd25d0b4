"""WeChat's web sign-in: the page on which a demonstration user is chosen, and the exchange of the code.

The real page asks nothing of a person who is inside WeChat; here nobody is inside WeChat, so the person picks who to be.
"""

from __future__ import annotations

import hmac
import html
import secrets
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit

import falcon

from deploy.wechat_simulator.codes import CodeInvalid, Codes, CodeUsed
from deploy.wechat_simulator.records import User
from deploy.wechat_simulator.web.guard import write_json
from deploy.wechat_simulator.world import World, read_user

ASSETS = Path(__file__).resolve().parent.parent / "assets"
SCOPES = ("snsapi_base", "snsapi_userinfo")
MAX_STATE = 128
MAX_SHOWN_USERS = 50
TOKEN_LIFE_S = 7200


@dataclass(frozen=True, slots=True)
class Wish:
    """A checked request for sign-in."""

    redirect_uri: str
    state: str
    scope: str

    def back(self, code: str) -> str:
        """The merchant's page, with code and state in its query."""
        parts = urlsplit(self.redirect_uri)
        added = urlencode({"code": code, "state": self.state})
        query = f"{parts.query}&{added}" if parts.query else added
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


class WishRefused(Exception):
    """The sentence on the page that says what is wrong with the address."""


class Authorize:
    def __init__(self, world: World, codes: Codes) -> None:
        self._world = world
        self._codes = codes
        self._page = Template((ASSETS / "authorize.html").read_text(encoding="utf-8"))
        self._refusal = Template((ASSETS / "refusal.html").read_text(encoding="utf-8"))

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        try:
            self._wish(req)
        except WishRefused as error:
            self._show_refusal(resp, error)
            return
        self._show(req, resp)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        try:
            wish = self._wish(req)
            user = self._chosen(req)
        except WishRefused as error:
            self._show_refusal(resp, error)
            return
        raise falcon.HTTPSeeOther(wish.back(self._codes.make(user.openid, wish.scope)))

    def _wish(self, req: falcon.Request) -> Wish:
        """From the query, of the page as of its form. Raises WishRefused."""
        settings = self._world.settings
        redirect_uri, state = req.get_param("redirect_uri") or "", req.get_param("state") or ""
        scope = req.get_param("scope") or ""
        if req.get_param("appid") != settings.app_id:
            raise WishRefused("appid 参数错误")
        if req.get_param("response_type") != "code" or scope not in SCOPES:
            raise WishRefused("scope 参数错误或没有 scope 权限（10005）")
        if len(state) > MAX_STATE:
            raise WishRefused("state 参数过长")
        try:
            parts = urlsplit(redirect_uri)
        except ValueError:
            parts = urlsplit("")
        if f"{parts.scheme}://{parts.netloc}" not in settings.origins:
            raise WishRefused("redirect_uri 域名与后台配置不一致（10003）")
        return Wish(redirect_uri, state, scope)

    def _chosen(self, req: falcon.Request) -> User:
        form = parse_qs(req.context.body.decode("utf-8", errors="replace"), max_num_fields=8)
        openid, name = form.get("openid", [""])[0], form.get("name", [""])[0].strip()
        known = self._world.bank.find_user(openid)
        if known is not None:
            return known
        try:
            return self._world.bank.add_user(read_user({"name": name}).name)
        except ValueError:
            raise WishRefused("请选择一个微信用户，或输入一个名字") from None

    def _show(self, req: falcon.Request, resp: falcon.Response) -> None:
        users = self._world.bank.users()
        rows = "".join(_row(user) for user in users[:MAX_SHOWN_USERS])
        more = len(users) - MAX_SHOWN_USERS
        note = f"还有 {more} 位用户未列出，可在下面输入名字。" if more > 0 else ""
        empty = "" if users else "还没有演示用户，请在下面输入一个名字。"
        merchant = html.escape(self._world.settings.merchant_name)
        # Said outright, for a form without an action would carry this page's #wechat_redirect on to the merchant's.
        action = html.escape(f"?{req.query_string}")
        self._write(resp, self._page.substitute(rows=rows, note=note or empty, merchant=merchant, action=action))

    def _show_refusal(self, resp: falcon.Response, error: WishRefused) -> None:
        resp.status = falcon.HTTP_400
        self._write(resp, self._refusal.substitute(reason=html.escape(str(error))))

    def _write(self, resp: falcon.Response, page: str) -> None:
        # A browser holds a form's redirect to form-action too, so the merchant's origins stand in it.
        targets = " ".join(self._world.settings.origins)
        policy = f"default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {targets}; frame-ancestors 'none'"
        resp.set_header("Content-Security-Policy", policy)
        resp.set_header("Cache-Control", "no-store")
        resp.content_type = "text/html; charset=utf-8"
        resp.data = page.encode()


class AccessTokens:
    """The exchange of a code. Answers 200 for failures too, as the real one does, and as text/plain like it."""

    def __init__(self, world: World, codes: Codes) -> None:
        self._world = world
        self._codes = codes

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        write_json(resp, self._exchange(req))
        resp.content_type = "text/plain"

    def _exchange(self, req: falcon.Request) -> dict[str, Any]:
        settings, code = self._world.settings, req.get_param("code") or ""
        if req.get_param("grant_type") != "authorization_code":
            return _error(40002, "invalid grant_type")
        if req.get_param("appid") != settings.app_id:
            return _error(40013, "invalid appid")
        if not hmac.compare_digest((req.get_param("secret") or "").encode(), settings.app_secret.encode()):
            return _error(40125, "invalid appsecret")
        if not code:
            return _error(41008, "missing code")
        try:
            openid, scope = self._codes.use(code)
        except CodeInvalid:
            return _error(40029, "invalid code")
        except CodeUsed:
            return _error(40163, "code been used")
        return {
            "access_token": secrets.token_urlsafe(48),
            "expires_in": TOKEN_LIFE_S,
            "refresh_token": secrets.token_urlsafe(48),
            "openid": openid,
            "scope": scope,
        }


def _row(user: User) -> str:
    name, note = html.escape(user.name), html.escape(user.note)
    initial = html.escape(user.name[:1])
    detail = f'<span class="note">{note}</span>' if note else ""
    return (
        f'<li><button type="submit" name="openid" value="{quote(user.openid, safe="")}">'
        f'<span class="face" aria-hidden="true">{initial}</span>'
        f'<span class="who"><span class="name">{name}</span>{detail}</span></button></li>'
    )


def _error(code: int, message: str) -> dict[str, Any]:
    return {"errcode": code, "errmsg": f"{message}, rid: {secrets.token_hex(4)}-{secrets.token_hex(4)}"}
