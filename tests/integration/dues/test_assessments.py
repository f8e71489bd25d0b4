"""Assessments: sealed, versioned, all of a batch or none, and never in the way of what is paid (DUE-13, DUE-15, REG-8)."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.caller import Role, anonymous
from services.contracts.dues.errors import AssessmentRefused, CalculationRefused
from services.contracts.errors import Forbidden, NotFound
from services.contracts.members.messages import MemberClass
from tests.integration.dues.county import COUNTY, WAGE, WAGE_FEN, County, holder, ident, member, person

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
HEAD = holder("b1 head", Role.BRANCH_ADMIN, "b1")


def _of(
    name: str, since: str = "2026-01", pay: dict[str, Any] | None = None, kind: str = "civil_servant"
) -> dict[str, Any]:
    return {"member_id": ident(name), "effective_from": since, "member_class": kind, "pay": pay or WAGE}


def _amount(county: County, name: str, month: int = 202609) -> tuple[Any, ...]:
    return tuple(
        county.sql(
            "SELECT amount_fen, assessment_version, basis FROM obligation WHERE member_id = :id AND month = :month",
            id=ident(name),
            month=month,
        )[0]
    )


@pytest.fixture
def wages(county: County) -> County:
    county.roster(
        *(person(name, where, MemberClass.CIVIL_SERVANT) for name, where in (("li", "b1"), ("wu", "b1"), ("he", "b3")))
    )
    county.ask("open_month", BOSS, month="2026-09")
    return county


def test_anybody_may_work_an_amount_out(county: County) -> None:
    answer = county.ask("calculate", anonymous(COUNTY), member_class="civil_servant", month="2026-09", pay=WAGE)
    assert (answer["base_fen"], answer["rate_basis_points"], answer["amount_fen"]) == (540_000, 150, WAGE_FEN)
    assert answer["explanation"][0]["label"] == "职务工资"
    assert answer["explanation"][2]["label"] == "个人所得税"
    profile = county.ask("get_profile", anonymous(COUNTY))
    assert profile["version"] == answer["profile_version"]
    assert {one["member_class"] for one in profile["classes"]} == {one.value for one in MemberClass}
    with pytest.raises(CalculationRefused) as refused:
        county.ask("calculate", anonymous(COUNTY), member_class="civil_servant", month="2026-09", pay={})
    assert refused.value.detail["reason"] == "nothing_counted"


def test_an_assessment_fills_the_months_that_wait_for_it(wages: County) -> None:
    assert _amount(wages, "li") == (None, None, "unassessed")
    view = wages.ask("assess", HEAD, **_of("li"))
    assert (view["version"], view["amount_fen"], view["set_by"]) == (1, WAGE_FEN, "组织b1")
    assert view["pay"]["counted"] == WAGE["counted"]
    assert view["calculation"]["amount_fen"] == WAGE_FEN
    assert _amount(wages, "li") == (WAGE_FEN, 1, "assessed")
    assert _amount(wages, "wu") == (None, None, "unassessed")


def test_the_pay_is_sealed(wages: County) -> None:
    wages.ask("assess", HEAD, **_of("li"))
    sealed = bytes(wages.sql("SELECT record_sealed FROM assessment")[0][0])
    assert b"post_salary" not in sealed
    assert b"300000" not in sealed
    assert b"540000" not in sealed


def test_a_correction_is_a_new_version_and_leaves_paid_and_held_months(wages: County) -> None:
    wages.ask("assess_batch", BOSS, items=[_of(name) for name in ("li", "wu", "he")])
    wages.sql("UPDATE obligation SET paid_fen = amount_fen WHERE member_id = :id", id=ident("wu"))
    wages.sql(
        "WITH placed AS (INSERT INTO orders VALUES (:id, 'yanting', 'n1', :id, 8100, 'paying', 1, NULL, now(), now(), "
        "NULL, NULL, 0) RETURNING order_id) INSERT INTO order_line SELECT :id, 1, :held, 202609, :id, 8100, true FROM placed",
        id=ident("order"),
        held=ident("he"),
    )
    less = {"counted": [{"code": "post_salary", "amount_fen": 200_000}]}
    wages.ask("assess_batch", BOSS, items=[_of(name, pay=less) for name in ("li", "wu", "he")])
    assert _amount(wages, "li") == (1_000, 2, "assessed")
    assert _amount(wages, "wu") == (WAGE_FEN, 1, "assessed")
    assert _amount(wages, "he") == (WAGE_FEN, 1, "assessed")
    page = wages.ask("list_assessments", HEAD, member_id=ident("li"))
    assert [one["version"] for one in page["items"]] == [2, 1]


def test_the_years_amount_stays(wages: County) -> None:
    wages.ask("assess", HEAD, **_of("li"))
    with pytest.raises(AssessmentRefused) as refused:
        wages.ask("assess", HEAD, **_of("li", since="2026-06"))
    assert refused.value.detail["reason"] == "assessment_year_fixed"


def test_what_begins_later_in_one_batch_ends_what_begins_before(wages: County) -> None:
    less = {"counted": [{"code": "post_salary", "amount_fen": 200_000}]}
    wages.it_is("2027-01-10")
    wages.ask("open_month", BOSS, month="2027-01")
    wages.ask("assess_batch", HEAD, items=[_of("li"), _of("li", since="2027-01", pay=less)])
    assert _amount(wages, "li") == (WAGE_FEN, 1, "assessed")
    assert _amount(wages, "li", 202701) == (1_000, 2, "assessed")


def test_all_of_a_batch_or_none(wages: County) -> None:
    with pytest.raises(AssessmentRefused) as refused:
        wages.ask("assess_batch", BOSS, items=[_of("li"), _of("wu", kind="farmer", pay={"counted": []})])
    assert refused.value.detail["index"] == 1
    assert wages.sql("SELECT count(*) FROM assessment")[0][0] == 0
    with pytest.raises(NotFound):
        wages.ask("assess_batch", HEAD, items=[_of("li"), _of("he")])
    assert wages.sql("SELECT count(*) FROM assessment")[0][0] == 0


def test_an_assessment_needs_the_members_own_class(wages: County) -> None:
    wages.roster(person("xu", member_class=MemberClass.RETIRED))
    with pytest.raises(AssessmentRefused) as refused:
        wages.ask("assess", HEAD, **_of("xu"))
    assert refused.value.detail == {"reason": "member_class_differs", "member_class": "retired"}


def test_authority_ends_at_the_subtree(wages: County) -> None:
    with pytest.raises(NotFound):
        wages.ask("assess", HEAD, **_of("he"))
    with pytest.raises(NotFound):
        wages.ask("assess", HEAD, **_of("nobody"))
    with pytest.raises(NotFound):
        wages.ask("list_assessments", HEAD, member_id=ident("he"))
    with pytest.raises(Forbidden):
        wages.ask("list_assessments", member("li"), member_id=ident("li"))
    with pytest.raises(Forbidden):
        wages.ask("assess", holder("money", Role.FINANCE, "county"), **_of("li"))


def test_who_looked_is_told_to_whom_it_is_about(wages: County) -> None:
    wages.ask("assess", HEAD, **_of("li"))
    wages.ask("list_assessments", HEAD, member_id=ident("li"))
    seen = wages.ask("list_my_lookups", member("li"))["items"]
    assert [(one["action"], one["actor_role"], one["actor_org_name"]) for one in seen] == [
        ("dues.assessments_seen", "branch_admin", "组织b1"),
        ("dues.assessed", "branch_admin", "组织b1"),
    ]
    assert wages.ask("list_my_lookups", member("wu"))["items"] == []
    first = wages.ask("list_my_lookups", member("li"), limit=1)
    rest = wages.ask("list_my_lookups", member("li"), limit=1, cursor=first["next_cursor"])
    assert (rest["items"][0]["action"], rest["next_cursor"]) == ("dues.assessed", None)
