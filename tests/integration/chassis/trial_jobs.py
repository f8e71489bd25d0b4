"""A jobs process whose relay looks by itself hardly ever: ``python -m … AMQP_URI DATABASE_URL SECONDS``. What it tells sooner, a
bell had it tell."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from services.chassis import run  # patches the world before nameko is imported

# isort: split
from nameko.extensions import DependencyProvider

from services.chassis.core import Core, Desk
from services.chassis.database import Database
from services.chassis.entrypoints import every
from services.chassis.outbox import BELL
from services.chassis.relay import RelayProvider
from tests.integration.dues.county import settings_for

URI, URL, SECONDS = sys.argv[1:]


class TrialCore(DependencyProvider):  # type: ignore[misc]
    def setup(self) -> None:
        self.core = Core(settings_for(URL, Path(gettempdir())), Database(URL, name="trial", rows_of="yanting"))

    def get_dependency(self, worker_ctx: Any) -> Core:
        return self.core


class TrialJobs:
    name = "members-jobs"
    core = TrialCore()
    relay = RelayProvider()

    @every(float(SECONDS), alone=True, woken_by=BELL)
    def tell_events(self, desk: Desk) -> None:
        self.relay.run(desk)  # type: ignore[attr-defined]


if __name__ == "__main__":
    run.serve(TrialJobs, URI, "stock")
