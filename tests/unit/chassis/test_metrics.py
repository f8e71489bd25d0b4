"""Figures are exposed to those who watch the machine, in threads and in greenlets, within bounds."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.chassis import metrics
from services.chassis.metrics import REGISTRY, RPC_CALLS, RPC_SECONDS, Server, exposition, timed
from tests.unit.chassis.green import ROOT, run_in_greenlets


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server("127.0.0.1", 0, {"/readyz": lambda: (False, {"status": "failing"}), "/livez": lambda: (True, {})})
    made.start()
    yield made
    made.stop()


def get(server: Server, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_address[1]}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_counter_is_seen_in_the_exposition() -> None:
    RPC_CALLS.labels("dues", "seen_by_its_test", "ok").inc()
    text, content_type = exposition()
    assert b'rpc_calls_total{method="seen_by_its_test",outcome="ok",service="dues"} 1.0' in text
    assert b"process_resident_memory_bytes" in text
    assert content_type.startswith("text/plain; version=0.0.4")


def test_time_is_taken_of_failing_blocks_too() -> None:
    with pytest.raises(RuntimeError), timed(RPC_SECONDS, "dues", "fails"):
        raise RuntimeError
    assert REGISTRY.get_sample_value("rpc_seconds_count", {"service": "dues", "method": "fails"}) == 1.0


def test_every_metric_is_named_for_its_unit_and_explained() -> None:
    for family in REGISTRY.collect():
        assert re.fullmatch(r"[a-z][a-z_]*", family.name)
        assert family.documentation.endswith(".")
        if family.type == "histogram":
            assert family.name.endswith("_seconds")


def test_the_server_shows_figures_and_probes_and_nothing_else(server: Server) -> None:
    assert "rpc_calls_total" in get(server, "/metrics")[1]
    assert get(server, "/livez") == (200, "{}")
    status, report = get(server, "/readyz")
    assert (status, json.loads(report)) == (503, {"status": "failing"})
    for path in ("/", "/../etc/passwd", "/metrics/", "/metrics?x=1", "/debug"):
        assert get(server, path) == (404, "")


def test_a_probe_that_is_itself_at_fault_does_not_stop_the_server(server: Server) -> None:
    def faulty() -> tuple[bool, dict[str, Any]]:
        raise RuntimeError

    server.probes["/readyz"] = faulty
    with pytest.raises(OSError, match=r"."):
        get(server, "/readyz")
    assert get(server, "/livez")[0] == 200


def test_silent_clients_do_not_hold_the_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics._Page, "timeout", 0.2)
    silent = [socket.create_connection(server.server_address[:2], timeout=5) for _ in range(metrics._MAX_CLIENTS * 2)]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if get(server, "/livez")[0] == 200:
                break
        except OSError:
            time.sleep(0.05)
    else:
        pytest.fail("silent clients kept every place")
    for client in silent:
        client.close()


def test_a_crowd_is_sent_away_and_places_come_back(server: Server) -> None:
    held = [socket.create_connection(server.server_address[:2], timeout=5) for _ in range(metrics._MAX_CLIENTS)]
    time.sleep(0.2)
    with pytest.raises(OSError, match=r"."):
        get(server, "/livez")
    for client in held:
        client.close()
    time.sleep(0.2)
    assert get(server, "/livez")[0] == 200


def test_a_taken_port_is_told_at_once(server: Server) -> None:
    with pytest.raises(OSError, match="in use"):
        Server("127.0.0.1", server.server_address[1], {})


def test_the_server_answers_beside_greenlets_at_work() -> None:
    printed = run_in_greenlets(
        """
        import urllib.request
        from services.chassis.metrics import Server
        server = Server("127.0.0.1", 0, {"/livez": lambda: (True, {})}); server.start()
        ticks = []
        def tick():
            for _ in range(20):
                ticks.append(1); eventlet.sleep(0.005)
        ticker = eventlet.spawn(tick)
        for _ in range(3):
            urllib.request.urlopen(f"http://127.0.0.1:{server.server_address[1]}/metrics", timeout=5).read()
        ticker.wait(); server.stop(); print(len(ticks))
        """
    )
    assert printed == "20"


COUNT = """
import os, sys
from services.chassis.metrics import LATE_REPLIES, OUTBOX_LAG_ROWS, exposition
LATE_REPLIES.labels("dues").inc(3)
OUTBOX_LAG_ROWS.labels("dues").set(5)
if sys.argv[1] == "show":
    print(exposition()[0].decode())
"""


def _count_in_processes(environment: dict[str, str]) -> str:
    for mode in ("quiet", "show"):
        done = subprocess.run(
            [sys.executable, "-c", COUNT, mode],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    return done.stdout


def test_several_workers_are_counted_together(tmp_path: Path) -> None:
    shown = _count_in_processes({**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)})
    assert 'late_replies_total{service="dues"} 6.0' in shown
    assert 'outbox_lag_rows{service="dues"} 5.0' in shown


def test_twin_without_the_shared_folder_each_worker_knows_its_own_only() -> None:
    assert 'late_replies_total{service="dues"} 3.0' in _count_in_processes(dict(os.environ))
