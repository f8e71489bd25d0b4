"""A simulator in this very process, with a clock that stands still and a scheduler that runs when told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from deploy.wechat_simulator.bank import Bank
from deploy.wechat_simulator.faults import Faults
from deploy.wechat_simulator.journal import Journal
from deploy.wechat_simulator.keys import SimulatorKeys, ensure_keys
from deploy.wechat_simulator.records import Notice

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ORDER_NO = "01932f0a8c7d7e"


@dataclass(slots=True)
class Later:
    """Keeps what was scheduled until the test lets time pass."""

    waiting: list[tuple[timedelta, Callable[[], None]]] = field(default_factory=list)

    def __call__(self, wait: timedelta, action: Callable[[], None]) -> None:
        self.waiting.append((wait, action))

    def run(self) -> None:
        due, self.waiting = self.waiting, []
        for _wait, action in due:
            action()


@dataclass(slots=True)
class House:
    """A bank and what a test wants to see of it."""

    folder: Path
    now: datetime = NOW
    faults: Faults = field(default_factory=Faults)
    later: Later = field(default_factory=Later)
    notices: list[Notice] = field(default_factory=list)
    journal: Journal = field(init=False)
    bank: Bank = field(init=False)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.journal = Journal(self.folder)
        self.bank = Bank("wx01", self.journal, self.faults, time_factor=Fraction(1, 60), now=lambda: self.now)
        self.bank.on_notice, self.bank.later = self.notices.append, self.later

    def reopen(self) -> list[Notice]:
        """As after a crash: nothing but the journal is left. Gives what is taken up again."""
        self.journal.close()
        self.later.waiting.clear()
        self.open()
        return self.bank.resume()


def prepay(**changed: Any) -> dict[str, Any]:
    """A checked prepay request."""
    return {
        "out_trade_no": ORDER_NO,
        "description": "党费",
        "attach": "",
        "notify_url": "http://127.0.0.1:8080/v1/wechat/payment-notices",
        "time_expire": "2026-11-24T10:15:00+08:00",
        "amount": {"total": 2400, "currency": "CNY"},
        "payer": {"openid": "oPayer"},
    } | changed


def refund(refund_no: str = "refund-1", refund_fen: int = 2400, **changed: Any) -> dict[str, Any]:
    """A checked refund request."""
    return {
        "out_refund_no": refund_no,
        "transaction_id": None,
        "out_trade_no": ORDER_NO,
        "reason": "重复缴纳",
        "notify_url": "http://127.0.0.1:8080/v1/wechat/refund-notices",
        "amount": {"refund": refund_fen, "total": 2400, "currency": "CNY"},
    } | changed


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "data")
    yield made
    made.journal.close()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SimulatorKeys:
    return ensure_keys(tmp_path_factory.mktemp("wechat") / "keys")


@pytest.fixture
def environment(keys: SimulatorKeys, tmp_path: Path) -> dict[str, str]:
    return keys.simulator | {
        "WECHAT_SIMULATOR_PORT": "0",
        "WECHAT_SIMULATOR_DATA": str(tmp_path / "data"),
        "PUBLIC_URL": "http://127.0.0.1:8080",
    }
