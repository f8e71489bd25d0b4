"""The demonstration county from a seed: its tree, its 27,385 members, the roster file, the pay slips, the people one meets.

Owns how the parts are put together and the figures of the product: so many members, so many of them away. The same seed and the
same day give the same county to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from random import Random
from typing import BinaryIO

from deploy.demo.generator_members import Draft, MemberMaker
from deploy.demo.generator_pay import DemoAssessment, assessments
from deploy.demo.generator_people import DemoPerson, demo_people, draft_cast
from deploy.demo.generator_places import COUNTY_NAME, BranchPlan, PlaceMaker
from services.contracts.values import YearMonth
from services.members.domain.organisation import Organisation
from services.members.spreadsheets.roster_writer import RosterLine, write_roster

MEMBERS, AWAY = 27_385, 6_000
"""What the county reported of its first half year."""
PROBATIONARY, SUSPENDED = 410, 36
SMALLEST_BRANCH = 3
DEFAULT_SEED = 20170101
"""The month in which the model went live."""
DEFAULT_COUNTY_CODE = "yanting"


@dataclass(frozen=True, slots=True)
class DemoCounty:
    """The county as data. ``people`` are keyed by member_away, father, mother, branch_admin, committee_admin, county_admin,
    finance, editor and system_admin."""

    name: str
    seed: int
    as_of: date
    organisations: tuple[Organisation, ...]
    people: dict[str, DemoPerson]
    _drafts: tuple[Draft, ...]
    _cast: dict[str, Draft]

    def lines(self) -> Iterator[RosterLine]:
        """Every member as the roster form shows him, branch by branch."""
        return (draft.line() for draft in self._drafts)

    def assessments(self, month: YearMonth) -> Iterator[DemoAssessment]:
        """Pay slips from which the dues of this month on are to be worked out."""
        return assessments(self._drafts, self._cast, self.seed, month)

    def write_roster(self, target: BinaryIO) -> int:
        """The roster file; says how many members it holds."""
        made_at = datetime.combine(self.as_of, time(), UTC)
        return write_roster(target, self.organisations, self.lines(), made_at)


def build_county(as_of: date, seed: int = DEFAULT_SEED, county_code: str = DEFAULT_COUNTY_CODE) -> DemoCounty:
    """The county as it stands on ``as_of``; ``county_code`` is the code of its root organisation."""
    chance = Random(seed)  # noqa: S311 - repeatable, guards nothing
    places = PlaceMaker(chance, county_code).make()
    maker = MemberMaker(chance, as_of)
    cast = draft_cast(maker, {plan.organisation.name: plan for plan in places.branches})
    drafts: list[Draft] = []
    for plan, size in zip(places.branches, _sizes(places.branches, MEMBERS), strict=True):
        settled = tuple(draft for draft in cast.values() if draft.branch is plan)
        drafts.extend(maker.branch(plan, max(size, len(settled)), settled))
    known = {id(draft) for draft in cast.values()}
    others = [draft for draft in drafts if id(draft) not in known]
    maker.make_probationary(others, PROBATIONARY)
    maker.suspend(others, SUSPENDED)
    maker.send_away(others, AWAY - sum(1 for draft in cast.values() if draft.away_place))
    codes = {organisation.name: organisation.code for organisation in places.organisations}
    return DemoCounty(
        name=COUNTY_NAME,
        seed=seed,
        as_of=as_of,
        organisations=places.organisations,
        people=demo_people(cast, codes),
        _drafts=tuple(drafts),
        _cast=cast,
    )


def _sizes(branches: tuple[BranchPlan, ...], total: int) -> list[int]:
    """Shares the members out by weight, every branch with the few it can't be without; what rounding leaves goes to the first."""
    weights = sum(plan.weight for plan in branches)
    free = total - SMALLEST_BRANCH * len(branches)
    sizes = [SMALLEST_BRANCH + free * plan.weight // weights for plan in branches]
    for place in range(total - sum(sizes)):
        sizes[place] += 1
    return sizes
