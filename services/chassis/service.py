"""What every service and every jobs process has: its core, and the jobs of the chassis itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Generic, TypeVar

from nameko.extensions import DependencyProvider

from services.chassis import audit, once, outbox
from services.chassis.core import Core, Desk
from services.chassis.database import Database
from services.chassis.entrypoints import every
from services.chassis.relay import RelayProvider, area_of, show_lag
from services.chassis.settings import ServiceSettings, load
from services.chassis.work import Work

T = TypeVar("T")
S = TypeVar("S", bound=ServiceSettings)
RELAY_EVERY_S = 1.0
"""A commit wakes it; this is for what no bell told of, and for what is to be tried again."""
LAG_EVERY_S = 5.0
"""The alarm speaks of a minute."""
CHAIN_EVERY_S = 1.0
FORGET_EVERY_S = 600.0
REQUEST_IDS_KEPT = timedelta(days=30)
"""A phone that was off for weeks may still ask again with the id of a payment."""
FORGET_AT_MOST = 10_000


class CoreProvider(DependencyProvider, Generic[S]):  # type: ignore[misc]
    """Gives a service its core. Settings are read once, at the start; a wrong one stops the start with a sentence."""

    def __init__(self, settings: type[S], *, slow: bool = False) -> None:
        self.settings_type = settings
        self.slow = slow
        super().__init__()

    def setup(self) -> None:
        settings = load(self.settings_type)
        name = self.container.service_name
        url, county = settings.database_url.reveal(), settings.county_id
        self.core = Core(settings, Database(url, name=name, slow=self.slow, rows_of=county))

    def stop(self) -> None:
        self.core.database.close()

    def get_dependency(self, worker_ctx: Any) -> Core:  # noqa: ARG002 (nameko's signature)
        return self.core


class Kept(DependencyProvider, Generic[T]):  # type: ignore[misc]
    """Something that a service makes once from its settings and keeps: a provider of the outside, a file store."""

    def __init__(self, settings: type[ServiceSettings], make: Callable[[Any], T]) -> None:
        self.settings_type = settings
        self.make = make
        super().__init__()

    def setup(self) -> None:
        self.kept = self.make(load(self.settings_type))

    def get_dependency(self, worker_ctx: Any) -> T:  # noqa: ARG002 (nameko's signature)
        return self.kept


class ChassisJobs:
    """The jobs that each service's jobs process runs beside its own."""

    name = ""
    relay = RelayProvider()

    @every(RELAY_EVERY_S, alone=True, woken_by=outbox.BELL)
    def tell_events(self, desk: Desk) -> None:
        self.relay.run(desk)

    @every(LAG_EVERY_S)
    def show_outbox_lag(self, desk: Desk) -> None:
        show_lag(desk, area_of(self.name))

    @every(CHAIN_EVERY_S, alone=True)
    def chain_audit_entries(self, desk: Desk) -> None:
        desk.run(_lay_chain, None)

    @every(FORGET_EVERY_S, alone=True)
    def forget_old_request_ids(self, desk: Desk) -> None:
        desk.run(_forget_request_ids, None)


def _lay_chain(work: Work, _: None) -> int:
    return audit.lay_chain(work.db)


def _forget_request_ids(work: Work, _: None) -> int:
    return once.forget_before(work.db, work.now - REQUEST_IDS_KEPT, FORGET_AT_MOST)
