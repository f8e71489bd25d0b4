"""Ports of the private servers and processes: chosen free once, remembered, chosen anew only when somebody took one."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from deploy.local.failures import Refusal

LOOPBACK = "127.0.0.1"
OWN_RANGE = range(20_000, 32_000)
"""Below the kernel's range for outgoing connections (from 32768), which could take a port between two starts."""

PREFERRED = {"gateway": range(8080, 8100)}
"""What people expect to type."""

MAX_TRIES = 500
MAX_PORT = 65_535


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether this process may listen there now."""
    return _bind_error(port, host) is None


def _bind_error(port: int, host: str) -> OSError | None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None


def choose(file: Path, names: Iterable[str], preferred: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """A free port for each name; those of the last start where they still are free. Remembers them in the file."""
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    chosen: dict[str, int] = {}
    for name in names:
        wish = known.get(name)
        if wish is None or wish in chosen.values() or not is_free(wish):
            wish = _new_port(preferred.get(name, ()), taken={*chosen.values(), *known.values()})
        chosen[name] = wish
    half = file.with_suffix(".half")
    half.write_text(json.dumps({**known, **chosen}, indent=2))
    half.rename(file)
    return chosen


def _new_port(preferred: Sequence[int], taken: set[int]) -> int:
    for port in (*preferred, *random.sample(OWN_RANGE, MAX_TRIES)):
        if port not in taken and is_free(port):
            return port
    raise Refusal("No free port was found on this machine: stop something that listens on many ports and start again.")


def require_wanted(text: str, host: str = LOOPBACK) -> int:
    """The port that GATEWAY_PORT asks for. Raises Refusal when it is none or cannot be had."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_PORT):
        raise Refusal(f"GATEWAY_PORT is {text!r}: set it to a number from 1 to {MAX_PORT}, or leave it out.")
    port = int(text)
    error = _bind_error(port, host)
    if isinstance(error, PermissionError):
        raise Refusal(f"Port {port} may only be opened by root: set GATEWAY_PORT to one above 1023.")
    if error is not None:
        raise Refusal(f"Port {port} (GATEWAY_PORT) is in use: stop what uses it, or set GATEWAY_PORT to another one.")
    return port
