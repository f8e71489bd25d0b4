"""What is given beyond the dues: its bounds, its order, its posting, and what goes to the centre (PAY-6)."""

import pytest

from services.contracts.dues.messages import MAX_EXTRA_FEN as IN_THE_CONTRACT
from services.contracts.values import MemberId, OrderId, OrgId, YearMonth
from services.dues.domain.extra import MAX_EXTRA_FEN, CentreState, Extra, advance, extra_to
from services.dues.domain.ledger import (
    AccountKind,
    AccountRef,
    BreachKind,
    StoredPosting,
    balances,
    check_order_booked,
    deposit_cash,
    find_breaches,
    reverse_postings,
    settle_order,
)
from services.dues.domain.order import MemberMonth, OrderLine, OrderPlan, WishedLine, check_order
from services.dues.domain.profile import DEFAULT_PROFILE
from services.dues.domain.receipt import receipts_of
from services.dues.domain.refusal import Refusal
from tests.unit.dues.domain.given import month

ME, HER = MemberId("me"), MemberId("her")
OLD, NEW, COUNTY = OrgId("old"), OrgId("new"), OrgId("county")
ORDER = OrderId("o1")
CLEARING = AccountRef(AccountKind.PROVIDER_CLEARING, COUNTY)
LINES = (
    OrderLine(1, ME, month("2026-08"), OLD, 800, False),
    OrderLine(2, ME, month("2026-09"), NEW, 800, False),
    OrderLine(3, HER, month("2026-09"), OLD, 20, True),
)
GIVEN = Extra(ME, NEW, 500)


def placed(extra_fen: int, total_fen: int, *people: MemberId) -> OrderPlan | Refusal:
    return check_order(
        current_month=YearMonth(2026, 9),
        payer_id=ME,
        wished=[WishedLine(who, month("2026-09")) for who in people],
        months_by_member={who: [MemberMonth(month("2026-09"), NEW, 800)] for who in people},
        expected_total_fen=total_fen,
        profile=DEFAULT_PROFILE,
        extra_fen=extra_fen,
    )


@pytest.mark.parametrize(("fen", "is_for_centre"), [(99_999, False), (100_000, True), (100_001, True)])
def test_a_thousand_yuan_is_for_the_centre_and_a_fen_less_is_not(fen: int, is_for_centre: bool) -> None:
    assert Extra(ME, NEW, fen).is_for_centre is is_for_centre


@pytest.mark.parametrize("fen", [0, -1, MAX_EXTRA_FEN + 1])
def test_an_extra_is_something_and_bounded(fen: int) -> None:
    assert isinstance(extra_to(ME, NEW, fen), Refusal)


def test_rules_and_contract_have_one_bound() -> None:
    assert MAX_EXTRA_FEN == IN_THE_CONTRACT
    assert isinstance(extra_to(ME, NEW, MAX_EXTRA_FEN), Extra)


def test_an_order_s_total_holds_its_extra() -> None:
    assert placed(500, 1300, ME) == OrderPlan(
        (LINES[1].__class__(1, ME, month("2026-09"), NEW, 800, False),), 1300, GIVEN
    )
    wrong = placed(500, 800, ME)
    assert isinstance(wrong, Refusal)
    assert (wrong.code, wrong.detail["total_fen"]) == ("dues.total_changed", 1300)


def test_an_extra_needs_a_month_of_the_payer() -> None:
    wrong = placed(500, 1300, HER)
    assert isinstance(wrong, Refusal)
    assert wrong.code == "dues.extra_without_own_month"


def test_an_extra_is_booked_apart_from_dues() -> None:
    postings = settle_order(ORDER, LINES, CLEARING, GIVEN)
    assert balances(postings)[AccountRef(AccountKind.VOLUNTARY_EXTRA, NEW)] == 500
    assert balances(postings)[CLEARING] == 2120
    assert check_order_booked(ORDER, LINES, 2120, postings, GIVEN) == ()
    assert check_order_booked(ORDER, LINES, 2120, postings[:-1], GIVEN) != ()
    assert check_order_booked(ORDER, LINES, 1620, postings) != ()


def test_an_extra_booked_twice_is_found_and_a_reversed_one_is_not() -> None:
    once = settle_order(ORDER, LINES, CLEARING, GIVEN)
    books = [StoredPosting(f"p{number}", each) for number, each in enumerate((*once, once[-1]))]
    assert [each.kind for each in find_breaches(books)] == [BreachKind.EXTRA_CREDITED_TWICE]
    reversals = reverse_postings(books, [books[-1].posting_id])
    assert not isinstance(reversals, Refusal)
    assert find_breaches([*books, *(StoredPosting("r", each) for each in reversals)]) == ()


def test_cash_is_never_brought_to_the_bank_beyond_what_there_was() -> None:
    cash, bank = AccountRef(AccountKind.CASH, OLD), AccountRef(AccountKind.BANK, COUNTY)
    taken = settle_order(ORDER, LINES[:1], cash)
    sound = [*taken, deposit_cash("d1", 800, cash, bank)]
    assert find_breaches([StoredPosting(f"p{number}", each) for number, each in enumerate(sound)]) == ()
    too_much = [*taken, deposit_cash("d1", 801, cash, bank)]
    breaches = find_breaches([StoredPosting(f"p{number}", each) for number, each in enumerate(too_much)])
    assert [(each.kind, each.amount_fen) for each in breaches] == [(BreachKind.ACCOUNT_BELOW_ZERO, -1)]


def test_an_extra_stands_on_its_givers_receipt_of_that_branch_alone() -> None:
    assert [
        (each.member_id, each.branch_id, each.amount_fen, each.extra_fen) for each in receipts_of(LINES, GIVEN)
    ] == [
        (ME, OLD, 800, 0),
        (ME, NEW, 1300, 500),
        (HER, OLD, 20, 0),
    ]


def test_an_extra_beside_a_month_of_nothing_has_its_receipt() -> None:
    (draft,) = receipts_of([OrderLine(1, ME, month("2026-09"), NEW, 0, False)], GIVEN)
    assert (draft.amount_fen, draft.extra_fen) == (500, 500)


@pytest.mark.parametrize("state", CentreState)
@pytest.mark.parametrize("wanted", CentreState)
def test_an_extra_for_the_centre_goes_one_step_at_a_time(state: CentreState, wanted: CentreState) -> None:
    order = list(CentreState)
    is_next = order.index(wanted) == order.index(state) + 1
    assert (advance(state, wanted) is wanted) == is_next
