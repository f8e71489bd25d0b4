"""Template messages: the app's token, the sending, and a box that shows what phones would have got.

Answers 200 for failures too, with WeChat's codes, as the real one does. What was delivered stands in memory, bounded, for the
control API and for demonstrations; it does not outlive the process.
"""

from __future__ import annotations

import hmac
import itertools
import secrets
import threading
from collections import OrderedDict
from typing import Any

import falcon

from deploy.wechat_simulator.merchant_requests import OPENID, read_json
from deploy.wechat_simulator.records import WechatRefusal, instant_text
from deploy.wechat_simulator.web.control import KEY_HEADER
from deploy.wechat_simulator.web.guard import write_json
from deploy.wechat_simulator.world import World

MAX_KEPT = 5_000
MAX_TOKENS = 100
TOKEN_LIFE_S = 7_200
MAX_FIELDS = 10
MAX_THING = 20
"""Characters of a field of the kind ``thing``."""
MAX_ID = 32


class MessageBox:
    """What was delivered, and the tokens that open the sending."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._delivered: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._tokens: list[str] = []
        self._numbers = itertools.count(4_000_000_000)

    def give_token(self) -> str:
        token = secrets.token_urlsafe(48)
        with self._lock:
            self._tokens = [*self._tokens, token][-MAX_TOKENS:]
        return token

    def is_token(self, token: str) -> bool:
        with self._lock:
            return any(hmac.compare_digest(token.encode(), known.encode()) for known in self._tokens)

    def deliver(self, message_id: str, message: dict[str, Any]) -> int:
        """WeChat's number of the message. One that comes again under its id is the same message."""
        with self._lock:
            known = self._delivered.get(message_id) if message_id else None
            if known is None:
                number = next(self._numbers)
                known = self._delivered[message_id or str(number)] = {"msgid": number, **message}
                if len(self._delivered) > MAX_KEPT:
                    self._delivered.popitem(last=False)
            return int(known["msgid"])

    def list(self, openid: str | None) -> list[dict[str, Any]]:
        with self._lock:
            return [each for each in self._delivered.values() if openid in (None, each["touser"])]

    def forget(self) -> None:
        with self._lock:
            self._delivered.clear()
            self._tokens.clear()


class AppTokens:
    def __init__(self, world: World, box: MessageBox) -> None:
        self._world = world
        self._box = box

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        settings, asked = self._world.settings, read_json(req.context.body)
        if asked.get("grant_type") != "client_credential":
            write_json(resp, _error(40002, "invalid grant_type"))
        elif asked.get("appid") != settings.app_id:
            write_json(resp, _error(40013, "invalid appid"))
        elif not hmac.compare_digest(str(asked.get("secret")).encode(), settings.app_secret.encode()):
            write_json(resp, _error(40125, "invalid appsecret"))
        else:
            write_json(resp, {"access_token": self._box.give_token(), "expires_in": TOKEN_LIFE_S})


class TemplateMessages:
    def __init__(self, world: World, box: MessageBox) -> None:
        self._world = world
        self._box = box

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        write_json(resp, self._sent(req))

    def _sent(self, req: falcon.Request) -> dict[str, Any]:
        if not self._box.is_token(req.get_param("access_token") or ""):
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        message = read_json(req.context.body)
        if refused := self._world.faults.take("message_refused"):
            return _error(refused.number("errcode"), "refused on purpose")
        openid, message_id = message.get("touser"), message.get("client_msg_id", "")
        if not isinstance(openid, str) or OPENID.fullmatch(openid) is None:
            return _error(40003, "invalid openid")
        if not isinstance(message.get("template_id"), str) or not message["template_id"]:
            return _error(40037, "invalid template_id")
        if not isinstance(message_id, str) or len(message_id) > MAX_ID:
            return _error(40221, "invalid client_msg_id")
        data = _read_fields(message.get("data"))
        if data is None:
            return _error(47003, "argument invalid! data.value empty or invalid")
        kept = {
            "touser": openid,
            "template_id": message["template_id"],
            "url": str(message.get("url", "")),
            "data": data,
            "sent_at": instant_text(self._world.now()),
        }
        return {"errcode": 0, "errmsg": "ok", "msgid": self._box.deliver(message_id, kept)}


class Messages:
    def __init__(self, key: str, box: MessageBox) -> None:
        self._key = key
        self._box = box

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """What was delivered, oldest first; ``openid`` narrows."""
        self._check(req)
        write_json(resp, {"items": self._box.list(req.get_param("openid"))})

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Forgets messages and tokens: a token that was given before is stale then."""
        self._check(req)
        self._box.forget()
        resp.status = falcon.HTTP_204

    def _check(self, req: falcon.Request) -> None:
        given = req.get_header(KEY_HEADER) or ""
        if not hmac.compare_digest(given.encode(), self._key.encode()):
            raise WechatRefusal(403, "CONTROL_KEY_WRONG", f"the header {KEY_HEADER} does not carry the control key")


def add_message_control(app: falcon.App[Any, Any], key: str, box: MessageBox) -> None:
    app.add_route("/control/messages", Messages(key, box))


def _read_fields(data: object) -> dict[str, str] | None:
    if not isinstance(data, dict) or not 1 <= len(data) <= MAX_FIELDS:
        return None
    fields: dict[str, str] = {}
    for name, field in data.items():
        value = field.get("value") if isinstance(field, dict) else None
        if not isinstance(value, str) or not value or (name.startswith("thing") and len(value) > MAX_THING):
            return None
        fields[name] = value
    return fields


def _error(code: int, message: str) -> dict[str, Any]:
    return {"errcode": code, "errmsg": message}
