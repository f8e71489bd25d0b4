"""One child process: its own group, its log, its end. Children die with their parent, however the parent dies.

``setpriv`` (util-linux, on every Debian) sets the signal that the kernel sends to the child when its parent is gone; it is also
how a child gets rid of root. All children are started from one thread that lives as long as this process, because the
kernel means the parent's thread, not the parent.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

LOG_MAX_BYTES = 16 * 1024**2
"""Of one log; with the one before it kept, a process's words take twice this at most."""

LOG_KEPT_BYTES = 1024**2
"""A log that is larger than this is put aside at the next start."""

LEFTOVER_WAIT_S = 15.0
"""Servers of a start that was killed get this long to end by themselves: RabbitMQ needs 6 s."""

POLL_S = 0.05
STILL_OURS = '[ "$PPID" = "$0" ] && exec "$@"'
"""Run by sh once the signal is set: a parent that was gone before that will send none."""

_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")


@dataclass(frozen=True)
class Launch:
    """How a child is started and ended."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    cwd: Path
    log: Path | None
    """None: it writes where this process writes."""

    pid_file: Path
    privileges: tuple[str, ...] = ()
    """Options of setpriv: which user it becomes."""

    stop_signal: signal.Signals = signal.SIGTERM
    stop_within_s: float = 25.0


@dataclass
class Child:
    """A started process."""

    launch: Launch
    process: subprocess.Popen[bytes]
    asked_at: float | None = None
    code: int | None = field(default=None)

    @property
    def name(self) -> str:
        return self.launch.name

    @property
    def pid(self) -> int:
        return self.process.pid

    def poll(self) -> int | None:
        """The exit code once it has ended, with all of its group ended too; None while it lives."""
        if self.code is not None:
            return self.code
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        # While the leader is not reaped its number stays taken, so this can't hit a stranger's group.
        self._signal_group(signal.SIGKILL)
        self.code = self.process.wait()
        self.launch.pid_file.unlink(missing_ok=True)
        return self.code

    def ask_to_stop(self) -> None:
        """Asks once; ``poll_stopping`` goes on."""
        if self.asked_at is None:
            self.asked_at = time.monotonic()
            if self.poll() is None:
                self.process.send_signal(self.launch.stop_signal)

    def poll_stopping(self, *, hurry: bool = False) -> bool:
        """Whether it has ended; kills it when it takes too long or there is no time."""
        if self.poll() is not None:
            return True
        late = self.asked_at is not None and time.monotonic() - self.asked_at > self.launch.stop_within_s
        if hurry or late:
            self._signal_group(signal.SIGKILL)
        return False

    def stop(self) -> int:
        """Asks it to end and waits, a bounded time."""
        self.ask_to_stop()
        while not self.poll_stopping():
            time.sleep(POLL_S)
        assert self.code is not None
        return self.code

    def kill(self) -> int:
        """Ends it and its group at once, as a crash would."""
        while (code := self.poll()) is None:
            self._signal_group(signal.SIGKILL)
            time.sleep(POLL_S)
        return code

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def start(launch: Launch) -> Child:
    """Starts the child in a group and session of its own, so that Ctrl-C reaches it only through us."""
    return _STARTER.submit(_start, launch).result()


def _start(launch: Launch) -> Child:
    argv = ["setpriv", "--pdeathsig", launch.stop_signal.name.removeprefix("SIG"), *launch.privileges, "--"]
    argv += ["sh", "-c", STILL_OURS, str(os.getpid()), *launch.argv]
    launch.pid_file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        output: IO[bytes] | None = None
        if launch.log is not None:
            output = stack.enter_context(open_log(launch.log))
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            env=dict(launch.environment),
            cwd=launch.cwd,
            start_new_session=True,
        )
    launch.pid_file.write_text(f"{process.pid} {_started(process.pid)}\n")
    return Child(launch, process)


def open_log(log: Path) -> IO[bytes]:
    """The log for appending; the last one is kept beside it when it had grown."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log.open("ab")


def bound_log(log: Path) -> None:
    """Cuts a log that has grown too large while its writer goes on: it appends, so it continues in the empty file."""
    if not log.exists() or log.stat().st_size <= LOG_MAX_BYTES:
        return
    with log.open("rb") as file:
        file.seek(-LOG_MAX_BYTES // 2, os.SEEK_END)
        log.with_suffix(".log.1").write_bytes(file.read(LOG_MAX_BYTES // 2))
    os.truncate(log, 0)


def last_words(log: Path, lines: int = 5, size: int = 4_096) -> list[str]:
    """The log's last lines, for a person who asks why."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - size))
        return [line for line in file.read(size).decode(errors="replace").splitlines() if line.strip()][-lines:]


def end_leftovers(pid_files: Path, wait_s: float = LEFTOVER_WAIT_S) -> list[str]:
    """Ends what a killed start left: waits while it ends by itself, then kills. Names of those that had to be killed."""
    alive = {file: pid for file in sorted(pid_files.glob("*.pid")) if (pid := _still_runs(file)) is not None}
    until = time.monotonic() + wait_s
    while alive and time.monotonic() < until:
        time.sleep(POLL_S)
        alive = {file: pid for file, pid in alive.items() if _still_runs(file) is not None}
    for pid in alive.values():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    for file in pid_files.glob("*.pid"):
        file.unlink()
    return [file.stem for file in alive]


def _still_runs(pid_file: Path) -> int | None:
    """The process that the file names, if it is that very one: numbers are used again, the moment of the start is not."""
    try:
        number, started = pid_file.read_text().split()
        return int(number) if _started(int(number)) == started else None
    except (OSError, ValueError):
        return None


def _started(pid: int) -> str:
    """When the process started, in the kernel's ticks; empty when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    after_name = stat.rpartition(")")[2].split()
    return "" if after_name[0] == "Z" else after_name[19]


def environment_with(path_first: Sequence[Path], around: Mapping[str, str]) -> dict[str, str]:
    """The environment with folders before PATH, in which Python keeps what it has compiled: a restart must not compile again."""
    path = os.pathsep.join([*map(str, path_first), around.get("PATH", os.defpath)])
    return {name: value for name, value in around.items() if name != "PYTHONDONTWRITEBYTECODE"} | {"PATH": path}
