"""What each process is told: enough to start, its own and nobody else's, and the caller's word wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.environment import (
    PORT_NAMES,
    Given,
    management_of,
    private_servers,
    process_environment,
    suite_settings,
    wanted_processes,
)
from deploy.local.failures import Refusal
from deploy.local.folder import DataFolder
from deploy.local.keys import load_or_make
from deploy.local.processes import (
    BROKER,
    BY_NAME,
    OPTIONAL,
    PLATFORM_VARIABLES,
    POSTGRES,
    PROCESSES,
    SERVERS,
    Process,
    order,
)
from deploy.wechat_simulator.settings import SimulatorSettings
from gateway.settings import GatewaySettings
from services.chassis.settings import load
from services.dues.settings import DuesSettings
from services.members.settings import MembersSettings

PORTS = {name: 20_000 + index for index, name in enumerate(PORT_NAMES)}
SETTINGS_OF = {
    "members": MembersSettings,
    "members-jobs": MembersSettings,
    "dues": DuesSettings,
    "dues-jobs": DuesSettings,
    "gateway": GatewaySettings,
}


class Installation:
    """The settings that one data folder gives."""

    def __init__(self, path: Path) -> None:
        path.mkdir(exist_ok=True)
        self.folder = DataFolder(path)
        self.secrets = load_or_make(path / "secrets.json")

    def settings(self, **given: str) -> dict[str, str]:
        return suite_settings(self.folder, PORTS, self.secrets, Given(given))

    def told(self, name: str, **given: str) -> dict[str, str]:
        around = {"PATH": "/usr/bin", **given}
        return process_environment(BY_NAME[name], self.settings(**given), PORTS, around)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "data")


@pytest.mark.parametrize("name", SETTINGS_OF)
def test_a_process_is_told_enough_to_start(installation: Installation, name: str) -> None:
    load(SETTINGS_OF[name], installation.told(name))


def test_the_simulator_is_told_enough_to_start(installation: Installation) -> None:
    SimulatorSettings.from_environment(installation.told("wechat-simulator"))


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_every_variable_that_a_process_lists_has_a_value(installation: Installation, process: Process) -> None:
    told = installation.told(process.name)
    assert [name for name in process.variables if name not in told and name not in OPTIONAL] == []


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_process_is_told_nothing_that_it_does_not_list(installation: Installation, process: Process) -> None:
    told = installation.told(process.name, AMQP_URI="amqp://stranger.example/", TOKEN_KEY="caller's")
    assert set(told) & PLATFORM_VARIABLES <= set(process.variables)


def test_services_do_not_see_each_others_database(installation: Installation) -> None:
    assert "DUES_DATABASE_URL" not in installation.told("members")
    assert "MEMBERS_DATABASE_URL" not in installation.told("dues")
    assert not [name for name in installation.told("gateway") if name.endswith("_DATABASE_URL")]


def test_only_the_simulator_sees_its_private_key(installation: Installation) -> None:
    secret = {"WECHAT_SIMULATOR_PLATFORM_KEY", "WECHAT_SIMULATOR_CONTROL_KEY"}
    knowing = {process.name for process in PROCESSES if secret & set(process.variables)}
    assert knowing == {"wechat-simulator"}


def test_the_callers_word_wins(installation: Installation) -> None:
    given = {
        "AMQP_URI": "amqp://someone:word@broker.example:5672/",
        "DUES_DATABASE_URL": "postgresql://dues@db.example/dues",
        "COUNTY_ID": "santai",
        "PUBLIC_URL": "https://dy.example.cn",
    }
    settings = installation.settings(**given)
    assert {name: settings[name] for name in given} == given
    assert settings["AMQP_MANAGEMENT_URI"] == "http://someone:word@broker.example:15672"
    assert settings["MEMBERS_DATABASE_URL"].endswith("/members")


def test_given_servers_are_not_started() -> None:
    databases = {"MEMBERS_DATABASE_URL": "postgresql://db/members", "DUES_DATABASE_URL": "postgresql://db/dues"}
    assert private_servers(Given({})) == [POSTGRES, BROKER]
    assert private_servers(Given({"AMQP_URI": "amqp://broker/"})) == [POSTGRES]
    assert private_servers(Given(databases)) == [BROKER]
    assert private_servers(Given({**databases, "AMQP_URI": "amqp://broker/"})) == []
    assert private_servers(Given({"DUES_DATABASE_URL": "postgresql://db/dues"})) == [POSTGRES, BROKER]


def test_no_simulator_and_no_demonstration_beside_a_real_merchant(installation: Installation) -> None:
    real = Given({"WECHAT_MODE": "real"})
    names = {process.name for process in wanted_processes(PROCESSES, real, first_start=True)}
    assert not {process.name for process in PROCESSES if process.simulated_only} & names
    settings = installation.settings(WECHAT_MODE="real", WECHAT_APP_ID="wx1")
    assert not [name for name in settings if name.startswith("WECHAT_SIMULATOR")]
    assert "WECHAT_MERCHANT_KEY" not in settings


def test_a_half_made_folder_of_wechat_keys_is_told(installation: Installation) -> None:
    installation.settings()
    (installation.folder.path / "wechat" / "merchant_key.pem").unlink()
    with pytest.raises(Refusal, match=r"half-made: .*merchant_key.pem.*`make reset`"):
        installation.settings()


@pytest.mark.parametrize(
    ("amqp", "management"),
    [
        ("amqp://u:p@host:5672/", "http://u:p@host:15672"),
        ("amqp://host", "http://host:15672"),
        ("amqp://u:p@[::1]:5672/x", "http://u:p@[::1]:15672"),
    ],
)
def test_the_management_of_a_given_broker(amqp: str, management: str) -> None:
    assert management_of(amqp) == management


def test_each_process_stands_behind_what_it_waits_for() -> None:
    placed = [*SERVERS, *order()]
    for process in PROCESSES:
        assert all(placed.index(name) < placed.index(process.name) for name in process.after)


def test_a_circle_of_waiting_is_refused() -> None:
    circle = (Process("one", (), (), ("two",)), Process("two", (), (), ("one",)))
    with pytest.raises(ValueError, match="wait for each other or for nobody: one, two"):
        order(circle)


def test_two_processes_never_listen_on_the_same_port(installation: Installation) -> None:
    probed = [process for process in PROCESSES if process.probe is not None]
    ports = [installation.told(one.name)[one.probe.port_variable] for one in probed if one.probe]
    assert len(set(ports)) == len(probed)
