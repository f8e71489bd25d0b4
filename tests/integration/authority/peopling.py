"""Brings the story's two counties into both databases by the services' own ways: founding, events, orders, payments."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import sqlalchemy as sa

from services.chassis.ids import new_id
from services.chassis.tables import outbox
from services.chassis.work import Work
from services.contracts.caller import Role, gateway
from services.contracts.dues import methods as dues
from services.contracts.envelope import CallHead
from services.contracts.members import methods as members_table
from services.contracts.members.messages import Session
from services.dues import assessments, copies, errands, months
from services.dues.orders import notices, placing
from services.dues.storage.reconciliation import difference
from services.members.commands.founding import FirstAdministrator, FirstOrganisation, Founding, found_county
from services.members.commands.sessions import begin_session
from services.members.domain.identity_number import check_character
from services.members.roster.imports import XLSX
from services.members.storage import members as members_storage
from services.members.storage import tables as t
from services.members.storage.tables import OPENID
from tests.integration.authority import dues_people, refunding, return_story
from tests.integration.authority.cash_story import TAKERS, cash_everywhere
from tests.integration.authority.known import Known, caller_of
from tests.integration.authority.spending_story import spend_everywhere
from tests.integration.authority.story import (
    CALLERS,
    COUNTY,
    FOREIGN,
    MONTH,
    PASSWORD,
    PEOPLE,
    TARGET_PLACES,
    TOTP,
    TREE,
    YESTERDAY,
    Person,
    above,
)
from tests.integration.authority.world import World
from tests.integration.dues.county import WAGE, WAGE_FEN
from tests.integration.dues.till import forwarded

LONG_AGO = date(2010, 5, 4)
EARLIER, AHEAD = "2026-08", "2026-10"
_HANDLERS = {
    members_table.ORGANISATIONS_CHANGED.routing_key: (members_table.ORGANISATIONS_CHANGED, copies.keep_organisations),
    members_table.ROSTER_CHANGED.routing_key: (members_table.ROSTER_CHANGED, copies.keep_members),
}


def identity_number(order: int) -> str:
    digits = f"99999919800101{order:03d}"
    return digits + check_character(digits)


def phone(order: int) -> str:
    return f"1540000{order:04d}"


NUMBERS = {person.name: order for order, person in enumerate(PEOPLE.values(), start=11)}


def people_it(world: World) -> Known:
    known = Known()
    for county in (COUNTY, FOREIGN):
        _found(world, county)
    for code in TREE:
        known.orgs[code] = str(world.sql("members", "SELECT id FROM organisation WHERE code = :code", code=code)[0][0])
    for name in NUMBERS:
        row = world.sql("members", "SELECT id FROM member WHERE name = :name", name=name)[0]
        known.people[name] = str(row[0])
    for key, person in PEOPLE.items():
        _settle(world, known, key, person)
    for county in (COUNTY, FOREIGN):
        _tell_dues(world, county)
        _open_months(world, known, county)
    _orders(world, known)
    takers = {code: caller_of(known, PEOPLE[key], (Role.BRANCH_ADMIN, code)) for code, key in TAKERS.items()}
    cash_everywhere(world, known, takers, EARLIER)
    return_story.hand_some_back(world, known, takers)
    _files(world, known)
    _notices(world, known)
    dues_people.decide_some(world, known)
    dues_people.climb_the_ladder(world, known, _FOREIGN)
    _differences(world, known)
    _slips(world, known)
    spend_everywhere(world, known)
    for key in CALLERS:
        known.sessions[key] = _session(world, known, CALLERS[key])
    _withdraw_from_some(world, known)
    assert world.ended.look()
    return known


def _found(world: World, county: str) -> None:
    """Everybody comes as an editor of the county, the one office that has no say; it is taken away again."""
    organisations = tuple(
        FirstOrganisation(code=code, name=name, kind=kind, parent_code=parent)
        for code, (parent, kind, name) in TREE.items()
        if parent is not None and above(code)[-1] == county
    )
    people = tuple(
        FirstAdministrator(
            name=person.name,
            identity_number=identity_number(NUMBERS[person.name]),
            phone=phone(NUMBERS[person.name]),
            branch_code=person.came_from or person.branch,
            joined_on=LONG_AGO,
            full_on=LONG_AGO.replace(year=2011),
            role=Role.EDITOR,
            password=PASSWORD,
            totp_secret=TOTP,
        )
        for person in PEOPLE.values()
        if person.county == county
    )
    founding = Founding(
        county_name="盐亭县" if county == COUNTY else "射洪市",
        committee_name=TREE[county][2],
        organisations=organisations,
        administrators=people,
    )
    desk = world.core("members", county).desk()
    desk.run(found_county, founding)
    desk.run(_without_offices, None)


def _without_offices(work: Work, _: None) -> None:
    work.db.execute(sa.delete(t.role_grant).where(t.role_grant.c.county_id == work.caller.county_id))


def _settle(world: World, known: Known, key: str, person: Person) -> None:
    """Household, move, office, leaving: what the founding does not tell of."""

    def settle(work: Work, _: None) -> None:
        member_id = known.people[person.name]
        whose = {"county_id": person.county, "member_id": member_id}
        changed = {"household": person.household, "version": 2}
        work.db.execute(sa.update(t.member).where(t.member.c.id == member_id).values(**changed))
        open_one = sa.and_(t.membership.c.member_id == member_id, t.membership.c.to_day.is_(None))
        if person.came_from or person.left:
            work.db.execute(sa.update(t.membership).where(open_one).values(to_day=YESTERDAY))
        if person.came_from:
            moved = {**whose, "id": new_id(), "branch_id": known.orgs[person.branch], "from_day": YESTERDAY}
            work.db.execute(sa.insert(t.membership).values(moved))
        if person.office is not None:
            role, code = person.office
            office_id = known.offices[key] = new_id()
            given = {**whose, "id": office_id, "org_id": known.orgs[code], "role": role.value}
            given |= {"given_at": work.now, "reason": "elected"}
            work.db.execute(sa.insert(t.role_grant).values(given))
        account = work.db.execute(sa.select(t.account).where(t.account.c.member_id == member_id)).one()
        openid = f"openid of {person.name}"
        bound = {
            "wechat_openid_sealed": work.keys.seal(OPENID, account.id, openid),
            "wechat_openid_index": work.index.of(OPENID, openid),
        }
        work.db.execute(sa.update(t.account).where(t.account.c.id == account.id).values(bound))
        work.tell(
            members_table.ROSTER_CHANGED,
            members_table.ROSTER_CHANGED.message(members=members_storage.snapshots(work.db, [member_id])),
            subject=member_id,
        )

    world.core("members", person.county).desk().run(settle, None)


def _tell_dues(world: World, county: str) -> None:
    """What the outbox of members holds for this county is heard by dues, in order."""
    with world.databases["members"].engine.connect() as db:
        told = db.execute(sa.select(outbox).order_by(outbox.c.position)).all()
    core = world.core("dues", county)
    for row in told:
        event, handler = _HANDLERS[row.type]
        snapshots = next(iter(row.data.values()))
        if snapshots[0]["county_id"] == county:
            core.event(event, handler, "dues", row.event_id, row.data)


def _open_months(world: World, known: Known, county: str) -> None:
    boss = next(person for person in PEOPLE.values() if person.county == county)
    caller = caller_of(known, boss, (Role.COUNTY_ADMIN, county))
    core = world.core("dues", county)
    for person in PEOPLE.values():
        if person.county == county:
            body = {
                "member_id": known.people[person.name],
                "effective_from": "2026-01",
                "member_class": "civil_servant",
                "pay": WAGE,
            }
            core.call(dues.ASSESS, assessments.assess, CallHead(request_id=new_id(), caller=caller), body)
    for month in (EARLIER, MONTH):
        head = CallHead(request_id=new_id(), caller=caller)
        core.call(dues.OPEN_MONTH, months.open_month, head, {"month": month})


_FOREIGN = "of another county"
PAID = (
    ("member", "quiet", EARLIER),
    ("relative", "member", EARLIER),
    ("colleague", "quiet", MONTH),
    (_FOREIGN, _FOREIGN, EARLIER),
)
UNPAID = (
    ("member", "quiet", AHEAD),
    ("relative", "distant", EARLIER),
    ("colleague", "still", EARLIER),
    (_FOREIGN, _FOREIGN, MONTH),
)
"""Payer, beneficiary, month: with money and a receipt, and waiting for money."""


def _orders(world: World, known: Known) -> None:
    for payer, beneficiary, month in PAID:
        order = _order(world, known, payer, beneficiary, month)
        _pay(world, known, payer, order)
        receipt_id, code = world.sql(
            "dues", "SELECT receipt_id, check_code FROM receipt WHERE order_id = :id", id=order["id"]
        )[0]
        known.receipts[payer, beneficiary] = str(receipt_id)
        known.check_code = known.check_code or code
        known.paid[payer, beneficiary] = order["id"]
        known.paid_lines[order["id"]] = {"member_id": known.people[PEOPLE[beneficiary].name], "month": month}
    for payer, beneficiary, month in UNPAID:
        known.orders[payer, beneficiary] = _order(world, known, payer, beneficiary, month)["id"]
    refunding.ask_some_back(world, known)


def _order(world: World, known: Known, payer: str, beneficiary: str, month: str) -> Any:
    person = PEOPLE[payer]
    head = CallHead(request_id=new_id(), caller=caller_of(known, person))
    line = {"member_id": known.people[PEOPLE[beneficiary].name], "month": month}
    body = {"lines": [line], "expected_total_fen": WAGE_FEN}
    return world.core("dues", person.county).call(dues.PLACE_ORDER, placing.place_order, head, body).data


def _pay(world: World, known: Known, payer: str, order: Any) -> None:
    person, provider = PEOPLE[payer], world.provider
    core = world.core("dues", person.county)
    prepare = partial(errands.prepare_payment, provider=provider, wall_clock=world.clock)
    head = CallHead(request_id=new_id(), caller=caller_of(known, person))
    core.call(dues.PREPARE_PAYMENT, prepare, head, {"order_id": order["id"], "payer_openid": "o"})
    provider.payer_pays(order["number"])
    notice = forwarded(*provider.payment_notice(order["number"]))
    accept = partial(errands.accept_payment_notice, provider=provider)
    head = CallHead(request_id=new_id(), caller=gateway(person.county))
    assert core.call(dues.ACCEPT_PAYMENT_NOTICE, accept, head, notice).data["outcome"] == "stored"
    notices.settle_notices(core.desk())


def _files(world: World, known: Known) -> None:
    """An import that was checked and an export that is ready over each organisation that may have one."""
    file = world.blobs.put(b"a workbook", XLSX, 100)
    named = {"file_key": file.key, "file_sha256": file.sha256, "file_size_bytes": file.size_bytes}
    named |= {"file_media_type": XLSX, "file_name": "roster.xlsx"}

    def keep(work: Work, code: str) -> None:
        known.imports[code], known.exports[code] = new_id(), new_id()
        own = {"county_id": work.caller.county_id, "org_id": known.orgs[code], "created_at": work.now}
        row = {**own, **named, "id": known.imports[code], "state": "checked", "counts": {"total": 1}}
        work.db.execute(sa.insert(t.roster_import).values(row))
        line = {"import_id": known.imports[code], "position": 1, "county_id": work.caller.county_id, "row": 2}
        line |= {"outcome": "added", "name_masked": "新*人", "reasons": []}
        work.db.execute(sa.insert(t.roster_import_row).values(line))
        made = {**own, **named, "id": known.exports[code], "purpose": "printing", "state": "ready", "rows": 1}
        work.db.execute(sa.insert(t.roster_export).values(made))

    for code in TARGET_PLACES:
        world.core("members", above(code)[-1]).desk().run(keep, code)


def _notices(world: World, known: Known) -> None:
    """Something told to each who may ask, and to some others."""

    def tell(work: Work, key: str) -> None:
        known.notices[key] = new_id()
        row = {"id": known.notices[key], "county_id": PEOPLE[key].county, "kind": "paid_for_you", "months": [202608]}
        row |= {"member_id": known.people[PEOPLE[key].name], "amount_fen": 1, "told_at": work.now}
        work.db.execute(sa.insert(t.notice).values(row))

    for key in (*CALLERS, "colleague", "far away", _FOREIGN):
        world.core("members", PEOPLE[key].county).desk().run(tell, key)


def _differences(world: World, known: Known) -> None:
    """A difference of each county's day bill, on which somebody has given his word."""

    def keep(work: Work, county: str) -> None:
        known.differences[county] = new_id()
        row = {"difference_id": known.differences[county], "county_id": county, "day": YESTERDAY, "state": "resolved"}
        row |= {"kind": "payment_of_unknown_order", "list": "only_in_bill", "subject": "4200", "transaction_id": "4200"}
        row |= {"order_no": "x", "refund_no": "", "bill_fen": 1, "bill_state": "succeeded", "ledger_state": ""}
        row |= {"noticed_at": work.now, "seen_at": work.now, "reason": "other_business", "words": "of the canteen"}
        row |= {"resolved_by": new_id(), "resolved_at": work.now}
        work.db.execute(sa.insert(difference).values(row))

    for county in (COUNTY, FOREIGN):
        world.core("dues", county).desk().run(keep, county)


_SLIP = """
SET session_replication_role = replica;  -- no income behind it: who may confirm is asked, not whether it is right
INSERT INTO remittance (remittance_id, county_id, from_org, to_org, booked_month, year, running_number, amount_fen, cash_fen,
    state, made_by, made_at) VALUES (:id, :county, :from_org, :to_org, 202608, 2026, 1, 100, 0, 'made', :by, :now);
RESET session_replication_role;
"""


def _slips(world: World, known: Known) -> None:
    """One of a branch to each township."""
    for lower, upper in (("t01b01", "t01"), ("t02b01", "t02"), ("s01b01", "s01")):
        known.slips[upper] = known.slip_papers[lower] = new_id()
        given = {"id": known.slips[upper], "county": above(lower)[-1], "by": new_id(), "now": world.clock.now()}
        world.sql("dues", _SLIP, **given, from_org=known.orgs[lower], to_org=known.orgs[upper])


def _session(world: World, known: Known, person: Person) -> Session:
    def begin(work: Work, _: None) -> Session:
        account = work.db.execute(sa.select(t.account).where(t.account.c.member_id == known.people[person.name])).one()
        return begin_session(work, account, "phone", second_factor=True)

    return world.core("members", person.county).desk().run(begin, None)


def _withdraw_from_some(world: World, known: Known) -> None:
    """Accounts that are disabled after their holder has signed in."""
    for person in CALLERS.values():
        if person.disabled:
            world.sql(
                "members",
                "UPDATE account SET disabled_at = :now WHERE member_id = :id",
                now=world.clock.now(),
                id=known.people[person.name],
            )
