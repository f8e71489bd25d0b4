"""Stands before and behind each request: who may ask, which fault is on, and WeChat's signature on each answer.

Owns the order of these steps for ``/v3``: read the body (bounded), check the merchant's signature, apply faults, and
last sign exactly the bytes that leave.
"""

from __future__ import annotations

import json
import time
from typing import Any

import falcon
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.wechat_simulator.records import WechatRefusal
from deploy.wechat_simulator.signing import Seal
from deploy.wechat_simulator.world import World

MAX_BODY_BYTES = 64 * 1024
UNSIGNED_PATHS = ("/v3/billdownload/",)
"""The real one does not sign the file itself; its hash stands in a signed answer."""

PREFLIGHT_LIFE_S = "600"
# First part that fits names the operation, for faults.
_OPERATIONS = (
    ("POST", "/v3/pay/transactions/jsapi", "prepay"),
    ("POST", "/v3/pay/transactions/out-trade-no/", "close"),
    ("GET", "/v3/pay/transactions/", "query"),
    ("POST", "/v3/refund/", "refund"),
    ("GET", "/v3/refund/", "query_refund"),
    ("GET", "/v3/bill", "bill"),
    ("GET", "/sns/", "sign_in"),
    ("POST", "/cashier/", "cashier"),
    ("POST", "/cgi-bin/message/", "message"),
)


class Guard:
    """Falcon middleware."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stranger = Seal(world.seal.key_id, rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.context.body = _read_body(req)
        req.context.operation = _operation(req)
        req.context.order_no = _order_no(req)
        _allow_origin(req, resp, self._world.settings.origins)
        if req.method == "OPTIONS":
            return
        if req.path.startswith("/v3/"):
            self._world.merchant.check(
                authorization=req.get_header("Authorization") or "",
                method=req.method,
                path=raw_path(req),
                body=req.context.body,
                now=self._world.now(),
            )
        self._fault_before(req)

    def process_response(self, req: falcon.Request, resp: falcon.Response, _resource: object, _ok: bool) -> None:
        operation = getattr(req.context, "operation", None)
        if operation is not None and self._take(req, "answer_lost"):
            resp.status, resp.data, resp.content_type = falcon.HTTP_502, b"<html>bad gateway</html>", "text/html"
            return
        if not req.path.startswith("/v3/") or req.path.startswith(UNSIGNED_PATHS):
            return
        if self._take(req, "answer_unsigned"):
            return
        seal = self._stranger if self._take(req, "answer_forged") else self._world.seal
        body = resp.render_body() or b""
        for name, value in seal.headers(body, now=self._world.now()).items():
            resp.set_header(name, value)

    def _fault_before(self, req: falcon.Request) -> None:
        if req.context.operation is None:
            return
        if slow := self._take(req, "slow"):
            time.sleep(slow.number("seconds"))
        if broken := self._take(req, "server_error"):
            raise WechatRefusal(broken.number("status"), "SYSTEM_ERROR", "系统异常，请稍后重试")
        if self._take(req, "busy"):
            raise WechatRefusal(429, "FREQUENCY_LIMITED", "频率超限，请降低请求频率")

    def _take(self, req: falcon.Request, kind: str) -> Any:
        order_no = getattr(req.context, "order_no", None)
        return self._world.faults.take(kind, order_no=order_no, operation=getattr(req.context, "operation", None))


def raw_path(req: falcon.Request) -> str:
    """Path and query exactly as they were sent: what the merchant signed."""
    raw = req.env.get("RAW_URI")
    if isinstance(raw, str):
        return raw
    return req.path + (f"?{req.query_string}" if req.query_string else "")


def refuse(_req: falcon.Request, resp: falcon.Response, error: WechatRefusal, _params: dict[str, Any]) -> None:
    """WeChat's form of an error."""
    write_json(resp, {"code": error.code, "message": error.message}, status=error.status)


def write_json(resp: falcon.Response, value: object, *, status: int = 200) -> None:
    resp.status = falcon.code_to_http_status(status)
    resp.content_type = "application/json; charset=utf-8"
    resp.data = json.dumps(value, ensure_ascii=False).encode()


def _read_body(req: falcon.Request) -> bytes:
    if req.content_length is not None and req.content_length > MAX_BODY_BYTES:
        raise WechatRefusal(400, "PARAM_ERROR", "请求体过大")
    body: bytes = req.bounded_stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise WechatRefusal(400, "PARAM_ERROR", "请求体过大")
    return body


def _operation(req: falcon.Request) -> str | None:
    for method, prefix, operation in _OPERATIONS:
        if req.method == method and req.path.startswith(prefix):
            return operation
    return None


def _order_no(req: falcon.Request) -> str | None:
    """The order that a request is about, where the request itself says so."""
    head, found, tail = req.path.partition("/out-trade-no/")
    if found and head == "/v3/pay/transactions":
        return tail.partition("/")[0]
    if req.path.startswith("/v3/") and req.method == "POST":
        try:
            value = json.loads(req.context.body).get("out_trade_no")
        except (ValueError, AttributeError, RecursionError):
            return None
        return value if isinstance(value, str) else None
    return None


def _allow_origin(req: falcon.Request, resp: falcon.Response, origins: tuple[str, ...]) -> None:
    """The merchant's page may call the cashier from its own origin; no other page may, and nothing else is opened."""
    origin = req.get_header("Origin")
    if not req.path.startswith("/cashier/") or origin not in origins:
        return
    resp.set_header("Access-Control-Allow-Origin", origin)
    resp.set_header("Vary", "Origin")
    if req.method == "OPTIONS":
        resp.set_header("Access-Control-Allow-Methods", "POST")
        resp.set_header("Access-Control-Allow-Headers", "Content-Type")
        resp.set_header("Access-Control-Max-Age", PREFLIGHT_LIFE_S)
        resp.set_header("Access-Control-Allow-Private-Network", "true")
