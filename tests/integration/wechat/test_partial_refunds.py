"""Parts of one payment go back under numbers of their own, and each is told with its own amount (PAY-11)."""

from __future__ import annotations

import pytest

from deploy.wechat_simulator.testing import RunningSimulator
from services.dues.providers.payments import ProviderRefused, RefundStatus
from services.dues.providers.wechat_pay import WechatPay
from tests.integration.wechat.conftest import Merchant, until

PARTS_FEN = (200, 300)


def test_each_part_is_told_with_its_own_number_and_amount(
    simulator: RunningSimulator, wechat: WechatPay, merchant: Merchant
) -> None:
    order = merchant.order()
    wechat.prepay(order)
    simulator.pay(order.order_no)
    parts = [merchant.refund(order, refund_fen=fen) for fen in PARTS_FEN]
    for part in parts:
        wechat.refund(part)
    until(lambda: len({notice.refund.refund_no for notice in merchant.refunds}) == len(parts))
    told = {notice.refund.refund_no: notice.refund for notice in merchant.refunds}
    for part in parts:
        assert told[part.refund_no].status is RefundStatus.SUCCEEDED
        assert told[part.refund_no].differences_from(part.refund_fen) == ()
        assert told[part.refund_no].differences_from(part.refund_fen + 1) != ()
        assert wechat.find_refund(part.refund_no) == told[part.refund_no]
    with pytest.raises(ProviderRefused, match="INVALID_REQUEST"):
        wechat.refund(merchant.refund(order, refund_fen=order.amount_fen - sum(PARTS_FEN) + 1))
