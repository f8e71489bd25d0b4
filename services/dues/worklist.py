"""A branch's work list for a month: its members, what is still to assess first, then what is to collect (PAY-8).

Amounts, never a base. Reads only; assessing is ``assessments``.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.ids import parse_id
from services.chassis.pages import clean_text, cut, key_of, whole
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS
from services.contracts.dues import messages as m
from services.contracts.members.messages import MemberClass, MemberStatus
from services.contracts.values import OrgPath, YearMonth
from services.dues.owed import held_line
from services.dues.storage.month_tables import standing_delay
from services.dues.storage.tables import dues_month, member, obligation, of_branch_beneath, organisation

_S = m.MonthItemState
_PLACES = {
    each: place
    for place, each in enumerate(
        (_S.UNASSESSED, _S.UNDERPAID, _S.DUE, _S.RESERVED, _S.DELAYED, _S.AHEAD, _S.PAID, _S.EXEMPT)
    )
}
"""The order of the list: what the branch has to do comes first."""
_OF_THE_BRANCH = (MemberStatus.FULL.value, MemberStatus.PROBATIONARY.value, MemberStatus.SUSPENDED.value)


def list_member_months(work: Work, request: m.ListMemberMonths) -> m.MemberMonthPage:
    """The members under an organisation and how their month stands."""
    there = sa.select(organisation.c.path).where(
        organisation.c.org_id == request.org_id, organisation.c.county_id == work.caller.county_id
    )
    path = require_reach(work.caller, work.db.scalar(there), *TREE_ADMINISTRATORS)
    listed = _listed(work.caller.county_id, path, request.month).subquery()
    c, member_id = listed.c, sa.cast(listed.c.member_id, sa.Text)
    statement = sa.select(listed)
    if request.state is not None:
        statement = statement.where(c.place == _PLACES.get(request.state, -1))
    after = key_of(request.cursor, whole, clean_text, parse_id)
    if after is not None:
        statement = statement.where(sa.tuple_(c.place, c.name, member_id) > sa.tuple_(*after))
    ordered = statement.order_by(c.place, c.name, member_id).limit(request.limit + 1)
    found = work.db.execute(ordered).all()
    rows, following = cut(found, request.limit, lambda row: (row.place, row.name, row.member_id))
    states = {place: state for state, place in _PLACES.items()}
    names = _branch_names(work, {row.branch_id for row in rows})
    items = tuple(
        m.MemberMonth(
            member_id=row.member_id,
            name=row.name,
            member_class=MemberClass(row.member_class),
            status=MemberStatus(row.status),
            month=request.month,
            state=states[row.place],
            amount_fen=row.amount_fen,
            paid_fen=row.paid_fen,
            branch_name=names.get(row.branch_id, ""),
        )
        for row in rows
    )
    return m.MemberMonthPage(items=items, next_cursor=following)


def _branch_names(work: Work, branch_ids: set[str]) -> dict[str, str]:
    """Of one page: no more branches than lines."""
    named = sa.select(organisation.c.org_id, organisation.c.name).where(organisation.c.org_id.in_(branch_ids))
    return {row.org_id: row.name for row in work.db.execute(named)}


def _listed(county_id: str, path: OrgPath, month: YearMonth) -> sa.CompoundSelect[tuple[object, ...]]:
    """Who owes the month to a branch under ``path``, and who is there now and owes nothing."""
    o, c = obligation.c, member.c
    place = sa.case(
        (held_line(o.member_id, o.month), _PLACES[_S.RESERVED]),
        (o.amount_fen.is_(None), _PLACES[_S.UNASSESSED]),
        (o.amount_fen == 0, _PLACES[_S.EXEMPT]),
        (o.paid_fen >= o.amount_fen, _PLACES[_S.PAID]),
        (standing_delay(o.member_id, o.month), _PLACES[_S.DELAYED]),
        (o.paid_fen > 0, _PLACES[_S.UNDERPAID]),
        (o.ahead, _PLACES[_S.AHEAD]),
        else_=_PLACES[_S.DUE],
    )
    owing = (
        sa.select(
            *(place.label("place"), c.name, c.member_id, o.branch_id),
            *(o.member_class, c.status, o.amount_fen, o.paid_fen),
        )
        .join(member, c.member_id == o.member_id)
        .where(o.county_id == county_id, o.month == month.number, of_branch_beneath(o.branch_id, path))
    )
    opened = sa.exists().where(
        dues_month.c.county_id == county_id,
        dues_month.c.month == month.number,
        dues_month.c.state != m.MonthState.DRAFT.value,
    )
    any_obligation = sa.exists().where(o.member_id == c.member_id, o.month == month.number)
    nothing = sa.literal(0, sa.BigInteger)
    exempt = sa.select(
        *(sa.literal(_PLACES[_S.EXEMPT], sa.Integer), c.name, c.member_id, c.branch_id),
        *(c.member_class, c.status, nothing, nothing),
    ).where(
        c.county_id == county_id,
        of_branch_beneath(c.branch_id, path),
        c.status.in_(_OF_THE_BRANCH),
        opened,
        sa.not_(any_obligation),
    )
    return sa.union_all(owing, exempt)
