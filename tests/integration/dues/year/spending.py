"""What committees and the county spend in the year, of what has arrived: recorded by one, approved by another (BOOK-4)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from services.contracts.caller import Role
from services.contracts.dues.errors import SpendingExceedsHeld, SpendingRefused, SpendingSamePerson
from services.contracts.dues.messages import SpendingClass
from services.contracts.values import YearMonth
from tests.integration.dues.year.model import Model
from tests.integration.dues.year.story import ON_CHANGE_FROM
from tests.integration.dues.year.world import World, beneath, officer, parent

CLASSES = tuple(SpendingClass)
CITY_SHARE = 2_000
"""Basis points of what arrives at the county, from ``ON_CHANGE_FROM`` on."""
COUNTY_SPENDS = (4, 7, 10, 12)
"""In these months the county spends of what has arrived there."""


@dataclass
class Spent:
    entry_id: str
    org: str
    fen: int
    spending_class: str
    booked: YearMonth
    reversed_in: YearMonth | None = None


class Spending:
    def __init__(self, world: World, model: Model, seed: int) -> None:
        self.world, self.model, self._rng = world, model, random.Random(seed)
        self.entries: list[Spent] = []
        self.refused = 0
        self._vouchers = 0

    # What is done

    def before_passing_up(self, org: str) -> None:
        """A committee spends a part of what has arrived before its slip takes the rest, in every second month or so."""
        for entry in [one for one in self.entries if one.org == org and one.reversed_in is None]:
            if self._rng.random() < 0.2:
                self.take_back(entry)
        if self._rng.random() < 0.6 and self.available(org) > 1:
            self.spend(org, self._rng.randrange(1, self.available(org)))

    def after_passing_up(self, month: YearMonth) -> None:
        if month.month in COUNTY_SPENDS and self.available("county") > 1:
            self.spend("county", self.available("county") // 2)
        with pytest.raises(SpendingRefused):
            self._record("b1", 1, officer("t1"))
        self.refused += 1

    def spend(self, org: str, fen: int) -> None:
        recorder, approver = officer(org, Role.FINANCE), officer(org)
        with pytest.raises(SpendingExceedsHeld) as beyond:
            self._record(org, self.available(org) + 1, recorder)
        assert beyond.value.detail["available_fen"] == self.available(org), org
        entry = self._record(org, fen, recorder)
        with pytest.raises(SpendingSamePerson):
            self.world.call("approve_spending", recorder, id=entry["id"])
        self.refused += 2
        if self._rng.random() < 0.2:
            self.world.call("refuse_spending", approver, id=entry["id"], reason="票据不全")
            return
        done = self.world.call("approve_spending", approver, id=entry["id"])
        assert done["state"] == "approved"
        booked = YearMonth.parse(done["booked_month"])
        self.entries.append(Spent(entry["id"], org, fen, entry["spending_class"], booked))

    def take_back(self, entry: Spent) -> None:
        self.world.call("reverse_spending", officer(entry.org), id=entry.entry_id, reason="金额写错")
        entry.reversed_in = YearMonth.of(self.world.today)

    def _record(self, org: str, fen: int, by: Any) -> Any:
        self._vouchers += 1
        day = self.world.today.isoformat()
        return self.world.paper(
            "record_spending",
            org,
            by,
            spending_class=CLASSES[len(self.entries) % len(CLASSES)].value,
            amount_fen=fen,
            spent_on=day,
            payee="县委党校",
            purpose="培训教材",
            voucher_number=f"记-{self._vouchers}",
            deciding_body="党委会议",
            decided_on=day,
        )

    # What must come of it

    def spent(self, org: str, *, until: YearMonth | None = None) -> int:
        """What is gone; what a reversal brought back after ``until`` is still gone then."""
        own = [one for one in self.entries if one.org == org]
        back = [one for one in own if one.reversed_in and (until is None or one.reversed_in <= until)]
        return sum(one.fen for one in own) - sum(one.fen for one in back)

    def booked(self, org: str, year: int) -> dict[str, int]:
        """By class, of an organisation and all beneath it."""
        found = dict.fromkeys((one.value for one in CLASSES), 0)
        for one in self.entries:
            if org == "county" or one.org == org:
                found[one.spending_class] += one.fen * (one.booked.year == year)
                found[one.spending_class] -= one.fen * (one.reversed_in is not None and one.reversed_in.year == year)
        return found

    def held(self, org: str) -> int:
        arrived = sum(fen for (lower, _), fen in self.model.slips.items() if parent(lower) == org)
        passed = sum(fen for (lower, _), fen in self.model.slips.items() if lower == org)
        return arrived - passed - self.spent(org)

    def available(self, org: str) -> int:
        """Without the city's share, and what branches beneath gave back after they had passed it up."""
        lacking = self._citys() if org == "county" else 0
        for branch in beneath(org):
            passed = sum(fen for (lower, _), fen in self.model.slips.items() if lower == branch)
            lacking += max(0, passed - self.model.income((branch,)))
        return max(0, self.held(org) - lacking)

    def _citys(self) -> int:
        by_month: dict[YearMonth, int] = {}
        for (lower, month), fen in self.model.slips.items():
            if parent(lower) == "county" and month >= ON_CHANGE_FROM:
                by_month[month] = by_month.get(month, 0) + fen
        parts = (Decimal(fen * CITY_SHARE) / 10_000 for fen in by_month.values())
        return sum(int(part.quantize(Decimal(1), ROUND_HALF_UP)) for part in parts)
