"""A branch's cash box: what it has in hand, what of that is promised, and what lies on the county's account (BOOK-3).

One row a branch, kept beside the ledger so that the database itself holds each figure to be never below zero. Whoever takes out
locks it first. It is the last row that a transaction locks.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.work import Work
from services.dues.domain.cash_return import BranchCash
from services.dues.storage.cash import cash_box


def locked(work: Work, branch_id: str) -> BranchCash:
    """What there is, until this transaction ends; nothing for a branch that never took cash."""
    c = cash_box.c
    own = sa.select(c.held_fen, c.promised_fen, c.banked_fen).where(c.branch_id == branch_id)
    row = work.db.execute(own.with_for_update()).one_or_none()
    return BranchCash(0, 0, 0) if row is None else BranchCash(row.held_fen, row.promised_fen, row.banked_fen)


def put_in(work: Work, branch_id: str, county_id: str, amount_fen: int) -> None:
    """Cash that two persons stand for; the first makes the box."""
    statement = pg.insert(cash_box).values(branch_id=branch_id, county_id=county_id, held_fen=amount_fen)
    more = {"held_fen": cash_box.c.held_fen + statement.excluded.held_fen}
    work.db.execute(statement.on_conflict_do_update(index_elements=["branch_id"], set_=more))


def change(work: Work, branch_id: str, *, held: int = 0, promised: int = 0, banked: int = 0) -> None:
    """Adds to the figures, or takes off."""
    c = cash_box.c
    changed = {
        "held_fen": c.held_fen + held,
        "promised_fen": c.promised_fen + promised,
        "banked_fen": c.banked_fen + banked,
    }
    work.db.execute(sa.update(cash_box).where(c.branch_id == branch_id).values(**changed))
