"""What is written stays; what a crash cut in half never happened; one folder has one bank."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import pytest

from deploy.wechat_simulator import journal as journal_module
from deploy.wechat_simulator.journal import Journal, JournalFull
from deploy.wechat_simulator.settings import RefusesToStart


def test_events_are_read_back_in_order(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.append({"n": 1, "name": "党费"})
    first.append({"n": 2})
    first.close()
    second = Journal(tmp_path)
    assert list(second.read()) == [{"n": 1, "name": "党费"}, {"n": 2}]
    second.close()


@pytest.mark.parametrize("torn", [b'{"n": 2', b'{"n": 2}', b"\xe5\x85", b"x" * 200_000])
def test_a_line_cut_in_half_is_dropped_and_the_next_is_whole(tmp_path: Path, torn: bytes) -> None:
    (tmp_path / "journal.jsonl").write_bytes(b'{"n":1}\n' + torn)
    journal = Journal(tmp_path)
    journal.append({"n": 3})
    assert list(journal.read()) == [{"n": 1}, {"n": 3}]
    journal.close()


def test_a_broken_line_in_the_middle_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_bytes(b'{"n":1}\n{broken\n{"n":3}\n')
    journal = Journal(tmp_path)
    with pytest.raises(RefusesToStart, match="Line 2"):
        list(journal.read())
    journal.close()


def test_a_second_bank_on_the_same_folder_does_not_start(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(RefusesToStart, match="Another WeChat simulator"):
        Journal(tmp_path)
    journal.close()
    Journal(tmp_path).close()


def test_a_full_journal_takes_nothing_and_keeps_what_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    journal.append({"n": 1})
    monkeypatch.setattr(journal_module, "MAX_JOURNAL_BYTES", 12)
    with pytest.raises(JournalFull):
        journal.append({"n": 2})
    assert list(journal.read()) == [{"n": 1}]
    journal.close()


def test_half_a_line_on_a_full_disk_is_taken_back(tmp_path: Path) -> None:
    """A file size limit stands in for the full disk: the kernel takes a part of the line, as it would there."""
    journal = Journal(tmp_path)
    journal.append({"n": 1})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (12, limits[1]))
        with pytest.raises(OSError, match=r"took only a part|File too large"):
            journal.append({"n": 2, "text": "x" * 100})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    journal.append({"n": 3})
    assert list(journal.read()) == [{"n": 1}, {"n": 3}]
    journal.close()


def test_a_file_where_the_folder_should_be_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(RefusesToStart, match="cannot be written"):
        Journal(tmp_path / "data")
