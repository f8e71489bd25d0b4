"""What people said of the platform, for those who run it (SEC-7). Each sender can see that it was read."""

from __future__ import annotations

from services.chassis.audit import Trace
from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of
from services.chassis.work import Work
from services.contracts.members import messages as m
from services.members.domain.masking import masked_name
from services.members.storage import feedback
from services.members.storage.tables import FEEDBACK_CONTACT, FEEDBACK_WORDS


def list_feedback(work: Work, request: m.ListFeedback) -> m.FeedbackPage:
    """A system administrator holds his office over the whole county, so the gate is all the reach there is to check."""
    after = key_of(request.cursor, parse_id)
    found = feedback.page(work.db, work.caller.county_id, before=after[0] if after else None, limit=request.limit + 1)
    rows, cursor = cut(found, request.limit, lambda row: (row.id,))
    work.audit_many(Trace("list_feedback", "feedback", row.id, about_member_id=row.member_id) for row in rows)
    items = tuple(
        m.FeedbackView(
            id=row.id,
            words=work.keys.open(FEEDBACK_WORDS, row.id, row.words_sealed),
            contact=work.keys.open(FEEDBACK_CONTACT, row.id, row.contact_sealed) if row.contact_sealed else "",
            sender_name_masked=masked_name(row.name),
            sender_branch_name=row.branch_name or "",
            sent_at=row.sent_at,
        )
        for row in rows
    )
    return m.FeedbackPage(items=items, next_cursor=cursor)
