"""Who reports, answers and settles in the tests' small county: one office holder for each organisation."""

from __future__ import annotations

from typing import Any

from services.contracts.caller import Role
from tests.integration.dues.county import County, holder, ident, person
from tests.integration.dues.till import Till

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
FIRST, SECOND, THIRD = (holder(f"secretary of {org}", Role.BRANCH_ADMIN, org) for org in ("b1", "b2", "b3"))
TOWN, OTHER_TOWN = (holder(f"committee of {org}", Role.COMMITTEE_ADMIN, org) for org in ("t1", "t2"))
SECRETARIES = {"b1": FIRST, "b2": SECOND, "b3": THIRD}
COMMITTEES = {"t1": TOWN, "t2": OTHER_TOWN}
AUGUST, SEPTEMBER = "2026-08", "2026-09"
DUE_FEN = 20
"""What a farmer owes a month."""


def populate(county: County) -> Till:
    """Two members in the first branch, one in each of the others; August and September are open. It is 15 September."""
    county.roster(person("li"), person("wang"), person("zhao", "b2"), person("mei", "b3"))
    for month in (AUGUST, SEPTEMBER):
        county.ask("open_month", BOSS, month=month)
    return Till(county)


def report(county: County, org: str, month: str = AUGUST) -> Any:
    caller = SECRETARIES.get(org) or COMMITTEES[org]
    return county.ask("report_month", caller, org_id=ident(org), month=month)


def standing(county: County, org: str, month: str = AUGUST) -> Any:
    return county.ask("get_month_standing", BOSS, org_id=ident(org), month=month)


def delay(county: County, name: str, month: str = AUGUST, *, org: str = "b1") -> Any:
    return county.ask("delay_month", SECRETARIES[org], member_id=ident(name), month=month, reason="住院")


def delay_all_but(county: County, *paid: str) -> None:
    """The rest of August's debtors on the delayed list."""
    for name, org in (("li", "b1"), ("wang", "b1"), ("zhao", "b2"), ("mei", "b3")):
        if name not in paid:
            delay(county, name, org=org)


def settle_august(county: County) -> Any:
    """Everybody reports and the county settles; who has not paid must be on the list."""
    for org in ("b1", "b2", "b3", "t1", "t2"):
        report(county, org)
    return county.ask("settle_month", BOSS, month=AUGUST)
