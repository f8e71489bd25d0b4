"""Makes the identity of a simulated merchant and of the simulated WeChat, once, in a folder of its own.

``python -m deploy.wechat_simulator.keys FOLDER`` or ``ensure_keys(folder)``. What it returns is split by who may know it:
the platform never sees WeChat's private key or the control key, the simulator never sees the merchant's private key.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from deploy.wechat_simulator.settings import SIMULATED_KEY_MARK

KEY_BITS = 2048
PUBLIC_EXPONENT = 65537
IDENTITY = "identity.json"
FILES = ("merchant_key.pem", "merchant_public_key.pem", "platform_key.pem", "platform_public_key.pem", IDENTITY)


@dataclass(frozen=True, slots=True)
class SimulatorKeys:
    """Environment variables by who may know them."""

    platform: dict[str, str]
    """For members, dues and the gateway: exactly the variables that a real merchant would set."""

    simulator: dict[str, str]
    """For the simulator alone."""


def ensure_keys(folder: Path) -> SimulatorKeys:
    """The keys in the folder, made on the first call. Raises ValueError for a folder that holds only a part of them."""
    if not folder.exists():
        _make(folder)
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"{folder} lacks {', '.join(missing)}: move the folder away and start again")
    identity = json.loads((folder / IDENTITY).read_text())
    shared = {
        "WECHAT_MODE": "simulated",
        "WECHAT_APP_ID": identity["app_id"],
        "WECHAT_APP_SECRET": identity["app_secret"],
        "WECHAT_MERCHANT_ID": identity["merchant_id"],
        "WECHAT_MERCHANT_SERIAL": identity["merchant_serial"],
        "WECHAT_API_V3_KEY": identity["api_v3_key"],
        "WECHAT_PLATFORM_PUBLIC_KEY_ID": identity["platform_key_id"],
    }
    platform = {
        "WECHAT_MERCHANT_KEY": str(folder / "merchant_key.pem"),
        "WECHAT_PLATFORM_PUBLIC_KEY": str(folder / "platform_public_key.pem"),
    }
    simulator = {
        "WECHAT_SIMULATOR_PLATFORM_KEY": str(folder / "platform_key.pem"),
        "WECHAT_SIMULATOR_MERCHANT_PUBLIC_KEY": str(folder / "merchant_public_key.pem"),
        "WECHAT_SIMULATOR_CONTROL_KEY": identity["control_key"],
    }
    return SimulatorKeys(platform=shared | platform, simulator=shared | simulator)


def addresses(base_url: str) -> dict[str, str]:
    """Where the platform finds a simulator that listens at ``base_url``."""
    return {
        "WECHAT_API_URL": base_url,
        "WECHAT_LOGIN_URL": base_url,
        "WECHAT_AUTHORIZE_URL": f"{base_url}/connect/oauth2/authorize",
        "WECHAT_BRIDGE_URL": f"{base_url}/bridge.js",
    }


def _make(folder: Path) -> None:
    """All files or none: written beside the folder, then moved into place in one step."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    half = folder.with_name(f"{folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    for owner in ("merchant", "platform"):
        key = rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        _write(half / f"{owner}_key.pem", private)
        _write(half / f"{owner}_public_key.pem", public)
    identity = {
        "app_id": f"wx{secrets.token_hex(8)}",
        "app_secret": secrets.token_hex(16),
        "merchant_id": f"19{secrets.randbelow(10**8):08d}",
        "merchant_serial": secrets.token_hex(20).upper(),
        "api_v3_key": secrets.token_hex(16),
        "platform_key_id": f"PUB_KEY_ID_{SIMULATED_KEY_MARK}_{secrets.token_hex(8).upper()}",
        "control_key": secrets.token_urlsafe(24),
    }
    _write(half / IDENTITY, json.dumps(identity, indent=2).encode())
    half.rename(folder)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m deploy.wechat_simulator.keys FOLDER", file=sys.stderr)
        return 2
    try:
        ensure_keys(Path(arguments[0]))
    except (OSError, ValueError) as error:
        print(f"The simulator's keys could not be made: {error}.", file=sys.stderr)
        return 1
    print(f"The simulator's keys are in {arguments[0]}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
