"""Spending of the story: in a township of each kind an entry that waits and one that was approved, by nobody who asks."""

from __future__ import annotations

from typing import Any

from services.chassis.ids import new_id
from services.contracts.caller import Role
from services.contracts.dues import methods as dues
from services.contracts.envelope import CallHead
from services.dues.spending import deciding, recording
from tests.integration.authority.known import Known, caller_of
from tests.integration.authority.story import PEOPLE, above
from tests.integration.authority.world import World

SPENDERS = {"t01": "quiet", "t02": "distant", "s01": "saving"}
"""Organisation, and who there records what was spent."""
HELD_FEN, SPENT_FEN = 1_000, 100
NEW_VOUCHER = "3"


def entry(voucher_number: str) -> dict[str, Any]:
    return {
        "spending_class": "training",
        "amount_fen": SPENT_FEN,
        "spent_on": "2026-09-14",
        "payee": "县委党校",
        "purpose": "培训教材",
        "voucher_number": voucher_number,
        "deciding_body": "党委会议",
        "decided_on": "2026-09-14",
    }


def spend_everywhere(world: World, known: Known) -> None:
    for code, key in SPENDERS.items():
        box = "INSERT INTO spending_box VALUES (:org, :county, :held)"
        world.sql("dues", box, org=known.orgs[code], county=above(code)[-1], held=HELD_FEN)
        known.spendings[code] = _recorded(world, known, code, key, "1")
        known.approved_spendings[code] = _recorded(world, known, code, key, "2")
        boss = CallHead(request_id=new_id(), caller=caller_of(known, PEOPLE[key], (Role.COUNTY_ADMIN, above(code)[-1])))
        body = {"id": known.approved_spendings[code]}
        world.core("dues", above(code)[-1]).call(dues.APPROVE_SPENDING, deciding.approve_spending, boss, body)


def _recorded(world: World, known: Known, code: str, key: str, voucher_number: str) -> str:
    head = CallHead(request_id=new_id(), caller=caller_of(known, PEOPLE[key], (Role.FINANCE, code)))
    body = {"org_id": known.orgs[code], **entry(voucher_number)}
    core = world.core("dues", above(code)[-1])
    return str(core.call(dues.RECORD_SPENDING, recording.record_spending, head, body).data["id"])
