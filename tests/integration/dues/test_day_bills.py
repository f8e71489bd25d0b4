"""How bills come: each morning and once, again when they did not, by hand; and what a bad one does, which is nothing (BOOK-8)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.chassis import metrics
from services.contracts.dues import errors as e
from services.dues.domain.reconciliation import CATCH_UP_DAYS, MAX_TRIES
from services.dues.providers.payments import ProviderRefused, ProviderUnavailable
from services.dues.reconciliation import jobs
from tests.integration.dues.bill_day import DAY, BillDay, bill, file_of
from tests.integration.dues.county import County
from tests.load import bills
from tests.load.bills import Row

COUNT = 20


@pytest.fixture
def day(county: County, tmp_path: Path) -> Iterator[BillDay]:
    made = BillDay(county, tmp_path)
    made.ledger(COUNT)
    yield made
    made.close()


def missing() -> float:
    value: float = metrics.RECONCILIATION_MISSING_DAYS.labels("dues")._value.get()
    return value


def test_the_bill_of_yesterday_is_fetched_after_ten_and_once(day: BillDay) -> None:
    day.provider.bills[DAY] = bill(COUNT)
    day.at("2026-09-15T09:59:00+08:00")
    assert day.fetch() == 0
    day.at("2026-09-15T10:06:00+08:00")
    assert day.fetch() == 1
    assert day.fetch() == 0, "it waits to be matched"
    assert day.match()
    assert not day.match()
    day.at("2026-09-15T23:00:00+08:00")
    assert day.fetch() == 0
    assert day.provider.asked == [DAY]
    assert (day.day()["state"], day.day()["bills"][0]["source"]) == ("agreed", "provider")
    assert missing() == 0


def test_a_bill_that_does_not_come_is_asked_for_again_and_shows(day: BillDay) -> None:
    day.provider.bills[DAY] = bill(COUNT)
    day.provider.failures = [ProviderRefused("STATEMENT_CREATING"), ProviderUnavailable("timeout")]
    assert day.fetch() == 1
    assert (day.day()["state"], day.day()["failure"]) == ("failing", "STATEMENT_CREATING")
    assert missing() == 1
    assert day.fetch() == 0, "not at once"
    day.clock.advance(timedelta(minutes=6))
    assert day.fetch() == 1
    assert day.day()["failure"] == "timeout"
    day.clock.advance(timedelta(minutes=16))
    assert day.fetch() == 1
    assert day.match()
    assert (day.day()["state"], day.day()["failure"]) == ("agreed", "")


def test_tries_have_an_end_and_a_person_begins_them_anew(day: BillDay) -> None:
    day.provider.failures = [ProviderUnavailable("timeout")] * 100
    for _ in range(MAX_TRIES + 3):
        day.fetch()
        day.clock.advance(timedelta(minutes=61))
    assert day.provider.asked.count(DAY) == MAX_TRIES
    day.ask("request_bill", day=DAY.isoformat())
    day.fetch()
    assert day.provider.asked.count(DAY) == MAX_TRIES + 1


def test_missed_days_are_caught_up_with_and_no_further_back_than_the_first_order(day: BillDay) -> None:
    day.at("2026-09-18T11:00:00+08:00")
    assert day.fetch() == 4
    assert day.provider.asked == [date(2026, 9, 14), date(2026, 9, 15), date(2026, 9, 16), date(2026, 9, 17)]
    day.at("2026-12-18T11:00:00+08:00")
    assert day.fetch() <= CATCH_UP_DAYS
    assert min(day.provider.asked[4:]) >= date(2026, 11, 17)


def test_a_day_without_trade_is_matched_as_an_empty_bill(day: BillDay) -> None:
    assert day.fetch() == 1
    assert day.match()
    assert day.day()["bills"][0]["no_trade"]
    assert {kind for kind, _ in day.found()} == {"payment_only_in_ledger"}, (
        "the ledger has what WeChat says there was not"
    )


def test_a_download_that_is_cut_leaves_no_bill_and_comes_again(day: BillDay) -> None:
    day.provider.bills[DAY] = bill(COUNT)
    day.provider.cuts = [200]
    assert day.fetch() == 1
    assert not day.match()
    assert day.day()["failure"] == "cut_short"
    assert day.day()["bills"] == []
    day.clock.advance(timedelta(minutes=6))
    assert day.fetch() == 1
    assert day.match()
    assert day.day()["state"] == "agreed"


def test_a_file_that_is_not_what_the_provider_told_of_is_refused(day: BillDay) -> None:
    day.provider.bills[DAY] = bill(COUNT)
    assert day.fetch() == 1
    day.county.sql("UPDATE day_bill SET sha1 = repeat('0', 40)")
    assert day.match()
    assert day.day()["bills"][0]["refusal"] == "hash_differs"
    assert day.day()["matched_at"] is None


GOOD = bill(COUNT)
BAD = {
    "cut_short": GOOD[: len(GOOD) // 2].rpartition(b"\r\n")[0],
    "totals_differ": GOOD.replace(b"\r\n`20,`", b"\r\n`21,`"),
    "columns_unknown": b"PK\x03\x04 an archive",
    "not_unpacked": b"\x1f\x8b" + b"nonsense" * 10,
    "day_differs": bill(COUNT, day=date(2026, 9, 13)),
    "foreign": file_of(Row("2026-09-14 12:00:00", "4", "5", 1, merchant_id="1900000999")),
    "number_repeated": file_of(Row("2026-09-14 12:00:00", "4", "5", 1), Row("2026-09-14 12:00:00", "4", "5", 2)),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_file_is_refused_by_name_and_changes_nothing(day: BillDay, fault: str) -> None:
    day.brought(bill(COUNT, bills.plant(COUNT * 50, 1)))
    before = (day.differences(), day.day()["matched_at"], day.county.sql("SELECT count(*) FROM bill_mark"))
    brought = day.brought(BAD[fault])
    assert (brought["state"], brought["refusal"]) == ("refused", fault)
    assert (day.differences(), day.day()["matched_at"], day.county.sql("SELECT count(*) FROM bill_mark")) == before


def test_a_fault_after_everything_is_written_takes_everything_back(
    day: BillDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process is killed before the commit: the bill waits as it did and is matched whole the next time."""

    def killed(name: str, *_: str) -> None:
        if name == "reconciliation.kept":
            raise KeyboardInterrupt

    day.upload(file_of())
    with monkeypatch.context() as patched:
        patched.setattr("services.dues.reconciliation.days.failpoints.reach", killed)
        with pytest.raises(KeyboardInterrupt):
            day.match()
    assert day.differences() == []
    assert day.match()
    assert len(day.differences()) == COUNT


def test_a_packed_file_is_read_like_a_plain_one(day: BillDay) -> None:
    assert day.brought(gzip.compress(bill(COUNT)))["state"] == "matched"
    assert day.day()["state"] == "agreed"


def test_a_day_that_is_to_come_or_long_over_has_no_bill(day: BillDay) -> None:
    for wrong, reason in ((date(2026, 9, 16), "not_over"), (date(2020, 1, 1), "too_old")):
        with pytest.raises(e.BillDayRefused) as refusal:
            day.upload(bill(1, day=wrong), day=wrong)
        assert refusal.value.detail == {"reason": reason}


def test_a_payment_at_midnight_is_on_one_day_only_whatever_day_we_booked_it(day: BillDay) -> None:
    """The ledger heard of the last payment of the day after midnight; WeChat's clock is what counts."""
    last = bills.transaction(COUNT - 2)
    day.county.sql("UPDATE provider_payment SET paid_at = '2026-09-14T23:59:59+08:00', "
                   "stored_at = '2026-09-15T00:01:00+08:00' WHERE transaction_id = :id", id=last)  # fmt: skip
    day.brought(bill(COUNT))
    day.brought(file_of(), date(2026, 9, 15))
    assert day.differences() == []
    seen = [one["transaction_id"] for one in day.ask("list_matched", day=DAY.isoformat())["items"]]
    assert last in seen
    assert len(seen) == COUNT + COUNT // bills.LATE_EVERY


def test_a_clock_that_differs_by_seconds_at_midnight_makes_no_difference_on_either_day(day: BillDay) -> None:
    """The bill has it at 23:59:59, the ledger a second later: without the mark the next day would miss it."""
    edge = bills.transaction(COUNT - 1)
    day.county.sql(
        "UPDATE provider_payment SET paid_at = '2026-09-15T00:00:00+08:00' WHERE transaction_id = :id", id=edge
    )
    day.brought(bill(COUNT))
    day.brought(file_of(), date(2026, 9, 15))
    assert day.differences() == []
    day.county.sql("DELETE FROM bill_mark")
    day.brought(file_of(), date(2026, 9, 15))
    assert day.found() == {("payment_only_in_ledger", edge)}, "the twin without marks"


def test_days_matched_in_the_wrong_order_come_to_the_same(day: BillDay) -> None:
    edge = bills.transaction(COUNT - 1)
    day.county.sql(
        "UPDATE provider_payment SET paid_at = '2026-09-15T00:00:00+08:00' WHERE transaction_id = :id", id=edge
    )
    day.brought(file_of(), date(2026, 9, 15))
    assert day.found(state="open") == {("payment_only_in_ledger", edge)}
    day.brought(bill(COUNT))
    assert day.found(state="open") == set()


def test_a_payment_on_quite_another_day_is_a_difference(day: BillDay) -> None:
    day.county.sql("UPDATE provider_payment SET paid_at = '2026-09-12T12:00:00+08:00' WHERE transaction_id = :id",
                   id=bills.transaction(3))  # fmt: skip
    day.brought(bill(COUNT))
    assert day.found() == {("payment_day_differs", bills.transaction(3))}


def test_files_that_have_served_are_deleted_and_what_was_found_stays(day: BillDay) -> None:
    day.brought(file_of())
    assert jobs.forget_old_bills(day.core.desk(), day.files) == 0
    day.clock.advance(jobs.BILLS_KEPT + timedelta(days=1))
    assert jobs.forget_old_bills(day.core.desk(), day.files) == 1
    assert jobs.forget_old_bills(day.core.desk(), day.files) == 0
    assert len(day.differences()) == COUNT
