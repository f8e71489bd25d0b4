"""Who asks: the person behind a call, with the roles he holds and over which organisation (REG-8)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from services.contracts.values import OrgPath, is_within
from services.contracts.wire import Code, Id, Many, Text, message

Path = Annotated[OrgPath, Text(1, 263, r"[a-z0-9_]{1,32}(\.[a-z0-9_]{1,32}){0,7}")]
MAX_GRANTS = 20
"""Nobody holds more offices than this at once; the bound keeps the token small."""


class Role(StrEnum):
    RESIDENT = "resident"
    MEMBER = "member"
    BRANCH_ADMIN = "branch_admin"
    COMMITTEE_ADMIN = "committee_admin"
    COUNTY_ADMIN = "county_admin"
    FINANCE = "finance"
    EDITOR = "editor"
    SYSTEM_ADMIN = "system_admin"


ADMINISTRATORS = frozenset(set(Role) - {Role.RESIDENT, Role.MEMBER})
"""Roles that need a second factor at sign-in (SEC-4)."""
TREE_ADMINISTRATORS = (Role.BRANCH_ADMIN, Role.COMMITTEE_ADMIN, Role.COUNTY_ADMIN)


class CallerKind(StrEnum):
    ANONYMOUS = "anonymous"
    PERSON = "person"
    GATEWAY = "gateway"
    """The gateway on its own account: payment notices, the steps of a sign-in."""
    SYSTEM = "system"
    """A service's own jobs and event handlers."""


@message
class Grant:
    """One role over one organisation; it reaches the organisation's subtree, never outside it."""

    role: Role
    org_id: Id
    path: Path


@message
class Caller:
    """The person behind a call. Made by the gateway from a verified token; a service trusts it and decides by it."""

    kind: CallerKind
    county_id: Code
    account_id: Id | None = None
    member_id: Id | None = None
    session_id: Id | None = None
    grants: Annotated[tuple[Grant, ...], Many(0, MAX_GRANTS)] = ()

    def holds(self, *roles: Role) -> bool:
        return any(grant.role in roles for grant in self.grants)

    def reaches(self, path: OrgPath, *roles: Role) -> bool:
        """Whether one of these roles is held over ``path`` or above it."""
        return any(grant.role in roles and is_within(path, grant.path) for grant in self.grants)

    def paths(self, *roles: Role) -> tuple[OrgPath, ...]:
        """The organisations over which one of these roles is held."""
        return tuple(grant.path for grant in self.grants if grant.role in roles)


def anonymous(county_id: str) -> Caller:
    return Caller(kind=CallerKind.ANONYMOUS, county_id=county_id)


def system(county_id: str) -> Caller:
    return Caller(kind=CallerKind.SYSTEM, county_id=county_id)


def gateway(county_id: str) -> Caller:
    return Caller(kind=CallerKind.GATEWAY, county_id=county_id)
