"""Cash with its two persons, and extras for the centre."""

from __future__ import annotations

from services.chassis.entrypoints import answers
from services.chassis.work import Work
from services.contracts import dues
from services.contracts.common import ById
from services.contracts.dues import messages as m
from services.dues.cash import deciding, deposits, taking
from services.dues.cash import views as cash_views
from services.dues.orders import centre


class Cash:
    @answers(dues.LIST_CASH_PAYERS)
    def list_cash_payers(self, work: Work, request: m.ListCashPayers) -> m.CashPayerPage:
        return taking.list_cash_payers(work, request)

    @answers(dues.TAKE_CASH)
    def take_cash(self, work: Work, request: m.TakeCash) -> m.CashTakingView:
        return taking.take_cash(work, request)

    @answers(dues.LIST_CASH_TAKINGS)
    def list_cash_takings(self, work: Work, request: m.ListCashTakings) -> m.CashTakingPage:
        return cash_views.list_cash_takings(work, request)

    @answers(dues.GET_CASH_TAKING)
    def get_cash_taking(self, work: Work, request: ById) -> m.CashTakingView:
        return cash_views.get_cash_taking(work, request)

    @answers(dues.CONFIRM_CASH)
    def confirm_cash(self, work: Work, request: ById) -> m.CashTakingView:
        return deciding.confirm_cash(work, request)

    @answers(dues.RELEASE_CASH)
    def release_cash(self, work: Work, request: m.ReleaseCash) -> m.CashTakingView:
        return deciding.release_cash(work, request)

    @answers(dues.LIST_CASH_ON_HAND)
    def list_cash_on_hand(self, work: Work, request: m.ListCashOnHand) -> m.CashOnHandPage:
        return cash_views.list_cash_on_hand(work, request)

    @answers(dues.HAND_IN_CASH)
    def hand_in_cash(self, work: Work, request: m.HandInCash) -> m.CashDeposit:
        return deposits.hand_in_cash(work, request)

    @answers(dues.LIST_CASH_DEPOSITS)
    def list_cash_deposits(self, work: Work, request: m.ListCashDeposits) -> m.CashDepositPage:
        return cash_views.list_cash_deposits(work, request)

    @answers(dues.MATCH_CASH_DEPOSIT)
    def match_cash_deposit(self, work: Work, request: m.MatchCashDeposit) -> m.CashDeposit:
        return deposits.match_cash_deposit(work, request)

    @answers(dues.WITHDRAW_CASH_DEPOSIT)
    def withdraw_cash_deposit(self, work: Work, request: m.WithdrawCashDeposit) -> m.CashDeposit:
        return deposits.withdraw_cash_deposit(work, request)

    @answers(dues.LIST_CENTRE_EXTRAS)
    def list_centre_extras(self, work: Work, request: m.ListCentreExtras) -> m.CentreExtraPage:
        return centre.list_centre_extras(work, request)

    @answers(dues.PASS_ON_EXTRA)
    def pass_on_extra(self, work: Work, request: ById) -> m.CentreExtra:
        return centre.pass_on_extra(work, request)

    @answers(dues.ENTER_CENTRE_RECEIPT)
    def enter_centre_receipt(self, work: Work, request: m.EnterCentreReceipt) -> m.CentreExtra:
        return centre.enter_centre_receipt(work, request)
