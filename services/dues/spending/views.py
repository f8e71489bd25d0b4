"""Entries of spending as the offices that reach them see them; what was spent by class, and what is available. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, Role
from services.contracts.dues import messages as m
from services.contracts.values import MONTHS_PER_YEAR, OrgPath, YearMonth
from services.dues.acting import holder_names, office_names, reached_place
from services.dues.domain.spending import KEEP_NOTHING
from services.dues.profiles import profile_in_force
from services.dues.spending.holding import holding_of
from services.dues.storage.spending import PAYEE, PURPOSE, spending
from services.dues.storage.tables import organisation, posting, within

READERS = (*TREE_ADMINISTRATORS, Role.FINANCE)


def list_spending(work: Work, request: m.ListSpending) -> m.SpendingPage:
    """Entries of an organisation and all beneath it, newest first."""
    place = reached_place(work, request.org_id, *READERS)
    c = spending.c
    chosen = [c.county_id == work.caller.county_id, c.org_id.in_(_inside(place.path))]
    wanted = ((c.year, request.year), (c.spending_class, request.spending_class), (c.state, request.state))
    chosen += [column == value for column, value in wanted if value is not None]
    after = key_of(request.cursor, parse_id)
    if after is not None:
        chosen.append(c.spending_id < after[0])
    ordered = _selected().where(*chosen).order_by(c.spending_id.desc()).limit(request.limit + 1)
    rows, following = cut(work.db.execute(ordered).all(), request.limit, lambda row: (row.spending_id,))
    return m.SpendingPage(items=tuple(_views(work, rows)), next_cursor=following)


def get_spending_summary(work: Work, request: m.GetSpendingSummary) -> m.SpendingSummary:
    """By class, of the organisation and all beneath it; what is available is its own alone."""
    place = reached_place(work, request.org_id, *READERS)
    by_class = spent_by_class(work, place.path, request.year)
    c = spending.c
    waiting = work.db.execute(
        sa.select(sa.func.count().label("entries"), sa.func.coalesce(sa.func.sum(c.amount_fen), 0).label("fen")).where(
            c.county_id == work.caller.county_id,
            c.org_id.in_(_inside(place.path)),
            c.state == m.SpendingState.RECORDED.value,
        )
    ).one()
    holding = holding_of(work, place)
    return m.SpendingSummary(
        year=request.year,
        by_class=by_class,
        spent_fen=sum(one.amount_fen for one in by_class),
        waiting=int(waiting.entries),
        waiting_fen=int(waiting.fen),
        keeps_nothing=place.kind in KEEP_NOTHING,
        held_fen=holding.held_fen,
        set_aside_fen=holding.set_aside_fen,
        given_back_fen=holding.given_back_fen,
        available_fen=holding.available_fen,
        county_share=profile_in_force(work, work.month).shares.county,
    )


def spent_by_class(work: Work, path: OrgPath, year: int) -> tuple[m.SpentOnClass, ...]:
    """What was booked in a year less what was reversed in it, of the organisation at ``path`` and all beneath it; each class."""
    c, p = spending.c, posting.c
    in_year = p.booked_month.between(YearMonth(year, 1).number, YearMonth(year, MONTHS_PER_YEAR).number)

    def booked(posting_id: sa.ColumnElement[Any], sign: int) -> sa.Select[Any]:
        return (
            sa.select(c.spending_class, sa.literal(sign).label("entries"), (sign * p.amount_fen).label("fen"))
            .join(posting, p.posting_id == posting_id)
            .where(c.county_id == work.caller.county_id, c.org_id.in_(_inside(path)), in_year)
        )

    moved = sa.union_all(booked(c.posting_id, 1), booked(c.reversal_id, -1)).subquery()
    summed = sa.select(
        moved.c.spending_class,
        sa.func.sum(moved.c.entries).label("entries"),
        sa.cast(sa.func.sum(moved.c.fen), sa.BigInteger).label("fen"),
    ).group_by(moved.c.spending_class)
    found = {row.spending_class: row for row in work.db.execute(summed)}
    return tuple(
        m.SpentOnClass(
            spending_class=one,
            entries=found[one].entries if one in found else 0,
            amount_fen=found[one].fen if one in found else 0,
        )
        for one in m.SpendingClass
    )


def spending_view(work: Work, spending_id: str) -> m.SpendingView:
    """One entry. Whether the caller may see it is asked before."""
    (view,) = _views(work, work.db.execute(_selected().where(spending.c.spending_id == spending_id)).all())
    return view


def _inside(path: OrgPath) -> sa.Select[Any]:
    return sa.select(organisation.c.org_id).where(within(organisation.c.path, path))


def _selected() -> sa.Select[Any]:
    return sa.select(spending, organisation.c.name.label("org_name")).join(
        organisation, organisation.c.org_id == spending.c.org_id
    )


def _views(work: Work, rows: Sequence[Any]) -> list[m.SpendingView]:
    steps = ("recorded", "answered", "reversed")
    offices = office_names(work, [getattr(row, f"{step}_by_path") for row in rows for step in steps])
    holders = holder_names(work, [getattr(row, f"{step}_by_member") for row in rows for step in steps])
    payees = work.keys.open_many(PAYEE, [(row.spending_id, bytes(row.payee_sealed)) for row in rows])
    purposes = work.keys.open_many(PURPOSE, [(row.spending_id, bytes(row.purpose_sealed)) for row in rows])
    return [
        m.SpendingView(
            id=row.spending_id,
            org_id=row.org_id,
            org_name=row.org_name,
            spending_class=m.SpendingClass(row.spending_class),
            amount_fen=row.amount_fen,
            spent_on=row.spent_on,
            payee=payee,
            purpose=purpose,
            voucher_number=row.voucher_number,
            deciding_body=row.deciding_body,
            decided_on=row.decided_on,
            state=m.SpendingState(row.state),
            year=row.year,
            booked_month=YearMonth.from_number(row.booked_month) if row.booked_month else None,
            recorded_by=offices.get(row.recorded_by_path, ""),
            recorded_by_name=holders.get(row.recorded_by_member, ""),
            recorded_by_me=row.recorded_by == work.caller.account_id,
            recorded_at=row.recorded_at,
            answered_by=offices.get(row.answered_by_path, ""),
            answered_by_name=holders.get(row.answered_by_member, ""),
            answered_at=row.answered_at,
            reversed_by=offices.get(row.reversed_by_path, ""),
            reversed_by_name=holders.get(row.reversed_by_member, ""),
            reversed_at=row.reversed_at,
            reason=row.reason,
        )
        for row, payee, purpose in zip(rows, payees, purposes, strict=True)
    ]
