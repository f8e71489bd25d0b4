"""Stamps of the Python environment and of the phone pages: what a change makes new, and what it does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy.local import phone_pages, python_environment
from deploy.local.failures import Refusal
from deploy.local.places import Project

NPM = """#!/bin/sh
echo "$PWD npm $*" >>"$FAKE_LOG"
case "$*" in
ci*) mkdir -p node_modules ;;
*build*) mkdir -p dist && echo built >dist/index.html ;;
esac
"""
NODE = '#!/bin/sh\necho "$FAKE_NODE"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A checkout with pages, on a machine with node and npm."""
    project = Project(tmp_path / "project")
    (project.pages / "src").mkdir(parents=True)
    project.setup.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "src/main.ts"):
        (project.pages / name).write_text("{}")
    project.lock.write_text("falcon==4.4.0 --hash=sha256:00\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("npm", NPM), ("node", NODE)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("FAKE_NODE", "v22.12.0")
    return project


def test_pages_are_built_once(project: Project) -> None:
    assert not phone_pages.pages_are_built(project)
    phone_pages.build_pages(project)
    assert phone_pages.pages_are_built(project)


@pytest.mark.parametrize("changed", ["src/main.ts", "package.json", "src/new.vue"])
def test_a_changed_source_is_built_anew(project: Project, changed: str) -> None:
    phone_pages.build_pages(project)
    (project.pages / changed).write_text("changed")
    assert not phone_pages.pages_are_built(project)


def test_what_npm_and_the_build_write_is_no_source(project: Project) -> None:
    phone_pages.build_pages(project)
    phone_pages.install_packages(project, with_tools=True)
    (project.pages / "dist" / "more.js").write_text("built")
    assert phone_pages.pages_are_built(project)


def test_a_deleted_build_is_made_again(project: Project) -> None:
    phone_pages.build_pages(project)
    (project.pages / "dist" / "index.html").unlink()
    assert not phone_pages.pages_are_built(project)


def test_an_interrupted_build_is_made_again(project: Project, tmp_path: Path) -> None:
    phone_pages.build_pages(project)
    (tmp_path / "bin" / "npm").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(Refusal, match="could not be built"):
        phone_pages.build_pages(project)
    assert not phone_pages.pages_are_built(project)


def test_packages_for_building_do_not_serve_for_testing(project: Project, tmp_path: Path) -> None:
    phone_pages.install_packages(project, with_tools=False)
    assert "npm ci --no-audit --no-fund --omit=dev" in (tmp_path / "log").read_text()
    assert phone_pages.packages_are_ready(project, with_tools=False)
    assert not phone_pages.packages_are_ready(project, with_tools=True)


def test_packages_for_testing_serve_for_building(project: Project) -> None:
    phone_pages.install_packages(project, with_tools=True)
    assert phone_pages.packages_are_ready(project, with_tools=True)
    assert phone_pages.packages_are_ready(project, with_tools=False)


def test_another_lock_means_other_packages(project: Project) -> None:
    phone_pages.install_packages(project, with_tools=True)
    (project.pages / "package-lock.json").write_text('{"changed": true}')
    assert not phone_pages.packages_are_ready(project, with_tools=False)


@pytest.mark.parametrize(
    ("version", "enough"),
    [("v20.19.0", True), ("v22.1.0", True), ("v20.18.9", False), ("v18.20.4", False), ("strange", False)],
)
def test_an_old_node_is_not_used(project: Project, monkeypatch: pytest.MonkeyPatch, version: str, enough: bool) -> None:
    monkeypatch.setenv("FAKE_NODE", version)
    assert phone_pages.system_node_is_enough() is enough
    assert str(project.setup / "node") not in phone_pages.node_path(project) or not enough


def test_an_environment_without_its_stamp_is_not_ready(project: Project) -> None:
    """As an interrupted build leaves it: the program is there, the stamp is not."""
    project.python.parent.mkdir(parents=True)
    project.python.symlink_to("/bin/true")
    assert not python_environment.environment_is_ready(project)


def test_an_environment_is_ready_for_its_lock_only(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_environment, "command", lambda *_, **__: None)
    project.python.parent.mkdir(parents=True)
    project.python.symlink_to("/bin/true")
    python_environment.build_environment(project)
    assert python_environment.environment_is_ready(project)
    project.lock.write_text("falcon==4.4.1 --hash=sha256:01\n")
    assert not python_environment.environment_is_ready(project)


def test_an_environment_that_does_not_start_is_not_ready(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_environment, "command", lambda *_, **__: None)
    project.python.parent.mkdir(parents=True)
    project.python.symlink_to("/bin/true")
    python_environment.build_environment(project)
    project.python.unlink()
    project.python.symlink_to("/bin/false")
    assert not python_environment.environment_is_ready(project)


@pytest.mark.parametrize("name", ["uv.txt", "node.txt"])
def test_the_tools_locks_pin_hashes_and_hold_no_address(name: str) -> None:
    text = (python_environment.LOCKS / name).read_text()
    pinned = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]
    assert len(pinned) == 1
    assert "==" in pinned[0]
    assert "--hash=sha256:" in text
    assert "://" not in text
