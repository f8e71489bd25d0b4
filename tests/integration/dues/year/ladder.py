"""The ladder of arrears at some days of the year, and reminders within their limits (ARR-1 to ARR-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from services.contracts.values import YearMonth
from tests.integration.dues.county import ident
from tests.integration.dues.year.model import Model
from tests.integration.dues.year.world import World, officer

LOOKS = {
    YearMonth(2026, 3): (22, 24),
    YearMonth(2026, 4): (22, 26),
    YearMonth(2026, 6): (22,),
    YearMonth(2026, 9): (22,),
}
"""On which days somebody looks at the ladder and reminds whom he may."""
EXCUSED_FROM = YearMonth(2026, 4)
BRANCH = "b2"
"""Where somebody never pays."""
ON_LADDER = ("arrears", "education_and_deadline", "review_self_withdrawal")


class Ladder:
    def __init__(self, world: World, model: Model) -> None:
        self.world, self.model = world, model
        self.seen: set[str] = set()
        self.told = self.held_back = 0

    def look_and_remind(self, month: YearMonth, to_day: Callable[[YearMonth, int], None]) -> None:
        for number in LOOKS.get(month, ()):
            to_day(month, number)
            if (month, number) == (EXCUSED_FROM, 22):
                self._excuse(next(name for name, life in self.model.lives.items() if life.habit == "never"))
            self.world.jobs()
            self.look()
            self.remind()

    def _excuse(self, name: str) -> None:
        first, last = date(2026, 4, 20), date(2026, 5, 31)
        branch = self.model.lives[name].branch.at(self.world.today)
        assert branch is not None
        days = {"first_day": first.isoformat(), "last_day": last.isoformat()}
        self.world.call(
            "record_arrears_reason", officer(branch), member_id=ident(name), words="因病住院，正在治疗", **days
        )
        self.model.excused[name] = (first, last)

    def look(self) -> None:
        """Each rung and the county's sums are what the months say."""
        today = self.world.today
        listed = self.world.pages("list_arrears", "county")
        found = {one["name"]: (one["step"], one["unpaid_run"], one["owed_months"], one["owed_fen"]) for one in listed}
        steps = {name: self.model.step(name, today) for name in self.model.lives}
        expected = {name: step for name, step in steps.items() if step[0] != "none"}
        assert found == expected, {
            name: (found.get(name), expected.get(name)) for name in found.keys() ^ expected.keys()
        }
        counts: dict[str, Any] = self.world.paper("get_arrears_summary", "county")["counts"]
        for step in ON_LADDER:
            assert counts[step] == sum(one[0] == step for one in expected.values())
        assert counts["owed_fen"] == sum(one[3] for one in expected.values())
        self.seen |= {one[0] for one in expected.values()}

    def remind(self) -> None:
        today = self.world.today
        here = [name for name, life in self.model.lives.items() if life.branch.at(today) == BRANCH]
        named = [name for name in here if self.model.step(name, today)[0] != "none"]
        why = {name: self.model.may_be_reminded(name, today) for name in named}
        result = self.world.paper("remind_arrears", BRANCH)
        assert {one["name"] for one in result["reminded"]} == {name for name, reason in why.items() if reason is None}
        assert {one["name"]: one["why"] for one in result["not_reminded"]} == {
            name: reason for name, reason in why.items() if reason is not None
        }
        for name, reason in why.items():
            if reason is None:
                self.model.reminded[name].append(today)
                self.told += 1
        self.held_back += len(result["not_reminded"])
        self.world.jobs()
