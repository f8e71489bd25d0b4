"""Cash of three branches that goes back: one refund to be handed back, one recorded, each by nobody who is asked about."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from services.chassis.ids import new_id
from services.contracts.caller import Caller, Role
from services.contracts.dues import methods as dues
from services.contracts.envelope import CallHead
from services.contracts.method import Method
from services.dues.cash import deciding, taking
from services.dues.refunding import asking, returning
from services.dues.refunding import deciding as refunds
from tests.integration.authority.cash_story import TAKERS
from tests.integration.authority.known import caller_of
from tests.integration.authority.story import MONTH, PEOPLE, above
from tests.integration.authority.world import World
from tests.integration.dues.county import WAGE_FEN

if TYPE_CHECKING:
    from tests.integration.authority.known import Known

EARLIER = "2026-08"
PAYERS = {"t01b01": "repaid", "t02b01": "refunded", "s01b01": "returning"}
"""Branch, and who there paid August and September in cash."""


def hand_some_back(world: World, known: Known, takers: dict[str, Caller]) -> None:
    """``takers``: by branch, an administrator of it."""
    for code, key in PAYERS.items():
        payer = caller_of(known, PEOPLE[key])
        order_id = _paid(world, known, code, key, takers[code])
        for month, kept in ((EARLIER, known.recorded_cash_returns), (MONTH, known.cash_returns)):
            line = {"member_id": payer.member_id, "month": month}
            body = {"order_id": order_id, "lines": [line], "reason": "paid_by_mistake"}
            asked = _do(world, code, dues.ASK_REFUND, asking.ask_refund, payer, body)
            boss = caller_of(known, PEOPLE[TAKERS[code]], (Role.COUNTY_ADMIN, above(code)[-1]))
            _do(world, code, dues.APPROVE_REFUND, refunds.approve_refund, boss, {"id": asked["id"], "words": ""})
            of_request = "SELECT refund_id::text FROM refund WHERE refund_request_id = :id"
            kept[code] = world.sql("dues", of_request, id=asked["id"])[0][0]
        body = {"id": known.recorded_cash_returns[code], "source": "box", "voucher": "No. 1"}
        _do(world, code, dues.RECORD_CASH_RETURN, returning.record_cash_return, takers[code], body)


def _paid(world: World, known: Known, code: str, key: str, taker: Caller) -> str:
    member_id = known.people[PEOPLE[key].name]
    lines = [{"member_id": member_id, "month": month} for month in (EARLIER, MONTH)]
    body = {"org_id": known.orgs[code], "lines": lines, "expected_total_fen": len(lines) * WAGE_FEN}
    taken = _do(world, code, dues.TAKE_CASH, taking.take_cash, taker, body)
    second = dataclasses.replace(taker, account_id=new_id())
    _do(world, code, dues.CONFIRM_CASH, deciding.confirm_cash, second, {"id": taken["taking"]["id"]})
    ((order_id, receipt_id),) = world.sql(
        "dues",
        "SELECT order_id::text, receipt_id::text FROM orders JOIN receipt USING (order_id) WHERE member_id = :id",
        id=member_id,
    )
    known.receipts[key, key] = receipt_id
    return str(order_id)


def _do(world: World, code: str, method: Method[Any, Any], use_case: Any, caller: Caller, body: dict[str, Any]) -> Any:
    head = CallHead(request_id=new_id(), caller=caller)
    return world.core("dues", above(code)[-1]).call(method, use_case, head, body).data
