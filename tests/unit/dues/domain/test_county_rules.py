"""What a county sets itself: from a month on, never for what is over, the rest of the rules untouched (BOOK-2, BOOK-5)."""

from __future__ import annotations

import dataclasses

import pytest

from services.contracts.values import YearMonth
from services.dues.domain.profile import DEFAULT_PROFILE, RuleProfile, Shares, profile_for
from services.dues.domain.profile.county import CountyRule, change, rule_of, segments
from services.dues.domain.refusal import Refusal

NOW = YearMonth(2026, 9)
WANTED = CountyRule(Shares(county=3_000), publish_names=True)
LATER_RATES = dataclasses.replace(
    DEFAULT_PROFILE, code="own", version=2, valid_from=YearMonth(2026, 7), monthly_cap_fen=90_000
)


def set_from(month: YearMonth, *known: RuleProfile, limit: int = 200) -> RuleProfile | Refusal:
    return change((*known, DEFAULT_PROFILE), WANTED, from_month=month, this_month=NOW, limit=limit)


def refusal_of(made: RuleProfile | Refusal) -> str:
    assert isinstance(made, Refusal)
    return made.code


@pytest.mark.parametrize("month", [NOW, NOW.plus(4)])
def test_a_change_holds_from_its_month_on_and_not_before(month: YearMonth) -> None:
    made = set_from(month)
    assert isinstance(made, RuleProfile)
    known = (DEFAULT_PROFILE, made)
    for when, expected in ((month.plus(-1), rule_of(DEFAULT_PROFILE)), (month, WANTED), (month.plus(30), WANTED)):
        found = profile_for(known, when)
        assert found is not None
        assert rule_of(found) == expected


def test_what_held_in_a_month_that_is_over_is_not_rewritten() -> None:
    assert refusal_of(set_from(NOW.plus(-1))) == "dues.month_past"


def test_all_other_rules_are_those_of_the_month() -> None:
    made = set_from(NOW, LATER_RATES)
    assert isinstance(made, RuleProfile)
    assert (made.monthly_cap_fen, made.code, made.version) == (90_000, "own", 3)


def test_a_later_rule_stays_and_the_same_month_may_be_set_again() -> None:
    later = set_from(NOW.plus(4))
    assert isinstance(later, RuleProfile)
    without = dataclasses.replace(WANTED, publish_names=False)
    again = change((later, DEFAULT_PROFILE), without, from_month=NOW.plus(4), this_month=NOW, limit=200)
    assert isinstance(again, RuleProfile)
    before = change((later, again, DEFAULT_PROFILE), WANTED, from_month=NOW, this_month=NOW, limit=200)
    assert isinstance(before, RuleProfile)
    known = (before, later, again, DEFAULT_PROFILE)
    shown = [(one.valid_from, one.publish_names) for one in segments(known)]
    assert shown == [(NOW.plus(4), False), (NOW, True), (DEFAULT_PROFILE.valid_from, False)]
    assert len({one.version for one in known}) == len(known), "no two versions are alike"


def test_a_change_that_changes_nothing_and_one_too_many_are_refused() -> None:
    made = set_from(NOW)
    assert isinstance(made, RuleProfile)
    assert refusal_of(set_from(NOW.plus(1), made)) == "dues.nothing_changed"
    assert refusal_of(set_from(NOW, LATER_RATES, limit=2)) == "dues.too_many_versions"


def test_a_share_is_a_part_of_the_whole() -> None:
    with pytest.raises(ValueError, match="shares"):
        change((DEFAULT_PROFILE,), CountyRule(Shares(county=10_001), False), from_month=NOW, this_month=NOW, limit=200)
