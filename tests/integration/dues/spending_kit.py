"""Spending for tests: an office in which money has arrived at the committees, and who records and decides there."""

from __future__ import annotations

import itertools
from typing import Any

from deploy.audit.checker import invariants_of
from services.contracts.caller import Caller, Role
from tests.integration.dues.books_kit import BOSS, COMMITTEE, LI, SECRETARY, WANG, Office
from tests.integration.dues.county import County, holder, ident

SECRETARY_2 = holder("secretary of b2", Role.BRANCH_ADMIN, "b2")
CASHIER = holder("cashier of t1", Role.FINANCE, "t1")
TREASURER = holder("treasurer", Role.FINANCE, "county")
OTHER_TOWN = holder("committee of t2", Role.COMMITTEE_ADMIN, "t2")


class SpendingOffice(Office):
    """September brought 40 to b1 and 20 to b2, which passed it up: t1 holds 60. It is 15 October."""

    def __init__(self, county: County) -> None:
        super().__init__(county)
        self.till.pay(LI, 60, ("li", "2026-08"), ("li", "2026-09"), ("mei", "2026-08"))
        self.till.pay(WANG, 20, ("wang", "2026-08"))
        county.it_is("2026-10-15")
        for secretary, org in ((SECRETARY, "b1"), (SECRETARY_2, "b2")):
            self.pass_up(secretary, org, COMMITTEE)
        self._vouchers = itertools.count(1)

    def pass_up(self, maker: Caller, org: str, confirmer: Caller, month: str = "2026-09") -> int:
        slip = self.ask("make_remittance", maker, org_id=ident(org), month=month)
        self.ask("confirm_remittance", confirmer, id=slip["id"])
        return int(slip["amount_fen"])

    def record(self, amount_fen: int, by: Caller = CASHIER, org: str = "t1", **changed: Any) -> Any:
        entry = {
            "spending_class": "training",
            "spent_on": "2026-10-14",
            "payee": "县委党校",
            "purpose": "入党积极分子培训班教材",
            "voucher_number": f"记-{next(self._vouchers):04d}",
            "deciding_body": "镇党委会议",
            "decided_on": "2026-10-10",
        }
        return self.ask("record_spending", by, org_id=ident(org), amount_fen=amount_fen, **entry | changed)

    def approve(self, entry: Any, by: Caller = COMMITTEE) -> Any:
        return self.ask("approve_spending", by, id=entry["id"])

    def refuse(self, entry: Any, by: Caller = COMMITTEE, reason: str = "票据不全") -> Any:
        return self.ask("refuse_spending", by, id=entry["id"], reason=reason)

    def reverse(self, entry: Any, by: Caller = COMMITTEE, reason: str = "金额写错了") -> Any:
        return self.ask("reverse_spending", by, id=entry["id"], reason=reason)

    def spend(self, amount_fen: int, **changed: Any) -> Any:
        """The whole way."""
        return self.approve(self.record(amount_fen, **changed))

    def summary(self, org: str = "t1", year: int = 2026, by: Caller = BOSS) -> Any:
        return self.ask("get_spending_summary", by, org_id=ident(org), year=year)

    def available(self, org: str = "t1") -> int:
        return int(self.summary(org)["available_fen"])

    def box(self, org: str = "t1") -> int | None:
        rows = self.sql("SELECT held_fen FROM spending_box WHERE org_id = :id", id=ident(org))
        return int(rows[0][0]) if rows else None

    def broken(self) -> dict[str, list[str]]:
        """The invariants of dues that do not hold, but for those of events that nobody carries here."""
        with self.county.database.snapshot() as db:
            found = {one.name: one.check(db) for one in invariants_of("dues", at_rest=False)}
        return {name: [each.subject for each in one.breaches] for name, one in found.items() if one.total}
