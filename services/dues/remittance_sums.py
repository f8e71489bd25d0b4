"""What the books say of an organisation's dues on their way up: read from ledger and slips, decided elsewhere (BOOK-2).

The ledger itself, not the totals: a slip rests on what is booked, not on what has been folded.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis.work import Work
from services.contracts.dues import messages as m
from services.contracts.members.messages import OrgKind
from services.contracts.values import MONTHS_PER_YEAR, OrgPath, YearMonth
from services.dues.domain.collection import share_fen
from services.dues.domain.ledger import AccountKind, EntryKind
from services.dues.domain.remittance import Standing
from services.dues.profiles import profile_in_force
from services.dues.storage.remittance import remittance
from services.dues.storage.tables import organisation, posting, within
from services.dues.storage.totals import collection_total

_INCOME, _CASH = AccountKind.BRANCH_DUES_INCOME.value, AccountKind.CASH.value
_SPENDING = AccountKind.SPENDING.value
_REVERSAL, _PROMISED, _SENT = (
    kind.value for kind in (EntryKind.REVERSAL, EntryKind.REFUND_PROMISED, EntryKind.REFUND_SENT)
)
"""Of a refund of cash, the reversal and the promise cancel each other in the box; what is sent leaves it."""
_ARRIVED = m.RemittanceState.ARRIVED.value


def _moved(work: Work, side: str, kind: str, org_id: str, *where: sa.ColumnElement[bool]) -> int:
    c = posting.c
    owned = sa.and_(c[f"{side}_kind"] == kind, c[f"{side}_owner"] == org_id)
    return int(work.db.scalar(sa.select(sa.func.coalesce(sa.func.sum(c.amount_fen), 0)).where(owned, *where)) or 0)


def _slips(work: Work, *where: sa.ColumnElement[bool]) -> int:
    summed = sa.select(sa.func.coalesce(sa.func.sum(remittance.c.amount_fen), 0)).where(*where)
    return int(work.db.scalar(summed) or 0)


def standing(work: Work, org: Any, month: YearMonth) -> Standing:
    """Of an organisation at the end of a month."""
    p, r, until = posting.c, remittance.c, month.number
    income = _moved(work, "credit", _INCOME, org.org_id, p.booked_month <= until)
    income -= _moved(work, "debit", _INCOME, org.org_id, p.booked_month <= until)
    now = _moved(work, "credit", _INCOME, org.org_id) - _moved(work, "debit", _INCOME, org.org_id)
    # What was spent since is there no more; what a reversal brings back counts in the month in which it does.
    spent = _moved(work, "debit", _SPENDING, org.org_id)
    spent -= _moved(work, "credit", _SPENDING, org.org_id, p.booked_month <= until)
    # Cash that came by then, less all that was deposited since, for whatever month, and what of it went back out of the box.
    cash = _moved(work, "debit", _CASH, org.org_id, p.booked_month <= until, p.entry != _PROMISED)
    cash -= _moved(work, "credit", _CASH, org.org_id, p.entry.not_in((_REVERSAL, _SENT)))
    cash -= _moved(work, "credit", _CASH, org.org_id, p.entry == _SENT, _came_by(month))
    return Standing(
        income_fen=min(income, now),  # what was given back since is there no more
        received_fen=_slips(work, r.to_org == org.org_id, r.state == _ARRIVED, r.booked_month <= until),
        passed_fen=_slips(work, r.from_org == org.org_id),
        spent_fen=spent,
        cash_in_hand_fen=max(0, cash),
        earlier_open=_earlier_open(work, org.org_id, month),
        lower_open=_lower_open(work, org, month),
    )


def _came_by(month: YearMonth) -> sa.ColumnElement[bool]:
    """Whether the order of a posting was paid by a month's end."""
    paid = posting.alias("paid")
    by_then = sa.and_(paid.c.entry == EntryKind.DUES_PAID.value, paid.c.booked_month <= month.number)
    return sa.exists().where(paid.c.order_id == posting.c.order_id, by_then)


def _balances(beneath: sa.Select[Any], month: YearMonth) -> sa.Subquery:
    """What each of these organisations took in and received by a month's end, less what its slips up to that month pass on; of it
    only what is still there: what was given back or spent since is not."""
    p, r, until = posting.c, remittance.c, month.number
    parts = (
        sa.select(
            p.credit_owner.label("org_id"), p.amount_fen.label("fen"), (p.booked_month <= until).label("by_then")
        ).where(p.credit_kind == _INCOME, p.credit_owner.in_(beneath)),
        sa.select(p.debit_owner, -p.amount_fen, p.booked_month <= until).where(
            p.debit_kind == _INCOME, p.debit_owner.in_(beneath)
        ),
        sa.select(p.debit_owner, -p.amount_fen, sa.true()).where(p.debit_kind == _SPENDING, p.debit_owner.in_(beneath)),
        sa.select(p.credit_owner, p.amount_fen, p.booked_month <= until).where(
            p.credit_kind == _SPENDING, p.credit_owner.in_(beneath)
        ),
        sa.select(r.to_org, r.amount_fen, r.booked_month <= until).where(r.to_org.in_(beneath), r.state == _ARRIVED),
        sa.select(r.from_org, -r.amount_fen, r.booked_month <= until).where(r.from_org.in_(beneath)),
    )
    moved = sa.union_all(*parts).subquery()
    by_then = sa.func.coalesce(sa.func.sum(moved.c.fen).filter(moved.c.by_then), 0)
    still_there = sa.func.least(by_then, sa.func.sum(moved.c.fen))
    return sa.select(moved.c.org_id, still_there.label("fen")).group_by(moved.c.org_id).subquery()


def _earlier_open(work: Work, org_id: str, month: YearMonth) -> YearMonth | None:
    """The oldest month before this one that brought money and has no slip, when money of then is still here."""
    itself = sa.select(sa.cast(org_id, organisation.c.org_id.type))
    if int(work.db.scalar(sa.select(_balances(itself, month.plus(-1)).c.fen)) or 0) <= 0:
        return None
    p, r = posting.c, remittance.c
    own = sa.select(p.booked_month.label("month")).where(
        p.credit_owner == org_id, p.credit_kind == _INCOME, p.booked_month < month.number
    )
    from_beneath = sa.select(r.booked_month).where(
        r.to_org == org_id, r.state == _ARRIVED, r.booked_month < month.number
    )
    brought = own.union(from_beneath).subquery()
    passed = sa.exists().where(r.from_org == org_id, r.booked_month == brought.c.month)
    oldest = work.db.scalar(sa.select(sa.func.min(brought.c.month)).where(sa.not_(passed)))
    return None if oldest is None else YearMonth.from_number(oldest)


def _lower_open(work: Work, org: Any, month: YearMonth) -> int:
    """Organisations beneath that hold money of this month or before, or whose slip over it has not arrived."""
    if org.kind == OrgKind.BRANCH.value:
        return 0
    c, r = organisation.c, remittance.c
    beneath = sa.select(c.org_id).where(within(c.path, org.path), c.org_id != org.org_id)
    held = _balances(beneath, month)
    on_its_way = sa.select(r.from_org).where(
        r.from_org.in_(beneath), r.state != _ARRIVED, r.booked_month <= month.number
    )
    waiting = sa.select(held.c.org_id).where(held.c.fen > 0).union(on_its_way).subquery()
    return int(work.db.scalar(sa.select(sa.func.count()).select_from(waiting)) or 0)


def given_back_beneath(work: Work, org_id: str, path: OrgPath) -> int:
    """What organisations beneath sent back after they had passed it up, and have not taken in again."""
    c, back = organisation.c, posting.alias().c
    beneath = sa.select(c.org_id).where(within(c.path, path), c.org_id != org_id)
    gave_back = sa.select(back.debit_owner).where(back.debit_kind == _INCOME, back.debit_owner.in_(beneath))
    left = _balances(gave_back, work.month)
    lacking = sa.select(sa.func.coalesce(sa.func.sum(-left.c.fen), 0)).where(left.c.fen < 0)
    return int(work.db.scalar(lacking) or 0)


def cash_part(work: Work, org: Any, month: YearMonth) -> int:
    """How much of a month's money came as cash, less what of such money went back in it."""
    p, r = posting.c, remittance.c
    own = _moved(work, "credit", _INCOME, org.org_id, p.booked_month == month.number, p.debit_kind == _CASH)
    own -= _moved(work, "debit", _INCOME, org.org_id, p.booked_month == month.number, p.credit_kind == _CASH)
    beneath = sa.select(sa.func.coalesce(sa.func.sum(r.cash_fen), 0)).where(
        r.to_org == org.org_id, r.state == _ARRIVED, r.booked_month == month.number
    )
    return own + int(work.db.scalar(beneath) or 0)


def figures(work: Work, org: Any, year: int) -> m.RemittanceFigures:
    """Of a calendar year. What was paid for the year is told by the totals, as in the reports."""
    first, last = YearMonth(year, 1).number, YearMonth(year, MONTHS_PER_YEAR).number
    r, t = remittance.c, collection_total.c
    inside = sa.select(organisation.c.org_id).where(within(organisation.c.path, org.path))
    of_county = t.county_id == work.caller.county_id
    this_year = r.booked_month.between(first, last)
    paid = work.db.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(t.payments), 0).label("payments"),
            sa.func.coalesce(sa.func.sum(t.amount_fen), 0).label("fen"),
        ).where(of_county, t.branch_id.in_(inside), t.paid_month.between(first, last))
    ).one()
    income = sa.select(sa.func.coalesce(sa.func.sum(t.amount_fen), 0)).where(
        of_county, t.branch_id.in_(inside), t.booked_month.between(first, last)
    )
    waiting = sa.select(sa.func.count()).where(r.from_org.in_(inside), this_year, r.state != _ARRIVED)
    shares = profile_in_force(work, YearMonth(year, MONTHS_PER_YEAR)).shares
    return m.RemittanceFigures(
        year=year,
        income_fen=int(work.db.scalar(income) or 0),
        passed_up_fen=_slips(work, r.from_org == org.org_id, this_year, r.state == _ARRIVED),
        received_fen=_slips(work, r.to_org == org.org_id, this_year, r.state == _ARRIVED),
        waiting=int(work.db.scalar(waiting) or 0),
        paid_for_year_fen=int(paid.fen),
        payments=int(paid.payments),
        county_share=shares.county,
        city_to_province_share=shares.city_to_province,
        province_to_centre_share=shares.province_to_centre,
        city_to_province_fen=share_fen(int(paid.fen), shares.city_to_province),
        province_to_centre_fen=share_fen(int(paid.fen), shares.province_to_centre),
    )
