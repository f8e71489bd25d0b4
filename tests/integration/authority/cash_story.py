"""Cash of three branches, one of them of another county: a taking that waits, a hand-in that waits, an extra for the centre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.chassis.ids import new_id
from services.contracts.caller import Caller
from services.contracts.dues import methods as dues
from services.contracts.envelope import CallHead
from services.dues.cash import taking
from tests.integration.authority.story import PEOPLE, above
from tests.integration.authority.world import World
from tests.integration.dues.county import WAGE_FEN

if TYPE_CHECKING:
    from tests.integration.authority.peopling import Known

TAKERS = {"t01b01": "thrifty", "t02b01": "frugal", "s01b01": "saving"}
"""Branch, and who there pays in cash; his months are free."""
HELD_FEN, DEPOSIT_FEN = 1_000, 100


def cash_everywhere(world: World, known: Known, callers: dict[str, Caller], month: str) -> None:
    """``callers``: by branch, an administrator of it who is none of those who are asked about."""
    for code, key in TAKERS.items():
        known.takings[code] = _taken(world, known, callers[code], code, key, month)
        known.deposits[code], county = new_id(), above(code)[-1]
        branch = {"branch": known.orgs[code], "county": county}
        world.sql(
            "dues",
            "INSERT INTO cash_box VALUES (:branch, :county, :held, :promised)",
            **branch,
            held=HELD_FEN,
            promised=DEPOSIT_FEN,
        )
        world.sql(
            "dues",
            "INSERT INTO cash_deposit (deposit_id, county_id, branch_id, state, amount_fen, banked_on, slip_number, "
            "handed_in_by, handed_in_by_name, handed_in_at) VALUES (:id, :county, :branch, 'handed_in', :fen, "
            "'2026-09-14', :slip, gen_random_uuid(), :name, now())",
            **branch,
            id=known.deposits[code],
            fen=DEPOSIT_FEN,
            slip=slip_of(code),
            name=PEOPLE[key].name,
        )
        known.extras[code] = _extra(world, known, branch, key)


def slip_of(code: str) -> str:
    return f"SLIP{code.upper()}"


def _taken(world: World, known: Known, caller: Caller, code: str, key: str, month: str) -> str:
    body = {
        "org_id": known.orgs[code],
        "lines": [{"member_id": known.people[PEOPLE[key].name], "month": month}],
        "expected_total_fen": WAGE_FEN,
    }
    head = CallHead(request_id=new_id(), caller=caller)
    answer: Any = world.core("dues", above(code)[-1]).call(dues.TAKE_CASH, taking.take_cash, head, body).data
    return str(answer["taking"]["id"])


def _extra(world: World, known: Known, branch: dict[str, str], key: str) -> str:
    """As if the taking's order had been paid with an extra of a thousand yuan."""
    member_id = known.people[PEOPLE[key].name]
    ((order_id,),) = world.sql("dues", "SELECT order_id FROM orders WHERE payer_id = :id", id=member_id)
    world.sql(
        "dues",
        "INSERT INTO centre_extra (order_id, county_id, member_id, branch_id, member_name, branch_name, member_class, "
        "amount_fen, paid_on, state) SELECT :id, :county, :member, org_id, :name, name, 'civil_servant', 100000, "
        "'2026-09-14', 'collected' "
        "FROM organisation WHERE org_id = :branch",
        **branch,
        id=order_id,
        member=member_id,
        name=PEOPLE[key].name,
    )
    return str(order_id)
