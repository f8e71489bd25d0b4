"""Organisations, the roster, the caller himself, roles (REG-8, SEC-2)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.caller import Grant, Path, Role
from services.contracts.members.messages.sign_in import Masked, MemberClass, MemberStatus, OrgKind, PhoneTail
from services.contracts.wire import (
    DEFAULT_PAGE,
    Code,
    Count,
    Cursor,
    Id,
    Many,
    Name,
    PageSize,
    Text,
    Whole,
    Words,
    message,
)

MAX_ROSTER_PAGE = 500
"""A program that matches a whole county's roster needs fifty-five pages, not two hundred and seventy-four."""

# People


@message
class OrgView:
    id: Id
    parent_id: Id | None
    code: Code
    name: Name
    kind: OrgKind
    path: Path
    member_count: Count
    """Active members in the subtree."""


@message
class ListOrgs:
    parent_id: Id | None = None
    """Left out: the organisations over which the caller holds a role, or his own branch."""
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class OrgPage:
    items: tuple[OrgView, ...]
    next_cursor: Cursor | None


@message
class MemberView:
    """A roster line. Name in full for those who may see the roster, the rest masked (SEC-2)."""

    id: Id
    name: Name
    sex: Annotated[str, Text(1, 8)]
    nation: Annotated[str, Text(1, 20)]
    id_number_masked: Masked
    phone_masked: Masked
    branch_id: Id
    branch_name: Name
    branch_path: Path
    status: MemberStatus
    member_class: MemberClass
    household: Annotated[str, Text(0, 40)]
    joined_on: date
    full_on: date | None
    away: bool
    away_place: Annotated[str, Text(0, 60)]
    has_account: bool
    version: Count


@message
class ListMembers:
    org_id: Id
    query: Annotated[str, Text(0, 30)] = ""
    """A part of the name, or the whole of a phone or identity number."""
    cursor: Cursor | None = None
    limit: Annotated[int, Whole(1, MAX_ROSTER_PAGE)] = DEFAULT_PAGE


@message
class MemberPage:
    items: Annotated[tuple[MemberView, ...], Many(0, MAX_ROSTER_PAGE)]
    next_cursor: Cursor | None


@message
class Me:
    member: MemberView | None
    county_name: Name
    grants: tuple[Grant, ...]
    grant_org_names: tuple[Name, ...]
    """The organisation of each grant, in the same order."""
    has_password: bool
    has_second_factor: bool
    wechat_bound: bool


@message
class WeChatIdentity:
    """The caller's own openid, for paying; empty when none is bound. For the gateway's use, never sent to a phone."""

    openid: Annotated[str, Text(0, 128)]


@message
class Lookup:
    """Who looked at a person's record, when, why (SEC-5)."""

    at: datetime
    actor_role: Role
    """The office is named, not the person who holds it."""
    actor_org_name: Annotated[str, Text(0, 60)]
    action: Code
    purpose: Annotated[str, Text(0, 500)]


@message
class ListLookups:
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class LookupPage:
    items: tuple[Lookup, ...]
    next_cursor: Cursor | None


class SealedField(StrEnum):
    ID_NUMBER = "id_number"
    PHONE = "phone"


@message
class Unmask:
    member_id: Id
    field: SealedField
    purpose: Words


@message
class Unmasked:
    value: Annotated[str, Text(0, 40)]


@message
class FindPerson:
    """For paying on behalf (PAY-7): full name and the phone's last four digits must both agree."""

    name: Name
    phone_tail: PhoneTail


@message
class FoundPerson:
    member_id: Id
    name_masked: Name
    branch_name: Name


@message
class FoundPersons:
    items: Annotated[tuple[FoundPerson, ...], Many(0, 5)]
    """Empty alike for nobody, a wrong phone, or more than five namesakes."""


@message
class ActivationCode:
    """Handed to the member by the branch administrator; shown once."""

    code: Annotated[str, Text(8, 8)]
    expires_at: datetime


@message
class GrantView:
    id: Id
    role: Role
    org_id: Id
    org_name: Name
    member_id: Id
    member_name: Name
    since: datetime


@message
class GrantPage:
    items: tuple[GrantView, ...]
    next_cursor: Cursor | None


@message
class ListGrants:
    org_id: Id
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class GiveRole:
    org_id: Id
    member_id: Id
    role: Role
    reason: Words


@message
class WithdrawRole:
    id: Id
    reason: Words
