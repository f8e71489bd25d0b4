"""The refund desk of a branch that takes cash: paid, approved, handed back. Everybody who stands for money is on the roster."""

from __future__ import annotations

from typing import Any

from services.contracts.caller import Caller, Role
from services.dues import remittance
from tests.fakes.payments import FakePayments
from tests.integration.dues.cashdesk import SECOND, SECRETARY, CashDesk
from tests.integration.dues.county import County, holder, ident, member, person
from tests.integration.dues.refund_till import BOSS, FINANCE, RefundTill

MONTHS = ("2026-08", "2026-09")
DUE_FEN = 20
"""What a farmer owes a month."""
TOWNSHIP = holder("township", Role.COMMITTEE_ADMIN, "t1")
OTHER_BRANCH = holder("stranger", Role.BRANCH_ADMIN, "b3")
OFFICERS = ("secretary", "second", "township", "finance", "cashier", "boss", "stranger")


def populate(county: County, *members: str) -> ReturnDesk:
    """Members of the first branch who owe August and September, and the officers. It is 15 September."""
    county.roster(
        *(person(name) for name in members), *(person(name, "b2", shown=f"管理员{name}") for name in OFFICERS)
    )
    for month in MONTHS:
        county.ask("open_month", BOSS, month=month)
    return ReturnDesk(county)


class ReturnDesk(RefundTill):
    def __init__(self, county: County, *, provider: FakePayments | None = None) -> None:
        super().__init__(county, provider=provider)
        self.cash = CashDesk(county)
        self._use_cases["make_remittance"] = remittance.make_remittance

    def pay_cash(self, name: str, *months: str, extra_fen: int = 0) -> Any:
        """Taken by the branch's secretary, confirmed by the second administrator; the order as its payer sees it."""
        total_fen = DUE_FEN * len(months) + extra_fen
        taken = self.cash.take(
            total_fen, *((name, month) for month in months), extras={name: extra_fen} if extra_fen else None
        )
        self.cash.confirm(taken)
        newest = self.ask("list_orders", member(name))["items"][0]
        return self.ask("get_order", member(name), id=newest["id"])

    def bank(self, amount_fen: int, slip: str = "SLIP-0001") -> None:
        """Brought to the county's account and found on its statement."""
        assert self.cash.match(self.cash.hand_in(amount_fen, slip), amount_fen, slip)["state"] == "confirmed"

    def approve(self, name: str, order: Any, *months: str, by: Caller = FINANCE) -> str:
        """Asked for by the payer and approved: the id of the refund whose cash is to be handed back."""
        before = {one["id"] for one in self.returns()}
        self.refund(member(name), order, *((name, month) for month in months), by=by)
        (made,) = {one["id"] for one in self.returns()} - before
        return str(made)

    def returns(self, org: str = "county", by: Caller = BOSS, *, returned: bool = False) -> list[Any]:
        found: list[Any] = self.ask("list_cash_returns", by, org_id=ident(org), returned=returned)["items"]
        return found

    def record(self, refund_id: str, source: str = "box", voucher: str = "领-01", by: Caller | None = None) -> Any:
        by = by or (SECRETARY if source == "box" else FINANCE)
        return self.ask("record_cash_return", by, id=refund_id, source=source, voucher=voucher)

    def confirm(self, refund_id: str, by: Caller = SECOND, request_id: str | None = None) -> Any:
        return self.ask("confirm_cash_return", by, request_id, id=refund_id)

    def release(self, refund_id: str, by: Caller = SECOND) -> Any:
        return self.ask("release_cash_return", by, id=refund_id, reason="数目不对")

    def box(self) -> tuple[int, int, int]:
        """Held, promised and banked of the first branch."""
        ((held, promised, banked),) = self.county.sql("SELECT held_fen, promised_fen, banked_fen FROM cash_box")
        return int(held), int(promised), int(banked)
