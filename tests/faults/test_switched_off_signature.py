"""The signature of a notice, switched off: then a forged one is believed (PAY-9)."""

from __future__ import annotations

import pytest

from deploy.wechat_simulator.testing import RunningSimulator
from services.dues.providers import wechat_trust
from tests.integration.wechat.conftest import Merchant, until


def forged_is_believed(simulator: RunningSimulator, merchant: Merchant) -> bool:
    """Whether a notice whose signature is wrong gets as far as the payment that it tells of."""
    order = merchant.order()
    merchant.wechat.prepay(order)
    simulator.pay(order.order_no)
    until(lambda: merchant.payments)
    merchant.payments.clear()
    simulator.control("POST", "forgeries", {"order_no": order.order_no, "way": "wrong_signature"})
    return bool(merchant.payments)


def test_a_forged_notice_is_not_believed(simulator: RunningSimulator, merchant: Merchant) -> None:
    assert not forged_is_believed(simulator, merchant)


def test_without_the_signature_check_a_forged_notice_is_believed(
    simulator: RunningSimulator, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_trust, "rsa_verify", lambda *_: True)
    assert forged_is_believed(simulator, merchant)
