"""For tests: a simulator in its own process with its own keys, and the hand that works its control API.

The process is the real one (``python -m deploy.wechat_simulator``); only its folder and port are the test's.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from deploy.wechat_simulator.keys import addresses, ensure_keys
from deploy.wechat_simulator.web.control import KEY_HEADER

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 15
CALL_TIMEOUT_S = 60
ROOT = Path(__file__).resolve().parents[2]


class ControlError(Exception):
    """The control API said no."""


@dataclass(slots=True)
class RunningSimulator:
    """A started simulator. ``environment`` is what the platform's processes need to find and trust it."""

    folder: Path
    public_url: str
    changes: Mapping[str, str]
    port: int = 0
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return ensure_keys(self.folder / "keys").platform | addresses(self.base_url)

    def start(self) -> None:
        """Waits for the line that says where it listens. Keeps its port over restarts. Raises RuntimeError."""
        own = ensure_keys(self.folder / "keys").simulator | {
            "WECHAT_SIMULATOR_PORT": str(self.port),
            "WECHAT_SIMULATOR_DATA": str(self.folder / "data"),
            "PUBLIC_URL": self.public_url,
            "PYTHONUNBUFFERED": "1",
            "PATH": os.environ.get("PATH", ""),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.wechat_simulator"],
            cwd=ROOT,
            env=own | dict(self.changes),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if "http://" not in line:
            raise RuntimeError(f"the simulator did not start: exit code {self.process.wait(STOP_TIMEOUT_S)}")
        self.port = urlsplit(line.split()[2]).port or 0
        self._wait_until_live()

    def stop(self) -> int:
        """As an operator stops it. Gives the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self._ended()

    def kill(self) -> int:
        """As a crash stops it."""
        assert self.process is not None
        self.process.kill()
        return self._ended()

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """``control("POST", "pay", {...})``. Raises ControlError with status and code for a refusal."""
        status, content = self._call(method, f"/control/{path}", body)
        answer: Any = json.loads(content) if content else None
        if status >= http.client.BAD_REQUEST:
            raise ControlError(f"{status} {answer['code']}")
        return answer

    def pay(self, order_no: str, *, late: bool = False) -> Any:
        return self.control("POST", "pay", {"order_no": order_no, "late": late})

    def fault(self, kind: str, **parameters: Any) -> Any:
        return self.control("POST", "faults", {"kind": kind, **parameters})

    def sendings(self, order_no: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.control("GET", f"notices?order_no={quote(order_no)}")["items"]
        return items

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, bytes]:
        key = ensure_keys(self.folder / "keys").simulator["WECHAT_SIMULATOR_CONTROL_KEY"]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_TIMEOUT_S)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, body=payload, headers={KEY_HEADER: key})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _wait_until_live(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                if self._call("GET", "/livez", None)[0] == http.client.OK:
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the simulator does not answer")

    def _ended(self) -> int:
        assert self.process is not None
        code = self.process.wait(STOP_TIMEOUT_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def start_simulator(folder: Path, *, public_url: str = "http://127.0.0.1:8080", **changes: str) -> RunningSimulator:
    """Starts one in the folder; ``changes`` are environment variables. The caller stops it."""
    simulator = RunningSimulator(folder, public_url, changes)
    simulator.start()
    return simulator
