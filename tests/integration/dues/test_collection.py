"""The collection report: sums along the tree, rates, filters, pages, and whose they are (REG-8, BOOK-5)."""

from __future__ import annotations

import dataclasses
from typing import Any

import orjson
import pytest

from services.contracts.caller import Role
from services.contracts.errors import Forbidden, NotFound
from services.contracts.values import YearMonth
from services.dues.domain.profile import DEFAULT_PROFILE, profile_to_data
from tests.integration.dues.books_kit import BOSS, COMMITTEE, LI, SECRETARY, WANG, Office
from tests.integration.dues.county import County, holder, ident


@pytest.fixture
def office(county: County) -> Office:
    made = Office(county)
    made.till.pay(LI, 60, ("li", "2026-08"), ("li", "2026-09"), ("mei", "2026-08"))
    made.till.pay(WANG, 20, ("wang", "2026-08"))
    made.fold()
    return made


def told(figures: dict[str, Any], *names: str) -> tuple[int, ...]:
    return tuple(figures[name] for name in names)


def test_the_county_sees_its_committees_and_each_sum_is_that_of_its_parts(office: Office) -> None:
    report = office.ask("get_collection", BOSS, org_id=ident("county"), month="2026-08")
    assert told(report["whole"], "members", "paid_members", "owed_fen", "paid_fen") == (3, 3, 60, 60)
    assert told(report["whole"], "payments", "received_fen", "on_behalf_fen", "booked_fen") == (3, 60, 20, 0)
    later = office.ask("get_collection", BOSS, org_id=ident("county"), month="2026-09")
    assert told(later["whole"], "received_fen", "booked_fen") == (20, 80), "all of it came in during September"
    assert told(report["whole"], "member_rate", "money_rate", "on_behalf_rate") == (10_000, 10_000, 3_333)
    assert [(row["org_name"], row["figures"]["paid_fen"]) for row in report["rows"]] == [("组织t1", 40), ("组织t2", 20)]
    assert (report["parent_id"], report["waiting"]) == (None, 0)
    assert [one["member_class"] for one in report["by_class"]] == ["farmer"]
    assert report["by_way"] == [
        {"channel": "wechat", "on_behalf": False, "payments": 2, "amount_fen": 40},
        {"channel": "wechat", "on_behalf": True, "payments": 1, "amount_fen": 20},
    ]


def test_the_report_goes_down_to_the_branch(office: Office) -> None:
    report = office.ask("get_collection", BOSS, org_id=ident("county"), month="2026-09", level="branches")
    assert [(row["org_name"], row["figures"]["members"], row["figures"]["paid_fen"]) for row in report["rows"]] == [
        ("组织b1", 1, 20),
        ("组织b2", 1, 0),
        ("组织b3", 1, 0),
    ]
    township = office.ask("get_collection", COMMITTEE, org_id=ident("t1"), month="2026-09")
    assert [row["org_name"] for row in township["rows"]] == ["组织b1", "组织b2"]
    assert told(township["whole"], "members", "paid_members", "member_rate") == (2, 1, 5_000)
    branch = office.ask("get_collection", SECRETARY, org_id=ident("b1"), month="2026-09")
    assert (branch["rows"], branch["whole"]["paid_fen"], branch["parent_id"]) == ([], 20, None)
    seen_from_above = office.ask("get_collection", BOSS, org_id=ident("b1"), month="2026-09")
    assert seen_from_above["parent_id"] == ident("t1")


def test_pages_follow_each_other_without_a_gap(office: Office) -> None:
    names, cursor = [], None
    for _ in range(3):
        page = office.ask(
            "get_collection", BOSS, org_id=ident("county"), month="2026-08", level="branches", limit=1, cursor=cursor
        )
        names += [row["org_name"] for row in page["rows"]]
        assert page["whole"]["members"] == 3, "the whole is the whole on each page"
        cursor = page["next_cursor"]
    assert (names, cursor) == (["组织b1", "组织b2", "组织b3"], None)


def test_filters_narrow_what_came_in(office: Office) -> None:
    def received(**wanted: Any) -> int:
        return int(
            office.ask("get_collection", BOSS, org_id=ident("county"), month="2026-08", **wanted)["whole"][
                "received_fen"
            ]
        )

    assert (received(on_behalf=True), received(on_behalf=False), received(channel="cash")) == (20, 40, 0)
    assert (received(member_class="farmer"), received(member_class="student")) == (60, 0)


def test_a_month_of_nothing_is_a_report_of_zeros(office: Office) -> None:
    report = office.ask("get_collection", BOSS, org_id=ident("county"), month="2020-01")
    assert set(report["whole"].values()) == {0}
    assert [row["figures"]["members"] for row in report["rows"]] == [0, 0]


def test_what_lies_outside_ones_office_is_not_there(office: Office) -> None:
    for caller, org in ((SECRETARY, "b2"), (SECRETARY, "t1"), (COMMITTEE, "b3"), (COMMITTEE, "county")):
        with pytest.raises(NotFound):
            office.ask("get_collection", caller, org_id=ident(org), month="2026-08")
    for caller in (LI, holder("writer", Role.EDITOR, "county")):
        with pytest.raises(Forbidden):
            office.ask("get_collection", caller, org_id=ident("county"), month="2026-08")


def test_the_own_record_names_date_amount_collector_and_months(office: Office) -> None:
    record = office.ask("get_my_dues_record", LI, year=2026)
    assert (record["member_name"], record["total_fen"]) == ("李大山", 40)
    assert [(line["month"], line["amount_fen"], line["collector"], line["on_behalf"]) for line in record["lines"]] == [
        ("2026-08", 20, "组织b1", False),
        ("2026-09", 20, "组织b1", False),
    ]
    assert office.ask("get_my_dues_record", LI, year=2025)["lines"] == []


def test_a_look_at_anothers_record_is_seen_by_him_and_a_strangers_is_not_there(office: Office) -> None:
    record = office.ask("get_dues_record", SECRETARY, member_id=ident("li"), year=2026)
    assert record["total_fen"] == 40
    looks = office.county.ask("list_my_lookups", LI)["items"]
    assert [look["action"] for look in looks] == ["dues.record_seen"]
    with pytest.raises(NotFound):
        office.ask("get_dues_record", SECRETARY, member_id=ident("mei"), year=2026)


def test_the_register_has_each_member_month_and_receipt_number(office: Office) -> None:
    register = office.ask("get_branch_register", SECRETARY, org_id=ident("b1"), year=2026)
    (row,) = register["rows"]
    assert (row["member_name"], row["paid_fen"]) == ("李大山", 40)
    assert [(month["month"], month["owed_fen"], month["paid_fen"]) for month in row["months"]] == [
        ("2026-08", 20, 20),
        ("2026-09", 20, 20),
    ]
    assert row["months"][0]["receipt_numbers"] == ["B1〔2026〕000001号"]
    printed = office.sql("SELECT purpose FROM audit WHERE action = 'dues.register_printed'")
    assert printed == [("2026",)]
    assert office.ask("get_branch_register", BOSS, org_id=ident("county"), year=2026)["rows"] == []


def test_the_notice_gives_sums_and_names_only_where_the_county_says_so(office: Office) -> None:
    notice = office.ask("get_yearly_notice", SECRETARY, org_id=ident("b1"), year=2026)
    assert notice["months"] == [{"month": "2026-09", "payments": 2, "received_fen": 40, "passed_up_fen": 0}]
    assert (notice["names_shown"], notice["names"]) == (False, [])
    office.sql(
        "INSERT INTO rule_profile SELECT 'yanting', 'own', 1, 202601, CAST(:body AS jsonb)", body=own_profile_text()
    )
    notice = office.ask("get_yearly_notice", SECRETARY, org_id=ident("b1"), year=2026)
    assert (notice["names_shown"], notice["names"]) == (True, [{"name": "李大山", "paid_fen": 40}])


def own_profile_text() -> str:
    """The default profile but for its name and what it publishes."""
    own = dataclasses.replace(DEFAULT_PROFILE, code="own", valid_from=YearMonth(2026, 1), publish_names=True)
    return orjson.dumps(profile_to_data(own)).decode()
