"""The day bill against the ledger: each difference found and rightly named, and nothing else (BOOK-8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.dues.bill_day import BillDay, bill
from tests.integration.dues.county import County
from tests.load import bills

COUNT, OF_EACH = 2_000, 2


@pytest.fixture
def day(county: County, tmp_path: Path) -> Iterator[BillDay]:
    made = BillDay(county, tmp_path)
    yield made
    made.close()


def test_a_bill_that_agrees_has_no_difference(day: BillDay) -> None:
    day.ledger(COUNT)
    assert day.brought(bill(COUNT))["state"] == "matched"
    told = day.day()
    assert day.differences() == []
    assert (told["state"], told["matched"], told["open"]) == ("agreed", COUNT + COUNT // bills.LATE_EVERY, 0)
    assert (told["bill_payments"], told["ledger_payments"]) == (COUNT, COUNT)
    assert told["bill_payment_fen"] == told["ledger_payment_fen"] == COUNT * bills.MONTH_FEN


def test_each_planted_difference_is_found_by_its_name_and_no_other(day: BillDay) -> None:
    planted = bills.plant(COUNT, OF_EACH)
    assert len({kind for kind, _ in planted.expected}) == 14
    day.ledger(COUNT, planted)
    assert day.brought(bill(COUNT, planted))["state"] == "matched"
    assert day.found() == planted.expected
    assert day.found(list="only_in_ledger") == {one for one in planted.expected if one[0].endswith("only_in_ledger")}
    assert day.day()["state"] == "differs"
    assert day.day()["open"] == len(planted.expected)
