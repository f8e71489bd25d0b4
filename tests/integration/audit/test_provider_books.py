"""What the running simulator took, read through its control interface and from its journal: the same."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.audit.invariant import Taken
from deploy.audit.provider_books import from_control, from_journal
from deploy.wechat_simulator.keys import ensure_keys
from deploy.wechat_simulator.testing import start_simulator
from services.chassis.clock import SystemClock
from services.dues.providers.payments import PrepayRequest
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings

NOWHERE = "http://127.0.0.1:9/notices"


def opened(wechat: WechatPay, amount_fen: int) -> str:
    order_no = secrets.token_hex(16)
    expires_at = datetime.now(UTC) + timedelta(minutes=15)
    wechat.prepay(PrepayRequest(order_no, amount_fen, "党费", "oPayer-0123456789", expires_at, NOWHERE))
    return order_no


def test_the_books_of_a_running_simulator_are_read_both_ways(tmp_path: Path) -> None:
    simulator = start_simulator(tmp_path)
    try:
        wechat = WechatPay(WechatPaySettings.from_environment(simulator.environment), SystemClock())
        wanted = []
        for amount_fen in (20, 60):
            paid = simulator.pay(opened(wechat, amount_fen))
            wanted.append(Taken(paid["order_no"], paid["transaction_id"], amount_fen))
        opened(wechat, 40)
        with (tmp_path / "data" / "journal.jsonl").open("ab") as journal:
            journal.write(b'{"kind": "order_paid", "a line cut in half')
        key = ensure_keys(tmp_path / "keys").simulator["WECHAT_SIMULATOR_CONTROL_KEY"]
        assert sorted(from_control(simulator.base_url, key)) == sorted(wanted)
        assert sorted(from_journal(tmp_path / "data")) == sorted(wanted)
    finally:
        simulator.stop()


def test_a_simulator_that_never_ran_took_nothing(tmp_path: Path) -> None:
    assert list(from_journal(tmp_path)) == []
