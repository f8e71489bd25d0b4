"""Rows of imports and exports as the contract's messages."""

from __future__ import annotations

from typing import Any

from services.contracts.members import messages as m

MAX_DETAILS, MAX_DETAIL = 20, 200


def import_view(row: Any) -> m.ImportView:
    details = list(row.refusal_detail.items())[:MAX_DETAILS]
    return m.ImportView(
        id=row.id,
        org_id=row.org_id,
        state=m.ImportState(row.state),
        progress_percent=row.progress_percent,
        counts=m.ImportCounts(**row.counts),
        refusal=row.refusal,
        refusal_detail={name: value[:MAX_DETAIL] for name, value in details},
        created_at=row.created_at,
        applied_at=row.applied_at,
    )


def import_row(row: Any) -> m.ImportRow:
    return m.ImportRow(
        row=row.row, name_masked=row.name_masked, outcome=m.RowOutcome(row.outcome), reasons=tuple(row.reasons)
    )


def export_view(row: Any) -> m.ExportView:
    file = None
    if row.file_key is not None and row.file_forgotten_at is None:
        file = m.FileRef(
            key=row.file_key,
            sha256=row.file_sha256,
            size_bytes=row.file_size_bytes,
            media_type=row.file_media_type,
            name=row.file_name or "",
        )
    return m.ExportView(id=row.id, state=m.ExportState(row.state), file=file, rows=row.rows)
