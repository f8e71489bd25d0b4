"""Roster files are deleted when their use is over; the records stay, and no import is left waiting for a file that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.chassis.blobs import BlobMissing, FolderStore
from services.contracts.members import messages as m
from services.contracts.members.errors import ImportNotReady
from services.members.roster import forgetting
from services.members.roster.jobs import forget_old_files
from services.members.storage.tables import member, roster_export, roster_import
from tests.integration.members.roster_kit import Service, service, workbook
from tests.integration.members.test_roster_import import line


@pytest.fixture
def roster(tmp_path: Path) -> Iterator[Service]:
    with service(tmp_path) as made:
        yield made


def keys(roster: Service) -> list[str]:
    with roster.database.snapshot() as db:
        tables = (roster_import, roster_export)
        return [key for table in tables for key in db.scalars(sa.select(table.c.file_key).order_by(table.c.id)) if key]


def is_kept(roster: Service, key: str) -> bool:
    try:
        roster.files.open(key).close()
    except BlobMissing:
        return False
    return True


def forget(roster: Service) -> int:
    return forget_old_files(roster.core.desk(), roster.files)


def test_files_stay_for_their_time_and_go_after_it(roster: Service) -> None:
    imported = roster.bring(workbook([line(1)]))
    exported, _ = roster.export()
    both = keys(roster)
    assert len(both) == 2
    roster.clock.advance(forgetting.FILES_KEPT)
    assert forget(roster) == 0
    assert [is_kept(roster, key) for key in both] == [True, True]
    roster.clock.advance(timedelta(seconds=1))
    assert forget(roster) == 2
    assert [is_kept(roster, key) for key in both] == [False, False]
    assert forget(roster) == 0
    view = roster.view(imported.id)
    assert (view.state, view.counts.added) == (m.ImportState.APPLIED, 1)
    again = roster.export_view(exported.id)
    assert (again.state, again.rows, again.file) == (m.ExportState.READY, 1, None)
    assert len(roster.all_of(member)) == 1


def test_import_that_nobody_applied_in_time_is_refused_and_says_why(roster: Service) -> None:
    checked = roster.check(workbook([line(1)]))
    begun = roster.begin(workbook([line(2)]))  # its dry run never came
    roster.clock.advance(forgetting.FILES_KEPT + timedelta(seconds=1))
    assert forget(roster) == 2
    for one in (checked, begun):
        view = roster.view(one.id)
        assert (view.state, view.refusal) == (m.ImportState.REFUSED, forgetting.FORGOTTEN)
    with pytest.raises(ImportNotReady):
        roster.apply(checked.id)
    roster.work_off()  # the request of the dry run comes late and finds the import closed
    assert roster.view(begun.id).refusal == forgetting.FORGOTTEN
    assert roster.all_of(member) == []


def test_crash_between_deleting_and_noting_is_made_good_by_the_next_run(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    (key,) = keys(roster)
    roster.clock.advance(forgetting.FILES_KEPT + timedelta(seconds=1))
    roster.files.delete(key)
    assert forget(roster) == 1
    assert forget(roster) == 0


def test_file_that_can_not_be_deleted_is_not_said_to_be_gone(roster: Service) -> None:
    class Stuck(FolderStore):
        def delete(self, key: str) -> None:
            raise PermissionError(key)

    roster.bring(workbook([line(1)]))
    (key,) = keys(roster)
    roster.clock.advance(forgetting.FILES_KEPT + timedelta(seconds=1))
    with pytest.raises(PermissionError):
        forget_old_files(roster.core.desk(), Stuck(roster.settings.blob_dir, roster.settings.seal_keys))
    assert [row.file_forgotten_at for row in roster.all_of(roster_import)] == [None]
    assert is_kept(roster, key)
    assert forget(roster) == 1
