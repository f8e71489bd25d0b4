"""Reads of other people's records. Each leaves the trace of who saw what, by which office and why (REG-8, SEC-2, SEC-5)."""

from __future__ import annotations

from typing import Any

from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.row_scope import county_wide
from services.chassis.work import Work
from services.contracts.common import ById
from services.contracts.errors import NotFound
from services.contracts.members import messages as m
from services.contracts.values import OrgPath, org_path
from services.members.domain.authority import Capability
from services.members.domain.identity_number import LENGTH as ID_NUMBER_LENGTH
from services.members.domain.masking import masked_name
from services.members.domain.names import normal_name
from services.members.domain.sign_in import normal_phone
from services.members.reach import member_in_reach, organisation_in_reach
from services.members.schemas import member_view
from services.members.storage import members
from services.members.storage.tables import ID_NUMBER, PHONE, PHONE_TAIL, phone_tail_text

MOST_NAMESAKES = 5
_UNMASKING = {
    m.SealedField.ID_NUMBER: (Capability.IDENTITY_NUMBER_READ, ID_NUMBER, "id_number_sealed"),
    m.SealedField.PHONE: (Capability.PHONE_READ, PHONE, "phone_sealed"),
}


def list_members(work: Work, request: m.ListMembers) -> m.MemberPage:
    """One page of the subtree's roster, branch by branch; the page is noted as a whole."""
    organisation = organisation_in_reach(work, request.org_id, Capability.ROSTER_READ)
    path = OrgPath(organisation.path)
    found = members.page_beneath(
        work.db,
        work.caller.county_id,
        path,
        after=key_of(request.cursor, org_path, parse_id),
        limit=request.limit + 1,
        **_search(work, request.query),
    )
    rows, cursor = cut(found, request.limit, lambda row: (row.branch_path, row.id))
    work.audit("list_members", "organisation", organisation.id, path=path)
    return m.MemberPage(items=tuple(member_view(row) for row in rows), next_cursor=cursor)


def _search(work: Work, query: str) -> dict[str, Any]:
    """A whole phone or identity number is found by its blind index, anything else as a part of the name."""
    text = normal_name(query)
    if not text:
        return {}
    phone = normal_phone(query)
    if phone is not None:
        return {"phone_index": work.index.of(PHONE, phone)}
    if len(text) == ID_NUMBER_LENGTH and text[:-1].isascii() and text[:-1].isdigit():
        return {"id_number_index": work.index.of(ID_NUMBER, text)}
    return {"name_part": text}


def get_member(work: Work, request: ById) -> m.MemberView:
    line = member_in_reach(work, request.id)
    work.audit("get_member", "member", line.id, path=OrgPath(line.branch_path), about_member_id=line.id)
    return member_view(line)


def unmask(work: Work, request: m.Unmask) -> m.Unmasked:
    """One value in full, with its purpose noted for the person to read. System administrators see no identity numbers."""
    capability, column, field = _UNMASKING[request.field]
    line = member_in_reach(work, request.member_id, capability)
    row = members.find_sealed(work.db, work.caller.county_id, line.id)
    if row is None:
        raise NotFound
    sealed = getattr(row, field)
    work.audit(
        f"unmask_{request.field}",
        "member",
        line.id,
        path=OrgPath(line.branch_path),
        about_member_id=line.id,
        purpose=request.purpose,
    )
    return m.Unmasked(value=work.keys.open(column, line.id, sealed) if sealed is not None else "")


def find_person(work: Work, request: m.FindPerson) -> m.FoundPersons:
    """PAY-7: nobody learns more than that the two details he already knows belong together."""
    name = normal_name(request.name)
    if not name:
        return m.FoundPersons(items=())
    index = work.index.of(PHONE_TAIL, phone_tail_text(name, request.phone_tail))
    with county_wide(work.db, work.caller):  # whoever knows both details finds anybody, and learns no more
        rows = members.find_by_phone_tail(work.db, work.caller.county_id, index, MOST_NAMESAKES + 1)
    if len(rows) > MOST_NAMESAKES:
        return m.FoundPersons(items=())
    return m.FoundPersons(
        items=tuple(
            m.FoundPerson(member_id=row.id, name_masked=masked_name(row.name), branch_name=row.branch_name)
            for row in rows
        )
    )
