"""Totals by organisation and month: folded once whatever is killed or late, compared with the ledger (BOOK-5, BOOK-7)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.chassis.clock import FixedClock, parse_instant
from services.contracts.errors import Forbidden
from services.dues.totals import folding, statements
from tests.integration.dues.books_kit import BOSS, FINANCE, LI, MEI, SECRETARY, WANG, Office
from tests.integration.dues.county import County, ident

KEPT = "SELECT paid_month, on_behalf, payments, amount_fen FROM collection_total ORDER BY 1, 2, branch_id"
OWED = (
    "SELECT month, sum(members)::int, sum(paid_members)::int, sum(owed_fen)::int, sum(paid_fen)::int FROM owed_total "
    "GROUP BY month ORDER BY month"
)


@pytest.fixture
def office(county: County) -> Office:
    return Office(county)


def test_payments_are_folded_by_branch_month_class_behalf_and_channel(office: Office) -> None:
    office.till.pay(LI, 60, ("li", "2026-08"), ("li", "2026-09"), ("mei", "2026-08"))
    assert office.sql(KEPT) == [], "a payment itself touches no total"
    assert office.fold() > 0
    rows = office.sql(
        "SELECT branch_id::text, booked_month, paid_month, member_class, on_behalf, channel, payments, amount_fen "
        "FROM collection_total ORDER BY paid_month, on_behalf"
    )
    assert rows == [
        (ident("b1"), 202609, 202608, "farmer", False, "wechat", 1, 20),
        (ident("b3"), 202609, 202608, "farmer", True, "wechat", 1, 20),
        (ident("b1"), 202609, 202609, "farmer", False, "wechat", 1, 20),
    ]
    assert office.sql(OWED) == [(202608, 3, 2, 60, 40), (202609, 3, 1, 60, 20)]
    assert (office.fold(), office.compare()) == (0, 0)


def test_folding_again_and_again_and_beside_itself_counts_once(office: Office) -> None:
    for payer, name in ((LI, "li"), (WANG, "wang"), (MEI, "mei")):
        office.till.pay(payer, 40, (name, "2026-08"), (name, "2026-09"))
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda _: office.fold(), range(8)))
    office.fold()
    assert office.sql("SELECT sum(payments)::int, sum(amount_fen)::int FROM collection_total") == [(6, 120)]
    assert office.compare() == 0


class Killed(Exception):
    """The process went away at this moment."""


def test_a_fold_killed_before_its_commit_leaves_everything_to_the_next(office: Office) -> None:
    office.till.pay(LI, 20, ("li", "2026-08"))

    def fold_and_die(work: object, _: None) -> None:
        folding.fold(work, None)  # type: ignore[arg-type]
        raise Killed

    with pytest.raises(Killed):
        office.county.core.desk().run(fold_and_die, None)
    assert office.sql(KEPT) == []
    office.fold()
    assert office.sql(KEPT) == [(202608, False, 1, 20)]


@contextmanager
def payment_that_commits_late(office: Office) -> Iterator[None]:
    """Its posting is written first and committed last: a reversal, booked by hand in an open transaction."""
    with office.county.database.transaction() as db:
        db.execute(
            sa.text(
                "INSERT INTO posting SELECT gen_random_uuid(), county_id, 'reversal', credit_kind, credit_owner, debit_kind, "
                "debit_owner, amount_fen, order_id, line_no, member_id, month, booked_month, posting_id, booked_at "
                "FROM posting WHERE member_id = :li"
            ),
            {"li": ident("li")},
        )
        yield


def test_a_posting_that_commits_after_later_ones_were_folded_is_folded_too(office: Office) -> None:
    office.till.pay(LI, 20, ("li", "2026-08"))
    office.fold()
    with payment_that_commits_late(office):
        office.till.pay(WANG, 20, ("wang", "2026-08"))
        office.fold()
    office.fold()
    assert office.sql("SELECT sum(payments)::int, sum(amount_fen)::int FROM collection_total") == [(1, 20)]
    assert office.compare() == 0


def test_a_watermark_of_ids_would_have_lost_it(office: Office) -> None:
    """The twin: folding what is newer than the newest id folded leaves the late one out, and the comparison says so."""
    office.till.pay(LI, 20, ("li", "2026-08"))
    office.fold()
    with payment_that_commits_late(office):
        office.till.pay(WANG, 20, ("wang", "2026-08"))
        office.fold()
    # ids are in the order of time, so the late posting's id is older than the newest that was folded
    office.sql("DELETE FROM posting_unfolded")
    office.fold()
    assert office.compare() > 0


def test_a_changed_amount_is_added_up_anew_without_any_payment(office: Office) -> None:
    office.fold()
    office.sql("UPDATE obligation SET amount_fen = 50 WHERE member_id = :li AND month = 202608", li=ident("li"))
    office.fold()
    assert office.sql(OWED)[0] == (202608, 3, 0, 90, 0)
    office.sql("DELETE FROM obligation WHERE member_id = :li AND month = 202608", li=ident("li"))
    office.fold()
    assert office.sql(OWED)[0] == (202608, 2, 0, 40, 0)


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        ("UPDATE collection_total SET amount_fen = amount_fen + 20, payments = payments + 1", "collection"),
        ("DELETE FROM collection_total", "collection"),
        ("UPDATE owed_total SET paid_fen = 0", "owed"),
        ("DELETE FROM owed_total WHERE month = 202609", "owed"),
    ],
)
def test_a_lost_or_doubled_fold_is_found_listed_and_set_right(office: Office, damage: str, kind: str) -> None:
    office.till.pay(LI, 20, ("li", "2026-08"))
    office.fold()
    office.sql(damage)
    found = office.compare()
    listed = office.ask("list_totals_differences", FINANCE)
    assert found == listed["differences"] > 0
    assert {one["kind"] for one in listed["items"]} == {kind}
    rebuilt = office.ask("rebuild_totals", BOSS)
    assert (rebuilt["corrected"] > 0, rebuilt["differences"]) == (True, 0)
    assert office.ask("list_totals_differences", FINANCE)["items"] == []
    assert office.sql(OWED)[0] == (202608, 3, 1, 60, 20)


def test_rebuilding_while_payments_wait_counts_them_once(office: Office) -> None:
    office.till.pay(LI, 20, ("li", "2026-08"))
    office.fold()
    office.till.pay(WANG, 20, ("wang", "2026-08"))
    office.sql("DELETE FROM collection_total")
    assert office.ask("rebuild_totals", BOSS)["differences"] == 0
    office.fold()
    assert office.sql("SELECT sum(payments)::int, sum(amount_fen)::int FROM collection_total") == [(2, 40)]
    assert office.compare() == 0


def test_a_fold_that_takes_without_adding_is_found(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: taking from the queue and adding to the totals as two steps, with the process gone in between."""
    office.fold()
    office.till.pay(LI, 20, ("li", "2026-08"))
    taking = "WITH taken AS (DELETE FROM posting_unfolded WHERE county_id = :county AND :most > 0 RETURNING 1)"
    monkeypatch.setattr(statements, "FOLD", f"{taking} SELECT count(*) FROM taken")
    assert office.fold() == 1
    assert office.compare() == 2, "the collection, and the month whose paid sum it would have told of"


def test_the_comparison_runs_once_a_night(office: Office) -> None:
    desk = office.county.core.desk()
    assert folding.compare_at_night(desk) is None, "by day"
    night = FixedClock(parse_instant("2026-09-16T02:00:00+08:00"))
    object.__setattr__(office.county.core.settings, "clock", night)
    desk = office.county.core.desk()
    office.fold()
    assert folding.compare_at_night(desk) == 0
    night.advance(timedelta(minutes=20))
    assert folding.compare_at_night(desk) is None


def test_only_the_county_rebuilds(office: Office) -> None:
    for caller in (FINANCE, SECRETARY, LI):
        with pytest.raises(Forbidden):
            office.ask("rebuild_totals", caller)
