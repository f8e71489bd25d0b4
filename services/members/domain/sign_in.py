"""Sign-in, as far as it is rule and not secret keeping: lock-out, password rules, binding to the roster (SEC-4).

Owns decisions only. Hashing, tokens, second factors and who asks are elsewhere; nothing here knows the time but by being told.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.members.domain.names import normal_name

# Lock-out

FREE_FAILURES = 4
"""Slips of the finger that cost nothing; the fifth failure in a row locks."""
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=24)
"""Each further failure doubles the lock up to this: an elderly member who forgot his password is never locked out for longer
than a day, and the most patient guesser gets fewer than 1,600 tries a year (a test plays him)."""
FORGOTTEN_AFTER = timedelta(hours=48)
"""Failures older than this no longer count. Longer than the longest lock, or the count would forget itself while waiting."""
_MAX_COUNTED = 16
"""Where counting stops: from the twelfth failure on the lock is the longest."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed sign-ins in a row of one account, and when the last of them was (aware UTC)."""

    count: int = 0
    last_at: datetime | None = None


NO_FAILURES = Failures()
"""What a success leaves behind."""


def locked_until(failures: Failures) -> datetime | None:
    """Until when sign-in is locked; None when the failures lock nothing. Whether that instant has passed is for ``is_locked``."""
    if failures.last_at is None or failures.count <= FREE_FAILURES:
        return None
    doublings = min(failures.count, _MAX_COUNTED) - FREE_FAILURES - 1
    return failures.last_at + min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def is_locked(failures: Failures, now: datetime) -> bool:
    """Whether a try now is refused before the password is even looked at. Such a try is no failure and is not counted."""
    until = locked_until(failures)
    return until is not None and now < until


def after_failure(failures: Failures, now: datetime) -> Failures:
    """With one more failure now. A clock that was set back makes no failure forgotten."""
    stale = failures.last_at is None or now - failures.last_at >= FORGOTTEN_AFTER
    return Failures(1 if stale else min(failures.count + 1, _MAX_COUNTED), now)


# Passwords

MIN_PASSWORD, MAX_PASSWORD = 8, 64
MIN_KINDS = 2
"""Of letters, digits and other characters: the complexity that SEC-4 asks for and an elderly member can still keep."""
TAIL_DIGITS = 6
"""The last digits of the identity number: the first password that registers everywhere give out, so everybody tries it."""
MIN_DISTINCT = 4
_RUN = 4
"""So many characters in a row of the keyboard or the alphabet, next to nothing else, are no secret."""
_ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb")
_COMMON_WORDS = """
    password passw0rd p@ssword p@ssw0rd password1 password123 admin admin123 administrator welcome welcome1 letmein
    iloveyou woaini woaini1314 woaini520 5201314 1314520 woaizuguo zhongguo zhongguo1 china123 beijing2008 sichuan1 mianyang1
    yanting1 yanting123 dangyuan dangyuan1 gongchandang 19210701 1921071 dangfei123 weixin123 wechat123 qwe123 qweasd qweasdzxc
    1q2w3e4r 1qaz2wsx q1w2e3r4 zaq12wsx asd123 abc123 abcd1234 a123456 aa123456 a1234567 a12345678 a123456789 qq123456 wang1234
    zhang123 li123456 123456a 1234567a 12345678a 123456aa 123abc 123qwe 1234qwer qwer1234 asdf1234 zxcv1234 abc12345 test1234
    root1234 monkey123 dragon123 superman1 football1 baseball1 sunshine1 princess1 master123 shadow123 michael1 jordan23
    """
COMMON = frozenset(_COMMON_WORDS.split())
"""Short on purpose: what people here try first. The rules above it catch the runs and repetitions that long lists are made of."""


class PasswordFault(StrEnum):
    TOO_SHORT = "password_too_short"
    TOO_LONG = "password_too_long"
    ONE_KIND = "password_one_kind"
    COMMON = "password_common"
    CONTAINS_PHONE = "password_contains_phone"
    CONTAINS_BIRTH_DATE = "password_contains_birth_date"
    CONTAINS_IDENTITY_NUMBER = "password_contains_identity_number"


def password_faults(
    password: str, *, phone: str, birth_date: date | None, identity_number: str
) -> tuple[PasswordFault, ...]:
    """All that is wrong with a new password, so that a page can say it at once. Empty details are not looked for.

    Counted after NFKC, the form that is hashed: the same keys on another keyboard give the same password.
    """
    text = unicodedata.normalize("NFKC", password)
    digits = re.sub(r"\D", "", text)
    checks = {
        PasswordFault.TOO_SHORT: len(text) < MIN_PASSWORD,
        PasswordFault.TOO_LONG: len(text) > MAX_PASSWORD,
        PasswordFault.ONE_KIND: _kinds(text) < MIN_KINDS,
        PasswordFault.COMMON: _is_common(text.lower()),
        PasswordFault.CONTAINS_PHONE: len(phone) >= 8 and phone[-8:] in digits,
        PasswordFault.CONTAINS_BIRTH_DATE: birth_date is not None and _holds_date(digits, birth_date),
        PasswordFault.CONTAINS_IDENTITY_NUMBER: len(identity_number) >= TAIL_DIGITS
        and identity_number[-TAIL_DIGITS:].lower() in text.lower(),
    }
    return tuple(fault for fault, found in checks.items() if found)


def _kinds(text: str) -> int:
    letters = any(c.isalpha() for c in text)
    digits = any(c.isdigit() for c in text)
    others = any(not c.isalnum() for c in text)
    return letters + digits + others


def _is_common(lower: str) -> bool:
    """On the list, of hardly any different characters, or two runs glued together."""
    stripped = lower.strip("!.@#*_- ")
    return stripped in COMMON or len(set(lower)) < MIN_DISTINCT or len(_without_runs(stripped)) < 3


def _without_runs(text: str) -> str:
    """What is left when the longest runs of keys, forwards or backwards, are taken out; at most one pass over each row."""
    rest = text
    for row in _ROWS:
        for line in (row, row[::-1]):
            for length in range(len(line), _RUN - 1, -1):
                for start in range(len(line) - length + 1):
                    rest = rest.replace(line[start : start + length], "")
    return rest


def _holds_date(digits: str, day: date) -> bool:
    return f"{day:%Y%m%d}" in digits or f"{day:%y%m%d}" in digits


# Binding to the roster


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """Name, identity number (or its tail) and phone: of the roster, or as somebody typed them."""

    name: str
    identity_number: str
    phone: str


def binding_matches(typed: PersonDetails, roster: PersonDetails) -> bool:
    """Whether somebody who binds his account names all three details of this roster entry: the name in its normal form, the
    last six of the identity number with a small or a capital X, the whole phone. A detail that the roster lacks never matches,
    and the time taken does not tell which of them was wrong.
    """
    agree = [
        _same(normal_name(typed.name), normal_name(roster.name)),
        _same(_tail(typed.identity_number), _tail(roster.identity_number)),
        _same(normal_phone(typed.phone) or "", normal_phone(roster.phone) or ""),
    ]
    return all(agree)


MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)


def normal_phone(text: str) -> str | None:
    """The eleven digits of a mobile phone, without +86, blanks and hyphens; None when they are not there."""
    digits = re.sub(r"[\s\-\u2010-\u2015()]", "", unicodedata.normalize("NFKC", text))
    digits = digits.removeprefix("+86") if digits.startswith("+") else digits
    return digits if MOBILE.fullmatch(digits) else None


def _tail(number: str) -> str:
    return unicodedata.normalize("NFKC", number).strip().upper()[-TAIL_DIGITS:]


def _same(one: str, other: str) -> bool:
    return bool(other) and hmac.compare_digest(one.encode(), other.encode())
