"""The first rows of a county: its committee, the branches of its first administrators, and these themselves (REG-8).

Owns what must exist before anybody can sign in and import a roster. Safe to repeat: what is there already stays as it is, so a
second start never brings back a first password.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.errors import InvalidMessage
from services.contracts.members import messages as m
from services.contracts.members.methods import ORGANISATIONS_CHANGED, ROSTER_CHANGED
from services.contracts.values import OrgId, OrgPath
from services.contracts.wire import Code, Name, Text, Words, message
from services.members import credentials
from services.members.domain import membership
from services.members.domain.authority import grant_fault
from services.members.domain.identity_number import IdentityNumber, read_identity_number
from services.members.domain.masking import masked_identity_number, masked_phone
from services.members.domain.names import is_name, normal_name
from services.members.domain.organisation import Kind, child_path, may_stand_under
from services.members.domain.sign_in import normal_phone, password_faults
from services.members.schemas import org_snapshot
from services.members.storage import accounts, grants, members, organisations
from services.members.storage.tables import (
    ID_NUMBER,
    PHONE,
    PHONE_TAIL,
    TOTP_SECRET,
    county,
    member,
    phone_tail_text,
)

REASON = "first administrator of the county"


@message
class FirstOrganisation:
    """Beneath the county committee; parents come before what stands under them."""

    code: Code
    name: Name
    kind: m.OrgKind
    parent_code: Code


@message
class FirstAdministrator:
    """A member of one of the first branches with an office over the county."""

    name: Name
    identity_number: Annotated[str, Text(18, 18)]
    phone: m.Phone
    nation: Annotated[str, Text(1, 20)] = "汉族"
    branch_code: Code
    member_class: m.MemberClass = m.MemberClass.CIVIL_SERVANT
    joined_on: date
    full_on: date | None = None
    role: Role
    password: m.Password
    totp_secret: Annotated[str, Text(16, 64, r"[A-Z2-7]+")]
    reason: Words = REASON


@message
class Founding:
    county_name: Name
    committee_name: Name
    organisations: tuple[FirstOrganisation, ...] = ()
    administrators: tuple[FirstAdministrator, ...] = ()


@message
class Founded:
    organisations: int
    administrators: int


def found_county(work: Work, request: Founding) -> Founded:
    """How many organisations and administrators are new. Raises InvalidMessage for what the rules do not allow."""
    county_id = work.caller.county_id
    name_once = pg.insert(county).values(county_id=county_id, name=request.county_name)
    work.db.execute(name_once.on_conflict_do_nothing())
    # Two starts at once: the second waits here and then finds everything done.
    organisations.raise_roster_version(work.db, county_id)
    made = []
    if organisations.find_by_code(work.db, county_id, county_id) is None:
        made.append(_add(work, county_id, request.committee_name, Kind.COUNTY_COMMITTEE, None))
    for one in request.organisations:
        if organisations.find_by_code(work.db, county_id, one.code) is None:
            parent = _organisation(work, one.parent_code)
            made.append(_add(work, one.code, one.name, Kind(one.kind), parent))
    if made:
        snapshots = tuple(org_snapshot(row) for row in made)
        work.tell(ORGANISATIONS_CHANGED, m.OrganisationsChanged(organisations=snapshots), subject=county_id)
    added = [added for one in request.administrators if (added := _first_administrator(work, one)) is not None]
    if added:
        work.tell(ROSTER_CHANGED, m.RosterChanged(members=members.snapshots(work.db, added)), subject=county_id)
    return Founded(organisations=len(made), administrators=len(added))


def _add(work: Work, code: str, name: str, kind: Kind, parent: Any) -> Any:
    if not may_stand_under(kind, Kind(parent.kind) if parent is not None else None):
        raise InvalidMessage(fields={code: "may not stand there"})
    values = {
        "id": new_id(),
        "county_id": work.caller.county_id,
        "parent_id": parent.id if parent is not None else None,
        "code": code,
        "name": name,
        "kind": str(kind),
        "path": child_path(OrgPath(parent.path) if parent is not None else None, code),
    }
    organisations.add(work.db, values)
    return _organisation(work, code)


def _organisation(work: Work, code: str) -> Any:
    row = organisations.find_by_code(work.db, work.caller.county_id, code)
    if row is None:
        raise InvalidMessage(fields={code: "no such organisation"})
    return row


def _first_administrator(work: Work, one: FirstAdministrator) -> str | None:
    """The new member's id; None when a member with this identity number is there already."""
    number = read_identity_number(one.identity_number, work.today)
    name, phone = normal_name(one.name), normal_phone(one.phone)
    if not isinstance(number, IdentityNumber) or not is_name(name) or phone is None:
        raise InvalidMessage(fields={"administrators": "a name, identity number or phone has a wrong form"})
    index = work.index.of(ID_NUMBER, number.text)
    known = sa.select(member.c.id).where(member.c.county_id == work.caller.county_id, member.c.id_number_index == index)
    if work.db.scalar(known) is not None:
        return None
    if password_faults(one.password, phone=phone, birth_date=number.birth_date, identity_number=number.text):
        raise InvalidMessage(fields={"administrators": "a password is too weak"})
    member_id = new_id()
    branch = _organisation(work, one.branch_code)
    if Kind(branch.kind) is not Kind.BRANCH:
        raise InvalidMessage(fields={one.branch_code: "no branch"})
    row = {
        "id": member_id,
        "county_id": work.caller.county_id,
        "name": name,
        "sex": str(number.sex),
        "nation": one.nation,
        "born_on": number.birth_date,
        "id_number_sealed": work.keys.seal(ID_NUMBER, member_id, number.text),
        "id_number_index": index,
        "id_number_masked": masked_identity_number(number.text),
        "phone_sealed": work.keys.seal(PHONE, member_id, phone),
        "phone_index": work.index.of(PHONE, phone),
        "phone_masked": masked_phone(phone),
        "phone_tail_index": work.index.of(PHONE_TAIL, phone_tail_text(name, phone)),
        "joined_on": one.joined_on,
        "full_on": one.full_on,
    }
    _add_member(work, row, branch.id, one)
    _open_account(work, member_id, one)
    _give_office(work, member_id, one)
    return member_id


def _add_member(work: Work, row: dict[str, Any], branch_id: str, one: FirstAdministrator) -> None:
    statuses = membership.first_statuses(membership.Status.FULL, one.joined_on, one.full_on, one.joined_on)
    history = membership.admit(OrgId(branch_id), one.joined_on, statuses)
    whose = {"county_id": work.caller.county_id, "member_id": row["id"]}
    members.add(
        work.db,
        row,
        branch={**whose, "id": new_id(), "branch_id": branch_id, "from_day": one.joined_on},
        statuses=[
            {**whose, "id": new_id(), "status": str(period.value), "from_day": period.from_day, "to_day": period.to_day}
            for period in history.statuses
        ],
        member_class={**whose, "id": new_id(), "member_class": str(one.member_class), "from_day": one.joined_on},
    )


def _open_account(work: Work, member_id: str, one: FirstAdministrator) -> None:
    account_id = new_id()
    accounts.add(work.db, account_id=account_id, county_id=work.caller.county_id, member_id=member_id, now=work.now)
    accounts.change(
        work.db,
        account_id,
        password_hash=credentials.hash_password(one.password),
        totp_sealed=work.keys.seal(TOTP_SECRET, account_id, one.totp_secret),
        totp_confirmed_at=work.now,
    )


def _give_office(work: Work, member_id: str, one: FirstAdministrator) -> None:
    """Over the county committee, by the rules of any other office."""
    root = _organisation(work, work.caller.county_id)
    path = OrgPath(root.path)
    fault = grant_fault((), str(one.role), Kind(root.kind), path)
    if fault is not None:
        raise InvalidMessage(fields={"administrators": str(fault)})
    grant_id = new_id()
    grants.add(
        work.db,
        {
            "id": grant_id,
            "county_id": work.caller.county_id,
            "member_id": member_id,
            "org_id": root.id,
            "role": str(one.role),
            "given_at": work.now,
            "reason": one.reason,
        },
    )
    work.audit("give_role", "role_grant", grant_id, path=path, about_member_id=member_id, purpose=one.reason)
