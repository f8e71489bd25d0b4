"""What a county changes in its rule profile by itself, from a month on and never for months that are over (BOOK-2, BOOK-5).

A change is a new version of the profile that rules its first month. Whatever else that profile says stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.contracts.values import YearMonth
from services.dues.domain.profile.model import RuleProfile, Shares, profile_for
from services.dues.domain.refusal import Refusal, refuse


@dataclass(frozen=True, slots=True)
class CountyRule:
    """The county's own values."""

    shares: Shares
    publish_names: bool


def rule_of(profile: RuleProfile) -> CountyRule:
    return CountyRule(profile.shares, profile.publish_names)


def segments(profiles: Sequence[RuleProfile]) -> tuple[RuleProfile, ...]:
    """The profiles that rule some month, each from its ``valid_from`` on, the latest first."""
    first_months = sorted({profile.valid_from for profile in profiles}, reverse=True)
    return tuple(found for month in first_months if (found := profile_for(profiles, month)) is not None)


def change(
    profiles: Sequence[RuleProfile], wanted: CountyRule, *, from_month: YearMonth, this_month: YearMonth, limit: int
) -> RuleProfile | Refusal:
    """The profile to be stored. ``profiles``: all that rule some month; ``limit``: how many versions a county may have."""
    if from_month < this_month:
        return refuse("dues.month_past", month=str(from_month))
    if len(profiles) >= limit:
        return refuse("dues.too_many_versions", limit=limit)
    base = profile_for(profiles, from_month)
    assert base is not None, "no county is without rules in a month that has not passed"
    if rule_of(base) == wanted:
        return refuse("dues.nothing_changed")
    version = max(profile.version for profile in profiles) + 1
    return replace(
        base, version=version, valid_from=from_month, shares=wanted.shares, publish_names=wanted.publish_names
    )
