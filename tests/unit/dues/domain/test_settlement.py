"""What a payment means for an order: PAY-9, PAY-11. Credited once, whatever comes how often in which order."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.contracts.values import OrderId
from services.dues.domain.order_state import OrderEvent, OrderState, move
from services.dues.domain.settlement import (
    AlreadySettled,
    Ignore,
    Judgement,
    LatePaid,
    Mismatch,
    OrderFacts,
    PaymentFacts,
    PaymentField,
    PaymentState,
    Settle,
    judge_payment,
)

ORDER = OrderFacts(OrderId("o1"), "merchant", "app", 2400, OrderState.PAYING)
PAYMENT = PaymentFacts(OrderId("o1"), "tx1", "merchant", "app", "CNY", 2400, PaymentState.SUCCESS)
SETTLED = replace(ORDER, state=OrderState.SUCCEEDED, credited_transaction_id="tx1")


@pytest.mark.parametrize("state", [OrderState.CREATED, OrderState.PAYING])
def test_payment_that_agrees_settles_an_order_that_waits_for_it(state: OrderState) -> None:
    assert judge_payment(replace(ORDER, state=state), PAYMENT) == Settle()


@pytest.mark.parametrize("state", [OrderState.CLOSED, OrderState.FAILED])
def test_payment_after_the_end_is_late(state: OrderState) -> None:
    assert judge_payment(replace(ORDER, state=state), PAYMENT) == LatePaid()


@pytest.mark.parametrize("state", [each for each in PaymentState if each is not PaymentState.SUCCESS])
@pytest.mark.parametrize("order_state", OrderState)
def test_only_success_is_ever_credited(state: PaymentState, order_state: OrderState) -> None:
    assert judge_payment(replace(ORDER, state=order_state), replace(PAYMENT, state=state)) == Ignore(state)


DISAGREEING = [
    (replace(PAYMENT, order_id=OrderId("o2")), PaymentField.ORDER),
    (replace(PAYMENT, merchant_id="another"), PaymentField.MERCHANT),
    (replace(PAYMENT, app_id="another"), PaymentField.APP),
    (replace(PAYMENT, currency="USD"), PaymentField.CURRENCY),
    (replace(PAYMENT, amount_fen=2399), PaymentField.AMOUNT),
    (replace(PAYMENT, amount_fen=240000), PaymentField.AMOUNT),
]


@pytest.mark.parametrize(("payment", "field"), DISAGREEING)
@pytest.mark.parametrize("order", [ORDER, SETTLED, replace(ORDER, state=OrderState.CLOSED)])
def test_payment_that_does_not_agree_changes_nothing(
    order: OrderFacts, payment: PaymentFacts, field: PaymentField
) -> None:
    assert judge_payment(order, payment) == Mismatch(field)


@pytest.mark.parametrize(
    "state", [OrderState.SUCCEEDED, OrderState.LATE_PAID, OrderState.REFUND_REQUESTED, OrderState.REFUNDED]
)
def test_same_payment_told_again_is_already_settled(state: OrderState) -> None:
    assert judge_payment(replace(SETTLED, state=state), PAYMENT) == AlreadySettled()


def test_second_transaction_for_one_order_is_a_case_for_a_person() -> None:
    assert judge_payment(SETTLED, replace(PAYMENT, transaction_id="tx2")) == Mismatch(PaymentField.TRANSACTION)
    lost = replace(SETTLED, credited_transaction_id=None)
    assert judge_payment(lost, PAYMENT) == Mismatch(PaymentField.TRANSACTION)


def credits_after(
    happenings: list[PaymentFacts | OrderEvent], judge: Callable[[OrderFacts, PaymentFacts], Judgement]
) -> tuple[int, int]:
    """How often an order was credited, and how often money went to suspense, after all happenings."""
    order, credited, late = replace(ORDER, state=OrderState.CREATED), 0, 0
    for each in happenings:
        if isinstance(each, OrderEvent):
            moved = move(order.state, each)
            order = replace(order, state=moved) if isinstance(moved, OrderState) else order
            continue
        judgement = judge(order, each)
        if isinstance(judgement, Settle):
            order = replace(order, state=OrderState.SUCCEEDED, credited_transaction_id=each.transaction_id)
            credited += 1
        elif isinstance(judgement, LatePaid):
            order = replace(order, state=OrderState.LATE_PAID, credited_transaction_id=each.transaction_id)
            late += 1
    return credited, late


payments = st.builds(
    replace,
    st.just(PAYMENT),
    transaction_id=st.sampled_from(["tx1", "tx2"]),
    amount_fen=st.sampled_from([2400, 1]),
    state=st.sampled_from([PaymentState.SUCCESS, PaymentState.SUCCESS, PaymentState.PENDING]),
)
own_events = st.sampled_from([OrderEvent.PREPARED, OrderEvent.CLOSED, OrderEvent.PAYMENT_FAILED])
SIXTEEN_TIMES: list[PaymentFacts | OrderEvent] = [PAYMENT] * 16
CLOSED_FIRST: list[PaymentFacts | OrderEvent] = [OrderEvent.CLOSED, *SIXTEEN_TIMES]


@given(st.lists(st.one_of(payments, own_events), max_size=40))
@example(SIXTEEN_TIMES)
@example(CLOSED_FIRST)
def test_money_is_taken_in_once_whatever_is_told_how_often(happenings: list[PaymentFacts | OrderEvent]) -> None:
    credited, late = credits_after(happenings, judge_payment)
    assert credited + late <= 1


def test_twin_that_forgets_what_it_credited_takes_money_in_twice() -> None:
    def forgetful(order: OrderFacts, payment: PaymentFacts) -> Judgement:
        return judge_payment(replace(order, state=OrderState.PAYING, credited_transaction_id=None), payment)

    assert credits_after(SIXTEEN_TIMES, judge_payment) == (1, 0)
    assert credits_after(SIXTEEN_TIMES, forgetful) == (16, 0)
    assert credits_after(CLOSED_FIRST, judge_payment) == (0, 1)
