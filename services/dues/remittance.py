"""Passing dues up from branch to committee to county: slips made below and confirmed above (BOOK-2, REG-8).

A slip is the accounting of money that lies in the county's account already: online payments come there by themselves, cash by
its deposit. Two persons: who made a slip does not confirm it. How much says ``domain.remittance``; that it is never more holds
the database.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.access import require_reach
from services.chassis.clock import shanghai
from services.chassis.ids import new_id, parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, Role
from services.contracts.common import ById
from services.contracts.dues import messages as m
from services.contracts.dues.errors import RemittanceRefused, RemittanceSamePerson
from services.contracts.errors import NotFound, StaleVersion
from services.contracts.members.messages import OrgKind
from services.contracts.values import OrgId, OrgPath, YearMonth
from services.dues import remittance_sums as sums
from services.dues.domain import remittance as rules
from services.dues.domain.receipt import ReceiptNumber, organisation_code
from services.dues.domain.refusal import Refusal
from services.dues.orders import books
from services.dues.refusals import refused
from services.dues.spending.holding import held_for_use
from services.dues.storage.remittance import remittance, remittance_counter
from services.dues.storage.tables import organisation, posting, within

REMITTERS = (*TREE_ADMINISTRATORS, Role.FINANCE)
RECEIVERS = (Role.COMMITTEE_ADMIN, Role.COUNTY_ADMIN, Role.FINANCE)
GRACE = timedelta(minutes=10)
"""After a month's end: the longest statement has two minutes, so by then nothing more is booked in that month."""


def make_remittance(work: Work, request: m.MakeRemittance) -> m.RemittanceView:
    """The slip over all that the organisation took in during a month and has not spent. Made once; its number has no gap."""
    org = _organisation(work, request.org_id)
    require_reach(work.caller, OrgPath(org.path) if org else None, *REMITTERS)
    if org.parent_id is None or org.kind == OrgKind.GROUP.value:
        raise RemittanceRefused(reason="no_upper_level")
    if request.month >= YearMonth.of(shanghai(work.now - GRACE).date()):
        raise RemittanceRefused(reason="month_not_ended", month=str(request.month))
    year = work.today.year
    running = _take_number(work, org.org_id, year)  # its row stays locked: slips of one organisation come one by one
    held_for_use(work, org.org_id, lock=True)  # nothing of it is spent while it is weighed
    c = remittance.c
    again = sa.exists().where(c.from_org == org.org_id, c.booked_month == request.month.number)
    if work.db.scalar(sa.select(again)):
        raise RemittanceRefused(reason="already_made", month=str(request.month))
    amount_fen = rules.amount_to_pass_up(request.month, sums.standing(work, org, request.month))
    if isinstance(amount_fen, Refusal):
        raise refused(RemittanceRefused, amount_fen)
    slip_id = new_id()
    cash_fen = min(amount_fen, max(0, sums.cash_part(work, org, request.month)))
    row = {
        "remittance_id": slip_id,
        "county_id": work.caller.county_id,
        "from_org": org.org_id,
        "to_org": org.parent_id,
        "booked_month": request.month.number,
        "year": year,
        "running_number": running,
        "amount_fen": amount_fen,
        "cash_fen": cash_fen,
        "state": m.RemittanceState.MADE.value,
        "made_by": work.caller.account_id,
        "made_at": work.now,
    }
    work.db.execute(sa.insert(remittance).values(row))
    work.audit("dues.remittance_made", "remittance", slip_id, path=OrgPath(org.path))
    return _view(work, _slip(work, slip_id))


def confirm_remittance(work: Work, request: ById) -> m.RemittanceView:
    """The upper level says that the money is there: the books then say so too. Another person than the one who made the slip."""
    row = _slip(work, request.id, lock=True)
    upper = _organisation(work, row.to_org) if row else None
    path = require_reach(work.caller, OrgPath(upper.path) if upper else None, *RECEIVERS)
    if row.made_by == work.caller.account_id:
        raise RemittanceSamePerson
    if row.state != m.RemittanceState.MADE.value:
        raise StaleVersion(state=row.state)
    month = YearMonth.from_number(row.booked_month)
    entry = rules.remit(OrgId(row.from_org), OrgId(row.to_org), month, row.amount_fen)
    (booked,) = books.rows_of(work, work.caller.county_id, [entry])
    work.db.execute(sa.insert(posting), [booked])
    changes = {
        "state": m.RemittanceState.ARRIVED.value,
        "arrived_by": work.caller.account_id,
        "arrived_at": work.now,
        "posting_id": booked["posting_id"],
    }
    work.db.execute(sa.update(remittance).where(remittance.c.remittance_id == request.id).values(changes))
    work.audit("dues.remittance_confirmed", "remittance", request.id, path=path)
    return _view(work, _slip(work, request.id))


def list_remittances(work: Work, request: m.ListRemittances) -> m.RemittancePage:
    """The slips of an organisation and of all beneath it, newest first."""
    org = _organisation(work, request.org_id)
    path = require_reach(work.caller, OrgPath(org.path) if org else None, *REMITTERS)
    c = remittance.c
    inside = sa.select(organisation.c.org_id).where(within(organisation.c.path, path))
    statement = _selected().where(c.county_id == work.caller.county_id, c.from_org.in_(inside))
    if request.month is not None:
        statement = statement.where(c.booked_month == request.month.number)
    if request.waiting is not None:
        state = m.RemittanceState.MADE if request.waiting else m.RemittanceState.ARRIVED
        statement = statement.where(c.state == state.value)
    after = key_of(request.cursor, parse_id)
    if after is not None:
        statement = statement.where(c.remittance_id < after[0])
    ordered = statement.order_by(c.remittance_id.desc()).limit(request.limit + 1)
    rows, following = cut(work.db.execute(ordered).all(), request.limit, lambda row: (row.remittance_id,))
    return m.RemittancePage(items=tuple(_view(work, row) for row in rows), next_cursor=following)


def get_remittance_figures(work: Work, request: m.GetRemittanceFigures) -> m.RemittanceFigures:
    """An organisation's year: taken in, passed up, received, and the shares above as the rule profile has them."""
    org = _organisation(work, request.org_id)
    require_reach(work.caller, OrgPath(org.path) if org else None, *REMITTERS)
    return sums.figures(work, org, request.year)


def _organisation(work: Work, org_id: str) -> Any:
    c = organisation.c
    there = sa.select(c.org_id, c.parent_id, c.kind, c.path, c.name)
    return work.db.execute(there.where(c.org_id == org_id, c.county_id == work.caller.county_id)).one_or_none()


def _take_number(work: Work, org_id: str, year: int) -> int:
    counter = pg.insert(remittance_counter).values(org_id=org_id, year=year, last_number=1)
    taken = counter.on_conflict_do_update(
        index_elements=["org_id", "year"], set_={"last_number": remittance_counter.c.last_number + 1}
    )
    return int(work.db.scalar(taken.returning(remittance_counter.c.last_number)) or 0)


def _selected() -> sa.Select[Any]:
    lower, upper = organisation.alias("lower"), organisation.alias("upper")
    return (
        sa.select(
            remittance, lower.c.name.label("from_name"), lower.c.path.label("from_path"), upper.c.name.label("to_name")
        )
        .join(lower, lower.c.org_id == remittance.c.from_org)
        .join(upper, upper.c.org_id == remittance.c.to_org)
    )


def _slip(work: Work, slip_id: str, *, lock: bool = False) -> Any:
    c = remittance.c
    statement = _selected().where(c.remittance_id == slip_id, c.county_id == work.caller.county_id)
    row = work.db.execute(statement.with_for_update(of=remittance) if lock else statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def _view(work: Work, row: Any) -> m.RemittanceView:
    number = ReceiptNumber(organisation_code(OrgPath(row.from_path)), row.year, row.running_number)
    return m.RemittanceView(
        id=row.remittance_id,
        number=f"上缴 {number.printed}",
        from_id=row.from_org,
        from_name=row.from_name,
        to_name=row.to_name,
        month=YearMonth.from_number(row.booked_month),
        amount_fen=row.amount_fen,
        online_fen=row.amount_fen - row.cash_fen,
        cash_fen=row.cash_fen,
        state=m.RemittanceState(row.state),
        made_at=row.made_at,
        arrived_at=row.arrived_at,
        made_by_me=row.made_by == work.caller.account_id,
    )
