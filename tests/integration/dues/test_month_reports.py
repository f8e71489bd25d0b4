"""Reporting and settling a month: the gates, what is frozen, the way back, and that a settled month never changes (BOOK-1)."""

from __future__ import annotations

from datetime import date

import pytest

from services.contracts.dues.errors import DelayRefused, MonthNotToSettle, MonthReportRefused
from services.contracts.errors import Forbidden, NotFound
from services.contracts.members.messages import MemberClass, MemberStatus
from tests.integration.dues.county import WAGE, WAGE_FEN, County, ident, member, person
from tests.integration.dues.offices import (
    AUGUST,
    BOSS,
    DUE_FEN,
    FIRST,
    OTHER_TOWN,
    SECOND,
    SEPTEMBER,
    TOWN,
    delay,
    delay_all_but,
    populate,
    report,
    settle_august,
    standing,
)
from tests.integration.dues.till import Till

LI = member("li")


@pytest.fixture
def till(county: County) -> Till:
    return populate(county)


def test_a_branch_reports_only_when_each_has_paid_or_is_on_the_delayed_list(till: Till, county: County) -> None:
    till.pay(LI, DUE_FEN, ("li", AUGUST))
    with pytest.raises(MonthReportRefused) as refused:
        report(county, "b1")
    assert refused.value.detail["reason"] == "people_block"
    assert [(one["name"], one["state"]) for one in refused.value.detail["people"]] == [("wang", "due")]
    listed = county.ask("list_month_blocks", FIRST, org_id=ident("b1"), month=AUGUST)["items"]
    assert [(one["name"], one["month"]) for one in listed] == [("wang", AUGUST)]
    delay(county, "wang")
    view = report(county, "b1")
    assert (view["state"], view["blocking"]) == ("branch_reported", 0)
    assert view["numbers"] == {"members": 2, "owed_fen": 40, "paid_fen": 20, "delayed": 1, "delayed_fen": 20}
    assert view["report"]["by"] == "组织b1"


def test_a_part_payment_still_blocks(till: Till, county: County) -> None:
    till.pay(LI, DUE_FEN, ("li", AUGUST))
    county.sql("UPDATE obligation SET paid_fen = 5 WHERE member_id = :id AND month = 202608", id=ident("wang"))
    with pytest.raises(MonthReportRefused) as refused:
        report(county, "b1")
    assert refused.value.detail["people"][0]["state"] == "underpaid"


def test_a_month_that_nobody_assessed_blocks_and_is_not_delayed(county: County) -> None:
    county.roster(person("wage", member_class=MemberClass.CIVIL_SERVANT))
    county.ask("open_month", BOSS, month=AUGUST)
    with pytest.raises(DelayRefused) as refused:
        delay(county, "wage")
    assert refused.value.detail["reason"] == "month_unassessed"
    with pytest.raises(MonthReportRefused) as blocked:
        report(county, "b1")
    assert blocked.value.detail["people"][0]["state"] == "unassessed"


def test_the_delayed_list_is_a_state_and_can_be_left_again(till: Till, county: County) -> None:
    entry = delay(county, "wang")
    assert (entry["state"], entry["missing_fen"], entry["reason"], entry["by"]) == ("delayed", 20, "住院", "组织b1")
    months = county.ask("get_my_dues", member("wang"))["months"]
    assert [one["state"] for one in months if one["month"] == AUGUST] == ["delayed"]
    lines = county.ask("list_member_months", FIRST, org_id=ident("b1"), month=AUGUST, state="delayed")["items"]
    assert [one["name"] for one in lines] == ["wang"]
    with pytest.raises(DelayRefused) as twice:
        delay(county, "wang")
    assert twice.value.detail["reason"] == "already_delayed"
    assert county.ask("end_delay", FIRST, id=entry["id"])["state"] == "due"
    assert county.ask("list_delays", FIRST, org_id=ident("b1"), month=AUGUST)["items"] == []
    with pytest.raises(DelayRefused):
        county.ask("end_delay", FIRST, id=entry["id"])
    assert till.pay(member("wang"), DUE_FEN, ("wang", AUGUST))["state"] == "succeeded"
    with pytest.raises(DelayRefused) as paid:
        delay(county, "wang")
    assert paid.value.detail["reason"] == "month_paid"


def test_who_paid_meanwhile_leaves_the_list_with_the_report(till: Till, county: County) -> None:
    delay(county, "li")
    delay(county, "wang")
    till.pay(LI, DUE_FEN, ("li", AUGUST))
    assert report(county, "b1")["numbers"]["delayed"] == 1
    assert county.sql("SELECT ended_why FROM delay WHERE member_id = :id", id=ident("li")) == [("paid",)]


def test_after_the_report_the_list_and_the_amounts_stay(till: Till, county: County) -> None:
    county.roster(person("wage", member_class=MemberClass.CIVIL_SERVANT, version=1))
    delay_all_but(county)
    report(county, "b1")
    entry = county.ask("list_delays", FIRST, org_id=ident("b1"), month=AUGUST)["items"][0]
    with pytest.raises(DelayRefused) as refused:
        county.ask("end_delay", FIRST, id=entry["id"])
    assert refused.value.detail["reason"] == "month_closed"


def test_a_committee_reports_when_all_its_branches_have_and_names_those_that_have_not(
    till: Till, county: County
) -> None:
    delay_all_but(county)
    report(county, "b1")
    with pytest.raises(MonthReportRefused) as refused:
        report(county, "t1")
    assert refused.value.detail["reason"] == "organisations_missing"
    assert refused.value.detail["organisations"] == [{"id": ident("b2"), "name": "组织b2"}]
    assert standing(county, "t1")["state"] == "open"
    report(county, "b2")
    assert standing(county, "t1")["state"] == "branch_reported"
    view = report(county, "t1")
    assert (view["state"], view["numbers"]["members"], view["numbers"]["delayed_fen"]) == ("committee_reported", 3, 60)
    assert standing(county, "b1")["state"] == "committee_reported"


def test_each_step_belongs_to_its_own_office(till: Till, county: County) -> None:
    delay_all_but(county)
    for caller, org in ((TOWN, "b1"), (BOSS, "b1"), (BOSS, "t1"), (FIRST, "b2")):
        with pytest.raises((MonthReportRefused, NotFound)):
            county.ask("report_month", caller, org_id=ident(org), month=AUGUST)
    assert county.sql("SELECT count(*) FROM month_report") == [(0,)]
    with pytest.raises(Forbidden):
        county.ask("settle_month", TOWN, month=AUGUST)


def test_a_report_is_sent_back_with_a_reason_by_the_next_superior_alone(till: Till, county: County) -> None:
    delay_all_but(county)
    report(county, "b1")
    for caller in (BOSS, OTHER_TOWN):
        with pytest.raises((MonthReportRefused, NotFound)):
            county.ask("return_month_report", caller, org_id=ident("b1"), month=AUGUST, reason="少一人")
    view = county.ask("return_month_report", TOWN, org_id=ident("b1"), month=AUGUST, reason="少一人")
    assert (view["state"], view["returned"]["reason"], view["returned"]["by"]) == ("open", "少一人", "组织t1")
    till.pay(LI, DUE_FEN, ("li", AUGUST))
    again = report(county, "b1")
    assert (again["numbers"]["paid_fen"], again["returned"]) == (20, None)
    assert county.sql("SELECT count(*) FROM month_report") == [(2,)]


def test_what_the_committee_has_passed_on_comes_back_by_the_county_first(till: Till, county: County) -> None:
    delay_all_but(county)
    for org in ("b1", "b2", "t1"):
        report(county, org)
    with pytest.raises(MonthReportRefused) as refused:
        county.ask("return_month_report", TOWN, org_id=ident("b1"), month=AUGUST, reason="少一人")
    assert refused.value.detail["reason"] == "superior_reported"
    county.ask("return_month_report", BOSS, org_id=ident("t1"), month=AUGUST, reason="请核对")
    county.ask("return_month_report", TOWN, org_id=ident("b1"), month=AUGUST, reason="少一人")
    assert standing(county, "t1")["state"] == "open"


def test_the_county_settles_when_all_committees_have_reported_and_only_what_is_over(till: Till, county: County) -> None:
    delay_all_but(county)
    for org in ("b1", "b2", "t1"):
        report(county, org)
    with pytest.raises(MonthNotToSettle) as early:
        county.ask("settle_month", BOSS, month=AUGUST)
    assert early.value.detail["organisations"] == [{"id": ident("t2"), "name": "组织t2"}]
    report(county, "b3")
    report(county, "t2")
    assert standing(county, "county")["can_settle"]
    view = county.ask("settle_month", BOSS, month=AUGUST)
    assert (view["state"], view["numbers"]["owed_fen"], view["report"]["by"]) == ("settled", 80, "组织county")
    with pytest.raises(MonthNotToSettle) as twice:
        county.ask("settle_month", BOSS, month=AUGUST)
    assert twice.value.detail["reason"] == "month_settled"
    with pytest.raises(MonthNotToSettle) as running:
        county.ask("settle_month", BOSS, month=SEPTEMBER)
    assert running.value.detail["reason"] == "month_not_over"
    with pytest.raises(MonthReportRefused) as back:
        county.ask("return_month_report", BOSS, org_id=ident("t1"), month=AUGUST, reason="晚了")
    assert back.value.detail["reason"] == "month_settled"


def test_a_delayed_month_is_paid_later_into_the_running_month(till: Till, county: County) -> None:
    delay_all_but(county)
    settled = settle_august(county)
    till.pay(LI, DUE_FEN, ("li", AUGUST))
    booked = county.sql("SELECT month, booked_month FROM posting WHERE entry = 'dues_paid'")
    assert booked == [(202608, 202609)]
    assert standing(county, "county")["numbers"] == settled["numbers"]
    assert [one["state"] for one in county.ask("get_my_dues", LI)["months"] if one["month"] == AUGUST] == ["paid"]


def test_a_settled_month_is_not_assessed_anew(county: County) -> None:
    county.roster(person("wage", member_class=MemberClass.CIVIL_SERVANT))
    assessed = {"member_id": ident("wage"), "effective_from": "2026-01", "member_class": "civil_servant", "pay": WAGE}
    county.ask("assess", FIRST, **assessed)
    for month in (AUGUST, SEPTEMBER):
        county.ask("open_month", BOSS, month=month)
    delay(county, "wage")
    report(county, "b1")
    report(county, "t1")
    county.ask("settle_month", BOSS, month=AUGUST)
    raised = {**WAGE, "deductions": []}
    county.ask("assess", FIRST, **{**assessed, "pay": raised})
    rows = county.sql("SELECT month, amount_fen, assessment_version FROM obligation ORDER BY month")
    assert rows == [(202608, WAGE_FEN, 1), (202609, 8_250, 2)]


def test_who_was_admitted_late_stands_in_the_next_report_and_changes_none(county: County) -> None:
    county.roster(person("li"))
    county.ask("open_month", BOSS, month=SEPTEMBER)
    delay(county, "li", SEPTEMBER)
    report(county, "b1", SEPTEMBER)
    county.roster(person("new", joined_on=date(2026, 9, 18), status=MemberStatus.PROBATIONARY))
    county.it_is("2026-10-08")
    county.ask("open_month", BOSS, month="2026-10")
    assert standing(county, "b1", SEPTEMBER)["numbers"]["members"] == 1
    blocked = county.ask("list_month_blocks", FIRST, org_id=ident("b1"), month="2026-10")["items"]
    assert [(one["name"], one["month"]) for one in blocked] == [
        ("li", "2026-10"),
        ("new", SEPTEMBER),
        ("new", "2026-10"),
    ]


def test_the_list_of_those_who_report_is_filtered_and_paged(till: Till, county: County) -> None:
    delay_all_but(county)
    report(county, "b2")
    page = county.ask("list_month_standings", TOWN, org_id=ident("t1"), month=AUGUST, limit=1)
    assert [one["org_name"] for one in page["items"]] == ["组织b1"]
    rest = county.ask(
        "list_month_standings", TOWN, org_id=ident("t1"), month=AUGUST, limit=1, cursor=page["next_cursor"]
    )
    assert [(one["org_name"], one["state"]) for one in rest["items"]] == [("组织b2", "branch_reported")]
    open_ones = county.ask("list_month_standings", TOWN, org_id=ident("t1"), month=AUGUST, state="open")
    assert [one["org_name"] for one in open_ones["items"]] == ["组织b1"]
    committees = county.ask("list_month_standings", BOSS, org_id=ident("county"), month=AUGUST)["items"]
    assert [(one["org_name"], one["reporters"], one["reported"]) for one in committees] == [
        ("组织t1", 2, 1),
        ("组织t2", 1, 0),
    ]


def test_a_branch_under_another_committee_is_out_of_sight(till: Till, county: County) -> None:
    for method in ("get_month_standing", "list_month_standings", "list_month_blocks", "list_delays"):
        with pytest.raises(NotFound):
            county.ask(method, SECOND, org_id=ident("b3"), month=AUGUST)
