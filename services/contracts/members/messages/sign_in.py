"""Sign-in, sessions, second factor; the forms of phones and passwords (SEC-4)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.caller import Grant
from services.contracts.wire import (
    Code,
    Id,
    Many,
    Name,
    Text,
    Whole,
    message,
)

Phone = Annotated[str, Text(11, 11, r"1[0-9]{10}")]
PhoneTail = Annotated[str, Text(4, 4, r"[0-9]{4}")]
IdNumberTail = Annotated[str, Text(6, 6, r"[0-9]{5}[0-9Xx]")]
Password = Annotated[str, Text(8, 64)]
TotpCode = Annotated[str, Text(6, 6, r"[0-9]{6}")]
Token = Annotated[str, Text(16, 2000)]
Masked = Annotated[str, Text(0, 40)]
BATCH = 500
"""Members in one event: a county's import becomes some 55 events, each handled as one statement."""


class OrgKind(StrEnum):
    COUNTY_COMMITTEE = "county_committee"
    TOWNSHIP_COMMITTEE = "township_committee"
    DEPARTMENT_COMMITTEE = "department_committee"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"
    GROUP = "group"


class MemberStatus(StrEnum):
    """REG-2."""

    FULL = "full"
    PROBATIONARY = "probationary"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    TRANSFERRED_OUT = "transferred_out"


class MemberClass(StrEnum):
    """By which rule the dues of a member are worked out (DUE-1 to DUE-10)."""

    CIVIL_SERVANT = "civil_servant"
    PUBLIC_INSTITUTION = "public_institution"
    OFFICE_WORKER = "office_worker"
    ENTERPRISE = "enterprise"
    ANNUAL_SALARY = "annual_salary"
    SELF_EMPLOYED = "self_employed"
    VILLAGE_CADRE = "village_cadre"
    RETIRED = "retired"
    FARMER = "farmer"
    STUDENT = "student"
    LAID_OFF = "laid_off"
    RELIEF = "relief"
    MINIMUM_ALLOWANCE = "minimum_allowance"


# Sign-in


@message
class PasswordSignIn:
    phone: Phone
    password: Annotated[str, Text(1, 64)]
    device: Annotated[str, Text(0, 120)] = ""


@message
class SecondFactorAnswer:
    challenge: Token
    code: TotpCode


@message
class WeChatSignIn:
    code: Annotated[str, Text(1, 128)]
    device: Annotated[str, Text(0, 120)] = ""


@message
class WeChatBinding:
    """Binds a WeChat account once to the roster entry that agrees in all three details."""

    binding_token: Token
    name: Name
    id_number_tail: IdNumberTail
    phone: Phone
    device: Annotated[str, Text(0, 120)] = ""


@message
class Activation:
    """First sign-in without WeChat: the one-time code comes from the branch administrator."""

    phone: Phone
    code: Annotated[str, Text(8, 8, r"[0-9A-Z]{8}")]
    password: Password
    device: Annotated[str, Text(0, 120)] = ""


class SignInStep(StrEnum):
    SIGNED_IN = "signed_in"
    SECOND_FACTOR = "second_factor"
    """Answer the challenge with the code of the authenticator."""
    BINDING = "binding"
    """This WeChat account is not bound yet: bind it with the token."""


@message
class Session:
    """What the gateway makes its tokens from. The refresh token never reaches a script: it becomes a cookie."""

    session_id: Id
    account_id: Id
    member_id: Id | None
    county_id: Code
    grants: tuple[Grant, ...]
    refresh_token: Token
    refresh_expires_at: datetime


@message
class SignInResult:
    step: SignInStep
    session: Session | None = None
    challenge: Token | None = None
    binding_token: Token | None = None


@message
class RefreshSession:
    refresh_token: Token


@message
class DeviceSession:
    id: Id
    device: Annotated[str, Text(0, 120)]
    signed_in_at: datetime
    last_used_at: datetime
    current: bool


@message
class DeviceSessions:
    items: tuple[DeviceSession, ...]


MAX_ENDED = 2_000
"""Sessions that end within the longest time asked about: a county of 27,000 members ends some hundreds."""
MAX_ENDED_WITHIN_S = 3_600


@message
class ListEndedSessions:
    within_s: Annotated[int, Whole(1, MAX_ENDED_WITHIN_S)]
    """How far back to look from now."""


@message
class EndedSessions:
    """Sessions that were ended, or whose account was disabled, though their access tokens still run."""

    ids: Annotated[tuple[Id, ...], Many(0, MAX_ENDED)]


@message
class NewPassword:
    """``current`` may be left out while the account has none (it was made by WeChat)."""

    new: Password
    current: Annotated[str, Text(1, 64)] | None = None


@message
class SecondFactorOffer:
    """What an authenticator needs. Shown once; in force only after it was confirmed with a code."""

    secret: Annotated[str, Text(16, 64, r"[A-Z2-7]+")]
    uri: Annotated[str, Text(10, 300)]


@message
class SecondFactorConfirmation:
    code: TotpCode
