"""Where cash is and who stands there: the branch within the caller's reach, and the name by which he is recorded."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from services.chassis.access import member_of, require_reach
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, Role
from services.contracts.dues import errors as e
from services.contracts.errors import Forbidden
from services.contracts.members.messages import OrgKind
from services.contracts.values import OrgId, OrgPath
from services.dues.orders import store
from services.dues.storage.tables import organisation

TAKERS = (Role.BRANCH_ADMIN,)
SECONDS = (Role.BRANCH_ADMIN, Role.COMMITTEE_ADMIN)
READERS = (*TREE_ADMINISTRATORS, Role.FINANCE)


@dataclass(frozen=True, slots=True)
class Branch:
    org_id: OrgId
    path: OrgPath
    name: str


def branch_in_reach(work: Work, org_id: str) -> Branch:
    """The branch for which the caller takes cash. Raises NotFound, or CashRefused for what is no branch."""
    statement = sa.select(organisation.c.path, organisation.c.name, organisation.c.kind)
    row = work.db.execute(statement.where(organisation.c.org_id == org_id)).one_or_none()
    path = require_reach(work.caller, OrgPath(row.path) if row else None, *TAKERS)
    assert row is not None, "what is absent is out of reach"
    if row.kind != OrgKind.BRANCH:
        raise e.CashRefused(reason="not_a_branch")
    return Branch(OrgId(org_id), path, row.name)


def path_in_reach(work: Work, org_id: str | None, *roles: Role) -> OrgPath:
    """The path of an organisation, or of a row's branch, that one of these offices reaches. Raises NotFound."""
    return require_reach(work.caller, None if org_id is None else store.org_path(work.db, org_id), *roles)


def own_account(work: Work) -> str:
    """Who acts, as the two persons are told apart."""
    if work.caller.account_id is None:
        raise Forbidden
    return work.caller.account_id


def own_name(work: Work) -> str:
    """The caller's name for receipt and list: cash is never taken by nobody."""
    member_id = member_of(work.caller)
    name = store.names_of(work.db, [member_id]).get(member_id)
    if name is None:
        raise Forbidden
    return name
