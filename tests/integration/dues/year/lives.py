"""Who lives in the county: members with their periods, pay and habits, as the roster tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from services.contracts.members.messages import (
    BranchPeriod,
    ClassPeriod,
    MemberClass,
    MemberSnapshot,
    MemberStatus,
    StatusPeriod,
)
from services.contracts.values import OrgPath, YearMonth
from tests.integration.dues.county import COUNTY, ident
from tests.integration.dues.year.rates import Pay
from tests.integration.dues.year.world import TREE

V = TypeVar("V", bound=str)
OWING = ("full", "probationary")


@dataclass
class Line(Generic[V]):
    """What held from a day on: branches, classes, statuses of one member (REG-1)."""

    since: list[tuple[date, V]]

    def at(self, day: date) -> V | None:
        return next((value for from_day, value in reversed(self.since) if from_day <= day), None)

    def periods(self) -> list[tuple[V, date, date | None]]:
        ends = [from_day for from_day, _ in self.since[1:]]
        return [(value, day, end) for (day, value), end in zip(self.since, [*ends, None], strict=True)]


@dataclass
class Life:
    name: str
    household: str
    joined: date
    branch: Line[str]
    member_class: Line[str]
    status: Line[str]
    habit: str
    """How he pays: own, carried (by the head of his household), head, quarterly, ahead, late, back (after more than six
    months, with consent), never."""
    pays: dict[str, Pay] = field(default_factory=dict)
    """By class; the newest slip."""
    old_pay: Pay | None = None
    """Of the year before (ARR-4)."""
    cash: bool = False
    """Pays his branch in cash."""
    version: int = 1

    def reference_day(self, month: YearMonth) -> date | None:
        """DUE-12: the day that decides for a month."""
        return None if self.joined > month.last_day else max(month.first_day, self.joined)

    def owes_to(self, month: YearMonth) -> tuple[str, str] | None:
        """Branch and class of a month that is owed; None where nothing is."""
        day = self.reference_day(month)
        if day is None or self.status.at(day) not in OWING:
            return None
        branch, member_class = self.branch.at(day), self.member_class.at(day)
        return None if branch is None or member_class is None else (branch, member_class)

    def snapshot(self) -> MemberSnapshot:
        return MemberSnapshot(
            id=ident(self.name),
            county_id=COUNTY,
            name=self.name,
            household=self.household,
            joined_on=self.joined,
            away=False,
            branches=tuple(
                BranchPeriod(branch_id=ident(branch), branch_path=OrgPath(TREE[branch]), from_day=day, to_day=end)
                for branch, day, end in self.branch.periods()
            ),
            classes=tuple(
                ClassPeriod(member_class=MemberClass(value), from_day=day, to_day=end)
                for value, day, end in self.member_class.periods()
            ),
            statuses=tuple(
                StatusPeriod(status=MemberStatus(value), from_day=day, to_day=end)
                for value, day, end in self.status.periods()
            ),
            version=self.version,
        )
