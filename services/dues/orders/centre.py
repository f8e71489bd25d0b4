"""Extras of a thousand yuan or more: marked when they are paid, then followed until the centre's receipt has come (PAY-6).

Holds the member's short particulars as they were on that day, and no identity number. Notes that money was passed up and posts
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.common import ById
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.members.messages import MemberClass
from services.dues.domain.extra import CentreState, advance
from services.dues.domain.refusal import Refusal
from services.dues.orders import store
from services.dues.refusals import refused
from services.dues.storage.cash import centre_extra
from services.dues.storage.tables import member, of_branch_beneath


def mark(work: Work, orders: Sequence[store.Order]) -> None:
    """Marks those of the paid orders whose extra goes to the centre; with the payment, so never twice and never forgotten."""
    extras = [(order, order.extra) for order in orders if order.extra is not None and order.extra.is_for_centre]
    if not extras:
        return
    givers = sa.select(member.c.member_id, member.c.name, member.c.member_class).where(
        member.c.member_id.in_({extra.member_id for _, extra in extras})
    )
    people = {row.member_id: row for row in work.db.execute(givers)}
    branches = store.org_names(work.db, [extra.branch_id for _, extra in extras])
    rows = [
        {
            "order_id": order.order_id,
            "county_id": order.county_id,
            "member_id": extra.member_id,
            "branch_id": extra.branch_id,
            "member_name": people[extra.member_id].name,
            "branch_name": branches[extra.branch_id],
            "member_class": people[extra.member_id].member_class,
            "amount_fen": extra.amount_fen,
            "paid_on": work.today,
            "state": CentreState.COLLECTED.value,
        }
        for order, extra in extras
    ]
    work.db.execute(sa.insert(centre_extra), rows)


def list_centre_extras(work: Work, request: m.ListCentreExtras) -> m.CentreExtraPage:
    """The extras of an organisation and all beneath it, newest first."""
    path = store.org_path(work.db, request.org_id)
    reached = require_reach(work.caller, path, Role.FINANCE, Role.COUNTY_ADMIN)
    after = key_of(request.cursor, parse_id)
    c = centre_extra.c
    statement = sa.select(centre_extra).where(of_branch_beneath(c.branch_id, reached))
    if request.state is not None:
        statement = statement.where(c.state == request.state.value)
    if after is not None:
        statement = statement.where(c.order_id < after[0])
    found = work.db.execute(statement.order_by(c.order_id.desc()).limit(request.limit + 1)).all()
    rows, following = cut(found, request.limit, lambda row: (row.order_id,))
    return m.CentreExtraPage(items=tuple(_view(row) for row in rows), next_cursor=following)


def pass_on_extra(work: Work, request: ById) -> m.CentreExtra:
    """Notes that the whole extra went up to the superior level."""
    return _advance(work, request.id, CentreState.PASSED_ON, passed_on_at=work.now)


def enter_centre_receipt(work: Work, request: m.EnterCentreReceipt) -> m.CentreExtra:
    """Notes the number of the receipt that the centre has issued."""
    number = {"centre_receipt": request.number, "receipted_at": work.now}
    return _advance(work, request.id, CentreState.RECEIPTED, **number)


def _advance(work: Work, order_id: str, wanted: CentreState, **changes: Any) -> m.CentreExtra:
    own = sa.select(centre_extra).where(centre_extra.c.order_id == order_id)
    row = work.db.execute(own.with_for_update()).one_or_none()
    path = None if row is None else store.org_path(work.db, row.branch_id)
    reached = require_reach(work.caller, path, Role.FINANCE)
    assert row is not None, "what is absent has no path"
    after = advance(CentreState(row.state), wanted)
    if isinstance(after, Refusal):
        raise refused(e.ExtraState, after)
    changed = sa.update(centre_extra).where(centre_extra.c.order_id == order_id).values(state=after.value, **changes)
    work.audit(f"extra_{after.value}", "centre_extra", order_id, path=reached, about_member_id=row.member_id)
    return _view(work.db.execute(changed.returning(*centre_extra.c)).one())


def _view(row: Any) -> m.CentreExtra:
    return m.CentreExtra(
        id=row.order_id,
        member_name=row.member_name,
        branch_name=row.branch_name,
        member_class=MemberClass(row.member_class),
        amount_fen=row.amount_fen,
        paid_on=row.paid_on,
        state=m.CentreExtraState(row.state),
        passed_on_at=row.passed_on_at,
        centre_receipt=row.centre_receipt,
        receipted_at=row.receipted_at,
    )
