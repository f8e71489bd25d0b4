"""What a receipt says: its number, its check code, its months, one receipt for each person (BOOK-7, PAY-7).

Owns texts and shapes. Running numbers without a gap and unguessable bytes are given from outside: counting and chance
are not rules. Amounts in words are ``capital_numerals``, shortened names are ``shown_name``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.contracts.values import FIRST_YEAR, LAST_YEAR, MemberId, OrgId, OrgPath, YearMonth
from services.dues.domain.extra import Extra
from services.dues.domain.order import MAX_ORDER_LINES, OrderLine
from services.dues.domain.refusal import Refusal, refuse

MAX_RUNNING_NUMBER = 999_999  # six digits: a branch of 50 gives fewer than a thousand receipts a year
RUNNING_DIGITS = 6
MAX_RECEIPT_MONTHS = 240
MAX_TYPED_LENGTH = 80  # a check code with blanks and dashes; a longer text is not looked at
MAX_NUMBER_LENGTH = 300  # the longest organisation code and its year and number
CHECK_CODE_BYTES = 10  # 80 bits: nobody finds a receipt by trying codes
CHECK_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs, without 0, 1, I and O, which the eye confuses
CHECK_CODE_LENGTH = CHECK_CODE_BYTES * 8 // 5
CHECK_GROUP = 4
_ORGANISATION_CODE = re.compile(r"[A-Z0-9_]{1,32}(\.[A-Z0-9_]{1,32}){0,7}", re.ASCII)
_NUMBER = re.compile(rf"({_ORGANISATION_CODE.pattern})-([0-9]{{4}})-([0-9]{{{RUNNING_DIGITS}}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReceiptNumber:
    """Organisation, year, running number from 1 without a gap: ``YT.T03.B012-2026-000017``. A void keeps its number."""

    organisation_code: str
    year: int
    running: int

    def __post_init__(self) -> None:
        if _ORGANISATION_CODE.fullmatch(self.organisation_code) is None:
            raise ValueError("not an organisation code")
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            raise ValueError("not a year of receipts")
        if not 1 <= self.running <= MAX_RUNNING_NUMBER:
            raise ValueError("running numbers go from 1 to 999999")

    def __str__(self) -> str:
        return f"{self.organisation_code}-{self.year:04d}-{self.running:0{RUNNING_DIGITS}d}"

    @property
    def printed(self) -> str:
        """As official papers are numbered: ``B012〔2026〕000017号``.

        The branch's own code stands for its path. A county gives each code once, so beside the county's name, which every
        receipt carries, no two numbers are alike.
        """
        branch = self.organisation_code.rpartition(".")[2]
        return f"{branch}〔{self.year:04d}〕{self.running:0{RUNNING_DIGITS}d}号"

    @classmethod
    def parse(cls, text: str) -> ReceiptNumber | Refusal:
        match = _NUMBER.fullmatch(text) if len(text) <= MAX_NUMBER_LENGTH else None
        if match is None:
            return refuse("dues.receipt_number_malformed")
        try:
            return cls(match[1], int(match[3]), int(match[4]))
        except ValueError:
            return refuse("dues.receipt_number_malformed")


def printed_number(stored: str) -> str:
    """What people read, from the number under which the receipt is kept."""
    number = ReceiptNumber.parse(stored)
    assert isinstance(number, ReceiptNumber), "only what str() gave is stored"
    return number.printed


def organisation_code(path: OrgPath) -> str:
    """The code of an organisation on its receipts: its path in capitals, so that no two branches share one."""
    return path.upper()


def check_code(random_bytes: bytes) -> str:
    """The code of a public check page from ``CHECK_CODE_BYTES`` random bytes: 16 signs, five bits each."""
    if len(random_bytes) != CHECK_CODE_BYTES:
        raise ValueError(f"a check code is made of {CHECK_CODE_BYTES} bytes")
    bits = int.from_bytes(random_bytes, "big")
    return "".join(CHECK_ALPHABET[bits >> (5 * place) & 31] for place in range(CHECK_CODE_LENGTH - 1, -1, -1))


def print_check_code(code: str) -> str:
    """In groups of four, for paper."""
    return "-".join(code[start : start + CHECK_GROUP] for start in range(0, len(code), CHECK_GROUP))


def read_check_code(typed: str) -> str | Refusal:
    """The code as stored, from what a person typed: small letters, blanks and dashes forgiven, nothing else."""
    code = re.sub(r"[\s-]", "", typed[:MAX_TYPED_LENGTH]).upper()
    if len(typed) > MAX_TYPED_LENGTH or len(code) != CHECK_CODE_LENGTH or not set(code) <= set(CHECK_ALPHABET):
        return refuse("dues.check_code_malformed")
    return code


@dataclass(frozen=True, slots=True)
class MonthSpan:
    """Months without a gap, both ends included."""

    first: YearMonth
    last: YearMonth

    def __str__(self) -> str:
        """2026年9月; 2026年9月至11月; 2026年12月至2027年2月."""
        start = f"{self.first.year}年{self.first.month}月"
        if self.first == self.last:
            return start
        year = "" if self.last.year == self.first.year else f"{self.last.year}年"
        return f"{start}至{year}{self.last.month}月"


def month_spans(months: Iterable[YearMonth]) -> tuple[MonthSpan, ...]:
    """The months as spans, oldest first; a month given twice counts once."""
    ordered = sorted(set(months))
    if len(ordered) > MAX_RECEIPT_MONTHS:
        raise ValueError(f"more than {MAX_RECEIPT_MONTHS} months on one receipt")
    spans: list[MonthSpan] = []
    for month in ordered:
        if spans and spans[-1].last.plus(1) == month:
            spans[-1] = MonthSpan(spans[-1].first, month)
        else:
            spans.append(MonthSpan(month, month))
    return tuple(spans)


def span_text(months: Iterable[YearMonth]) -> str:
    """All spans in one line of a receipt."""
    return "、".join(str(span) for span in month_spans(months))


@dataclass(frozen=True, slots=True)
class ReceiptDraft:
    """One receipt still without a number: a person's months paid to one branch. The payer is recorded elsewhere (PAY-7)."""

    member_id: MemberId
    branch_id: OrgId
    months: tuple[YearMonth, ...]
    amount_fen: int
    extra_fen: int = 0
    """Of the amount, what was given beyond the dues: shown apart (PAY-6)."""


def receipts_of(lines: Sequence[OrderLine], extra: Extra | None = None) -> tuple[ReceiptDraft, ...]:
    """One receipt for each person and branch, in the order of the lines; an extra stands on its giver's.

    A member who moved within the months paid gets one from each branch, since each counts its own receipts (BOOK-7).
    Whose months come to nothing gets none.
    """
    if len(lines) > MAX_ORDER_LINES:
        raise ValueError("more lines than an order may hold")
    by_receipt: dict[tuple[MemberId, OrgId], list[OrderLine]] = {}
    for line in lines:
        by_receipt.setdefault((line.member_id, line.branch_id), []).append(line)
    given = {} if extra is None else {(extra.member_id, extra.branch_id): extra.amount_fen}
    drafts = (
        ReceiptDraft(
            member_id,
            branch_id,
            tuple(sorted(line.month for line in own)),
            sum(line.amount_fen for line in own) + given.get((member_id, branch_id), 0),
            given.get((member_id, branch_id), 0),
        )
        for (member_id, branch_id), own in by_receipt.items()
    )
    return tuple(draft for draft in drafts if draft.amount_fen > 0)
