"""A members service without a broker: its core, its file store, and the jobs that its events ask for, run on demand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.chassis.blobs import FolderStore
from services.chassis.clock import FixedClock
from services.chassis.core import Core
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.limits import MAX_ROSTER_BYTES
from services.chassis.sealed import BlindIndex, KeyRing
from services.chassis.settings import Secret
from services.chassis.tables import outbox
from services.contracts.caller import Caller, CallerKind, Grant, Role
from services.contracts.common import ById
from services.contracts.envelope import CallHead
from services.contracts.members import messages as m
from services.contracts.members import methods as t
from services.contracts.values import OrgPath
from services.contracts.wire import dump, load
from services.members.domain.organisation import Kind, Organisation
from services.members.roster import exports, imports, jobs
from services.members.roster.course import LastPlan
from services.members.settings import MembersSettings
from services.members.spreadsheets.roster_writer import RosterLine, write_roster
from services.members.storage.tables import county, organisation
from tests.integration.members.roster_database import members_database

COUNTY = "yanting"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Service:
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
        )
        self.database = Database(url, name="test", slow=True)
        self.core = Core(self.settings, self.database)
        self.files = FolderStore(folder, self.settings.seal_keys)
        self.plans = LastPlan()
        self.breaths = 0
        self.root = new_id()
        with self.database.transaction() as db:
            db.execute(sa.insert(county).values(county_id=COUNTY, name="盐亭县", roster_version=1))
            root = {"id": self.root, "county_id": COUNTY, "code": COUNTY, "name": "中共盐亭县委员会"}
            db.execute(sa.insert(organisation).values(**root, kind="county_committee", path=COUNTY, version=1))

    def caller(self, org_id: str | None = None, path: str = COUNTY, role: Role = Role.COUNTY_ADMIN) -> Caller:
        grant = Grant(role=role, org_id=org_id or self.root, path=OrgPath(path))
        return Caller(kind=CallerKind.PERSON, county_id=COUNTY, account_id=new_id(), grants=(grant,))

    def ask(self, method: Any, request: Any, caller: Caller | None = None) -> Any:
        use_case = getattr(exports if "export" in method.name else imports, method.name)
        head = CallHead(request_id=new_id(), caller=caller or self.caller())
        return load(method.reply, self.core.call(method, use_case, head, dump(request)).data)

    def keep(self, content: bytes) -> m.FileRef:
        kept = self.files.put(content, imports.XLSX, MAX_ROSTER_BYTES)
        return m.FileRef(key=kept.key, sha256=kept.sha256, size_bytes=kept.size_bytes, media_type=kept.media_type)

    def begin(self, content: bytes, caller: Caller | None = None, org_id: str | None = None) -> m.ImportView:
        request = m.BeginImport(org_id=org_id or self.root, file=self.keep(content))
        return self.ask(t.BEGIN_IMPORT, request, caller)

    def check(self, content: bytes) -> m.ImportView:
        begun = self.begin(content)
        self.work_off()
        return self.view(begun.id)

    def apply(self, import_id: str) -> m.ImportView:
        self.ask(t.APPLY_IMPORT, ById(id=import_id))
        self.work_off()
        return self.view(import_id)

    def bring(self, content: bytes) -> m.ImportView:
        checked = self.check(content)
        assert checked.state is m.ImportState.CHECKED, checked
        return self.apply(checked.id)

    def view(self, import_id: str) -> m.ImportView:
        return self.ask(t.GET_IMPORT, ById(id=import_id))

    def rows(self, import_id: str, outcome: m.RowOutcome | None = None) -> tuple[m.ImportRow, ...]:
        return self.ask(t.LIST_IMPORT_ROWS, m.ListImportRows(id=import_id, outcome=outcome)).items

    def export(self, purpose: str = "核对") -> tuple[m.ExportView, bytes]:
        begun = self.ask(t.BEGIN_EXPORT, m.BeginExport(org_id=self.root, purpose=purpose))
        self.work_off()
        view = self.export_view(begun.id)
        return view, self.files.read(view.file.key, MAX_ROSTER_BYTES) if view.file else b""

    def export_view(self, export_id: str) -> m.ExportView:
        view: m.ExportView = self.ask(t.GET_EXPORT, ById(id=export_id))
        return view

    def work_off(self) -> list[bool]:
        """Delivers what asks the jobs process for work, as the relay and the broker would; whether each was new."""
        handlers = {
            t.ROSTER_IMPORT_REQUESTED.routing_key: (t.ROSTER_IMPORT_REQUESTED, jobs.handle_import),
            t.ROSTER_EXPORT_REQUESTED.routing_key: (t.ROSTER_EXPORT_REQUESTED, jobs.handle_export),
        }
        done = []
        for event in self.events(*handlers):
            kind, handler = handlers[event.type]
            done.append(self.core.event(kind, self._bound(handler), "members-jobs", event.event_id, event.data))
        return done

    def _bound(self, handler: Any) -> Any:
        def run(work: Any, message: Any) -> None:
            handler(work, message, desk=self.core.desk(), files=self.files, plans=self.plans, breathe=self._breathe)

        return run

    def _breathe(self) -> None:
        self.breaths += 1

    def events(self, *types: str) -> list[Any]:
        with self.database.snapshot() as db:
            return list(db.execute(sa.select(outbox).where(outbox.c.type.in_(types)).order_by(outbox.c.position)))

    def told_members(self) -> list[dict[str, Any]]:
        return [one for event in self.events(t.ROSTER_CHANGED.routing_key) for one in event.data["members"]]

    def all_of(self, table: sa.Table) -> list[Any]:
        with self.database.snapshot() as db:
            return list(db.execute(sa.select(table).order_by(table.c.id)))


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    with members_database() as url:
        made = Service(url, folder)
        try:
            yield made
        finally:
            made.database.close()


ORGANISATIONS = (
    Organisation(COUNTY, "中共盐亭县委员会", Kind.COUNTY_COMMITTEE, ""),
    Organisation("t01", "中共盐亭县云溪镇委员会", Kind.TOWNSHIP_COMMITTEE, COUNTY),
    Organisation("t02", "中共盐亭县嫘祖镇委员会", Kind.TOWNSHIP_COMMITTEE, COUNTY),
    Organisation("t01v01", "青龙村党支部", Kind.BRANCH, "t01"),
    Organisation("t02v01", "蚕丝村党支部", Kind.BRANCH, "t02"),
)


def workbook(lines: list[RosterLine], organisations: tuple[Organisation, ...] = ORGANISATIONS) -> bytes:
    target = BytesIO()
    write_roster(target, organisations, iter(lines), datetime(2026, 11, 1, tzinfo=UTC))
    return target.getvalue()
