"""The roster as a workbook: what is exported comes back without a change; sealed columns open for a purpose that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa

from deploy.demo.generator import AWAY, MEMBERS, build_county
from services.chassis.tables import audit
from services.contracts.caller import Role
from services.contracts.errors import Forbidden
from services.contracts.members import messages as m
from services.contracts.members import methods as t
from services.members.spreadsheets.roster_reader import read_roster
from services.members.storage.tables import member
from tests.integration.members.roster_kit import Service, service, workbook
from tests.integration.members.test_roster_import import line


@pytest.fixture
def roster(tmp_path: Path) -> Iterator[Service]:
    with service(tmp_path) as made:
        yield made


def test_export_comes_back_without_a_change(roster: Service) -> None:
    roster.bring(workbook([line(1), line(2, phone="", household="")]))
    view, content = roster.export()
    assert (view.state, view.rows) == (m.ExportState.READY, 2)
    again = roster.check(content)
    assert (again.counts.unchanged, again.counts.missing, again.counts.organisations_changed) == (2, 0, 0)


def test_export_holds_the_numbers_in_full_and_says_why(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    _, content = roster.export("年度核对")
    (row,) = list(read_roster(BytesIO(content)).members())
    assert row.cells["公民身份号码"] == line(1).identity_number
    assert row.cells["手机号码"] == line(1).phone
    with roster.database.snapshot() as db:
        purposes = list(
            db.scalars(sa.select(audit.c.purpose).where(audit.c.action.in_(["begin_export", "write_export"])))
        )
    assert purposes == ["年度核对", "年度核对"]


def test_exported_file_is_sealed_in_the_store(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    view, content = roster.export()
    assert view.file is not None
    stored = (roster.settings.blob_dir / view.file.key[:2] / view.file.key).read_bytes()
    assert content[:200] not in stored


def test_seal_that_does_not_open_fails_the_export(roster: Service) -> None:
    roster.bring(workbook([line(1), line(2)]))
    with roster.database.transaction() as db:
        first = db.scalars(sa.select(member.c.id_number_sealed)).first()
        db.execute(sa.update(member).values(id_number_sealed=first))  # one row now holds another's value
    view, _ = roster.export()
    assert (view.state, view.file) == (m.ExportState.FAILED, None)


def test_county_of_the_product_goes_in_and_out(roster: Service) -> None:
    county = build_county(date(2026, 11, 24))
    file = BytesIO()
    county.write_roster(file)
    view = roster.bring(file.getvalue())
    assert (view.counts.added, view.counts.unmatched) == (MEMBERS, 0)
    assert len(roster.events(t.ROSTER_CHANGED.routing_key)) == -(-MEMBERS // m.BATCH)
    with roster.database.snapshot() as db:
        assert db.scalar(sa.select(sa.func.count()).where(member.c.away)) == AWAY
    exported, content = roster.export()
    assert exported.rows == MEMBERS
    assert roster.breaths > MEMBERS // 500
    again = roster.check(content)
    assert (again.counts.unchanged, again.counts.missing, again.counts.changed) == (MEMBERS, 0, 0)


def test_office_that_sees_no_roster_exports_none(roster: Service) -> None:
    stranger = roster.caller(role=Role.EDITOR)
    with pytest.raises(Forbidden):
        roster.ask(t.BEGIN_EXPORT, m.BeginExport(org_id=roster.root, purpose="x"), stranger)
