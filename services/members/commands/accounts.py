"""A person's own account: password and second factor; and the code that opens an account for somebody else (SEC-4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.chassis.ids import new_code, new_id
from services.chassis.work import Refusal, Work
from services.contracts.caller import MAX_GRANTS
from services.contracts.common import ById, Nothing
from services.contracts.errors import Forbidden, Unauthenticated
from services.contracts.members import messages as m
from services.contracts.members.errors import SecondFactorNeeded, SecondFactorRefused, SignInRefused
from services.contracts.values import OrgPath
from services.members import credentials
from services.members.commands import failures
from services.members.commands.sign_in import require_good_password
from services.members.domain.authority import Capability
from services.members.reach import member_in_reach, reaches
from services.members.storage import accounts, grants, members, organisations, sessions
from services.members.storage.tables import ACTIVATION_CODE, TOTP_SECRET

CODE_LENGTH = 8
CODE_LIFETIME = timedelta(days=7)
"""From the branch's next meeting to a quiet evening at home."""


def own_account(work: Work) -> Any:
    """The caller's account. Raises Unauthenticated when it was disabled since he signed in."""
    account_id = work.caller.account_id
    account = accounts.find(work.db, work.caller.county_id, account_id) if account_id is not None else None
    if account is None:
        raise Unauthenticated
    return account


def change_password(work: Work, request: m.NewPassword) -> Nothing | Refusal:
    account = own_account(work)
    if account.password_hash is not None:
        tries = failures.Tries(work, failures.of_present_password(account.id))
        if not credentials.password_agrees(account.password_hash, request.current or ""):
            return tries.failed(SignInRefused())
        tries.succeeded()
    person = members.find_sealed(work.db, work.caller.county_id, account.member_id)
    require_good_password(work, person, request.new)
    accounts.change(work.db, account.id, password_hash=credentials.hash_password(request.new))
    sessions.end(work.db, account.id, "password_changed", work.now, all_but=work.caller.session_id)
    work.audit("change_password", "account", account.id)
    return Nothing()


def offer_second_factor(work: Work, _: Nothing) -> m.SecondFactorOffer:
    """A new secret, in force only once a code of it was given; the one before it holds until then."""
    account = own_account(work)
    if account.totp_confirmed_at is not None:
        _require_second_factor(work, account)
    secret = credentials.new_totp_secret()
    accounts.change(work.db, account.id, totp_pending_sealed=work.keys.seal(TOTP_SECRET, account.id, secret))
    line = members.find_line(work.db, work.caller.county_id, account.member_id)
    issuer = organisations.county_name(work.db, work.caller.county_id)
    uri = credentials.totp_uri(secret, issuer=issuer, name=line.phone_masked.replace("*", "") if line else "")
    return m.SecondFactorOffer(secret=secret, uri=uri)


def confirm_second_factor(work: Work, request: m.SecondFactorConfirmation) -> Nothing | Refusal:
    """Puts the offered secret in force. The session in which it happens counts as one with a second factor."""
    account = own_account(work)
    if account.totp_pending_sealed is None:
        raise SecondFactorRefused
    if account.totp_confirmed_at is not None:
        _require_second_factor(work, account)
    tries = failures.Tries(work, failures.of_second_factor(account.id))
    secret = work.keys.open(TOTP_SECRET, account.id, account.totp_pending_sealed)
    step = credentials.totp_step(secret, request.code, work.now, None)
    if step is None:
        return tries.failed(SecondFactorRefused())
    tries.succeeded()
    accounts.change(
        work.db,
        account.id,
        totp_sealed=account.totp_pending_sealed,
        totp_pending_sealed=None,
        totp_confirmed_at=work.now,
        totp_last_step=step,
    )
    session_id = work.caller.session_id
    sessions.end(work.db, account.id, "second_factor_changed", work.now, all_but=session_id)
    if session_id is not None:
        sessions.change(work.db, session_id, second_factor=True)
    work.audit("confirm_second_factor", "account", account.id)
    return Nothing()


def _require_second_factor(work: Work, account: Any) -> None:
    """Whoever took over a session without the second factor must not be able to replace it."""
    session = sessions.find(work.db, work.caller.session_id, account.id) if work.caller.session_id else None
    if session is None or not session.second_factor:
        raise SecondFactorNeeded


def issue_activation_code(work: Work, request: ById) -> m.ActivationCode:
    """A one-time code for a member of the caller's reach, also the way back for one who forgot his password.

    For somebody who holds an office only those who give offices may: otherwise a branch administrator could take over the
    account of whoever stands above him.
    """
    line = member_in_reach(work, request.id, Capability.ACTIVATION_CODE_ISSUE)
    path = OrgPath(line.branch_path)
    in_office = grants.held_by(work.db, work.caller.county_id, line.id, MAX_GRANTS)
    if any(not reaches(work.caller, Capability.ROLE_GIVE, OrgPath(row.org_path)) for row in in_office):
        raise Forbidden
    code = new_code(CODE_LENGTH)
    expires_at = work.now + CODE_LIFETIME
    accounts.issue_code(
        work.db,
        code_id=new_id(),
        county_id=work.caller.county_id,
        member_id=line.id,
        code_index=work.index.of(ACTIVATION_CODE, code),
        now=work.now,
        until=expires_at,
    )
    work.audit("issue_activation_code", "member", line.id, path=path, about_member_id=line.id)
    return m.ActivationCode(code=code, expires_at=expires_at)
