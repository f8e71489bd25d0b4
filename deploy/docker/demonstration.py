"""Makes the variables of a demonstration for docker-compose.yml: ``python -m deploy.docker.demonstration .env``.

Every secret is new and every merchant key the simulator's. A file that stands is left alone: its keys open the data that was
sealed with them. Never for a real installation, whose keys come from WeChat Pay and from the county.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from deploy.local.environment import COUNTY, COUNTY_NAME
from deploy.local.keys import load_or_make, write_private
from deploy.wechat_simulator.keys import ensure_keys

PASSWORDS = {
    "POSTGRES_PASSWORD": "postgres",
    "MEMBERS_DATABASE_PASSWORD": "members",
    "DUES_DATABASE_PASSWORD": "dues",
    "RABBITMQ_PASSWORD": "rabbitmq",
}


def variables() -> dict[str, str]:
    """What docker-compose.yml asks for, new at each call. PEM blocks are one line: compose reads no others from a file."""
    with tempfile.TemporaryDirectory() as folder:
        secrets = load_or_make(Path(folder, "secrets.json"))
        keys = ensure_keys(Path(folder, "wechat"))
        wechat = {name: _content(value) for name, value in (keys.platform | keys.simulator).items()}
    return {
        "COUNTY_ID": COUNTY,
        "COUNTY_NAME": COUNTY_NAME,
        "PUBLIC_URL": "http://127.0.0.1:8080",
        "WECHAT_SIMULATOR_HOST_PORT": "8090",
        "BOOTSTRAP_ADMINS": "/var/lib/county/accounts/founding.json",
        **{name: secrets[key] for name, key in PASSWORDS.items()},
        **{name: secrets[name] for name in ("SEAL_KEYS", "INDEX_KEY", "TOKEN_KEY")},
        **wechat,
    }


def _content(value: str) -> str:
    path = Path(value)
    return path.read_text().strip().replace("\n", "\\n") if path.is_absolute() else value


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m deploy.docker.demonstration FILE", file=sys.stderr)
        return 2
    file = Path(arguments[0])
    if file.exists():
        print(f"{file} is there already and is left as it is.", file=sys.stderr)
        return 1
    # In single quotes compose takes a value as it is written.
    write_private(file, "".join(f"{name}='{value}'\n" for name, value in variables().items()))
    print(f"The demonstration's variables are in {file}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
