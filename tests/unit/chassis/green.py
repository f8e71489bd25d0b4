"""Runs a piece of code in a process of its own under eventlet, as the services do: patched before anything else loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[3]
TIMEOUT_S = 60


def run_in_greenlets(code: str) -> str:
    """What the code printed. Fails with the process's error when it failed."""
    program = "import eventlet\neventlet.monkey_patch()\n" + dedent(code)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
