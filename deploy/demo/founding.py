"""Before the first start: the demonstration accounts and the first administrators, ``python -m deploy.demo.founding``.

Makes one password for this installation and writes the file that ``services.members.bootstrap`` founds the county from. Safe to
repeat: what is there stays. Refuses where money is real.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyotp

from deploy.demo.accounts import Account, Accounts, founding_path, read_accounts, write_private
from deploy.demo.generator import DEFAULT_SEED, DemoCounty, build_county
from services.chassis.clock import Clock, SystemClock, parse_clock
from services.chassis.ids import new_code
from services.members.spreadsheets.roster_writer import RosterLine

FOUNDERS = ("county_admin", "system_admin")
"""They must be there before a roster can be brought in and before a role can be given (REG-8)."""
EXIT_REFUSED = 2


def found(path: Path, as_of: date, county_code: str) -> Accounts:
    """Makes accounts and founding file unless they are there."""
    known = read_accounts(path)
    if known is None:
        county = build_county(as_of, DEFAULT_SEED, county_code)
        password = f"Demo-{new_code(8)}7"
        accounts = [
            Account(
                one.key, one.name, one.role, one.phone, password, pyotp.random_base32() if one.key in FOUNDERS else ""
            )
            for one in county.people.values()
        ]
        known = Accounts(path, county.seed, as_of, accounts)
        write_private(founding_path(path), json.dumps(_founding(county, known), ensure_ascii=False, indent=1) + "\n")
        known.save()
    return known


def _founding(county: DemoCounty, accounts: Accounts) -> dict[str, Any]:
    """The founders as the roster has them, with the organisations above them, so that the import finds nothing to change."""
    people = [county.people[key] for key in FOUNDERS]
    numbers = {one.identity_number for one in people}
    lines = {line.identity_number: line for line in county.lines() if line.identity_number in numbers}
    root = county.organisations[0]
    wanted: set[str] = set()
    parents = {one.code: one.parent_code for one in county.organisations}
    for person in people:
        code = person.branch_code
        while code != root.code:
            wanted.add(code)
            code = parents[code]
    return {
        "county_name": county.name,
        "committee_name": root.name,
        "organisations": [
            {"code": one.code, "name": one.name, "kind": one.kind.value, "parent_code": one.parent_code}
            for one in county.organisations
            if one.code in wanted
        ],
        "administrators": [
            _administrator(lines[person.identity_number], accounts.by_key(person.key)) for person in people
        ],
    }


def _administrator(line: RosterLine, account: Account) -> dict[str, Any]:
    return {
        "name": line.name,
        "identity_number": line.identity_number,
        "phone": line.phone,
        "nation": line.nation,
        "branch_code": line.branch_code,
        "member_class": line.member_class.value,
        "joined_on": line.joined_on.isoformat(),
        "full_on": line.full_on.isoformat() if line.full_on else None,
        "role": account.role,
        "password": account.password,
        "totp_secret": account.totp_secret,
    }


def clock_of(environment: dict[str, str]) -> Clock:
    """The clock that all processes of the installation go by."""
    text = environment.get("CLOCK_START", "")
    return parse_clock(text) if text else SystemClock()


def main() -> int:
    if os.environ.get("WECHAT_MODE", "simulated") != "simulated":
        print("Money is real here: there are no demonstration accounts.", file=sys.stderr)
        return EXIT_REFUSED
    path = os.environ.get("ACCOUNTS_FILE", "")
    if not path:
        print("ACCOUNTS_FILE is missing. It should be where the accounts are kept.", file=sys.stderr)
        return EXIT_REFUSED
    found(Path(path), clock_of(dict(os.environ)).today(), os.environ.get("COUNTY_ID", "yanting"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
