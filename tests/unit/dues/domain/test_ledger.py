"""The books: what each happening posts, how it is reversed, and that every kind of mistake is found."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import MemberId, OrderId, OrgId
from services.dues.domain.ledger import (
    AccountKind,
    AccountRef,
    Breach,
    BreachKind,
    EntryKind,
    Posting,
    StoredPosting,
    ask_suspense_refund,
    balances,
    check_order_booked,
    find_breaches,
    receive_late_payment,
    reverse_postings,
    send_refund,
    settle_order,
    trial_balance_fen,
)
from services.dues.domain.order import OrderLine
from services.dues.domain.refusal import Refusal
from tests.unit.dues.domain.given import month

COUNTY, BRANCH_A, BRANCH_B = OrgId("county"), OrgId("a"), OrgId("b")
CLEARING = AccountRef(AccountKind.PROVIDER_CLEARING, COUNTY)
SUSPENSE = AccountRef(AccountKind.SUSPENSE, COUNTY)
PAYABLE = AccountRef(AccountKind.REFUNDS_PAYABLE, COUNTY)
INCOME_A, INCOME_B = (AccountRef(AccountKind.BRANCH_DUES_INCOME, each) for each in (BRANCH_A, BRANCH_B))
ORDER, LATE = OrderId("o1"), OrderId("o2")
LINES = (
    OrderLine(1, MemberId("me"), month("2026-08"), BRANCH_A, 800, False),
    OrderLine(2, MemberId("me"), month("2026-09"), BRANCH_A, 800, False),
    OrderLine(3, MemberId("her"), month("2026-09"), BRANCH_B, 20, True),
    OrderLine(4, MemberId("her"), month("2026-10"), BRANCH_B, 0, True),
)


def stored(*postings: Posting, start: int = 1) -> list[StoredPosting]:
    return [StoredPosting(f"p{number}", posting) for number, posting in enumerate(postings, start)]


def kinds(breaches: tuple[Breach, ...]) -> set[BreachKind]:
    return {breach.kind for breach in breaches}


def test_settled_order_credits_each_lines_branch_with_member_and_month() -> None:
    postings = settle_order(ORDER, LINES, CLEARING)
    assert balances(postings) == {CLEARING: 1620, INCOME_A: 1600, INCOME_B: 20}
    assert [(each.member_id, str(each.month), each.line_no) for each in postings] == [
        ("me", "2026-08", 1),
        ("me", "2026-09", 2),
        ("her", "2026-09", 3),
    ]
    assert check_order_booked(ORDER, LINES, 1620, postings) == ()
    assert find_breaches(stored(*postings)) == ()


def late_life() -> list[Posting]:
    return [
        receive_late_payment(LATE, 900, CLEARING, SUSPENSE),
        ask_suspense_refund(LATE, 900, SUSPENSE, PAYABLE),
        send_refund(LATE, 900, PAYABLE, CLEARING),
    ]


def test_late_payment_waits_in_suspense_and_goes_back_whole() -> None:
    received, asked, sent = late_life()
    assert balances([received]) == {CLEARING: 900, SUSPENSE: 900}
    assert balances([received, asked]) == {CLEARING: 900, SUSPENSE: 0, PAYABLE: 900}
    assert balances([received, asked, sent]) == {CLEARING: 0, SUSPENSE: 0, PAYABLE: 0}
    assert find_breaches(stored(received, asked, sent)) == ()


def test_reversal_takes_everything_back_and_deletes_nothing() -> None:
    books = stored(*settle_order(ORDER, LINES, CLEARING))
    reversals = reverse_postings(books, ["p1", "p2", "p3"])
    assert not isinstance(reversals, Refusal)
    assert all(each.entry is EntryKind.REVERSAL and each.order_id == ORDER for each in reversals)
    after = [*books, *stored(*reversals, start=10)]
    assert set(balances(each.posting for each in after).values()) == {0}
    assert find_breaches(after) == ()
    assert len(after) == 6


def test_one_line_can_be_reversed_alone_and_only_once() -> None:
    books = stored(*settle_order(ORDER, LINES, CLEARING))
    first = reverse_postings(books, ["p3"])
    assert not isinstance(first, Refusal)
    assert [(each.debit, each.credit, each.amount_fen, each.reverses) for each in first] == [
        (INCOME_B, CLEARING, 20, "p3")
    ]
    after = [*books, *stored(*first, start=10)]
    assert reverse_postings(after, ["p3"]) == Refusal("dues.posting_already_reversed", (("posting_id", "p3"),))
    assert reverse_postings(books, ["p3", "p3"]) == Refusal("dues.posting_already_reversed", (("posting_id", "p3"),))
    assert reverse_postings(after, ["p10"]) == Refusal("dues.posting_is_reversal", (("posting_id", "p10"),))
    assert reverse_postings(books, ["p99"]) == Refusal("dues.posting_unknown", (("posting_id", "p99"),))


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"credit": CLEARING},
        {"reverses": "p1"},
        {"entry": EntryKind.REVERSAL},
    ],
)
def test_posting_that_moves_nothing_or_contradicts_itself_cannot_be_made(change: dict[str, object]) -> None:
    sound = settle_order(ORDER, LINES, CLEARING)[0]
    with pytest.raises(ValueError, match=r"posting|reversal"):
        replace(sound, **change)  # type: ignore[arg-type]


def test_step_of_postings_is_bounded() -> None:
    with pytest.raises(ValueError, match="one step"):
        settle_order(ORDER, LINES * 300, CLEARING)
    with pytest.raises(ValueError, match="one step"):
        reverse_postings([], ["p"] * 1001)


# Twins: books with one mistake each, which must be found and rightly named

SOUND = stored(*settle_order(ORDER, LINES, CLEARING), *late_life())


def reversal_of(which: StoredPosting, **change: object) -> Posting:
    made = reverse_postings([which], [which.posting_id])
    assert not isinstance(made, Refusal)
    return replace(made[0], **change)  # type: ignore[arg-type]


MISTAKES: dict[str, tuple[list[StoredPosting], set[BreachKind]]] = {
    "settled twice": (
        [*SOUND, *stored(*settle_order(ORDER, LINES, CLEARING), start=50)],
        {BreachKind.LINE_CREDITED_TWICE},
    ),
    "refunded twice": (
        [*SOUND, *stored(*late_life()[1:], start=50)],
        {BreachKind.SUSPENSE_OVERDRAWN, BreachKind.ACCOUNT_BELOW_ZERO},
    ),
    "refunded out of another's suspense": (
        [
            *SOUND,
            *stored(
                receive_late_payment(OrderId("o3"), 900, CLEARING, SUSPENSE),
                ask_suspense_refund(LATE, 900, SUSPENSE, PAYABLE),
                start=50,
            ),
        ],
        {BreachKind.SUSPENSE_OVERDRAWN},
    ),
    "sent back without a promise": (
        [*SOUND, *stored(send_refund(ORDER, 5, PAYABLE, CLEARING), start=50)],
        {BreachKind.ACCOUNT_BELOW_ZERO},
    ),
    "reversed twice": (
        [*SOUND, *stored(reversal_of(SOUND[0]), reversal_of(SOUND[0]), start=50)],
        {BreachKind.REVERSED_TWICE},
    ),
    "reversal of nothing": (
        [*SOUND, *stored(reversal_of(SOUND[0], reverses="gone"), start=50)],
        {BreachKind.REVERSAL_WITHOUT_ORIGINAL},
    ),
    "reversal of another amount": (
        [*SOUND, *stored(reversal_of(SOUND[0], amount_fen=799), start=50)],
        {BreachKind.REVERSAL_NOT_A_MIRROR},
    ),
    "reversal in the same direction": (
        [*SOUND, *stored(reversal_of(SOUND[0], debit=CLEARING, credit=INCOME_A), start=50)],
        {BreachKind.REVERSAL_NOT_A_MIRROR},
    ),
    "reversal from another member": (
        [*SOUND, *stored(reversal_of(SOUND[0], member_id=MemberId("him")), start=50)],
        {BreachKind.REVERSAL_NOT_A_MIRROR},
    ),
}


def test_sound_books_have_no_breach() -> None:
    assert find_breaches(SOUND) == ()


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_in_the_books_is_found_and_named(name: str) -> None:
    books, expected = MISTAKES[name]
    assert kinds(find_breaches(books)) == expected
    assert trial_balance_fen(each.posting for each in books) == 0


def test_line_paid_again_after_its_reversal_is_no_breach() -> None:
    books = [*SOUND[:1], *stored(reversal_of(SOUND[0]), SOUND[0].posting, start=50)]
    assert find_breaches(books) == ()


@pytest.mark.parametrize(
    ("paid_fen", "postings"),
    [
        (1619, settle_order(ORDER, LINES, CLEARING)),
        (1620, settle_order(ORDER, LINES, CLEARING)[:2]),
        (1620, settle_order(ORDER, LINES, CLEARING) * 2),
        (1620, settle_order(LATE, LINES, CLEARING)),
        (1620, settle_order(ORDER, (replace(LINES[0], month=month("2026-07")), *LINES[1:]), CLEARING)),
        (
            1620,
            settle_order(
                ORDER, (replace(LINES[0], amount_fen=799), replace(LINES[1], amount_fen=801), *LINES[2:]), CLEARING
            ),
        ),
    ],
)
def test_order_whose_books_differ_from_its_lines_is_noticed(paid_fen: int, postings: tuple[Posting, ...]) -> None:
    assert kinds(check_order_booked(ORDER, LINES, paid_fen, postings)) == {BreachKind.ORDER_NOT_FULLY_BOOKED}


def test_breach_says_by_how_much_the_books_fall_short() -> None:
    postings = settle_order(ORDER, LINES, CLEARING)[:2]
    assert check_order_booked(ORDER, LINES, 1620, postings)[0].amount_fen == 20
    overdrawn = find_breaches([*SOUND, *stored(send_refund(ORDER, 5, PAYABLE, CLEARING), start=50)])
    assert overdrawn == (Breach(BreachKind.ACCOUNT_BELOW_ZERO, "refunds_payable/county", -5),)


accounts = st.builds(AccountRef, st.sampled_from(AccountKind), st.sampled_from([COUNTY, BRANCH_A, BRANCH_B]))


@given(st.lists(st.tuples(accounts, accounts, st.integers(1, 10**9)), max_size=30))
def test_books_sum_to_zero_whatever_is_posted(rows: list[tuple[AccountRef, AccountRef, int]]) -> None:
    postings = [Posting(EntryKind.DUES_PAID, debit, credit, fen) for debit, credit, fen in rows if debit != credit]
    assert trial_balance_fen(postings) == 0
    books = stored(*postings)
    reversals = reverse_postings(books, [each.posting_id for each in books])
    assert not isinstance(reversals, Refusal)
    assert not any(balances([*postings, *reversals]).values())
