"""Notices settled together: each as it would be alone, the bad ones apart, and never a half of anything (PAY-9, BOOK-7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.chassis.ids import new_id
from services.contracts.caller import Role, gateway
from services.dues.orders import hot_settlement, notices
from services.dues.orders.settling import MAX_TOLD
from tests.integration.dues.county import COUNTY, County, holder, ident, member, person
from tests.integration.dues.till import Till

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
LI = member("li")
PEOPLE = 30


@pytest.fixture
def till(county: County) -> Till:
    county.roster(
        person("li", household="H1"),
        *(person(f"farmer{n}", "b1" if n % 3 else "b3", household="H1") for n in range(PEOPLE)),
    )
    county.ask("open_month", BOSS, month="2026-09")
    return Till(county)


def paid(till: Till, name: str) -> Any:
    """An order for one farmer's month whose payer has paid; its notice is under way."""
    order = till.order(LI, 20, (name, "2026-09"))
    till.prepare(LI, order)
    till.provider.payer_pays(order["number"])
    return order


def keep(till: Till, notice: dict[str, Any]) -> str:
    """Hands a notice in; its id."""
    request_id = new_id()
    assert till.ask("accept_payment_notice", gateway(COUNTY), request_id, **notice) == {"outcome": "stored"}
    return request_id


def outcomes(till: Till) -> dict[str, str | None]:
    return {str(row[0]): row[1] for row in till.county.sql("SELECT notice_id, outcome FROM payment_notice")}


def settle(till: Till) -> int:
    return notices.settle_notices(till.county.core.desk())


def test_a_batch_settles_each_notice_as_if_it_came_alone(till: Till) -> None:
    orders = [paid(till, f"farmer{n}") for n in range(12)]
    good = [keep(till, till.paid_notice(order)) for order in orders[:9]]
    again = keep(till, till.paid_notice(orders[0]))
    wrong_amount = keep(till, till.paid_notice(orders[9], amount_fen=19))
    stolen = keep(
        till,
        till.paid_notice(orders[10], transaction_id=till.provider.find_payment(orders[1]["number"]).transaction_id),
    )  # type: ignore[union-attr]
    unknown = keep(till, till.paid_notice(orders[11], order_no="0" * 32))
    assert settle(till) == 13
    assert outcomes(till) == {
        **dict.fromkeys(good, "settled"),
        again: "already_known",
        wrong_amount: "exception",
        stolen: "exception",
        unknown: "exception",
    }
    assert till.balances() == {"provider_clearing": 180, "branch_dues_income": -180}
    numbers = till.county.sql("SELECT branch_id, array_agg(running_number ORDER BY 1) FROM receipt GROUP BY branch_id")
    assert sorted(len(found) for _, found in numbers) == [3, 6]
    assert all(sorted(found) == list(range(1, len(found) + 1)) for _, found in numbers)
    assert till.county.sql("SELECT count(*) FROM outbox WHERE type = 'dues.order_settled'")[0][0] == 9
    assert [kind for (kind,) in till.county.sql("SELECT kind FROM payment_exception ORDER BY kind")] == [
        "amount_differs",
        "order_unknown",
        "paid_twice",
    ]


def test_a_notice_that_can_not_be_settled_keeps_nobody_waiting(till: Till) -> None:
    """The month behind one of them is gone: the batch fails as a whole, then each is tried alone."""
    orders = [paid(till, f"farmer{n}") for n in range(4)]
    ids = [keep(till, till.paid_notice(order)) for order in orders]
    till.county.sql("DELETE FROM obligation WHERE member_id = :m", m=ident("farmer2"))
    assert settle(till) == 3
    assert outcomes(till) == {ids[0]: "settled", ids[1]: "settled", ids[2]: None, ids[3]: "settled"}
    assert till.ask("get_order", LI, id=orders[2]["id"])["state"] == "paying"
    assert settle(till) == 0, "it waits before it is tried again"
    till.clock.advance(timedelta(seconds=2))
    assert settle(till) == 0
    assert till.county.sql("SELECT tries FROM payment_notice WHERE outcome IS NULL") == [(2,)]


def test_without_a_second_try_alone_one_bad_notice_holds_all_up(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    monkeypatch.setattr(notices, "_waiting", lambda *_: [])
    orders = [paid(till, f"farmer{n}") for n in range(4)]
    for order in orders:
        keep(till, till.paid_notice(order))
    till.county.sql("DELETE FROM obligation WHERE member_id = :m", m=ident("farmer2"))
    assert settle(till) == 0
    assert set(outcomes(till).values()) == {None}


def test_without_its_count_a_batch_would_settle_half_an_order(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the statement reports how many rows it touched; whoever does not look credits a month that is not there."""
    order = paid(till, "farmer2")
    keep(till, till.paid_notice(order))
    till.county.sql("DELETE FROM obligation WHERE member_id = :m", m=ident("farmer2"))
    real = hot_settlement.execute

    def blind(db: Any, statement: Any, values: Any) -> Any:
        rows = real(db, statement, values)
        if statement.name != "settle_payments":
            return rows
        stored, moved, _, *others = rows[0]
        return [(stored, moved, 1, *others)]

    monkeypatch.setattr(hot_settlement, "execute", blind)
    assert settle(till) == 1
    assert till.ask("get_order", LI, id=order["id"])["state"] == "succeeded"
    assert till.county.sql("SELECT coalesce(sum(paid_fen), 0) FROM obligation")[0][0] == 0


def test_a_batch_is_a_handful_of_statements_however_many_it_settles(till: Till) -> None:
    for n in range(PEOPLE):
        keep(till, till.paid_notice(paid(till, f"farmer{n}")))
    assert PEOPLE < MAX_TOLD
    seen: list[str] = []
    sa.event.listen(till.county.database.engine, "before_cursor_execute", lambda *said: seen.append(said[2]))
    assert settle(till) == PEOPLE
    of_the_transaction = ("PREPARE", "SELECT set_config")  # once for each connection, and whose rows it may see
    executed = [text for text in seen if not text.startswith(of_the_transaction)]
    assert len(executed) == 7, executed
