"""A year of the county adds up to the fen, whoever counts; one fen wrong in one place is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts.dues.messages import SpendingClass
from tests.integration.dues import database
from tests.integration.dues.year.play import Year
from tests.integration.dues.year.rates import CLASSES
from tests.integration.dues.year.world import BRANCHES, COMMITTEES

SEEDS = (1,)
TAMPERED = {
    "collections": (
        "collection_total",
        "amount_fen",
        "true",
        "branch_id, booked_month, paid_month, member_class, channel, on_behalf",
    ),
    "registers": ("obligation", "paid_fen", "paid_fen > 1", "member_id, month"),
    "slips": ("remittance", "amount_fen", "true", "remittance_id"),
    "spendings": ("spending", "amount_fen", "state = 'approved'", "spending_id"),
    "receipts": ("receipt", "amount_fen", "NOT void", "receipt_id"),
    "ledger": ("posting", "amount_fen", "entry = 'dues_paid'", "posting_id"),
    "frozen": ("month_report", "members", "level = 'county'", "report_id"),
}
"""By what is looked at: the table and column in which one goes astray, and in which row of it."""


@pytest.fixture(scope="module", params=SEEDS)
def year(
    request: pytest.FixtureRequest, dues_server: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Year]:
    """A whole year, played and reckoned after each month."""
    folder: Path = tmp_path_factory.mktemp("year")
    with database.copy(*dues_server) as url:
        made = Year(url, folder, request.param)
        made.play()
        yield made
        made.close()


def test_every_branch_register_report_and_slip_adds_up_to_the_ledger(year: Year) -> None:
    assert year.wrong == []
    figures = year.figures()
    assert figures["settled_months"] == 18, "twelve of the year and half a year before"
    assert min(figures[name] for name in ("members", "orders", "refunds", "void", "slips", "bills", "fen")) > 0


def test_the_year_had_every_case(year: Year) -> None:
    """Else it would add up because nothing happened."""
    model, ladder = year.players.model, year.players.ladder
    months = model.months.values()
    assert {life.member_class.at(year.players.world.today) for life in model.lives.values()} <= set(CLASSES)
    assert {one.member_class for one in months} == set(CLASSES)
    assert {one.branch for one in months} == set(BRANCHES)
    assert any(one.amount_fen == 100_000 for one in months), "somebody is at the cap (DUE-14)"
    assert any(one.full_fen is not None for one in months), "somebody has relief (DUE-11)"
    assert any(one.billed > month for (_, month), one in model.months.items()), "somebody was admitted late (DUE-12)"
    assert any(one.delayed for one in months)
    assert model.cash(BRANCHES) > 0
    assert any(order.back and len(order.back) < len(order.lines) for order in model.orders), "a part went back"
    handed_back = year.players.tellers.handed_back
    assert min(handed_back["box"], handed_back["bank"]) > 0, "cash went back, out of a box and from the account"
    assert any(order.late for _, _, _, order in model.sent_back), "a late payment went back by itself (PAY-11)"
    paid = [(line.name, line.month) for order in model.orders for line in order.lines if line not in order.back]
    assert len(paid) > len(set(paid)), "a difference was paid (PAY-4)"
    assert any(one.booked > one.month.plus(1) for one in model.entries), "money came for a settled month (BOOK-1)"
    assert {org for org, _ in model.slips} == {*BRANCHES, *COMMITTEES, "g1"}
    spent = year.players.closing.spending.entries
    assert {one.org for one in spent} == {*COMMITTEES, "county"}
    assert {one.spending_class for one in spent} == set(SpendingClass)
    assert any(one.reversed_in for one in spent), "spending was reversed, and its money went up or was spent again"
    assert ladder.seen == {"arrears", "education_and_deadline", "review_self_withdrawal"}
    assert min(ladder.told, ladder.held_back) > 0


@pytest.mark.parametrize("look", TAMPERED)
def test_one_fen_in_one_place_is_found(year: Year, look: str) -> None:
    """The twin: the same look finds nothing before the fen is gone and once it is back."""
    assert year.reckoning.of(look) == []
    _astray(year, look, -1)
    assert year.reckoning.of(look) != []
    _astray(year, look, +1)
    assert year.reckoning.of(look) == []


def _astray(year: Year, look: str, fen: int) -> None:
    """Past all that guards the table."""
    table, column, which, order = TAMPERED[look]
    with year.players.world.database.transaction() as db:
        db.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        row = f"(SELECT ctid FROM {table} WHERE {which} ORDER BY {order} LIMIT 1)"
        db.exec_driver_sql(f"UPDATE {table} SET {column} = {column} + {fen} WHERE ctid = {row}")
        db.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
