"""The arrears ladder: what counts, what ends a run, where each step begins (ARR-1 to ARR-4)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import YearMonth
from services.dues.domain.arrears import CLEAR, DuesMonth, Reason, Standing, Step, standing_of
from tests.unit.dues.domain.given import month

TODAY = date(2026, 9, 15)
RUNNING, LAST = YearMonth(2026, 9), YearMonth(2026, 8)
FEN = 800


def owing(*months: str, amount_fen: int | None = FEN, paid_fen: int = 0, **more: bool) -> list[DuesMonth]:
    return [DuesMonth(month(text), amount_fen, paid_fen, **more) for text in months]


def unpaid(count: int, until: YearMonth = LAST) -> list[DuesMonth]:
    """``count`` months in a row that nobody has paid."""
    return [DuesMonth(until.plus(-step), FEN, 0) for step in range(count)]


def at(*months: DuesMonth, reasons: tuple[Reason, ...] = (), **more: bool) -> Standing:
    return standing_of(months, TODAY, reasons, **more)


@pytest.mark.parametrize(
    ("run", "step"),
    [
        (0, Step.NONE),
        (1, Step.ARREARS),
        (2, Step.ARREARS),
        (3, Step.EDUCATION_AND_DEADLINE),
        (5, Step.EDUCATION_AND_DEADLINE),
        (6, Step.REVIEW_SELF_WITHDRAWAL),
        (24, Step.REVIEW_SELF_WITHDRAWAL),
    ],
)
def test_each_step_begins_at_its_edge(run: int, step: Step) -> None:
    standing = at(*unpaid(run))
    assert (standing.unpaid_run, standing.owed_months, standing.owed_fen, standing.step) == (run, run, run * FEN, step)
    assert standing.since == (RUNNING.plus(-run) if run else None)


def test_the_running_month_is_not_late_yet() -> None:
    assert at(*owing("2026-09")).step is Step.NONE
    assert at(*owing("2026-09"), *unpaid(2)).unpaid_run == 2


def test_the_running_month_counts_from_the_day_after_its_end() -> None:
    standing = at(*owing("2026-09"))
    assert standing.changes_on == date(2026, 10, 1)
    assert standing_of(owing("2026-09"), date(2026, 9, 30)).step is Step.NONE
    assert standing_of(owing("2026-09"), date(2026, 10, 1)).step is Step.ARREARS


def test_an_exempt_month_is_not_counted_and_ends_the_run() -> None:
    months = [*unpaid(2), *owing("2026-06", amount_fen=0), *unpaid(5, YearMonth(2026, 5))]
    standing = at(*months)
    assert (standing.unpaid_run, standing.since, standing.step) == (2, YearMonth(2026, 7), Step.ARREARS)
    assert (standing.owed_months, standing.owed_fen) == (7, 7 * FEN)


def test_a_month_without_an_obligation_ends_the_run_like_an_exempt_one() -> None:
    assert at(*unpaid(2), *unpaid(4, YearMonth(2026, 5))).unpaid_run == 2


def test_who_owes_older_months_and_none_in_a_row_is_in_arrears() -> None:
    standing = at(*owing("2026-08", paid_fen=FEN), *unpaid(6, YearMonth(2026, 7)))
    assert (standing.unpaid_run, standing.since, standing.step) == (0, None, Step.ARREARS)


def test_a_part_payment_leaves_the_rest_owed_and_ends_the_run() -> None:
    standing = at(*owing("2026-08", paid_fen=300), *unpaid(6, YearMonth(2026, 7)))
    assert (standing.unpaid_run, standing.owed_fen, standing.owed_months) == (0, 500 + 6 * FEN, 7)


@pytest.mark.parametrize("ahead", [True, False])
def test_a_prepaid_running_month_ends_the_run(ahead: bool) -> None:
    assert at(*owing("2026-09", paid_fen=FEN, ahead=ahead), *unpaid(6)).unpaid_run == 0


def test_months_ahead_are_never_owed() -> None:
    assert at(*owing("2026-10", "2026-11", ahead=True)) == CLEAR


def test_an_unassessed_month_neither_counts_nor_ends_the_run() -> None:
    standing = at(*owing("2026-08", amount_fen=None), *unpaid(3, YearMonth(2026, 7)))
    assert (standing.unpaid_run, standing.owed_fen, standing.since) == (3, 3 * FEN, YearMonth(2026, 5))


def test_a_delayed_month_stays_owed_and_neither_counts_nor_ends_the_run() -> None:
    standing = at(*owing("2026-08", delayed=True), *unpaid(5, YearMonth(2026, 7)))
    assert (standing.unpaid_run, standing.owed_fen, standing.step) == (5, 6 * FEN, Step.EDUCATION_AND_DEADLINE)


def test_back_months_keep_the_amount_of_their_own_year() -> None:
    months = [DuesMonth(YearMonth(2025, 12), 500, 0), *(DuesMonth(YearMonth(2026, n), 800, 0) for n in range(1, 9))]
    assert at(*months).owed_fen == 500 + 8 * 800


@pytest.mark.parametrize("last_day", [date(2026, 9, 15), date(2026, 12, 31)])
def test_a_reason_in_force_stops_the_six_month_flag_and_not_the_debt(last_day: date) -> None:
    standing = at(*unpaid(6), reasons=(Reason(date(2026, 9, 10), last_day),))
    assert (standing.step, standing.owed_fen, standing.unpaid_run) == (Step.EDUCATION_AND_DEADLINE, 6 * FEN, 6)
    assert standing.changes_on == min(last_day.replace(day=16), date(2026, 10, 1))


def test_months_that_a_reason_covered_do_not_count_to_six_once_it_has_ended() -> None:
    covered = (Reason(date(2026, 3, 31), date(2026, 5, 1)),)
    assert at(*unpaid(6), reasons=covered).unexcused_run == 3
    assert at(*unpaid(8), reasons=covered).step is Step.EDUCATION_AND_DEADLINE
    assert at(*unpaid(9), reasons=covered).step is Step.REVIEW_SELF_WITHDRAWAL


def test_a_reason_to_come_stops_nothing_yet() -> None:
    standing = at(*unpaid(6), reasons=(Reason(date(2026, 9, 16), date(2026, 9, 20)),))
    assert (standing.step, standing.changes_on) == (Step.REVIEW_SELF_WITHDRAWAL, date(2026, 9, 16))


def test_who_has_left_owes_what_he_owes_and_stands_on_no_step() -> None:
    standing = at(*unpaid(6), in_care=False)
    assert (standing.step, standing.owed_fen) == (Step.NONE, 6 * FEN)


MONTHS = st.lists(
    st.builds(
        lambda back, amount, part, ahead, delayed: DuesMonth(
            RUNNING.plus(-back), amount, 0 if not amount else amount * part // 2, ahead and back <= 0, delayed
        ),
        st.integers(-3, 30),
        st.sampled_from([None, 0, 20, FEN]),
        st.integers(0, 2),
        st.booleans(),
        st.booleans(),
    ),
    unique_by=lambda each: each.month,
    max_size=30,
)


@given(MONTHS)
def test_the_figures_agree_with_each_other(months: list[DuesMonth]) -> None:
    standing = at(*months)
    assert 0 <= standing.unexcused_run <= standing.unpaid_run <= standing.owed_months
    assert (standing.owed_fen > 0) == (standing.step is not Step.NONE)
    assert (standing.since is None) == (standing.unpaid_run == 0)


@given(MONTHS, st.randoms(use_true_random=False))
def test_the_order_in_which_months_are_told_does_not_matter(months: list[DuesMonth], random: object) -> None:
    shuffled = list(months)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert at(*shuffled) == at(*months)


@given(MONTHS, st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 365))
def test_a_reason_never_worsens_a_step_and_never_lowers_the_debt(
    months: list[DuesMonth], first: date, days: int
) -> None:
    plain = at(*months)
    excused = at(*months, reasons=(Reason(first, date.fromordinal(first.toordinal() + days)),))
    assert (excused.owed_fen, excused.unpaid_run) == (plain.owed_fen, plain.unpaid_run)
    assert list(Step).index(excused.step) <= list(Step).index(plain.step)


@given(MONTHS)
def test_nothing_changes_before_the_day_on_which_it_may(months: list[DuesMonth]) -> None:
    standing = at(*months)
    last = date(2026, 10, 31) if standing.changes_on is None else date.fromordinal(standing.changes_on.toordinal() - 1)
    later = standing_of(months, last)
    assert (later.step, later.unpaid_run, later.owed_fen) == (standing.step, standing.unpaid_run, standing.owed_fen)
