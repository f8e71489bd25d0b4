"""The order's states: only forward, each way named, months released exactly when nobody pays them."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dues.domain.order_state import (
    AWAITING_MONEY,
    MOVES,
    RELEASING,
    OrderEvent,
    OrderState,
    move,
    refund_promised,
    refund_sent,
)
from services.dues.domain.refusal import Refusal

S, E = OrderState, OrderEvent
IN_PARTS = {E.PART_REFUND_ASKED, E.PART_REFUND_CONFIRMED}
"""These leave the order as it is: other money of it stays."""
DEPTH = {
    S.CREATED: 0,
    S.PAYING: 1,
    S.SUCCEEDED: 2,
    S.CLOSED: 2,
    S.FAILED: 2,
    S.LATE_PAID: 3,
    S.REFUND_REQUESTED: 4,
    S.REFUNDED: 5,
}


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ([E.PREPARED, E.PAID], S.SUCCEEDED),
        ([E.PREPARED, E.PAID, E.REFUND_ASKED, E.REFUND_CONFIRMED], S.REFUNDED),
        ([E.PREPARED, E.CLOSED], S.CLOSED),
        ([E.CLOSED], S.CLOSED),
        ([E.PAID], S.SUCCEEDED),
        ([E.PREPARED, E.PAYMENT_FAILED], S.FAILED),
        ([E.PREPARED, E.CLOSED, E.PAID_LATE, E.REFUND_ASKED, E.REFUND_CONFIRMED], S.REFUNDED),
        ([E.PREPARED, E.PAYMENT_FAILED, E.PAID_LATE], S.LATE_PAID),
    ],
)
def test_ways_through_an_orders_life(events: list[OrderEvent], end: OrderState) -> None:
    state: OrderState | Refusal = S.CREATED
    for event in events:
        assert isinstance(state, OrderState)
        state = move(state, event)
    assert state is end


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("event", E)
def test_every_other_way_is_refused_by_name(state: OrderState, event: OrderEvent) -> None:
    after = move(state, event)
    if (state, event) in MOVES:
        assert isinstance(after, OrderState)
        assert after is state if event in IN_PARTS else DEPTH[after] > DEPTH[state]
    else:
        assert after == Refusal("dues.order_state_forbids", (("state", state.value), ("event", event.value)))


def test_closed_order_is_never_settled_and_refunded_order_never_moves() -> None:
    assert isinstance(move(S.CLOSED, E.PAID), Refusal)
    assert isinstance(move(S.SUCCEEDED, E.CLOSED), Refusal)
    assert all(isinstance(move(S.REFUNDED, event), Refusal) for event in E)


@given(st.lists(st.sampled_from(E), max_size=30))
def test_whatever_happens_an_order_moves_five_times_at_most(events: list[OrderEvent]) -> None:
    state, moves = S.CREATED, 0
    for event in events:
        after = move(state, event)
        if isinstance(after, OrderState):
            state, moves = after, moves + (after is not state)
    assert moves <= 5


def test_months_are_released_exactly_by_the_ends_that_leave_them_unpaid() -> None:
    held_after = {S.CREATED, S.PAYING, S.SUCCEEDED}
    assert held_after >= AWAITING_MONEY
    for (state, event), after in MOVES.items():
        if state in held_after and after not in {*held_after, S.REFUND_REQUESTED}:
            assert event in RELEASING
        if after in held_after:
            assert event not in RELEASING


@given(st.lists(st.integers(1, 100), min_size=1, max_size=50), st.integers(0, 500), st.randoms(use_true_random=False))
def test_whatever_goes_back_in_parts_the_order_is_refunded_exactly_when_all_of_it_is(
    parts: list[int], kept_fen: int, dice: Random
) -> None:
    state, paid_fen, promised_fen, sent_fen = S.SUCCEEDED, sum(parts) + kept_fen, 0, 0
    waiting: list[int] = []
    steps = [*parts, *[0] * len(parts)]
    dice.shuffle(steps)
    for step in [*steps, *[0] * len(parts)]:  # 0: one of those that wait is confirmed
        if step:
            promised_fen += step
            waiting.append(step)
            after = move(state, refund_promised(promised_fen=promised_fen, paid_fen=paid_fen))
        elif waiting:
            sent_fen += waiting.pop(dice.randrange(len(waiting)))
            after = move(state, refund_sent(sent_fen=sent_fen, paid_fen=paid_fen))
        else:
            continue
        assert isinstance(after, OrderState)
        state = after
        assert (state is S.REFUNDED) == (sent_fen == paid_fen)
        assert (state is S.SUCCEEDED) == (promised_fen < paid_fen)


@pytest.mark.parametrize(("fen", "paid_fen"), [(0, 20), (21, 20), (-1, 20)])
def test_more_than_was_paid_is_no_event_of_an_order(fen: int, paid_fen: int) -> None:
    with pytest.raises(ValueError, match="paid"):
        refund_promised(promised_fen=fen, paid_fen=paid_fen)
    with pytest.raises(ValueError, match="paid"):
        refund_sent(sent_fen=fen, paid_fen=paid_fen)
