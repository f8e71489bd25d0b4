"""The till with its refund desk: who asks, who decides, and what the checker of invariants says of what is left."""

from __future__ import annotations

from typing import Any

from deploy.audit.checker import DUES
from services.contracts.caller import Caller, Role
from services.dues.refunding import asking, deciding, return_views, returning, stuck, views
from tests.fakes.payments import FakePayments
from tests.integration.dues.county import County, holder, ident
from tests.integration.dues.till import Till, forwarded

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
SECRETARY = holder("secretary", Role.BRANCH_ADMIN, "b1")
FINANCE = holder("finance", Role.FINANCE, "county")
CASHIER = holder("cashier", Role.FINANCE, "county")
TOWN_FINANCE = holder("town finance", Role.FINANCE, "t1")


class RefundTill(Till):
    def __init__(self, county: County, *, is_hot: bool = True, provider: FakePayments | None = None) -> None:
        super().__init__(county, is_hot=is_hot, provider=provider)
        self._use_cases |= {
            "ask_refund": asking.ask_refund,
            "withdraw_refund": asking.withdraw_refund,
            "list_order_refunds": views.list_order_refunds,
            "find_paid_order": views.find_paid_order,
            "list_refund_requests": views.list_refund_requests,
            "approve_refund": deciding.approve_refund,
            "refuse_refund": deciding.refuse_refund,
            "list_stuck_refunds": stuck.list_stuck_refunds,
            "retry_refund": stuck.retry_refund,
            "enter_hand_payment": stuck.enter_hand_payment,
            "confirm_hand_payment": stuck.confirm_hand_payment,
            "list_cash_returns": return_views.list_cash_returns,
            "record_cash_return": returning.record_cash_return,
            "confirm_cash_return": returning.confirm_cash_return,
            "release_cash_return": returning.release_cash_return,
        }

    def ask_back(self, asker: Caller, order: Any, *lines: tuple[str, str], **said: Any) -> Any:
        wished = [{"member_id": ident(name), "month": month} for name, month in lines]
        body = {"reason": "paid_by_mistake", "words": "", **said}
        return self.ask("ask_refund", asker, order_id=order["id"], lines=wished, **body)

    def refund(self, payer: Caller, order: Any, *lines: tuple[str, str], by: Caller = FINANCE) -> Any:
        """Asked for by the payer and approved; not sent yet."""
        asked = self.ask_back(payer, order, *lines)
        return self.ask("approve_refund", by, id=asked["id"])

    def refund_numbers(self) -> list[str]:
        return [number for (number,) in self.county.sql("SELECT number FROM refund ORDER BY refund_id")]

    def provider_sends(self, number: str) -> str:
        """The provider does what it was asked, and tells."""
        self.provider.provider_finishes_refund(number)
        return self.notify(forwarded(*self.provider.refund_notice(number)), "accept_refund_notice")

    def broken(self) -> dict[str, list[str]]:
        """What the checker finds in the dues database, by name of the invariant."""
        with self.county.database.snapshot() as db:
            found = {one.name: one.check(db) for one in DUES}
        return {
            name: [f"{breach.subject}: {breach.told}" for breach in one.breaches]
            for name, one in found.items()
            if one.total
        }
