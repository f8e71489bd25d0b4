"""What goes wrong, when and to whom: worked out from the seed alone, before anything runs.

Owns the kinds of faults, their targets and how heavy each is. Does nothing of it: ``injector`` does.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.processes import BROKER, POSTGRES

PROCESSES = ("gateway", "dues", "dues-jobs", "members", "members-jobs", "wechat-simulator")
LINKS = (
    *("phones-gateway", "wechat-gateway", "gateway-broker", "dues-broker", "dues-jobs-broker", "members-broker"),
    *("members-jobs-broker", "dues-database", "dues-jobs-database", "members-database", "members-jobs-database"),
    *("dues-wechat", "dues-jobs-wechat"),
)
FAILPOINTS = (
    ("dues", "dues.place_order.committed"),
    ("dues", "errands.prepared_at_provider"),
    ("dues", "dues.prepare_payment.done"),
    ("dues", "dues.prepare_payment.committed"),
    ("dues", "errands.notice_believed"),
    ("dues", "dues.accept_payment_notice.committed"),
    ("dues", "errands.closed_at_provider"),
    ("dues", "dues.close_order.done"),
    ("dues", "dues.close_order.committed"),
    ("dues-jobs", "settling.judged"),
    ("dues-jobs", "settling.written"),
    ("dues-jobs", "notices.settled"),
    ("dues-jobs", "settling.late_payment_stored"),
    ("dues", "dues.accept_refund_notice.done"),
    ("dues", "dues.accept_refund_notice.committed"),
    ("members", "dues.order_settled.handled"),
    ("members", "dues.order_settled.committed"),
    ("dues-jobs", "errands.payment_asked_after"),
    ("dues-jobs", "errands.refund_sent"),
    ("dues-jobs", "relay.published"),
)
"""Steps of the money path, and of the way of an event, at which a process may die or a bug may strike."""


@dataclass(frozen=True)
class Kind:
    """``weight`` says how often beside the others; 0: at equal distances, so many seconds apart (``every_s``)."""

    targets: tuple[str, ...]
    weight: int = 0
    every_s: float = 0.0
    amount: tuple[float, float] = (0.0, 0.0)
    lasts_s: tuple[float, float] = (0.0, 0.0)


_POINTS = tuple(f"{process}/{point}" for process, point in FAILPOINTS)
_WECHAT = ("prepay", "query", "refund", "close")
KINDS = {
    # Processes.
    "process_kill": Kind(PROCESSES, 8, lasts_s=(0.0, 1.0)),
    "process_freeze": Kind(PROCESSES, 8, lasts_s=(0.5, 3.0)),
    "failpoint_kill": Kind(_POINTS, 8, amount=(1, 4)),
    "failpoint_raise": Kind(_POINTS, 7, amount=(1, 4)),
    # The database and the broker.
    "backends_terminated": Kind(("dues", "members"), 10, amount=(0.2, 1.0)),
    "database_stopped": Kind((POSTGRES,), every_s=60, lasts_s=(0.0, 1.0)),
    "connections_closed": Kind((BROKER,), 6, amount=(0.3, 1.0)),
    "broker_kill": Kind((BROKER,), every_s=110, lasts_s=(0.0, 1.0)),
    "server_freeze": Kind((POSTGRES, BROKER), every_s=75, lasts_s=(1.0, 6.0)),
    # The links.
    "link_latency": Kind(LINKS, 6, amount=(0.05, 0.8), lasts_s=(1.0, 6.0)),
    "link_throttle": Kind(LINKS, 4, amount=(3_000, 60_000), lasts_s=(1.0, 5.0)),
    "link_black_hole": Kind(LINKS, 6, lasts_s=(0.5, 4.0)),
    "link_cut": Kind(LINKS, 6),
    "link_reset": Kind(LINKS, 6),
    "link_torn": Kind(LINKS, 7),
    "link_refuse": Kind(LINKS, 5, lasts_s=(0.3, 2.0)),
    # WeChat.
    "notice_drop": Kind(("drop",), 5, amount=(1, 40)),
    "notice_delay": Kind(("delay",), 4, amount=(1, 20)),
    "notice_repeat": Kind(("repeat",), 5, amount=(1, 20)),
    "notice_reorder": Kind(("reorder",), 4, amount=(2, 15)),
    "notice_forge": Kind(("forge",), 4, amount=(1, 10)),
    "wechat_5xx": Kind(_WECHAT, 3, amount=(1, 10)),
    "wechat_slow": Kind(_WECHAT, 3, amount=(1, 5), lasts_s=(1.0, 7.0)),
    "wechat_busy": Kind(_WECHAT, 3, amount=(1, 10)),
    "wechat_answer_lost": Kind(_WECHAT, 4, amount=(1, 10)),
    "wechat_answer_unsigned": Kind(_WECHAT, 3, amount=(1, 5)),
    "wechat_answer_forged": Kind(_WECHAT, 3, amount=(1, 5)),
    "wechat_late_success": Kind(("late_success",), 3, amount=(1, 3)),
    "wechat_wrong_amount": Kind(("wrong_amount",), 2, amount=(1, 2)),
}
RATE_PER_S = 0.56
"""A little above 300 faults in ten minutes. How long each lasts leaves the suite about half of the time whole: with longer ones
faults overlap until nothing is paid any more, and what is not paid can't be lost."""


@dataclass(frozen=True)
class Fault:
    number: int
    at_s: float
    kind: str
    target: str
    amount: float
    lasts_s: float


def plan(seed: int, seconds: float) -> list[Fault]:
    """All faults of a run in order of time, each kind at least once; the same seed gives the same ones."""
    rng = random.Random(seed)
    heavy = [(kind, at) for kind, one in KINDS.items() if one.every_s for at in _apart(rng, one.every_s, seconds)]
    light = [kind for kind, one in KINDS.items() if one.weight]
    count = max(len(light), round(seconds * RATE_PER_S) - len(heavy))
    weights = [KINDS[kind].weight for kind in light]
    drawn = light + rng.choices(light, weights, k=count - len(light))
    rng.shuffle(drawn)
    spread = [(kind, (number + rng.random()) * seconds / count) for number, kind in enumerate(drawn)]
    turns = {kind: rng.sample(KINDS[kind].targets, len(KINDS[kind].targets)) for kind in KINDS}
    return [
        _fault(rng, number, at_s, kind, turns) for number, (kind, at_s) in enumerate(sorted(heavy + spread, key=_at))
    ]


def _apart(rng: random.Random, every_s: float, seconds: float) -> list[float]:
    count = max(1, int(seconds // every_s))
    return [(number + 0.15 + 0.7 * rng.random()) * seconds / count for number in range(count)]


def _at(one: tuple[str, float]) -> float:
    return one[1]


def _fault(rng: random.Random, number: int, at_s: float, kind: str, turns: dict[str, list[str]]) -> Fault:
    """Targets take turns, so that none is left out by chance."""
    target = turns[kind].pop(0)
    turns[kind].append(target)
    one = KINDS[kind]
    return Fault(
        number, round(at_s, 2), kind, target, round(rng.uniform(*one.amount), 3), round(rng.uniform(*one.lasts_s), 2)
    )


def write(faults: Iterable[Fault], file: Path) -> None:
    """The schedule as it was drawn, a line each."""
    file.write_text("".join(json.dumps(asdict(one)) + "\n" for one in faults), encoding="utf-8")
