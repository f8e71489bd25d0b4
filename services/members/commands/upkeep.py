"""What is forgotten after its time: counted failures, sessions that ran out, old notices, old feedback."""

from __future__ import annotations

from datetime import timedelta

from services.chassis.work import Work
from services.members.domain.sign_in import FORGOTTEN_AFTER
from services.members.storage import accounts, feedback, notices, sessions, wechat_messages

SESSIONS_KEPT = timedelta(days=30)
"""After they ran out, for whoever asks which device it was."""
NOTICES_KEPT = timedelta(days=730)
"""Until the year after is closed; what a notice told of stays in its own service for good."""
FEEDBACK_KEPT = timedelta(days=365)
"""By then it was mended or it will not be."""
MESSAGES_KEPT = timedelta(days=90)
"""What became of it stands with the reminder in dues."""
AT_MOST = 5_000


def forget_old_sign_ins(work: Work, _: None) -> int:
    """How many rows went."""
    failures = accounts.forget_failures_before(work.db, work.now - FORGOTTEN_AFTER, AT_MOST)
    return failures + sessions.forget_before(work.db, work.now - SESSIONS_KEPT, AT_MOST)


def forget_old_notices(work: Work, _: None) -> int:
    return notices.forget_before(work.db, work.now - NOTICES_KEPT, AT_MOST)


def forget_old_feedback(work: Work, _: None) -> int:
    return feedback.forget_before(work.db, work.now - FEEDBACK_KEPT, AT_MOST)


def forget_old_messages(work: Work, _: None) -> int:
    return wechat_messages.forget_before(work.db, work.now - MESSAGES_KEPT, AT_MOST)
