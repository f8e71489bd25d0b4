"""Orders: several months for several people paid in one go (PAY-1 to PAY-11)."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from gateway.http import Request, Response, write_json
from gateway.operation import Operation, Parameter, operation
from services.contracts.common import ById, Nothing
from services.contracts.dues import methods as dues
from services.contracts.dues.messages import JsapiParameters, PreparePayment
from services.contracts.members import methods as members
from services.contracts.wire import json_schema, load

_TAG = "dues: orders"
_BY_ID = json_schema(ById)["properties"]["id"]


class Orders(Resource):
    on_get = asks(dues.LIST_ORDERS, "My orders, the newest first", tag=_TAG)
    on_post = sends(
        dues.PLACE_ORDER,
        "Reserve months for one or several people; the total is worked out anew (PAY-10)",
        tag=_TAG,
        status=201,
    )


class Order(Resource):
    on_get = asks(dues.GET_ORDER, "One of my orders", path={"id": "id"}, tag=_TAG, versioned=True)


class OrderPayments(Resource):
    @operation(
        Operation(
            name="prepare_payment",
            summary="What WeChat's bridge needs to pay this order; may be asked again until the order ends",
            tag=_TAG,
            calls=(members.GET_WECHAT_IDENTITY, dues.PREPARE_PAYMENT),
            parameters=(Parameter("id", "path", _BY_ID, True),),
            answer=JsapiParameters,
        )
    )
    def on_post(self, req: Request, resp: Response, *, id: str) -> None:  # noqa: A002  # the path's own word
        order_id = load(ById, {"id": id}).id
        # The openid goes from service to service; it never reaches a phone.
        payer = self.look(req, members.GET_WECHAT_IDENTITY, Nothing())
        wanted = PreparePayment(order_id=order_id, payer_openid=payer.openid)
        write_json(resp, self.ask(req, resp, dues.PREPARE_PAYMENT, wanted).data)


class OrderClosures(Resource):
    on_post = sends(dues.CLOSE_ORDER, "Give an unpaid order up and free its months", path={"id": "id"}, tag=_TAG)
