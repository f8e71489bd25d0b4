"""Switches that make the simulator misbehave on purpose, each counted down, for one order or for all.

Owns the list of kinds and their parameters, and the count. What a fault does is written where it happens: notices in
``postman``, answers in ``web/guard``, money in ``bank``.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import Any

MAX_FAULTS = 1_000
MAX_COUNT = 10_000
MAX_SECONDS = 600
MAX_REPEATS = 64
MAX_DELTA_FEN = 10**9

OPERATIONS = ("prepay", "query", "close", "refund", "query_refund", "bill", "sign_in", "cashier", "message")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fault does, and its whole-number parameters as (default, low, high); texts as their default."""

    does: str
    numbers: dict[str, tuple[int, int, int]]
    texts: dict[str, str]
    by_operation: bool = False


KINDS = {
    # Notices.
    "drop": Kind("the notice is lost on the way; the next try follows the schedule", {}, {}),
    "delay": Kind("the notice is sent later than it should be", {"seconds": (5, 0, MAX_SECONDS)}, {}),
    "repeat": Kind("a confirmed notice is sent again", {"times": (1, 1, MAX_REPEATS)}, {}),
    "reorder": Kind("notices are held back until the count is reached, then sent last one first", {}, {}),
    "forge": Kind("a forgery is sent in the place of the notice", {}, {"way": "wrong_signature"}),
    # Answers.
    "server_error": Kind("5xx", {"status": (500, 500, 599)}, {}, by_operation=True),
    "slow": Kind("the answer waits", {"seconds": (5, 0, MAX_SECONDS)}, {}, by_operation=True),
    "busy": Kind("429 FREQUENCY_LIMITED", {}, {}, by_operation=True),
    "answer_lost": Kind("the request takes effect, then 502 instead of its answer", {}, {}, by_operation=True),
    "answer_unsigned": Kind("the answer comes without its signature", {}, {}, by_operation=True),
    "answer_forged": Kind("the answer is signed with another key", {}, {}, by_operation=True),
    # Messages.
    "message_refused": Kind("the message is refused with this code of WeChat's", {"errcode": (43004, -1, 99_999)}, {}),
    # Money.
    "wrong_amount": Kind("another amount is paid", {"delta_fen": (1, -MAX_DELTA_FEN, MAX_DELTA_FEN)}, {}),
    "late_success": Kind("a closed order is paid all the same", {"seconds": (1, 0, MAX_SECONDS)}, {}),
    "refund_refused": Kind("the refund is refused", {}, {"code": "NOT_ENOUGH"}),
    "refund_abnormal": Kind("the refund ends as ABNORMAL", {}, {}),
}


@dataclass(slots=True)
class Fault:
    fault_id: int
    kind: str
    order_no: str | None
    operation: str | None
    remaining: int
    parameters: dict[str, int | str]

    def number(self, name: str) -> int:
        return int(self.parameters[name])

    def text(self, name: str) -> str:
        return str(self.parameters[name])

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.fault_id,
            "kind": self.kind,
            "order_no": self.order_no,
            "operation": self.operation,
            "remaining": self.remaining,
            **self.parameters,
        }


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, wish: dict[str, Any]) -> Fault:
        """From ``{kind, order_no?, operation?, count?, ...}``. Raises ValueError with a sentence."""
        kind = KINDS.get(str(wish.get("kind")))
        if kind is None:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        known = {"kind", "order_no", "operation", "count", *kind.numbers, *kind.texts}
        if unknown := sorted(set(wish) - known):
            raise ValueError(f"{wish['kind']} knows nothing of {', '.join(unknown)}")
        operation, order_no = wish.get("operation"), wish.get("order_no")
        if operation is not None and (not kind.by_operation or operation not in OPERATIONS):
            raise ValueError(f"operation fits only faults of answers and is one of {', '.join(OPERATIONS)}")
        if order_no is not None and not isinstance(order_no, str):
            raise ValueError("order_no must be a text")
        numbers = {
            name: _whole(name, wish.get(name, default), low, high)
            for name, (default, low, high) in kind.numbers.items()
        }
        texts = {name: str(wish.get(name, default)) for name, default in kind.texts.items()}
        count = _whole("count", wish.get("count", 1), 1, MAX_COUNT)
        with self._lock:
            if len(self._faults) >= MAX_FAULTS:
                raise ValueError(f"there are {MAX_FAULTS} faults already: reset them")
            fault = Fault(next(self._ids), str(wish["kind"]), order_no, operation, count, {**numbers, **texts})
            self._faults.append(fault)
            return fault

    def take(self, kind: str, *, order_no: str | None = None, operation: str | None = None) -> Fault | None:
        """The first fault that fits, counted down by one; its ``remaining`` is what is left after this."""
        with self._lock:
            for fault in self._faults:
                fits_order = fault.order_no in (None, order_no)
                fits_operation = fault.operation in (None, operation)
                if fault.kind == kind and fits_order and fits_operation:
                    fault.remaining -= 1
                    if fault.remaining == 0:
                        self._faults.remove(fault)
                    return fault
        return None

    def list(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.as_json() for fault in self._faults]

    def reset(self) -> None:
        with self._lock:
            self._faults.clear()


def _whole(name: str, value: object, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}")
    return value
