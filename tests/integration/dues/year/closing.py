"""The books' side of the year: months reported, sent back and settled, what came in spent or passed up (BOOK-1, BOOK-2)."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.caller import Role
from services.contracts.dues.errors import MonthNotToSettle, MonthReportRefused, RemittanceRefused
from services.contracts.values import YearMonth
from tests.integration.dues.county import ident
from tests.integration.dues.year.model import Model, Month
from tests.integration.dues.year.spending import Spending
from tests.integration.dues.year.world import BRANCHES, COMMITTEES, World, beneath, officer, parent, reports_to

BOSS = officer("county")
SETTLED_ROWS = {
    "obligations": "SELECT member_id::text, month, branch_id::text, member_class, amount_fen, full_fen, basis, "
    "assessment_version, billed_in FROM obligation WHERE billed_in = :month AND NOT ahead ORDER BY 1, 2",
    "reports": "SELECT * FROM month_report WHERE month = :month ORDER BY report_id",
    "list": "SELECT * FROM delay WHERE billed_in = :month ORDER BY delay_id",
    "state": "SELECT * FROM dues_month WHERE month = :month",
    "postings": "SELECT * FROM posting WHERE booked_month = :month ORDER BY posting_id",
}
"""What never changes from the settling on. What a month has taken may grow: later money names it and is booked elsewhere."""


class Closing:
    def __init__(self, world: World, model: Model, seed: int) -> None:
        self.world, self.model = world, model
        self.spending = Spending(world, model, seed)
        self.frozen: dict[YearMonth, dict[str, list[Any]]] = {}
        self.cash: dict[tuple[str, YearMonth], int] = {}
        """Of each slip, what came in cash."""

    # Reports

    def billed(self, branch: str, month: YearMonth) -> dict[tuple[str, YearMonth], Month]:
        return {
            key: owed
            for key, owed in self.model.months.items()
            if owed.branch == branch and owed.billed == month and not owed.ahead
        }

    def report_branches(self, month: YearMonth, returned: str | None) -> None:
        for branch in BRANCHES:
            if self.billed(branch, month):
                self._report_branch(branch, month)
                if branch == returned:
                    self._send_back(branch, month)
                    self._report_branch(branch, month)

    def _report_branch(self, branch: str, month: YearMonth) -> None:
        owing = self.billed(branch, month)
        blocking = {key: one for key, one in owing.items() if one.missing_fen > 0 and not one.delayed}
        listed = self.world.pages("list_month_blocks", branch, month=str(month))
        assert sorted((one["name"], one["month"]) for one in listed) == sorted(
            (who, str(when)) for who, when in blocking
        )
        if blocking:
            with pytest.raises(MonthReportRefused):
                self.world.paper("report_month", branch, month=str(month))
        for (name, when), owed in blocking.items():
            wish = {"member_id": ident(name), "month": str(when), "reason": "经支部同意缓交"}
            told = self.world.ask("delay_month", officer(branch), **wish)
            assert (told["missing_fen"], told["billed_in"]) == (owed.missing_fen, str(month))
            owed.delayed = True
        for owed in owing.values():
            owed.delayed &= owed.missing_fen > 0
        view = self.world.paper("report_month", branch, month=str(month))
        assert view["numbers"] == self.numbers(branch, month), (branch, month)
        self.model.reported.add((branch, month))

    def numbers(self, org: str, month: YearMonth) -> dict[str, int]:
        """What a place reports: people counted once in each branch."""
        whole = dict.fromkeys(("members", "owed_fen", "paid_fen", "delayed", "delayed_fen"), 0)
        for branch in beneath(org):
            owing = self.billed(branch, month)
            waiting = {key: one for key, one in owing.items() if one.delayed and one.missing_fen > 0}
            whole["members"] += len({name for name, _ in owing})
            whole["owed_fen"] += sum(one.amount_fen or 0 for one in owing.values())
            whole["paid_fen"] += sum(one.paid_fen for one in owing.values())
            whole["delayed"] += len({name for name, _ in waiting})
            whole["delayed_fen"] += sum(one.missing_fen for one in waiting.values())
        return whole

    def _send_back(self, org: str, month: YearMonth) -> None:
        above = reports_to(org) if org.startswith("b") else "county"
        view = self.world.paper("return_month_report", org, officer(above), month=str(month), reason="数字请核对")
        assert view["returned"]["reason"] == "数字请核对"
        self.model.reported.discard((org, month))

    def report_and_settle(self, month: YearMonth, returned: str | None) -> None:
        """Committees report when their branches have, the county settles when all have; once."""
        with pytest.raises(MonthNotToSettle):
            self.world.ask("settle_month", BOSS, month=str(month))
        for org in COMMITTEES:
            if not any(self.billed(branch, month) for branch in beneath(org)):
                continue
            self._report_committee(org, month)
            if org == returned:
                self._send_back(org, month)
                self._report_committee(org, month)
        settled = self.world.ask("settle_month", BOSS, month=str(month))
        assert (settled["state"], settled["numbers"]) == ("settled", self.numbers("county", month))
        self.model.settled.add(month)
        with pytest.raises(MonthNotToSettle):
            self.world.ask("settle_month", BOSS, month=str(month))
        self.frozen[month] = self.rows(month)

    def _report_committee(self, org: str, month: YearMonth) -> None:
        view = self.world.paper("report_month", org, month=str(month))
        assert view["numbers"] == self.numbers(org, month), (org, month)
        self.model.reported.add((org, month))

    def rows(self, month: YearMonth) -> dict[str, list[Any]]:
        return {
            what: [tuple(row) for row in self.world.sql(statement, month=month.number)]
            for what, statement in SETTLED_ROWS.items()
        }

    # Passing up

    def pass_up(self, month: YearMonth) -> None:
        """Branch by branch, then the general branch, then the committees: each slip over all that is there."""
        for org in (*BRANCHES, "g1", *COMMITTEES):
            if org in COMMITTEES:
                self.spending.before_passing_up(org)
            amount = self.to_pass_up(org, month)
            maker = officer("t1", Role.FINANCE) if org == "g1" else officer(org)
            if amount <= 0:
                with pytest.raises(RemittanceRefused) as refusal:
                    self.world.paper("make_remittance", org, maker, month=str(month))
                assert refusal.value.detail["reason"] == "nothing_to_remit"
                continue
            slip = self.world.paper("make_remittance", org, maker, month=str(month))
            cash = min(amount, max(0, self.model.cash((org,), month) + self.cash_below(org, month)))
            self.cash[org, month] = cash
            assert (slip["amount_fen"], slip["online_fen"], slip["cash_fen"]) == (amount, amount - cash, cash), (
                org,
                month,
            )
            upper = parent(org)
            done = self.world.call("confirm_remittance", officer("t1" if upper == "g1" else upper), id=slip["id"])
            assert done["state"] == "arrived"
            self.model.slips[org, month] = amount
            with pytest.raises(RemittanceRefused):
                self.world.paper("make_remittance", org, maker, month=str(month))
        self.spending.after_passing_up(YearMonth.of(self.world.today))

    def cash_below(self, org: str, month: YearMonth) -> int:
        return sum(fen for (lower, when), fen in self.cash.items() if parent(lower) == org and when == month)

    def to_pass_up(self, org: str, month: YearMonth) -> int:
        own = min(self.model.income((org,), until=month), self.model.income((org,)))
        received = sum(fen for (lower, when), fen in self.model.slips.items() if parent(lower) == org and when <= month)
        passed = sum(fen for (lower, _), fen in self.model.slips.items() if lower == org)
        return own + received - passed - self.spending.spent(org, until=month)
