"""By which way money goes back: the one by which it came. The one place that knows the ways.

A refund of a way that a provider sends waits for the refund job. Cash goes back over the counter of the branch that took it, with
a paper and a signature; nothing of that is done here, so a refund of it is refused by name before anything is held.
"""

from __future__ import annotations

from enum import StrEnum

from services.dues.domain.refund import over_the_counter
from services.dues.domain.refusal import Refusal
from services.dues.orders.store import Order


class Channel(StrEnum):
    WECHAT = "wechat"
    CASH = "cash"


SENT_BY_PROVIDER = (Channel.WECHAT,)
"""The refund job sends these."""


def channel_of(order: Order) -> Channel | Refusal:
    """The way by which the order's money goes back, or why there is none."""
    channel = Channel(order.channel)
    return channel if channel in SENT_BY_PROVIDER else over_the_counter()
