"""Who may: the gate of a method, and the reach along the organisation tree (REG-8).

The gate says who may knock at all and is checked for every call before anything else. Where in the tree the caller stands is
checked by each use case with ``require_reach``; what lies outside is answered as if it did not exist.
"""

from __future__ import annotations

from services.contracts.caller import Caller, CallerKind, Role
from services.contracts.errors import Forbidden, NotFound, Unauthenticated
from services.contracts.method import Authority, Gate
from services.contracts.values import OrgPath


def check_gate(authority: Authority, caller: Caller) -> None:
    """Raises Unauthenticated when a sign-in would help, Forbidden when it would not."""
    if authority.gate is Gate.PUBLIC or caller.kind is CallerKind.SYSTEM:
        return
    if authority.gate is Gate.GATEWAY:
        if caller.kind is not CallerKind.GATEWAY:
            raise Forbidden
        return
    if caller.kind is not CallerKind.PERSON or caller.account_id is None:
        raise Unauthenticated
    if authority.gate is Gate.MEMBER and caller.member_id is None:
        raise Forbidden
    if authority.gate is Gate.ROLES and not caller.holds(*authority.roles):
        raise Forbidden


def require_reach(caller: Caller, path: OrgPath | None, *roles: Role) -> OrgPath:
    """The path itself when one of the roles is held over it. Raises NotFound alike for what is out of reach or absent."""
    if path is None or not (caller.kind is CallerKind.SYSTEM or caller.reaches(path, *roles)):
        raise NotFound
    return path


def member_of(caller: Caller) -> str:
    """The caller's own member id. Raises Forbidden for one who is no member."""
    if caller.member_id is None:
        raise Forbidden
    return caller.member_id
