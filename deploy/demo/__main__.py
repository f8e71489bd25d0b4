"""Loads the demonstration county through the gateway, as people would: ``python -m deploy.demo``.

Runs once, at the first start; a load that broke off is repeated by running it again. Refuses where money is real.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from deploy.demo.accounts import Accounts, json_path, read_accounts
from deploy.demo.bar import Bar
from deploy.demo.dues_load import DuesNotLoaded, assess, open_months
from deploy.demo.founding import EXIT_REFUSED, clock_of
from deploy.demo.generator import build_county
from deploy.demo.http import Gateway, Refused, Unreachable
from deploy.demo.loading import Loading
from deploy.demo.people_load import set_up_people
from deploy.demo.roster_load import RosterNotLoaded, load_roster
from deploy.demo.sign_in import SignedIn

WAIT_FOR_GATEWAY_S = 60.0
EXIT_FAILED = 1


class CannotLoad(Exception):
    """A sentence that says what to do."""


def main() -> int:
    environment = dict(os.environ)
    if environment.get("WECHAT_MODE", "simulated") != "simulated":
        print("Money is real here: the demonstration county is not loaded.", file=sys.stderr)
        return EXIT_REFUSED
    try:
        load(environment, Bar())
    except CannotLoad as problem:
        print(problem, file=sys.stderr)
        return EXIT_REFUSED
    except (Refused, Unreachable, RosterNotLoaded, DuesNotLoaded, LookupError) as problem:
        print(f"\nThe county could not be loaded: {problem}. Starting again goes on from here.", file=sys.stderr)
        return EXIT_FAILED
    return 0


def load(environment: dict[str, str], bar: Bar) -> None:
    """Raises CannotLoad, Refused, Unreachable, RosterNotLoaded, DuesNotLoaded."""
    clock = clock_of(environment)
    accounts = _accounts(environment)
    gateway = Gateway(environment.get("GATEWAY_URL") or environment.get("PUBLIC_URL") or "http://127.0.0.1:8080")
    _wait_for(gateway)
    if not gateway.get("/v1/settings")["simulated_money"]:
        raise CannotLoad("Money is real here: the demonstration county is not loaded.")
    county = build_county(accounts.as_of, accounts.seed, environment.get("COUNTY_ID", "yanting"))
    administrator = SignedIn(gateway, accounts.by_key("county_admin"), clock)
    steps = Loading(gateway, county, accounts, administrator, _root(gateway, administrator), clock, bar)
    load_roster(steps)
    set_up_people(steps)
    assess(steps)
    open_months(steps)


def _accounts(environment: dict[str, str]) -> Accounts:
    path = Path(environment.get("ACCOUNTS_FILE", "accounts.json"))
    accounts = read_accounts(path)
    if accounts is None:
        raise CannotLoad(
            f"{json_path(path)} is missing: `python -m deploy.demo.founding` makes it before the first start."
        )
    return accounts


def _wait_for(gateway: Gateway) -> None:
    until = time.monotonic() + WAIT_FOR_GATEWAY_S
    while True:
        try:
            gateway.get("/readyz")
            return
        except (Refused, Unreachable):
            if time.monotonic() >= until:
                raise
            time.sleep(0.5)


def _root(gateway: Gateway, administrator: SignedIn) -> dict[str, Any]:
    """The organisation over which the administrator stands."""
    items = gateway.get("/v1/organisations", administrator.token)["items"]
    root: dict[str, Any] = next(one for one in items if one["parent_id"] is None)
    return root


if __name__ == "__main__":
    sys.exit(main())
