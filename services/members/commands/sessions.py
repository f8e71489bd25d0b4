"""Sessions: how one begins, goes on and ends (SEC-4).

A session belongs to one device and carries a refresh token that changes with each use. One that comes back after its use was
taken by somebody: the session ends for both.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.chassis.ids import new_id
from services.chassis.work import Refusal, Work
from services.contracts.caller import ADMINISTRATORS, MAX_GRANTS, Grant, Role
from services.contracts.common import Nothing
from services.contracts.members import messages as m
from services.contracts.members.errors import SessionEnded
from services.contracts.values import OrgPath
from services.members import credentials
from services.members.schemas import grant_from
from services.members.storage import accounts, grants, members, sessions

MEMBER_IDLE, MEMBER_LONGEST = timedelta(days=30), timedelta(days=180)
"""A member pays once a month and should find himself still signed in."""
OFFICE_IDLE, OFFICE_LONGEST = timedelta(hours=2), timedelta(hours=12)
"""Whoever works with other people's data signs in each day, and is logged out when he leaves his desk (SEC-4)."""
MAX_SESSIONS = 10
"""Open at once for one account; the oldest gives way."""
CHALLENGE_LIFETIME = timedelta(minutes=5)
CHALLENGE = "challenge"


def all_grants(work: Work, member_id: str) -> tuple[Grant, ...]:
    """Membership of his branch and every office he holds; nothing once no branch holds him."""
    line = members.find_line(work.db, work.caller.county_id, member_id)
    if line is None:
        return ()
    own = Grant(role=Role.MEMBER, org_id=line.branch_id, path=OrgPath(line.branch_path))
    held = grants.held_by(work.db, work.caller.county_id, member_id, MAX_GRANTS - 1)
    return (own, *(grant_from(row) for row in held))


def grants_in_session(work: Work, member_id: str, *, second_factor: bool) -> tuple[Grant, ...]:
    """Offices work only with a second factor (SEC-4); without one he is a member like others until he has enrolled."""
    held = all_grants(work, member_id)
    return held if second_factor else tuple(grant for grant in held if grant.role not in ADMINISTRATORS)


def after_first_factor(work: Work, account: Any, device: str) -> m.SignInResult:
    """The second step for whoever has a second factor, a session for anybody else."""
    if account.totp_confirmed_at is None:
        return m.SignInResult(
            step=m.SignInStep.SIGNED_IN, session=begin_session(work, account, device, second_factor=False)
        )
    data = {"account": account.id, "device": device}
    challenge = credentials.seal_step(work.keys, CHALLENGE, work.caller.county_id, data, work.now + CHALLENGE_LIFETIME)
    return m.SignInResult(step=m.SignInStep.SECOND_FACTOR, challenge=challenge)


def begin_session(work: Work, account: Any, device: str, *, second_factor: bool) -> m.Session:
    held = grants_in_session(work, account.member_id, second_factor=second_factor)
    token, token_hash = credentials.new_refresh_token()
    expires_at = _expiry(held, work.now, work.now)
    session_id = new_id()
    for row in sessions.list_open(work.db, account.id, work.now, MAX_SESSIONS)[MAX_SESSIONS - 1 :]:
        sessions.end(work.db, account.id, "crowded_out", work.now, only=row.id)
    values = {
        "id": session_id,
        "county_id": work.caller.county_id,
        "account_id": account.id,
        "device": device,
        "second_factor": second_factor,
        "signed_in_at": work.now,
        "last_used_at": work.now,
        "expires_at": expires_at,
    }
    sessions.add(work.db, values, token_hash)
    work.audit("sign_in", "account", account.id)
    return _session(work, account, session_id=session_id, held=held, token=token, expires_at=expires_at)


def refresh_session(work: Work, request: m.RefreshSession) -> m.Session | Refusal:
    token_hash = credentials.hash_token(request.refresh_token)
    row = sessions.find_by_token(work.db, work.caller.county_id, token_hash)
    if row is None or row.ended_at is not None or row.expires_at <= work.now:
        raise SessionEnded
    if row.used_at is not None:
        sessions.end(work.db, row.account_id, "token_reused", work.now, only=row.id)
        work.audit("end_session_token_reused", "session", row.id)
        return Refusal(SessionEnded())
    account = accounts.find(work.db, work.caller.county_id, row.account_id)
    if account is None:
        raise SessionEnded
    held = grants_in_session(work, account.member_id, second_factor=row.second_factor)
    token, new_hash = credentials.new_refresh_token()
    expires_at = _expiry(held, row.signed_in_at, work.now)
    sessions.use_token(work.db, token_hash, work.now)
    sessions.add_token(work.db, new_hash, work.caller.county_id, row.id, work.now)
    sessions.change(work.db, row.id, last_used_at=work.now, expires_at=expires_at)
    return _session(work, account, session_id=row.id, held=held, token=token, expires_at=expires_at)


def end_session(work: Work, _: Nothing) -> Nothing:
    assert work.caller.account_id is not None
    if work.caller.session_id is not None:
        sessions.end(work.db, work.caller.account_id, "signed_out", work.now, only=work.caller.session_id)
    return Nothing()


def end_all_sessions(work: Work, _: Nothing) -> Nothing:
    assert work.caller.account_id is not None
    sessions.end(work.db, work.caller.account_id, "signed_out_everywhere", work.now)
    work.audit("end_all_sessions", "account", work.caller.account_id)
    return Nothing()


def list_ended_sessions(work: Work, request: m.ListEndedSessions) -> m.EndedSessions:
    """For the gateway, whose access tokens would outlive their session."""
    since = work.now - timedelta(seconds=request.within_s)
    return m.EndedSessions(ids=tuple(sessions.ended_since(work.db, work.caller.county_id, since, m.MAX_ENDED)))


def _expiry(held: tuple[Grant, ...], signed_in_at: datetime, now: datetime) -> datetime:
    in_office = any(grant.role in ADMINISTRATORS for grant in held)
    idle, longest = (OFFICE_IDLE, OFFICE_LONGEST) if in_office else (MEMBER_IDLE, MEMBER_LONGEST)
    return min(now + idle, signed_in_at + longest)


def _session(
    work: Work, account: Any, *, session_id: str, held: tuple[Grant, ...], token: str, expires_at: datetime
) -> m.Session:
    return m.Session(
        session_id=session_id,
        account_id=account.id,
        member_id=account.member_id if held else None,
        county_id=work.caller.county_id,
        grants=held,
        refresh_token=token,
        refresh_expires_at=expires_at,
    )
