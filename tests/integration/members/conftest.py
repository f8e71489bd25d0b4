"""A members service at work on a real database: its core, a clock that tests move, and a small county."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.chassis.clock import FixedClock
from services.chassis.core import Core
from services.chassis.database import Database
from services.chassis.sealed import BlindIndex, KeyRing
from services.chassis.settings import Secret
from services.contracts.caller import Caller, CallerKind, Grant, Role, anonymous
from services.contracts.envelope import CallHead
from services.contracts.members import messages as m
from services.contracts.method import Method
from services.contracts.wire import dump, load
from services.members.commands.founding import FirstAdministrator, FirstOrganisation, Founding, found_county
from services.members.domain.identity_number import check_character
from services.members.settings import MembersSettings
from services.members.storage import tables as t
from tests.integration.members.roster_database import members_database

COUNTY = "yanting"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PASSWORD = "Qingshan-77"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ORGANISATIONS = (
    ("t01", "嫘祖镇委员会", m.OrgKind.TOWNSHIP_COMMITTEE, COUNTY),
    ("t01b01", "蚕丝村党支部", m.OrgKind.BRANCH, "t01"),
    ("t01b02", "桑园村党支部", m.OrgKind.BRANCH, "t01"),
    ("t10", "黄甸镇委员会", m.OrgKind.TOWNSHIP_COMMITTEE, COUNTY),
    ("t10b01", "龙潭村党支部", m.OrgKind.BRANCH, "t10"),
    ("d01", "县委组织部委员会", m.OrgKind.DEPARTMENT_COMMITTEE, COUNTY),
    ("d01a01", "机关第一党支部", m.OrgKind.BRANCH, "d01"),
)
OFFICE_PEOPLE = ((Role.COUNTY_ADMIN, "赵文韬", 1), (Role.SYSTEM_ADMIN, "罗镕", 3))
BRANCHES = ("t01b01", "t01b02", "t10b01", "d01a01")


def identity_number(order: int) -> str:
    digits = f"99999919800101{order:03d}"
    return digits + check_character(digits)


def phone(order: int) -> str:
    return f"1540000{order:04d}"


class Service:
    """Calls use cases as the service does: gate, strict reading, transaction, request id."""

    def __init__(self, url: str, folder: Path) -> None:
        self.clock = FixedClock(NOW)
        self.settings = MembersSettings(
            county_id=COUNTY,
            amqp_uri=Secret("amqp://nobody@127.0.0.1/"),
            clock=self.clock,
            seal_keys=KeyRing([("k1", b"s" * 32)]),
            blob_dir=folder,
            database_url=Secret(url),
            index_key=BlindIndex(b"i" * 32),
            wechat_mode="simulated",
            wechat_app_id="wx0",
            wechat_app_secret=Secret("secret"),
            wechat_login_url="http://127.0.0.1:1",
        )
        self.database = Database(url, name="test")
        self.core = Core(self.settings, self.database)

    def call(self, method: Method[Any, Any], use_case: Any, request: Any, caller: Caller | None = None) -> Any:
        head = CallHead(request_id=str(uuid.uuid4()), caller=caller or anonymous(COUNTY))
        return load(method.reply, self.core.call(method, use_case, head, dump(request)).data)

    def rows(self, statement: Any) -> list[Any]:
        with self.database.snapshot() as db:
            return list(db.execute(statement).all())

    def execute(self, statement: Any) -> None:
        with self.database.transaction() as db:
            db.execute(statement)

    def org(self, code: str) -> Any:
        return self.rows(sa.select(t.organisation).where(t.organisation.c.code == code))[0]

    def member(self, name: str) -> Any:
        return self.rows(sa.select(t.member).where(t.member.c.name == name))[0]

    def caller(self, name: str, *offices: tuple[Role, str]) -> Caller:
        """The caller that the gateway makes of this member's session; ``offices`` are roles over codes of organisations."""
        person = self.member(name)
        branch = self.rows(
            sa.select(t.organisation)
            .join(t.membership, t.membership.c.branch_id == t.organisation.c.id)
            .where(t.membership.c.member_id == person.id)
        )[0]
        account = self.rows(sa.select(t.account).where(t.account.c.member_id == person.id))[0]
        grants = [Grant(role=Role.MEMBER, org_id=branch.id, path=branch.path)]
        for role, code in offices:
            office = self.org(code)
            grants.append(Grant(role=role, org_id=office.id, path=office.path))
        return Caller(
            kind=CallerKind.PERSON,
            county_id=COUNTY,
            account_id=account.id,
            member_id=person.id,
            grants=tuple(grants),
        )


def founding() -> Founding:
    people = [(role, name, order, "d01a01") for role, name, order in OFFICE_PEOPLE]
    return Founding(
        county_name="盐亭县",
        committee_name="中共盐亭县委员会",
        organisations=tuple(
            FirstOrganisation(code=code, name=name, kind=kind, parent_code=parent)
            for code, name, kind, parent in ORGANISATIONS
        ),
        administrators=tuple(_person(role, name, order, branch) for role, name, order, branch in people),
    )


def _person(role: Role, name: str, order: int, branch: str) -> FirstAdministrator:
    return FirstAdministrator(
        name=name,
        identity_number=identity_number(order),
        phone=phone(order),
        branch_code=branch,
        joined_on=date(2005, 7, 1),
        full_on=date(2006, 7, 1),
        role=role,
        password=PASSWORD,
        totp_secret=TOTP,
    )


PLAIN_PEOPLE = (("李晓峰", 11, "t01b01"), ("王桂兰", 13, "t01b01"), ("陈小妹", 15, "t01b02"), ("石大山", 17, "t10b01"))


@pytest.fixture(scope="package")
def members_url() -> Iterator[str]:
    with members_database() as url:
        yield url


@pytest.fixture
def service(members_url: str, tmp_path: Path) -> Iterator[Service]:
    """A county of four branches: two administrators with a second factor, four members with a password alone."""
    service = Service(members_url, tmp_path)
    with service.database.transaction() as db:
        names = ", ".join(table.name for table in t.metadata.sorted_tables)
        db.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER audit_not_truncated"))
        db.execute(sa.text(f"TRUNCATE {names}, audit, outbox, inbox, request"))
        db.execute(sa.text("ALTER TABLE audit ENABLE TRIGGER audit_not_truncated"))
    service.core.desk().run(found_county, founding())
    plain = tuple(_person(Role.EDITOR, name, order, branch) for name, order, branch in PLAIN_PEOPLE)
    more = Founding(county_name="盐亭县", committee_name="中共盐亭县委员会", administrators=plain)
    service.core.desk().run(found_county, more)
    ids = [service.member(name).id for name, _, _ in PLAIN_PEOPLE]
    service.execute(sa.delete(t.role_grant).where(t.role_grant.c.member_id.in_(ids)))
    bare = {"totp_sealed": None, "totp_confirmed_at": None}
    service.execute(sa.update(t.account).where(t.account.c.member_id.in_(ids)).values(bare))
    yield service
    service.database.close()
