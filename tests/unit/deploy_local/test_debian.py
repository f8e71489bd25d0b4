"""What the machine lacks: found, named for who may not install, installed without starting anybody's server."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from deploy.local import debian
from deploy.local.debian import Need, missing_packages
from deploy.local.failures import Refusal

HERE = Need("fonts-noto-cjk", lambda: True)
MISSING = Need("poppler-utils", lambda: False)
BROKER = Need("rabbitmq-server", lambda: False)

APT = """#!/bin/sh
echo "apt-get $*" >>"$FAKE_LOG"
case "$*" in
*" install "*)
  "$FAKE_GUARD" invoke rabbitmq-server start && echo "a server was started" >>"$FAKE_LOG"
  [ -e "$FAKE_LISTS" ] || exit 100 ;;
*update*) touch "$FAKE_LISTS" ;;
esac
"""


class Machine:
    """A folder of fake programs in front of PATH."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bin, self.log, self.guard, self.lists = (folder / name for name in ("bin", "log", "policy-rc.d", "lists"))
        self.bin.mkdir()
        monkeypatch.setenv("PATH", f"{self.bin}{os.pathsep}{os.environ['PATH']}")
        for name, value in (("FAKE_LOG", self.log), ("FAKE_GUARD", self.guard), ("FAKE_LISTS", self.lists)):
            monkeypatch.setenv(name, str(value))

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def install(self, *packages: str) -> subprocess.CompletedProcess[str]:
        argv = ["sh", str(debian.INSTALLER), str(self.guard), *packages]
        return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path, monkeypatch)
    machine.program("apt-get", APT)
    machine.program("systemctl", "#!/bin/sh\n")
    return machine


@pytest.fixture
def normal_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian.os, "geteuid", lambda: 1000)


def test_only_what_is_missing_is_installed() -> None:
    assert missing_packages([HERE, MISSING, BROKER], {}) == ["poppler-utils", "rabbitmq-server"]


def test_a_given_broker_makes_the_package_unnecessary() -> None:
    assert missing_packages([HERE, MISSING, BROKER], {"AMQP_URI": "amqp://broker.example/"}) == ["poppler-utils"]


@pytest.mark.usefixtures("normal_user")
def test_a_user_who_may_not_install_gets_one_sentence_with_the_packages(machine: Machine) -> None:
    machine.program("sudo", "#!/bin/sh\nexit 1\n")
    with pytest.raises(Refusal) as told:
        debian.require_installable(["rabbitmq-server", "fonts-noto-cjk"])
    assert str(told.value) == (
        "Debian packages are missing and this user may not install them: "
        "run `sudo apt-get install rabbitmq-server fonts-noto-cjk`, then start again."
    )


@pytest.mark.usefixtures("normal_user")
def test_a_user_whose_sudo_asks_nothing_may_install(machine: Machine) -> None:
    machine.program("sudo", "#!/bin/sh\nexit 0\n")
    debian.require_installable(["rabbitmq-server"])
    assert debian.installer_prefix() == ["sudo", "-n"]


@pytest.mark.usefixtures("normal_user")
def test_nothing_missing_asks_for_nothing(machine: Machine) -> None:
    machine.program("sudo", "#!/bin/sh\nexit 1\n")
    debian.require_installable([])


def test_a_machine_without_apt_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal, match="no apt: install what Debian calls rabbitmq-server"):
        debian.require_installable(["rabbitmq-server"])


def test_no_server_is_started_by_an_installation_and_the_guard_goes(machine: Machine) -> None:
    machine.lists.touch()
    assert machine.install("rabbitmq-server", "fonts-noto-cjk").returncode == 0
    assert "install -y --no-install-recommends rabbitmq-server fonts-noto-cjk" in machine.log.read_text()
    assert "a server was started" not in machine.log.read_text()
    assert not machine.guard.exists()


def test_without_the_guard_the_server_would_have_been_started(machine: Machine) -> None:
    """The twin: the same installation with a guard that lets everything pass."""
    machine.lists.touch()
    machine.program("policy", "#!/bin/sh\nexit 0\n")
    machine.guard.symlink_to(machine.bin / "policy")
    machine.install("rabbitmq-server")
    assert "a server was started" in machine.log.read_text()


def test_a_guard_that_the_machine_has_is_kept(machine: Machine) -> None:
    machine.lists.touch()
    machine.guard.write_text("#!/bin/sh\nexit 101\n")
    machine.guard.chmod(0o700)
    machine.install("rabbitmq-server")
    assert machine.guard.read_text() == "#!/bin/sh\nexit 101\n"
    assert stat.S_IMODE(machine.guard.stat().st_mode) == 0o700


def test_lists_of_a_fresh_machine_are_asked_for(machine: Machine) -> None:
    assert machine.install("fonts-noto-cjk").returncode == 0
    assert [line.split(" ", 3)[3].split()[0] for line in machine.log.read_text().splitlines()] == [
        "install",
        "update",
        "install",
    ]


def test_a_failed_installation_takes_the_guard_away_and_is_told(machine: Machine, tmp_path: Path) -> None:
    machine.program("apt-get", "#!/bin/sh\nexit 100\n")
    assert machine.install("fonts-noto-cjk").returncode != 0
    assert not machine.guard.exists()


def test_a_failed_installation_becomes_a_sentence(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.program("apt-get", "#!/bin/sh\nexit 100\n")
    machine.program("sudo", '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n')
    monkeypatch.setattr(debian, "SERVICE_GUARD", machine.guard)
    with pytest.raises(Refusal, match="apt could not install fonts-noto-cjk: run `sudo apt-get install"):
        debian.install(["fonts-noto-cjk"], tmp_path / "packages.log")
