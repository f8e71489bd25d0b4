"""What a refund does to receipts: those of its lines are void and keep their numbers, what is left has new ones (BOOK-7)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from services.chassis.row_scope import county_wide
from services.chassis.work import Work
from services.dues.domain.order import OrderLine
from services.dues.domain.refund import LineStanding
from services.dues.orders import hot_settlement
from services.dues.orders import store as order_store
from services.dues.orders.receipts import number_receipts
from services.dues.refunding import store
from services.dues.storage.tables import receipt


def take_back(work: Work, order: order_store.Order, lines: Sequence[OrderLine]) -> None:
    """Takes the next numbers for what is left, in the transaction that voids."""
    refunded = {line.line_no for line in lines} | {
        line.line_no
        for line, standing in store.lines_with_standing(work.db, order)
        if standing is LineStanding.REFUNDED
    }
    touched = {(line.member_id, line.branch_id) for line in lines}
    paid = hot_settlement.lines_of(work.db, [order.order_id])[order.order_id]
    rest = [
        one for one in paid if (one.line.member_id, one.line.branch_id) in touched and one.line.line_no not in refunded
    ]
    issued = [each for _, each in number_receipts(work, [(order, rest)], store.collector_of(work.db, order))]
    with county_wide(work.db, work.caller):  # whoever may decide on the lines voids their receipts, and reads none
        standing = store.standing_receipts(work.db, order.order_id)
        void = [receipt_id for whose, receipt_id in standing.items() if whose in touched]
        chosen = sa.update(receipt).where(receipt.c.receipt_id.in_(void))
        work.db.execute(chosen.values(void=True, voided_at=work.now))
        for each in issued:
            replaces = standing[each.draft.member_id, each.draft.branch_id]
            work.db.execute(sa.insert(receipt).values(**each.row, replaces=replaces))
