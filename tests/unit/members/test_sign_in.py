"""Lock-out, passwords, binding (SEC-4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.domain.sign_in import (
    FIRST_LOCK,
    FORGOTTEN_AFTER,
    FREE_FAILURES,
    LONGEST_LOCK,
    MAX_PASSWORD,
    NO_FAILURES,
    Failures,
    PasswordFault,
    PersonDetails,
    after_failure,
    binding_matches,
    is_locked,
    locked_until,
    normal_phone,
    password_faults,
)

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def failed(times: int, at: datetime = NOW) -> Failures:
    failures = NO_FAILURES
    for _ in range(times):
        failures = after_failure(failures, at)
    return failures


def test_four_slips_cost_nothing_and_the_fifth_locks_for_a_quarter_of_an_hour() -> None:
    assert not is_locked(failed(FREE_FAILURES), NOW)
    fifth = failed(FREE_FAILURES + 1)
    assert locked_until(fifth) == NOW + FIRST_LOCK
    assert is_locked(fifth, NOW + FIRST_LOCK - MINUTE)
    assert not is_locked(fifth, NOW + FIRST_LOCK)


def test_each_further_failure_doubles_the_lock_up_to_a_day() -> None:
    locks = [(locked_until(failed(count)) or NOW) - NOW for count in range(5, 16)]
    assert locks[:4] == [FIRST_LOCK, FIRST_LOCK * 2, FIRST_LOCK * 4, FIRST_LOCK * 8]
    assert locks == sorted(locks)
    assert locks[-1] == LONGEST_LOCK
    assert locked_until(failed(500)) == NOW + LONGEST_LOCK


def test_success_and_two_quiet_days_wipe_the_slate() -> None:
    assert locked_until(NO_FAILURES) is None
    assert not is_locked(NO_FAILURES, NOW)
    assert after_failure(failed(9), NOW + FORGOTTEN_AFTER).count == 1
    assert after_failure(failed(9), NOW + FORGOTTEN_AFTER - MINUTE).count == 10
    assert FORGOTTEN_AFTER > LONGEST_LOCK


def test_clock_set_back_forgets_nothing() -> None:
    assert after_failure(failed(9), NOW - timedelta(days=400)).count == 10


def _tries_in_a_year(patience: timedelta) -> int:
    """A guesser who tries whenever he may, and waits ``patience`` instead whenever the lock would be longer than that."""
    now, failures, tries = NOW, NO_FAILURES, 0
    while now < NOW + timedelta(days=365):
        until = locked_until(failures)
        if until is not None and now < until:
            now = until if until - now <= patience else max(until, (failures.last_at or now) + FORGOTTEN_AFTER)
            continue
        failures = after_failure(failures, now)
        tries += 1
        now += timedelta(seconds=1)
    return tries


def test_most_patient_guesser_gets_fewer_than_1600_tries_a_year() -> None:
    patiences = [FIRST_LOCK * 2**power for power in range(-1, 9)]
    assert max(_tries_in_a_year(patience) for patience in patiences) < 1600


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("桂花开了2026年", set()),
        ("lanhua-kai-7", set()),
        ("short1", {PasswordFault.TOO_SHORT}),
        ("x1" + "yz9" * 21, {PasswordFault.TOO_LONG}),
        ("onlyletterz", {PasswordFault.ONE_KIND}),
        ("93847561", {PasswordFault.ONE_KIND}),
        ("Password123", {PasswordFault.COMMON}),
        ("  wang1234!", {PasswordFault.COMMON}),
        ("a1a1a1a1a1", {PasswordFault.COMMON}),
        ("qwer12345", {PasswordFault.COMMON}),
        ("4321rewq!!", {PasswordFault.COMMON}),
        ("1qaz2wsx3e", {PasswordFault.COMMON}),
        ("tel15400000001", {PasswordFault.CONTAINS_PHONE}),
        ("wo-0000-0001", {PasswordFault.CONTAINS_PHONE}),
        ("lixf19900314", {PasswordFault.CONTAINS_BIRTH_DATE}),
        ("1990-03-14 lxf", {PasswordFault.CONTAINS_BIRTH_DATE}),
        ("lxf900314xf", {PasswordFault.CONTAINS_BIRTH_DATE}),
        ("hao49996xhao", set()),
        ("hao14999xhao", {PasswordFault.CONTAINS_IDENTITY_NUMBER}),
        ("", {PasswordFault.TOO_SHORT, PasswordFault.ONE_KIND, PasswordFault.COMMON}),
    ],
)
def test_password_rules(password: str, faults: set[PasswordFault]) -> None:
    found = password_faults(
        password, phone="15400000001", birth_date=date(1990, 3, 14), identity_number="51079919900314999X"
    )
    assert set(found) == faults


def test_same_keys_on_a_full_width_keyboard_are_the_same_password() -> None:
    assert password_faults("ｗａｎｇ１２３４", phone="", birth_date=None, identity_number="") == (PasswordFault.COMMON,)


def test_unknown_details_forbid_nothing() -> None:
    assert password_faults("lanhua-kai-7", phone="", birth_date=None, identity_number="") == ()


@given(st.text(max_size=MAX_PASSWORD * 2))
def test_any_text_is_judged(password: str) -> None:
    faults = password_faults(password, phone="15400000001", birth_date=date(1990, 3, 14), identity_number="")
    assert len(set(faults)) == len(faults)


ROSTER = PersonDetails("吉克·木呷", "51079919900314999X", "15400000001")


@pytest.mark.parametrize(
    "typed",
    [
        PersonDetails("吉克·木呷", "14999X", "15400000001"),
        PersonDetails("吉克•木呷 ", "14999x", "154 0000 0001"),
        PersonDetails("吉 克・木呷", "51079919900314999x", "+86154-0000-0001"),
        PersonDetails("吉克·木呷", "１４９９９Ｘ", "＋86 15400000001"),
    ],
)
def test_binding_agrees_however_it_was_typed(typed: PersonDetails) -> None:
    assert binding_matches(typed, ROSTER)


@pytest.mark.parametrize(
    "typed",
    [
        PersonDetails("吉克木呷", "14999X", "15400000001"),
        PersonDetails("吉克·木呷", "149990", "15400000001"),
        PersonDetails("吉克·木呷", "4999X", "15400000001"),
        PersonDetails("吉克·木呷", "14999X", "15400000002"),
        PersonDetails("吉克·木呷", "14999X", ""),
        PersonDetails("", "14999X", "15400000001"),
        PersonDetails("", "", ""),
    ],
)
def test_binding_needs_all_three(typed: PersonDetails) -> None:
    assert not binding_matches(typed, ROSTER)


def test_roster_entry_without_a_phone_is_bound_by_nobody() -> None:
    without = PersonDetails("吉克·木呷", "51079919900314999X", "")
    assert not binding_matches(PersonDetails("吉克·木呷", "14999X", ""), without)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13812345678", "13812345678"),
        ("138 1234-5678", "13812345678"),
        ("+8613812345678", "13812345678"),
        ("8613812345678", None),
        ("12812345678", None),
        ("1381234567", None),
        ("138123456789", None),
        ("1381234567８", "13812345678"),
        ("", None),
    ],
)
def test_phone_has_one_written_form(text: str, phone: str | None) -> None:
    assert normal_phone(text) == phone
