"""The demonstration accounts of one installation: who they are, their password, their second-factor secrets.

Kept at ACCOUNTS_FILE, readable by this user only: ``.json`` for programs, ``.txt`` for people. Never made where money is real.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path

import pyotp

OFFICES = {
    "": "党员",
    "branch_admin": "支部管理员",
    "committee_admin": "党委管理员",
    "county_admin": "县级管理员",
    "finance": "财务人员",
    "editor": "宣传编辑",
    "system_admin": "系统管理员",
}


@dataclass
class Account:
    key: str
    name: str
    role: str
    phone: str
    password: str
    totp_secret: str = ""
    is_ready: bool = False
    """Whether it can sign in with all that it needs."""

    def code(self, now: datetime) -> str:
        """What its authenticator shows."""
        return pyotp.TOTP(self.totp_secret).at(now)


@dataclass
class Accounts:
    """``as_of`` is the day for which the county was generated: a load that is repeated later makes the same county."""

    path: Path
    seed: int
    as_of: date
    accounts: list[Account] = field(default_factory=list)

    def by_key(self, key: str) -> Account:
        return next(one for one in self.accounts if one.key == key)

    def save(self) -> None:
        content = {
            "seed": self.seed,
            "as_of": self.as_of.isoformat(),
            "accounts": [asdict(one) for one in self.accounts],
        }
        write_private(json_path(self.path), json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        write_private(text_path(self.path), self.text())

    def text(self) -> str:
        """For people: a line for each account."""
        lines = ["Demonstration accounts (simulated money only):"]
        for one in self.accounts:
            if one.is_ready:
                secret = f"  second factor {one.totp_secret}" if one.totp_secret else ""
                lines.append(f"  {OFFICES[one.role]} {one.name}  {one.phone}  {one.password}{secret}")
        return "\n".join(lines) + "\n"


def json_path(path: Path) -> Path:
    return path.with_suffix(".json")


def text_path(path: Path) -> Path:
    return path.with_suffix(".txt")


def founding_path(path: Path) -> Path:
    """Where the first administrators stand for ``services.members.bootstrap``."""
    return path.with_name("founding.json")


def read_accounts(path: Path) -> Accounts | None:
    """None before they are made. Raises ValueError for a file that is none of ours."""
    try:
        content = json.loads(json_path(path).read_text(encoding="utf-8"))
        accounts = [Account(**one) for one in content["accounts"]]
        return Accounts(path, int(content["seed"]), date.fromisoformat(content["as_of"]), accounts)
    except FileNotFoundError:
        return None
    except (KeyError, TypeError) as error:
        raise ValueError(f"{json_path(path)} is no file of demonstration accounts") from error


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, for this user only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(path.suffix + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
