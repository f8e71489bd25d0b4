"""The cash side of dues for tests: takings, hand-ins and extras on the same small county as the till."""

from __future__ import annotations

from typing import Any

from services.chassis.ids import new_id
from services.contracts.caller import Caller, Role
from services.contracts.dues import methods as table
from services.contracts.envelope import CallHead
from services.dues.cash import deciding, deposits, taking, views
from services.dues.orders import centre
from tests.integration.dues.county import County, holder, ident

SECRETARY = holder("secretary", Role.BRANCH_ADMIN, "b1")
SECOND = holder("second", Role.BRANCH_ADMIN, "b1")
TOWNSHIP = holder("township", Role.COMMITTEE_ADMIN, "t1")
FINANCE = holder("finance", Role.FINANCE, "county")
_USE_CASES: dict[str, Any] = {
    "list_cash_payers": taking.list_cash_payers,
    "take_cash": taking.take_cash,
    "list_cash_takings": views.list_cash_takings,
    "get_cash_taking": views.get_cash_taking,
    "confirm_cash": deciding.confirm_cash,
    "release_cash": deciding.release_cash,
    "list_cash_on_hand": views.list_cash_on_hand,
    "hand_in_cash": deposits.hand_in_cash,
    "list_cash_deposits": views.list_cash_deposits,
    "match_cash_deposit": deposits.match_cash_deposit,
    "withdraw_cash_deposit": deposits.withdraw_cash_deposit,
    "list_centre_extras": centre.list_centre_extras,
    "pass_on_extra": centre.pass_on_extra,
    "enter_centre_receipt": centre.enter_centre_receipt,
}


class CashDesk:
    """Takes, confirms and hands in cash as the administrators do."""

    def __init__(self, county: County) -> None:
        self.county = county

    def ask(self, method: str, caller: Caller, /, request_id: str | None = None, **body: Any) -> Any:
        head = CallHead(request_id=request_id or new_id(), caller=caller)
        return self.county.core.call(table.TABLE.methods[method], _USE_CASES[method], head, body).data

    def take(
        self,
        total_fen: int,
        *lines: tuple[str, str],
        extras: dict[str, int] | None = None,
        by: Caller = SECRETARY,
        branch: str = "b1",
        request_id: str | None = None,
    ) -> Any:
        """``lines``: short name and month."""
        body = {
            "org_id": ident(branch),
            "lines": [{"member_id": ident(name), "month": month} for name, month in lines],
            "extras": [{"member_id": ident(name), "amount_fen": fen} for name, fen in (extras or {}).items()],
            "expected_total_fen": total_fen,
        }
        return self.ask("take_cash", by, request_id, **body)["taking"]

    def confirm(self, taken: Any, by: Caller = SECOND, request_id: str | None = None) -> Any:
        return self.ask("confirm_cash", by, request_id, id=taken["id"])["taking"]

    def release(self, taken: Any, by: Caller = SECOND) -> Any:
        return self.ask("release_cash", by, id=taken["id"], reason="数目不对")["taking"]

    def hand_in(self, amount_fen: int, slip: str = "SLIP-0001", day: str = "2026-09-14", by: Caller = SECRETARY) -> Any:
        body = {"amount_fen": amount_fen, "banked_on": day, "slip_number": slip}
        return self.ask("hand_in_cash", by, org_id=ident("b1"), **body)

    def match(self, deposit: Any, fen: int, slip: str = "SLIP-0001", by: Caller = FINANCE) -> Any:
        return self.ask("match_cash_deposit", by, id=deposit["id"], statement_fen=fen, statement_slip=slip)

    def on_hand(self, org: str = "county", by: Caller = FINANCE) -> list[tuple[int, int, int]]:
        """Held, promised and days of each branch."""
        items = self.ask("list_cash_on_hand", by, org_id=ident(org))["items"]
        return [(each["held_fen"], each["promised_fen"], each["days"]) for each in items]
