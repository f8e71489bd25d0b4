"""The private database's making: whoever starts it, an interrupted attempt, and failures in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import servers
from deploy.local.failures import Refusal
from deploy.local.folder import DataFolder
from deploy.local.servers import Postgres

INITDB = """#!/bin/sh
while [ "$1" != --pgdata ]; do shift; done
mkdir "$2" && echo 18 >"$2/PG_VERSION"
"""
FULL = "#!/bin/sh\necho 'initdb: error: could not write to file: No space left on device' >&2\nexit 1\n"
BROKEN = "#!/bin/sh\necho 'running bootstrap script ...'\necho 'initdb: error: invalid locale settings' >&2\nexit 1\n"

Make = Callable[..., Postgres]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A server whose programs are small scripts, started by a normal user unless said otherwise."""
    programs = tmp_path / "programs"
    (programs / "bin").mkdir(parents=True)
    monkeypatch.setattr(servers, "_postgres_programs", lambda: programs)

    def made(
        initdb: str = INITDB, *, user: int = 1000, reaches: Callable[[tuple[str, ...]], bool] | None = None
    ) -> Postgres:
        (programs / "bin" / "initdb").write_text(initdb)
        (programs / "bin" / "initdb").chmod(0o755)
        monkeypatch.setattr(servers.os, "geteuid", lambda: user)
        monkeypatch.setattr(servers.os, "chown", lambda *_: None)
        if reaches is not None:
            monkeypatch.setattr(Postgres, "_reaches", lambda _self, privileges: reaches(privileges))
        return Postgres(DataFolder(tmp_path / "data"), 25_432, "word")

    return made


def test_a_normal_user_runs_it_as_himself(make: Make) -> None:
    server = make()
    server.prepare()
    assert server.privileges == ()
    assert (server.data / "PG_VERSION").exists()
    assert list(server.home.iterdir()) == [server.data]


def test_it_is_made_once(make: Make) -> None:
    make().prepare()
    make(BROKEN).prepare()


def test_an_interrupted_making_is_begun_anew(make: Make) -> None:
    server = make()
    (server.home / "data.half").mkdir(parents=True)
    (server.home / "data.half" / "half").write_text("of an earlier attempt")
    server.prepare()
    assert [path.name for path in server.data.iterdir()] == ["PG_VERSION"]


def test_a_full_disk_is_told_and_leaves_no_database(make: Make) -> None:
    server = make(FULL)
    with pytest.raises(Refusal, match="The disk is full: free some space and start again"):
        server.prepare()
    assert not server.data.exists()


def test_a_failure_gives_its_reason(make: Make) -> None:
    with pytest.raises(Refusal, match="initdb: error: invalid locale settings"):
        make(BROKEN).prepare()


def test_root_hands_it_to_nobody(make: Make) -> None:
    server = make(user=0, reaches=lambda _privileges: True)
    assert "--clear-groups" in server.privileges
    assert not set(servers.PASSES_CLOSED_FOLDERS) & set(server.privileges)


def test_nobody_passes_closed_folders_only_where_he_must(make: Make) -> None:
    server = make(user=0, reaches=lambda privileges: "+dac_override" in privileges)
    assert set(servers.PASSES_CLOSED_FOLDERS) <= set(server.privileges)


def test_root_without_a_way_is_told_where_to_go(make: Make) -> None:
    with pytest.raises(Refusal, match="move the project to a folder that others may enter"):
        make(user=0, reaches=lambda _privileges: False)


def test_only_tests_give_up_safety(make: Make) -> None:
    assert "fsync=off" not in make().launch().argv
    server = make()
    server.fast = True
    assert "fsync=off" in server.launch().argv
