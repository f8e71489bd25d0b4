"""Roster files: dry run, application, export."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.wire import (
    DEFAULT_PAGE,
    Count,
    Cursor,
    Id,
    Many,
    PageSize,
    Text,
    Whole,
    Words,
    message,
)

# Roster files


class ImportState(StrEnum):
    CHECKING = "checking"
    CHECKED = "checked"
    REFUSED = "refused"
    APPLYING = "applying"
    APPLIED = "applied"


class RowOutcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    UNCHANGED = "unchanged"
    UNMATCHED = "unmatched"
    MISSING = "missing"
    """In the roster, not in the file: listed, never removed."""


@message
class FileRef:
    """A file in the object store, put there by the gateway."""

    key: Annotated[str, Text(1, 200, r"[a-z0-9/_.\-]+")]
    sha256: Annotated[str, Text(64, 64, r"[0-9a-f]+")]
    size_bytes: Count
    media_type: Annotated[str, Text(1, 120)]
    name: Annotated[str, Text(0, 120)] = ""


@message
class BeginImport:
    org_id: Id
    """The organisation whose subtree the file describes; rows outside it do not match."""
    file: FileRef


@message
class ImportCounts:
    total: Count = 0
    added: Count = 0
    changed: Count = 0
    moved: Count = 0
    unchanged: Count = 0
    unmatched: Count = 0
    """Rows of members and of organisations; while there is one, nothing of the file can be applied."""
    missing: Count = 0
    organisations_added: Count = 0
    organisations_changed: Count = 0
    organisations_unmatched: Count = 0
    """Of those that are unmatched, the rows of organisations."""


@message
class ImportView:
    id: Id
    org_id: Id
    state: ImportState
    progress_percent: Annotated[int, Whole(0, 100)]
    counts: ImportCounts
    refusal: Annotated[str, Text(0, 80)] = ""
    """Why the file as a whole can't be used: a stable code."""
    refusal_detail: Annotated[dict[str, str], Many(0, 20)]
    created_at: datetime
    applied_at: datetime | None


@message
class ListImportRows:
    id: Id
    outcome: RowOutcome | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class ImportRow:
    row: Count
    """Line of the sheet, counted from 1; 0 when the entry is only in the roster."""
    name_masked: Annotated[str, Text(0, 60)]
    outcome: RowOutcome
    reasons: Annotated[tuple[Annotated[str, Text(1, 200)], ...], Many(0, 20)]
    """For ``unmatched``: stable codes with the column; for ``changed`` and ``moved``: the fields."""


@message
class ImportRowPage:
    items: tuple[ImportRow, ...]
    next_cursor: Cursor | None


@message
class BeginExport:
    org_id: Id
    purpose: Words


class ExportState(StrEnum):
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


@message
class ExportView:
    id: Id
    state: ExportState
    file: FileRef | None
    rows: Count
