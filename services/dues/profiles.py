"""The rule profiles of a county: which one rules a month (ARR-4). Read anew in each transaction, so a new one counts at once."""

from __future__ import annotations

import dataclasses
from typing import cast

import sqlalchemy as sa

from services.chassis.work import Work
from services.contracts.values import YearMonth
from services.dues.domain.profile import DEFAULT_PROFILE, RuleProfile, profile_for, profile_from_data
from services.dues.domain.refusal import Refusal
from services.dues.storage.tables import rule_profile

MAX_PROFILES = 200
"""Versions that one county ever stored; far more than one a year."""


@dataclasses.dataclass(frozen=True, slots=True)
class Profiles:
    """A county's own profiles; where it has none, Sichuan's values hold."""

    own: tuple[RuleProfile, ...]

    def at(self, month: YearMonth) -> RuleProfile:
        """The profile that rules a month."""
        return profile_for(self.own, month) or DEFAULT_PROFILE

    def all(self) -> tuple[RuleProfile, ...]:
        """The county's own, and Sichuan's values for the months before the first of them."""
        from_the_start = any(profile.valid_from <= DEFAULT_PROFILE.valid_from for profile in self.own)
        return self.own if from_the_start else (*self.own, DEFAULT_PROFILE)

    def named(self, reference: str) -> RuleProfile:
        """The profile of a stored reference such as ``sichuan/1``, for the names of its items."""
        return next((profile for profile in self.own if profile.reference == reference), DEFAULT_PROFILE)


def read_profiles(work: Work) -> Profiles:
    """The profiles of the caller's county."""
    statement = sa.select(rule_profile.c.body).where(rule_profile.c.county_id == work.caller.county_id)
    newest_first = statement.order_by(rule_profile.c.valid_from.desc(), rule_profile.c.version.desc())
    read = [profile_from_data(body) for body in work.db.scalars(newest_first.limit(MAX_PROFILES))]
    if any(isinstance(each, Refusal) for each in read):
        raise ValueError("a stored rule profile is not well formed")
    return Profiles(tuple(cast(list[RuleProfile], read)))


def profile_in_force(work: Work, month: YearMonth) -> RuleProfile:
    """The profile that rules a month in the caller's county."""
    return read_profiles(work).at(month)
