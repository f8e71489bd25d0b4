"""Cash: what a taking may hold, two persons, what a bank's statement makes of a hand-in (PAY-2, PAY-5)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import MemberId, OrgId, YearMonth
from services.dues.domain.cash import (
    MAX_SLIP_AGE,
    OPEN_DEPOSITS,
    BankLine,
    CashOrder,
    DepositState,
    TakingState,
    check_slip_day,
    confirm,
    match_deposit,
    plan_taking,
    release,
    withdraw_deposit,
)
from services.dues.domain.order import OrderLine
from services.dues.domain.refusal import Refusal
from tests.unit.dues.domain.given import month

HERE, THERE = OrgId("here"), OrgId("there")
ME, HER = MemberId("me"), MemberId("her")
AUGUST, SEPTEMBER = month("2026-08"), month("2026-09")


def line(number: int, who: MemberId, when: YearMonth, fen: int = 20, branch: OrgId = HERE) -> OrderLine:
    return OrderLine(number, who, when, branch, fen, True)


LINES = (line(1, ME, AUGUST), line(2, HER, AUGUST), line(3, ME, SEPTEMBER))


def planned(*lines: OrderLine, total: int, **extras: int) -> tuple[CashOrder, ...]:
    found = plan_taking(HERE, lines, [(MemberId(who), fen) for who, fen in extras.items()], total)
    assert not isinstance(found, Refusal), found
    return found


def code(found: object) -> str:
    assert isinstance(found, Refusal), found
    return found.code


def test_each_member_gets_an_order_of_his_own_and_pays_for_himself() -> None:
    her, mine = planned(*LINES, total=60)
    assert [(each.line_no, each.month, each.on_behalf) for each in mine.lines] == [
        (1, AUGUST, False),
        (2, SEPTEMBER, False),
    ]
    assert (her.member_id, her.total_fen, mine.member_id, mine.total_fen) == (HER, 20, ME, 40)


def test_an_extra_is_in_its_givers_order_and_in_the_sum() -> None:
    her, mine = planned(*LINES, total=560, me=500)
    assert her.extra is None
    assert mine.extra is not None
    assert (mine.extra.amount_fen, mine.extra.branch_id, mine.total_fen) == (500, HERE, 540)


@pytest.mark.parametrize(
    ("lines", "extras", "total", "refusal"),
    [
        (LINES, [], 59, "dues.total_changed"),
        (LINES, [(ME, 500)], 60, "dues.total_changed"),
        (LINES, [(MemberId("him"), 500)], 560, "dues.extra_without_own_month"),
        (LINES, [(ME, 5), (ME, 5)], 70, "dues.line_repeated"),
        (LINES, [(ME, 10_000_001)], 10_000_061, "dues.extra_too_large"),
        ((line(1, ME, AUGUST, branch=THERE),), [], 20, "dues.month_of_another_branch"),
        ((line(1, ME, AUGUST, 0), line(2, HER, AUGUST)), [], 20, "dues.nothing_to_pay"),
    ],
)
def test_a_taking_that_breaks_a_rule_is_refused(
    lines: tuple[OrderLine, ...], extras: list[tuple[MemberId, int]], total: int, refusal: str
) -> None:
    assert code(plan_taking(HERE, lines, extras, total)) == refusal


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.tuples(st.integers(1, 99), st.integers(0, 9)), min_size=1)
)
def test_no_fen_is_lost_between_the_sum_and_its_orders(people: dict[str, tuple[int, int]]) -> None:
    lines = [line(number, MemberId(who), AUGUST, dues) for number, (who, (dues, _)) in enumerate(people.items(), 1)]
    extras = [(MemberId(who), extra) for who, (_, extra) in people.items() if extra]
    total = sum(dues + extra for dues, extra in people.values())
    found = plan_taking(HERE, lines, extras, total)
    assert not isinstance(found, Refusal)
    assert sum(each.total_fen for each in found) == total
    assert [each.member_id for each in found] == sorted(people)


@pytest.mark.parametrize("state", TakingState)
def test_whoever_took_cash_never_confirms_it(state: TakingState) -> None:
    assert code(confirm(state, "taker", "taker")) == "dues.same_person"


@pytest.mark.parametrize("state", TakingState)
def test_cash_is_decided_once(state: TakingState) -> None:
    if state is TakingState.WAITING:
        assert confirm(state, "taker", "second") is TakingState.CONFIRMED
        assert release(state, "taker", "second") is TakingState.REFUSED
        assert release(state, "taker", "taker") is TakingState.WITHDRAWN
    else:
        assert code(confirm(state, "taker", "second")) == "dues.cash_decided"
        assert code(release(state, "taker", "taker")) == "dues.cash_decided"


ENTERED = BankLine(40, "SLIP0001")


@pytest.mark.parametrize(
    ("statement", "after"),
    [
        (BankLine(40, "SLIP0001"), DepositState.CONFIRMED),
        (BankLine(40, "slip-0001"), DepositState.CONFIRMED),
        (BankLine(39, "SLIP0001"), DepositState.DIFFERS),
        (BankLine(41, "SLIP0001"), DepositState.DIFFERS),
        (BankLine(40, "SLIP0002"), DepositState.DIFFERS),
    ],
)
def test_a_hand_in_is_confirmed_only_where_amount_and_slip_are_equal(statement: BankLine, after: DepositState) -> None:
    for state in OPEN_DEPOSITS:
        assert match_deposit(state, "taker", "finance", ENTERED, statement) is after


@pytest.mark.parametrize("state", DepositState)
def test_a_hand_in_is_matched_by_another_and_while_it_is_open(state: DepositState) -> None:
    assert code(match_deposit(state, "taker", "taker", ENTERED, ENTERED)) == "dues.same_person"
    if state not in OPEN_DEPOSITS:
        assert code(match_deposit(state, "taker", "finance", ENTERED, ENTERED)) == "dues.deposit_decided"
        assert code(withdraw_deposit(state)) == "dues.deposit_decided"
    else:
        assert withdraw_deposit(state) is DepositState.WITHDRAWN


TODAY = date(2026, 9, 15)


@pytest.mark.parametrize(
    ("day", "is_credible"),
    [
        (TODAY, True),
        (TODAY + timedelta(days=1), False),
        (TODAY - MAX_SLIP_AGE, True),
        (TODAY - MAX_SLIP_AGE - timedelta(days=1), False),
    ],
)
def test_a_slip_is_not_of_tomorrow_nor_of_long_ago(day: date, is_credible: bool) -> None:
    assert (check_slip_day(day, TODAY) is None) == is_credible
