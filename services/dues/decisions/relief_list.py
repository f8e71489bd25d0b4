"""Reliefs as lists and lines: what waits for whom, and what was paid beyond one (DUE-11). Reads only."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.dues import messages as m
from services.contracts.values import OrgPath, YearMonth
from services.dues.acting import decides_at, holder_names, office_names, reached_place, superior_of
from services.dues.domain.relief import MAX_RELIEF_MONTHS
from services.dues.storage.month_tables import relief
from services.dues.storage.tables import member, obligation, of_branch_beneath, organisation

MAX_SUPERIORS = 100
"""Offices of one caller beneath which reliefs may wait for him."""


def list_reliefs(work: Work, request: m.ListReliefs) -> m.ReliefPage:
    """Reliefs of the branches beneath an organisation, the newest first; with ``mine`` those that wait for the caller."""
    place = reached_place(work, request.org_id)
    after = key_of(request.cursor, parse_id)
    chosen = of_branch_beneath(relief.c.branch_id, place.path)
    if request.mine:
        chosen = sa.and_(chosen, relief.c.state == m.ReliefState.WAITING.value, _mine(work, place.path))
    elif request.state is not None:
        chosen = sa.and_(chosen, relief.c.state == request.state.value)
    if after is not None:
        chosen = sa.and_(chosen, relief.c.relief_id < after[0])
    found = relief_views(work, chosen, request.limit + 1)
    rows, following = cut(found, request.limit, lambda one: (one.id,))
    return m.ReliefPage(items=tuple(rows), next_cursor=following)


def _mine(work: Work, path: OrgPath) -> sa.ColumnElement[bool]:
    """Of branches whose next superior the caller is."""
    waiting = (
        sa.select(organisation.c.org_id, sa.cast(organisation.c.path, sa.Text).label("path"))
        .join(relief, relief.c.branch_id == organisation.c.org_id)
        .where(relief.c.state == m.ReliefState.WAITING.value, of_branch_beneath(organisation.c.org_id, path))
        .distinct()
        .limit(MAX_SUPERIORS)
    )
    branches = [row.org_id for row in work.db.execute(waiting) if _answers(work, OrgPath(row.path))]
    return relief.c.branch_id.in_(branches)


def _answers(work: Work, branch_path: OrgPath) -> bool:
    return decides_at(work.caller, superior_of(work, branch_path))


def relief_views(work: Work, chosen: sa.ColumnElement[bool], limit: int = 1) -> list[m.ReliefView]:
    """These reliefs, the newest first."""
    c = relief.c
    statement = (
        sa.select(
            relief,
            member.c.name,
            organisation.c.name.label("branch_name"),
            sa.cast(organisation.c.path, sa.Text).label("path"),
        )
        .join(member, member.c.member_id == c.member_id)
        .outerjoin(organisation, organisation.c.org_id == c.branch_id)
        .where(chosen, c.county_id == work.caller.county_id)
        .order_by(c.relief_id.desc())
        .limit(limit)
    )
    rows = work.db.execute(statement).all()
    offices = office_names(work, [path for row in rows for path in (row.entered_by_path, row.answered_by_path)])
    holders = holder_names(work, [one for row in rows for one in (row.entered_by_member, row.answered_by_member)])
    overpaid = _overpaid(work, [row.relief_id for row in rows])
    answers = {path: _answers(work, OrgPath(path)) for path in {row.path for row in rows if row.path}}
    return [
        _view(work, row, offices, holders, overpaid.get(row.relief_id, ()), mine=answers.get(row.path, False))
        for row in rows
    ]


def _overpaid(work: Work, relief_ids: list[str]) -> dict[str, tuple[m.Overpaid, ...]]:
    """Months for which more was paid than their relief asks for."""
    o, c = obligation.c, relief.c
    statement = (
        sa.select(o.relief_id, o.month, o.paid_fen, (o.paid_fen - c.monthly_fen).label("over_fen"))
        .join(relief, c.relief_id == o.relief_id)
        .where(c.relief_id.in_(relief_ids), o.member_id == c.member_id, o.month.between(c.from_month, c.holds_to))
        .where(o.paid_fen > sa.func.least(c.monthly_fen, o.full_fen))
        .order_by(o.month)
        .limit(max(len(relief_ids), 1) * MAX_RELIEF_MONTHS)
    )
    found: dict[str, tuple[m.Overpaid, ...]] = {}
    for row in work.db.execute(statement):
        one = m.Overpaid(month=YearMonth.from_number(row.month), paid_fen=row.paid_fen, over_fen=row.over_fen)
        found[row.relief_id] = (*found.get(row.relief_id, ()), one)
    return found


def _view(
    work: Work,
    row: Any,
    offices: dict[str | None, str],
    holders: dict[str | None, str],
    overpaid: tuple[m.Overpaid, ...],
    *,
    mine: bool,
) -> m.ReliefView:
    waiting = row.state == m.ReliefState.WAITING.value
    return m.ReliefView(
        id=row.relief_id,
        member_id=row.member_id,
        name=row.name,
        branch_name=row.branch_name or "",
        kind=m.ReliefKind(row.kind),
        monthly_fen=row.monthly_fen,
        from_month=YearMonth.from_number(row.from_month),
        to_month=YearMonth.from_number(row.to_month),
        ends_with=YearMonth.from_number(row.holds_to) if row.holds_to >= row.from_month else None,
        reason=row.reason,
        state=m.ReliefState(row.state),
        decided_on=row.decided_on,
        entered_by=offices.get(row.entered_by_path, ""),
        entered_by_name=holders.get(row.entered_by_member, ""),
        entered_at=row.entered_at,
        answered_on=row.answered_on,
        answered_by=offices.get(row.answered_by_path, ""),
        answered_by_name=holders.get(row.answered_by_member, ""),
        answer_words=row.answer_words or "",
        end_words=row.end_words or "",
        mine_to_answer=waiting and mine and row.entered_by != work.caller.account_id,
        overpaid=overpaid,
    )
