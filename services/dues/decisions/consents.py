"""Consent: paying quarterly, through others, or back beyond the limit, dated and by a person (PAY-2, PAY-3).

A back payment beyond the limit also needs the note of the branch's next superior, by another account. The first two are
recorded; whether an order on behalf demands one is a setting of the rule profile (``on_behalf_needs_consent``, off: PAY-7
lets any member pay).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from services.chassis.access import require_reach
from services.chassis.ids import new_id, parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.dues import messages as m
from services.contracts.dues.errors import ConsentRefused
from services.contracts.errors import NotFound
from services.contracts.values import MemberId, OrgPath, YearMonth
from services.dues.acting import (
    acted,
    decides_at,
    find_place,
    holder_names,
    office_names,
    reached_place,
    superior_of,
)
from services.dues.standings import read_members
from services.dues.storage.month_tables import consent
from services.dues.storage.tables import member, of_branch_beneath, organisation

MAX_CONSENT_MONTHS = 60
"""Longer arrears than five years are no matter of a consent."""
_BACK = m.ConsentKind.BACK_PAYMENT.value


def record_consent(work: Work, request: m.RecordConsent) -> m.ConsentView:
    """Enters what the branch agreed to."""
    row = read_members(work, [request.member_id]).get(request.member_id)
    path = require_reach(work.caller, row and OrgPath(row.branch_path), Role.BRANCH_ADMIN)
    assert row is not None, "what is not there is out of everybody's reach"
    length = request.from_month.months_until(request.to_month)
    if not 0 <= length < MAX_CONSENT_MONTHS:
        raise ConsentRefused(reason="period_backwards" if length < 0 else "period_too_long")
    if request.agreed_on > work.today:
        raise ConsentRefused(reason="date_in_future")
    consent_id = new_id()
    work.db.execute(
        sa.insert(consent).values(
            consent_id=consent_id,
            county_id=work.caller.county_id,
            member_id=request.member_id,
            branch_id=row.branch_id,
            kind=request.kind.value,
            from_month=request.from_month.number,
            to_month=request.to_month.number,
            agreed_on=request.agreed_on,
            words=request.words,
            entered_by_member=work.caller.member_id,
            entered_at=work.now,
            **acted(work, path, "entered"),
        )
    )
    work.audit("dues.consent_recorded", "consent", consent_id, path=path, about_member_id=request.member_id)
    return _views(work, consent.c.consent_id == consent_id)[0]


def _locked(work: Work, consent_id: str, *roles: Role) -> tuple[Any, OrgPath]:
    statement = sa.select(consent).where(
        consent.c.consent_id == consent_id, consent.c.county_id == work.caller.county_id
    )
    row = work.db.execute(statement.with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    place = find_place(work, row.branch_id)
    path = require_reach(work.caller, None if place is None else place.path, *roles)
    if row.withdrawn_at is not None:
        raise ConsentRefused(reason="withdrawn")
    return row, path


def note_consent(work: Work, request: m.NoteConsent) -> m.ConsentView:
    """The superior's note on a back payment; from then on the member may order these months."""
    row, path = _locked(work, request.id, Role.COMMITTEE_ADMIN, Role.COUNTY_ADMIN)
    superior = superior_of(work, path)
    if not decides_at(work.caller, superior):
        raise ConsentRefused(reason="not_next_superior")
    if row.kind != _BACK:
        raise ConsentRefused(reason="no_note_for_kind")
    if row.noted_at is not None:
        raise ConsentRefused(reason="already_noted")
    if row.entered_by == work.caller.account_id:
        raise ConsentRefused(reason="same_person")
    noted = acted(work, superior, "noted") | {"noted_by_member": work.caller.member_id, "noted_at": work.now}
    work.db.execute(
        sa.update(consent).values(note_words=request.words, **noted).where(consent.c.consent_id == request.id)
    )
    work.audit("dues.consent_noted", "consent", request.id, path=path, about_member_id=row.member_id)
    return _views(work, consent.c.consent_id == request.id)[0]


def withdraw_consent(work: Work, request: m.WithdrawConsent) -> m.ConsentView:
    """Takes a consent back; what was ordered under it stays ordered."""
    row, path = _locked(work, request.id, Role.BRANCH_ADMIN)
    gone = {"withdrawn_by": work.caller.account_id, "withdraw_words": request.words, "withdrawn_at": work.now}
    work.db.execute(sa.update(consent).values(**gone).where(consent.c.consent_id == request.id))
    work.audit("dues.consent_withdrawn", "consent", request.id, path=path, about_member_id=row.member_id)
    return _views(work, consent.c.consent_id == request.id)[0]


def list_consents(work: Work, request: m.ListConsents) -> m.ConsentPage:
    """Consents of the branches beneath an organisation, or of one member there, the newest first."""
    place = reached_place(work, request.org_id)
    after = key_of(request.cursor, parse_id)
    chosen = of_branch_beneath(consent.c.branch_id, place.path)
    if request.member_id is not None:
        chosen = sa.and_(chosen, consent.c.member_id == request.member_id)
    if after is not None:
        chosen = sa.and_(chosen, consent.c.consent_id < after[0])
    rows, following = cut(_views(work, chosen, request.limit + 1), request.limit, lambda one: (one.id,))
    return m.ConsentPage(items=tuple(rows), next_cursor=following)


def _views(work: Work, chosen: sa.ColumnElement[bool], limit: int = 1) -> list[m.ConsentView]:
    c = consent.c
    statement = (
        sa.select(consent, member.c.name, sa.cast(organisation.c.path, sa.Text).label("path"))
        .join(member, member.c.member_id == c.member_id)
        .outerjoin(organisation, organisation.c.org_id == c.branch_id)
        .where(chosen, c.county_id == work.caller.county_id)
        .order_by(c.consent_id.desc())
        .limit(limit)
    )
    rows = work.db.execute(statement).all()
    offices = office_names(work, [path for row in rows for path in (row.entered_by_path, row.noted_by_path)])
    holders = holder_names(work, [one for row in rows for one in (row.entered_by_member, row.noted_by_member)])
    mine = {path: decides_at(work.caller, superior_of(work, OrgPath(path))) for path in {row.path for row in rows}}
    return [_view(work, row, offices, holders, superior=mine.get(row.path, False)) for row in rows]


def _view(
    work: Work, row: Any, offices: dict[str | None, str], holders: dict[str | None, str], *, superior: bool
) -> m.ConsentView:
    waits = row.kind == _BACK and row.noted_at is None and row.withdrawn_at is None
    return m.ConsentView(
        id=row.consent_id,
        member_id=row.member_id,
        name=row.name,
        kind=m.ConsentKind(row.kind),
        from_month=YearMonth.from_number(row.from_month),
        to_month=YearMonth.from_number(row.to_month),
        agreed_on=row.agreed_on,
        words=row.words,
        by=offices.get(row.entered_by_path, ""),
        by_name=holders.get(row.entered_by_member, ""),
        at=row.entered_at,
        in_force=row.withdrawn_at is None and not waits,
        noted_by=offices.get(row.noted_by_path, ""),
        noted_by_name=holders.get(row.noted_by_member, ""),
        note_words=row.note_words or "",
        noted_at=row.noted_at,
        withdrawn_at=row.withdrawn_at,
        withdraw_words=row.withdraw_words or "",
        mine_to_note=waits and superior and row.entered_by != work.caller.account_id,
    )


# What an order asks


def excused_months(work: Work, member_ids: Collection[str]) -> dict[MemberId, list[tuple[YearMonth, YearMonth]]]:
    """Periods whose unpaid months may be paid back beyond the limit: agreed by the branch, noted by its superior (PAY-3)."""
    c = consent.c
    statement = sa.select(c.member_id, c.from_month, c.to_month).where(
        c.member_id.in_(sorted(set(member_ids))), c.kind == _BACK, c.noted_at.is_not(None), c.withdrawn_at.is_(None)
    )
    found: dict[MemberId, list[tuple[YearMonth, YearMonth]]] = {}
    for row in work.db.execute(statement):
        period = (YearMonth.from_number(row.from_month), YearMonth.from_number(row.to_month))
        found.setdefault(MemberId(row.member_id), []).append(period)
    return found


def agreed_to_others(work: Work, member_ids: Collection[str]) -> set[MemberId]:
    """Those of these members who may be paid for by others in the running month (PAY-2)."""
    c, month = consent.c, work.month.number
    statement = sa.select(c.member_id).where(
        c.member_id.in_(sorted(set(member_ids))),
        c.kind == m.ConsentKind.ON_BEHALF.value,
        c.withdrawn_at.is_(None),
        c.from_month <= month,
        c.to_month >= month,
    )
    return {MemberId(found) for found in work.db.scalars(statement)}
