"""``make audit`` as a person runs it: on named databases, on a folder that works, on a folder that is stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from deploy.local.places import PROJECT
from deploy.local.processes import PLATFORM_VARIABLES
from deploy.local.stack import Stack
from services.chassis.database import Database
from tests.integration.audit.scene import Scene

PATIENCE_S = 120


def audit(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    around = {name: value for name, value in os.environ.items() if name not in PLATFORM_VARIABLES}
    return subprocess.run(
        [sys.executable, "-m", "deploy.audit", *arguments],
        cwd=PROJECT.root,
        env={**around, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def on(scene: Scene) -> subprocess.CompletedProcess[str]:
    return audit("--at-rest", DUES_DATABASE_URL=scene.urls.dues, MEMBERS_DATABASE_URL=scene.urls.members)


def test_sound_databases_give_a_line_for_each_invariant_and_success(scene: Scene) -> None:
    done = on(scene)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert {line[:6] for line in lines[:-2]} == {"holds "}
    assert lines[-1].endswith("invariants, 0 broken; the payment provider's books were not at hand")


def test_a_breach_is_named_and_ends_in_failure(scene: Scene) -> None:
    waiting = scene.names["waiting"]
    scene.plant("dues", f"UPDATE orders SET total_fen = 41 WHERE order_id = '{waiting}'")
    done = on(scene)
    assert done.returncode == 1
    broken = [line for line in done.stdout.splitlines() if not line.startswith("holds ")]
    assert broken[0].startswith("BROKEN dues: each order's total is the sum of its lines")
    assert broken[1].strip() == f"{waiting}: total 41 fen, lines 20, paid nothing"


def test_databases_that_do_not_answer_are_no_verdict() -> None:
    nowhere = "postgresql://nobody:secret@127.0.0.1:1/nowhere"
    done = audit(DUES_DATABASE_URL=nowhere, MEMBERS_DATABASE_URL=nowhere)
    assert (done.returncode, done.stdout) == (2, "")
    assert "secret" not in done.stderr


def test_a_folder_without_data_is_told_what_to_do(tmp_path: Path) -> None:
    done = audit(DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert "run `make run` first" in done.stderr


def test_a_data_folder_is_checked_while_it_works_and_when_it_is_stopped(tmp_path: Path) -> None:
    with Stack(tmp_path, durable=True) as stack:
        stack.migrate()
        working = audit(DATA_DIR=str(tmp_path))
        members = Database(stack.suite.postgres.url("members"), name="test")
        with members.transaction() as db:
            db.execute(
                sa.text("INSERT INTO request VALUES (gen_random_uuid(), 'x', 'members.x', '\\x00', NULL, now())")
            )
        members.close()
    stopped = audit(DATA_DIR=str(tmp_path))
    assert (working.returncode, working.stderr) == (0, "")
    assert (stopped.returncode, stopped.stderr) == (1, "")
    assert "BROKEN members: each request id is stored with the reply of its effect" in stopped.stdout
    assert not (tmp_path / "postgres" / "data" / "postmaster.pid").exists()
