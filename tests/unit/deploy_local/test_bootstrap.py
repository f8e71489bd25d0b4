"""The set-up: an old Python, a full disk, and what is done is not done again."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import bootstrap, debian, phone_pages, python_environment
from deploy.local.bootstrap import PURPOSES, Purpose, only_one_setup, prepare, require_space
from deploy.local.failures import Refusal
from deploy.local.places import ROOT, Project
from deploy.local.progress import Progress

OLD_PYTHON = """
import runpy, sys
sys.version_info, sys.version = (3, 9, 2, "final", 0), "3.9.2 (default)"
runpy.run_module("deploy.local.bootstrap", run_name="__main__")
"""
SHORT_WAIT_S = 10


class Work:
    """Stands for what really installs: notes what was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.ready: set[str] = set()
        for module, name in (
            (python_environment, "install_uv"),
            (python_environment, "build_environment"),
            (phone_pages, "install_node"),
            (phone_pages, "install_packages"),
            (phone_pages, "build_pages"),
            (debian, "install"),
        ):
            monkeypatch.setattr(module, name, self._noting(name))
        monkeypatch.setattr(python_environment, "environment_is_ready", lambda _: "python" in self.ready)
        monkeypatch.setattr(phone_pages, "packages_are_ready", lambda _, with_tools: "packages" in self.ready)
        monkeypatch.setattr(phone_pages, "pages_are_built", lambda _: "pages" in self.ready)
        monkeypatch.setattr(phone_pages, "system_node_is_enough", lambda: "node" in self.ready)
        monkeypatch.setattr(debian, "installer_prefix", list)

    def _noting(self, name: str) -> Callable[..., None]:
        return lambda *_arguments, **_more: self.done.append(name)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def prepared(project: Project, purpose: Purpose) -> str:
    out = io.StringIO()
    prepare(project, purpose, Progress(out))
    return out.getvalue()


def purpose(*packages: str) -> Purpose:
    return Purpose(tuple(debian.Need(name, lambda: False) for name in packages), ())


def test_an_old_python_is_told_in_one_sentence() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", OLD_PYTHON], cwd=ROOT, capture_output=True, text=True, timeout=SHORT_WAIT_S, check=False
    )
    assert finished.returncode == 1
    assert finished.stderr == (
        "This needs Python 3.11 or newer and found 3.9.2: "
        "install a newer python3, or name one: make run PYTHON=python3.11\n"
    )


def test_the_set_up_needs_nothing_but_the_standard_library() -> None:
    """With every installed package out of reach, its modules still load."""
    argv = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import deploy.local.bootstrap",
    ]
    finished = subprocess.run(argv, capture_output=True, text=True, timeout=SHORT_WAIT_S, check=False)
    assert finished.returncode == 0, finished.stderr


def test_a_fresh_checkout_gets_everything_in_order(project: Project, work: Work) -> None:
    prepared(project, purpose())
    assert set(work.done) == {"install_uv", "build_environment", "install_node", "install_packages", "build_pages"}
    order = {name: index for index, name in enumerate(work.done)}
    assert order["install_uv"] < order["build_environment"]
    assert order["install_uv"] < order["install_node"] < order["install_packages"] < order["build_pages"]


def test_the_machines_own_node_is_used_when_it_is_new_enough(project: Project, work: Work) -> None:
    work.ready = {"python", "node"}
    prepared(project, purpose())
    assert work.done == ["install_packages", "build_pages"]


def test_what_is_done_is_not_done_again(project: Project, work: Work) -> None:
    work.ready = {"python", "node", "packages", "pages"}
    assert prepared(project, purpose()) == ""
    assert work.done == []


def test_only_the_pages_are_built_when_only_they_changed(project: Project, work: Work) -> None:
    work.ready = {"python", "node", "packages"}
    prepared(project, purpose())
    assert work.done == ["build_pages"]


def test_a_missing_venv_package_comes_before_uv(project: Project, work: Work) -> None:
    work.ready = {"node", "packages", "pages"}
    told = prepared(project, purpose("python3-venv"))
    assert work.done == ["install", "install_uv", "build_environment"]
    assert "Debian packages (python3-venv)" in told


def test_a_target_without_pages_leaves_node_alone(project: Project, work: Work) -> None:
    prepared(project, Purpose((), (), pages=False))
    assert work.done == ["install_uv", "build_environment"]


def test_a_full_disk_is_told_before_anything_is_unpacked(project: Project) -> None:
    with pytest.raises(Refusal, match=r"Only 100 MB are free .* needs 2048 MB: free some space"):
        require_space(project, lambda _project: 100 * 1024**2)


def test_a_second_set_up_waits_for_the_first(project: Project) -> None:
    out = io.StringIO()
    entered = threading.Event()

    def second() -> None:
        with only_one_setup(project, Progress(out)):
            entered.set()

    with only_one_setup(project, Progress(io.StringIO())):
        waiting = threading.Thread(target=second)
        waiting.start()
        assert not entered.wait(0.5)
    assert entered.wait(SHORT_WAIT_S)
    waiting.join()
    assert out.getvalue().count("another set-up of this folder is under way") == 1


def test_a_second_set_up_does_not_wait_for_ever(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "LOCK_WAIT_S", 0.1)
    first = only_one_setup(project, Progress(io.StringIO()))
    second = only_one_setup(project, Progress(io.StringIO()))
    with first, pytest.raises(Refusal, match="does not end: stop it"), second:
        pass


def test_each_make_target_that_starts_here_is_known() -> None:
    started = [
        line.partition("$(START) ")[2].split()[0]
        for line in (ROOT / "Makefile").read_text().splitlines()
        if "$(START) " in line
    ]
    assert set(started) == set(PURPOSES)
