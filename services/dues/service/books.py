"""Receipts and ledger, the day bill beside it, totals, reports, what is passed up and what is spent."""

from __future__ import annotations

from services.chassis.core import Desk
from services.chassis.entrypoints import answers
from services.chassis.work import Work
from services.contracts import dues
from services.contracts.common import ById, Nothing
from services.contracts.dues import messages as m
from services.dues import county_rules, remittance
from services.dues.orders import books, receipts
from services.dues.printed import notice, record, register
from services.dues.reconciliation import listing
from services.dues.reconciliation import worklist as differing
from services.dues.service.wechat import WALL_CLOCK, WithPayments
from services.dues.spending import deciding, recording, views
from services.dues.totals import collection, differences, folding


class Books(WithPayments):
    # Receipts and books

    @answers(dues.LIST_RECEIPTS)
    def list_receipts(self, work: Work, request: m.ListReceipts) -> m.ReceiptPage:
        return receipts.list_receipts(work, request)

    @answers(dues.GET_RECEIPT)
    def get_receipt(self, work: Work, request: ById) -> m.ReceiptView:
        return receipts.get_receipt(work, request)

    @answers(dues.CHECK_RECEIPT)
    def check_receipt(self, work: Work, request: m.CheckReceipt) -> m.ReceiptCheck:
        return receipts.check_receipt(work, request)

    @answers(dues.GET_LEDGER)
    def get_ledger(self, work: Work, request: m.GetLedger) -> m.LedgerView:
        return books.get_ledger(work, request)

    @answers(dues.LIST_EXCEPTIONS)
    def list_exceptions(self, work: Work, request: m.ListExceptions) -> m.ExceptionPage:
        return books.list_exceptions(work, request)

    # Reconciliation

    @answers(dues.LIST_RECONCILIATIONS)
    def list_reconciliations(self, work: Work, request: m.ListReconciliations) -> m.ReconciliationPage:
        return listing.list_reconciliations(work, request, WALL_CLOCK)

    @answers(dues.GET_RECONCILIATION)
    def get_reconciliation(self, work: Work, request: m.ByDay) -> m.ReconciliationView:
        return listing.get_reconciliation(work, request)

    @answers(dues.LIST_MATCHED)
    def list_matched(self, work: Work, request: m.ListMatched) -> m.MatchedPage:
        return listing.list_matched(work, request)

    @answers(dues.LIST_DIFFERENCES)
    def list_differences(self, work: Work, request: m.ListDifferences) -> m.DifferencePage:
        return listing.list_differences(work, request)

    @answers(dues.GET_DIFFERENCE)
    def get_difference(self, work: Work, request: ById) -> m.DifferenceDetail:
        return listing.get_difference(work, request)

    @answers(dues.REQUEST_BILL)
    def request_bill(self, work: Work, request: m.ByDay) -> m.ReconciliationView:
        return differing.request_bill(work, request, WALL_CLOCK)

    @answers(dues.UPLOAD_BILL)
    def upload_bill(self, work: Work, request: m.UploadBill) -> m.BillView:
        return differing.upload_bill(work, request, WALL_CLOCK)

    @answers(dues.RESOLVE_DIFFERENCE)
    def resolve_difference(self, work: Work, request: m.ResolveDifference) -> m.DifferenceDetail:
        return differing.resolve_difference(work, request)

    @answers(dues.REOPEN_DIFFERENCE)
    def reopen_difference(self, work: Work, request: m.ReopenDifference) -> m.DifferenceDetail:
        return differing.reopen_difference(work, request)

    @answers(dues.SETTLE_DIFFERENCE)
    def settle_difference(self, desk: Desk, request: ById) -> m.DifferenceDetail:
        return differing.settle_difference(desk, request, self.payments)

    # Totals, reports, remittance

    @answers(dues.GET_COLLECTION)
    def get_collection(self, work: Work, request: m.GetCollection) -> m.Collection:
        return collection.get_collection(work, request)

    @answers(dues.LIST_TOTALS_DIFFERENCES)
    def list_totals_differences(self, work: Work, request: m.ListTotalsDifferences) -> m.TotalsDifferencePage:
        return differences.list_totals_differences(work, request)

    @answers(dues.REBUILD_TOTALS)
    def rebuild_totals(self, work: Work, request: Nothing) -> m.TotalsRebuilt:
        return folding.rebuild_totals(work, request)

    @answers(dues.GET_MY_DUES_RECORD)
    def get_my_dues_record(self, work: Work, request: m.GetMyDuesRecord) -> m.DuesRecord:
        return record.get_my_dues_record(work, request)

    @answers(dues.GET_DUES_RECORD)
    def get_dues_record(self, work: Work, request: m.GetDuesRecord) -> m.DuesRecord:
        return record.get_dues_record(work, request)

    @answers(dues.GET_BRANCH_REGISTER)
    def get_branch_register(self, work: Work, request: m.GetBranchRegister) -> m.RegisterPage:
        return register.get_branch_register(work, request)

    @answers(dues.GET_YEARLY_NOTICE)
    def get_yearly_notice(self, work: Work, request: m.GetYearlyNotice) -> m.YearlyNotice:
        return notice.get_yearly_notice(work, request)

    @answers(dues.MAKE_REMITTANCE)
    def make_remittance(self, work: Work, request: m.MakeRemittance) -> m.RemittanceView:
        return remittance.make_remittance(work, request)

    @answers(dues.CONFIRM_REMITTANCE)
    def confirm_remittance(self, work: Work, request: ById) -> m.RemittanceView:
        return remittance.confirm_remittance(work, request)

    @answers(dues.GET_REMITTANCE_SLIP)
    def get_remittance_slip(self, work: Work, request: ById) -> m.RemittanceSlip:
        return remittance.get_remittance_slip(work, request)

    @answers(dues.LIST_REMITTANCES)
    def list_remittances(self, work: Work, request: m.ListRemittances) -> m.RemittancePage:
        return remittance.list_remittances(work, request)

    @answers(dues.GET_REMITTANCE_FIGURES)
    def get_remittance_figures(self, work: Work, request: m.GetRemittanceFigures) -> m.RemittanceFigures:
        return remittance.get_remittance_figures(work, request)

    # Spending

    @answers(dues.LIST_SPENDING)
    def list_spending(self, work: Work, request: m.ListSpending) -> m.SpendingPage:
        return views.list_spending(work, request)

    @answers(dues.GET_SPENDING_SUMMARY)
    def get_spending_summary(self, work: Work, request: m.GetSpendingSummary) -> m.SpendingSummary:
        return views.get_spending_summary(work, request)

    @answers(dues.RECORD_SPENDING)
    def record_spending(self, work: Work, request: m.RecordSpending) -> m.SpendingView:
        return recording.record_spending(work, request)

    @answers(dues.APPROVE_SPENDING)
    def approve_spending(self, work: Work, request: ById) -> m.SpendingView:
        return deciding.approve_spending(work, request)

    @answers(dues.REFUSE_SPENDING)
    def refuse_spending(self, work: Work, request: m.AnswerSpending) -> m.SpendingView:
        return deciding.refuse_spending(work, request)

    @answers(dues.REVERSE_SPENDING)
    def reverse_spending(self, work: Work, request: m.AnswerSpending) -> m.SpendingView:
        return deciding.reverse_spending(work, request)

    # The county's own rules

    @answers(dues.GET_COUNTY_RULES)
    def get_county_rules(self, work: Work, request: Nothing) -> m.CountyRules:
        return county_rules.get_county_rules(work, request)

    @answers(dues.SET_COUNTY_RULES)
    def set_county_rules(self, work: Work, request: m.SetCountyRules) -> m.CountyRules:
        return county_rules.set_county_rules(work, request)
