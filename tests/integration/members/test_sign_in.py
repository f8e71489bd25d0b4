"""Signing in: passwords, lock-out, second factor, activation, binding, refresh (SEC-4)."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from services.contracts.caller import Role
from services.contracts.common import ById, Nothing
from services.contracts.errors import Forbidden, Unavailable
from services.contracts.members import errors as e
from services.contracts.members import messages as m
from services.contracts.members import methods
from services.members import errands
from services.members.commands import accounts, sessions, sign_in
from services.members.commands import failures as counting
from services.members.providers.wechat_sign_in import SignInUnavailable
from services.members.queries import me
from services.members.storage import tables as t
from tests.fakes.wechat_sign_in import FakeWechatSignIn
from tests.integration.members.conftest import PASSWORD, TOTP, Service, identity_number, phone


def by_password(service: Service, order: int, password: str = PASSWORD) -> m.SignInResult:
    request = m.PasswordSignIn(phone=phone(order), password=password)
    return service.call(methods.SIGN_IN_WITH_PASSWORD, sign_in.sign_in_with_password, request)


def five_failures(service: Service, order: int) -> None:
    for _ in range(5):
        with pytest.raises(e.SignInRefused):
            by_password(service, order, "wrong-password")


def test_member_signs_in_with_phone_and_password(service: Service) -> None:
    result = by_password(service, 11)
    assert result.step is m.SignInStep.SIGNED_IN
    assert result.session is not None
    assert [grant.role for grant in result.session.grants] == [Role.MEMBER]


def test_fifth_failure_locks_even_the_right_password_until_its_time(service: Service) -> None:
    five_failures(service, 11)
    with pytest.raises(e.SignInLocked):
        by_password(service, 11)
    service.clock.advance(timedelta(minutes=15))
    assert by_password(service, 11).step is m.SignInStep.SIGNED_IN
    assert service.rows(sa.select(t.sign_in_failure)) == []


def test_without_counted_failures_the_right_password_would_get_in(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: with the counting off, the sixth try is not refused, so the lock above is the counting's work."""
    monkeypatch.setattr(counting.accounts, "keep_failures", lambda *_: None)
    five_failures(service, 11)
    assert by_password(service, 11).step is m.SignInStep.SIGNED_IN


def test_phone_that_nobody_has_locks_in_the_same_way(service: Service) -> None:
    five_failures(service, 999)
    with pytest.raises(e.SignInLocked):
        by_password(service, 999)


def test_two_tries_at_once_cannot_outrun_the_count(service: Service) -> None:
    index = service.settings.index_key.of(t.FAILURE_SUBJECT, counting.of_password(phone(11)))
    with service.database.transaction() as other:
        assert counting.accounts.try_alone(other, index)
        with pytest.raises(e.SignInLocked):
            by_password(service, 11)
    assert by_password(service, 11).step is m.SignInStep.SIGNED_IN


def test_administrator_needs_the_second_factor_and_a_code_works_once(service: Service) -> None:
    first = by_password(service, 1)
    assert (first.step, first.session) == (m.SignInStep.SECOND_FACTOR, None)
    assert first.challenge is not None
    answer = m.SecondFactorAnswer(challenge=first.challenge, code=pyotp.TOTP(TOTP).at(service.clock.now()))
    done = service.call(methods.ANSWER_SECOND_FACTOR, sign_in.answer_second_factor, answer)
    assert Role.COUNTY_ADMIN in {grant.role for grant in done.session.grants}
    with pytest.raises(e.SecondFactorRefused):
        service.call(methods.ANSWER_SECOND_FACTOR, sign_in.answer_second_factor, answer)
    service.clock.advance(timedelta(seconds=30))
    fresh = m.SecondFactorAnswer(challenge=first.challenge, code=pyotp.TOTP(TOTP).at(service.clock.now()))
    assert service.call(methods.ANSWER_SECOND_FACTOR, sign_in.answer_second_factor, fresh).session is not None


def test_challenge_runs_out_and_is_no_binding_token(service: Service) -> None:
    challenge = by_password(service, 1).challenge
    assert challenge is not None
    code = pyotp.TOTP(TOTP).at(service.clock.now())
    binding = m.WeChatBinding(binding_token=challenge, name="赵文韬", id_number_tail="000000", phone=phone(1))
    with pytest.raises(e.BindingRefused):
        service.call(methods.BIND_WECHAT, sign_in.bind_wechat, binding)
    service.clock.advance(timedelta(minutes=5))
    with pytest.raises(e.SecondFactorRefused):
        service.call(
            methods.ANSWER_SECOND_FACTOR,
            sign_in.answer_second_factor,
            m.SecondFactorAnswer(challenge=challenge, code=code),
        )


def test_office_waits_until_the_second_factor_is_enrolled(service: Service) -> None:
    office = service.org("t01b01")
    member = service.member("李晓峰")
    service.execute(
        sa.insert(t.role_grant).values(
            id="00000000-0000-7000-8000-000000000001",
            county_id="yanting",
            member_id=member.id,
            org_id=office.id,
            role="branch_admin",
            given_at=service.clock.now(),
            reason="elected",
        )
    )
    session = by_password(service, 11).session
    assert session is not None
    assert [grant.role for grant in session.grants] == [Role.MEMBER]
    caller = service.caller("李晓峰")
    object.__setattr__(caller, "session_id", session.session_id)
    mine = service.call(methods.GET_ME, me.get_me, Nothing(), caller)
    assert [grant.role for grant in mine.grants] == [Role.MEMBER, Role.BRANCH_ADMIN]
    assert not mine.has_second_factor
    offer = service.call(methods.OFFER_SECOND_FACTOR, accounts.offer_second_factor, Nothing(), caller)
    confirmation = m.SecondFactorConfirmation(code=pyotp.TOTP(offer.secret).at(service.clock.now()))
    service.call(methods.CONFIRM_SECOND_FACTOR, accounts.confirm_second_factor, confirmation, caller)
    request = m.RefreshSession(refresh_token=session.refresh_token)
    renewed = service.call(methods.REFRESH_SESSION, sessions.refresh_session, request)
    assert {grant.role for grant in renewed.grants} == {Role.MEMBER, Role.BRANCH_ADMIN}
    object.__setattr__(caller, "session_id", None)
    with pytest.raises(e.SecondFactorNeeded):
        service.call(methods.OFFER_SECOND_FACTOR, accounts.offer_second_factor, Nothing(), caller)


def test_refresh_token_that_comes_back_ends_the_session_for_both(service: Service) -> None:
    session = by_password(service, 11).session
    assert session is not None
    first = m.RefreshSession(refresh_token=session.refresh_token)
    second = service.call(methods.REFRESH_SESSION, sessions.refresh_session, first)
    with pytest.raises(e.SessionEnded):
        service.call(methods.REFRESH_SESSION, sessions.refresh_session, first)
    later = m.RefreshSession(refresh_token=second.refresh_token)
    with pytest.raises(e.SessionEnded):
        service.call(methods.REFRESH_SESSION, sessions.refresh_session, later)
    assert [row.end_reason for row in service.rows(sa.select(t.session))] == ["token_reused"]


def test_session_runs_out_and_can_be_ended(service: Service) -> None:
    session = by_password(service, 11).session
    assert session is not None
    caller = service.caller("李晓峰")
    object.__setattr__(caller, "session_id", session.session_id)
    listed = service.call(methods.LIST_SESSIONS, me.list_sessions, Nothing(), caller)
    assert [one.current for one in listed.items] == [True]
    service.call(methods.END_SESSION, sessions.end_session, Nothing(), caller)
    request = m.RefreshSession(refresh_token=session.refresh_token)
    with pytest.raises(e.SessionEnded):
        service.call(methods.REFRESH_SESSION, sessions.refresh_session, request)


class Wechat:
    """The errand with WeChat's twin."""

    def __init__(self, service: Service) -> None:
        self.service, self.twin = service, FakeWechatSignIn()

    def arrive(self, openid: str) -> m.SignInResult:
        request = m.WeChatSignIn(code=self.twin.person_agrees(openid))
        return self.service.call(
            methods.SIGN_IN_WITH_WECHAT,
            lambda desk, asked: errands.sign_in_with_wechat(desk, asked, self.twin),
            request,
        )

    def bind(self, token: str | None, name: str, order: int, tail: str | None = None) -> m.SignInResult:
        assert token is not None
        request = m.WeChatBinding(
            binding_token=token, name=name, id_number_tail=tail or identity_number(order)[-6:], phone=phone(order)
        )
        return self.service.call(methods.BIND_WECHAT, sign_in.bind_wechat, request)


def test_wechat_account_is_bound_once_and_signs_in_ever_after(service: Service) -> None:
    wechat = Wechat(service)
    arrived = wechat.arrive("openid-1")
    assert arrived.step is m.SignInStep.BINDING
    assert wechat.bind(arrived.binding_token, "李晓峰", 11).step is m.SignInStep.SIGNED_IN
    assert wechat.arrive("openid-1").step is m.SignInStep.SIGNED_IN
    identity = service.call(methods.GET_WECHAT_IDENTITY, me.get_wechat_identity, Nothing(), service.caller("李晓峰"))
    assert identity.openid == "openid-1"
    with pytest.raises(e.BindingRefused):
        wechat.bind(wechat.arrive("openid-2").binding_token, "李晓峰", 11)
    with pytest.raises(e.BindingRefused):
        wechat.bind(arrived.binding_token, "王桂兰", 13)


def test_binding_locks_after_wrong_details_for_this_wechat_account_and_this_phone(service: Service) -> None:
    wechat = Wechat(service)
    token = wechat.arrive("openid-1").binding_token
    for _ in range(5):
        with pytest.raises(e.BindingRefused):
            wechat.bind(token, "李晓峰", 11, "000000")
    with pytest.raises(e.SignInLocked):
        wechat.bind(token, "王桂兰", 13)
    with pytest.raises(e.SignInLocked):
        wechat.bind(wechat.arrive("openid-2").binding_token, "李晓峰", 11)


def test_wechat_that_gives_no_answer_is_said_to_be_unavailable(service: Service) -> None:
    wechat = Wechat(service)
    wechat.twin.fail(SignInUnavailable("timeout"))
    with pytest.raises(Unavailable):
        wechat.arrive("openid-1")


def activation(service: Service, code: str, password: str = "Xiatian-2026") -> m.SignInResult:
    request = m.Activation(phone=phone(11), code=code, password=password)
    return service.call(methods.ACTIVATE, sign_in.activate, request)


def test_activation_code_works_once_and_a_weak_password_does_not_use_it_up(service: Service) -> None:
    admin = service.caller("赵文韬", (Role.COUNTY_ADMIN, "yanting"))
    request = ById(id=service.member("李晓峰").id)
    issued = service.call(methods.ISSUE_ACTIVATION_CODE, accounts.issue_activation_code, request, admin)
    with pytest.raises(e.PasswordTooWeak):
        activation(service, issued.code, "12345678")
    assert activation(service, issued.code).step is m.SignInStep.SIGNED_IN
    with pytest.raises(e.ActivationRefused):
        activation(service, issued.code)
    assert by_password(service, 11, "Xiatian-2026").step is m.SignInStep.SIGNED_IN


def test_activation_code_runs_out_and_gives_way_to_the_next(service: Service) -> None:
    admin = service.caller("赵文韬", (Role.COUNTY_ADMIN, "yanting"))
    request = ById(id=service.member("李晓峰").id)
    first = service.call(methods.ISSUE_ACTIVATION_CODE, accounts.issue_activation_code, request, admin)
    second = service.call(methods.ISSUE_ACTIVATION_CODE, accounts.issue_activation_code, request, admin)
    with pytest.raises(e.ActivationRefused):
        activation(service, first.code)
    service.clock.advance(accounts.CODE_LIFETIME)
    with pytest.raises(e.ActivationRefused):
        activation(service, second.code)


def test_branch_administrator_cannot_open_the_account_of_whoever_holds_a_higher_office(service: Service) -> None:
    admin = service.caller("李晓峰", (Role.BRANCH_ADMIN, "d01a01"))
    request = ById(id=service.member("赵文韬").id)
    with pytest.raises(Forbidden):
        service.call(methods.ISSUE_ACTIVATION_CODE, accounts.issue_activation_code, request, admin)


def test_new_password_needs_the_present_one_and_ends_other_sessions(service: Service) -> None:
    session = by_password(service, 11).session
    assert session is not None
    caller = service.caller("李晓峰")
    wrong = m.NewPassword(new="Xiatian-2026", current="not-it-at-all")
    with pytest.raises(e.SignInRefused):
        service.call(methods.CHANGE_PASSWORD, accounts.change_password, wrong, caller)
    right = m.NewPassword(new="Xiatian-2026", current=PASSWORD)
    service.call(methods.CHANGE_PASSWORD, accounts.change_password, right, caller)
    request = m.RefreshSession(refresh_token=session.refresh_token)
    with pytest.raises(e.SessionEnded):
        service.call(methods.REFRESH_SESSION, sessions.refresh_session, request)
    assert by_password(service, 11, "Xiatian-2026").session is not None
