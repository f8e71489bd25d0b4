"""A fault happens as often as told, where told, and never with a parameter that makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.wechat_simulator.faults import KINDS, MAX_FAULTS, Faults


def test_a_fault_is_counted_down_and_gone() -> None:
    faults = Faults()
    faults.add({"kind": "drop", "count": 2})
    assert [faults.take("drop", order_no="a") is not None for _ in range(3)] == [True, True, False]


def test_a_fault_for_one_order_leaves_the_others_alone() -> None:
    faults = Faults()
    faults.add({"kind": "drop", "order_no": "a"})
    assert faults.take("drop", order_no="b") is None
    assert faults.take("drop") is None
    assert faults.take("drop", order_no="a") is not None


def test_a_fault_of_answers_may_be_for_one_operation() -> None:
    faults = Faults()
    faults.add({"kind": "slow", "operation": "refund", "seconds": 7})
    assert faults.take("slow", operation="prepay") is None
    fault = faults.take("slow", operation="refund")
    assert fault is not None
    assert fault.number("seconds") == 7


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({}, "kind must be one of"),
        ({"kind": "explode"}, "kind must be one of"),
        ({"kind": "drop", "seconds": 1}, "knows nothing of seconds"),
        ({"kind": "drop", "operation": "refund"}, "operation fits only"),
        ({"kind": "slow", "operation": "dance"}, "operation fits only"),
        ({"kind": "slow", "seconds": 10_000}, "seconds must be a whole number"),
        ({"kind": "slow", "seconds": 1.5}, "seconds must be a whole number"),
        ({"kind": "drop", "count": 0}, "count must be a whole number"),
        ({"kind": "drop", "count": True}, "count must be a whole number"),
        ({"kind": "drop", "order_no": 7}, "order_no must be a text"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Faults().add(wish)


def test_every_kind_can_be_switched_on_by_its_name_alone_and_all_off_at_once() -> None:
    faults = Faults()
    for kind in KINDS:
        faults.add({"kind": kind})
    assert [fault["kind"] for fault in faults.list()] == list(KINDS)
    faults.reset()
    assert faults.list() == []


def test_the_number_of_faults_is_bounded() -> None:
    faults = Faults()
    for _ in range(MAX_FAULTS):
        faults.add({"kind": "drop"})
    with pytest.raises(ValueError, match="reset them"):
        faults.add({"kind": "drop"})
