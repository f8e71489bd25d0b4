"""WeChat Pay's merchant API: prepay, query, close, refund. Who asks was checked by the guard."""

from __future__ import annotations

import falcon

from deploy.wechat_simulator.answers import order_json, refund_json
from deploy.wechat_simulator.merchant_requests import (
    check_merchant,
    parameter_error,
    prepay_request,
    read_json,
    refund_request,
)
from deploy.wechat_simulator.records import Order
from deploy.wechat_simulator.web.guard import write_json
from deploy.wechat_simulator.world import World


class Prepays:
    def __init__(self, world: World) -> None:
        self._world = world

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        message = read_json(req.context.body)
        settings = self._world.settings
        check_merchant(message, app_id=settings.app_id, merchant_id=settings.merchant_id)
        order = self._world.bank.open_order(prepay_request(message))
        write_json(resp, {"prepay_id": order.prepay_id})


class OrdersByNumber:
    def __init__(self, world: World) -> None:
        self._world = world

    def on_get(self, req: falcon.Request, resp: falcon.Response, order_no: str) -> None:
        _check_asker(req, self._world)
        write_order(resp, self._world, self._world.bank.get_order(order_no))


class OrdersByTransaction:
    def __init__(self, world: World) -> None:
        self._world = world

    def on_get(self, req: falcon.Request, resp: falcon.Response, transaction_id: str) -> None:
        _check_asker(req, self._world)
        write_order(resp, self._world, self._world.bank.get_order_by_transaction(transaction_id))


class OrderClosings:
    def __init__(self, world: World) -> None:
        self._world = world

    def on_post(self, req: falcon.Request, resp: falcon.Response, order_no: str) -> None:
        message = read_json(req.context.body)
        check_merchant(message, app_id=None, merchant_id=self._world.settings.merchant_id)
        self._world.bank.close(order_no)
        resp.status = falcon.HTTP_204


class Refunds:
    def __init__(self, world: World) -> None:
        self._world = world

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        refund = self._world.bank.request_refund(refund_request(read_json(req.context.body)))
        write_json(resp, refund_json(refund, self._world.bank.get_order(refund.order_no)))


class RefundsByNumber:
    def __init__(self, world: World) -> None:
        self._world = world

    def on_get(self, _req: falcon.Request, resp: falcon.Response, refund_no: str) -> None:
        refund = self._world.bank.get_refund(refund_no)
        write_json(resp, refund_json(refund, self._world.bank.get_order(refund.order_no)))


def write_order(resp: falcon.Response, world: World, order: Order) -> None:
    settings = world.settings
    write_json(resp, order_json(order, app_id=settings.app_id, merchant_id=settings.merchant_id))


def _check_asker(req: falcon.Request, world: World) -> None:
    if req.get_param("mchid") != world.settings.merchant_id:
        raise parameter_error("mchid")
