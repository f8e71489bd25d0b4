"""What dues knows of the story's people beside their payments: delays, reliefs, consents, and the ladder."""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.dues import methods as dues
from services.contracts.envelope import CallHead
from services.dues.arrears import accounts, reasons
from services.dues.storage import month_tables
from tests.integration.authority.known import Known, caller_of
from tests.integration.authority.story import COUNTY, FOREIGN, PEOPLE, TARGETS, YESTERDAY
from tests.integration.authority.world import World


def decide_some(world: World, known: Known) -> None:
    """A month delayed, a relief and a back payment asked for, of each person who is asked about; entered by nobody who asks."""

    def keep(work: Work, key: str) -> None:
        person, ids = PEOPLE[key], (new_id(), new_id(), new_id())
        known.delays[key], known.reliefs[key], known.consents[key] = ids
        about = {"county_id": person.county, "member_id": known.people[person.name]}
        held = {
            **about,
            "branch_id": known.orgs[person.came_from or person.branch],
            "month": 202608,
            "billed_in": 202608,
        }
        entered = {"entered_by": new_id(), "entered_by_path": "", "entered_at": work.now}
        asked = {**about, **entered, "branch_id": known.orgs[person.branch], "from_month": 202610, "to_month": 202612}
        row = {"delay_id": ids[0], "reason": "ill", "put_by": new_id(), "put_by_path": "", "put_at": work.now}
        work.db.execute(sa.insert(month_tables.delay).values({**held, **row}))
        row = {"relief_id": ids[1], "kind": "nil", "monthly_fen": 0, "holds_to": 202612, "reason": "ill"}
        row |= {"decided_on": YESTERDAY, "state": "waiting"}
        work.db.execute(sa.insert(month_tables.relief).values({**asked, **row}))
        row = {"consent_id": ids[2], "kind": "back_payment", "agreed_on": YESTERDAY, "words": "was away"}
        work.db.execute(sa.insert(month_tables.consent).values({**asked, **row}))

    for key in TARGETS:
        world.core("dues", PEOPLE[key].county).desk().run(keep, key)


def climb_the_ladder(world: World, known: Known, foreign: str) -> None:
    """Who has not paid August stands on the ladder; for some a reason is on record."""
    for key in ("colleague", "neighbour", "far away", "moved out yesterday", foreign):
        county = PEOPLE[key].county
        caller = caller_of(known, PEOPLE[key], (Role.COUNTY_ADMIN, county))
        body = {"member_id": known.people[PEOPLE[key].name], "first_day": "2026-08-01", "last_day": "2026-08-31"}
        head = CallHead(request_id=new_id(), caller=caller)
        recorded = world.core("dues", county).call(
            dues.RECORD_ARREARS_REASON, reasons.record_arrears_reason, head, body | {"words": "外出务工"}
        )
        known.reasons[key] = recorded.data["id"]
    for county in (COUNTY, FOREIGN):
        accounts.keep_accounts(world.core("dues", county).desk())
