"""What the members service tells others: no identity number, no phone."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from services.contracts.caller import Path
from services.contracts.members.messages.sign_in import BATCH, MemberClass, MemberStatus, OrgKind
from services.contracts.wire import (
    Code,
    Count,
    Id,
    Many,
    Name,
    Text,
    message,
)

# Events


@message
class OrgSnapshot:
    id: Id
    county_id: Code
    parent_id: Id | None
    code: Code
    name: Name
    kind: OrgKind
    path: Path
    version: Count


@message
class OrganisationsChanged:
    organisations: Annotated[tuple[OrgSnapshot, ...], Many(1, BATCH)]


@message
class BranchPeriod:
    branch_id: Id
    branch_path: Path
    from_day: date
    to_day: date | None
    """The first day on which it no longer holds."""


@message
class StatusPeriod:
    status: MemberStatus
    from_day: date
    to_day: date | None


@message
class ClassPeriod:
    """A retirement must not change what was owed before it (ARR-4), so the class has its dates too."""

    member_class: MemberClass
    from_day: date
    to_day: date | None


@message
class MemberSnapshot:
    """What other services keep of a member: no identity number, no phone."""

    id: Id
    county_id: Code
    name: Name
    household: Annotated[str, Text(0, 40)]
    joined_on: date
    away: bool
    branches: Annotated[tuple[BranchPeriod, ...], Many(1, 100)]
    classes: Annotated[tuple[ClassPeriod, ...], Many(1, 100)]
    statuses: Annotated[tuple[StatusPeriod, ...], Many(1, 100)]
    version: Count


@message
class RosterChanged:
    members: Annotated[tuple[MemberSnapshot, ...], Many(1, BATCH)]


@message
class ImportRequested:
    import_id: Id
    apply: bool


@message
class ExportRequested:
    export_id: Id
