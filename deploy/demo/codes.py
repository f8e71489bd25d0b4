"""``make code``: what the authenticators of the demonstration administrators show now."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deploy.demo.accounts import OFFICES, read_accounts
from deploy.demo.founding import clock_of


def main() -> int:
    folder = Path(os.environ.get("DATA_DIR", "").strip() or ".data")
    known = read_accounts(folder / "accounts.txt")
    if known is None:
        print("There are no demonstration accounts yet: run `make run` first.", file=sys.stderr)
        return 1
    now = clock_of(dict(os.environ)).now()
    for one in known.accounts:
        if one.totp_secret:
            print(f"{OFFICES[one.role]} {one.name}  {one.code(now)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
