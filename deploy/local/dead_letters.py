"""``make dlq``: the dead letters of the broker that AMQP_URI names, or of this folder's own."""

from __future__ import annotations

import json
import os
import sys

from deploy.local.environment import Given, private_broker_uri
from deploy.local.suite import data_folder
from services.chassis import dead_letters


def main(arguments: list[str]) -> int:
    given = Given(os.environ).text("AMQP_URI")
    if given:
        return dead_letters.main(given, arguments)
    folder = data_folder(os.environ).path
    if not (folder / "ports.json").exists():
        print(
            f"Nothing has run in {folder} yet: run `make run` first, or name a broker with AMQP_URI.", file=sys.stderr
        )
        return 1
    ports, secrets = (json.loads((folder / name).read_text()) for name in ("ports.json", "secrets.json"))
    return dead_letters.main(private_broker_uri(ports, secrets), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
