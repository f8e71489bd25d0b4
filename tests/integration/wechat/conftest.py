"""The real adapter against the simulator in its own process, over real sockets; the merchant's ear is a server in this one."""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.wechat_simulator.testing import RunningSimulator, start_simulator
from services.chassis.clock import SystemClock
from services.dues.providers.payments import (
    NoticeRefused,
    PaymentNotice,
    PhoneParameters,
    PrepayRequest,
    RefundNotice,
    RefundRequest,
)
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from tests.fakes.scripted_server import Asked, Reply, ScriptedServer, scripted_server

WAIT_S = 20
POLL_S = 0.02


class CallsOut:
    """Counts what one thread tries to reach, and lets it reach nothing."""

    def __init__(self) -> None:
        self._watched = threading.local()
        self.targets: list[object] = []

    @contextmanager
    def forbidden(self) -> Iterator[None]:
        self._watched.on = True
        try:
            yield
        finally:
            self._watched.on = False

    def wrap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any, **named: Any) -> Any:
            if getattr(self._watched, "on", False):
                self.targets.append(arguments)
                raise OSError("no calls out while a notice is judged")
            return original(*arguments, **named)

        return guarded


@dataclass(slots=True)
class Merchant:
    """Hears notices as the dues service would: raw headers, raw bytes, and no way out while it judges."""

    wechat: WechatPay
    calls_out: CallsOut
    server: ScriptedServer
    payments: list[PaymentNotice] = field(default_factory=list)
    refunds: list[RefundNotice] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    status: int = 204

    def hear(self, asked: Asked) -> Reply:
        try:
            with self.calls_out.forbidden():
                if asked.path == "/refunds":
                    self.refunds.append(self.wechat.parse_refund_notice(asked.headers, asked.body))
                else:
                    self.payments.append(self.wechat.parse_payment_notice(asked.headers, asked.body))
        except NoticeRefused as error:
            self.refusals.append(error.reason.value)
            return Reply(401, {"Content-Type": "application/json"}, b'{"code": "FAIL", "message": "refused"}')
        return Reply(self.status)

    def order(self, **changed: Any) -> PrepayRequest:
        """A fresh order whose notices come here."""
        values: dict[str, Any] = {
            "order_no": secrets.token_hex(16),
            "amount_fen": 2400,
            "description": "党费 2026年9月至11月，3人",
            "payer_openid": "oPayer-0123456789",
            "expires_at": datetime.now(UTC) + timedelta(minutes=15),
            "notify_url": f"{self.server.url}/payments",
        }
        return PrepayRequest(**(values | changed))

    def refund(self, order: PrepayRequest, **changed: Any) -> RefundRequest:
        values: dict[str, Any] = {
            "refund_no": secrets.token_hex(16),
            "order_no": order.order_no,
            "refund_fen": order.amount_fen,
            "order_fen": order.amount_fen,
            "reason": "重复缴纳",
            "notify_url": f"{self.server.url}/refunds",
        }
        return RefundRequest(**(values | changed))


def until(happened: Callable[[], object]) -> None:
    """Waits, with a bound, for what another process or thread will do."""
    deadline = time.monotonic() + WAIT_S
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(POLL_S)


def sheet_body(parameters: PhoneParameters) -> bytes:
    return json.dumps(parameters.as_bridge_parameters()).encode()


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """Ten times faster than by default, and without probes, so that a test counts only what it caused."""
    folder = tmp_path_factory.mktemp("wechat")
    running = start_simulator(folder, WECHAT_SIMULATOR_TIME_FACTOR="1/600", WECHAT_SIMULATOR_PROBE_EVERY="0")
    yield running
    assert running.stop() == 0


@pytest.fixture
def wechat(simulator: RunningSimulator) -> Iterator[WechatPay]:
    yield WechatPay(WechatPaySettings.from_environment(simulator.environment), SystemClock())
    simulator.control("DELETE", "faults")


@pytest.fixture
def calls_out(monkeypatch: pytest.MonkeyPatch) -> CallsOut:
    watch = CallsOut()
    monkeypatch.setattr(socket, "getaddrinfo", watch.wrap(socket.getaddrinfo))
    monkeypatch.setattr(socket, "create_connection", watch.wrap(socket.create_connection))
    return watch


@pytest.fixture
def merchant(wechat: WechatPay, calls_out: CallsOut) -> Iterator[Merchant]:
    with scripted_server() as server:
        heard = Merchant(wechat, calls_out, server)
        server.script = heard.hear
        yield heard
