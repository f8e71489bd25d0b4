"""One year on a database of its own, from the roster to the last settled month, reckoned after each month and at the end."""

from __future__ import annotations

from pathlib import Path

from services.contracts.values import YearMonth
from tests.integration.dues.year.players import Players
from tests.integration.dues.year.reckoning import Reckoning, reckoned
from tests.integration.dues.year.story import draw


class Year:
    def __init__(self, url: str, folder: Path, seed: int) -> None:
        self.players = Players(url, folder, draw(seed))
        self.reckoning = Reckoning(self.players)
        self.wrong: list[str] = []
        """What differs: at the first month's end at which something does, or at the end of the year."""

    def play(self) -> None:
        self.players.play(self._look)
        self.wrong = self.wrong or self.reckoning.of_year()

    def _look(self, month: YearMonth) -> None:
        self.wrong = self.wrong or [f"after {month}: {one}" for one in self.reckoning.of_month()]

    def figures(self) -> dict[str, int]:
        players = self.players
        own = {"refusals": players.refusals, "bills": players.tellers.bills, "compared": self.reckoning.compared}
        return (
            reckoned(players.model) | own | {"reminded": players.ladder.told, "not_reminded": players.ladder.held_back}
        )

    def close(self) -> None:
        self.players.world.close()
