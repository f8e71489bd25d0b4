"""The data folder: one start at a time, its owner's, whole, with room."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import folder as folder_module
from deploy.local.failures import Refusal
from deploy.local.folder import FIRST_START_NEEDS_BYTES, START_NEEDS_BYTES, DataFolder
from deploy.local.places import ROOT

HOLD = """
import sys
from pathlib import Path
from deploy.local.folder import DataFolder
folder = DataFolder(Path(sys.argv[1]))
with folder.claim() as held:
    folder.note_holder(held, "http://127.0.0.1:8080, process 17")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def made(folder: DataFolder) -> DataFolder:
    """As a finished first start leaves it."""
    folder.claim().close()
    (folder.path / "secrets.json").write_text("{}")
    (folder.postgres / "data").mkdir(parents=True)
    (folder.postgres / "data" / "PG_VERSION").write_text("18\n")
    folder.loading.touch()
    folder.loaded.touch()
    return folder


def test_second_start_beside_a_running_one_is_told_where_that_one_is(folder: DataFolder) -> None:
    argv = [sys.executable, "-c", HOLD, str(folder.path)]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Refusal, match=r"runs already \(http://127.0.0.1:8080, process 17\): stop it there"):
            folder.claim()
        holder.communicate()
    folder.claim().close()


def test_a_killed_start_holds_nothing(folder: DataFolder) -> None:
    argv = [sys.executable, "-c", HOLD, str(folder.path)]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    folder.claim().close()


def test_another_users_folder_is_left_alone(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    made(folder)
    mine = os.geteuid()
    monkeypatch.setattr(folder_module.os, "geteuid", lambda: mine + 1)
    with pytest.raises(Refusal, match=r"belongs to .*: start as that user"):
        folder.claim()


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(Refusal, match="cannot be written by this user"):
        DataFolder(tmp_path / "data").claim()


def test_nearly_full_disk_is_told_before_anything_starts(folder: DataFolder) -> None:
    folder.claim().close()
    with pytest.raises(Refusal, match=r"Only 0 MB are free .* free some space, or set DATA_DIR"):
        folder.require_space(free_bytes=0)
    with pytest.raises(Refusal, match="needs 800 MB"):
        folder.require_space(free_bytes=FIRST_START_NEEDS_BYTES - 1)
    folder.require_space(free_bytes=FIRST_START_NEEDS_BYTES)


def test_a_loaded_county_needs_less_room(folder: DataFolder) -> None:
    made(folder)
    folder.require_space(free_bytes=START_NEEDS_BYTES)
    with pytest.raises(Refusal, match="needs 300 MB"):
        folder.require_space(free_bytes=START_NEEDS_BYTES - 1)


def test_an_empty_and_a_finished_folder_are_whole(folder: DataFolder) -> None:
    folder.claim().close()
    folder.require_whole()
    made(folder).require_whole()


def test_a_folder_whose_import_broke_off_is_whole(folder: DataFolder) -> None:
    """The import goes on from where it was."""
    made(folder).loaded.unlink()
    folder.require_whole()


@pytest.mark.parametrize(("lost", "told"), [("secrets.json", "its passwords"), ("postgres/data/PG_VERSION", "part of")])
def test_a_folder_that_lost_something_is_told(folder: DataFolder, lost: str, told: str) -> None:
    (made(folder).path / lost).unlink()
    with pytest.raises(Refusal, match=f"has lost {told}.*`make reset`"):
        folder.require_whole()


def test_reset_deletes_what_starts_made_and_nothing_else(folder: DataFolder) -> None:
    made(folder)
    (folder.path / "setup").mkdir()
    (folder.path / "notes.txt").write_text("a person's own")
    folder.reset()
    assert sorted(path.name for path in folder.path.iterdir()) == ["notes.txt", "setup"]


def test_reset_refuses_while_a_start_runs(folder: DataFolder) -> None:
    made(folder)
    with folder.claim(), pytest.raises(Refusal, match="runs already"):
        folder.reset()
    assert folder.loaded.exists()
