"""What the copies know of members over time, as the values that the rules read: standing and assessments.

Reads members in one statement and their assessments in another, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.chassis.work import Work
from services.contracts.values import MemberId, OrgId, OrgPath, YearMonth
from services.dues.domain.obligation import (
    Assessment,
    ClassInterval,
    MembershipInterval,
    MemberStanding,
    Status,
    StatusInterval,
)
from services.dues.domain.profile import MemberClass
from services.dues.storage.tables import assessment, member


def _until(period: dict[str, Any]) -> date | None:
    return None if period["to_day"] is None else date.fromisoformat(period["to_day"])


def standing_of(row: Any) -> MemberStanding:
    """A row of the members' copy as the rules read it."""
    return MemberStanding(
        member_id=MemberId(row.member_id),
        joined_on=row.joined_on,
        classes=tuple(
            ClassInterval(MemberClass(each["member_class"]), date.fromisoformat(each["from_day"]), _until(each))
            for each in row.classes
        ),
        statuses=tuple(
            StatusInterval(Status(each["status"]), date.fromisoformat(each["from_day"]), _until(each))
            for each in row.statuses
        ),
        memberships=tuple(
            MembershipInterval(
                OrgId(each["branch_id"]),
                OrgPath(each["branch_path"]),
                date.fromisoformat(each["from_day"]),
                _until(each),
            )
            for each in row.branches
        ),
    )


def read_members(work: Work, member_ids: Iterable[str], *, lock: bool = False) -> dict[str, Any]:
    """Rows of the members' copy by id, the caller's county alone. ``lock`` keeps two writers of one member apart."""
    statement = sa.select(member).where(
        member.c.member_id.in_(sorted(set(member_ids))), member.c.county_id == work.caller.county_id
    )
    if lock:
        statement = statement.order_by(member.c.member_id).with_for_update(key_share=True)
    return {row.member_id: row for row in work.db.execute(statement)}


def read_assessments(work: Work, member_ids: Sequence[str]) -> dict[str, list[Assessment]]:
    """All assessments of these members, without the pay behind them."""
    c = assessment.c
    statement = sa.select(c.member_id, c.effective_from, c.amount_fen, c.version, c.member_class)
    found: dict[str, list[Assessment]] = {}
    for row in work.db.execute(statement.where(c.member_id.in_(member_ids))):
        found.setdefault(row.member_id, []).append(
            Assessment(
                YearMonth.from_number(row.effective_from), row.amount_fen, row.version, MemberClass(row.member_class)
            )
        )
    return found
