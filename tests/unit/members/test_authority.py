"""Roles along the tree (REG-8), and the offices that are kept apart."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.caller import Role
from services.contracts.values import OrgPath, is_within
from services.members.domain.authority import (
    APPROVALS,
    OWN_ORGANISATION_ONLY,
    ROLES,
    TABLE,
    WITHHELD,
    Capability,
    GrantFault,
    HeldRole,
    giver_fault,
    grant_fault,
    may,
)
from services.members.domain.organisation import Kind

COUNTY, TOWN, OTHER_TOWN = OrgPath("yt"), OrgPath("yt.t1"), OrgPath("yt.t10")
BRANCH, SISTER = OrgPath("yt.t1.b1"), OrgPath("yt.t1.b2")
PATHS = (COUNTY, TOWN, OTHER_TOWN, BRANCH, SISTER, OrgPath("yt.t10.b1"))
HELD = st.lists(st.builds(HeldRole, st.sampled_from(ROLES), st.sampled_from(PATHS)), max_size=4)


def test_roles_are_those_of_the_contracts() -> None:
    assert set(ROLES) == set(TABLE) == {role.value for role in Role}


@given(HELD, st.sampled_from(list(Capability)), st.sampled_from(PATHS))
def test_nothing_is_allowed_outside_every_subtree_that_is_held(
    held: list[HeldRole], capability: Capability, path: OrgPath
) -> None:
    reached = [one for one in held if is_within(path, one.path)]
    assert may(held, capability, path) <= bool(reached)
    assert may(held, capability, path) == may(reached, capability, path)


@given(HELD, st.sampled_from(list(Capability)))
def test_whoever_may_above_may_below_unless_another_office_takes_it_away(
    held: list[HeldRole], capability: Capability
) -> None:
    for above, below in itertools.product(PATHS, PATHS):
        if is_within(below, above) and may(held, capability, above):
            only_here = all(one.role in OWN_ORGANISATION_ONLY for one in held if capability in TABLE[one.role])
            takes = any(capability in WITHHELD.get(one.role, ()) for one in held)
            assert may(held, capability, below) or only_here or takes


@given(HELD, st.sampled_from(sorted(APPROVALS)))
def test_finance_never_approves_whatever_else_he_is(held: list[HeldRole], approval: Capability) -> None:
    assert not may([*held, HeldRole("finance", COUNTY)], approval, BRANCH)


@given(HELD)
def test_system_administrator_sees_no_base_and_no_identity_number(held: list[HeldRole]) -> None:
    roles = [*held, HeldRole("system_admin", COUNTY)]
    for path in PATHS:
        assert not may(roles, Capability.DUES_BASE_READ, path)
        assert not may(roles, Capability.IDENTITY_NUMBER_READ, path)
        assert may(roles, Capability.ACCOUNT_MANAGE, path)


def test_the_takeaway_is_what_stops_it() -> None:
    """The twin of the two tests before: without the office that takes away, the same roles may."""
    assert may([HeldRole("county_admin", COUNTY)], Capability.REFUND_APPROVE, COUNTY)
    assert may([HeldRole("branch_admin", BRANCH)], Capability.DUES_BASE_READ, BRANCH)


def test_prefix_of_a_label_is_no_ancestor() -> None:
    assert not may([HeldRole("committee_admin", TOWN)], Capability.ROSTER_READ, OTHER_TOWN)


def test_member_sees_the_card_of_his_own_branch_only() -> None:
    member = [HeldRole("member", BRANCH)]
    assert may(member, Capability.BRANCH_CARD_READ, BRANCH)
    assert not may(member, Capability.BRANCH_CARD_READ, SISTER)
    assert not may(member, Capability.ROSTER_READ, BRANCH)
    assert not may([HeldRole("member", TOWN)], Capability.BRANCH_CARD_READ, BRANCH)


def test_unknown_role_gives_nothing() -> None:
    assert not any(may([HeldRole("emperor", COUNTY)], capability, BRANCH) for capability in Capability)


EXPECTED = {
    "resident": {"showcase.read", "voice.send"},
    "editor": {"organisation.read", "article.edit", "comment.moderate"},
    "system_admin": {"organisation.read", "role.read", "role.give", "account.manage", "audit.read"},
    "finance": {
        *("organisation.read", "ledger.read", "reconciliation.work", "refund.enter", "remittance.enter", "report.read"),
    },
}


@pytest.mark.parametrize("role", sorted(EXPECTED))
def test_narrow_offices_hold_exactly_their_line_of_the_table(role: str) -> None:
    assert {capability.value for capability in TABLE[role]} == EXPECTED[role]


def test_each_level_of_administrators_may_what_the_level_below_may() -> None:
    assert TABLE["branch_admin"] < TABLE["committee_admin"] < TABLE["county_admin"]
    assert TABLE["resident"] < TABLE["member"]
    assert Capability.ROSTER_IMPORT not in TABLE["branch_admin"]
    assert not any(Capability.ACCOUNT_MANAGE in TABLE[role] for role in ROLES if role != "system_admin")


def test_nobody_both_enters_and_approves_by_one_role() -> None:
    for capabilities in TABLE.values():
        assert not {Capability.REFUND_ENTER, Capability.REFUND_APPROVE} <= capabilities
        assert not {Capability.REMITTANCE_ENTER, Capability.REMITTANCE_APPROVE} <= capabilities


@pytest.mark.parametrize(
    ("held", "role", "kind", "path", "fault"),
    [
        ([], "branch_admin", Kind.BRANCH, BRANCH, None),
        ([], "branch_admin", Kind.GROUP, BRANCH, GrantFault.ROLE_NOT_FOR_THIS_KIND),
        ([], "county_admin", Kind.TOWNSHIP_COMMITTEE, TOWN, GrantFault.ROLE_NOT_FOR_THIS_KIND),
        ([], "member", Kind.BRANCH, BRANCH, GrantFault.ROLE_NOT_FOR_THIS_KIND),
        ([], "emperor", Kind.BRANCH, BRANCH, GrantFault.ROLE_NOT_FOR_THIS_KIND),
        ([HeldRole("branch_admin", BRANCH)], "branch_admin", Kind.BRANCH, BRANCH, GrantFault.ALREADY_HELD),
        ([HeldRole("branch_admin", BRANCH)], "branch_admin", Kind.BRANCH, SISTER, None),
        (
            [HeldRole("county_admin", COUNTY)],
            *("finance", Kind.COUNTY_COMMITTEE, COUNTY, GrantFault.FINANCE_ALSO_APPROVES),
        ),
        (
            [HeldRole("finance", COUNTY)],
            *("committee_admin", Kind.TOWNSHIP_COMMITTEE, TOWN, GrantFault.FINANCE_ALSO_APPROVES),
        ),
        ([HeldRole("finance", OTHER_TOWN)], "committee_admin", Kind.TOWNSHIP_COMMITTEE, TOWN, None),
        ([HeldRole("finance", COUNTY)], "branch_admin", Kind.BRANCH, BRANCH, None),
        (
            [HeldRole("branch_admin", BRANCH)],
            *("system_admin", Kind.COUNTY_COMMITTEE, COUNTY, GrantFault.SYSTEM_ADMIN_ALSO_SEES),
        ),
        (
            [HeldRole("system_admin", COUNTY)],
            *("branch_admin", Kind.BRANCH, BRANCH, GrantFault.SYSTEM_ADMIN_ALSO_SEES),
        ),
        ([HeldRole("member", BRANCH)], "system_admin", Kind.COUNTY_COMMITTEE, COUNTY, None),
    ],
)
def test_offices_that_exclude_each_other_are_not_given_together(
    held: list[HeldRole], role: str, kind: Kind, path: OrgPath, fault: GrantFault | None
) -> None:
    assert grant_fault(held, role, kind, path) is fault


@given(HELD, st.sampled_from(["branch_admin", "committee_admin", "county_admin", "finance", "editor", "system_admin"]))
def test_what_was_given_together_is_never_withheld(held: list[HeldRole], role: str) -> None:
    """Offices given one by one without a fault can all be used in full: nothing is taken away in silence."""
    given_roles: list[HeldRole] = []
    kinds = {1: Kind.COUNTY_COMMITTEE, 2: Kind.TOWNSHIP_COMMITTEE, 3: Kind.BRANCH}
    for one in [*held, HeldRole(role, COUNTY)]:
        if grant_fault(given_roles, one.role, kinds[one.path.count(".") + 1], one.path) is None:
            given_roles.append(one)
    for one in given_roles:
        assert all(may(given_roles, capability, one.path) for capability in TABLE[one.role])


def test_nobody_raises_himself_and_accounts_stay_with_system_administrators() -> None:
    county = [HeldRole("county_admin", COUNTY)]
    system = [HeldRole("system_admin", COUNTY)]
    assert giver_fault(county, "branch_admin", BRANCH, to_himself=False) is None
    assert giver_fault(county, "branch_admin", BRANCH, to_himself=True) is GrantFault.NOT_TO_ONESELF
    assert giver_fault(county, "system_admin", COUNTY, to_himself=False) is GrantFault.ONLY_BY_SYSTEM_ADMIN
    assert giver_fault(system, "system_admin", COUNTY, to_himself=False) is None
