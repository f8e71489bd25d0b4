"""A small county for the tests of dues: its copies told by events, its calls made as the service makes them.

Two townships; the first has two branches. Ids are made from short names, so that a test reads as a story.
"""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

from services.chassis.clock import FixedClock, parse_instant
from services.chassis.core import Core
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.settings import load
from services.contracts.caller import Caller, CallerKind, Grant, Role
from services.contracts.dues import methods as table
from services.contracts.envelope import CallHead
from services.contracts.members import methods as members_table
from services.contracts.members.messages import (
    BranchPeriod,
    ClassPeriod,
    MemberClass,
    MemberSnapshot,
    MemberStatus,
    OrganisationsChanged,
    OrgKind,
    OrgSnapshot,
    RosterChanged,
    StatusPeriod,
)
from services.contracts.values import OrgPath
from services.contracts.wire import dump
from services.dues import assessments, beneficiaries, bills, copies, lookups, months, owed, worklist
from services.dues.decisions import consents, relief_list, reliefs
from services.dues.monthly import delays, reporting, standing
from services.dues.settings import DuesSettings

COUNTY = "yanting"
ROOT = OrgPath("yt")
LONG_AGO = date(2010, 5, 4)
_NAMES = UUID("6f0c8a52-7f3a-4f6e-9a5e-1d2c3b4a5968")
_PATHS = {"county": "yt", "t1": "yt.t1", "b1": "yt.t1.b1", "b2": "yt.t1.b2", "t2": "yt.t2", "b3": "yt.t2.b3"}
_USE_CASES: dict[str, Any] = {
    "calculate": assessments.calculate,
    "get_profile": assessments.get_profile,
    "assess": assessments.assess,
    "assess_batch": assessments.assess_batch,
    "list_assessments": assessments.list_assessments,
    "list_member_months": worklist.list_member_months,
    "open_month": months.open_month,
    "list_months": months.list_months,
    "get_my_dues": owed.get_my_dues,
    "get_bill": bills.get_bill,
    "list_my_lookups": lookups.list_my_lookups,
    "list_beneficiaries": beneficiaries.list_beneficiaries,
    "add_beneficiaries": beneficiaries.add_beneficiaries,
    "set_favourite": beneficiaries.set_favourite,
    # Reporting and settling a month, the delayed list, relief, consent
    "get_month_standing": standing.get_month_standing,
    "list_month_standings": standing.list_month_standings,
    "list_month_blocks": standing.list_month_blocks,
    "report_month": reporting.report_month,
    "return_month_report": reporting.return_month_report,
    "settle_month": reporting.settle_month,
    "list_delays": delays.list_delays,
    "delay_month": delays.delay_month,
    "end_delay": delays.end_delay,
    "list_reliefs": relief_list.list_reliefs,
    "ask_relief": reliefs.ask_relief,
    "answer_relief": reliefs.answer_relief,
    "end_relief": reliefs.end_relief,
    "list_consents": consents.list_consents,
    "record_consent": consents.record_consent,
    "note_consent": consents.note_consent,
    "withdraw_consent": consents.withdraw_consent,
}


def ident(name: str) -> str:
    """The id of a person or organisation by a short name, a version 4 id like any other."""
    return str(UUID(bytes=uuid5(_NAMES, name).bytes, version=4))


def settings_for(url: str, folder: Path, now: str = "2026-09-15T10:00:00+08:00") -> DuesSettings:
    key = base64.b64encode(b"k" * 32).decode()
    settings = load(
        DuesSettings,
        {
            "COUNTY_ID": COUNTY,
            "AMQP_URI": "amqp://nobody@127.0.0.1:1/",
            "SEAL_KEYS": f"k1:{key}",
            "INDEX_KEY": base64.b64encode(b"i" * 32).decode(),
            "BLOB_DIR": str(folder),
            "DUES_DATABASE_URL": url,
            "PUBLIC_URL": "http://127.0.0.1:8080",
            "WECHAT_MODE": "simulated",
        },
    )
    object.__setattr__(settings, "clock", FixedClock(parse_instant(now)))
    return settings


class County:
    """The dues service on one database."""

    def __init__(self, url: str, folder: Path, *, pool_size: int = 4) -> None:
        self.folder, self.url = folder, url
        self.database = Database(url, name="test", pool_size=pool_size)
        self.core = Core(settings_for(url, folder), self.database)
        self._versions = 0

    def close(self) -> None:
        self.database.close()

    def it_is(self, day: str) -> None:
        self.core = Core(settings_for(self.url, self.folder, f"{day}T10:00:00+08:00"), self.database)

    def ask(self, method: str, caller: Caller, /, **body: Any) -> Any:
        """Calls a method of the contract and gives its reply as plain data."""
        head = CallHead(request_id=new_id(), caller=caller)
        return self.core.call(table.TABLE.methods[method], _USE_CASES[method], head, body).data

    def sql(self, statement: str, **parameters: Any) -> list[Any]:
        with self.database.transaction() as db:
            result = db.execute(sa.text(statement), parameters)
            return list(result.all()) if result.returns_rows else []

    def tell(self, use_case: Any, event: Any, message: Any) -> None:
        self.core.event(event, use_case, "test", new_id(), dump(message))

    def organisations(self, version: int = 1, **names: str) -> None:
        snapshots = []
        for name, path in _PATHS.items():
            parent = path.rpartition(".")[0]
            above = next((other for other, place in _PATHS.items() if place == parent), None)
            snapshots.append(
                OrgSnapshot(
                    id=ident(name),
                    county_id=COUNTY,
                    parent_id=ident(above) if above else None,
                    code=path.replace(".", "-"),
                    name=names.get(name, f"组织{name}"),
                    kind=OrgKind.BRANCH if name.startswith("b") else OrgKind.TOWNSHIP_COMMITTEE,
                    path=OrgPath(path),
                    version=version,
                )
            )
        message = OrganisationsChanged(organisations=tuple(snapshots))
        self.tell(copies.keep_organisations, members_table.ORGANISATIONS_CHANGED, message)

    def roster(self, *people: MemberSnapshot) -> None:
        self.tell(copies.keep_members, members_table.ROSTER_CHANGED, RosterChanged(members=people))


def branch_period(branch: str, from_day: date, to_day: date | None = None) -> BranchPeriod:
    return BranchPeriod(branch_id=ident(branch), branch_path=OrgPath(_PATHS[branch]), from_day=from_day, to_day=to_day)


def person(
    name: str,
    branch: str = "b1",
    member_class: MemberClass = MemberClass.FARMER,
    *,
    household: str = "",
    joined_on: date = LONG_AGO,
    shown: str = "",
    version: int = 1,
    status: MemberStatus = MemberStatus.FULL,
    branches: tuple[BranchPeriod, ...] = (),
    classes: tuple[ClassPeriod, ...] = (),
    statuses: tuple[StatusPeriod, ...] = (),
) -> MemberSnapshot:
    """A member since ``joined_on``; periods of his own where a test is about them."""
    return MemberSnapshot(
        id=ident(name),
        county_id=COUNTY,
        name=shown or name,
        household=household,
        joined_on=joined_on,
        away=False,
        branches=branches or (branch_period(branch, joined_on),),
        classes=classes or (ClassPeriod(member_class=member_class, from_day=joined_on, to_day=None),),
        statuses=statuses or (StatusPeriod(status=status, from_day=joined_on, to_day=None),),
        version=version,
    )


def member(name: str) -> Caller:
    return _caller(name, ())


def holder(name: str, role: Role, org: str) -> Caller:
    """Somebody who holds an office over an organisation."""
    return _caller(name, (Grant(role=role, org_id=ident(org), path=OrgPath(_PATHS[org])),))


def _caller(name: str, grants: tuple[Grant, ...]) -> Caller:
    return Caller(
        kind=CallerKind.PERSON,
        county_id=COUNTY,
        account_id=ident(f"account of {name}"),
        member_id=ident(name),
        session_id=ident(f"session of {name}"),
        grants=grants,
    )


WAGE = {
    "counted": [{"code": "post_salary", "amount_fen": 300_000}, {"code": "grade_salary", "amount_fen": 250_000}],
    "deductions": [{"code": "income_tax", "amount_fen": 10_000}],
}
"""A civil servant's pay: a base of 5,400.00 yuan, which owes 1.5 %: 81.00 yuan."""
WAGE_FEN = 8_100
