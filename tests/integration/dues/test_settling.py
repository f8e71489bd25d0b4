"""Crediting payments: once, whatever is repeated, lost, late or forged (PAY-9, PAY-11, BOOK-7)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.caller import Role
from services.contracts.dues import errors as e
from services.contracts.errors import NotFound
from services.dues.domain.settlement import Settle
from services.dues.providers.payments import ProviderRefused, ProviderUnavailable
from tests.integration.dues.county import County, holder, ident, member, person
from tests.integration.dues.till import Till, forwarded

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
LI = member("li")
REPEATS = 16


@pytest.fixture(params=[True, False], ids=["at once", "step by step"])
def till(county: County, request: pytest.FixtureRequest) -> Till:
    county.roster(
        person("li", household="H1", shown="李大山"),
        person("mei", "b3", household="H1", shown="李小梅"),
        person("wang", shown="王二"),
    )
    county.ask("open_month", BOSS, month="2026-08")
    county.ask("open_month", BOSS, month="2026-09")
    return Till(county, is_hot=request.param)


def paying(till: Till) -> Any:
    order = till.order(LI, 60, ("li", "2026-08"), ("li", "2026-09"), ("mei", "2026-08"))
    till.prepare(LI, order)
    return order


def test_a_paid_order_pays_months_gives_receipts_and_balances(till: Till) -> None:
    order = till.pay(LI, 80, *((name, month) for name in ("li", "mei") for month in ("2026-08", "2026-09")))
    assert (order["state"], len(order["receipt_ids"])) == ("succeeded", 2)
    assert till.balances() == {"provider_clearing": 80, "branch_dues_income": -80}
    receipt = till.ask("get_receipt", LI, id=order["receipt_ids"][0])
    assert (receipt["amount_capitals"], receipt["number"]) == ("人民币肆角整", "B1〔2026〕000001号")
    shown = till.ask("check_receipt", LI, code=receipt["check_code"])
    assert (shown["name_masked"], shown["months"], shown["amount_fen"]) == ("李*山", 2, 40)


def test_a_receipt_is_seen_by_beneficiary_and_payer_alone(till: Till) -> None:
    order = till.pay(LI, 20, ("mei", "2026-08"))
    (receipt_id,) = order["receipt_ids"]
    assert till.ask("get_receipt", LI, id=receipt_id)["own"] is False
    assert till.ask("get_receipt", member("mei"), id=receipt_id)["own"] is True
    with pytest.raises(NotFound):
        till.ask("get_receipt", member("wang"), id=receipt_id)


def test_a_notice_repeated_settles_once(till: Till) -> None:
    order = paying(till)
    till.provider.payer_pays(order["number"])
    notice = till.paid_notice(order)
    with ThreadPoolExecutor(max_workers=4) as pool:
        outcomes = sorted(pool.map(lambda _: till.notify(notice), range(REPEATS)))
    assert outcomes == ["already_known"] * (REPEATS - 1) + ["settled"]
    assert till.balances() == {"provider_clearing": 60, "branch_dues_income": -60}


def test_without_the_judgement_a_repeated_notice_does_not_settle_once(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: a judge who forgets what is settled credits again, or runs into the database's own refusal."""
    order = paying(till)
    till.provider.payer_pays(order["number"])
    notice = till.paid_notice(order)
    till.notify(notice)
    monkeypatch.setattr("services.dues.domain.settlement.judge_payment", lambda *_: Settle())
    with pytest.raises(AssertionError):
        assert till.notify(notice) == "already_known"


def test_notice_and_query_together_settle_once(till: Till) -> None:
    order = paying(till)
    till.provider.payer_pays(order["number"])
    till.clock.advance(timedelta(seconds=6))
    with ThreadPoolExecutor(max_workers=2) as pool:
        told = pool.submit(till.notify, till.paid_notice(order))
        pool.submit(till.query_job).result()
        assert told.result() in ("settled", "already_known")
    assert till.balances() == {"provider_clearing": 60, "branch_dues_income": -60}
    assert till.county.sql("SELECT count(*) FROM receipt")[0][0] == 2


def test_a_dropped_notice_is_made_up_for_by_the_query(till: Till) -> None:
    order = paying(till)
    till.provider.payer_pays(order["number"])
    assert till.query_job() == 0
    till.clock.advance(timedelta(seconds=6))
    assert till.query_job() == 1
    assert till.ask("get_order", LI, id=order["id"])["state"] == "succeeded"


def test_a_forged_notice_changes_nothing_and_calls_nobody(till: Till) -> None:
    order = paying(till)
    calls = list(till.provider.calls)
    with pytest.raises(e.NoticeRefused):
        till.notify(forwarded(*till.provider.forged_notice(order["number"])))
    assert till.provider.calls == calls
    assert till.balances() == {}


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"amount_fen": 59}, "amount_differs"),
        ({"merchant": "another"}, "merchant_differs"),
        ({"order_no": "0" * 32}, "order_unknown"),
    ],
)
def test_what_does_not_agree_waits_for_a_person(till: Till, changed: dict[str, Any], kind: str) -> None:
    order = paying(till)
    till.provider.payer_pays(order["number"])
    notice = till.paid_notice(order, **changed)
    assert [till.notify(notice), till.notify(notice)] == ["exception", "exception"]
    finance = holder("finance", Role.FINANCE, "county")
    assert [one["kind"] for one in till.ask("list_exceptions", finance)["items"]] == [kind]
    assert till.balances() == {}


def test_money_that_comes_after_closing_goes_back(till: Till) -> None:
    order = paying(till)
    till.ask("close_order", LI, id=order["id"])
    till.order(member("mei"), 20, ("mei", "2026-08"))
    till.provider.payer_pays(order["number"], late=True)
    assert [till.notify(till.paid_notice(order)) for _ in range(2)] == ["late", "already_known"]
    assert till.balances() == {"provider_clearing": 60, "refunds_payable": -60}
    till.provider.fail("refund", ProviderRefused("NOT_ENOUGH"))
    assert till.refund_job() == 1
    till.clock.advance(timedelta(minutes=1))
    till.provider.lose_answer("refund", ProviderUnavailable("timeout"))
    till.refund_job()
    till.clock.advance(timedelta(minutes=10))
    till.refund_job()
    (number,) = till.county.sql("SELECT number FROM refund")[0]
    till.provider.provider_finishes_refund(number)
    notice = forwarded(*till.provider.refund_notice(number))
    assert [till.notify(notice, "accept_refund_notice") for _ in range(2)] == ["settled", "already_known"]
    assert till.balances() == {}
    assert till.ask("get_order", LI, id=order["id"])["state"] == "refunded"


def test_receipt_numbers_run_without_a_gap(till: Till) -> None:
    names = [f"farmer{number}" for number in range(24)]
    till.county.roster(*(person(name) for name in names))
    till.county.sql("DELETE FROM dues_month WHERE month = 202609")
    till.county.ask("open_month", BOSS, month="2026-09")
    orders = []
    for name in names:
        till.county.sql("DELETE FROM obligation WHERE member_id = :m AND month = 202608", m=ident(name))
        orders.append(till.order(LI, 20, (name, "2026-09")))
        till.prepare(LI, orders[-1])
        till.provider.payer_pays(orders[-1]["number"])
    with ThreadPoolExecutor(max_workers=4) as pool:
        assert set(pool.map(lambda order: till.notify(till.paid_notice(order)), orders)) == {"settled"}
    numbers = [number for (number,) in till.county.sql("SELECT running_number FROM receipt ORDER BY 1")]
    assert numbers == list(range(1, 25))
    printed = till.ask("list_receipts", LI)["items"]
    assert {one["number"] for one in printed} == {f"B1〔2026〕{number:06d}号" for number in range(1, 25)}
    check = till.ask("check_receipt", LI, code=printed[0]["check_code"])
    assert check["number"] == printed[0]["number"]


def test_the_books_show_both_sides_along_the_tree(till: Till) -> None:
    till.pay(LI, 40, ("li", "2026-08"), ("mei", "2026-08"))
    whole = till.ask("get_ledger", BOSS, org_id=ident("county"))
    assert (whole["debit_fen"], whole["credit_fen"], whole["balanced"]) == (40, 40, True)
    branch = till.ask("get_ledger", holder("secretary", Role.BRANCH_ADMIN, "b1"), org_id=ident("b1"))
    assert (branch["debit_fen"], branch["credit_fen"]) == (20, 20)
    with pytest.raises(NotFound):
        till.ask("get_ledger", holder("secretary", Role.BRANCH_ADMIN, "b1"), org_id=ident("b3"))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE posting SET amount_fen = 1", "DELETE FROM posting", "TRUNCATE posting"],
)
def test_the_books_can_only_be_added_to(till: Till, statement: str) -> None:
    till.pay(LI, 20, ("li", "2026-08"))
    with pytest.raises(sa.exc.DBAPIError, match=r"append-only|referenced in a foreign key"):
        till.county.sql(statement)


def test_a_month_can_not_be_overpaid(till: Till) -> None:
    till.pay(LI, 20, ("li", "2026-08"))
    with pytest.raises(sa.exc.IntegrityError):
        till.county.sql("UPDATE obligation SET paid_fen = paid_fen + 20 WHERE month = 202608 AND paid_fen > 0")
