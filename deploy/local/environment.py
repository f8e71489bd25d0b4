"""What the suite's processes are told on one machine: the one place where settings for the runner and for tests are made.

A variable that the caller's environment holds wins over the one made here, so that a real broker, a real database or a real
merchant is a matter of setting variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from deploy.local.failures import Refusal
from deploy.local.folder import DataFolder
from deploy.local.ports import LOOPBACK
from deploy.local.processes import BROKER, PLATFORM_VARIABLES, POSTGRES, PROCESSES, Process
from deploy.wechat_simulator.keys import addresses, ensure_keys

COUNTY, COUNTY_NAME = "yanting", "盐亭县"
VHOST = "%2F"
MANAGEMENT_PORT = 15_672
"""Where RabbitMQ's management listens unless it is told otherwise."""

SERVICES = ("members", "dues")
PORT_NAMES = (
    *("postgres", "amqp", "management", "epmd", "distribution", "gateway", "wechat-simulator"),
    *(
        f"probe-{process.name}"
        for process in PROCESSES
        if process.probe and process.probe.port_variable == "METRICS_PORT"
    ),
)


@dataclass(frozen=True)
class Given:
    """What the caller's environment says that matters for the whole suite."""

    environment: Mapping[str, str]

    def text(self, name: str) -> str:
        return self.environment.get(name, "").strip()

    @property
    def has_broker(self) -> bool:
        return bool(self.text("AMQP_URI"))

    @property
    def has_all_databases(self) -> bool:
        return all(self.text(database_variable(service)) for service in SERVICES)

    @property
    def is_simulated(self) -> bool:
        return (self.text("WECHAT_MODE") or "simulated") == "simulated"


def database_variable(service: str) -> str:
    return f"{service.upper()}_DATABASE_URL"


def private_broker_uri(ports: Mapping[str, int], secrets: Mapping[str, str]) -> str:
    return f"amqp://county:{secrets['rabbitmq']}@{LOOPBACK}:{ports['amqp']}/{VHOST}"


def private_database_url(service: str, ports: Mapping[str, int], secrets: Mapping[str, str]) -> str:
    return f"postgresql://{service}:{secrets[service]}@{LOOPBACK}:{ports['postgres']}/{service}"


def suite_settings(
    folder: DataFolder, ports: Mapping[str, int], secrets: Mapping[str, str], given: Given
) -> dict[str, str]:
    """All variables of the platform, for all processes together. Raises Refusal for a half-made folder of keys."""
    public_host = given.text("GATEWAY_HOST") or LOOPBACK
    gateway = f"http://{LOOPBACK}:{ports['gateway']}"
    settings = {
        "COUNTY_ID": COUNTY,
        "COUNTY_NAME": COUNTY_NAME,
        "LOG_LEVEL": "INFO",
        "AMQP_URI": private_broker_uri(ports, secrets),
        "AMQP_MANAGEMENT_URI": f"http://county:{secrets['rabbitmq']}@{LOOPBACK}:{ports['management']}",
        **{database_variable(one): private_database_url(one, ports, secrets) for one in SERVICES},
        **{name: secrets[name] for name in ("SEAL_KEYS", "INDEX_KEY", "TOKEN_KEY")},
        "BLOB_DIR": str(folder.blobs),
        "ACCOUNTS_FILE": str(folder.accounts),
        "METRICS_HOST": LOOPBACK,
        "GATEWAY_HOST": public_host,
        "GATEWAY_PORT": str(ports["gateway"]),
        "GATEWAY_URL": gateway,
        "PUBLIC_URL": gateway,
    }
    if given.is_simulated:
        settings |= _simulated_wechat(folder, ports["wechat-simulator"])
    settings |= {name: value for name in PLATFORM_VARIABLES if (value := given.text(name))}
    if given.has_broker and not given.text("AMQP_MANAGEMENT_URI"):
        settings["AMQP_MANAGEMENT_URI"] = management_of(given.text("AMQP_URI"))
    settings["GATEWAY_PORT"] = str(ports["gateway"])
    return settings


def _simulated_wechat(folder: DataFolder, port: int) -> dict[str, str]:
    try:
        made = ensure_keys(folder.path / "wechat")
    except ValueError as error:
        raise Refusal(
            f"The data folder is half-made: {error}, or run `make reset` to begin with an empty one."
        ) from None
    return {
        "BOOTSTRAP_ADMINS": str(folder.founding),
        **made.platform,
        **made.simulator,
        **addresses(f"http://{LOOPBACK}:{port}"),
        "WECHAT_SIMULATOR_HOST": LOOPBACK,
        "WECHAT_SIMULATOR_PORT": str(port),
        "WECHAT_SIMULATOR_DATA": str(folder.path / "wechat-simulator"),
    }


def management_of(amqp_uri: str) -> str:
    """Where the management of a given broker usually listens: the same host and user, its usual port."""
    parts = urlsplit(amqp_uri)
    user = parts.netloc.rpartition("@")[0]
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    return urlunsplit(("http", f"{user}@{host}:{MANAGEMENT_PORT}" if user else f"{host}:{MANAGEMENT_PORT}", "", "", ""))


def process_environment(
    process: Process, settings: Mapping[str, str], ports: Mapping[str, int], around: Mapping[str, str]
) -> dict[str, str]:
    """What one process sees: the caller's environment without the platform's variables, and the ones that it lists."""
    plain = {name: value for name, value in around.items() if name not in PLATFORM_VARIABLES}
    own = {name: settings[name] for name in process.variables if name in settings}
    if "METRICS_PORT" in process.variables:
        own["METRICS_PORT"] = str(ports[f"probe-{process.name}"])
    return {**plain, **own, "PYTHONUNBUFFERED": "1"}


def wanted_processes(processes: tuple[Process, ...], given: Given, *, first_start: bool) -> list[Process]:
    """The processes of this start: no simulator beside a real merchant, no demonstration county but the first time."""
    return [
        process
        for process in processes
        if (given.is_simulated or not process.simulated_only) and (first_start or not process.first_start_only)
    ]


def private_servers(given: Given) -> list[str]:
    """Which of the servers this start must bring itself."""
    return [*([] if given.has_all_databases else [POSTGRES]), *([] if given.has_broker else [BROKER])]
