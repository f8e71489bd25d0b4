"""Names of hosts in a process of greenlets: looked up by the system, in a real thread, so that other calls go on meanwhile.

eventlet's own resolver is left out (``services/chassis/run.py``): loading it is a quarter of a service's start, and it knows less
than the system does of how a machine finds names.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from eventlet import tpool
from eventlet.green import socket as green_socket
from eventlet.patcher import original

_system: Any = original("socket").getaddrinfo


def look_up_off_the_hub() -> None:
    """From now on in this process. For processes patched for eventlet."""
    socket.getaddrinfo = _getaddrinfo
    green_socket.getaddrinfo = _getaddrinfo


def _getaddrinfo(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
    if host is None or _is_address(host):
        return _system(host, port, *rest, **options)
    return tpool.execute(_system, host, port, *rest, **options)


def _is_address(host: Any) -> bool:
    """Whether nothing has to be looked up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
