"""The year's county: a tree with each kind of place, its officers, one clock, and every use case by name."""

from __future__ import annotations

import dataclasses
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from services.chassis.clock import parse_instant
from services.chassis.core import Core
from services.chassis.ids import new_id
from services.contracts.caller import Caller, CallerKind, Grant, Role
from services.contracts.dues import methods as table
from services.contracts.envelope import CallHead
from services.contracts.members import methods as members_table
from services.contracts.members.messages import (
    BranchPeriod,
    MemberStatus,
    OrganisationsChanged,
    OrgKind,
    OrgSnapshot,
    StatusPeriod,
)
from services.contracts.values import OrgPath
from services.dues import copies, remittance
from services.dues.arrears import accounts, ladder, reasons, reminders
from services.dues.printed import notice, record, register
from services.dues.spending import deciding, recording, views
from services.dues.totals import collection, folding
from tests.integration.dues.bill_day import BillDay
from tests.integration.dues.county import COUNTY, LONG_AGO, County, ident, person
from tests.integration.dues.refund_till import CASHIER, FINANCE, RefundTill

TREE = {
    "county": "yt",
    "t1": "yt.t1",
    "t2": "yt.t2",
    "d1": "yt.d1",
    "g1": "yt.t1.g1",
    "b1": "yt.t1.b1",
    "b2": "yt.t1.b2",
    "b3": "yt.t1.g1.b3",
    "b4": "yt.t2.b4",
    "b5": "yt.t2.b5",
    "b6": "yt.t2.b6",
    "b7": "yt.d1.b7",
    "b8": "yt.d1.b8",
    "b9": "yt.d1.b9",
    "b10": "yt.b10",
}
"""Two townships and a department; one general branch that only passes on; one branch directly beneath the county."""
BRANCHES = tuple(name for name in TREE if name.startswith("b"))
COMMITTEES = ("t1", "t2", "d1")
_KINDS = {"c": OrgKind.COUNTY_COMMITTEE, "t": OrgKind.TOWNSHIP_COMMITTEE, "d": OrgKind.DEPARTMENT_COMMITTEE} | {
    "g": OrgKind.GENERAL_BRANCH,
    "b": OrgKind.BRANCH,
}
_PAPERS: dict[str, Any] = {
    "get_collection": collection.get_collection,
    "get_branch_register": register.get_branch_register,
    "get_dues_record": record.get_dues_record,
    "get_yearly_notice": notice.get_yearly_notice,
    "make_remittance": remittance.make_remittance,
    "confirm_remittance": remittance.confirm_remittance,
    "list_remittances": remittance.list_remittances,
    "get_remittance_figures": remittance.get_remittance_figures,
    "list_spending": views.list_spending,
    "get_spending_summary": views.get_spending_summary,
    "record_spending": recording.record_spending,
    "approve_spending": deciding.approve_spending,
    "refuse_spending": deciding.refuse_spending,
    "reverse_spending": deciding.reverse_spending,
    "get_arrears_summary": ladder.get_arrears_summary,
    "list_arrears": ladder.list_arrears,
    "record_arrears_reason": reasons.record_arrears_reason,
    "remind_arrears": reminders.remind_arrears,
}
MAX_PAGES = 100


def parent(org: str) -> str:
    path = TREE[org].rpartition(".")[0]
    return next(name for name, place in TREE.items() if place == path)


def beneath(org: str) -> tuple[str, ...]:
    """The branches at a place and beneath it."""
    return tuple(name for name in BRANCHES if f"{TREE[name]}.".startswith(f"{TREE[org]}."))


def reports_to(branch: str) -> str:
    """The committee above a branch, else the county."""
    return next((name for name in COMMITTEES if branch in beneath(name)), "county")


@cache
def officer(org: str, role: Role | None = None, which: str = "") -> Caller:
    """Who holds an office over a place; left out: its administrator."""
    usual = Role.BRANCH_ADMIN if org.startswith("b") else Role.COMMITTEE_ADMIN
    held = role or (Role.COUNTY_ADMIN if org == "county" else usual)
    name = f"{which}{held.value} of {org}"
    return Caller(
        kind=CallerKind.PERSON,
        county_id=COUNTY,
        account_id=ident(f"account of {name}"),
        member_id=ident(name),
        session_id=ident(f"session of {name}"),
        grants=(Grant(role=held, org_id=ident(org), path=OrgPath(TREE[org])),),
    )


def second(branch: str) -> Caller:
    """Who confirms what a branch's administrator took: its committee's, or another of a branch directly beneath the county."""
    above = reports_to(branch)
    return officer(branch, Role.BRANCH_ADMIN, "deputy") if above == "county" else officer(above)


class World(County):
    """The dues service with a till and a desk for day bills, all by one clock."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        self.bills = BillDay(self, folder)
        self.clock = self.bills.clock
        self.core = Core(self.core.settings, self.database)
        self.till = RefundTill(self)
        self.today = date(2026, 1, 1)
        self.organisations()

    def close(self) -> None:
        self.bills.close()
        super().close()

    def it_is(self, day: str) -> None:
        self.today = date.fromisoformat(day)
        self.clock.set(parse_instant(f"{day}T10:30:00+08:00"))

    def officers(self) -> None:
        """Known by name, since cash is never taken by nobody; no members here who would owe anything."""
        people = {str(one.member_id): org for org in BRANCHES for one in (officer(org), second(org))}
        people |= {str(one.member_id): "b10" for one in (FINANCE, CASHIER)}
        gone = StatusPeriod(status=MemberStatus.TRANSFERRED_OUT, from_day=LONG_AGO, to_day=None)
        for member_id, org in people.items():
            place = BranchPeriod(branch_id=ident(org), branch_path=OrgPath(TREE[org]), from_day=LONG_AGO, to_day=None)
            known = person(f"负责人{org}", branches=(place,), statuses=(gone,))
            self.roster(dataclasses.replace(known, id=member_id))

    def organisations(self, version: int = 1, **names: str) -> None:
        told = tuple(
            OrgSnapshot(
                id=ident(name),
                county_id=COUNTY,
                parent_id=None if name == "county" else ident(parent(name)),
                code=path.replace(".", "-"),
                name=names.get(name, f"组织{name}"),
                kind=_KINDS[name[0]],
                path=OrgPath(path),
                version=version,
            )
            for name, path in TREE.items()
        )
        message = OrganisationsChanged(organisations=told)
        self.tell(copies.keep_organisations, members_table.ORGANISATIONS_CHANGED, message)

    def paper(self, method: str, org: str, /, caller: Caller | None = None, **body: Any) -> Any:
        """A call about an organisation, by its own administrator unless another is named."""
        return self.call(method, caller or officer(org), org_id=ident(org), **body)

    def call(self, method: str, caller: Caller, /, **body: Any) -> Any:
        if method not in _PAPERS:
            return self.ask(method, caller, **body)
        head = CallHead(request_id=new_id(), caller=caller)
        return self.core.call(table.TABLE.methods[method], _PAPERS[method], head, body).data

    def pages(self, method: str, org: str, rows: str = "items", **body: Any) -> list[Any]:
        """All pages, in small ones, so that pages are turned."""
        found: list[Any] = []
        cursor = None
        for _ in range(MAX_PAGES):
            page = self.paper(method, org, **body, cursor=cursor, limit=5)
            found += page[rows]
            cursor = page["next_cursor"]
            if cursor is None:
                return found
        raise AssertionError("pages without an end")

    def jobs(self) -> None:
        """What the service does by itself every few seconds."""
        folding.fold_new_postings(self.core.desk())
        accounts.keep_accounts(self.core.desk())
        reminders.tell_reminders(self.core.desk())

    def totals_that_differ(self) -> int:
        return int(self.core.desk().run(folding.compare, None))
