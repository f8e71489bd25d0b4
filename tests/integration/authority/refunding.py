"""Refunds of the story: one that waits in each county, and one that the provider could not send."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from services.chassis.ids import new_id
from services.contracts.caller import Caller, CallerKind, Grant, Role
from services.contracts.dues import methods as dues
from services.contracts.envelope import CallHead
from services.dues.refunding import asking, deciding
from tests.integration.authority.story import FOREIGN, PEOPLE, TREE, above
from tests.integration.authority.world import World

if TYPE_CHECKING:
    from tests.integration.authority.peopling import Known

STUCK = ("member", "quiet")
WAITING = ("relative", "member")


def ask_some_back(world: World, known: Known) -> None:
    foreign = next(pair for pair in known.paid if PEOPLE[pair[0]].county == FOREIGN)
    for pair in (WAITING, foreign):
        known.refund_requests[pair] = _asked(world, known, pair)["id"]
    request = _asked(world, known, STUCK)
    county = PEOPLE[STUCK[0]].county
    body = {"id": request["id"], "words": ""}
    head = CallHead(request_id=new_id(), caller=_caller(known, STUCK[0], (Role.COUNTY_ADMIN, county)))
    world.core("dues", county).call(dues.APPROVE_REFUND, deciding.approve_refund, head, body)
    ((refund_id,),) = world.sql(
        "dues",
        "UPDATE refund SET state = 'abnormal', hand_words = 'cash', hand_at = asked_at, hand_by_account = gen_random_uuid() "
        "WHERE refund_request_id = :id RETURNING refund_id",
        id=request["id"],
    )
    known.stuck_refunds[STUCK] = str(refund_id)


def _asked(world: World, known: Known, pair: tuple[str, str]) -> Any:
    payer, _ = pair
    order_id = known.paid[pair]
    known.asked_for.add(order_id)
    body = {"order_id": order_id, "lines": [known.paid_line(order_id)], "reason": "paid_by_mistake"}
    ((account_id,),) = world.sql(
        "members", "SELECT id::text FROM account WHERE member_id = :id", id=known.people[PEOPLE[payer].name]
    )
    caller = dataclasses.replace(_caller(known, payer), account_id=account_id)
    head = CallHead(request_id=new_id(), caller=caller)
    return world.core("dues", PEOPLE[payer].county).call(dues.ASK_REFUND, asking.ask_refund, head, body).data


def _caller(known: Known, key: str, *grants: tuple[Role, str]) -> Caller:
    """The payer; with an office he is somebody else."""
    person = PEOPLE[key]
    paths = {code: ".".join(reversed(above(code))) for code in TREE}
    return Caller(
        kind=CallerKind.PERSON,
        county_id=person.county,
        account_id=new_id(),
        member_id=new_id() if grants else known.people[person.name],
        grants=tuple(Grant(role=role, org_id=known.orgs[code], path=paths[code]) for role, code in grants),
    )
