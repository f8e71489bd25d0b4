"""What can differ between the provider's bill of a day and the ledger, and which days are to be asked for (BOOK-8, PAY-9).

Owns the kinds of difference, the list each belongs to, and the calendar of bills. Finds none itself: that is done in the
database, set by set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum

READY_AT = time(10, 5)
"""WeChat makes the bill of a day from nine the next morning and says to come after ten."""
CATCH_UP_DAYS = 31
"""What was missed is asked for this far back; WeChat keeps three months, and what is older is brought by hand."""
MAX_TRIES = 12
TRY_WAITS_MIN = (5, 15, 30, 60)
"""Between two tries of one day; the last one for ever after, up to ``MAX_TRIES``: then a person brings the file."""
DAY_EDGE = timedelta(minutes=10)
"""A payment at midnight may stand on either side of it: by this much the two clocks may differ."""


class DifferenceList(StrEnum):
    """BOOK-8's lists, beside what matches."""

    ONLY_IN_BILL = "only_in_bill"
    ONLY_IN_LEDGER = "only_in_ledger"
    DIFFERS = "differs"


class DifferenceKind(StrEnum):
    PAYMENT_OF_KNOWN_ORDER = "payment_of_known_order"
    """In the bill, not in the ledger; the order is ours, so WeChat can be asked and the payment settled."""
    PAYMENT_OF_UNKNOWN_ORDER = "payment_of_unknown_order"
    PAYMENT_ONLY_IN_LEDGER = "payment_only_in_ledger"
    PAYMENT_AMOUNT_DIFFERS = "payment_amount_differs"
    PAYMENT_ORDER_DIFFERS = "payment_order_differs"
    PAYMENT_DAY_DIFFERS = "payment_day_differs"
    PAYMENT_NOT_BOOKED = "payment_not_booked"
    """The payment is known, and its postings do not add up to it."""
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


_K, _L = DifferenceKind, DifferenceList
LIST_OF: Mapping[DifferenceKind, DifferenceList] = dict.fromkeys(DifferenceKind, _L.DIFFERS) | {
    _K.PAYMENT_OF_KNOWN_ORDER: _L.ONLY_IN_BILL,
    _K.PAYMENT_OF_UNKNOWN_ORDER: _L.ONLY_IN_BILL,
    _K.ORDER_PAID_TWICE: _L.ONLY_IN_BILL,
    _K.REFUND_ONLY_IN_BILL: _L.ONLY_IN_BILL,
    _K.MERCHANT_DIFFERS: _L.ONLY_IN_BILL,
    _K.APP_DIFFERS: _L.ONLY_IN_BILL,
    _K.CURRENCY_DIFFERS: _L.ONLY_IN_BILL,
    _K.PAYMENT_ONLY_IN_LEDGER: _L.ONLY_IN_LEDGER,
    _K.REFUND_ONLY_IN_LEDGER: _L.ONLY_IN_LEDGER,
}
TO_SETTLE = frozenset({DifferenceKind.PAYMENT_OF_KNOWN_ORDER})
"""Differences after which WeChat can be asked. The file alone books nothing."""


def last_day_ready(now: datetime) -> date:
    """The latest day whose bill should be there at this moment on China's clock."""
    ready_today = now.timetz().replace(tzinfo=None) >= READY_AT
    return now.date() - timedelta(days=1 if ready_today else 2)


def days_expected(first: date, last: date) -> tuple[date, ...]:
    """The days of which there should be a bill by now, the oldest first; none before the first order."""
    oldest = max(first, last - timedelta(days=CATCH_UP_DAYS - 1))
    return tuple(oldest + timedelta(days=step) for step in range((last - oldest).days + 1))


def missing_days(expected: Iterable[date], matched: Iterable[date]) -> tuple[date, ...]:
    done = frozenset(matched)
    return tuple(day for day in expected if day not in done)


def try_wait(tries: int) -> timedelta:
    """Until the next try of a day that was tried so often."""
    return timedelta(minutes=TRY_WAITS_MIN[min(tries, len(TRY_WAITS_MIN) - 1)])
