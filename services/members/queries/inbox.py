"""A member's own notices: nobody else's exist for him."""

from __future__ import annotations

from typing import Any

from services.chassis.access import member_of
from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.members import messages as m
from services.contracts.values import YearMonth
from services.members.storage import notices


def list_notices(work: Work, request: m.ListNotices) -> m.NoticePage:
    county_id, me = work.caller.county_id, member_of(work.caller)
    after = key_of(request.cursor, parse_id)
    found = notices.page(work.db, county_id, me, before=after[0] if after else None, limit=request.limit + 1)
    rows, cursor = cut(found, request.limit, lambda row: (row.id,))
    unread = notices.count_unread(work.db, county_id, me, m.MOST_COUNTED)
    return m.NoticePage(items=tuple(_view(row) for row in rows), next_cursor=cursor, unread=unread)


def _view(row: Any) -> m.NoticeView:
    reference = None
    if row.reference_id is not None:
        reference = m.NoticeReference(kind=row.reference_kind, id=row.reference_id)
    return m.NoticeView(
        id=row.id,
        kind=row.kind,
        told_at=row.told_at,
        read=row.read_at is not None,
        months=tuple(YearMonth.from_number(number) for number in row.months),
        amount_fen=row.amount_fen,
        reference=reference,
    )
