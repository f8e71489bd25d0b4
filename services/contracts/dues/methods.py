"""The table of contents of the dues service."""

from __future__ import annotations

from services.contracts.caller import TREE_ADMINISTRATORS, Role
from services.contracts.common import ById, Nothing
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound, StaleVersion
from services.contracts.members.messages import ListLookups, LookupPage
from services.contracts.method import FROM_GATEWAY, LONG_COMMAND_TIMEOUT_S, MEMBERS, PUBLIC, Table, holders

SERVICE = "dues"
TABLE = Table(SERVICE)

_BASES = holders(*TREE_ADMINISTRATORS)
_COUNTY = holders(Role.COUNTY_ADMIN)
_BOOKS = holders(*TREE_ADMINISTRATORS, Role.FINANCE)
_BRANCH = holders(Role.BRANCH_ADMIN)
_SUPERIORS = holders(Role.COMMITTEE_ADMIN, Role.COUNTY_ADMIN)

# How much
CALCULATE = TABLE.query("calculate", m.Calculate, m.Calculation, PUBLIC, e.CalculationRefused)
GET_PROFILE = TABLE.query("get_profile", Nothing, m.ProfileView, PUBLIC)
ASSESS = TABLE.command("assess", m.Assess, m.AssessmentView, _BASES, NotFound, e.AssessmentRefused)
ASSESS_BATCH = TABLE.command("assess_batch", m.AssessBatch, m.AssessBatchResult, _BASES, NotFound, e.AssessmentRefused)
LIST_ASSESSMENTS = TABLE.lookup("list_assessments", m.ListAssessments, m.AssessmentPage, _BASES, NotFound)
LIST_MEMBER_MONTHS = TABLE.query("list_member_months", m.ListMemberMonths, m.MemberMonthPage, _BASES, NotFound)

# Months
OPEN_MONTH = TABLE.command(
    "open_month", m.OpenMonth, m.MonthView, _COUNTY, e.MonthNotToOpen, timeout_s=LONG_COMMAND_TIMEOUT_S
)
LIST_MONTHS = TABLE.query("list_months", Nothing, m.Months, _BOOKS)

# Reporting and settling a month, the delayed list, relief, consent
GET_MONTH_STANDING = TABLE.query("get_month_standing", m.GetMonthStanding, m.MonthStanding, _BASES, NotFound)
LIST_MONTH_STANDINGS = TABLE.query("list_month_standings", m.ListMonthStandings, m.MonthStandingPage, _BASES, NotFound)
LIST_MONTH_BLOCKS = TABLE.query("list_month_blocks", m.ListMonthBlocks, m.MonthBlockPage, _BASES, NotFound)
REPORT_MONTH = TABLE.command("report_month", m.ReportMonth, m.MonthStanding, _BASES, NotFound, e.MonthReportRefused)
RETURN_MONTH_REPORT = TABLE.command(
    "return_month_report", m.ReturnMonthReport, m.MonthStanding, _SUPERIORS, NotFound, e.MonthReportRefused
)
SETTLE_MONTH = TABLE.command("settle_month", m.SettleMonth, m.MonthStanding, _COUNTY, NotFound, e.MonthNotToSettle)
LIST_DELAYS = TABLE.query("list_delays", m.ListDelays, m.DelayPage, _BASES, NotFound)
DELAY_MONTH = TABLE.command("delay_month", m.DelayMonth, m.DelayView, _BRANCH, NotFound, e.DelayRefused)
END_DELAY = TABLE.command("end_delay", m.EndDelay, m.DelayView, _BRANCH, NotFound, e.DelayRefused)
LIST_RELIEFS = TABLE.query("list_reliefs", m.ListReliefs, m.ReliefPage, _BASES, NotFound)
ASK_RELIEF = TABLE.command("ask_relief", m.AskRelief, m.ReliefView, _BRANCH, NotFound, e.ReliefRefused)
ANSWER_RELIEF = TABLE.command("answer_relief", m.AnswerRelief, m.ReliefView, _SUPERIORS, NotFound, e.ReliefRefused)
END_RELIEF = TABLE.command("end_relief", m.EndRelief, m.ReliefView, _BASES, NotFound, e.ReliefRefused)
LIST_CONSENTS = TABLE.query("list_consents", m.ListConsents, m.ConsentPage, _BASES, NotFound)
RECORD_CONSENT = TABLE.command("record_consent", m.RecordConsent, m.ConsentView, _BRANCH, NotFound, e.ConsentRefused)
NOTE_CONSENT = TABLE.command("note_consent", m.NoteConsent, m.ConsentView, _SUPERIORS, NotFound, e.ConsentRefused)
WITHDRAW_CONSENT = TABLE.command(
    "withdraw_consent", m.WithdrawConsent, m.ConsentView, _BRANCH, NotFound, e.ConsentRefused
)

# What is owed
GET_MY_DUES = TABLE.query("get_my_dues", Nothing, m.MyDues, MEMBERS)
GET_BILL = TABLE.lookup("get_bill", m.GetBill, m.Bill, MEMBERS, NotFound)
LIST_MY_LOOKUPS = TABLE.query("list_my_lookups", ListLookups, LookupPage, MEMBERS)
"""Who looked at the caller's bases and bills (SEC-5)."""
LIST_BENEFICIARIES = TABLE.query("list_beneficiaries", m.ListBeneficiaries, m.BeneficiaryPage, MEMBERS)
ADD_BENEFICIARIES = TABLE.command("add_beneficiaries", m.AddBeneficiaries, m.Beneficiaries, MEMBERS)
SET_FAVOURITE = TABLE.command("set_favourite", m.SetFavourite, Nothing, MEMBERS, NotFound)

# Orders
PLACE_ORDER = TABLE.command(
    "place_order",
    m.PlaceOrder,
    m.OrderView,
    MEMBERS,
    NotFound,
    e.OrderRefused,
    e.TotalChanged,
    e.MonthAlreadyPaid,
    e.MonthReserved,
)
GET_ORDER = TABLE.query("get_order", ById, m.OrderView, MEMBERS, NotFound)
LIST_ORDERS = TABLE.query("list_orders", m.ListOrders, m.OrderPage, MEMBERS)
PREPARE_PAYMENT = TABLE.errand(
    "prepare_payment",
    m.PreparePayment,
    m.JsapiParameters,
    MEMBERS,
    NotFound,
    e.OrderNotPayable,
    e.PayerWithoutWeChat,
    e.PaymentProviderUnavailable,
    e.PaymentProviderRefused,
)
CLOSE_ORDER = TABLE.errand(
    "close_order", ById, m.OrderView, MEMBERS, NotFound, e.OrderNotClosable, e.PaymentProviderUnavailable
)
ACCEPT_PAYMENT_NOTICE = TABLE.errand(
    "accept_payment_notice", m.AcceptNotice, m.NoticeResult, FROM_GATEWAY, e.NoticeRefused, slow=False
)
ACCEPT_REFUND_NOTICE = TABLE.errand(
    "accept_refund_notice", m.AcceptNotice, m.NoticeResult, FROM_GATEWAY, e.NoticeRefused, slow=False
)

# Receipts and books
LIST_RECEIPTS = TABLE.query("list_receipts", m.ListReceipts, m.ReceiptPage, MEMBERS)
GET_RECEIPT = TABLE.query("get_receipt", ById, m.ReceiptView, MEMBERS, NotFound)
CHECK_RECEIPT = TABLE.query("check_receipt", m.CheckReceipt, m.ReceiptCheck, PUBLIC, e.ReceiptNotFound)
GET_LEDGER = TABLE.query("get_ledger", m.GetLedger, m.LedgerView, _BOOKS, NotFound)
LIST_EXCEPTIONS = TABLE.query(
    "list_exceptions", m.ListExceptions, m.ExceptionPage, holders(Role.FINANCE, Role.COUNTY_ADMIN)
)

# Cash (PAY-2, PAY-5) and extras for the centre (PAY-6)
_TAKERS = holders(Role.BRANCH_ADMIN)
_SECONDS = holders(Role.BRANCH_ADMIN, Role.COMMITTEE_ADMIN)
_FINANCE = holders(Role.FINANCE)
LIST_CASH_PAYERS = TABLE.query("list_cash_payers", m.ListCashPayers, m.CashPayerPage, _TAKERS, NotFound)
TAKE_CASH = TABLE.command(
    "take_cash",
    m.TakeCash,
    m.CashTakingView,
    _TAKERS,
    NotFound,
    e.CashRefused,
    e.OrderRefused,
    e.TotalChanged,
    e.MonthAlreadyPaid,
    e.MonthReserved,
)
LIST_CASH_TAKINGS = TABLE.query("list_cash_takings", m.ListCashTakings, m.CashTakingPage, _BOOKS, NotFound)
GET_CASH_TAKING = TABLE.query("get_cash_taking", ById, m.CashTakingView, _BOOKS, NotFound)
CONFIRM_CASH = TABLE.command("confirm_cash", ById, m.CashTakingView, _SECONDS, NotFound, e.SamePerson, e.CashDecided)
RELEASE_CASH = TABLE.command("release_cash", m.ReleaseCash, m.CashTakingView, _SECONDS, NotFound, e.CashDecided)
"""Frees the months: by whoever took the cash it is withdrawn, by anybody else refused."""
LIST_CASH_ON_HAND = TABLE.query("list_cash_on_hand", m.ListCashOnHand, m.CashOnHandPage, _BOOKS, NotFound)
HAND_IN_CASH = TABLE.command(
    "hand_in_cash", m.HandInCash, m.CashDeposit, _TAKERS, NotFound, e.CashRefused, e.CashNotEnough, e.SlipUsed
)
LIST_CASH_DEPOSITS = TABLE.query("list_cash_deposits", m.ListCashDeposits, m.CashDepositPage, _BOOKS, NotFound)
MATCH_CASH_DEPOSIT = TABLE.command(
    "match_cash_deposit", m.MatchCashDeposit, m.CashDeposit, _FINANCE, NotFound, e.SamePerson, e.DepositDecided
)
WITHDRAW_CASH_DEPOSIT = TABLE.command(
    "withdraw_cash_deposit", m.WithdrawCashDeposit, m.CashDeposit, _TAKERS, NotFound, e.DepositDecided
)
_CENTRE = holders(Role.FINANCE, Role.COUNTY_ADMIN)
LIST_CENTRE_EXTRAS = TABLE.query("list_centre_extras", m.ListCentreExtras, m.CentreExtraPage, _CENTRE, NotFound)
PASS_ON_EXTRA = TABLE.command("pass_on_extra", ById, m.CentreExtra, _FINANCE, NotFound, e.ExtraState)
ENTER_CENTRE_RECEIPT = TABLE.command(
    "enter_centre_receipt", m.EnterCentreReceipt, m.CentreExtra, _FINANCE, NotFound, e.ExtraState
)

# Refunds
_REFUND_DESK = holders(Role.BRANCH_ADMIN, Role.FINANCE, Role.COUNTY_ADMIN)
_REFUND_ENTRY = holders(Role.BRANCH_ADMIN, Role.FINANCE)
_REFUND_DECISION = holders(Role.FINANCE, Role.COUNTY_ADMIN)
_UNDECIDABLE = (NotFound, e.RefundNotWaiting, e.RefundNeedsAnother)
_UNMENDABLE = (NotFound, e.RefundNotStuck)
ASK_REFUND = TABLE.command("ask_refund", m.AskRefund, m.RefundRequestView, MEMBERS, NotFound, e.RefundNotPossible)
"""By the payer for his own order, or by an officer over the beneficiaries' branches."""
WITHDRAW_REFUND = TABLE.command("withdraw_refund", ById, m.RefundRequestView, MEMBERS, NotFound, e.RefundNotWaiting)
"""By whoever asked, as long as nobody has decided."""
LIST_ORDER_REFUNDS = TABLE.query("list_order_refunds", ById, m.OrderRefunds, MEMBERS, NotFound)
FIND_PAID_ORDER = TABLE.lookup("find_paid_order", m.FindPaidOrder, m.PaidOrder, _REFUND_ENTRY, NotFound)
LIST_REFUND_REQUESTS = TABLE.query("list_refund_requests", m.ListRefundRequests, m.RefundRequestPage, _REFUND_DESK)
APPROVE_REFUND = TABLE.command(
    "approve_refund", m.ApproveRefund, m.RefundRequestView, _REFUND_DECISION, *_UNDECIDABLE, e.RefundNotPossible
)
REFUSE_REFUND = TABLE.command("refuse_refund", m.RefuseRefund, m.RefundRequestView, _REFUND_DECISION, *_UNDECIDABLE)
LIST_STUCK_REFUNDS = TABLE.query("list_stuck_refunds", m.ListStuckRefunds, m.StuckRefundPage, _REFUND_DECISION)
RETRY_REFUND = TABLE.command("retry_refund", ById, m.StuckRefund, _REFUND_DECISION, *_UNMENDABLE)
ENTER_HAND_PAYMENT = TABLE.command(
    "enter_hand_payment", m.EnterHandPayment, m.StuckRefund, _REFUND_DECISION, *_UNMENDABLE
)
CONFIRM_HAND_PAYMENT = TABLE.command(
    "confirm_hand_payment", ById, m.StuckRefund, _REFUND_DECISION, *_UNMENDABLE, e.RefundNeedsAnother
)

# Refunds of cash (PAY-11): who may record and confirm depends on out of which money it is paid
_RETURNERS = holders(Role.BRANCH_ADMIN, Role.FINANCE)
_UNRETURNABLE = (NotFound, e.CashReturnRefused)
LIST_CASH_RETURNS = TABLE.query("list_cash_returns", m.ListCashReturns, m.CashReturnPage, _BOOKS, NotFound)
RECORD_CASH_RETURN = TABLE.command(
    "record_cash_return", m.RecordCashReturn, m.CashReturn, _RETURNERS, *_UNRETURNABLE, e.RefundNeedsAnother
)
CONFIRM_CASH_RETURN = TABLE.command(
    "confirm_cash_return", ById, m.CashReturn, _BOOKS, *_UNRETURNABLE, e.RefundNeedsAnother
)
RELEASE_CASH_RETURN = TABLE.command("release_cash_return", m.ReleaseCashReturn, m.CashReturn, _BOOKS, *_UNRETURNABLE)
"""Strikes out what was recorded; it waits again."""

# Arrears
GET_ARREARS_SUMMARY = TABLE.query("get_arrears_summary", m.GetArrearsSummary, m.ArrearsSummary, _BASES, NotFound)
LIST_ARREARS = TABLE.query("list_arrears", m.ListArrears, m.ArrearsPage, _BASES, NotFound)
GET_MEMBER_ARREARS = TABLE.lookup("get_member_arrears", m.GetMemberArrears, m.MemberArrears, _BASES, NotFound)
RECORD_ARREARS_REASON = TABLE.command(
    "record_arrears_reason", m.RecordArrearsReason, m.ArrearsReason, _BASES, NotFound, e.ArrearsReasonRefused
)
REMOVE_ARREARS_REASON = TABLE.command("remove_arrears_reason", ById, Nothing, _BASES, NotFound)
REMIND_ARREARS = TABLE.command(
    "remind_arrears", m.RemindArrears, m.RemindResult, _BASES, NotFound, e.ArrearsOfBranchOnly
)
GET_ARREARS_FILE = TABLE.lookup(
    "get_arrears_file", m.GetArrearsFile, m.ArrearsFile, _BASES, NotFound, e.ArrearsOfBranchOnly
)

# Reconciliation (BOOK-8): of the county's merchant account, so over the county
_RECONCILES = holders(Role.FINANCE)
_SEES_RECONCILIATION = holders(Role.FINANCE, Role.COUNTY_ADMIN)
LIST_RECONCILIATIONS = TABLE.query(
    "list_reconciliations", m.ListReconciliations, m.ReconciliationPage, _SEES_RECONCILIATION, NotFound
)
GET_RECONCILIATION = TABLE.query("get_reconciliation", m.ByDay, m.ReconciliationView, _SEES_RECONCILIATION, NotFound)
LIST_MATCHED = TABLE.query("list_matched", m.ListMatched, m.MatchedPage, _SEES_RECONCILIATION, NotFound)
LIST_DIFFERENCES = TABLE.query("list_differences", m.ListDifferences, m.DifferencePage, _SEES_RECONCILIATION, NotFound)
GET_DIFFERENCE = TABLE.query("get_difference", ById, m.DifferenceDetail, _SEES_RECONCILIATION, NotFound)
REQUEST_BILL = TABLE.command("request_bill", m.ByDay, m.ReconciliationView, _RECONCILES, NotFound, e.BillDayRefused)
UPLOAD_BILL = TABLE.command("upload_bill", m.UploadBill, m.BillView, _RECONCILES, NotFound, e.BillDayRefused)
RESOLVE_DIFFERENCE = TABLE.command(
    "resolve_difference", m.ResolveDifference, m.DifferenceDetail, _RECONCILES, NotFound, e.DifferenceNotOpen
)
REOPEN_DIFFERENCE = TABLE.command(
    "reopen_difference",
    m.ReopenDifference,
    m.DifferenceDetail,
    _SEES_RECONCILIATION,
    NotFound,
    e.DifferenceNotResolved,
)
SETTLE_DIFFERENCE = TABLE.errand(
    "settle_difference",
    ById,
    m.DifferenceDetail,
    _RECONCILES,
    NotFound,
    e.DifferenceNotOpen,
    e.DifferenceNotToSettle,
    e.PaymentNotFound,
    e.PaymentProviderUnavailable,
)

# Totals, reports, remittance
_REMITTERS = holders(*TREE_ADMINISTRATORS, Role.FINANCE)
_RECEIVERS = holders(Role.COMMITTEE_ADMIN, Role.COUNTY_ADMIN, Role.FINANCE)
GET_COLLECTION = TABLE.query("get_collection", m.GetCollection, m.Collection, _BOOKS, NotFound)
LIST_TOTALS_DIFFERENCES = TABLE.query(
    "list_totals_differences",
    m.ListTotalsDifferences,
    m.TotalsDifferencePage,
    holders(Role.FINANCE, Role.COUNTY_ADMIN),
)
REBUILD_TOTALS = TABLE.command("rebuild_totals", Nothing, m.TotalsRebuilt, _COUNTY, timeout_s=LONG_COMMAND_TIMEOUT_S)
GET_MY_DUES_RECORD = TABLE.query("get_my_dues_record", m.GetMyDuesRecord, m.DuesRecord, MEMBERS)
GET_DUES_RECORD = TABLE.lookup("get_dues_record", m.GetDuesRecord, m.DuesRecord, _BASES, NotFound)
GET_BRANCH_REGISTER = TABLE.lookup("get_branch_register", m.GetBranchRegister, m.RegisterPage, _BASES, NotFound)
GET_YEARLY_NOTICE = TABLE.query("get_yearly_notice", m.GetYearlyNotice, m.YearlyNotice, _BOOKS, NotFound)
MAKE_REMITTANCE = TABLE.command(
    "make_remittance", m.MakeRemittance, m.RemittanceView, _REMITTERS, NotFound, e.RemittanceRefused
)
CONFIRM_REMITTANCE = TABLE.command(
    "confirm_remittance", ById, m.RemittanceView, _RECEIVERS, NotFound, e.RemittanceSamePerson
)
GET_REMITTANCE_SLIP = TABLE.query("get_remittance_slip", ById, m.RemittanceSlip, _BOOKS, NotFound)
"""For the paper: by an office over the organisation that passes up, or over the one that receives."""
LIST_REMITTANCES = TABLE.query("list_remittances", m.ListRemittances, m.RemittancePage, _BOOKS, NotFound)
GET_REMITTANCE_FIGURES = TABLE.query(
    "get_remittance_figures", m.GetRemittanceFigures, m.RemittanceFigures, _BOOKS, NotFound
)

# Spending in the classes of BOOK-4
_SPENDERS = holders(Role.COMMITTEE_ADMIN, Role.COUNTY_ADMIN, Role.FINANCE)
_UNANSWERED = (NotFound, e.SpendingSamePerson, e.SpendingDecided)
LIST_SPENDING = TABLE.query("list_spending", m.ListSpending, m.SpendingPage, _BOOKS, NotFound)
GET_SPENDING_SUMMARY = TABLE.query("get_spending_summary", m.GetSpendingSummary, m.SpendingSummary, _BOOKS, NotFound)
RECORD_SPENDING = TABLE.command(
    "record_spending",
    m.RecordSpending,
    m.SpendingView,
    _SPENDERS,
    NotFound,
    e.SpendingRefused,
    e.SpendingExceedsHeld,
    e.VoucherUsed,
)
APPROVE_SPENDING = TABLE.command(
    "approve_spending", ById, m.SpendingView, _SPENDERS, *_UNANSWERED, e.SpendingExceedsHeld
)
REFUSE_SPENDING = TABLE.command("refuse_spending", m.AnswerSpending, m.SpendingView, _SPENDERS, *_UNANSWERED)
REVERSE_SPENDING = TABLE.command("reverse_spending", m.AnswerSpending, m.SpendingView, _SPENDERS, *_UNANSWERED)
# The county's own rules (BOOK-2, BOOK-5)
GET_COUNTY_RULES = TABLE.query("get_county_rules", Nothing, m.CountyRules, _COUNTY)
SET_COUNTY_RULES = TABLE.command(
    "set_county_rules", m.SetCountyRules, m.CountyRules, _COUNTY, e.CountyRulesRefused, StaleVersion
)

# Events
ORDER_SETTLED = TABLE.event("order_settled", m.OrderSettled)
ORDER_REFUNDED = TABLE.event("order_refunded", m.OrderRefunded)
REFUND_APPROVED = TABLE.event("refund_approved", m.RefundApproved)
REFUND_REFUSED = TABLE.event("refund_refused", m.RefundRefused)
CASH_REFUND_APPROVED = TABLE.event("cash_refund_approved", m.CashRefundApproved)
ARREARS_REMINDED = TABLE.event("arrears_reminded", m.ArrearsReminded)
