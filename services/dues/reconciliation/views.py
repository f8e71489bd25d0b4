"""Days, differences and bills as their messages, one at a time and by the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.work import Work
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.dues.domain import reconciliation as rules
from services.dues.storage.reconciliation import day_bill, difference, difference_step, reconciliation
from services.dues.storage.tables import orders

_NEVER: Mapping[str, Any] = (
    {column.name: 0 for column in reconciliation.c if isinstance(column.type, sa.Integer)}
    | dict.fromkeys(("next_try_at", "matched_at", "bill_id"), None)
    | {"failure": ""}
)
"""A day that nobody has asked for yet."""


def bill_view(row: Any) -> m.BillView:
    return m.BillView(
        id=row.bill_id,
        day=row.day,
        source=m.BillSource(row.source),
        state=m.BillState(row.state),
        refusal=row.refusal,
        refusal_line=row.refusal_line,
        name=row.file_name,
        no_trade=row.file_sha256 is None,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def reconciliation_view(work: Work, day: date) -> m.ReconciliationView:
    """One day with its latest bills; a day never asked for stands at nothing."""
    mine = sa.select(reconciliation).where(
        reconciliation.c.county_id == work.caller.county_id, reconciliation.c.day == day
    )
    found = work.db.execute(mine).mappings().one_or_none()
    row = dict(found) if found is not None else {**_NEVER, "day": day}
    bills = sa.select(day_bill).where(day_bill.c.county_id == work.caller.county_id, day_bill.c.day == day)
    latest = work.db.execute(bills.order_by(day_bill.c.bill_id.desc()).limit(m.MAX_BILLS_SHOWN)).all()
    return day_view(row, _counts(work, [day]).get(day, {}), [bill_view(bill) for bill in latest])


def day_views(work: Work, rows: Sequence[Any]) -> list[m.ReconciliationView]:
    """Many days, each with its latest bill."""
    wanted = [row["day"] for row in rows]
    counts = _counts(work, wanted)
    latest = (
        sa.select(day_bill)
        .ext(pg.distinct_on(day_bill.c.day))
        .where(day_bill.c.county_id == work.caller.county_id, day_bill.c.day.in_(wanted))
        .order_by(day_bill.c.day, day_bill.c.bill_id.desc())
    )
    bills = {bill.day: bill_view(bill) for bill in work.db.execute(latest)}
    return [
        day_view(row, counts.get(row["day"], {}), [bills[row["day"]]] if row["day"] in bills else []) for row in rows
    ]


def day_view(row: Mapping[str, Any], counts: Mapping[str, int], bills: Sequence[m.BillView]) -> m.ReconciliationView:
    return m.ReconciliationView(
        day=row["day"],
        state=_state(row, counts.get("open", 0)),
        failure=row["failure"],
        tries=row["tries"],
        next_try_at=row["next_try_at"],
        matched_at=row["matched_at"],
        bill_payments=row["bill_payments"],
        bill_payment_fen=row["bill_payment_fen"],
        bill_refunds=row["bill_refunds"],
        bill_refund_fen=row["bill_refund_fen"],
        ledger_payments=row["ledger_payments"],
        ledger_payment_fen=row["ledger_payment_fen"],
        matched=row["matched"],
        only_in_bill=counts.get("only_in_bill", 0),
        only_in_ledger=counts.get("only_in_ledger", 0),
        differs=counts.get("differs", 0),
        open=counts.get("open", 0),
        bills=tuple(bills),
    )


def _state(row: Mapping[str, Any], open_ones: int) -> m.ReconciliationState:
    if row["matched_at"] is None:
        return m.ReconciliationState.FAILING if row["failure"] else m.ReconciliationState.WAITING
    return m.ReconciliationState.DIFFERS if open_ones else m.ReconciliationState.AGREED


def _counts(work: Work, wanted: Sequence[date]) -> dict[date, dict[str, int]]:
    by_list = (
        sa.select(
            difference.c.day,
            difference.c.list,
            sa.func.count().label("count"),
            sa.func.count().filter(difference.c.state == "open").label("open"),
        )
        .where(
            difference.c.county_id == work.caller.county_id,
            difference.c.day.in_(wanted),
            difference.c.state != "gone",
        )
        .group_by(difference.c.day, difference.c.list)
    )
    found: dict[date, dict[str, int]] = {}
    for row in work.db.execute(by_list):
        of_day = found.setdefault(row.day, {"open": 0})
        of_day[row.list] = int(row._mapping["count"])
        of_day["open"] += int(row.open)
    return found


def differences(work: Work, chosen: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Differences of the county beside their orders as they stand now."""
    return (
        sa.select(difference, orders.c.state.label("order_state"))
        .outerjoin(orders, orders.c.order_id == difference.c.order_id)
        .where(difference.c.county_id == work.caller.county_id, chosen)
    )


def difference_view(work: Work, row: Any) -> m.DifferenceView:
    is_open = row.state == m.DifferenceState.OPEN
    return m.DifferenceView(
        id=row.difference_id,
        day=row.day,
        kind=m.DifferenceKind(row.kind),
        list=m.DifferenceList(row.list),
        state=m.DifferenceState(row.state),
        transaction_id=row.transaction_id,
        order_no=row.order_no,
        order_id=row.order_id,
        order_state=row.order_state or "",
        refund_no=row.refund_no,
        bill_fen=row.bill_fen,
        ledger_fen=row.ledger_fen,
        bill_state=row.bill_state,
        ledger_state=row.ledger_state,
        bill_at=row.bill_at,
        ledger_at=row.ledger_at,
        noticed_at=row.noticed_at,
        may_settle=is_open and rules.DifferenceKind(row.kind) in rules.TO_SETTLE,
        reason=m.DifferenceReason(row.reason) if row.reason else None,
        words=row.words,
        resolved_at=row.resolved_at,
        resolved_by_me=row.resolved_by is not None and row.resolved_by == work.caller.account_id,
    )


def difference_detail(work: Work, difference_id: str) -> m.DifferenceDetail:
    row = work.db.execute(differences(work, difference.c.difference_id == difference_id)).one_or_none()
    if row is None:
        raise NotFound
    steps = sa.select(difference_step).where(difference_step.c.difference_id == difference_id)
    latest = work.db.execute(steps.order_by(difference_step.c.step_id.desc()).limit(m.MAX_STEPS_SHOWN)).all()
    return m.DifferenceDetail(
        difference=difference_view(work, row),
        steps=tuple(
            m.DifferenceStep(
                step=m.StepKind(step.step),
                reason=step.reason,
                words=step.words,
                by_me=step.by_account == work.caller.account_id,
                at=step.done_at,
            )
            for step in latest
        ),
    )
