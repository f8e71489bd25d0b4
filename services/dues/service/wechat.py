"""WeChat as a process of dues keeps it, and WeChat's time."""

from __future__ import annotations

import os

from services.chassis.clock import SystemClock
from services.chassis.service import Kept
from services.dues.providers.wechat_bills import WechatBills
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from services.dues.settings import DuesSettings

WALL_CLOCK = SystemClock()
"""WeChat's time, also where a demonstration shows another day."""


def wechat_pay(_: DuesSettings) -> WechatPay:
    return WechatPay(WechatPaySettings.from_environment(os.environ), WALL_CLOCK)


def wechat_bills(_: DuesSettings) -> WechatBills:
    return WechatBills(WechatPaySettings.from_environment(os.environ), WALL_CLOCK)


class WithPayments:
    """A part of a process that speaks to WeChat Pay; each process keeps one adapter."""

    payments = Kept(DuesSettings, wechat_pay)
