"""How a service's consumer comes back to a broker that was gone: soon, and for as long as it takes.

Owns the waits between tries. kombu's own grow by two seconds each up to half a minute: a broker that is back after seven seconds
would be without its services until the twelfth.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FIRST_WAIT_S = 0.1
GROWS_BY_S = 0.2
LONGEST_WAIT_S = 1.0
"""A try costs one refused connection; a service asks no more often than this, for ever."""
CONNECT_TIMEOUT_S = 3.0
"""A broker on the same network answers in milliseconds; a frozen one is found out this fast."""


class Reconnecting:
    """Goes before kombu's ``ConsumerMixin`` among a consumer's bases."""

    connection: Any
    on_connection_error: Any

    @contextmanager
    def establish_connection(self) -> Iterator[Any]:
        with self.connection.clone(connect_timeout=CONNECT_TIMEOUT_S) as connection:
            connection.ensure_connection(
                self.on_connection_error,
                interval_start=FIRST_WAIT_S,
                interval_step=GROWS_BY_S,
                interval_max=LONGEST_WAIT_S,
            )
            yield connection
