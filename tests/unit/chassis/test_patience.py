"""What failed is left alone for waits that double, up to a longest; each key for itself, and not too many keys."""

from __future__ import annotations

from services.chassis.patience import KEYS_AT_MOST, Patience


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_waits_double_up_to_the_longest() -> None:
    patience = Patience(1.0, 10.0, Seconds())
    assert [patience.failed("one") for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_after_a_success_the_next_failure_is_a_first_one() -> None:
    patience = Patience(1.0, 10.0, Seconds())
    patience.failed("one")
    patience.failed("one")
    patience.succeeded("one")
    assert not patience.leaves_alone("one")
    assert patience.failed("one") == 1.0


def test_each_key_waits_for_itself_and_until_its_time() -> None:
    seconds = Seconds()
    patience = Patience(1.0, 10.0, seconds)
    patience.failed("one")
    patience.failed("one")
    patience.failed("two")
    assert patience.left_alone() == ["one", "two"]
    seconds.now = 1.0
    assert patience.left_alone() == ["one"]
    seconds.now = 2.0
    assert patience.left_alone() == []
    assert patience.failed("one") == 4.0


def test_after_a_thousand_failures_the_wait_is_still_the_longest() -> None:
    patience = Patience(1.0, 10.0, Seconds())
    assert [patience.failed("one") for _ in range(2_000)][-1] == 10.0


def test_above_the_bound_the_key_that_waits_least_is_forgotten() -> None:
    patience = Patience(1.0, 10.0, Seconds())
    for number in range(KEYS_AT_MOST):
        patience.failed(str(number))
        if number != 7:
            patience.failed(str(number))
    patience.failed("one more")
    left = patience.left_alone()
    assert len(left) == KEYS_AT_MOST
    assert not patience.leaves_alone("7")
    assert patience.leaves_alone("one more")
