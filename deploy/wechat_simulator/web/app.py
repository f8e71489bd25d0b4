"""The table of routes."""

from __future__ import annotations

import sys
import traceback
from http import HTTPStatus
from typing import Any

import falcon

from deploy.wechat_simulator.codes import Codes
from deploy.wechat_simulator.records import WechatRefusal
from deploy.wechat_simulator.web.bills import BillDownloads, BillStore, TradeBills
from deploy.wechat_simulator.web.cashier import Payments, Sheets
from deploy.wechat_simulator.web.control import add_control_routes
from deploy.wechat_simulator.web.guard import Guard, refuse, write_json
from deploy.wechat_simulator.web.messages import AppTokens, MessageBox, TemplateMessages, add_message_control
from deploy.wechat_simulator.web.pay import (
    OrderClosings,
    OrdersByNumber,
    OrdersByTransaction,
    Prepays,
    Refunds,
    RefundsByNumber,
)
from deploy.wechat_simulator.web.sign_in import ASSETS, AccessTokens, Authorize
from deploy.wechat_simulator.world import World


class Bridge:
    """The script that stands in for the JavaScript bridge inside WeChat."""

    def __init__(self) -> None:
        self._script = (ASSETS / "bridge.js").read_bytes()

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = "text/javascript; charset=utf-8"
        resp.set_header("Cache-Control", "no-cache")
        # The page that loads it lives on another origin and may ask for isolation.
        resp.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        resp.data = self._script


class Live:
    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        write_json(resp, {"status": "ok", "money": "simulated"})


def create_app(world: World) -> falcon.App[Any, Any]:
    app: falcon.App[Any, Any] = falcon.App(middleware=[Guard(world)])
    codes, bills, box = Codes(world.now), BillStore(), MessageBox()
    app.add_route("/v3/pay/transactions/jsapi", Prepays(world))
    app.add_route("/v3/pay/transactions/id/{transaction_id}", OrdersByTransaction(world))
    app.add_route("/v3/pay/transactions/out-trade-no/{order_no}", OrdersByNumber(world))
    app.add_route("/v3/pay/transactions/out-trade-no/{order_no}/close", OrderClosings(world))
    app.add_route("/v3/refund/domestic/refunds", Refunds(world))
    app.add_route("/v3/refund/domestic/refunds/{refund_no}", RefundsByNumber(world))
    app.add_route("/v3/bill/tradebill", TradeBills(world, bills))
    app.add_route("/v3/billdownload/file", BillDownloads(world, bills))
    app.add_route("/connect/oauth2/authorize", Authorize(world, codes))
    app.add_route("/sns/oauth2/access_token", AccessTokens(world, codes))
    app.add_route("/cgi-bin/stable_token", AppTokens(world, box))
    app.add_route("/cgi-bin/message/template/send", TemplateMessages(world, box))
    app.add_route("/cashier/sheets", Sheets(world))
    app.add_route("/cashier/payments", Payments(world))
    app.add_route("/bridge.js", Bridge())
    app.add_route("/livez", Live())
    if world.settings.control_key is not None:
        add_control_routes(app, world, world.settings.control_key)
        add_message_control(app, world.settings.control_key, box)
    app.add_error_handler(Exception, _broken)
    app.add_error_handler(falcon.HTTPError, _http_error)
    app.add_error_handler(WechatRefusal, refuse)
    return app


def _http_error(_req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, _params: dict[str, Any]) -> None:
    """No such route, wrong method: in WeChat's form, so that the answer can be signed and read like any other."""
    code = "RESOURCE_NOT_EXISTS" if error.status_code == HTTPStatus.NOT_FOUND else "PARAM_ERROR"
    write_json(resp, {"code": code, "message": error.title or ""}, status=error.status_code)


def _broken(_req: falcon.Request, resp: falcon.Response, error: Exception, _params: dict[str, Any]) -> None:
    traceback.print_exception(error, file=sys.stderr)
    write_json(resp, {"code": "SYSTEM_ERROR", "message": "系统异常，请稍后重试"}, status=500)
