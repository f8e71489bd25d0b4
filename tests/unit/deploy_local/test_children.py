"""Children: they end when asked, when their parent is gone, with all of their own, and a killed start's leftovers end too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local import children
from deploy.local.children import Child, Launch, bound_log, end_leftovers, last_words, start
from deploy.local.places import ROOT

WITHIN_S = 10.0

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
WITH_GRANDCHILD = (
    f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]); print(p.pid); p.wait()"
)
PARENT = """
import sys, time
from pathlib import Path
from deploy.local.children import Launch, start
here = Path(sys.argv[1])
child = start(Launch("child", (sys.executable, "-c", sys.argv[2]), {}, here, here / "child.log", here / "child.pid"))
print(child.pid, flush=True)
time.sleep(600)
"""


def launch(folder: Path, program: str, stop_within_s: float = 5.0) -> Launch:
    return Launch(
        name="child",
        argv=(sys.executable, "-u", "-c", program),
        environment=dict(os.environ),
        cwd=folder,
        log=folder / "child.log",
        pid_file=folder / "child.pid",
        stop_within_s=stop_within_s,
    )


def wait_for_words(child: Child) -> str:
    assert child.launch.log is not None
    until = time.monotonic() + WITHIN_S
    while not child.launch.log.read_text():
        assert time.monotonic() < until, "the child said nothing"
        time.sleep(0.02)
    return child.launch.log.read_text()


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def assert_ends(pid: int) -> None:
    until = time.monotonic() + WITHIN_S
    while lives(pid):
        assert time.monotonic() < until, f"process {pid} still lives"
        time.sleep(0.02)


def test_a_child_ends_when_asked_and_leaves_no_note(tmp_path: Path) -> None:
    child = start(launch(tmp_path, SLEEPER))
    wait_for_words(child)
    assert (tmp_path / "child.pid").exists()
    assert child.stop() == -signal.SIGTERM
    assert not lives(child.pid)
    assert not (tmp_path / "child.pid").exists()


def test_a_child_that_does_not_listen_is_killed_in_time(tmp_path: Path) -> None:
    child = start(launch(tmp_path, STUBBORN, stop_within_s=0.3))
    wait_for_words(child)
    assert child.stop() == -signal.SIGKILL


def test_a_child_that_does_not_listen_is_killed_at_once_in_a_hurry(tmp_path: Path) -> None:
    child = start(launch(tmp_path, STUBBORN, stop_within_s=600))
    wait_for_words(child)
    child.ask_to_stop()
    while not child.poll_stopping(hurry=True):
        time.sleep(0.02)
    assert child.code == -signal.SIGKILL


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    child = start(launch(tmp_path, WITH_GRANDCHILD))
    grandchild = int(wait_for_words(child).split()[0])
    assert lives(grandchild)
    child.stop()
    assert_ends(grandchild)


def test_a_killed_child_is_gone(tmp_path: Path) -> None:
    child = start(launch(tmp_path, SLEEPER))
    assert child.kill() == -signal.SIGKILL
    assert child.kill() == -signal.SIGKILL
    assert not lives(child.pid)


def test_an_exit_code_is_kept(tmp_path: Path) -> None:
    child = start(launch(tmp_path, "raise SystemExit(3)"))
    until = time.monotonic() + WITHIN_S
    while child.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert child.poll() == 3
    assert child.stop() == 3


def test_a_missing_program_says_so_in_the_log(tmp_path: Path) -> None:
    child = start(Launch("child", ("/nowhere/program",), {}, tmp_path, tmp_path / "child.log", tmp_path / "child.pid"))
    until = time.monotonic() + WITHIN_S
    while child.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert child.code != 0
    assert "/nowhere/program" in last_words(tmp_path / "child.log")[-1]


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", PARENT, str(tmp_path), SLEEPER]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert lives(pid)
        parent.kill()
    assert_ends(pid)


def test_leftovers_of_a_killed_start_are_ended(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", PARENT, str(tmp_path), STUBBORN]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        while not (tmp_path / "child.log").read_text():
            time.sleep(0.02)
        parent.kill()
    assert lives(pid)
    assert end_leftovers(tmp_path, wait_s=0.2) == ["child"]
    assert_ends(pid)
    assert list(tmp_path.glob("*.pid")) == []


def test_a_number_that_another_process_has_now_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.DEVNULL) as stranger:
        (tmp_path / "child.pid").write_text(f"{stranger.pid} 1\n")
        assert end_leftovers(tmp_path, wait_s=5) == []
        assert lives(stranger.pid)
        stranger.kill()


def test_a_grown_log_is_cut_while_its_writer_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LOG_MAX_BYTES", 1_000)
    log = tmp_path / "child.log"
    with children.open_log(log) as writer:
        writer.write(b"a" * 1_500)
        writer.flush()
        bound_log(log)
        writer.write(b"go on\n")
    assert log.read_bytes() == b"go on\n"
    assert (tmp_path / "child.log.1").read_bytes() == b"a" * 500


def test_a_large_log_is_put_aside_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LOG_KEPT_BYTES", 10)
    log = tmp_path / "child.log"
    log.write_text("yesterday's words\n")
    children.open_log(log).close()
    assert log.read_text() == ""
    assert (tmp_path / "child.log.1").read_text() == "yesterday's words\n"
