"""Refusals of the dues service. Amounts and months in a detail are those of the caller's own request, never a base."""

from __future__ import annotations

from services.contracts.errors import Conflict, Forbidden, NotFound, Unavailable, Unprocessable


class CalculationRefused(Unprocessable):
    """``detail['reason']`` is the stable code of the rule that refused (DUE-1 to DUE-15), its parameters beside it: such as
    ``item_unknown``, ``item_not_counted_for_class``, ``base_not_positive``, ``quarter_months_wrong``."""

    code, title = "dues.calculation_refused", "The amount can't be worked out from these figures"


class AssessmentRefused(Unprocessable):
    """As ``CalculationRefused``, and where the roster has him in another class ``detail['reason']``: member_class_differs; in a
    batch ``detail['index']`` says which entry, and none of the batch is stored."""

    code, title = "dues.assessment_refused", "This assessment can't be recorded"


class MonthNotToOpen(Conflict):
    """``detail['reason']``: month_in_future, month_not_following. Only the current month or an earlier one that follows an open
    month is opened."""

    code, title = "dues.month_not_to_open", "This month can't be opened"


class OrderRefused(Unprocessable):
    """``detail['reason']`` is a stable code: months_not_consecutive, too_many_back_months (PAY-3), too_far_ahead (PAY-3),
    order_too_many_people, order_too_many_lines, line_repeated, beneficiary_unknown, month_not_open, month_unassessed,
    nothing_to_pay, extra_too_large, extra_without_own_month (PAY-6); ``member_id`` and ``month`` beside it where one line is
    meant."""

    code, title = "dues.order_refused", "These months can't be ordered so"


class TotalChanged(Conflict):
    """The total was worked out anew and differs from what the payer saw (PAY-10): ``detail['total_fen']``."""

    code, title = "dues.total_changed", "The amount has changed"


class MonthAlreadyPaid(Conflict):
    """PAY-7. ``detail``: member_id, month."""

    code, title = "dues.month_already_paid", "This month is paid already"


class MonthReserved(Conflict):
    """Somebody is paying this month right now. ``detail``: member_id, month, held_until; by whom is not told. ``own``
    is true when it is the caller's own unfinished order, then ``order_id`` leads there and ``channel`` says how it is paid."""

    code, title = "dues.month_reserved", "This month is being paid at this moment"


class OrderNotPayable(Conflict):
    """The order is settled, closed or run out: ``detail['state']``."""

    code, title = "dues.order_not_payable", "This order can't be paid any more"


class OrderNotClosable(Conflict):
    code, title = "dues.order_not_closable", "This order can't be closed"


class PayerWithoutWeChat(Unprocessable):
    """WeChat Pay needs the payer's bound WeChat account."""

    code, title = "dues.payer_without_wechat", "Paying needs a bound WeChat account"


class PaymentProviderUnavailable(Unavailable):
    """WeChat Pay did not answer. No money has moved; the order stands and can be paid again until it runs out."""

    code, title = "dues.payment_provider_unavailable", "WeChat Pay does not answer now"


class PaymentProviderRefused(Unprocessable):
    code, title = "dues.payment_provider_refused", "WeChat Pay refused the order"


class NoticeRefused(Forbidden):
    """A notice that is not rightly signed or not meant for this county: ``detail['reason']``. Nothing has changed."""

    code, title = "dues.notice_refused", "The notice was refused"


# Cash (PAY-2, PAY-5) and extras for the centre (PAY-6)


class CashRefused(Unprocessable):
    """``detail['reason']``: not_a_branch, month_of_another_branch, date_not_credible. What the months themselves forbid is an
    ``OrderRefused``, as over WeChat."""

    code, title = "dues.cash_refused", "The cash can't be entered so"


class SamePerson(Unprocessable):
    """Whoever took or handed in the money does not confirm it himself."""

    code, title = "dues.same_person", "Another person must confirm this"


class CashDecided(Conflict):
    """Confirmed, refused or withdrawn already: ``detail['state']``."""

    code, title = "dues.cash_decided", "This cash is decided already"


class CashNotEnough(Conflict):
    """More than the branch has in hand and has not handed in: ``detail['available_fen']``."""

    code, title = "dues.cash_not_enough", "The branch has not so much cash"


class SlipUsed(Conflict):
    code, title = "dues.slip_used", "This bank slip is entered already"


class DepositDecided(Conflict):
    """Confirmed or withdrawn already: ``detail['state']``."""

    code, title = "dues.deposit_decided", "This deposit is decided already"


class ExtraState(Conflict):
    """An extra is passed on once, then its receipt is entered once: ``detail['state']``."""

    code, title = "dues.extra_state", "The extra's state does not allow this"


# Arrears


class ArrearsReasonRefused(Unprocessable):
    """``detail['reason']``: days_reversed, too_long (a reason holds a year at most and is then looked at again), too_old,
    too_early (more than a year ahead)."""

    code, title = "dues.arrears_reason_refused", "This reason can't be recorded so"


class ArrearsOfBranchOnly(Unprocessable):
    """Reminding and the meeting's file belong to one branch, so that nobody sends messages to a whole county with one tap."""

    code, title = "dues.arrears_of_branch_only", "This is done for one branch at a time"


class ReceiptNotFound(NotFound):
    code, title = "dues.receipt_not_found", "There is no such receipt"


# Refunds


class RefundNotPossible(Unprocessable):
    """``detail['reason']`` is a stable code: order_not_refundable, refund_empty, line_not_of_order, line_repeated,
    line_refund_under_way, line_refunded, nothing_to_refund, refund_exceeds_paid, too_many_refunds, refund_words_needed,
    extra_without_own_month (an extra stays with a month of its giver); ``member_id`` and ``month`` beside it where one line is
    meant."""

    code, title = "dues.refund_not_possible", "These lines can't be refunded"


class RefundNotWaiting(Conflict):
    """Somebody has decided already, or it was taken back: ``detail['state']``."""

    code, title = "dues.refund_not_waiting", "This refund was decided already"


class RefundNeedsAnother(Forbidden):
    """Who asked for a refund, or gets its money, does not decide on it; who entered a payment does not confirm it."""

    code, title = "dues.refund_needs_another", "Another person must decide on this"


class CashReturnRefused(Conflict):
    """``detail['reason']``: box_too_low and not_banked (``available_fen``), already_recorded, nothing_recorded, already_returned,
    voucher_used, wrong_office (cash is handed back by the branch, a transfer made by finance)."""

    code, title = "dues.cash_return_refused", "This cash can't be handed back so"


class RefundNotStuck(Conflict):
    """The refund goes its own way, or has come to its end: ``detail['state']``."""

    code, title = "dues.refund_not_stuck", "This refund does not wait for a person"


# Reporting and settling a month, relief, consent


class MonthReportRefused(Conflict):
    """``detail['reason']``: month_not_open, month_settled, wrong_office, reports_nothing, county_settles (it settles, and reports
    to nobody), already_reported, not_reported,
    superior_reported (its report must be sent back first), people_block (``people``: member_id, name, month, state; ``count``),
    organisations_missing (``organisations``: id, name; ``count``)."""

    code, title = "dues.month_report_refused", "This month can't be reported or sent back now"


class MonthNotToSettle(Conflict):
    """``detail['reason']``: month_not_over, month_not_open, month_settled, organisations_missing (as above)."""

    code, title = "dues.month_not_to_settle", "This month can't be settled now"


class DelayRefused(Conflict):
    """``detail['reason']``: not_owed, month_paid, month_unassessed, month_closed, already_delayed, delay_ended."""

    code, title = "dues.delay_refused", "The delayed list can't be changed so"


class ReliefRefused(Conflict):
    """``detail['reason']``: period_backwards, period_too_long, period_too_far_back, period_too_far_ahead, amount_of_kind,
    date_in_future, period_taken, month_closed (``months``), month_held (``months``), not_waiting, not_approved,
    date_before_branch, not_next_superior, same_person, not_backwards, after_its_end, wrong_office."""

    code, title = "dues.relief_refused", "This relief can't be decided so"


class ConsentRefused(Conflict):
    """``detail['reason']``: period_backwards, period_too_long, date_in_future, no_note_for_kind, already_noted, withdrawn,
    not_next_superior, same_person, wrong_office."""

    code, title = "dues.consent_refused", "This consent can't be recorded so"


# Reconciliation


class BillDayRefused(Unprocessable):
    """``detail['reason']``: ``not_over`` for a day that has not ended, ``too_old`` for one that WeChat no longer keeps."""

    code, title = "dues.bill_day_refused", "There is no bill of this day to work with"


class DifferenceNotOpen(Conflict):
    """It was resolved or has gone meanwhile: ``detail['state']``."""

    code, title = "dues.difference_not_open", "This difference does not wait for anybody"


class DifferenceNotResolved(Conflict):
    code, title = "dues.difference_not_resolved", "Only a resolved difference is taken up again"


class DifferenceNotToSettle(Unprocessable):
    """Only a payment for an order of ours can be asked after and settled."""

    code, title = "dues.difference_not_to_settle", "This difference can't be settled by asking WeChat"


class PaymentNotFound(Conflict):
    """WeChat, asked anew, knows no success for the order. Nothing was booked: a file alone books nothing."""

    code, title = "dues.payment_not_found", "WeChat Pay knows no payment of this order"


# The county's own rules, BOOK-2, BOOK-5


class CountyRulesRefused(Conflict):
    """``detail['reason']``: month_past (``month``; what was holds for the months that are over), nothing_changed,
    too_many_versions."""

    code, title = "dues.county_rules_refused", "The county's rules can't be set so"


# Passing dues up, BOOK-2


class RemittanceRefused(Unprocessable):
    """``detail['reason']`` is a stable code: month_not_ended, nothing_to_remit, cash_not_deposited (``amount_fen``),
    lower_not_arrived (``count``), earlier_month_open (``month``), already_made, no_upper_level."""

    code, title = "dues.remittance_refused", "This remittance can't be made"


class RemittanceSamePerson(Forbidden):
    """Who made a slip does not confirm that its money has arrived."""

    code, title = "dues.remittance_same_person", "Another person has to confirm this remittance"


# Spending, BOOK-4


class SpendingRefused(Unprocessable):
    """``detail['reason']`` is a stable code: keeps_nothing (a branch), spent_in_future, spent_too_long_ago (``earliest``),
    decided_in_future. A class that BOOK-4 does not know is no class of the contract at all."""

    code, title = "dues.spending_refused", "This spending can't be recorded so"


class SpendingExceedsHeld(Conflict):
    """More than the organisation holds for its own use: ``detail['available_fen']``."""

    code, title = "dues.spending_exceeds_held", "The organisation does not hold so much"


class VoucherUsed(Conflict):
    """The organisation has an entry with this voucher of the same year that waits or is approved."""

    code, title = "dues.voucher_used", "This voucher is entered already"


class SpendingSamePerson(Forbidden):
    """Whoever recorded an entry neither approves nor refuses nor reverses it."""

    code, title = "dues.spending_same_person", "Another person has to decide on this spending"


class SpendingDecided(Conflict):
    """Approved, refused or reversed already, or not approved yet where it is to be reversed: ``detail['state']``."""

    code, title = "dues.spending_decided", "The entry's state does not allow this"
