"""A timer that a commit wakes: what was written goes on at once and not at the next tick.

Listening is a help and no promise. What it does not hear, because its connection is lost or nobody rang, the tick brings.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import eventlet
from eventlet.event import Event
from eventlet.queue import Empty, Full, LightQueue
from nameko.timer import Timer

from services.chassis.database import Database
from services.chassis.logging import get_logger

_log = get_logger(__name__)
LISTEN_S = 60.0
"""One wait for the bell; then the connection is looked at again."""
LISTEN_AGAIN_S = 1.0
"""Between two tries to listen: a try costs a connection."""
CORE = "core"
"""The dependency whose database rings."""


class WokenTimer(Timer):  # type: ignore[misc]
    """Fires when its bell rings, and so many seconds after its last run at the latest."""

    should_stop: Event
    worker_complete: Event

    def __init__(self, bell: str, **options: Any) -> None:
        self.bell = bell
        self._rung = LightQueue(1)
        self._listener: Any = None
        super().__init__(**options)

    def start(self) -> None:
        super().start()
        self._listener = self.container.spawn_managed_thread(self._listen)

    def stop(self) -> None:
        self._listener.kill()
        self.should_stop.send(True)
        self.ring()
        self.gt.wait()

    def kill(self) -> None:
        self._listener.kill()
        super().kill()

    def ring(self) -> None:
        """Once is enough, also while the job runs: then it runs once more."""
        with suppress(Full):
            self._rung.put_nowait(None)

    def _run(self) -> None:
        while not self.should_stop.ready():
            with suppress(Empty):
                self._rung.get(timeout=self.interval)
            if self.should_stop.ready():
                return
            self.handle_timer_tick()
            self.worker_complete.wait()
            self.worker_complete.reset()

    def _listen(self) -> None:
        while not self.should_stop.ready():
            try:
                with self._database().hearing(self.bell) as heard:
                    self.ring()  # for what was said while nobody listened
                    while not self.should_stop.ready():
                        if heard(LISTEN_S):
                            self.ring()
            except Exception as fault:  # noqa: BLE001 (whatever the driver raises, the ticks go on)
                _log.warning("bell_lost", bell=self.bell, error=type(fault).__name__)
            eventlet.sleep(LISTEN_AGAIN_S)

    def _database(self) -> Database:
        (core,) = (each.core for each in self.container.dependencies if each.attr_name == CORE)
        database: Database = core.database
        return database
