"""Receipts: one for each person and branch of an order, numbered without a gap (BOOK-7, PAY-7).

Seen by the beneficiary and by the one who paid; anybody with the check code learns that it is genuine, and little else.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.chassis.access import member_of
from services.chassis.clock import shanghai
from services.chassis.ids import new_id, parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.dues import messages as m
from services.contracts.dues.errors import ReceiptNotFound
from services.contracts.errors import NotFound
from services.contracts.values import OrgPath, YearMonth
from services.dues.domain import receipt as rules
from services.dues.domain.capital_numerals import capital_amount
from services.dues.domain.refusal import Refusal
from services.dues.domain.shown_name import shorten_name
from services.dues.orders import store
from services.dues.orders.hot_settlement import PaidLine, take_numbers
from services.dues.storage.tables import receipt


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt with its number, and the row that holds it."""

    draft: rules.ReceiptDraft
    receipt_id: str
    row: dict[str, Any]


def number_receipts(
    work: Work, paid: Sequence[tuple[store.Order, Sequence[PaidLine]]], collector_name: str = ""
) -> list[tuple[store.Order, Issued]]:
    """The receipts of paid orders, numbered and not yet stored; none for months that came to nothing. ``collector_name``: who
    took the money where it was cash (BOOK-6).

    Takes the numbers of all of them with one statement, from counters that stay locked until the transaction ends.
    """
    drafts = [
        (order, lines, draft)
        for order, lines in paid
        for draft in rules.receipts_of([one.line for one in lines], order.extra)
    ]
    year = shanghai(work.now).year
    wanted = Counter(draft.branch_id for _, _, draft in drafts)
    last = take_numbers(work.db, wanted, year) if drafts else {}
    following = {
        branch_id: iter(range(last[branch_id] - count + 1, last[branch_id] + 1)) for branch_id, count in wanted.items()
    }
    issued = []
    for order, lines, draft in drafts:
        own = [one for one in lines if (one.line.member_id, one.line.branch_id) == (draft.member_id, draft.branch_id)]
        running = next(following[draft.branch_id])
        row = _row(
            work,
            order,
            draft,
            own,
            rules.ReceiptNumber(rules.organisation_code(OrgPath(own[0].branch_path)), year, running),
        )
        row["collector_name"] = collector_name
        issued.append((order, Issued(draft, row["receipt_id"], row)))
    return issued


def _row(
    work: Work, order: store.Order, draft: rules.ReceiptDraft, own: Sequence[PaidLine], number: rules.ReceiptNumber
) -> dict[str, Any]:
    return {
        "receipt_id": new_id(),
        "county_id": order.county_id,
        "number": str(number),
        "branch_id": draft.branch_id,
        "year": number.year,
        "running_number": number.running,
        "order_id": order.order_id,
        "member_id": draft.member_id,
        "payer_id": order.payer_id,
        "member_name": own[0].member_name,
        "payer_name": own[0].payer_name,
        "branch_name": own[0].branch_name,
        "months": [[one.line.month.number, one.line.amount_fen] for one in own],
        "amount_fen": draft.amount_fen,
        "channel": order.channel,
        "simulated": work.settings.simulated,
        "check_code": rules.check_code(secrets.token_bytes(rules.CHECK_CODE_BYTES)),
        "issued_at": work.now,
        "extra_fen": draft.extra_fen,
    }


def list_receipts(work: Work, request: m.ListReceipts) -> m.ReceiptPage:
    """Receipts of the caller's own months and of those he paid for others, newest first."""
    me = member_of(work.caller)
    after = key_of(request.cursor, parse_id)
    statement = (
        sa.select(receipt)
        .where((receipt.c.member_id == me) | (receipt.c.payer_id == me))
        .order_by(receipt.c.receipt_id.desc())
        .limit(request.limit + 1)
    )
    if after is not None:
        statement = statement.where(receipt.c.receipt_id < after[0])
    rows, next_cursor = cut(work.db.execute(statement).all(), request.limit, lambda row: (row.receipt_id,))
    _, county_name = store.county_root(work.db, work.caller.county_id)
    return m.ReceiptPage(
        items=tuple(_view(row, me, county_name) for row in rows),
        next_cursor=next_cursor,
    )


def get_receipt(work: Work, request: ById) -> m.ReceiptView:
    me = member_of(work.caller)
    row = work.db.execute(sa.select(receipt).where(receipt.c.receipt_id == request.id)).one_or_none()
    if row is None or me not in (row.member_id, row.payer_id):
        raise NotFound
    return _view(row, me, store.county_root(work.db, row.county_id)[1])


def check_receipt(work: Work, request: m.CheckReceipt) -> m.ReceiptCheck:
    """For anybody who holds the paper: what it must say to be genuine."""
    code = rules.read_check_code(request.code)
    if isinstance(code, Refusal):
        raise ReceiptNotFound
    row = work.db.execute(sa.select(receipt).where(receipt.c.check_code == code)).one_or_none()
    if row is None:
        raise ReceiptNotFound
    months = sorted(YearMonth.from_number(number) for number, _ in row.months)
    return m.ReceiptCheck(
        number=rules.printed_number(row.number),
        name_masked=shorten_name(row.member_name),
        branch_name=row.branch_name,
        county_name=store.county_root(work.db, row.county_id)[1],
        first_month=months[0],
        last_month=months[-1],
        months=len(months),
        amount_fen=row.amount_fen,
        issued_at=row.issued_at,
        simulated=row.simulated,
        void=row.void,
        extra_fen=row.extra_fen,
    )


def _view(row: Any, me: str, county_name: str) -> m.ReceiptView:
    return m.ReceiptView(
        id=row.receipt_id,
        number=rules.printed_number(row.number),
        order_id=row.order_id,
        member_id=row.member_id,
        member_name=row.member_name,
        own=row.member_id == me,
        payer_name=row.payer_name,
        branch_name=row.branch_name,
        county_name=county_name,
        months=tuple(
            m.ReceiptMonth(month=YearMonth.from_number(number), amount_fen=amount) for number, amount in row.months
        ),
        amount_fen=row.amount_fen,
        amount_capitals=capital_amount(row.amount_fen),
        channel=row.channel,
        issued_at=row.issued_at,
        check_code=rules.print_check_code(row.check_code),
        simulated=row.simulated,
        void=row.void,
        extra_fen=row.extra_fen,
        collector_name=row.collector_name,
    )
