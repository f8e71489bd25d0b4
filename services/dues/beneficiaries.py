"""Whom a payer may pay for, as lists: his household, his village, the people he found and kept (PAY-7).

Amounts and months, never a base; the names of people found by phone stay shortened.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.access import member_of
from services.chassis.ids import parse_id
from services.chassis.pages import clean_text, cut, key_of
from services.chassis.work import Work
from services.contracts.common import Nothing
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.contracts.members.messages import MemberStatus
from services.contracts.values import MemberId
from services.dues.owed import owed_sum, payable_members, read_months, receipts_seen, shown_months, shown_names
from services.dues.profiles import read_profiles
from services.dues.storage.tables import beneficiary, member, organisation

MAX_KEPT = 200
"""People whom one payer keeps; the ones added longest ago make room."""
_GONE = (MemberStatus.REMOVED.value, MemberStatus.TRANSFERRED_OUT.value)


def list_beneficiaries(work: Work, request: m.ListBeneficiaries) -> m.BeneficiaryPage:
    """One group of people whom the caller may pay for, by name."""
    payer_id = member_of(work.caller)
    c, payer = member.c, member.alias("payer")
    statement = (
        sa.select(c.member_id, c.name)
        .join(payer, payer.c.county_id == c.county_id)
        .where(payer.c.member_id == payer_id, c.county_id == work.caller.county_id, c.member_id != payer_id)
        .where(c.status.not_in(_GONE), _in_group(request.group, payer))
    )
    if request.query:
        statement = statement.where(c.name.contains(request.query, autoescape=True))
    after = key_of(request.cursor, clean_text, parse_id)
    if after is not None:
        statement = statement.where(sa.tuple_(c.name, sa.cast(c.member_id, sa.Text)) > sa.tuple_(*after))
    ordered = statement.order_by(c.name, sa.cast(c.member_id, sa.Text))
    found = work.db.execute(ordered.limit(request.limit + 1)).all()
    rows, following = cut(found, request.limit, lambda row: (row.name, row.member_id))
    items = _shown(work, payer_id, [row.member_id for row in rows])
    return m.BeneficiaryPage(items=items, next_cursor=following)


def _in_group(group: m.BeneficiaryGroup, payer: sa.FromClause) -> sa.ColumnElement[bool]:
    match group:
        case m.BeneficiaryGroup.HOUSEHOLD:
            return sa.and_(member.c.household == payer.c.household, member.c.household != "")
        case m.BeneficiaryGroup.VILLAGE:
            return member.c.branch_id == payer.c.branch_id
        case m.BeneficiaryGroup.FAVOURITES:
            kept = sa.select(beneficiary.c.member_id).where(
                beneficiary.c.payer_id == payer.c.member_id, beneficiary.c.favourite
            )
            return member.c.member_id.in_(kept.correlate(payer))


def _shown(work: Work, payer_id: str, member_ids: Sequence[str]) -> tuple[m.Beneficiary, ...]:
    """These people in this order, each with his months."""
    if not member_ids:
        return ()
    months = read_months(work, member_ids, work.month, read_profiles(work).at(work.month))
    receipts = receipts_seen(work, payer_id, member_ids)
    names = shown_names(work, payer_id, member_ids)
    chosen = sa.select(beneficiary.c.member_id).where(
        beneficiary.c.payer_id == payer_id, beneficiary.c.member_id.in_(member_ids), beneficiary.c.favourite
    )
    favourites = set(work.db.scalars(chosen))
    branch = (
        sa.select(member.c.member_id, sa.func.coalesce(organisation.c.name, member.c.branch_path.cast(sa.Text)))
        .outerjoin(organisation, organisation.c.org_id == member.c.branch_id)
        .where(member.c.member_id.in_(member_ids))
    )
    branches: dict[str, str] = dict(tuple(row) for row in work.db.execute(branch))
    shown = []
    for member_id in member_ids:
        own = months[MemberId(member_id)]
        opened, ahead = shown_months(member_id, own, receipts)
        shown.append(
            m.Beneficiary(
                member_id=member_id,
                name=names[MemberId(member_id)],
                branch_name=branches[member_id],
                favourite=member_id in favourites,
                owed_fen=owed_sum(own)[0],
                months=opened,
                ahead=ahead,
            )
        )
    return tuple(shown)


def add_beneficiaries(work: Work, request: m.AddBeneficiaries) -> m.Beneficiaries:
    """Keeps people whom the members service found for the caller by full name and phone tail."""
    payer_id = member_of(work.caller)
    wanted = [member_id for member_id in dict.fromkeys(request.member_ids) if member_id != payer_id]
    known = sa.select(member.c.member_id).where(
        member.c.member_id.in_(wanted), member.c.county_id == work.caller.county_id
    )
    there = set(work.db.scalars(known))
    kept = [member_id for member_id in wanted if member_id in there]
    _keep(work, payer_id, kept)
    return m.Beneficiaries(items=_shown(work, payer_id, kept))


def set_favourite(work: Work, request: m.SetFavourite) -> Nothing:
    """Keeps somebody whom the caller may pay for in his list, or takes him from it."""
    payer_id = member_of(work.caller)
    if request.member_id == payer_id or not payable_members(work, payer_id, [request.member_id]):
        raise NotFound
    if request.favourite:
        _keep(work, payer_id, [request.member_id])
        return Nothing()
    own = sa.and_(beneficiary.c.payer_id == payer_id, beneficiary.c.member_id == request.member_id)
    # The row goes: who was found by phone must be found anew, so that a list that was cleared gives no right.
    work.db.execute(sa.delete(beneficiary).where(own))
    return Nothing()


def _keep(work: Work, payer_id: str, member_ids: Sequence[str]) -> None:
    if not member_ids:
        return
    rows = [
        {"payer_id": payer_id, "member_id": member_id, "favourite": True, "added_at": work.now}
        for member_id in sorted(member_ids)
    ]
    statement = pg.insert(beneficiary).values(rows)
    again = {"favourite": statement.excluded.favourite, "added_at": statement.excluded.added_at}
    work.db.execute(statement.on_conflict_do_update(index_elements=["payer_id", "member_id"], set_=again))
    c = beneficiary.c
    oldest = (
        sa.select(c.member_id).where(c.payer_id == payer_id).order_by(c.added_at.desc(), c.member_id).offset(MAX_KEPT)
    )
    work.db.execute(sa.delete(beneficiary).where(c.payer_id == payer_id, c.member_id.in_(oldest)))
