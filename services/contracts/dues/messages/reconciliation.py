"""The provider's day bill against the ledger: days, lists, differences and what finance makes of them (BOOK-8)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.wire import (
    DEFAULT_PAGE,
    Count,
    Cursor,
    Id,
    Many,
    Money,
    PageSize,
    Text,
    Words,
    message,
)

Number = Annotated[str, Text(0, 64)]
"""An order's, transaction's or refund's number, or nothing where the side has none."""
Fault = Annotated[str, Text(0, 64)]
"""Why a bill did not come or was refused: a stable code, or nothing."""
MAX_BILLS_SHOWN = 20
MAX_STEPS_SHOWN = 50


class ReconciliationState(StrEnum):
    WAITING = "waiting"
    """No bill of this day has been matched yet; it will be asked for, or asked for again."""
    FAILING = "failing"
    """The bill did not come or was refused: ``failure`` says why."""
    DIFFERS = "differs"
    """Matched, and a difference waits for a person."""
    AGREED = "agreed"
    """Matched, and nothing waits."""


class DifferenceKind(StrEnum):
    PAYMENT_OF_KNOWN_ORDER = "payment_of_known_order"
    PAYMENT_OF_UNKNOWN_ORDER = "payment_of_unknown_order"
    PAYMENT_ONLY_IN_LEDGER = "payment_only_in_ledger"
    PAYMENT_AMOUNT_DIFFERS = "payment_amount_differs"
    PAYMENT_ORDER_DIFFERS = "payment_order_differs"
    PAYMENT_DAY_DIFFERS = "payment_day_differs"
    PAYMENT_NOT_BOOKED = "payment_not_booked"
    ORDER_PAID_TWICE = "order_paid_twice"
    LATE_NOT_PROMISED_BACK = "late_not_promised_back"
    REFUND_ONLY_IN_BILL = "refund_only_in_bill"
    REFUND_ONLY_IN_LEDGER = "refund_only_in_ledger"
    REFUND_AMOUNT_DIFFERS = "refund_amount_differs"
    REFUND_ORDER_DIFFERS = "refund_order_differs"
    REFUND_STATE_DIFFERS = "refund_state_differs"
    REFUND_NOT_BOOKED = "refund_not_booked"
    ROW_REPEATED = "row_repeated"
    MERCHANT_DIFFERS = "merchant_differs"
    APP_DIFFERS = "app_differs"
    CURRENCY_DIFFERS = "currency_differs"


class DifferenceList(StrEnum):
    ONLY_IN_BILL = "only_in_bill"
    ONLY_IN_LEDGER = "only_in_ledger"
    DIFFERS = "differs"


class DifferenceState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    GONE = "gone"
    """A later match did not meet it any more, or the payment was settled."""


class DifferenceReason(StrEnum):
    """What finance found; words go with each."""

    BOOKED_BY_CORRECTION = "booked_by_correction"
    SENT_BACK_BY_HAND = "sent_back_by_hand"
    TRIAL_PAYMENT = "trial_payment"
    OTHER_BUSINESS = "other_business"
    """Of another business on the same merchant account."""
    PROVIDER_MISTAKE = "provider_mistake"
    OUR_MISTAKE = "our_mistake"
    NOTHING_TO_DO = "nothing_to_do"


class StepKind(StrEnum):
    RESOLVED = "resolved"
    REOPENED = "reopened"
    SETTLED = "settled"


class BillSource(StrEnum):
    PROVIDER = "provider"
    UPLOAD = "upload"


class BillState(StrEnum):
    WAITING = "waiting"
    MATCHED = "matched"
    REFUSED = "refused"


@message
class ByDay:
    day: date


@message
class BillFileRef:
    """A file in the object store, put there by the gateway."""

    key: Annotated[str, Text(1, 200, r"[a-z0-9/_.\-]+")]
    sha256: Annotated[str, Text(64, 64, r"[0-9a-f]+")]
    size_bytes: Count
    media_type: Annotated[str, Text(1, 120)]
    name: Annotated[str, Text(0, 120)] = ""


@message
class UploadBill:
    day: date
    """Whose bill it is; a file of another day is refused."""
    file: BillFileRef


@message
class BillView:
    """A bill that was fetched or brought. A refused one has changed nothing."""

    id: Id
    day: date
    source: BillSource
    state: BillState
    refusal: Fault
    refusal_line: Count
    """The line of the file, counted from 1; 0 where the fault has none."""
    name: Annotated[str, Text(0, 120)]
    no_trade: bool
    """The provider says that nothing was paid on this day."""
    created_at: datetime
    finished_at: datetime | None


@message
class ReconciliationView:
    day: date
    state: ReconciliationState
    failure: Fault
    tries: Count
    next_try_at: datetime | None
    matched_at: datetime | None
    bill_payments: Count
    bill_payment_fen: Money
    bill_refunds: Count
    bill_refund_fen: Money
    ledger_payments: Count
    ledger_payment_fen: Money
    matched: Count
    only_in_bill: Count
    only_in_ledger: Count
    differs: Count
    """These three count what is open or resolved; what has gone counts nowhere."""
    open: Count
    bills: Annotated[tuple[BillView, ...], Many(0, MAX_BILLS_SHOWN)]
    """The latest first; in a list of days only the latest one."""


@message
class ListReconciliations:
    state: ReconciliationState | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class ReconciliationPage:
    items: tuple[ReconciliationView, ...]
    next_cursor: Cursor | None
    open: Count
    """Of all days."""
    oldest_open_at: datetime | None
    missing_days: Count
    """Days whose bill should have been matched by now."""


@message
class ListMatched:
    day: date
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class MatchedRow:
    """A payment, or a refund where it has a refund number."""

    transaction_id: Number
    order_no: Number
    refund_no: Number
    amount_fen: Money
    at: datetime
    """WeChat's own time."""


@message
class MatchedPage:
    items: tuple[MatchedRow, ...]
    next_cursor: Cursor | None


@message
class ListDifferences:
    day: date | None = None
    list: DifferenceList | None = None
    kind: DifferenceKind | None = None
    state: DifferenceState | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class DifferenceView:
    id: Id
    day: date
    kind: DifferenceKind
    list: DifferenceList
    state: DifferenceState
    transaction_id: Number
    order_no: Number
    order_id: Id | None
    order_state: Annotated[str, Text(0, 20)]
    """As the order stands now; nothing where it is none of ours."""
    refund_no: Number
    bill_fen: Money | None
    ledger_fen: Money | None
    bill_state: Annotated[str, Text(0, 20)]
    ledger_state: Annotated[str, Text(0, 20)]
    bill_at: datetime | None
    ledger_at: datetime | None
    noticed_at: datetime
    may_settle: bool
    """WeChat can be asked after this payment, and it is settled if WeChat confirms it."""
    reason: DifferenceReason | None
    words: Annotated[str, Text(0, 500)]
    resolved_at: datetime | None
    resolved_by_me: bool


@message
class DifferencePage:
    items: tuple[DifferenceView, ...]
    next_cursor: Cursor | None


@message
class DifferenceStep:
    step: StepKind
    reason: Annotated[str, Text(0, 40)]
    words: Annotated[str, Text(0, 500)]
    by_me: bool
    at: datetime


@message
class DifferenceDetail:
    difference: DifferenceView
    steps: Annotated[tuple[DifferenceStep, ...], Many(0, MAX_STEPS_SHOWN)]
    """The latest first."""


@message
class ResolveDifference:
    id: Id
    reason: DifferenceReason
    words: Words


@message
class ReopenDifference:
    id: Id
    words: Words
