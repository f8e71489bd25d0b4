"""What can go wrong at a start: one sentence that says what to do, an exit code, and nothing left running.

Given servers stand for the private ones here, so that each case takes seconds; ``test_runner`` has the real ones.
"""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from deploy.local import run as runner
from deploy.local.folder import DataFolder
from tests.integration import runner_placeholder
from tests.integration.runner_control import NO_SERVERS, READY, STOPS_WITHIN_S, Run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def quick(data: Path, **more: str) -> Run:
    return Run(data, **{**NO_SERVERS, **more})


def refused(run: Run) -> str:
    """The one sentence of a start that was refused before anything had begun."""
    assert run.ends() == 1
    assert len(run.text.splitlines()) == 1, run.text
    assert run.left() == []
    assert run.happened == []
    return run.text


def test_a_wanted_port_in_use(data: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen(1)
        port = stranger.getsockname()[1]
        with quick(data, GATEWAY_PORT=str(port)) as run:
            told = refused(run)
    assert told == f"Port {port} (GATEWAY_PORT) is in use: stop what uses it, or set GATEWAY_PORT to another one.\n"


def test_a_data_folder_that_lost_its_passwords(data: Path) -> None:
    (data / "postgres" / "data").mkdir(parents=True)
    (data / "postgres" / "data" / "PG_VERSION").write_text("18\n")
    with quick(data) as run:
        assert "has lost its passwords: put the missing files back, or run `make reset`" in refused(run)


def test_wechat_keys_of_an_interrupted_hand(data: Path) -> None:
    (data / "wechat").mkdir(parents=True)
    with quick(data) as run:
        assert "half-made" in refused(run)


def test_a_data_folder_that_is_a_file(data: Path) -> None:
    data.write_text("not a folder")
    with quick(data) as run:
        assert "cannot be written by this user: start as its owner, or set DATA_DIR" in refused(run)


def test_a_full_disk(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Usage:
        free = 12 * 1024**2

    monkeypatch.setenv("DATA_DIR", str(data))
    monkeypatch.setattr("deploy.local.folder.shutil.disk_usage", lambda _path: Usage)
    assert runner.main([], processes=runner_placeholder.PROCESSES) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"Only 12 MB are free on the disk of {data} and a start needs 800 MB: free some space")
    assert len(told.splitlines()) == 1


def test_a_missing_rabbitmq(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in {**NO_SERVERS, "AMQP_URI": "", "DATA_DIR": str(data)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RUNNER_EVENTS", str(data.with_name("events")))
    monkeypatch.setattr("deploy.local.servers.BROKER_PROGRAM", Path("/nowhere/rabbitmq-server"))
    before = {number: signal.getsignal(number) for number in runner.STOP_SIGNALS}
    try:
        assert runner.main([], processes=runner_placeholder.PROCESSES) == 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    told = capsys.readouterr().err
    assert told == "RabbitMQ is missing: run `make setup`, or set AMQP_URI to a RabbitMQ that is there already.\n"


def test_a_step_that_fails_says_where_to_look_and_stops_the_rest(data: Path) -> None:
    with quick(data, RUNNER_FAILS="migrate-dues") as run:
        assert run.ends() == 1
    told = run.text.splitlines()[-1]
    assert told.startswith("migrate-dues ended while starting (code 1); its log ")
    assert told.endswith("ends with: migrate-dues fails on purpose")
    assert "gateway" not in " ".join(run.happened)
    assert run.left() == []


def test_ctrl_c_while_starting_stops_what_had_begun(data: Path) -> None:
    with quick(data, RUNNER_LOAD_S="600") as run:
        run.wait_for_event("demo begun")
        assert run.stop() == 130
    assert run.left() == []
    assert "Traceback" not in run.text


def test_an_import_that_broke_off_goes_on_at_the_next_start(data: Path) -> None:
    with quick(data, RUNNER_LOAD_S="600") as run:
        run.wait_for_event("demo begun")
        run.process.send_signal(signal.SIGKILL)
        run.ends()
    run.wait_until_nothing_is_left()
    with quick(data) as run:
        run.wait_for(READY)
        assert "the last start broke off while it loaded the demonstration county; it goes on from there" in run.text
        assert run.happened[-1] == "demo done"
        assert run.stop() == 0
    assert DataFolder(data).loaded.exists()


def test_a_demonstration_that_nobody_wants_is_not_loaded(data: Path) -> None:
    with quick(data, DEMO="no") as run:
        run.wait_for(READY)
        assert run.stop() == 0
    assert "demo begun" not in run.happened
    assert not DataFolder(data).loading.exists()


def test_a_child_that_is_killed_starts_again(data: Path) -> None:
    with quick(data, DEMO="no") as run:
        run.wait_for(READY)
        first = next(event for event in run.happened if event.startswith("dues started"))
        os.kill(int(first.split()[-1]), signal.SIGKILL)
        run.wait_for("dues ended by itself (code -9, see ", STOPS_WITHIN_S)
        run.events.write_text("")
        run.wait_for_event("dues started", STOPS_WITHIN_S)
        assert run.stop() == 0
    assert run.left() == []


def test_a_child_that_ends_again_and_again_is_given_up(data: Path) -> None:
    with quick(data, DEMO="no", RUNNER_BREAKS="members", RUNNER_RESTART_WAITS="0.1 0.1") as run:
        run.wait_for(READY)
        first = next(event for event in run.happened if event.startswith("members started"))
        os.kill(int(first.split()[-1]), signal.SIGKILL)
        assert run.ends() == 1
    assert run.text.count("members ended by itself") == 2
    assert run.text.splitlines()[-1].startswith("members ended 3 times within 2 minutes: its log ")
    assert "gateway stopped" in run.happened
    assert run.left() == []


def test_a_second_ctrl_c_does_not_wait_for_the_slow(data: Path) -> None:
    with quick(data, DEMO="no", RUNNER_STUBBORN="gateway") as run:
        run.wait_for(READY)
        run.process.send_signal(signal.SIGINT)
        run.wait_for("stopping …", STOPS_WITHIN_S)
        assert run.stop(signal.SIGINT) == 0
    assert run.left() == []
    assert "Traceback" not in run.text
