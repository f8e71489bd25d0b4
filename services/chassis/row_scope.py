"""Whose rows a transaction sees: the second net beneath the checks of the use cases (REG-8).

The migrations hold the policies; this says to the database who asks. A service's connections belong to one county and to a role
that holds to row security; each transaction adds the caller's own place: himself, and the organisations under his offices. What
names nothing sees nothing of the tables that know persons.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from services.contracts.caller import ADMINISTRATORS, Caller, CallerKind

SERVICE_ROLE = "platform_service"
"""Made by the migrations: owns nothing and bypasses nothing."""
_PERSON, _WHOLE, _COUNTY, _SYSTEM = "person", "whole", "county", "system"
"""``whole``: a person whose office is over the whole county, for whom looking along the tree would only cost time."""
_SET = (
    "SELECT set_config('app.county', %s, true), set_config('app.scope', %s, true), set_config('app.member', %s, true), "
    "set_config('app.account', %s, true), set_config('app.reach', %s, true)"
)


@dataclasses.dataclass(frozen=True, slots=True)
class RowScope:
    """The values that the policies read, in the order in which they are set."""

    county_id: str
    scope: str
    member_id: str = ""
    account_id: str = ""
    reach: str = "{}"

    def set_on(self, db: sa.Connection) -> None:
        """For the rest of this transaction, in one round trip."""
        db.exec_driver_sql(_SET, (self.county_id, self.scope, self.member_id, self.account_id, self.reach))


def scope_of(caller: Caller) -> RowScope:
    """A person sees along the tree; jobs, events and the steps before a sign-in see their county."""
    if caller.kind is not CallerKind.PERSON:
        return RowScope(caller.county_id, _SYSTEM if caller.kind is CallerKind.SYSTEM else _COUNTY)
    # Paths are letters, digits, dots and underscores by their contract, so the list needs no quoting.
    paths = sorted({*caller.paths(*ADMINISTRATORS)})
    scope = _WHOLE if any("." not in path for path in paths) else _PERSON
    reach = "{" + ",".join(paths) + "}"
    return RowScope(caller.county_id, scope, caller.member_id or "", caller.account_id or "", reach)


@contextmanager
def county_wide(db: sa.Connection, caller: Caller) -> Iterator[None]:
    """Lets the one read inside see beyond the caller's reach. Only where the rule itself does: tests name each such place."""
    db.exec_driver_sql("SELECT set_config('app.scope', %s, true)", (_COUNTY,))
    yield
    db.exec_driver_sql("SELECT set_config('app.scope', %s, true)", (scope_of(caller).scope,))
