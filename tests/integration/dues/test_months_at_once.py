"""A report beside payments and assessments of the same month: whoever is first, the report says what stands (BOOK-1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from deploy.audit import books, months, orders
from services.contracts.members.messages import MemberClass
from tests.integration.dues.county import WAGE, WAGE_FEN, County, ident, member, person
from tests.integration.dues.offices import BOSS, DUE_FEN, FIRST, delay, report
from tests.integration.dues.till import Till

LI = member("li")
MONTHS = tuple(f"2026-{month:02d}" for month in range(3, 10))


def _breaches(county: County) -> list[Any]:
    with county.database.snapshot() as db:
        checked = [one.check(db) for one in (*months.INVARIANTS, *books.INVARIANTS, *orders.INVARIANTS)]
    return [breach for found in checked for breach in found.breaches]


def _beside(first: Any, second: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(first), pool.submit(second)]:
            done.result()


@pytest.fixture
def opened(county: County) -> County:
    county.roster(person("li"), person("wage", member_class=MemberClass.CIVIL_SERVANT))
    county.ask("assess", FIRST, member_id=ident("wage"), effective_from="2026-01", **_pay(WAGE))
    for month in MONTHS:
        county.ask("open_month", BOSS, month=month)
        for name in ("li", "wage"):
            delay(county, name, month)
    return county


def _pay(pay: Any) -> dict[str, Any]:
    return {"member_class": "civil_servant", "pay": pay}


def test_a_payment_beside_a_report_is_in_it_or_comes_after(opened: County) -> None:
    till = Till(opened)
    for month in MONTHS:
        _beside(lambda m=month: till.pay(LI, DUE_FEN, ("li", m)), lambda m=month: report(opened, "b1", m))  # type: ignore[misc]
    assert opened.sql("SELECT count(*), sum(owed_fen) FROM month_report") == [
        (len(MONTHS), len(MONTHS) * (WAGE_FEN + DUE_FEN))
    ]
    assert opened.sql("SELECT count(*) FROM obligation WHERE member_id = :id AND paid_fen = 20", id=ident("li")) == [
        (len(MONTHS),)
    ]
    assert _breaches(opened) == []


def test_an_assessment_beside_a_report_is_in_it_or_leaves_the_month_alone(opened: County) -> None:
    for turn, month in enumerate(MONTHS):
        pay = {**WAGE, "deductions": [{"code": "income_tax", "amount_fen": 10_000 + 20_000 * (turn + 1)}]}
        raised = {"member_id": ident("wage"), "effective_from": "2026-01", **_pay(pay)}
        _beside(lambda r=raised: opened.ask("assess", FIRST, **r), lambda m=month: report(opened, "b1", m))  # type: ignore[misc]
    assert opened.sql("SELECT count(*) FROM month_report") == [(len(MONTHS),)]
    assert opened.sql("SELECT max(version) FROM assessment") == [(len(MONTHS) + 1,)]
    assert _breaches(opened) == []
