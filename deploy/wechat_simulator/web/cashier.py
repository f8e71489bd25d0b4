"""The cashier: what the pay sheet on the phone asks. Believes only parameters that the merchant has signed."""

from __future__ import annotations

from typing import Any

import falcon

from deploy.wechat_simulator.merchant_requests import read_json
from deploy.wechat_simulator.records import Order, WechatRefusal
from deploy.wechat_simulator.web.guard import write_json
from deploy.wechat_simulator.world import World

PACKAGE_PREFIX = "prepay_id="
FIELDS = ("appId", "timeStamp", "nonceStr", "package", "signType", "paySign")


class Sheets:
    """What the payer reads before he pays."""

    def __init__(self, world: World) -> None:
        self._world = world

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        order = _order(self._world, read_json(req.context.body))
        payer = self._world.bank.find_user(order.payer_openid)
        write_json(
            resp,
            {
                "order_no": order.order_no,
                "amount_fen": order.total_fen,
                "description": order.request["description"],
                "merchant": self._world.settings.merchant_name,
                "payer": payer.name if payer else "微信用户",
                "state": order.state.value,
            },
        )


class Payments:
    def __init__(self, world: World) -> None:
        self._world = world

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        order = _order(self._world, read_json(req.context.body))
        self._world.bank.pay(order.order_no)
        write_json(resp, {"state": order.state.value})


def _order(world: World, parameters: dict[str, Any]) -> Order:
    """The order that signed parameters speak of. Raises WechatRefusal."""
    values = [parameters.get(name) for name in FIELDS]
    if not all(isinstance(value, str) and value for value in values):
        raise WechatRefusal(400, "PARAM_ERROR", "调起支付缺少参数")
    app_id, timestamp, nonce, package, sign_type, signature = (str(value) for value in values)
    if app_id != world.settings.app_id or sign_type != "RSA" or not package.startswith(PACKAGE_PREFIX):
        raise WechatRefusal(400, "PARAM_ERROR", "调起支付的参数不对")
    if not world.merchant.check_phone(app_id, timestamp, nonce, package, signature):
        raise WechatRefusal(401, "SIGN_ERROR", "支付验证签名失败")
    return world.bank.get_order_by_prepay(package.removeprefix(PACKAGE_PREFIX))
