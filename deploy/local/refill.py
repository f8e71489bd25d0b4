"""``make refill FROM=2026-11-01``: tells events again, from the databases that the environment names or this folder's own."""

from __future__ import annotations

import json
import os
import sys

from deploy.local.environment import SERVICES, Given, database_variable, private_database_url
from deploy.local.suite import data_folder
from services.chassis import refill

USAGE = "make refill FROM=2026-11-01, or with one service alone: make refill FROM=2026-11-01T08:30 SERVICE=dues"


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2 or not set(arguments[1:]) <= set(SERVICES):
        print(USAGE, file=sys.stderr)
        return 2
    given, folder = Given(os.environ), data_folder(os.environ).path
    if not given.has_all_databases and not (folder / "ports.json").exists():
        print(f"Nothing has run in {folder} yet: run `make run` first, or name the databases.", file=sys.stderr)
        return 1
    for service in arguments[1:] or SERVICES:
        url = given.text(database_variable(service))
        if not url:
            ports, secrets = (json.loads((folder / name).read_text()) for name in ("ports.json", "secrets.json"))
            url = private_database_url(service, ports, secrets)
        code = refill.run(service, url, arguments[0])
        if code != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
