"""The collection report: an organisation's month, class by class, channel by channel, and what lies beneath it (REG-8, BOOK-5).

Reads the totals alone, never payments or obligations, so that it costs the same at a thousand and at a million payments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, Role
from services.contracts.dues import messages as m
from services.contracts.members.messages import OrgKind
from services.contracts.values import OrgPath, org_path
from services.dues.domain.collection import rate
from services.dues.storage.tables import LTree, organisation, within
from services.dues.storage.totals import collection_total, owed_total

READERS = (*TREE_ADMINISTRATORS, Role.FINANCE)
MOST_WAITING = 10_000
"""What waits to be folded is counted up to here; more is a job that stands still."""
_OWED = ("members", "exempt", "unassessed", "paid_members", "owed_fen", "paid_fen")
_IN = ("payments", "received_fen", "on_behalf_fen")
_ALL = (*_OWED, *_IN, "booked_fen")
_Select = sa.Select[Any]


def organisation_in_reach(work: Work, org_id: str) -> Any:
    """The organisation's row. Raises NotFound for what is out of reach or absent."""
    c = organisation.c
    there = sa.select(c.org_id, c.name, c.kind, c.path, c.parent_id)
    row = work.db.execute(there.where(c.org_id == org_id, c.county_id == work.caller.county_id)).one_or_none()
    require_reach(work.caller, OrgPath(row.path) if row else None, *READERS)
    return row


def get_collection(work: Work, request: m.GetCollection) -> m.Collection:
    """One month of an organisation's subtree, with a page of the organisations beneath it."""
    org = organisation_in_reach(work, request.org_id)
    by_class = _by_class(work, request, org.path)
    by_way = _by_way(work, request, org.path)
    rows, next_cursor = _rows(work, request, org)
    above = org.path.rpartition(".")[0]
    visible = bool(above) and work.caller.reaches(OrgPath(above), *READERS)
    return m.Collection(
        org_id=org.org_id,
        org_name=org.name,
        kind=OrgKind(org.kind),
        parent_id=org.parent_id if visible else None,
        month=request.month,
        whole=_figures(_summed(by_class)),
        by_class=tuple(m.ClassFigures(member_class=row.member_class, figures=_figures(row)) for row in by_class),
        by_way=by_way,
        rows=tuple(_row(row) for row in rows),
        next_cursor=next_cursor,
        waiting=_waiting(work),
    )


def _figures(row: Any) -> m.CollectionFigures:
    get = row.get if isinstance(row, dict) else lambda name: getattr(row, name)
    told = {name: int(get(name) or 0) for name in _ALL}
    asked = told["members"] - told["exempt"] - told["unassessed"]
    return m.CollectionFigures(
        **told,
        member_rate=rate(told["paid_members"], asked),
        money_rate=rate(told["paid_fen"], told["owed_fen"]),
        on_behalf_rate=rate(told["on_behalf_fen"], told["received_fen"]),
    )


def _summed(rows: Iterable[Any]) -> dict[str, int]:
    found = list(rows)
    return {name: sum(int(getattr(row, name) or 0) for row in found) for name in _ALL}


def _row(row: Any) -> m.CollectionRow:
    return m.CollectionRow(
        org_id=row.org_id,
        org_name=row.name,
        kind=OrgKind(row.kind),
        has_children=OrgKind(row.kind) not in (OrgKind.BRANCH, OrgKind.GROUP),
        figures=_figures(row),
    )


def _beneath(work: Work, path: str, place: sa.ColumnElement[Any]) -> sa.CTE:
    """Every organisation of the subtree, with the place to whose sums it belongs."""
    c = organisation.c
    inside = sa.select(c.org_id, place.label("place"))
    return inside.where(c.county_id == work.caller.county_id, within(c.path, path)).cte("beneath")


def _sums(work: Work, request: m.GetCollection, by: str, beneath: sa.CTE) -> tuple[_Select, _Select, _Select]:
    """What is owed, what came in for the month, and what was booked in it: each grouped by a column of ``beneath`` or a total."""
    month, county = request.month.number, work.caller.county_id
    o, c = owed_total.c, collection_total.c

    def grouped(table: sa.Table, *figures: sa.ColumnElement[Any]) -> _Select:
        key = (beneath.c.place if by == "place" else table.c.member_class).label("key")
        joined = sa.select(key, *figures).join(beneath, beneath.c.org_id == table.c.branch_id)
        if request.member_class is not None:
            joined = joined.where(table.c.member_class == request.member_class.value)
        return joined.where(table.c.county_id == county).group_by(key)

    owed = grouped(owed_total, *(sa.func.sum(o[name]).label(name) for name in _OWED)).where(o.month == month)
    behalf = sa.func.sum(c.amount_fen).filter(c.on_behalf)
    received = grouped(
        collection_total,
        sa.func.sum(c.payments).label("payments"),
        sa.func.sum(c.amount_fen).label("received_fen"),
        sa.func.coalesce(behalf, 0).label("on_behalf_fen"),
    ).where(c.paid_month == month, *_narrowed(request))
    booked = grouped(collection_total, sa.func.sum(c.amount_fen).label("booked_fen"))
    return owed, received, booked.where(c.booked_month == month, *_narrowed(request))


def _narrowed(request: m.GetCollection) -> Sequence[sa.ColumnElement[bool]]:
    c = collection_total.c
    wanted = []
    if request.on_behalf is not None:
        wanted.append(c.on_behalf == request.on_behalf)
    if request.channel is not None:
        wanted.append(c.channel == request.channel.value)
    return wanted


def _by_class(work: Work, request: m.GetCollection, path: str) -> Sequence[Any]:
    beneath = _beneath(work, path, sa.cast(sa.null(), sa.Text))
    owed, received, booked = (one.subquery() for one in _sums(work, request, "member_class", beneath))
    key = sa.func.coalesce(owed.c.key, received.c.key, booked.c.key)
    first = sa.join(owed, received, owed.c.key == received.c.key, full=True)
    joined = first.join(booked, booked.c.key == sa.func.coalesce(owed.c.key, received.c.key), full=True)
    figures = [owed.c[name] for name in _OWED] + [received.c[name] for name in _IN] + [booked.c.booked_fen]
    statement = sa.select(key.label("member_class"), *figures).select_from(joined).order_by(key)
    return work.db.execute(statement.limit(m.MAX_GROUPS)).all()


def _by_way(work: Work, request: m.GetCollection, path: str) -> tuple[m.WayFigures, ...]:
    """Through which channel the month was paid, and whether by oneself."""
    beneath, c = _beneath(work, path, sa.cast(sa.null(), sa.Text)), collection_total.c
    statement = (
        sa.select(
            c.channel,
            c.on_behalf,
            sa.cast(sa.func.sum(c.payments), sa.BigInteger).label("payments"),
            sa.cast(sa.func.sum(c.amount_fen), sa.BigInteger).label("amount_fen"),
        )
        .join(beneath, beneath.c.org_id == c.branch_id)
        .where(c.county_id == work.caller.county_id, c.paid_month == request.month.number, *_narrowed(request))
        .group_by(c.channel, c.on_behalf)
        .order_by(c.channel, c.on_behalf)
    )
    if request.member_class is not None:
        statement = statement.where(c.member_class == request.member_class.value)
    return tuple(
        m.WayFigures(
            channel=m.Channel(row.channel), on_behalf=row.on_behalf, payments=row.payments, amount_fen=row.amount_fen
        )
        for row in work.db.execute(statement.limit(m.MAX_GROUPS))
    )


def _rows(work: Work, request: m.GetCollection, org: Any) -> tuple[Sequence[Any], str | None]:
    """A page of the organisations beneath, in the order of the tree; one without figures stands there with none."""
    c = organisation.c
    branches = request.level is m.CollectionLevel.BRANCHES
    order = sa.cast(c.path, sa.Text)
    listed = c.kind == OrgKind.BRANCH.value if branches else c.parent_id == request.org_id
    wanted = (
        sa.select(c.org_id, c.name, c.kind, c.path.label("place"), order.label("path"))
        .where(c.county_id == work.caller.county_id, listed, c.kind != OrgKind.GROUP.value)
        .where(within(c.path, org.path), c.path != sa.cast(org.path, LTree))
        .order_by(order)
        .limit(request.limit + 1)
    )
    after = key_of(request.cursor, org_path)
    page = (wanted if after is None else wanted.where(order > after[0])).cte("page")
    if branches:  # the sums of this page alone: a county of a million members has twenty thousand branches
        beneath = sa.select(page.c.org_id, page.c.place).cte("beneath")
    else:
        depth = org.path.count(".") + 2
        beneath = _beneath(work, org.path, sa.func.subpath(c.path, 0, sa.func.least(depth, sa.func.nlevel(c.path))))
    owed, received, booked = (one.subquery() for one in _sums(work, request, "place", beneath))
    figures = [owed.c[name] for name in _OWED] + [received.c[name] for name in _IN] + [booked.c.booked_fen]
    statement = (
        sa.select(page, *figures)
        .outerjoin(owed, owed.c.key == page.c.place)
        .outerjoin(received, received.c.key == page.c.place)
        .outerjoin(booked, booked.c.key == page.c.place)
        .order_by(page.c.path)
    )
    return cut(work.db.execute(statement).all(), request.limit, lambda row: (row.path,))


def _waiting(work: Work) -> int:
    waits = sa.text(
        "SELECT count(*) FROM (SELECT FROM posting_unfolded WHERE county_id = :county LIMIT :most) AS waits"
    )
    return int(work.db.scalar(waits, {"county": work.caller.county_id, "most": MOST_WAITING}) or 0)
