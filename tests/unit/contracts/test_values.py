"""Months and places in the tree: what must hold from the first month that there is to the last."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from services.contracts.values import FIRST_YEAR, LAST_YEAR, OrgPath, YearMonth, is_within, org_path

FIRST, LAST = YearMonth(FIRST_YEAR, 1), YearMonth(LAST_YEAR, 12)
SPAN = FIRST.months_until(LAST)
months = st.integers(0, SPAN).map(FIRST.plus)
paths = st.lists(st.from_regex(r"[a-z0-9_]{1,3}", fullmatch=True), min_size=1, max_size=4).map(".".join).map(org_path)


@given(months)
@example(FIRST)
@example(LAST)
def test_a_month_comes_back_from_text_and_number_and_has_its_days(month: YearMonth) -> None:
    assert YearMonth.parse(str(month)) == month == YearMonth.from_number(month.number)
    first, last = month.first_day, month.last_day
    assert YearMonth.of(first) == month == YearMonth.of(last)
    assert (last + timedelta(days=1)).day == 1
    assert 28 <= (last - first).days + 1 <= 31


@given(months, months)
def test_counting_on_and_counting_between_agree(one: YearMonth, other: YearMonth) -> None:
    count = one.months_until(other)
    assert one.plus(count) == other
    assert other.months_until(one) == -count
    assert (one < other, one.number < other.number) == (count > 0, count > 0)


@pytest.mark.parametrize("step", [(FIRST, -1), (LAST, 1)])
def test_there_is_no_month_outside_the_calendar(step: tuple[YearMonth, int]) -> None:
    month, count = step
    with pytest.raises(ValueError, match="not a month"):
        month.plus(count)


@given(paths, paths, paths)
def test_reach_is_an_order_along_the_tree(one: OrgPath, other: OrgPath, third: OrgPath) -> None:
    """REG-8."""
    assert is_within(one, one)
    if is_within(one, other) and is_within(other, one):
        assert one == other
    if is_within(one, other) and is_within(other, third):
        assert is_within(one, third)


@given(paths, st.from_regex(r"[a-z0-9_]{1,3}", fullmatch=True))
def test_a_child_lies_beneath_and_a_longer_label_beside(path: OrgPath, label: str) -> None:
    """REG-8: whole labels count, so that t1 does not reach t10."""
    assume(path.count(".") < 4)
    assert is_within(org_path(f"{path}.{label}"), path)
    assert not is_within(org_path(f"{path}{label}"), path)
    assert not is_within(path, org_path(f"{path}.{label}"))
