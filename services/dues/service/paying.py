"""Orders and their payments over WeChat."""

from __future__ import annotations

from functools import partial

from services.chassis.at_once import AtOnce
from services.chassis.core import Desk
from services.chassis.entrypoints import answers
from services.chassis.work import Work
from services.contracts import dues
from services.contracts.common import ById
from services.contracts.dues import messages as m
from services.dues import errands
from services.dues.orders import placing, views
from services.dues.service.wechat import WALL_CLOCK, WithPayments


class Paying(WithPayments):
    @answers(dues.PLACE_ORDER, at_once=lambda _: placing.AT_ONCE)
    def place_order(self, work: Work, request: m.PlaceOrder) -> m.OrderView:
        return placing.place_order(work, request)

    @answers(dues.GET_ORDER)
    def get_order(self, work: Work, request: ById) -> m.OrderView:
        return views.get_order(work, request)

    @answers(dues.LIST_ORDERS)
    def list_orders(self, work: Work, request: m.ListOrders) -> m.OrderPage:
        return views.list_orders(work, request)

    @answers(dues.PREPARE_PAYMENT)
    def prepare_payment(self, desk: Desk, request: m.PreparePayment) -> m.JsapiParameters:
        return errands.prepare_payment(desk, request, self.payments, WALL_CLOCK)

    @answers(dues.CLOSE_ORDER)
    def close_order(self, desk: Desk, request: ById) -> m.OrderView:
        return errands.close_order(desk, request, self.payments)

    @answers(
        dues.ACCEPT_PAYMENT_NOTICE,
        at_once=lambda self: AtOnce(partial(errands.accept_payment_notice_at_once, provider=self.payments)),
    )
    def accept_payment_notice(self, desk: Desk, request: m.AcceptNotice) -> m.NoticeResult:
        return errands.accept_payment_notice(desk, request, self.payments)

    @answers(dues.ACCEPT_REFUND_NOTICE)
    def accept_refund_notice(self, desk: Desk, request: m.AcceptNotice) -> m.NoticeResult:
        return errands.accept_refund_notice(desk, request, self.payments)
