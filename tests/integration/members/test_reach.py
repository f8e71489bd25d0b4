"""Authority along the tree: what lies outside does not exist, what is seen is noted (REG-8, SEC-2, SEC-5)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from services.chassis.tables import audit
from services.contracts.caller import Caller, Role
from services.contracts.common import ById
from services.contracts.errors import Forbidden, InvalidMessage, NotFound
from services.contracts.members import errors as e
from services.contracts.members import messages as m
from services.contracts.members import methods
from services.members.commands import accounts, roles, sign_in
from services.members.queries import me, organisations, people
from services.members.storage import tables as t
from tests.integration.members.conftest import PASSWORD, Service, identity_number, phone

NOBODY = "00000000-0000-7000-8000-00000000ffff"


def township_admin(service: Service) -> Caller:
    return service.caller("李晓峰", (Role.COMMITTEE_ADMIN, "t01"))


def county_admin(service: Service) -> Caller:
    return service.caller("赵文韬", (Role.COUNTY_ADMIN, "yanting"))


def system_admin(service: Service) -> Caller:
    return service.caller("罗镕", (Role.SYSTEM_ADMIN, "yanting"))


def list_members(service: Service, caller: Caller, code: str, query: str = "", **page: Any) -> m.MemberPage:
    request = m.ListMembers(org_id=service.org(code).id, query=query, **page)
    return service.call(methods.LIST_MEMBERS, people.list_members, request, caller)


def names(page: m.MemberPage) -> list[str]:
    return [one.name for one in page.items]


def test_administrator_sees_his_subtree_and_neighbours_do_not_exist_for_him(service: Service) -> None:
    admin = township_admin(service)
    assert sorted(names(list_members(service, admin, "t01"))) == ["李晓峰", "王桂兰", "陈小妹"]
    # t10 begins with the letters of t1: whole labels decide.
    for code in ("t10", "t10b01", "yanting", "d01"):
        with pytest.raises(NotFound):
            list_members(service, admin, code)
    for stranger in (service.member("石大山").id, NOBODY):
        with pytest.raises(NotFound):
            service.call(methods.GET_MEMBER, people.get_member, ById(id=stranger), admin)
        asked = m.Unmask(member_id=stranger, field=m.SealedField.PHONE, purpose="to call him")
        with pytest.raises(NotFound):
            service.call(methods.UNMASK, people.unmask, asked, admin)
        with pytest.raises(NotFound):
            service.call(methods.ISSUE_ACTIVATION_CODE, accounts.issue_activation_code, ById(id=stranger), admin)


def test_organisations_are_listed_beneath_ones_own_only(service: Service) -> None:
    admin = township_admin(service)
    request = m.ListOrgs(parent_id=service.org("t01").id)
    page = service.call(methods.LIST_ORGANISATIONS, organisations.list_organisations, request, admin)
    assert [(one.code, one.member_count) for one in page.items] == [("t01b01", 2), ("t01b02", 1)]
    for code in ("t10", "yanting"):
        request = m.ListOrgs(parent_id=service.org(code).id)
        with pytest.raises(NotFound):
            service.call(methods.LIST_ORGANISATIONS, organisations.list_organisations, request, admin)
    plain = service.caller("石大山")
    own = service.call(methods.LIST_ORGANISATIONS, organisations.list_organisations, m.ListOrgs(), plain)
    assert [one.code for one in own.items] == ["t10b01"]
    asked = ById(id=service.org("t10").id)
    with pytest.raises(NotFound):
        service.call(methods.GET_ORGANISATION, organisations.get_organisation, asked, plain)


def test_pages_of_members_go_on_where_the_last_one_ended(service: Service) -> None:
    admin = county_admin(service)
    seen, cursor = [], None
    for _ in range(6):
        page = list_members(service, admin, "yanting", limit=1, cursor=cursor)
        seen += names(page)
        cursor = page.next_cursor
    assert (len(set(seen)), cursor) == (6, None)
    with pytest.raises(InvalidMessage):
        list_members(service, admin, "yanting", cursor="bm9uc2Vuc2U=")


def test_roster_is_searched_by_part_of_name_and_by_whole_numbers(service: Service) -> None:
    admin = county_admin(service)
    assert names(list_members(service, admin, "yanting", "晓")) == ["李晓峰"]
    assert names(list_members(service, admin, "yanting", phone(13))) == ["王桂兰"]
    assert names(list_members(service, admin, "yanting", identity_number(17))) == ["石大山"]
    assert names(list_members(service, admin, "yanting", "%")) == []
    assert names(list_members(service, admin, "t10", "晓")) == []


def test_unmasking_is_noted_with_its_purpose_and_the_person_can_read_it(service: Service) -> None:
    father = service.member("王桂兰").id
    admin = township_admin(service)
    request = m.Unmask(member_id=father, field=m.SealedField.ID_NUMBER, purpose="letter of transfer")
    value = service.call(methods.UNMASK, people.unmask, request, admin).value
    assert value == identity_number(13)
    noted = service.rows(
        sa.select(audit).where(audit.c.about_member_id == father, audit.c.action == "unmask_id_number")
    )
    assert [(row.purpose, row.actor_role, row.actor_path) for row in noted] == [
        ("letter of transfer", "committee_admin", "yanting.t01")
    ]
    page = service.call(methods.LIST_MY_LOOKUPS, me.list_my_lookups, m.ListLookups(), service.caller("王桂兰"))
    assert (page.items[0].purpose, page.items[0].actor_org_name) == ("letter of transfer", "嫘祖镇委员会")


def test_each_page_of_the_roster_is_noted(service: Service) -> None:
    list_members(service, township_admin(service), "t01")
    noted = service.rows(sa.select(audit).where(audit.c.action == "list_members"))
    assert [row.actor_path for row in noted] == ["yanting.t01"]


def test_system_administrator_sees_no_identity_numbers_even_with_another_office(service: Service) -> None:
    request = m.Unmask(member_id=service.member("王桂兰").id, field=m.SealedField.ID_NUMBER, purpose="curious")
    with pytest.raises(Forbidden):
        service.call(methods.UNMASK, people.unmask, request, system_admin(service))
    both = service.caller("罗镕", (Role.SYSTEM_ADMIN, "yanting"), (Role.BRANCH_ADMIN, "t01b01"))
    with pytest.raises(Forbidden):
        service.call(methods.UNMASK, people.unmask, request, both)


def test_person_is_found_only_by_full_name_and_phone_tail_together(service: Service) -> None:
    def find(name: str, tail: str) -> m.FoundPersons:
        asked = m.FindPerson(name=name, phone_tail=tail)
        return service.call(methods.FIND_PERSON, people.find_person, asked, service.caller("石大山"))

    found = find("李 晓峰", phone(11)[-4:])
    assert [(one.name_masked, one.branch_name) for one in found.items] == [("李*峰", "蚕丝村党支部")]
    assert find("李晓峰", "9999").items == ()
    assert find("李晓", phone(11)[-4:]).items == ()


def give(service: Service, caller: Caller, name: str, role: Role, code: str) -> m.GrantView:
    request = m.GiveRole(
        org_id=service.org(code).id, member_id=service.member(name).id, role=role, reason="elected in March"
    )
    return service.call(methods.GIVE_ROLE, roles.give_role, request, caller)


def refused(service: Service, caller: Caller, name: str, role: Role, code: str) -> str:
    with pytest.raises(e.GrantRefused) as caught:
        give(service, caller, name, role, code)
    return str(caught.value.detail["reason"])


def test_office_is_given_noted_listed_and_withdrawn(service: Service) -> None:
    admin = county_admin(service)
    given = give(service, admin, "王桂兰", Role.BRANCH_ADMIN, "t01b01")
    asked = m.ListGrants(org_id=service.org("t01").id)
    assert [
        one.member_name for one in service.call(methods.LIST_GRANTS, organisations.list_grants, asked, admin).items
    ] == ["王桂兰"]
    withdrawn = m.WithdrawRole(id=given.id, reason="moved away")
    service.call(methods.WITHDRAW_ROLE, roles.withdraw_role, withdrawn, admin)
    assert service.call(methods.LIST_GRANTS, organisations.list_grants, asked, admin).items == ()
    kept = service.rows(sa.select(t.role_grant).where(t.role_grant.c.id == given.id))[0]
    assert (kept.reason, kept.end_reason) == ("elected in March", "moved away")
    actions = [row.action for row in service.rows(sa.select(audit).where(audit.c.object_id == given.id))]
    assert actions == ["give_role", "withdraw_role"]
    with pytest.raises(NotFound):
        service.call(methods.WITHDRAW_ROLE, roles.withdraw_role, withdrawn, admin)


def test_offices_that_clash_or_do_not_fit_are_refused(service: Service) -> None:
    admin = county_admin(service)
    assert refused(service, admin, "王桂兰", Role.BRANCH_ADMIN, "t01") == "role_not_for_this_kind"
    assert refused(service, admin, "王桂兰", Role.MEMBER, "t01b01") == "role_not_for_this_kind"
    give(service, admin, "王桂兰", Role.FINANCE, "yanting")
    assert refused(service, admin, "王桂兰", Role.COMMITTEE_ADMIN, "t01") == "finance_also_approves"
    assert refused(service, admin, "王桂兰", Role.FINANCE, "yanting") == "already_held"
    assert refused(service, admin, "赵文韬", Role.EDITOR, "yanting") == "not_to_oneself"
    assert refused(service, admin, "陈小妹", Role.SYSTEM_ADMIN, "yanting") == "only_by_system_admin"
    assert give(service, system_admin(service), "陈小妹", Role.SYSTEM_ADMIN, "yanting").role is Role.SYSTEM_ADMIN


def test_new_office_ends_the_sessions_that_do_not_know_of_it(service: Service) -> None:
    request = m.PasswordSignIn(phone=phone(13), password=PASSWORD)
    service.call(methods.SIGN_IN_WITH_PASSWORD, sign_in.sign_in_with_password, request)
    give(service, county_admin(service), "王桂兰", Role.BRANCH_ADMIN, "t01b01")
    assert [row.end_reason for row in service.rows(sa.select(t.session))] == ["roles_changed"]


def test_roles_are_given_by_those_of_the_county_only(service: Service) -> None:
    with pytest.raises(Forbidden):
        give(service, township_admin(service), "王桂兰", Role.BRANCH_ADMIN, "t01b01")
    elsewhere = service.caller("赵文韬", (Role.COUNTY_ADMIN, "t10"))
    with pytest.raises(NotFound):
        give(service, elsewhere, "王桂兰", Role.BRANCH_ADMIN, "t01b01")
