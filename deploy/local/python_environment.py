"""Builds ``.venv`` from requirements.lock with uv, and uv itself from its own lock. Standard library only.

A stamp written last holds the lock's hash: an interrupted build has no stamp and is done again, a finished one is not.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy.local.places import Project
from deploy.local.stamps import digest_of, read_stamp
from deploy.local.steps import command

LOCKS = Path(__file__).with_name("locks")
PROBE_TIMEOUT_S = 30
_ROOT_IS_RIGHT = {"PIP_ROOT_USER_ACTION": "ignore"}
"""The environment is ours alone, so pip need not warn of root. As a variable, which a pip older than 22.1 passes over."""
_ADVICE = "The Python packages could not be installed: check the connection to the package index and start again."


def environment_is_ready(project: Project) -> bool:
    """Whether ``.venv`` was built from this lock with this Python and still starts."""
    if read_stamp(_stamp(project)) != _fingerprint(project) or not project.python.exists():
        return False
    probe = subprocess.run([str(project.python), "-c", ""], capture_output=True, timeout=PROBE_TIMEOUT_S, check=False)
    return probe.returncode == 0


def install_uv(project: Project) -> None:
    """uv in a small environment of its own; once per version."""
    home = project.setup / "uv"
    lock = LOCKS / "uv.txt"
    stamp = home / "made-from"
    if read_stamp(stamp) == digest_of(lock) and uv(project).exists():
        return
    log = project.setup / "logs" / "uv.log"
    command([sys.executable, "-m", "venv", "--clear", str(home)], log, advice=_ADVICE)
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    command([*pip, "--require-hashes", "-r", str(lock)], log, advice=_ADVICE, environment=_ROOT_IS_RIGHT)
    stamp.write_text(digest_of(lock))


def build_environment(project: Project) -> None:
    """``.venv`` holds exactly what requirements.lock names. Needs uv."""
    _stamp(project).unlink(missing_ok=True)
    quiet = {"UV_PYTHON_DOWNLOADS": "never"}
    logs = project.setup / "logs"
    if not _same_python(project):
        make = [str(uv(project)), "venv", "--clear", "--python", sys.executable, str(project.environment)]
        command(make, logs / "venv.log", advice=_ADVICE, environment=quiet, cwd=project.root)
    sync = [str(uv(project)), "pip", "sync", "--python", str(project.python), "--require-hashes", "--compile-bytecode"]
    sync.append(
        str(project.lock)
    )  # compiled once here, and not by each process at its start: 1.1 instead of 3.6 CPU-s for dues
    command(sync, logs / "python.log", advice=_ADVICE, environment=quiet, cwd=project.root)
    _stamp(project).write_text(_fingerprint(project))


def uv(project: Project) -> Path:
    return project.setup / "uv" / "bin" / "uv"


def _same_python(project: Project) -> bool:
    """Whether ``.venv`` was made by the Python that runs now; another minor version needs other wheels."""
    if not project.python.exists():
        return False
    ask = [str(project.python), "-c", "import sys; print(sys.version)"]
    answer = subprocess.run(ask, capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == sys.version.strip()


def _fingerprint(project: Project) -> str:
    return f"{digest_of(project.lock)} {sys.version.split()[0]}"


def _stamp(project: Project) -> Path:
    return project.environment / "made-from"
