"""A small made-up county for the fault bench, entered straight into both databases before anything runs.

Its people pay for themselves and, as households of two, for each other. Amounts differ from person to person and month to month,
so that money which goes astray does not go unseen.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

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
    Session,
    StatusPeriod,
)
from services.contracts.members.messages.sign_in import BATCH
from services.contracts.values import OrgPath, YearMonth
from services.contracts.wire import dump
from services.dues import copies, months
from services.dues.settings import DuesSettings
from services.members.settings import MembersSettings
from services.members.storage.tables import ID_NUMBER, OPENID

LONG_AGO = date(2010, 5, 4)
ROOT = "bench"
BRANCHES = 20
MONTHS = 6
"""Months that each person owes: as many as may be paid at once (PAY-3)."""

LEAST_FEN, MOST_FEN = 20, 9_000
DAYS = timedelta(days=30)


@dataclass(frozen=True)
class Payer:
    """Somebody who owes ``MONTHS`` months and has a phone with WeChat."""

    number: int
    member_id: str
    account_id: str
    session_id: str
    openid: str
    branch: int
    owes: tuple[tuple[str, int], ...]
    """Month and fen, the oldest first."""

    def session(self, county_id: str) -> Session:
        return Session(
            account_id=self.account_id,
            session_id=self.session_id,
            member_id=self.member_id,
            county_id=county_id,
            grants=(),
            refresh_token="0" * 43,
            refresh_expires_at=datetime.now(UTC) + DAYS,
        )


def make_county(environment: dict[str, str], payers: int, seed: int) -> list[Payer]:
    """Enters organisations, people, accounts and open months; the people, in pairs of one household."""
    rng = random.Random(seed)
    people = [_payer(number, rng) for number in range(payers)]
    organisations = _organisations(environment["COUNTY_ID"])
    _fill_dues(load(DuesSettings, environment), organisations, people)
    _fill_members(load(MembersSettings, environment), organisations, people)
    return people


def months_owed() -> list[YearMonth]:
    now = YearMonth.of((datetime.now(UTC) + timedelta(hours=8)).date())
    return [now.plus(back) for back in range(1 - MONTHS, 1)]


def _payer(number: int, rng: random.Random) -> Payer:
    owes = tuple((str(month), rng.randint(LEAST_FEN, MOST_FEN)) for month in months_owed())
    branch = number // 2 % BRANCHES
    return Payer(number, new_id(), new_id(), new_id(), f"openid-of-payer-{number}", branch, owes)


def _organisations(county_id: str) -> list[OrgSnapshot]:
    root = OrgSnapshot(
        id=new_id(),
        county_id=county_id,
        parent_id=None,
        code=ROOT,
        name="县委",
        kind=OrgKind.COUNTY_COMMITTEE,
        path=OrgPath(ROOT),
        version=1,
    )
    branches = [
        OrgSnapshot(
            id=new_id(),
            county_id=county_id,
            parent_id=root.id,
            code=f"b{number}",
            name=f"第{number}支部",
            kind=OrgKind.BRANCH,
            path=OrgPath(f"{ROOT}.b{number}"),
            version=1,
        )
        for number in range(BRANCHES)
    ]
    return [root, *branches]


def _fill_dues(settings: DuesSettings, organisations: list[OrgSnapshot], people: list[Payer]) -> None:
    """As the members service would tell it and an administrator would open it; then each month gets its own amount."""
    database = Database(settings.database_url.reveal(), name="bench", slow=True)
    core = Core(settings, database)
    message = OrganisationsChanged(organisations=tuple(organisations))
    core.event(members_table.ORGANISATIONS_CHANGED, copies.keep_organisations, "bench", new_id(), dump(message))
    snapshots = [_snapshot(settings.county_id, one, organisations[1 + one.branch]) for one in people]
    for start in range(0, len(snapshots), BATCH):
        told = RosterChanged(members=tuple(snapshots[start : start + BATCH]))
        core.event(members_table.ROSTER_CHANGED, copies.keep_members, "bench", new_id(), dump(told))
    for month in months_owed():
        head = CallHead(request_id=new_id(), caller=_administrator(organisations[0]))
        core.call(table.OPEN_MONTH, months.open_month, head, {"month": str(month)})
    _set_amounts(database, people)
    database.close()


def _administrator(root: OrgSnapshot) -> Caller:
    return Caller(
        kind=CallerKind.PERSON,
        county_id=root.county_id,
        account_id=new_id(),
        member_id=new_id(),
        session_id=new_id(),
        grants=(Grant(role=Role.COUNTY_ADMIN, org_id=root.id, path=root.path),),
    )


def _set_amounts(database: Database, people: list[Payer]) -> None:
    owed = [(one.member_id, YearMonth.parse(month).number, fen) for one in people for month, fen in one.owes]
    members, numbers, fens = (list(column) for column in zip(*owed, strict=True))
    statement = sa.text(
        "UPDATE obligation o SET amount_fen = s.fen FROM unnest(CAST(:members AS uuid[]), "
        "CAST(:months AS int[]), CAST(:fens AS bigint[])) AS s (member_id, month, fen) "
        "WHERE o.member_id = s.member_id AND o.month = s.month"
    )
    with database.transaction() as db:
        db.execute(statement, {"members": members, "months": numbers, "fens": fens})
        assert db.scalar(sa.text("SELECT count(*) FROM obligation")) == len(owed)
        # Nobody has told what was entered here: nothing may look as if somebody had.
        db.execute(sa.text("DELETE FROM inbox"))


def _snapshot(county_id: str, one: Payer, branch: OrgSnapshot) -> MemberSnapshot:
    return MemberSnapshot(
        id=one.member_id,
        county_id=county_id,
        name=_name(one),
        household=_household(one),
        joined_on=LONG_AGO,
        away=False,
        branches=(BranchPeriod(branch_id=branch.id, branch_path=branch.path, from_day=LONG_AGO, to_day=None),),
        classes=(ClassPeriod(member_class=MemberClass.FARMER, from_day=LONG_AGO, to_day=None),),
        statuses=(StatusPeriod(status=MemberStatus.FULL, from_day=LONG_AGO, to_day=None),),
        version=1,
    )


def _fill_members(settings: MembersSettings, organisations: list[OrgSnapshot], people: list[Payer]) -> None:
    """Only what paying asks of the members service: people, accounts bound to WeChat, open sessions."""
    database = Database(settings.database_url.reveal(), name="bench", slow=True)
    with database.transaction() as db:
        db.execute(
            sa.text("INSERT INTO county VALUES (:c, '测试县') ON CONFLICT DO NOTHING"), {"c": settings.county_id}
        )
        db.execute(sa.text(_ORGANISATION), [_org_row(one) for one in organisations])
        rows = [_person_row(settings, one) for one in people]
        for statement in (_MEMBER, _ACCOUNT, _SESSION):
            db.execute(sa.text(statement), rows)
    database.close()


_ORGANISATION = """INSERT INTO organisation (id, county_id, parent_id, code, name, kind, path)
    VALUES (:id, :county, :parent, :code, :name, :kind, CAST(:path AS ltree))"""
_MEMBER = """INSERT INTO member (id, county_id, name, sex, nation, born_on, id_number_sealed, id_number_index,
        id_number_masked, household, joined_on)
    VALUES (:member, :county, :name, 'male', '汉族', '1970-01-01', :id_sealed, :id_index, '***', :household, '2010-05-04')"""
_ACCOUNT = """INSERT INTO account (id, county_id, member_id, wechat_openid_sealed, wechat_openid_index, created_at)
    VALUES (:account, :county, :member, :openid_sealed, :openid_index, :now)"""
_SESSION = """INSERT INTO session (id, county_id, account_id, device, second_factor, signed_in_at, last_used_at, expires_at)
    VALUES (:session, :county, :account, 'bench', false, :now, :now, :until)"""


def _org_row(one: OrgSnapshot) -> dict[str, Any]:
    return {
        "id": one.id,
        "county": one.county_id,
        "parent": one.parent_id,
        "code": one.code,
        "name": one.name,
        "kind": str(one.kind),
        "path": str(one.path),
    }


def _person_row(settings: MembersSettings, one: Payer) -> dict[str, Any]:
    keys, index, now = settings.seal_keys, settings.index_key, datetime.now(UTC)
    id_number = f"{one.number:018d}"
    return {
        "county": settings.county_id,
        "member": one.member_id,
        "name": _name(one),
        "household": _household(one),
        "id_sealed": keys.seal(ID_NUMBER, one.member_id, id_number),
        "id_index": index.of(ID_NUMBER, id_number),
        "account": one.account_id,
        "openid_sealed": keys.seal(OPENID, one.account_id, one.openid),
        "openid_index": index.of(OPENID, one.openid),
        "session": one.session_id,
        "now": now,
        "until": now + DAYS,
    }


def _name(one: Payer) -> str:
    return f"付{one.number}"


def _household(one: Payer) -> str:
    return f"H{one.number // 2}"
