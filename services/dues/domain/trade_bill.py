"""The trade bill of one day as the provider writes it, read block by block (BOOK-8).

Owns what makes a bill believable in itself: columns by name, rows of one day, whole amounts, counts and sums that agree with the
bill's own last line. Holds no more than one block and one chunk of rows. Stores nothing and knows no ledger: whoever reads must
take back what he did with the rows when ``BillRefused`` comes, and it may come at the very end.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

CHUNK_ROWS = 5_000
MAX_ROWS = 2_000_000
"""Of one day: the county of 27,385 members has some 30,000 on the day when everybody pays."""
MAX_LINE_CHARACTERS = 8_192
MAX_ROW_FEN = 10**9
"""Ten million yuan in one payment is no payment of dues: a number beyond it is damage."""
CURRENCY = "CNY"

_ROW_COLUMNS = (
    *("交易时间", "公众账号ID", "商户号", "微信订单号", "商户订单号", "交易状态", "货币种类"),
    *("应结订单金额", "商户退款单号", "退款金额", "退款状态", "订单金额", "申请退款金额"),
)
_TOTAL_COLUMNS = ("总交易单数", "应结订单总金额", "退款总金额", "订单总金额", "申请退款总金额")
_PAID, _SENT_BACK = "SUCCESS", "REFUND"
_REFUND_STATES = {"SUCCESS": "succeeded", "PROCESSING": "processing"} | dict.fromkeys(
    ("FAIL", "FAILED", "CHANGE", "CLOSED", "ABNORMAL"), "failed"
)
"""WeChat's pages of different years spell what did not work differently."""
_CLOCK = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]", re.ASCII)
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{1,64}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,12}\.[0-9]{2}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)


class BillFault(StrEnum):
    """Why a bill as a whole is not used. Nothing changes then."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    NOT_UNPACKED = "not_unpacked"
    HASH_DIFFERS = "hash_differs"
    NOT_TEXT = "not_text"
    COLUMNS_UNKNOWN = "columns_unknown"
    ROW_MALFORMED = "row_malformed"
    AMOUNT_MALFORMED = "amount_malformed"
    STATE_UNKNOWN = "state_unknown"
    DAY_DIFFERS = "day_differs"
    FOREIGN = "foreign"
    NUMBER_REPEATED = "number_repeated"
    CUT_SHORT = "cut_short"
    TOTALS_DIFFER = "totals_differ"
    UNFORESEEN = "unforeseen"
    """Our own fault, not the bill's."""


class BillRefused(Exception):
    """``line`` counts from 1, the line of the columns; 0 where the fault has no line."""

    def __init__(self, fault: BillFault, line: int = 0) -> None:
        super().__init__(f"bill refused: {fault.value} at line {line}")
        self.fault = fault
        self.line = line


class BillRow(NamedTuple):
    """One payment, or one refund where ``refund_no`` is not empty. A row of a chunk follows the one before without a gap."""

    happened: str
    """On China's clock, to the second."""
    foreign_to: str
    """What is not ours: ``merchant``, ``app``, ``currency``; mostly nothing."""
    transaction_id: str
    order_no: str
    refund_no: str
    amount_fen: int
    state: str


@dataclass(slots=True)
class BillTotals:
    """What the rows add up to."""

    payments: int = 0
    payment_fen: int = 0
    refunds: int = 0
    refund_fen: int = 0
    settled_fen: int = 0
    """Of the payments, less what others paid by vouchers."""
    settled_back_fen: int = 0

    @property
    def rows(self) -> int:
        return self.payments + self.refunds


class TradeBill:
    """Reads one bill once. ``totals`` are whole when ``chunks`` has ended."""

    def __init__(self, day: date, *, app_id: str, merchant_id: str) -> None:
        self._day, self._app_id, self._merchant_id = day.isoformat(), app_id, merchant_id
        self._own_rows = 0
        self.totals = BillTotals()

    def chunks(self, blocks: Iterable[bytes]) -> Iterator[list[BillRow]]:
        """The rows, at most ``CHUNK_ROWS`` at a time. Raises BillRefused."""
        lines = _lines(blocks)
        header = _fields(next(lines, ""))
        if header == [""]:
            raise BillRefused(BillFault.EMPTY)
        pick, width = _picker(header, _ROW_COLUMNS, line=1), len(header)
        rows: list[BillRow] = []
        end: list[str] | None = None
        line_no = 1
        for line in lines:
            line_no += 1
            if line.startswith(_TOTAL_COLUMNS[0]):
                end = _fields(line)
                break
            fields = _fields(line)
            if len(fields) != width:
                raise BillRefused(BillFault.ROW_MALFORMED, line_no)
            rows.append(self._row(pick(fields), line_no))
            if len(rows) == CHUNK_ROWS:
                yield rows
                rows = []
            if line_no > MAX_ROWS + 1:
                raise BillRefused(BillFault.TOO_MANY_ROWS, line_no)
        if end is None:
            raise BillRefused(BillFault.CUT_SHORT, line_no)
        if rows:
            yield rows
        self._check_end(end, lines, line_no)

    def _row(self, fields: tuple[str, ...], line_no: int) -> BillRow:
        (at, app_id, merchant_id, transaction_id, order_no, state, currency) = fields[:7]
        (settled, refund_no, settled_back, refund_state, paid, sent_back) = fields[7:]
        if not at.startswith(self._day):
            raise BillRefused(BillFault.DAY_DIFFERS if _CLOCK.fullmatch(at) else BillFault.ROW_MALFORMED, line_no)
        numbers = _NUMBER.fullmatch(transaction_id) and _NUMBER.fullmatch(order_no)
        if not (_CLOCK.fullmatch(at) and numbers):
            raise BillRefused(BillFault.ROW_MALFORMED, line_no)
        totals = self.totals
        try:
            paid_fen, sent_back_fen = _fen(paid), _fen(sent_back)
            totals.settled_fen += _fen(settled)
            totals.settled_back_fen += _fen(settled_back)
        except ValueError:
            raise BillRefused(BillFault.AMOUNT_MALFORMED, line_no) from None
        totals.payment_fen += paid_fen
        totals.refund_fen += sent_back_fen
        foreign_to = self._foreign(app_id, merchant_id, currency)
        self._own_rows += foreign_to in ("", "currency")
        if state == _PAID:
            totals.payments += 1
            refund_no, row_state, amount_fen, other_fen = "", "succeeded", paid_fen, sent_back_fen
        elif state == _SENT_BACK:
            totals.refunds += 1
            if not _NUMBER.fullmatch(refund_no):
                raise BillRefused(BillFault.ROW_MALFORMED, line_no)
            row_state, amount_fen, other_fen = _REFUND_STATES.get(refund_state, ""), sent_back_fen, paid_fen
        else:
            raise BillRefused(BillFault.STATE_UNKNOWN, line_no)
        if not row_state:
            raise BillRefused(BillFault.STATE_UNKNOWN, line_no)
        if not 0 < amount_fen <= MAX_ROW_FEN or other_fen:
            raise BillRefused(BillFault.AMOUNT_MALFORMED, line_no)
        return BillRow(at, foreign_to, transaction_id, order_no, refund_no, amount_fen, row_state)

    def _foreign(self, app_id: str, merchant_id: str, currency: str) -> str:
        if merchant_id != self._merchant_id:
            return "merchant"
        if app_id != self._app_id:
            return "app"
        return "" if currency == CURRENCY else "currency"

    def _check_end(self, columns: list[str], lines: Iterator[str], line_no: int) -> None:
        """The bill's own count and sums are those of its rows, and nothing stands behind them."""
        last = _fields(next(lines, ""))
        if len(last) != len(columns):
            raise BillRefused(BillFault.CUT_SHORT, line_no + 1)
        count, *amounts = _picker(columns, _TOTAL_COLUMNS, line=line_no)(last)
        try:
            said = [_fen(amount) for amount in amounts]
        except ValueError:
            raise BillRefused(BillFault.CUT_SHORT, line_no + 1) from None
        totals = self.totals
        found = [totals.settled_fen, totals.settled_back_fen, totals.payment_fen, totals.refund_fen]
        if not _COUNT.fullmatch(count) or int(count) != totals.rows or said != found:
            raise BillRefused(BillFault.TOTALS_DIFFER, line_no + 1)
        if any(line.strip() for line in lines):
            raise BillRefused(BillFault.ROW_MALFORMED, line_no + 2)
        if totals.rows and not self._own_rows:
            raise BillRefused(BillFault.FOREIGN)


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    """Lines of UTF-8 text without their ends, whether a mark stands at the beginning or not."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
    rest = ""
    try:
        for block in blocks:
            text = rest + decoder.decode(block)
            if "\0" in text:
                raise BillRefused(BillFault.NOT_TEXT)
            *whole, rest = text.split("\n")
            if len(rest) > MAX_LINE_CHARACTERS:
                raise BillRefused(BillFault.NOT_TEXT)
            yield from whole
        rest += decoder.decode(b"", True)
    except UnicodeDecodeError:
        raise BillRefused(BillFault.NOT_TEXT) from None
    if rest:
        yield rest


def _fields(line: str) -> list[str]:
    """Each field stands behind a backtick, so that a comma inside one divides nothing; a line of columns has none."""
    line = line.removesuffix("\r")
    return line[1:].split(",`") if line.startswith("`") else line.split(",")


def _picker(found: list[str], wanted: tuple[str, ...], *, line: int) -> Callable[[list[str]], tuple[str, ...]]:
    names = [name.strip() for name in found]
    if len(set(names)) != len(names) or not set(wanted) <= set(names):
        raise BillRefused(BillFault.COLUMNS_UNKNOWN, line)
    pick: Callable[[list[str]], tuple[str, ...]] = itemgetter(*(names.index(name) for name in wanted))
    return pick


@lru_cache(maxsize=4_096)
def _fen(text: str) -> int:
    """Yuan with two places as whole fen. Raises ValueError for anything else: a sign, an exponent, a third place."""
    if _AMOUNT.fullmatch(text) is None:
        raise ValueError("not an amount")
    return int(text[:-3]) * 100 + int(text[-2:])
