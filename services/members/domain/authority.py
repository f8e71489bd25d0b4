"""Who may do what, and where in the tree (REG-8): roles times capabilities, reached along organisation paths.

Owns the table of roles of the product and the rules that keep offices apart. Role codes are plain text here; the contracts'
``Role`` has the same eight. Decides about organisations and people only; whose turn it is in a workflow is decided there.

A role is held over one organisation. Most of what it may do reaches the whole subtree; what a simple member may see of his
branch reaches that one organisation only. Some offices take away: while somebody keeps the accounts he approves nothing in
the same subtree, whatever other office he holds, and a system administrator sees no dues bases and no identity numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.contracts.values import OrgPath, is_within
from services.members.domain.organisation import Kind

RESIDENT, MEMBER = "resident", "member"
BRANCH_ADMIN, COMMITTEE_ADMIN, COUNTY_ADMIN = "branch_admin", "committee_admin", "county_admin"
FINANCE, EDITOR, SYSTEM_ADMIN = "finance", "editor", "system_admin"
ROLES = (RESIDENT, MEMBER, BRANCH_ADMIN, COMMITTEE_ADMIN, COUNTY_ADMIN, FINANCE, EDITOR, SYSTEM_ADMIN)


class Capability(StrEnum):
    """What can be allowed. Named object.deed; a capability on people reaches those of the organisations it reaches."""

    SHOWCASE_READ = "showcase.read"
    VOICE_SEND = "voice.send"
    OWN_RECORD_READ = "own_record.read"
    OWN_DUES_PAY = "own_dues.pay"
    OTHERS_DUES_PAY = "others_dues.pay"
    OWN_TRANSFER_BEGIN = "own_transfer.begin"
    BRANCH_CARD_READ = "branch_card.read"
    """The public fields of one's own branch: names and offices."""

    ORGANISATION_READ = "organisation.read"
    ROSTER_READ = "roster.read"
    ROSTER_IMPORT = "roster.import"
    ROSTER_EXPORT = "roster.export"
    IDENTITY_NUMBER_READ = "identity_number.read"
    PHONE_READ = "phone.read"
    ACTIVATION_CODE_ISSUE = "activation_code.issue"
    ROLE_READ = "role.read"
    ROLE_GIVE = "role.give"
    ACCOUNT_MANAGE = "account.manage"
    AUDIT_READ = "audit.read"

    DUES_BASE_READ = "dues_base.read"
    ASSESSMENT_SET = "assessment.set"
    CASH_TAKE = "cash.take"
    MONTH_REPORT = "month.report"
    MONTH_OPEN = "month.open"
    MONTH_SETTLE = "month.settle"
    RULE_PROFILE_CHANGE = "rule_profile.change"
    REDUCTION_PROPOSE = "reduction.propose"
    REDUCTION_APPROVE = "reduction.approve"
    LEDGER_READ = "ledger.read"
    RECONCILIATION_WORK = "reconciliation.work"
    REFUND_ENTER = "refund.enter"
    REFUND_APPROVE = "refund.approve"
    REMITTANCE_ENTER = "remittance.enter"
    REMITTANCE_APPROVE = "remittance.approve"

    TRANSFER_REVIEW = "transfer.review"
    RECORD_WRITE = "record.write"
    RECORD_REVIEW = "record.review"
    TASK_ISSUE = "task.issue"
    REPORT_READ = "report.read"
    ARTICLE_EDIT = "article.edit"
    COMMENT_MODERATE = "comment.moderate"
    COLUMN_CHANGE = "column.change"


C = Capability

APPROVALS = frozenset({C.REDUCTION_APPROVE, C.REFUND_APPROVE, C.REMITTANCE_APPROVE, C.MONTH_SETTLE})
"""The second pair of eyes on money: never those of the person who enters it."""

_PUBLIC = frozenset({C.SHOWCASE_READ, C.VOICE_SEND})
_OWN = _PUBLIC | {C.OWN_RECORD_READ, C.OWN_DUES_PAY, C.OTHERS_DUES_PAY, C.OWN_TRANSFER_BEGIN, C.BRANCH_CARD_READ}
_BRANCH = frozenset(
    {
        *(C.ORGANISATION_READ, C.ROSTER_READ, C.IDENTITY_NUMBER_READ, C.PHONE_READ, C.ACTIVATION_CODE_ISSUE),
        *(C.DUES_BASE_READ, C.ASSESSMENT_SET, C.CASH_TAKE, C.MONTH_REPORT, C.REDUCTION_PROPOSE, C.LEDGER_READ),
        *(C.TRANSFER_REVIEW, C.RECORD_WRITE, C.REPORT_READ),
    }
)
_COMMITTEE = _BRANCH | {C.ROSTER_IMPORT, C.ROSTER_EXPORT, C.REDUCTION_APPROVE, C.RECORD_REVIEW, C.TASK_ISSUE}
_COUNTY = _COMMITTEE | {
    *(C.ROLE_READ, C.ROLE_GIVE, C.AUDIT_READ, C.MONTH_OPEN, C.MONTH_SETTLE, C.RULE_PROFILE_CHANGE),
    *(C.REFUND_APPROVE, C.REMITTANCE_APPROVE, C.COLUMN_CHANGE, C.COMMENT_MODERATE),
}
_FINANCE = frozenset(
    {
        *(C.ORGANISATION_READ, C.LEDGER_READ, C.RECONCILIATION_WORK, C.REFUND_ENTER, C.REMITTANCE_ENTER),
        C.REPORT_READ,
    }
)
_SYSTEM = frozenset({C.ORGANISATION_READ, C.ROLE_READ, C.ROLE_GIVE, C.ACCOUNT_MANAGE, C.AUDIT_READ})

TABLE: Mapping[str, frozenset[Capability]] = {
    RESIDENT: _PUBLIC,
    MEMBER: _OWN,
    BRANCH_ADMIN: _BRANCH,
    COMMITTEE_ADMIN: _COMMITTEE,
    COUNTY_ADMIN: _COUNTY,
    FINANCE: _FINANCE,
    EDITOR: frozenset({C.ORGANISATION_READ, C.ARTICLE_EDIT, C.COMMENT_MODERATE}),
    SYSTEM_ADMIN: _SYSTEM,
}
"""The table of roles of the product."""

WITHHELD: Mapping[str, frozenset[Capability]] = {
    FINANCE: APPROVALS,
    SYSTEM_ADMIN: frozenset({C.DUES_BASE_READ, C.ASSESSMENT_SET, C.IDENTITY_NUMBER_READ}),
}
"""What an office takes away in its subtree from whoever holds it, even if another office would give it."""

OWN_ORGANISATION_ONLY = frozenset({RESIDENT, MEMBER})
"""Roles that reach the organisation itself and nothing beneath it."""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """One role over one organisation, as a caller's grants tell it."""

    role: str
    path: OrgPath


def may(held: Iterable[HeldRole], capability: Capability, path: OrgPath) -> bool:
    """Whether somebody with these roles may do this at this organisation. An unknown role gives nothing."""
    roles = tuple(held)
    if any(capability in WITHHELD.get(one.role, ()) and is_within(path, one.path) for one in roles):
        return False
    return any(capability in TABLE.get(one.role, ()) and _reaches(one, path) for one in roles)


def _reaches(held: HeldRole, path: OrgPath) -> bool:
    if held.role in OWN_ORGANISATION_ONLY:
        return path == held.path
    return is_within(path, held.path)


# Giving roles

_HOLDABLE: Mapping[str, frozenset[Kind]] = {
    BRANCH_ADMIN: frozenset({Kind.BRANCH, Kind.GENERAL_BRANCH}),
    COMMITTEE_ADMIN: frozenset({Kind.TOWNSHIP_COMMITTEE, Kind.DEPARTMENT_COMMITTEE}),
    COUNTY_ADMIN: frozenset({Kind.COUNTY_COMMITTEE}),
    FINANCE: frozenset({Kind.COUNTY_COMMITTEE, Kind.TOWNSHIP_COMMITTEE, Kind.DEPARTMENT_COMMITTEE}),
    EDITOR: frozenset({Kind.COUNTY_COMMITTEE, Kind.TOWNSHIP_COMMITTEE, Kind.DEPARTMENT_COMMITTEE}),
    SYSTEM_ADMIN: frozenset({Kind.COUNTY_COMMITTEE}),
}
"""Over which kinds of organisation each office can be held. Resident and member are not given: they follow from the account
and from the roster."""


class GrantFault(StrEnum):
    ROLE_NOT_FOR_THIS_KIND = "role_not_for_this_kind"
    FINANCE_ALSO_APPROVES = "finance_also_approves"
    SYSTEM_ADMIN_ALSO_SEES = "system_admin_also_sees"
    ALREADY_HELD = "already_held"
    NOT_TO_ONESELF = "not_to_oneself"
    ONLY_BY_SYSTEM_ADMIN = "only_by_system_admin"


def grant_fault(held: Iterable[HeldRole], role: str, kind: Kind, path: OrgPath) -> GrantFault | None:
    """Why this role can't be given over this organisation to somebody who holds those roles; None when it can.

    ``may`` would withhold the clashing capabilities anyway; refusing the second office keeps anybody from holding one that
    silently does less than its name says.
    """
    if kind not in _HOLDABLE.get(role, ()):
        return GrantFault.ROLE_NOT_FOR_THIS_KIND
    roles = tuple(held)
    if HeldRole(role, path) in roles:
        return GrantFault.ALREADY_HELD
    new = HeldRole(role, path)
    for one in roles:
        for taking, giving in ((new, one), (one, new)):
            if _clash(taking, giving):
                return GrantFault.FINANCE_ALSO_APPROVES if taking.role == FINANCE else GrantFault.SYSTEM_ADMIN_ALSO_SEES
    return None


def giver_fault(giver: Iterable[HeldRole], role: str, path: OrgPath, *, to_himself: bool) -> GrantFault | None:
    """Why this giver may not give this role here; None when he may. Nobody raises himself, and the office that rules accounts is
    passed on only by those who hold it."""
    roles = tuple(giver)
    if to_himself:
        return GrantFault.NOT_TO_ONESELF
    if role == SYSTEM_ADMIN and not any(one.role == SYSTEM_ADMIN and is_within(path, one.path) for one in roles):
        return GrantFault.ONLY_BY_SYSTEM_ADMIN
    return None


def _clash(taking: HeldRole, giving: HeldRole) -> bool:
    """Whether one office takes away what the other gives somewhere: their subtrees touch and so do the capabilities."""
    if giving.role in OWN_ORGANISATION_ONLY:
        return False
    touching = is_within(taking.path, giving.path) or is_within(giving.path, taking.path)
    return touching and not WITHHELD.get(taking.role, frozenset()).isdisjoint(TABLE.get(giving.role, frozenset()))
