"""What is given beyond the dues is booked once and apart; a thousand yuan of it goes to the centre (PAY-6)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.caller import Role
from services.contracts.dues import errors as e
from services.contracts.errors import Forbidden, InvalidMessage, NotFound
from services.dues.orders import hot_order
from tests.integration.dues.cashdesk import FINANCE, CashDesk
from tests.integration.dues.county import County, holder, ident, member, person
from tests.integration.dues.till import Till

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
LI = member("li")
BELOW, AT = 99_999, 100_000


@pytest.fixture
def desk(county: County) -> CashDesk:
    county.roster(
        person("li", household="H1", shown="李大山"),
        person("mei", "b3", household="H1", shown="李小梅"),
        *(person(name, shown=f"管理员{name}") for name in ("secretary", "second", "finance")),
    )
    for month in ("2026-08", "2026-09"):
        county.ask("open_month", BOSS, month=month)
    return CashDesk(county)


@pytest.fixture
def till(desk: CashDesk) -> Till:
    return Till(desk.county)


def place(till: Till, extra_fen: int, total_fen: int, *lines: tuple[str, str]) -> Any:
    wished = [{"member_id": ident(name), "month": month} for name, month in lines]
    return till.ask("place_order", LI, lines=wished, expected_total_fen=total_fen, extra_fen=extra_fen)


def pay(till: Till, extra_fen: int, *months: str) -> Any:
    order = place(till, extra_fen, 20 * len(months) + extra_fen, *(("li", month) for month in months))
    till.prepare(LI, order)
    till.provider.payer_pays(order["number"])
    assert till.notify(till.paid_notice(order)) == "settled"
    return till.ask("get_order", LI, id=order["id"])


def for_centre(desk: CashDesk, org: str = "county") -> list[Any]:
    return list(desk.ask("list_centre_extras", FINANCE, org_id=ident(org))["items"])


def test_an_extra_is_booked_apart_and_shown_apart_on_the_receipt(till: Till) -> None:
    order = pay(till, 500, "2026-08", "2026-09")
    assert (order["total_fen"], order["extra_fen"]) == (540, 500)
    assert till.balances() == {"provider_clearing": 540, "branch_dues_income": -40, "voluntary_extra": -500}
    receipt = till.ask("get_receipt", LI, id=order["receipt_ids"][0])
    assert (receipt["amount_fen"], receipt["extra_fen"]) == (540, 500)
    assert sum(month["amount_fen"] for month in receipt["months"]) == 40
    assert till.ask("check_receipt", LI, code=receipt["check_code"])["extra_fen"] == 500


def test_a_notice_told_again_books_the_extra_once(till: Till) -> None:
    order = place(till, 500, 520, ("li", "2026-08"))
    till.prepare(LI, order)
    till.provider.payer_pays(order["number"])
    assert [till.notify(till.paid_notice(order)) for _ in range(2)] == ["settled", "already_known"]
    assert till.balances()["voluntary_extra"] == -500


def test_the_database_books_an_extra_of_an_order_once(till: Till) -> None:
    pay(till, 500, "2026-08")
    with pytest.raises(sa.exc.IntegrityError, match="posting_extra_paid_once"):
        till.county.sql(
            "INSERT INTO posting SELECT gen_random_uuid(), county_id, entry, debit_kind, debit_owner, credit_kind, "
            "credit_owner, amount_fen, order_id, line_no, member_id, month, booked_month, reverses, booked_at, deposit_id "
            "FROM posting WHERE entry = 'extra_paid'"
        )


@pytest.mark.parametrize(("extra_fen", "marked"), [(BELOW, 0), (AT, 1), (AT + 1, 1)])
def test_a_thousand_yuan_of_extra_goes_to_the_centre_and_a_fen_less_does_not(
    desk: CashDesk, till: Till, extra_fen: int, marked: int
) -> None:
    pay(till, extra_fen, "2026-08")
    assert len(for_centre(desk)) == marked


def test_the_total_is_not_what_is_measured(desk: CashDesk, till: Till) -> None:
    pay(till, BELOW, "2026-08", "2026-09")
    assert for_centre(desk) == []


def test_two_smaller_extras_do_not_add_up(desk: CashDesk, till: Till) -> None:
    pay(till, 60_000, "2026-08")
    pay(till, 60_000, "2026-09")
    assert for_centre(desk) == []


def test_the_centre_gets_the_whole_extra_with_short_particulars(desk: CashDesk, till: Till) -> None:
    pay(till, 150_000, "2026-08")
    (marked,) = for_centre(desk)
    assert {name: marked[name] for name in ("member_name", "branch_name", "member_class", "amount_fen", "paid_on")} == {
        "member_name": "李大山",
        "branch_name": "组织b1",
        "member_class": "farmer",
        "amount_fen": 150_000,
        "paid_on": "2026-09-15",
    }
    assert marked["state"] == "collected"


def test_an_extra_is_passed_on_then_receipted_and_never_twice(desk: CashDesk, till: Till) -> None:
    pay(till, AT, "2026-08")
    (marked,) = for_centre(desk)
    with pytest.raises(e.ExtraState):
        desk.ask("enter_centre_receipt", FINANCE, id=marked["id"], number="中组收〔2026〕1号")
    assert desk.ask("pass_on_extra", FINANCE, id=marked["id"])["state"] == "passed_on"
    with pytest.raises(e.ExtraState):
        desk.ask("pass_on_extra", FINANCE, id=marked["id"])
    done = desk.ask("enter_centre_receipt", FINANCE, id=marked["id"], number="中组收〔2026〕1号")
    assert (done["state"], done["centre_receipt"]) == ("receipted", "中组收〔2026〕1号")
    assert for_centre(desk, "t2") == []


def test_extras_for_the_centre_are_finance_s_within_its_reach(desk: CashDesk, till: Till) -> None:
    pay(till, AT, "2026-08")
    (marked,) = for_centre(desk)
    with pytest.raises(Forbidden):
        desk.ask("pass_on_extra", BOSS, id=marked["id"])
    with pytest.raises(NotFound):
        desk.ask("pass_on_extra", holder("t2 money", Role.FINANCE, "t2"), id=marked["id"])


def test_cash_has_extras_too(desk: CashDesk, till: Till) -> None:
    desk.confirm(desk.take(20 + AT, ("li", "2026-08"), extras={"li": AT}))
    assert till.balances() == {"cash": 20 + AT, "branch_dues_income": -20, "voluntary_extra": -AT}
    assert [each["amount_fen"] for each in for_centre(desk)] == [AT]
    (receipt,) = till.ask("list_receipts", LI)["items"]
    assert (receipt["channel"], receipt["extra_fen"]) == ("cash", AT)


def test_an_extra_goes_with_a_month_of_ones_own(till: Till, desk: CashDesk) -> None:
    with pytest.raises(e.OrderRefused) as refused:
        place(till, 500, 520, ("mei", "2026-08"))
    assert refused.value.detail["reason"] == "extra_without_own_month"
    with pytest.raises(e.OrderRefused) as in_cash:
        desk.take(520, ("li", "2026-08"), extras={"secretary": 500})
    assert in_cash.value.detail["reason"] == "extra_without_own_month"


def test_the_total_a_payer_saw_has_his_extra_in_it(till: Till) -> None:
    with pytest.raises(e.TotalChanged) as refused:
        place(till, 500, 20, ("li", "2026-08"))
    assert refused.value.detail["total_fen"] == 520


@pytest.mark.parametrize("extra_fen", [-1, 10_000_001])
def test_an_extra_is_bounded(till: Till, extra_fen: int) -> None:
    with pytest.raises(InvalidMessage):
        place(till, extra_fen, 520, ("li", "2026-08"))


def test_the_hot_way_leaves_orders_with_an_extra_alone(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError("the one statement knows no extra")

    monkeypatch.setattr(hot_order, "place", never)
    assert place(till, 500, 520, ("li", "2026-08"))["state"] == "created"
    with pytest.raises(AssertionError):
        place(till, 0, 20, ("li", "2026-09"))


def test_a_late_payment_goes_back_whole_with_its_extra(till: Till) -> None:
    order = place(till, 500, 520, ("li", "2026-08"))
    till.prepare(LI, order)
    till.ask("close_order", LI, id=order["id"])
    till.provider.payer_pays(order["number"], late=True)
    assert till.notify(till.paid_notice(order)) == "late"
    assert till.balances() == {"provider_clearing": 520, "refunds_payable": -520}
