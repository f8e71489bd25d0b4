"""What all steps of the load have at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deploy.demo.accounts import Accounts
from deploy.demo.bar import Bar
from deploy.demo.generator import DemoCounty
from deploy.demo.http import Gateway
from deploy.demo.sign_in import SignedIn
from services.chassis.clock import Clock


@dataclass(frozen=True, slots=True)
class Loading:
    gateway: Gateway
    county: DemoCounty
    accounts: Accounts
    administrator: SignedIn
    """Stands over the whole county."""
    root: dict[str, Any]
    """The county committee as the gateway shows it."""
    clock: Clock
    bar: Bar

    def get(self, path: str, **query: str | int) -> Any:
        return self.gateway.get(path, self.administrator.token, **query)

    def post(self, path: str, body: Any, *, key: str) -> Any:
        return self.gateway.post(path, body, key=key, token=self.administrator.token)
