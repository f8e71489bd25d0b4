"""The control API: pay without a phone, see what was taken and sent, switch faults, forge. For tests and demonstrations.

Each request carries the control key; without a key in the settings these routes are not there at all.
"""

from __future__ import annotations

import hmac
from typing import Any

import falcon

from deploy.wechat_simulator.bank import MAX_PAGE
from deploy.wechat_simulator.faults import KINDS
from deploy.wechat_simulator.merchant_requests import read_json
from deploy.wechat_simulator.records import Order, WechatRefusal, instant_text
from deploy.wechat_simulator.web.guard import write_json
from deploy.wechat_simulator.world import World, read_user

KEY_HEADER = "X-Control-Key"
MAX_TIMES = 64


class _Control:
    def __init__(self, world: World, key: str) -> None:
        self._world = world
        self._key = key

    def _read(self, req: falcon.Request) -> dict[str, Any]:
        self._check(req)
        return read_json(req.context.body)

    def _check(self, req: falcon.Request) -> None:
        given = req.get_header(KEY_HEADER) or ""
        if not hmac.compare_digest(given.encode(), self._key.encode()):
            raise WechatRefusal(403, "CONTROL_KEY_WRONG", f"the header {KEY_HEADER} does not carry the control key")


class Payments(_Control):
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """What was taken, by order number, page by page."""
        self._check(req)
        orders = self._world.bank.taken(after=req.get_param("after") or "", limit=MAX_PAGE)
        following = orders[-1].order_no if len(orders) == MAX_PAGE else None
        write_json(resp, {"items": [_order_json(order) for order in orders], "next_after": following})


class Pay(_Control):
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """``{prepay_id}`` or ``{order_no}``; with ``late`` also an order that is closed or over its time."""
        wish = self._read(req)
        late = wish.get("late", False)
        if not isinstance(late, bool):
            raise _unclear("late is true or false")
        if "prepay_id" in wish and not late:
            order_no = self._world.bank.get_order_by_prepay(str(wish["prepay_id"])).order_no
        else:
            order_no = str(wish.get("order_no", ""))
        write_json(resp, _order_json(self._world.bank.pay(order_no, late=late)))


class Orders(_Control):
    def on_get(self, req: falcon.Request, resp: falcon.Response, order_no: str) -> None:
        self._check(req)
        write_json(resp, _order_json(self._world.bank.get_order(order_no)))


class Sendings(_Control):
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Each try to deliver a notice, oldest first; ``order_no`` narrows."""
        self._check(req)
        write_json(resp, {"items": self._world.postman.log(req.get_param("order_no"))})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """``{order_no, times?, subject?}``: the true notice again, now, and what the merchant said each time."""
        wish = self._read(req)
        times = wish.get("times", 1)
        if type(times) is not int or not 1 <= times <= MAX_TIMES:
            raise _unclear(f"times must be a whole number from 1 to {MAX_TIMES}")
        notice = self._notice(wish)
        items = [self._world.postman.send_again(notice).as_json() for _ in range(times)]
        write_json(resp, {"items": items})

    def _notice(self, wish: dict[str, Any]) -> Any:
        subject = wish.get("subject", "payment")
        found = [
            notice for notice in self._world.bank.notices_of(str(wish.get("order_no", ""))) if notice.subject == subject
        ]
        if not found:
            raise WechatRefusal(404, "NO_NOTICE", f"no {subject} notice was made for this order")
        return found[-1]


class Forgeries(Sendings):
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The names of the ways."""
        self._check(req)
        write_json(resp, {"ways": self._world.writer.ways})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """``{order_no, way, subject?}``: one forged notice, now, and what the merchant said."""
        wish = self._read(req)
        notice = self._notice(wish)
        try:
            sending = self._world.postman.send_forged(notice, str(wish.get("way")))
        except ValueError as error:
            raise _unclear(str(error)) from None
        write_json(resp, sending.as_json())


class FaultSwitches(_Control):
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._check(req)
        kinds = {name: kind.does for name, kind in KINDS.items()}
        write_json(resp, {"items": self._world.faults.list(), "kinds": kinds})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """``{kind, order_no?, operation?, count?, ...}``."""
        try:
            fault = self._world.faults.add(self._read(req))
        except ValueError as error:
            raise _unclear(str(error)) from None
        write_json(resp, fault.as_json(), status=201)

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Switches all faults off. What was taken stays taken."""
        self._check(req)
        self._world.faults.reset()
        resp.status = falcon.HTTP_204


class Users(_Control):
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._check(req)
        items = [{"openid": user.openid, "name": user.name, "note": user.note} for user in self._world.bank.users()]
        write_json(resp, {"items": items})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """``{name, openid?, note?}``; the same name is the same person."""
        try:
            wish = read_user(self._read(req))
        except ValueError as error:
            raise _unclear(str(error)) from None
        user = self._world.bank.add_user(wish.name, openid=wish.openid or None, note=wish.note)
        write_json(resp, {"openid": user.openid, "name": user.name, "note": user.note}, status=201)


def add_control_routes(app: falcon.App[Any, Any], world: World, key: str) -> None:
    app.add_route("/control/pay", Pay(world, key))
    app.add_route("/control/payments", Payments(world, key))
    app.add_route("/control/orders/{order_no}", Orders(world, key))
    app.add_route("/control/notices", Sendings(world, key))
    app.add_route("/control/forgeries", Forgeries(world, key))
    app.add_route("/control/faults", FaultSwitches(world, key))
    app.add_route("/control/users", Users(world, key))


def _order_json(order: Order) -> dict[str, Any]:
    return {
        "order_no": order.order_no,
        "prepay_id": order.prepay_id,
        "state": order.state.value,
        "total_fen": order.total_fen,
        "paid_fen": order.paid_fen,
        "transaction_id": order.transaction_id,
        "paid_at": instant_text(order.paid_at) if order.paid_at else None,
        "payer_openid": order.payer_openid,
        "refund_nos": order.refunds,
    }


def _unclear(message: str) -> WechatRefusal:
    return WechatRefusal(400, "PARAM_ERROR", message)
