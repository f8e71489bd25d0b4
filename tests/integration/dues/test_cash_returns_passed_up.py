"""Cash that went back and the slips that pass dues up: what has left the box is not asked for, what is in it is (BOOK-2)."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.dues import errors as e
from tests.integration.dues.cashdesk import SECRETARY
from tests.integration.dues.county import County, ident, member
from tests.integration.dues.refund_till import BOSS, CASHIER
from tests.integration.dues.return_desk import ReturnDesk, populate

AUGUST, SEPTEMBER, OCTOBER = "2026-08", "2026-09", "2026-10"


@pytest.fixture
def desk(county: County) -> ReturnDesk:
    """September brought 0.60 yuan in cash. It is October."""
    desk = populate(county, "li", "wang")
    desk.pay_cash("li", AUGUST, SEPTEMBER)
    desk.pay_cash("wang", AUGUST)
    return desk


def hand_back(desk: ReturnDesk, name: str, *months: str, source: str = "box") -> None:
    ((order_id,),) = desk.county.sql(
        "SELECT order_id::text FROM order_line WHERE member_id = :who AND month = :month AND live",
        who=ident(name),
        month=int(months[0].replace("-", "")),
    )
    refund_id = desk.approve(name, {"id": order_id}, *months)
    desk.record(refund_id, source)
    desk.confirm(refund_id, CASHIER) if source == "bank" else desk.confirm(refund_id)


def slip(desk: ReturnDesk, month: str) -> Any:
    return desk.ask("make_remittance", SECRETARY, org_id=ident("b1"), month=month)


def not_deposited(desk: ReturnDesk, month: str) -> int:
    with pytest.raises(e.RemittanceRefused) as refused:
        slip(desk, month)
    assert refused.value.detail["reason"] == "cash_not_deposited"
    return int(refused.value.detail["amount_fen"])


def test_what_went_back_out_of_the_box_need_not_be_deposited(desk: ReturnDesk) -> None:
    desk.county.it_is("2026-10-05")
    hand_back(desk, "li", SEPTEMBER)
    assert not_deposited(desk, SEPTEMBER) == 40
    desk.bank(40)
    made = slip(desk, SEPTEMBER)
    assert (made["amount_fen"], made["cash_fen"]) == (40, 40)
    assert desk.broken() == {}


def test_what_came_later_and_went_back_lets_nobody_off_what_came_before(desk: ReturnDesk) -> None:
    desk.county.it_is("2026-10-05")
    desk.pay_cash("wang", SEPTEMBER)
    hand_back(desk, "wang", SEPTEMBER)
    assert not_deposited(desk, SEPTEMBER) == 60


def test_what_went_back_from_the_account_leaves_the_box_as_it_is(desk: ReturnDesk) -> None:
    desk.bank(60)
    desk.county.it_is("2026-10-05")
    hand_back(desk, "li", SEPTEMBER, source="bank")
    desk.pay(member("wang"), 20, ("wang", SEPTEMBER))
    desk.pay_cash("li", SEPTEMBER)
    desk.county.it_is("2026-11-05")
    assert slip(desk, SEPTEMBER)["amount_fen"] == 60
    assert not_deposited(desk, OCTOBER) == 20
    desk.bank(20, "SLIP-0002")
    made = slip(desk, OCTOBER)
    assert (made["amount_fen"], made["cash_fen"]) == (20, 0), "20 online; 20 in cash came and 20 went"
    assert desk.balances()["bank"] == 60
    assert desk.broken() == {}


def test_a_report_after_which_cash_went_back_stays_as_it_was_frozen(desk: ReturnDesk) -> None:
    """The month is owed again and its report says what was true when it was made (BOOK-1)."""
    desk.county.ask("report_month", SECRETARY, org_id=ident("b1"), month=AUGUST)
    hand_back(desk, "wang", AUGUST)
    standing = desk.county.ask("get_month_standing", BOSS, org_id=ident("b1"), month=AUGUST)
    assert standing["report"]["numbers"]["paid_fen"] == 40
    assert desk.broken() == {}
