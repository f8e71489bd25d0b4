"""The dry run: what a file would do, counted and listed. Changes nothing of the roster."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from services.contracts.members.messages import ImportState, RowOutcome
from services.members.domain.masking import masked_name
from services.members.domain.roster.organisations import OrganisationOutcome, Outcome
from services.members.domain.roster.plan import ImportPlan, MemberOutcome
from services.members.roster import bulk, present
from services.members.roster.course import Course
from services.members.roster.planning import make_plan
from services.members.storage.tables import county, roster_import, roster_import_row

MAX_SHOWN = 2_000
"""Rows kept of each outcome: nobody reads more, and the counts tell of all."""
MAX_REASONS, MAX_REASON, MAX_NAME = 20, 200, 60
PLANNED = 85


def check_roster(course: Course, record: Any) -> None:
    """Plans, and stores what the plan found. Raises CannotImport for a file that can't be used as a whole."""
    work = course.work
    # The version is read before the roster: a change in between makes the plan out of date, never unnoticed.
    version = work.db.scalar(sa.select(county.c.roster_version).where(county.c.county_id == record.county_id))
    plan = make_plan(course, record, present.places(work.db, record.county_id))
    course.plans.keep(record.id, version or 0, work.today, plan)
    course.reached(record.id, PLANNED)
    for rows in bulk.batches(_rows(record, plan)):
        bulk.insert(work.db, roster_import_row, rows)
        course.breathe()
    done = {
        "state": ImportState.CHECKED,
        "progress_percent": 100,
        "counts": counts_of(plan),
        "plan_digest": plan.digest,
        "roster_version": version,
    }
    work.db.execute(sa.update(roster_import).where(roster_import.c.id == record.id).values(done))


def counts_of(plan: ImportPlan) -> dict[str, int]:
    """As the contract counts: an organisation that does not match is one more row that does not."""
    counts = dataclasses.asdict(plan.counts)
    counts["unmatched"] += counts["organisations_unmatched"]
    return counts


def _rows(record: Any, plan: ImportPlan) -> list[dict[str, Any]]:
    """What is worth showing, in the order of the file: organisations, members, then who is missing from it."""
    shown: list[dict[str, Any]] = []
    kept: Counter[Outcome] = Counter()
    found: tuple[OrganisationOutcome | MemberOutcome, ...] = (
        *_unmatched(plan.organisations.outcomes),
        *plan.members,
        *plan.missing,
    )
    for one in found:
        if one.outcome is Outcome.UNCHANGED or kept[one.outcome] >= MAX_SHOWN:
            continue
        kept[one.outcome] += 1
        shown.append(
            {
                "import_id": record.id,
                "position": len(shown) + 1,
                "county_id": record.county_id,
                "row": one.row,
                "outcome": RowOutcome(one.outcome.value),
                "name_masked": _name(one)[:MAX_NAME],
                "reasons": _reasons(one),
            }
        )
    return shown


def _unmatched(organisations: Iterable[OrganisationOutcome]) -> Iterable[OrganisationOutcome]:
    """Organisations that fit are counted; only those that do not are listed beside the members."""
    return (one for one in organisations if one.outcome is Outcome.UNMATCHED)


def _name(one: OrganisationOutcome | MemberOutcome) -> str:
    """An organisation's name is public."""
    if isinstance(one, MemberOutcome):
        return masked_name(one.name)
    return one.organisation.name if one.organisation else ""


def _reasons(one: OrganisationOutcome | MemberOutcome) -> list[str]:
    reasons = one.reasons if isinstance(one, MemberOutcome) else tuple(str(problem) for problem in one.problems)
    return [reason[:MAX_REASON] for reason in reasons[:MAX_REASONS]]
