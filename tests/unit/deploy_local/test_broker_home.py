"""The view of RabbitMQ's installation: what the wanted plugins need, or nothing at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.broker_home import plugin_folders, slim_home

APPLICATIONS = {
    "rabbit": "kernel, rabbit_common",
    "rabbit_common": "stdlib, jsx",
    "rabbitmq_management": "rabbit, cowboy",
    "cowboy": "ssl",
    "jsx": "",
    "rabbitmq_mqtt": "rabbit",
}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    home = tmp_path / "installed"
    for name, needs in APPLICATIONS.items():
        folder = home / "plugins" / f"{name}-1.0" / "ebin"
        folder.mkdir(parents=True)
        (folder / f"{name}.app").write_text(f'{{application, {name}, [{{vsn,"1.0"}},\n {{applications, [{needs}]}}]}}.')
    for part in ("sbin", "escript"):
        (home / part).mkdir()
    (home / "sbin" / "rabbitmq-server").write_text("")
    return home


def test_the_view_holds_what_the_wanted_plugins_need(installed: Path, tmp_path: Path) -> None:
    variables = slim_home(installed / "sbin" / "rabbitmq-server", tmp_path / "view")
    linked = sorted(path.name for path in (tmp_path / "view" / "plugins").iterdir())
    assert linked == ["cowboy-1.0", "jsx-1.0", "rabbit-1.0", "rabbit_common-1.0", "rabbitmq_management-1.0"]
    assert Path(variables["RABBITMQ_SCRIPTS_DIR"], "rabbitmq-server").exists()
    assert (tmp_path / "view" / "plugins" / "rabbit-1.0" / "ebin" / "rabbit.app").exists()


def test_an_upgraded_rabbitmq_gets_a_new_view(installed: Path, tmp_path: Path) -> None:
    program = installed / "sbin" / "rabbitmq-server"
    slim_home(program, tmp_path / "view")
    (installed / "plugins" / "jsx-1.0").rename(installed / "plugins" / "jsx-2.0")
    slim_home(program, tmp_path / "view")
    linked = {path.name for path in (tmp_path / "view" / "plugins").iterdir()}
    assert "jsx-2.0" in linked
    assert "jsx-1.0" not in linked


def test_plugins_in_archives_leave_rabbitmq_with_its_own_folder(installed: Path, tmp_path: Path) -> None:
    (installed / "plugins" / "jsx-1.0").rename(tmp_path / "elsewhere")
    (installed / "plugins" / "jsx-1.0.ez").write_bytes(b"PK")
    assert plugin_folders(installed / "plugins") is None
    assert slim_home(installed / "sbin" / "rabbitmq-server", tmp_path / "view") == {}


def test_an_installation_of_another_shape_leaves_rabbitmq_alone(tmp_path: Path) -> None:
    assert slim_home(tmp_path / "sbin" / "rabbitmq-server", tmp_path / "view") == {}
