"""What is owed and by whom it may be seen: the member all, his payer amounts and months, strangers nothing (PAY-7)."""

from __future__ import annotations

from datetime import date

import orjson
import pytest

from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.errors import NotFound
from services.contracts.members.messages import MemberClass, MemberStatus, StatusPeriod
from services.contracts.values import YearMonth
from services.dues.domain.order import MonthState
from services.dues.owed import months_of, payable_members
from services.dues.profiles import profile_in_force
from tests.integration.dues.county import LONG_AGO, WAGE, WAGE_FEN, County, holder, ident, member, person

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
AHEAD = ["2026-10", "2026-11", "2026-12", "2027-01", "2027-02", "2027-03"]


@pytest.fixture
def village(county: County) -> County:
    county.roster(
        person("li", household="H1", shown="李大山"),
        person("mei", "b3", MemberClass.CIVIL_SERVANT, household="H1", shown="李小梅"),
        person("wang", shown="王二"),
        person("zhao", "b2", shown="赵某某"),
        person("qian", "b2", shown="钱某"),
    )
    county.ask("open_month", BOSS, month="2026-09")
    county.ask("assess", BOSS, member_id=ident("mei"), effective_from="2026-01", member_class="civil_servant", pay=WAGE)
    return county


def _hold(county: County, name: str, month: int, state: str = "paying") -> None:
    order = ident(f"order {name} {month}")
    county.sql(
        "INSERT INTO orders VALUES (:id, 'yanting', :number, :payer, 20, :state, 1, NULL, now(), "
        "'2026-09-15T02:15:00Z', NULL, NULL, 0)",
        id=order, number=order[:30], payer=ident("wang"), state=state,
    )  # fmt: skip
    county.sql(
        "INSERT INTO order_line VALUES (:id, 1, :member, :month, :branch, 20, true)",
        id=order, member=ident(name), month=month, branch=ident("b1"),
    )  # fmt: skip


def test_own_dues_name_what_is_owed_and_what_may_be_paid_ahead(village: County) -> None:
    dues = village.ask("get_my_dues", member("li"))
    assert (dues["owed_fen"], dues["owed_months"], dues["branch_name"]) == (20, 1, "组织b1")
    assert [(month["month"], month["state"]) for month in dues["months"]] == [("2026-09", "due")]
    assert [month["month"] for month in dues["ahead"]] == AHEAD
    assert {month["amount_fen"] for month in dues["ahead"]} == {20}


def test_a_month_is_held_paid_or_partly_paid(village: County) -> None:
    _hold(village, "li", 202609)
    _hold(village, "li", 202610)
    dues = village.ask("get_my_dues", member("li"))
    assert (dues["months"][0]["state"], dues["months"][0]["held_until"]) == ("reserved", "2026-09-15T02:15:00Z")
    assert dues["ahead"][0]["state"] == "reserved"
    assert dues["open_order_id"] is None
    assert village.ask("get_my_dues", member("wang"))["open_order_id"] in {
        ident("order li 202609"),
        ident("order li 202610"),
    }
    village.sql("UPDATE orders SET state = 'succeeded'")
    village.sql("UPDATE obligation SET paid_fen = 5 WHERE member_id = :id", id=ident("li"))
    dues = village.ask("get_my_dues", member("li"))
    assert (dues["months"][0]["state"], dues["owed_fen"]) == ("underpaid", 15)
    village.sql("UPDATE obligation SET paid_fen = 20 WHERE member_id = :id", id=ident("li"))
    dues = village.ask("get_my_dues", member("li"))
    assert (dues["months"][0]["state"], dues["owed_fen"], dues["owed_months"]) == ("paid", 0, 0)


def test_months_for_an_order(village: County) -> None:
    village.it_is("2026-11-10")
    _hold(village, "li", 202609)
    village.sql("UPDATE obligation SET paid_fen = 100 WHERE member_id = :id", id=ident("mei"))
    core = village.core
    with village.database.snapshot() as db:
        work = Work(db=db, caller=member("li"), now=core.settings.clock.now(), settings=core.settings)
        profile = profile_in_force(work, work.month)
        months = months_of(work, [ident("li"), ident("mei")], work.month, profile)
        own = months[ident("li")]
        # October and November were not opened: they are payable, as months of the county to come are.
        assert [str(each.month) for each in own] == ["2026-09", *AHEAD, "2027-04", "2027-05"]
        assert own[0].state is MonthState.RESERVED
        assert {each.state for each in own[1:]} == {MonthState.UNPAID}
        partly = months[ident("mei")][0]
        assert (partly.month, partly.amount_fen, partly.branch_id) == (
            YearMonth(2026, 9),
            WAGE_FEN - 100,
            ident("b3"),
        )
        wanted = [ident(name) for name in ("li", "mei", "wang", "zhao", "nobody")]
        assert payable_members(work, ident("li"), wanted) == {ident("li"), ident("mei"), ident("wang")}


def test_household_and_village_in_full_and_never_a_base(village: County) -> None:
    household = village.ask("list_beneficiaries", member("li"), group="household")
    assert [(one["name"], one["owed_fen"]) for one in household["items"]] == [("李小梅", WAGE_FEN)]
    assert set(household["items"][0]["months"][0]) == {
        "month", "state", "amount_fen", "paid_fen", "held_until", "receipt_id",
    }  # fmt: skip
    neighbours = village.ask("list_beneficiaries", member("li"), group="village")
    assert [one["name"] for one in neighbours["items"]] == ["王二"]
    assert village.ask("list_beneficiaries", member("li"), group="village", query="李")["items"] == []
    text = orjson.dumps([household, neighbours])
    for secret in (b"540000", b"post_salary", b"base", b"calculation", b"id_number", b"phone"):
        assert secret not in text


def test_no_household_is_nobodys_household(village: County) -> None:
    assert village.ask("list_beneficiaries", member("wang"), group="household")["items"] == []


def test_people_found_by_phone_stay_shortened_and_can_be_let_go(village: County) -> None:
    li = member("li")
    with pytest.raises(NotFound):
        village.ask("set_favourite", li, member_id=ident("zhao"), favourite=True)
    found = village.ask("add_beneficiaries", li, member_ids=[ident("zhao"), ident("nobody"), ident("li")])
    assert [(one["name"], one["favourite"]) for one in found["items"]] == [("赵*某", True)]
    village.ask("set_favourite", li, member_id=ident("wang"), favourite=True)
    kept = village.ask("list_beneficiaries", li, group="favourites")["items"]
    assert {one["name"] for one in kept} == {"赵*某", "王二"}
    village.ask("set_favourite", li, member_id=ident("zhao"), favourite=False)
    kept = village.ask("list_beneficiaries", li, group="favourites")["items"]
    assert [one["name"] for one in kept] == ["王二"]
    with pytest.raises(NotFound):
        village.ask("set_favourite", li, member_id=ident("zhao"), favourite=True)


def test_pages_of_a_village(village: County) -> None:
    village.roster(*(person(f"n{number}", shown=f"邻居{number}") for number in range(4)))
    names, cursor = [], None
    for _ in range(3):
        page = village.ask("list_beneficiaries", member("li"), group="village", limit=2, cursor=cursor)
        names += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert names == sorted(["王二", "邻居0", "邻居1", "邻居2", "邻居3"])


def test_the_own_bill_explains_itself_and_leaves_no_trace(village: County) -> None:
    bill = village.ask("get_bill", member("mei"), month="2026-09")
    assert (bill["amount_fen"], bill["assessment_version"], bill["set_by"]) == (WAGE_FEN, 1, "组织county")
    assert bill["calculation"]["base_fen"] == 540_000
    flat = village.ask("get_bill", member("li"), month="2026-12")
    assert (flat["state"], flat["calculation"]["explanation"][0]["key"]) == ("ahead", "flat_amount")
    assert village.sql("SELECT count(*) FROM audit WHERE action = 'dues.bill_seen'")[0][0] == 0
    with pytest.raises(NotFound):
        village.ask("get_bill", member("li"), month="2026-08")


def test_anothers_bill_only_for_those_who_look_after_him(village: County) -> None:
    with pytest.raises(NotFound):
        village.ask("get_bill", member("li"), member_id=ident("mei"), month="2026-09")
    with pytest.raises(NotFound):
        village.ask("get_bill", holder("b1 head", Role.BRANCH_ADMIN, "b1"), member_id=ident("mei"), month="2026-09")
    seen = village.ask("get_bill", holder("b3 head", Role.BRANCH_ADMIN, "b3"), member_id=ident("mei"), month="2026-09")
    assert seen["calculation"]["base_fen"] == 540_000
    looks = village.ask("list_my_lookups", member("mei"))["items"]
    assert [one["action"] for one in looks] == ["dues.bill_seen", "dues.assessed"]


def test_a_month_not_owed_says_why(village: County) -> None:
    since = date(2026, 8, 10)
    statuses = (
        StatusPeriod(status=MemberStatus.FULL, from_day=LONG_AGO, to_day=since),
        StatusPeriod(status=MemberStatus.SUSPENDED, from_day=since, to_day=None),
    )
    village.roster(person("sun", statuses=statuses))
    bill = village.ask("get_bill", member("sun"), month="2026-09")
    assert (bill["state"], bill["exempt_reason"], bill["calculation"]) == ("exempt", "suspended", None)
    assert village.ask("get_my_dues", member("sun"))["ahead"] == []
