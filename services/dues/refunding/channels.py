"""By which way money goes back: the one by which it came. The one place that knows the ways.

A refund of a way that a provider sends waits for the refund job. Cash goes back by hand, with a voucher and a signature, and is
taken back when a second person has confirmed that (``returning``).
"""

from __future__ import annotations

from enum import StrEnum

from services.dues.orders.store import Order


class Channel(StrEnum):
    WECHAT = "wechat"
    CASH = "cash"


SENT_BY_PROVIDER = (Channel.WECHAT,)
"""The refund job sends these."""


def channel_of(order: Order) -> Channel:
    """The way by which the order's money goes back."""
    return Channel(order.channel)
