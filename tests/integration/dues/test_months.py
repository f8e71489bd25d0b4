"""Opening a month: who owes, to which branch, how much; and that a second opening changes nothing (BOOK-1, DUE-12, TRF-6)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.contracts.caller import Role
from services.contracts.dues.errors import MonthNotToOpen
from services.contracts.errors import Forbidden, NotFound
from services.contracts.members.messages import ClassPeriod, MemberClass, MemberStatus, StatusPeriod
from tests.integration.dues.county import (
    LONG_AGO,
    WAGE,
    WAGE_FEN,
    County,
    branch_period,
    holder,
    ident,
    member,
    person,
)

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")


def _owed(county: County, month: int) -> dict[str, tuple[Any, ...]]:
    rows = county.sql(
        "SELECT m.name, o.branch_path::text, o.amount_fen, o.basis, o.billed_in, o.ahead "
        "FROM obligation o JOIN member m USING (member_id) WHERE month = :month",
        month=month,
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def _from(status: MemberStatus, day: date) -> tuple[StatusPeriod, ...]:
    return (
        StatusPeriod(status=MemberStatus.FULL, from_day=LONG_AGO, to_day=day),
        StatusPeriod(status=status, from_day=day, to_day=None),
    )


def test_each_member_owes_by_his_standing(county: County) -> None:
    county.roster(
        person("farmer"),
        person("wage", member_class=MemberClass.CIVIL_SERVANT),
        person("suspended", statuses=_from(MemberStatus.SUSPENDED, date(2026, 8, 1))),
        person("suspended within", statuses=_from(MemberStatus.SUSPENDED, date(2026, 9, 2))),
        person("removed", statuses=_from(MemberStatus.REMOVED, date(2026, 9, 1))),
        person(
            "moved before",
            branches=(branch_period("b1", LONG_AGO, date(2026, 9, 1)), branch_period("b3", date(2026, 9, 1))),
        ),
        person(
            "moved within",
            branches=(branch_period("b1", LONG_AGO, date(2026, 9, 2)), branch_period("b3", date(2026, 9, 2))),
        ),
        person("admitted within", joined_on=date(2026, 9, 12), status=MemberStatus.PROBATIONARY),
        person("admitted last day", joined_on=date(2026, 9, 30), status=MemberStatus.PROBATIONARY),
        person("admitted after", joined_on=date(2026, 10, 1), status=MemberStatus.PROBATIONARY),
        person(
            "retired within",
            classes=(
                ClassPeriod(member_class=MemberClass.FARMER, from_day=LONG_AGO, to_day=date(2026, 9, 15)),
                ClassPeriod(member_class=MemberClass.RETIRED, from_day=date(2026, 9, 15), to_day=None),
            ),
        ),
    )
    view = county.ask("open_month", BOSS, month="2026-09")
    flat = (20, "flat", 202609, False)
    assert _owed(county, 202609) == {
        "farmer": ("yt.t1.b1", *flat),
        "wage": ("yt.t1.b1", None, "unassessed", 202609, False),
        "suspended within": ("yt.t1.b1", *flat),
        "moved before": ("yt.t2.b3", *flat),
        "moved within": ("yt.t1.b1", *flat),
        "admitted within": ("yt.t1.b1", *flat),
        "admitted last day": ("yt.t1.b1", *flat),
        "retired within": ("yt.t1.b1", *flat),
    }
    assert (view["obligations"], view["unassessed"], view["owed_fen"], view["paid_fen"]) == (8, 1, 140, 0)
    assert view["state"] == "open"


def test_opening_twice_changes_nothing(county: County) -> None:
    county.roster(person("farmer"))
    first = county.ask("open_month", BOSS, month="2026-09")
    county.roster(person("late comer"))
    county.it_is("2026-09-20")
    assert county.ask("open_month", BOSS, month="2026-09") == first
    assert set(_owed(county, 202609)) == {"farmer"}
    assert county.sql("SELECT count(*) FROM audit WHERE action = 'dues.month_opened'")[0][0] == 1


def test_who_was_admitted_after_the_collection_is_asked_with_the_next_month(county: County) -> None:
    county.roster(person("farmer"))
    county.ask("open_month", BOSS, month="2026-09")
    county.roster(person("admitted", joined_on=date(2026, 9, 18), status=MemberStatus.PROBATIONARY))
    county.it_is("2026-10-08")
    county.ask("open_month", BOSS, month="2026-10")
    assert _owed(county, 202609)["admitted"] == ("yt.t1.b1", 20, "flat", 202610, False)
    assert _owed(county, 202610)["admitted"] == ("yt.t1.b1", 20, "flat", 202610, False)


def test_a_county_may_begin_with_a_month_of_the_year_behind(county: County) -> None:
    county.roster(person("farmer"))
    assert county.ask("open_month", BOSS, month="2025-09")["obligations"] == 1
    assert county.ask("open_month", BOSS, month="2025-10")["obligations"] == 1


def test_months_open_in_turn_and_never_ahead(county: County) -> None:
    with pytest.raises(MonthNotToOpen) as ahead:
        county.ask("open_month", BOSS, month="2026-10")
    assert ahead.value.detail["reason"] == "month_in_future"
    with pytest.raises(MonthNotToOpen) as long_ago:
        county.ask("open_month", BOSS, month="2025-08")
    assert long_ago.value.detail["reason"] == "month_not_following"
    county.ask("open_month", BOSS, month="2026-09")
    with pytest.raises(MonthNotToOpen) as earlier:
        county.ask("open_month", BOSS, month="2026-08")
    assert earlier.value.detail["reason"] == "month_not_following"
    county.it_is("2026-11-03")
    county.ask("open_month", BOSS, month="2026-11")
    county.ask("open_month", BOSS, month="2026-10")
    listed = county.ask("list_months", BOSS)["items"]
    assert [month["month"] for month in listed] == ["2026-11", "2026-10", "2026-09"]
    with pytest.raises(Forbidden):
        county.ask("open_month", holder("t1 head", Role.COMMITTEE_ADMIN, "t1"), month="2026-11")


def test_a_month_paid_ahead_becomes_a_month_like_the_others(county: County) -> None:
    county.roster(person("payer"), person("thought of it"))
    for name, paid in (("payer", 30), ("thought of it", 0)):
        county.sql(
            "INSERT INTO obligation VALUES (:id, 202609, 'yanting', :branch, 'yt.t1.b1', 'farmer', 30, :paid, 'flat', "
            "NULL, 202609, true)",
            id=ident(name),
            branch=ident("b1"),
            paid=paid,
        )
    county.ask("open_month", BOSS, month="2026-09")
    owed = _owed(county, 202609)
    assert owed["payer"] == ("yt.t1.b1", 30, "flat", 202609, False)
    assert owed["thought of it"] == ("yt.t1.b1", 20, "flat", 202609, False)


def test_sums_are_those_of_the_own_subtree(county: County) -> None:
    county.roster(person("one"), person("two", "b2"), person("three", "b3"))
    county.ask("open_month", BOSS, month="2026-09")
    seen = {
        name: county.ask("list_months", caller)["items"][0]["obligations"]
        for name, caller in {
            "county": BOSS,
            "t1": holder("t1 head", Role.COMMITTEE_ADMIN, "t1"),
            "b3": holder("b3 head", Role.BRANCH_ADMIN, "b3"),
        }.items()
    }
    assert seen == {"county": 3, "t1": 2, "b3": 1}


def test_the_work_list_begins_with_what_is_to_assess(county: County) -> None:
    county.roster(
        person("a farmer"),
        person("b wage", member_class=MemberClass.CIVIL_SERVANT),
        person("c suspended", statuses=_from(MemberStatus.SUSPENDED, date(2026, 8, 1))),
        person("d elsewhere", "b3"),
        person("e wage", member_class=MemberClass.CIVIL_SERVANT),
    )
    county.ask("open_month", BOSS, month="2026-09")
    head = holder("b1 head", Role.BRANCH_ADMIN, "b1")
    where = {"org_id": ident("b1"), "month": "2026-09"}
    pages, cursor = [], None
    for _ in range(4):
        page = county.ask("list_member_months", head, **where, limit=1, cursor=cursor)
        pages += page["items"]
        cursor = page["next_cursor"]
    assert cursor is None
    assert [(row["name"], row["state"]) for row in pages] == [
        ("b wage", "unassessed"),
        ("e wage", "unassessed"),
        ("a farmer", "due"),
        ("c suspended", "exempt"),
    ]
    branch = county.sql("SELECT name FROM organisation WHERE org_id = :id", id=ident("b1"))[0][0]
    assert {row["branch_name"] for row in pages} == {branch}
    above = county.ask("list_member_months", BOSS, org_id=ident("county"), month="2026-09")["items"]
    assert {row["branch_name"] for row in above} > {branch}
    due = county.ask("list_member_months", head, **where, state="due")["items"]
    assert [(row["name"], row["amount_fen"]) for row in due] == [("a farmer", 20)]
    with pytest.raises(NotFound):
        county.ask("list_member_months", head, org_id=ident("b3"), month="2026-09")
    with pytest.raises(Forbidden):
        county.ask("list_member_months", member("a farmer"), **where)


def test_an_assessed_amount_is_asked_and_carried_into_the_next_year(county: County) -> None:
    county.roster(person("wage", member_class=MemberClass.CIVIL_SERVANT))
    assess = {"member_id": ident("wage"), "effective_from": "2026-09", "member_class": "civil_servant", "pay": WAGE}
    county.ask("assess", holder("b1 head", Role.BRANCH_ADMIN, "b1"), **assess)
    county.ask("open_month", BOSS, month="2026-09")
    assert _owed(county, 202609)["wage"][1:3] == (WAGE_FEN, "assessed")
    county.it_is("2027-01-05")
    county.ask("open_month", BOSS, month="2027-01")
    assert _owed(county, 202701)["wage"][1:3] == (WAGE_FEN, "carried_over")
