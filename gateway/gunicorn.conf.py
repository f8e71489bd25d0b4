"""How gunicorn runs the gateway: threads that may wait, workers that share nothing, an end that finishes what it began."""

# ruff: noqa: N999  # the name that gunicorn's own documentation gives to this file

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

from gunicorn.glogging import Logger

from gateway.settings import GatewaySettings
from gateway.tokens import MAX_TOKEN
from services.chassis.limits import SHUTDOWN_GRACE_S
from services.chassis.logging import configure
from services.chassis.settings import SettingsError, load

try:
    _settings = load(GatewaySettings)
except SettingsError as fault:
    sys.exit(str(fault))

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.workers
worker_class = "gthread"
threads = _settings.threads
# Each worker reads the application itself: connections and threads are made after the fork, and belong to one process.
preload_app = False
graceful_timeout = int(SHUTDOWN_GRACE_S)
# A worker whose main loop has not moved for this long is replaced; a long upload does not hold that loop.
timeout = 60
# Longer than a proxy or a phone keeps a quiet connection, so that the other side ends it.
keepalive = 75
worker_connections = 2_000
backlog = 512
limit_request_line = 4_094
limit_request_fields = 60
# An access token with the most and longest grants makes the longest header there is.
limit_request_field_size = MAX_TOKEN + 100
# The application writes the access log itself, with the trace and without addresses.
accesslog = None
loglevel = _settings.log_level.lower()
proc_name = "county-gateway"
# Nobody steers this server by a socket in somebody's home folder.
control_socket_disable = True


class JsonLog(Logger):  # type: ignore[misc]
    """gunicorn's own words, in the form and through the redaction of every other line."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        configure(_settings.service, _settings.log_level)


logger_class = JsonLog


if workers > 1:
    # Each worker counts in files of its own; /metrics, whichever worker answers it, adds them up. Set before any is forked.
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="gateway-metrics-"))


def child_exit(_server: Any, worker: Any) -> None:
    if workers > 1:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    if workers > 1:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def worker_exit(_server: Any, _worker: Any) -> None:
    wsgi = sys.modules.get("gateway.wsgi")  # absent in a worker that could not start
    if wsgi is not None:
        wsgi.ended.stop()
        wsgi.transport.close()
