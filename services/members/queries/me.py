"""What a person sees of himself: account, devices, and who looked at his record (SEC-5)."""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.access import member_of
from services.chassis.pages import cut, key_of, whole
from services.chassis.tables import audit
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.common import Nothing
from services.contracts.members import messages as m
from services.contracts.values import OrgPath
from services.members.commands.accounts import own_account
from services.members.commands.sessions import MAX_SESSIONS, all_grants
from services.members.schemas import device_session, member_view
from services.members.storage import members, organisations, sessions
from services.members.storage.tables import OPENID


def get_me(work: Work, _: Nothing) -> m.Me:
    """Names every role held, also one that waits for a second factor, so that the page can lead there."""
    account, county_id = own_account(work), work.caller.county_id
    line = members.find_line(work.db, county_id, account.member_id)
    held = all_grants(work, account.member_id)
    names = organisations.names_by_path(work.db, county_id, {grant.path for grant in held})
    return m.Me(
        member=member_view(line) if line is not None else None,
        county_name=organisations.county_name(work.db, county_id),
        grants=held,
        grant_org_names=tuple(names[grant.path] for grant in held),
        has_password=account.password_hash is not None,
        has_second_factor=account.totp_confirmed_at is not None,
        wechat_bound=account.wechat_openid_index is not None,
    )


def get_wechat_identity(work: Work, _: Nothing) -> m.WeChatIdentity:
    account = own_account(work)
    if account.wechat_openid_sealed is None:
        return m.WeChatIdentity(openid="")
    return m.WeChatIdentity(openid=work.keys.open(OPENID, account.id, account.wechat_openid_sealed))


def list_sessions(work: Work, _: Nothing) -> m.DeviceSessions:
    account = own_account(work)
    rows = sessions.list_open(work.db, account.id, work.now, MAX_SESSIONS)
    return m.DeviceSessions(items=tuple(device_session(row, work.caller.session_id) for row in rows))


def list_my_lookups(work: Work, request: m.ListLookups) -> m.LookupPage:
    """The newest first; offices only, since what he did himself is no look-up."""
    after = key_of(request.cursor, whole)
    offices = [str(role) for role in Role if role not in (Role.RESIDENT, Role.MEMBER)]
    mine = sa.select(audit).where(audit.c.about_member_id == member_of(work.caller), audit.c.actor_role.in_(offices))
    if after is not None:
        mine = mine.where(audit.c.entry_id < after[0])
    newest = work.db.execute(mine.order_by(audit.c.entry_id.desc()).limit(request.limit + 1)).all()
    rows, cursor = cut(newest, request.limit, lambda row: (row.entry_id,))
    names = organisations.names_by_path(work.db, work.caller.county_id, {OrgPath(row.actor_path) for row in rows})
    items = tuple(
        m.Lookup(
            at=row.at,
            actor_role=Role(row.actor_role),
            actor_org_name=names.get(row.actor_path, ""),
            action=row.action,
            purpose=row.purpose,
        )
        for row in rows
    )
    return m.LookupPage(items=items, next_cursor=cursor)
