"""Who looked at the caller's assessments and bills, when, why (SEC-5). The office is named, not the person who holds it."""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.access import member_of
from services.chassis.pages import cut, key_of, whole
from services.chassis.tables import audit
from services.chassis.work import Work
from services.contracts.caller import ADMINISTRATORS, Role
from services.contracts.members.messages import ListLookups, Lookup, LookupPage
from services.dues.storage.tables import organisation


def list_my_lookups(work: Work, request: ListLookups) -> LookupPage:
    """The trail of others at the caller's own records, newest first."""
    c = audit.c
    office = (
        sa.select(organisation.c.name).where(sa.cast(organisation.c.path, sa.Text) == c.actor_path).scalar_subquery()
    )
    statement = sa.select(
        c.entry_id, c.at, c.actor_role, c.action, c.purpose, sa.func.coalesce(office, "").label("office")
    ).where(
        c.about_member_id == member_of(work.caller),
        c.actor_account_id.is_distinct_from(work.caller.account_id),
        c.actor_role.in_(sorted(role.value for role in ADMINISTRATORS)),
    )
    after = key_of(request.cursor, whole)
    if after is not None:
        statement = statement.where(c.entry_id < after[0])
    found = work.db.execute(statement.order_by(c.entry_id.desc()).limit(request.limit + 1)).all()
    rows, following = cut(found, request.limit, lambda row: (row.entry_id,))
    items = tuple(
        Lookup(
            at=row.at,
            actor_role=Role(row.actor_role),
            actor_org_name=row.office,
            action=row.action,
            purpose=row.purpose,
        )
        for row in rows
    )
    return LookupPage(items=items, next_cursor=following)
