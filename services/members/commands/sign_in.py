"""Signing in: by password and second factor, by WeChat, by the first activation (SEC-4)."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

from services.chassis.ids import new_id
from services.chassis.work import Refusal, Work
from services.contracts.members import messages as m
from services.contracts.members.errors import (
    ActivationRefused,
    BindingRefused,
    PasswordTooWeak,
    SecondFactorRefused,
    SignInRefused,
)
from services.members import credentials
from services.members.commands import failures
from services.members.commands.sessions import CHALLENGE, after_first_factor, begin_session
from services.members.domain.sign_in import PersonDetails, binding_matches, password_faults
from services.members.storage import accounts, members, sessions
from services.members.storage.tables import ACTIVATION_CODE, ID_NUMBER, OPENID, PHONE, TOTP_SECRET

SAME_PHONE = 5
"""Members of one family who share a phone; more are not looked at."""
BINDING_LIFETIME = timedelta(minutes=15)
"""To find the identity card and type its last digits."""
BINDING = "binding"


def sign_in_with_password(work: Work, request: m.PasswordSignIn) -> m.SignInResult | Refusal:
    tries = failures.Tries(work, failures.of_password(request.phone))
    found = accounts.find_by_phone(work.db, work.caller.county_id, work.index.of(PHONE, request.phone), SAME_PHONE)
    agreeing = [one for one in found if credentials.password_agrees(one.password_hash, request.password)]
    if not found:
        credentials.password_agrees(None, request.password)
    if not agreeing:
        return tries.failed(SignInRefused())
    tries.succeeded()
    account = agreeing[0]
    if credentials.needs_rehash(account.password_hash):
        accounts.change(work.db, account.id, password_hash=credentials.hash_password(request.password))
    return after_first_factor(work, account, request.device)


def answer_second_factor(work: Work, request: m.SecondFactorAnswer) -> m.SignInResult | Refusal:
    county_id = work.caller.county_id
    challenge = credentials.open_step(work.keys, CHALLENGE, county_id, request.challenge, work.now)
    if challenge is None:
        raise SecondFactorRefused
    tries = failures.Tries(work, failures.of_second_factor(challenge["account"]))
    account = accounts.find(work.db, county_id, challenge["account"])
    if account is None or account.totp_confirmed_at is None:
        raise SecondFactorRefused
    secret = work.keys.open(TOTP_SECRET, account.id, account.totp_sealed)
    step = credentials.totp_step(secret, request.code, work.now, account.totp_last_step)
    if step is None:
        return tries.failed(SecondFactorRefused())
    tries.succeeded()
    accounts.change(work.db, account.id, totp_last_step=step)
    session = begin_session(work, account, challenge["device"], second_factor=True)
    return m.SignInResult(step=m.SignInStep.SIGNED_IN, session=session)


@dataclasses.dataclass(frozen=True, slots=True)
class WeChatArrival:
    """A WeChat account whose code was exchanged."""

    openid: str = dataclasses.field(repr=False)
    device: str


def sign_in_by_openid(work: Work, arrival: WeChatArrival) -> m.SignInResult:
    """Ends the errand: a session for a bound account, a binding token for any other."""
    account = accounts.find_by_openid(work.db, work.caller.county_id, work.index.of(OPENID, arrival.openid))
    if account is not None:
        return after_first_factor(work, account, arrival.device)
    token = credentials.seal_step(
        work.keys, BINDING, work.caller.county_id, {"openid": arrival.openid}, work.now + BINDING_LIFETIME
    )
    return m.SignInResult(step=m.SignInStep.BINDING, binding_token=token)


def bind_wechat(work: Work, request: m.WeChatBinding) -> m.SignInResult | Refusal:
    """Binds once: the roster entry must agree in name, identity number and phone, and neither side be bound already."""
    county_id = work.caller.county_id
    token = credentials.open_step(work.keys, BINDING, county_id, request.binding_token, work.now)
    if token is None:
        raise BindingRefused
    openid: str = token["openid"]
    tries = failures.Tries(work, *failures.of_binding(openid, request.phone))
    typed = PersonDetails(request.name, request.id_number_tail, request.phone)
    found = members.find_by_phone(work.db, county_id, work.index.of(PHONE, request.phone), SAME_PHONE)
    agreeing = [one for one in found if binding_matches(typed, _details(work, one))]
    openid_index = work.index.of(OPENID, openid)
    if len(agreeing) != 1 or accounts.openid_taken(work.db, county_id, openid_index):
        return tries.failed(BindingRefused())
    account = _account_of(work, agreeing[0].id)
    if account.disabled_at is not None or account.wechat_openid_index is not None:
        return tries.failed(BindingRefused())
    tries.succeeded()
    sealed = work.keys.seal(OPENID, account.id, openid)
    accounts.change(work.db, account.id, wechat_openid_sealed=sealed, wechat_openid_index=openid_index)
    work.audit("bind_wechat", "account", account.id, about_member_id=account.member_id)
    return after_first_factor(work, account, request.device)


def activate(work: Work, request: m.Activation) -> m.SignInResult | Refusal:
    """Sets the password of whoever brings the one-time code of his branch, and signs him in."""
    county_id = work.caller.county_id
    tries = failures.Tries(work, failures.of_activation(request.phone))
    code_index = work.index.of(ACTIVATION_CODE, request.code)
    found = members.find_by_phone(work.db, county_id, work.index.of(PHONE, request.phone), SAME_PHONE)
    person = next(
        (one for one in found if accounts.use_code(work.db, member_id=one.id, code_index=code_index, now=work.now)),
        None,
    )
    if person is None:
        return tries.failed(ActivationRefused())
    account = _account_of(work, person.id)
    if account.disabled_at is not None:
        raise ActivationRefused
    # Raised, not returned: the code stays good for a better password.
    require_good_password(work, person, request.password)
    tries.succeeded()
    failures.forget(work, failures.of_password(request.phone), failures.of_present_password(account.id))
    accounts.change(work.db, account.id, password_hash=credentials.hash_password(request.password))
    sessions.end(work.db, account.id, "password_changed", work.now)
    work.audit("activate", "account", account.id, about_member_id=account.member_id)
    return after_first_factor(work, account, request.device)


def require_good_password(work: Work, person: Any, password: str) -> None:
    """Raises PasswordTooWeak with the first rule it breaks. ``person`` holds the sealed columns of the member."""
    details = _details(work, person)
    faults = password_faults(
        password, phone=details.phone, birth_date=person.born_on, identity_number=details.identity_number
    )
    if faults:
        raise PasswordTooWeak(reason=str(faults[0]), reasons=[str(fault) for fault in faults])


def _details(work: Work, person: Any) -> PersonDetails:
    phone = work.keys.open(PHONE, person.id, person.phone_sealed) if person.phone_sealed is not None else ""
    return PersonDetails(person.name, work.keys.open(ID_NUMBER, person.id, person.id_number_sealed), phone)


def _account_of(work: Work, member_id: str) -> Any:
    """The member's account, made now when he has none."""
    account = accounts.find_of_member(work.db, work.caller.county_id, member_id)
    if account is not None:
        return account
    accounts.add(work.db, account_id=new_id(), county_id=work.caller.county_id, member_id=member_id, now=work.now)
    return accounts.find_of_member(work.db, work.caller.county_id, member_id)
