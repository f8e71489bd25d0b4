"""Refunds of paid orders: asked for, decided, mended; cash handed back."""

from __future__ import annotations

from services.chassis.entrypoints import answers
from services.chassis.work import Work
from services.contracts import dues
from services.contracts.common import ById
from services.contracts.dues import messages as m
from services.dues.refunding import asking, deciding, return_views, returning, stuck
from services.dues.refunding import views as refund_views


class Refunds:
    @answers(dues.ASK_REFUND)
    def ask_refund(self, work: Work, request: m.AskRefund) -> m.RefundRequestView:
        return asking.ask_refund(work, request)

    @answers(dues.WITHDRAW_REFUND)
    def withdraw_refund(self, work: Work, request: ById) -> m.RefundRequestView:
        return asking.withdraw_refund(work, request)

    @answers(dues.LIST_ORDER_REFUNDS)
    def list_order_refunds(self, work: Work, request: ById) -> m.OrderRefunds:
        return refund_views.list_order_refunds(work, request)

    @answers(dues.FIND_PAID_ORDER)
    def find_paid_order(self, work: Work, request: m.FindPaidOrder) -> m.PaidOrder:
        return refund_views.find_paid_order(work, request)

    @answers(dues.LIST_REFUND_REQUESTS)
    def list_refund_requests(self, work: Work, request: m.ListRefundRequests) -> m.RefundRequestPage:
        return refund_views.list_refund_requests(work, request)

    @answers(dues.APPROVE_REFUND)
    def approve_refund(self, work: Work, request: m.ApproveRefund) -> m.RefundRequestView:
        return deciding.approve_refund(work, request)

    @answers(dues.REFUSE_REFUND)
    def refuse_refund(self, work: Work, request: m.RefuseRefund) -> m.RefundRequestView:
        return deciding.refuse_refund(work, request)

    @answers(dues.LIST_STUCK_REFUNDS)
    def list_stuck_refunds(self, work: Work, request: m.ListStuckRefunds) -> m.StuckRefundPage:
        return stuck.list_stuck_refunds(work, request)

    @answers(dues.RETRY_REFUND)
    def retry_refund(self, work: Work, request: ById) -> m.StuckRefund:
        return stuck.retry_refund(work, request)

    @answers(dues.ENTER_HAND_PAYMENT)
    def enter_hand_payment(self, work: Work, request: m.EnterHandPayment) -> m.StuckRefund:
        return stuck.enter_hand_payment(work, request)

    @answers(dues.CONFIRM_HAND_PAYMENT)
    def confirm_hand_payment(self, work: Work, request: ById) -> m.StuckRefund:
        return stuck.confirm_hand_payment(work, request)

    # Cash

    @answers(dues.LIST_CASH_RETURNS)
    def list_cash_returns(self, work: Work, request: m.ListCashReturns) -> m.CashReturnPage:
        return return_views.list_cash_returns(work, request)

    @answers(dues.RECORD_CASH_RETURN)
    def record_cash_return(self, work: Work, request: m.RecordCashReturn) -> m.CashReturn:
        return returning.record_cash_return(work, request)

    @answers(dues.CONFIRM_CASH_RETURN)
    def confirm_cash_return(self, work: Work, request: ById) -> m.CashReturn:
        return returning.confirm_cash_return(work, request)

    @answers(dues.RELEASE_CASH_RETURN)
    def release_cash_return(self, work: Work, request: m.ReleaseCashReturn) -> m.CashReturn:
        return returning.release_cash_return(work, request)
