"""The simulator as a process: what it took outlives it, and it never runs beside real money."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from deploy.wechat_simulator.keys import ensure_keys
from deploy.wechat_simulator.testing import ROOT, ControlError, RunningSimulator, start_simulator
from services.chassis.clock import SystemClock
from services.dues.providers.payments import PaymentStatus, ProviderRefused, RefundStatus
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from tests.fakes.scripted_server import scripted_server
from tests.integration.wechat.conftest import CallsOut, Merchant, until

REFUSED = 2


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningSimulator]:
    """A simulator that a test may kill."""
    running = start_simulator(tmp_path, WECHAT_SIMULATOR_TIME_FACTOR="1/600", WECHAT_SIMULATOR_PROBE_EVERY="0")
    yield running
    if running.process is not None and running.process.poll() is None:
        running.kill()


@pytest.fixture
def own_merchant(own: RunningSimulator, calls_out: CallsOut) -> Iterator[Merchant]:
    wechat = WechatPay(WechatPaySettings.from_environment(own.environment), SystemClock())
    with scripted_server() as server:
        heard = Merchant(wechat, calls_out, server)
        server.script = heard.hear
        yield heard


def test_a_killed_bank_remembers_what_it_took_and_tells_what_it_had_not_told(
    own: RunningSimulator, own_merchant: Merchant
) -> None:
    wechat, order, open_order = own_merchant.wechat, own_merchant.order(), own_merchant.order()
    for wanted in (order, open_order):
        wechat.prepay(wanted)
    own_merchant.status = 503
    own.fault("drop", order_no=order.order_no, count=1000)
    own.pay(order.order_no)
    before = wechat.find_payment(order.order_no)
    refund = own_merchant.refund(order, refund_fen=1000)
    wechat.refund(refund)
    own.kill()
    own_merchant.status = 204
    own.start()
    assert wechat.find_payment(order.order_no) is not None
    until(lambda: own_merchant.payments)
    assert before is not None
    assert own_merchant.payments[0].payment.transaction_id == before.transaction_id
    until(lambda: own_merchant.refunds)
    assert own_merchant.refunds[0].refund.status is RefundStatus.SUCCEEDED
    assert wechat.refund(refund).refund_id == own_merchant.refunds[0].refund.refund_id
    with pytest.raises(ControlError, match="ORDERPAID"):
        own.pay(order.order_no)
    with pytest.raises(ProviderRefused, match="INVALID_REQUEST"):
        wechat.refund(own_merchant.refund(order, refund_fen=1401))
    assert wechat.prepay(open_order).prepay_id, "an unpaid order is still open"


def test_a_confirmed_notice_is_not_told_again_after_a_restart(own: RunningSimulator, own_merchant: Merchant) -> None:
    order = own_merchant.order()
    own_merchant.wechat.prepay(order)
    own.pay(order.order_no)
    until(lambda: own_merchant.payments and own.sendings(order.order_no)[-1]["status"] == 204)
    assert own.stop() == 0
    own.start()
    time.sleep(0.5)
    assert len(own_merchant.payments) == 1
    found = own_merchant.wechat.find_payment(order.order_no)
    assert found is not None
    assert found.status is PaymentStatus.SUCCEEDED


def test_probes_are_refused_and_the_true_notice_follows(tmp_path: Path, calls_out: CallsOut) -> None:
    running = start_simulator(tmp_path, WECHAT_SIMULATOR_TIME_FACTOR="1/600", WECHAT_SIMULATOR_PROBE_EVERY="1")
    try:
        wechat = WechatPay(WechatPaySettings.from_environment(running.environment), SystemClock())
        with scripted_server() as server:
            merchant = Merchant(wechat, calls_out, server)
            server.script = merchant.hear
            order = merchant.order()
            wechat.prepay(order)
            running.pay(order.order_no)
            until(lambda: len(running.sendings(order.order_no)) > 1)  # noted once the merchant has answered
            assert merchant.refusals == ["signature_probe"]
            assert len(merchant.payments) == 1
            assert [sending["what"] for sending in running.sendings(order.order_no)] == ["probe", "notice"]
    finally:
        running.stop()


def refusal_of(own: RunningSimulator, **changes: str) -> str:
    """The one line that a start with these changes ends in."""
    environment = ensure_keys(own.folder / "keys").simulator | {
        "WECHAT_SIMULATOR_PORT": "0",
        "WECHAT_SIMULATOR_DATA": str(own.folder / "other-data"),
        "PUBLIC_URL": own.public_url,
        "PATH": os.environ.get("PATH", ""),
    }
    done = subprocess.run(
        [sys.executable, "-m", "deploy.wechat_simulator"],
        cwd=ROOT,
        env=environment | changes,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout) == (REFUSED, "")
    (line,) = done.stderr.strip().splitlines()
    return line


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"WECHAT_MODE": "real"}, "runs only with WECHAT_MODE=simulated"),
        ({"WECHAT_MODE": ""}, "runs only with WECHAT_MODE=simulated"),
        ({"WECHAT_PLATFORM_PUBLIC_KEY_ID": "PUB_KEY_ID_0100000000002026110100000000000001"}, "real merchant keys"),
        ({"WECHAT_API_URL": "https://api.mch.weixin.qq.com"}, "points at the real WeChat"),
        ({"WECHAT_SIMULATOR_PORT": ""}, "WECHAT_SIMULATOR_PORT is not set"),
    ],
)
def test_it_refuses_to_start_in_one_sentence(own: RunningSimulator, changes: dict[str, str], sentence: str) -> None:
    assert sentence in refusal_of(own, **changes)


def test_a_second_one_on_the_same_port_or_folder_refuses_in_one_sentence(own: RunningSimulator) -> None:
    assert "set WECHAT_SIMULATOR_PORT to a free port" in refusal_of(own, WECHAT_SIMULATOR_PORT=str(own.port))
    same_data = str(own.folder / "data")
    assert "Another WeChat simulator is using" in refusal_of(own, WECHAT_SIMULATOR_DATA=same_data)


def test_the_control_api_opens_only_to_its_key_and_is_not_there_without_one(
    own: RunningSimulator, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = f"{own.base_url}/control/payments"
    assert requests.get(url, timeout=5).status_code == 403
    assert requests.get(url, headers={"X-Control-Key": "guess"}, timeout=5).status_code == 403
    closed = start_simulator(tmp_path_factory.mktemp("closed"), WECHAT_SIMULATOR_CONTROL_KEY="")
    try:
        assert requests.get(f"{closed.base_url}/control/payments", timeout=5).status_code == 404
    finally:
        closed.stop()


def test_it_listens_on_this_machine_only(own: RunningSimulator) -> None:
    with Path("/proc/net/tcp").open() as table:
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    port = f"{own.port:04X}"
    assert [address for address in listening if address.endswith(f":{port}")] == [f"0100007F:{port}"]
