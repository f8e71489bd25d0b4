"""What must be on the machine itself: found by looking for it, installed through apt when that is allowed.

Looks for the thing (a program, a font), not for the package, so that a machine that has it from elsewhere is left alone.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.failures import Refusal
from deploy.local.steps import command

BROKER_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CHINESE_FONT = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
SERVICE_GUARD = Path("/usr/sbin/policy-rc.d")
INSTALLER = Path(__file__).with_name("install-packages.sh")
SUDO_TIMEOUT_S = 10


@dataclass(frozen=True)
class Need:
    """Something that the machine must have, the Debian package that brings it, and how one sees that it is there."""

    package: str
    is_there: Callable[[], bool]


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _broker_is_there() -> bool:
    return BROKER_PROGRAM.exists() and shutil.which("erl") is not None


RUN_NEEDS = (
    Need("rabbitmq-server", _broker_is_there),
    Need("fonts-noto-cjk", CHINESE_FONT.exists),
    # Debian takes these two modules out of Python and into a package.
    Need("python3-venv", lambda: all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))),
)
TEST_NEEDS = (
    *RUN_NEEDS,
    Need("chromium", _program("chromium", "chromium-browser", "google-chrome")),
    Need("poppler-utils", _program("pdftoppm")),
)


def missing_packages(needs: Sequence[Need], environment: Mapping[str, str]) -> list[str]:
    """Packages to install. A broker given by AMQP_URI makes the package of our own unnecessary."""
    given_broker = bool(environment.get("AMQP_URI"))
    return [
        need.package
        for need in needs
        if not need.is_there() and not (given_broker and need.package == "rabbitmq-server")
    ]


def installer_prefix() -> list[str] | None:
    """What to put before a command so that it may install: nothing for root, sudo when it asks nothing, None for neither."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, timeout=SUDO_TIMEOUT_S, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def require_installable(packages: Sequence[str]) -> None:
    """Raises Refusal with the sentence that names the packages when this user can't install them."""
    if not packages:
        return
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise Refusal(f"This machine has no apt: install what Debian calls {names}, then start again.")
    if installer_prefix() is None:
        raise Refusal(
            f"Debian packages are missing and this user may not install them: run `sudo apt-get install {names}`, "
            "then start again."
        )


def install(packages: Sequence[str], log: Path) -> None:
    """Installs the packages through apt without starting any service that they bring. Raises Refusal."""
    prefix = installer_prefix()
    if prefix is None:
        require_installable(packages)
        prefix = []
    names = " ".join(packages)
    command(
        [*prefix, "sh", str(INSTALLER), str(SERVICE_GUARD), *packages],
        log,
        advice=f"apt could not install {names}: run `sudo apt-get install {names}` to see why, then start again.",
    )
