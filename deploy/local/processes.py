"""Which processes make up the suite: their commands, what each is told, and what each waits for. The one list.

The local runner, the tests' stack and (compared by a test) docker-compose.yml start these. Nothing here starts anything. A
process is told the variables that it lists and no other of the platform's: its own database, its own keys.
"""

from __future__ import annotations

from dataclasses import dataclass

POSTGRES = "postgres"
BROKER = "rabbitmq"
SERVERS = (POSTGRES, BROKER)
"""What the suite stands on: private ones, or real ones named by the environment."""

EVERY = ("COUNTY_ID", "AMQP_URI", "LOG_LEVEL", "CLOCK_START")
PROBES = ("METRICS_HOST", "METRICS_PORT")
DOORS = ("CHASSIS_ENTRYPOINTS",)
SEALED = ("SEAL_KEYS", "INDEX_KEY", "BLOB_DIR")
WECHAT_PERSON = ("WECHAT_MODE", "WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_LOGIN_URL")
WECHAT_REMINDERS = ("WECHAT_REMINDER_TEMPLATE", "WECHAT_REMINDER_FIELDS")
WECHAT_MONEY = (
    *("WECHAT_MODE", "WECHAT_APP_ID", "WECHAT_MERCHANT_ID", "WECHAT_MERCHANT_SERIAL", "WECHAT_MERCHANT_KEY"),
    *("WECHAT_API_V3_KEY", "WECHAT_PLATFORM_PUBLIC_KEY_ID", "WECHAT_PLATFORM_PUBLIC_KEY", "WECHAT_API_URL"),
)
WECHAT_PAGE = ("WECHAT_MODE", "WECHAT_APP_ID", "WECHAT_AUTHORIZE_URL", "WECHAT_BRIDGE_URL")
SIMULATOR = (
    *("WECHAT_MODE", "WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_MERCHANT_ID", "WECHAT_MERCHANT_SERIAL"),
    *("WECHAT_API_V3_KEY", "WECHAT_PLATFORM_PUBLIC_KEY_ID", "WECHAT_API_URL", "WECHAT_LOGIN_URL"),
    *("WECHAT_AUTHORIZE_URL", "WECHAT_SIMULATOR_PLATFORM_KEY", "WECHAT_SIMULATOR_MERCHANT_PUBLIC_KEY"),
    *("WECHAT_SIMULATOR_CONTROL_KEY", "WECHAT_SIMULATOR_HOST", "WECHAT_SIMULATOR_PORT", "WECHAT_SIMULATOR_DATA"),
    *("WECHAT_SIMULATOR_ORIGINS", "PUBLIC_URL"),
)
MEMBERS = (
    *("COUNTY_NAME", *EVERY, *SEALED, *WECHAT_PERSON, *WECHAT_REMINDERS),
    *("MEMBERS_DATABASE_URL", "TOKEN_KEY", "PUBLIC_URL"),
)
DUES = (*EVERY, *SEALED, *WECHAT_MONEY, "DUES_DATABASE_URL", "PUBLIC_URL")


@dataclass(frozen=True, slots=True)
class Probe:
    """Where a running process says that it can serve: a path on the port that one of its variables names."""

    port_variable: str
    path: str = "/readyz"


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the suite. Without a probe it runs once, to its end; what waits for it waits for success."""

    name: str
    command: tuple[str, ...]
    variables: tuple[str, ...]
    after: tuple[str, ...]
    probe: Probe | None = None
    simulated_only: bool = False
    """Whether it belongs only where money is simulated."""

    first_start_only: bool = False
    """Whether it fills an empty installation with the demonstration county."""

    @property
    def runs_once(self) -> bool:
        return self.probe is None


def _service(name: str, variables: tuple[str, ...], *after: str) -> Process:
    return Process(
        name=name,
        command=("python", "-m", "services.chassis.run", name),
        variables=(*variables, *PROBES, *DOORS),
        after=(*after, "declare"),
        probe=Probe("METRICS_PORT"),
    )


PROCESSES = (
    Process(
        name="migrate-members",
        command=("python", "-m", "services.chassis.migrate", "members"),
        variables=("MEMBERS_DATABASE_URL",),
        after=(POSTGRES,),
    ),
    Process(
        name="migrate-dues",
        command=("python", "-m", "services.chassis.migrate", "dues"),
        variables=("DUES_DATABASE_URL",),
        after=(POSTGRES,),
    ),
    Process(
        name="declare", command=("python", "-m", "services.chassis.declare"), variables=("AMQP_URI",), after=(BROKER,)
    ),
    Process(
        name="demo-accounts",
        command=("python", "-m", "deploy.demo.founding"),
        variables=("COUNTY_ID", "WECHAT_MODE", "ACCOUNTS_FILE", "CLOCK_START"),
        after=(),
        simulated_only=True,
    ),
    Process(
        name="bootstrap",
        command=("python", "-m", "services.members.bootstrap"),
        variables=(*MEMBERS, "BOOTSTRAP_ADMINS"),
        after=("migrate-members", "demo-accounts"),
    ),
    Process(
        name="wechat-simulator",
        command=("python", "-m", "deploy.wechat_simulator"),
        variables=SIMULATOR,
        after=(),
        probe=Probe("WECHAT_SIMULATOR_PORT", "/livez"),
        simulated_only=True,
    ),
    _service("members", MEMBERS, "bootstrap"),
    _service("members-jobs", MEMBERS, "bootstrap"),
    _service("dues", DUES, "migrate-dues"),
    _service("dues-jobs", DUES, "migrate-dues"),
    Process(
        name="gateway",
        command=("gunicorn", "-c", "gateway/gunicorn.conf.py", "gateway.wsgi:app"),
        variables=(
            *(*EVERY, *WECHAT_PAGE),
            *(
                "COUNTY_NAME",
                "TOKEN_KEY",
                "SEAL_KEYS",
                "BLOB_DIR",
                "AMQP_MANAGEMENT_URI",
                "PUBLIC_URL",
                "GATEWAY_HOST",
                "GATEWAY_PORT",
                "GATEWAY_WORKERS",
                "GATEWAY_TRUSTED_PROXIES",
                "GATEWAY_CALLS_IN_FLIGHT",
                "GATEWAY_RATE_LIMIT_SCALE",
            ),
        ),
        after=("members", "dues"),
        probe=Probe("GATEWAY_PORT"),
    ),
    Process(
        name="demo",
        command=("python", "-m", "deploy.demo"),
        variables=("COUNTY_ID", "WECHAT_MODE", "PUBLIC_URL", "GATEWAY_URL", "ACCOUNTS_FILE", "CLOCK_START"),
        after=("gateway", "members-jobs", "dues-jobs", "wechat-simulator"),
        first_start_only=True,
    ),
)
BY_NAME = {process.name: process for process in PROCESSES}
OPTIONAL = (
    "LOG_LEVEL",
    "CLOCK_START",
    "CHASSIS_ENTRYPOINTS",
    "BOOTSTRAP_ADMINS",
    "GATEWAY_WORKERS",
    "GATEWAY_TRUSTED_PROXIES",
    "GATEWAY_CALLS_IN_FLIGHT",
    "GATEWAY_RATE_LIMIT_SCALE",
    "WECHAT_API_URL",
    "WECHAT_LOGIN_URL",
    "WECHAT_AUTHORIZE_URL",
    "WECHAT_BRIDGE_URL",
    "WECHAT_SIMULATOR_ORIGINS",
    "WECHAT_REMINDER_TEMPLATE",
    "WECHAT_REMINDER_FIELDS",
)
"""Variables that a process does without: unset means its own default."""

PLATFORM_VARIABLES = frozenset(name for process in PROCESSES for name in process.variables)


def order(processes: tuple[Process, ...] = PROCESSES) -> list[str]:
    """Names such that each stands behind all that it waits for. Raises ValueError for a circle or an unknown name."""
    placed: list[str] = list(SERVERS)
    waiting = list(processes)
    while waiting:
        free = [process for process in waiting if set(process.after) <= set(placed)]
        if not free:
            raise ValueError(f"these wait for each other or for nobody: {', '.join(one.name for one in waiting)}")
        placed += [process.name for process in free]
        waiting = [process for process in waiting if process not in free]
    return placed[len(SERVERS) :]
